"""What was asked of the shop once and is kept: notes, reviews, products, customers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.marks import Marks
from cartdesk.adapters.ledger.times import read, write
from cartdesk.domain.model import Note, Product, Review

if TYPE_CHECKING:
    from sqlite_utils import Database


class Cache:
    """Answers of the shop that rarely change."""

    def __init__(self, db: Database, marks: Marks) -> None:
        self._db = db
        self._marks = marks

    def keep_notes(self, notes: Sequence[Note]) -> None:
        """Keep order notes, but none of an order whose person was erased."""
        rows = self._db.query(
            "SELECT id FROM orders WHERE erased_at IS NOT NULL "
            "AND id IN (SELECT value FROM json_each(?))",
            [json.dumps([note.order_id for note in notes])],
        )
        erased = {row["id"] for row in rows}
        self._db.table("notes").upsert_all(
            (
                {**asdict(note), "written_at": write(note.written_at)}
                for note in notes
                if note.order_id not in erased
            ),
            pk="id",
        )

    def notes(self, order_id: int) -> tuple[Note, ...]:
        """Give the kept notes of an order, oldest first."""
        rows = self._db.query("SELECT * FROM notes WHERE order_id = ? ORDER BY id", [order_id])
        return tuple(
            Note(
                **{
                    **row,
                    "written_at": read(row["written_at"]),
                    "to_customer": bool(row["to_customer"]),
                }
            )
            for row in rows
        )

    def keep_reviews(self, reviews: Sequence[Review]) -> None:
        """Keep product reviews; of those whose writer was erased only the stars."""
        rows = self._db.query(
            "SELECT id FROM reviews WHERE reviewer = '' AND email = '' "
            "AND id IN (SELECT value FROM json_each(?))",
            [json.dumps([review.id for review in reviews])],
        )
        nameless = {row["id"] for row in rows}
        erased = self._marks.erased(review.email for review in reviews)
        kept = [
            replace(one, reviewer="", email="", text="") if one.email in erased else one
            for one in reviews
            if one.id not in nameless
        ]
        self._db.table("reviews").upsert_all(
            ({**asdict(review), "written_at": write(review.written_at)} for review in kept),
            pk="id",
        )

    def reviews(self, limit: int = 500) -> tuple[Review, ...]:
        """Give the newest reviews whose words are known, newest first."""
        rows = self._db.query(
            "SELECT * FROM reviews WHERE reviewer != '' OR text != '' "
            "ORDER BY written_at DESC LIMIT ?",
            [limit],
        )
        return tuple(Review(**{**row, "written_at": read(row["written_at"])}) for row in rows)

    def newest_review(self) -> datetime | None:
        """Give the time of the newest kept review."""
        found = next(self._db.query("SELECT max(written_at) AS newest FROM reviews"))["newest"]
        return None if found is None else read(found)

    def keep_products(self, products: Sequence[Product], now: datetime) -> None:
        """Keep products and when they were asked for."""
        self._db.table("products").upsert_all(
            (
                {"id": item.id, "fetched_at": write(now), "data": json.dumps(asdict(item))}
                for item in products
            ),
            pk="id",
        )

    def products(self, ids: Sequence[int], since: datetime) -> dict[int, Product]:
        """Give the kept products among ``ids`` that were asked for after ``since``."""
        rows = self._db.query(
            "SELECT id, data FROM products WHERE fetched_at >= ? "
            "AND id IN (SELECT value FROM json_each(?))",
            [write(since), json.dumps(list(ids))],
        )
        return {row["id"]: Product(**json.loads(row["data"])) for row in rows}

    def keep_customer(self, email: str, paying: bool, now: datetime) -> None:
        """Keep whether a registered customer paid before, unless they were erased."""
        if self._marks.erased([email]):
            return
        self._db.execute(
            "INSERT OR REPLACE INTO customers VALUES (?, ?, ?)", [email, write(now), paying]
        )

    def customer(self, email: str, since: datetime) -> bool | None:
        """Tell whether a registered customer paid before; None: not asked since then."""
        rows = self._db.query(
            "SELECT paying FROM customers WHERE email = ? AND fetched_at >= ?",
            [email, write(since)],
        )
        return next((bool(row["paying"]) for row in rows), None)

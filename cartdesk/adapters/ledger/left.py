"""Checkouts that were left and not bought since, with what the shop noted on them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.times import read, write
from cartdesk.adapters.shop.reading import read_order
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.model import Cart, CartState, Note
from cartdesk.domain.money import Money

if TYPE_CHECKING:
    from sqlite_utils import Database

LEFT = frozenset({CartState.ABANDONED, CartState.LOST, CartState.STOPPED})
"""A merged cart is left out, as a newer one of the same person stands for it."""
_STATES = ", ".join(f"'{state}'" for state in sorted(LEFT))
# What a shop writes itself; a merchant's note bears the merchant's name.
_BY_SHOP = "to_customer = 0 AND author IN ('WooCommerce', 'system')"


@dataclass(frozen=True, slots=True)
class LeftOrder:
    """One checkout that was left.

    ``reached`` is how far it got, "nothing", "email", "address", or "" when that is not known;
    of who was ``erased`` the cart holds no more than the basket.
    """

    cart: Cart
    total: Money | None
    country: str
    reached: str
    erased: bool
    notes: tuple[Note, ...]


class Left:
    """Questions about the table of orders."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def orders(self, since: datetime, until: datetime, currency: str) -> tuple[LeftOrder, ...]:
        """Give the checkouts of one currency that were abandoned from ``since`` to ``until``."""
        rows = list(
            self._db.query(
                "SELECT id, raw, total, currency, country, reached, erased_at FROM orders "
                f"WHERE abandoned_at >= ? AND abandoned_at < ? AND state IN ({_STATES}) "
                "AND currency = ? ORDER BY id",
                [write(since), write(until), currency],
            )
        )
        notes = self._notes([row["id"] for row in rows])
        return tuple(
            LeftOrder(
                cart=read_order(json.loads(row["raw"])),
                total=None if row["total"] is None else Money(row["total"], row["currency"]),
                country=row["country"],
                reached=row["reached"],
                erased=row["erased_at"] is not None,
                notes=notes.get(row["id"], ()),
            )
            for row in rows
        )

    def version(self) -> int:
        """Give a number that grows with all that happens to checkouts: the newest event's."""
        return int(next(self._db.query("SELECT coalesce(max(id), 0) AS n FROM events"))["n"])

    def currencies(self, since: datetime, until: datetime) -> tuple[str, ...]:
        """Give the currencies of such checkouts, the most frequent first."""
        rows = self._db.query(
            "SELECT currency, count(*) AS n FROM orders "
            f"WHERE abandoned_at >= ? AND abandoned_at < ? AND state IN ({_STATES}) "
            "AND currency != '' GROUP BY currency ORDER BY n DESC, currency",
            [write(since), write(until)],
        )
        return tuple(row["currency"] for row in rows)

    def products(self, since: datetime, most: int) -> list[int]:
        """Give the products and variations in most of the carts abandoned since, by their ids."""
        counted: Counter[int] = Counter()
        for row in self._db.query(
            f"SELECT raw FROM orders WHERE abandoned_at >= ? AND state IN ({_STATES})",
            [write(since)],
        ):
            lines = read_order(json.loads(row["raw"])).lines
            counted.update({line.variation_id or line.product_id for line in lines} - {0})
        return [number for number, _ in counted.most_common(most)]

    def named(self, ids: Collection[int]) -> dict[Reason, frozenset[int]]:
        """Give, by reason, which of these checkouts somebody named it for."""
        found: dict[Reason, set[int]] = {}
        for row in self._db.query(
            "SELECT DISTINCT r.reason, f.cart_id FROM feedback f JOIN feedback_reasons r "
            "ON r.feedback_id = f.id WHERE f.cart_id IN (SELECT value FROM json_each(?)) "
            "AND f.source != 'gateway'",
            [json.dumps(sorted(ids))],
        ):
            found.setdefault(Reason(row["reason"]), set()).add(row["cart_id"])
        return {reason: frozenset(carts) for reason, carts in found.items()}

    def mentions(self, since: datetime, until: datetime) -> dict[Reason, int]:
        """Give how many pieces of feedback named each reason in a period."""
        rows = self._db.query(
            "SELECT r.reason, count(*) AS n FROM feedback f JOIN feedback_reasons r "
            "ON r.feedback_id = f.id WHERE f.written_at >= ? AND f.written_at < ? "
            "AND f.source != 'gateway' GROUP BY r.reason",
            [write(since), write(until)],
        )
        return {Reason(row["reason"]): row["n"] for row in rows}

    def shop_notes(self, order_id: int) -> tuple[Note, ...]:
        """Give the notes the shop itself wrote on an order, oldest first."""
        return self._notes([order_id]).get(order_id, ())

    def _notes(self, ids: Sequence[int]) -> dict[int, tuple[Note, ...]]:
        rows = self._db.query(
            "SELECT * FROM notes WHERE order_id IN (SELECT value FROM json_each(?)) "
            f"AND {_BY_SHOP} ORDER BY id",
            [json.dumps(list(ids))],
        )
        found: dict[int, tuple[Note, ...]] = {}
        for row in rows:
            note = Note(
                id=row["id"],
                order_id=row["order_id"],
                written_at=read(row["written_at"]),
                author=row["author"],
                text=row["text"],
            )
            found[note.order_id] = (*found.get(note.order_id, ()), note)
        return found

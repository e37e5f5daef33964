"""Lists of carts for screens: filtered, sorted and cut in SQL, so 50,000 rows stay quick."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.times import read, write
from cartdesk.domain.filters import CartFilter
from cartdesk.domain.model import CartState, Evidence, Lane
from cartdesk.domain.money import Money
from cartdesk.domain.views import CartPage, CartRow

if TYPE_CHECKING:
    from sqlite_utils import Database

_SEEN = "quiet_since IS NOT NULL"
_ROW = (
    "id, number, name, email, currency, total, state, lane, country, quiet_since, created_at, "
    "evidence, (SELECT count(*) FROM reminders WHERE cart_id = orders.id AND reminders.state "
    "IN ('sent', 'unsure', 'settled') AND sequence != 'answer') AS letters_sent, "
    "EXISTS (SELECT 1 FROM reminders WHERE cart_id = orders.id "
    "AND reminders.state = 'held-out') AS held_out"
)
_ORDER = {
    "quiet": "quiet_since",
    "total": "total",
    "name": "name COLLATE NOCASE",
    "state": "state",
    "number": "id",
}


class Windows:
    """Questions behind the Carts screen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def carts(self, wanted: CartFilter, limit: int, offset: int, order: str) -> CartPage:
        """Give a window of carts (checkouts once seen unfinished) that match a filter."""
        where, values = _conditions(wanted)
        column = _ORDER.get(order.lstrip("-"), "quiet_since")
        turn = "DESC" if order.startswith("-") else "ASC"
        sort = f"ORDER BY {column} {turn}, id {turn}"
        rows = self._db.query(  # which rows they are is found in an index alone
            f"SELECT {_ROW} FROM orders WHERE id IN (SELECT id FROM orders WHERE {where} {sort} "
            f"LIMIT :limit OFFSET :offset) {sort}",
            {**values, "limit": limit, "offset": offset},
        )
        found = tuple(_cart_row(row) for row in rows)
        return CartPage(found, self._count(where, values), self._count(_SEEN, {}), wanted.note)

    def rows(self, ids: Iterable[int]) -> dict[int, CartRow]:
        """Give the lines of some carts by id."""
        rows = self._db.query(
            f"SELECT {_ROW} FROM orders WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(ids))],
        )
        return {row["id"]: _cart_row(row) for row in rows}

    def of_person(self, person: int) -> tuple[CartRow, ...]:
        """Give every order of a person, newest first."""
        rows = self._db.query(
            f"SELECT {_ROW} FROM orders WHERE person = ? "
            "ORDER BY coalesce(quiet_since, created_at) DESC",
            [person],
        )
        return tuple(_cart_row(row) for row in rows)

    def bought(self, person: int) -> tuple[tuple[Money | None, datetime], ...]:
        """Give total and time of every order a person bought, oldest first."""
        rows = self._db.query(
            "SELECT currency, total, placed_at FROM orders "
            "WHERE person = ? AND placed_at IS NOT NULL ORDER BY placed_at",
            [person],
        )
        return tuple((_money(row), read(row["placed_at"])) for row in rows)

    def in_state(self, state: CartState, limit: int) -> list[int]:
        """Give the newest carts in a state."""
        rows = self._db.query(
            "SELECT id FROM orders WHERE state = ? ORDER BY quiet_since DESC LIMIT ?",
            [state, limit],
        )
        return [row["id"] for row in rows]

    def replies_waiting(self) -> int:
        """Count the people who wrote back and wait for an answer."""
        sql = "SELECT count(*) AS n FROM feedback WHERE state = 'waiting'"
        return int(next(self._db.query(sql))["n"])

    def drafts_seen(self) -> bool:
        """Tell whether any checkout was ever seen before "Place order"."""
        rows = self._db.query("SELECT 1 AS yes FROM orders WHERE lane = 'draft' LIMIT 1")
        return any(True for _ in rows)

    def export(self, after: int, limit: int = 500) -> list[dict[str, object]]:
        """Give up to ``limit`` carts with an id above ``after``, for files and scripts."""
        rows = self._db.query(
            "SELECT id, number, status, lane, state, name, email, country, currency, total, "
            "created_at, quiet_since, placed_at, abandoned_at, recovered_at, recovered_by, "
            f"evidence FROM orders WHERE {_SEEN} AND id > ? ORDER BY id LIMIT ?",
            [after, limit],
        )
        return [{**row, "total": _major(row)} for row in rows]

    def _count(self, where: str, values: dict[str, object]) -> int:
        rows = self._db.query(
            f"SELECT count(*) AS n FROM orders WHERE {where}",
            values,
        )
        return int(next(rows)["n"])


def _conditions(wanted: CartFilter) -> tuple[str, dict[str, object]]:
    parts, values = [_SEEN], dict[str, object]()
    for name, column in (("state", "state"), ("lane", "lane"), ("country", "country")):
        value = getattr(wanted, name)
        if value:
            parts.append(f"+{column} = :{name}")  # +: by no index that leads to the rows
            values[name] = value
    if wanted.least is not None:
        parts.append("total >= :least * CASE WHEN currency IN ('JPY', 'KRW') THEN 1 ELSE 100 END")
        values["least"] = wanted.least
    if wanted.since is not None:
        parts.append("quiet_since >= :since")
        values["since"] = write(wanted.since)
    for number, word in enumerate(wanted.words):
        parts.append(f"instr(words, :w{number})")
        values[f"w{number}"] = word
    return " AND ".join(parts), values


def _money(row: dict[str, Any]) -> Money | None:
    return None if row["total"] is None else Money(row["total"], row["currency"])


def _major(row: dict[str, Any]) -> str:
    money = _money(row)
    return "" if money is None else str(money.amount)


def _cart_row(row: dict[str, Any]) -> CartRow:
    return CartRow(
        id=row["id"],
        number=row["number"],
        name=row["name"],
        email=row["email"],
        total=_money(row),
        state=CartState(row["state"]),
        lane=Lane(row["lane"]),
        country=row["country"],
        quiet_since=read(row["quiet_since"] or row["created_at"]),
        evidence=Evidence(row["evidence"]) if row["evidence"] else None,
        letters_sent=row["letters_sent"],
        held_out=bool(row["held_out"]),
    )

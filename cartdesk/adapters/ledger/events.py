"""What happened, one row each, never changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.times import read, write
from cartdesk.domain.model import Event

if TYPE_CHECKING:
    from sqlite_utils import Database


class Events:
    """The append-only journal behind timelines, figures and undo."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(
        self,
        kind: str,
        at: datetime,
        *,
        cart_id: int | None = None,
        reminder_id: int | None = None,
        data: Mapping[str, object] | None = None,
    ) -> int:
        """Write down an event and give its id."""
        row = [write(at), kind, cart_id, reminder_id, json.dumps(dict(data or {}))]
        cursor = self._db.execute(
            "INSERT INTO events (at, kind, cart_id, reminder_id, data) VALUES (?, ?, ?, ?, ?)",
            row,
        )
        return int(cursor.lastrowid or 0)

    def of_cart(self, cart_id: int) -> tuple[Event, ...]:
        """Give the events of one cart, oldest first."""
        rows = self._db.query("SELECT * FROM events WHERE cart_id = ? ORDER BY at, id", [cart_id])
        return tuple(_event(row) for row in rows)

    def export(self, after: int, limit: int = 500) -> list[dict[str, object]]:
        """Give up to ``limit`` events after an id, in the order they were written."""
        rows = self._db.query(
            "SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?", [after, limit]
        )
        return [{**row, "data": json.loads(row["data"])} for row in rows]

    def newest(self, kind: str, cart_id: int | None = None) -> Event | None:
        """Give the newest event of a kind, of one cart or of any."""
        rows: Iterator[dict[str, Any]] = self._db.query(
            "SELECT * FROM events WHERE kind = :kind AND (:cart IS NULL OR cart_id = :cart) "
            "ORDER BY id DESC LIMIT 1",
            {"kind": kind, "cart": cart_id},
        )
        return next((_event(row) for row in rows), None)


def _event(row: dict[str, Any]) -> Event:
    return Event(
        id=row["id"],
        at=read(row["at"]),
        kind=row["kind"],
        cart_id=row["cart_id"],
        reminder_id=row["reminder_id"],
        data=json.loads(row["data"]),
    )

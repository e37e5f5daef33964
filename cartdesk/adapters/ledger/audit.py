"""Everything the ledger knows of each letter, for those who check that it adds up.

Nothing is taken for granted here: a row whose values are not what was once written, by a
program that went wrong or a hand, is named and passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.outbox import COLUMNS, read_reminder
from cartdesk.domain.model import Reminder, ReminderState

if TYPE_CHECKING:
    from sqlite_utils import Database

_READ = tuple(COLUMNS.split(", "))
_ALL = (*_READ, "sender")
_NUMBERS = frozenset({"id", "cart_id", "step", "attempts"})
_OR_NOTHING = frozenset({"held_until", "not_before", "approved_at", "sent_at"})


@dataclass(frozen=True, slots=True)
class Move:
    """Something that happened to a letter.

    ``id`` orders what happened to all letters, ``kind`` is the event's without "letter.",
    ``state`` where it led ("" for the oldest entries of a letter that came due), ``at`` its time
    as text, and ``sha256`` that of the bytes that were approved ("" with any other move).
    """

    id: int
    kind: str
    state: str
    at: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Trail:
    """A letter, its bytes, since when its address must not be written to, and its moves in order.

    ``message`` is whatever stands where the bytes should. ``suppressed_at`` is None when there
    is no stop, "" when its time cannot be read. ``person`` are the address and the account of
    its cart's order, as far as there are any. ``erased`` tells that its person was erased, and
    the bytes with them; ``in_ledger`` that its cart is there.
    """

    reminder: Reminder
    message: object
    suppressed_at: str | None
    moves: tuple[Move, ...]
    person: frozenset[str] = frozenset()
    erased: bool = False
    in_ledger: bool = True


@dataclass(frozen=True, slots=True)
class Flaw:
    """A letter's row, or an entry of what happened to it, that cannot be read; in words."""

    letter: object
    words: str


class Audit:
    """Reads whole histories; slow on purpose, never used by a screen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def histories(self) -> Iterator[Trail | Flaw]:
        """Give every letter with its history, in the order of their numbers."""
        moves: dict[object, list[Move]] = {}
        for row in self._db.query(
            "SELECT id, reminder_id, kind, at, data FROM events WHERE reminder_id IS NOT NULL "
            "AND kind LIKE 'letter.%' AND kind != 'letter.edited' ORDER BY id"
        ):
            move = _move(row)
            if isinstance(move, Move):
                moves.setdefault(row["reminder_id"], []).append(move)
            else:
                yield move
        rows = self._db.query(
            f"SELECT {', '.join(f'r.{name}' for name in _ALL)}, r.message, "
            "o.id AS order_id, o.erased_at, o.email AS order_email, o.customer_id, "
            "s.email AS stopped, s.at AS stopped_at FROM reminders r "
            "LEFT JOIN orders o ON o.id = r.cart_id "
            "LEFT JOIN suppressions s ON s.email = r.email AND s.email != '' ORDER BY r.id"
        )
        for row in rows:
            yield _trail(row, tuple(moves.get(row["id"], ())))

    def vanished(self) -> tuple[object, ...]:
        """Give the numbers of letters that left events behind but are gone themselves."""
        rows = self._db.query(
            "SELECT DISTINCT reminder_id FROM events WHERE kind LIKE 'letter.%' "
            "AND reminder_id IS NOT NULL AND reminder_id NOT IN (SELECT id FROM reminders)"
        )
        return tuple(row["reminder_id"] for row in rows)

    def missing_events(self) -> tuple[tuple[int, int], ...]:
        """Give the first and last number of each run of events that are gone.

        Events are numbered without a gap and never deleted, and each letter has one at least.
        """
        rows = self._db.query(
            "SELECT past + 1 AS first, id - 1 AS last FROM ("
            "SELECT id, lag(id, 1, 0) OVER (ORDER BY id) AS past FROM events UNION ALL "
            "SELECT seq + 1, (SELECT coalesce(max(id), 0) FROM events) FROM sqlite_sequence "
            "WHERE name = 'events' AND typeof(seq) = 'integer') WHERE id > past + 1"
        )
        return tuple((row["first"], row["last"]) for row in rows)

    def count(self, *states: ReminderState) -> int:
        """Count the letters in some states, without reading them."""
        sql = "SELECT count(*) AS n FROM reminders WHERE state IN (SELECT value FROM json_each(?))"
        return int(next(self._db.query(sql, [json.dumps(states)]))["n"])


def _move(row: dict[str, Any]) -> Move | Flaw:
    try:
        data = json.loads(row["data"])
        state, sha256 = data.get("state", ""), data.get("sha256", "")
    except (ValueError, TypeError, AttributeError, RecursionError):
        state = sha256 = None
    found = (row["kind"], state, row["at"], sha256)
    if not all(isinstance(value, str) for value in found):
        return Flaw(row["reminder_id"], f"has an entry ({row['id']}) that cannot be read")
    return Move(row["id"], row["kind"].removeprefix("letter."), state, row["at"], sha256)


def _trail(row: dict[str, Any], moves: tuple[Move, ...]) -> Trail | Flaw:
    columns = {name: row[name] for name in _ALL}
    for name, value in columns.items():
        kind = int if name in _NUMBERS else str
        if not isinstance(value, kind) and not (value is None and name in _OR_NOTHING):
            return Flaw(row["id"], f"cannot be read: its {name} is {_short(value)}")
    try:
        reminder = read_reminder({name: columns[name] for name in _READ})
    except ValueError as error:
        return Flaw(row["id"], f"cannot be read: {error}")
    stopped_at = row["stopped_at"] if isinstance(row["stopped_at"], str) else ""
    keys = {f"{name} {row[name]}" for name in ("order_email", "customer_id") if row[name]}
    return Trail(
        reminder,
        row["message"],
        None if row["stopped"] is None else stopped_at,
        moves,
        frozenset(keys),
        erased=row["erased_at"] is not None,
        in_ledger=row["order_id"] is not None,
    )


def _short(value: object) -> str:
    return "missing" if value is None else f"{value!r:.40}"

"""Everything the ledger knows of each letter, for those who check that it adds up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.outbox import COLUMNS, read_reminder
from cartdesk.domain.model import Reminder

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Trail:
    """A letter, its bytes, its address's suppression and its events in order.

    ``erased`` tells that its person was erased, and the bytes with them.
    ``moves`` holds each event's kind without "letter.", the state it led to ("" for the
    oldest entries of a letter that came due) and its time as text.
    """

    reminder: Reminder
    message: bytes | None
    suppressed_at: str
    moves: tuple[tuple[str, str, str], ...]
    erased: bool = False


class Audit:
    """Reads whole histories; slow on purpose, never used by a screen."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def trails(self) -> Iterator[Trail]:
        """Give every letter with its history, in the order of their numbers."""
        moves: dict[int, list[tuple[str, str, str]]] = {}
        for row in self._db.query(
            "SELECT reminder_id, substr(kind, 8) AS move, at, "
            "coalesce(json_extract(data, '$.state'), '') AS state FROM events "
            "WHERE reminder_id IS NOT NULL AND kind LIKE 'letter.%' "
            "AND kind != 'letter.edited' ORDER BY id"
        ):
            moves.setdefault(row["reminder_id"], []).append((row["move"], row["state"], row["at"]))
        rows = self._db.query(
            f"SELECT {COLUMNS}, message, (SELECT at FROM suppressions s "
            "WHERE s.email = reminders.email AND s.email != '') AS suppressed_at, "
            "(SELECT erased_at FROM orders WHERE id = cart_id) IS NOT NULL AS erased "
            "FROM reminders ORDER BY id"
        )
        for row in rows:
            message, suppressed_at = row.pop("message"), row.pop("suppressed_at") or ""
            history = tuple(moves.pop(row["id"], ()))
            erased = bool(row.pop("erased"))
            yield Trail(read_reminder(row), message, suppressed_at, history, erased)

    def vanished(self) -> tuple[int, ...]:
        """Give the numbers of letters that left events behind but are gone themselves."""
        rows = self._db.query(
            "SELECT DISTINCT reminder_id FROM events WHERE kind LIKE 'letter.%' "
            "AND reminder_id IS NOT NULL AND reminder_id NOT IN (SELECT id FROM reminders)"
        )
        return tuple(row["reminder_id"] for row in rows)

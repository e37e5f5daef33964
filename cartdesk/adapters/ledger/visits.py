"""How many visits the shop had on a day, as the merchant entered or imported them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


class Visits:
    """The table of visits."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, visits: Mapping[date, int]) -> None:
        """Keep the visits of some days; newer ones replace those of the same day."""
        self._db.conn.executemany(
            "INSERT INTO visits VALUES (?, ?) ON CONFLICT (day) DO UPDATE "
            "SET visits = excluded.visits",
            [(day.isoformat(), number) for day, number in visits.items()],
        )

    def forget(self, day: date) -> None:
        """Forget the visits of a day."""
        self._db.execute("DELETE FROM visits WHERE day = ?", [day.isoformat()])

    def between(self, since: date, until: date) -> dict[date, int]:
        """Give the visits of the days that are known."""
        rows = self._db.conn.execute(
            "SELECT day, visits FROM visits WHERE day >= ? AND day < ? ORDER BY day",
            [since.isoformat(), until.isoformat()],
        )
        return {date.fromisoformat(row[0]): int(row[1]) for row in rows}

"""The sums of the facts, kept ready by day and by month, and the rows behind each sum."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.times import write
from cartdesk.domain.metrics.adding import ALL, DIMENSIONS, MINUTES, Cell
from cartdesk.domain.metrics.facts import KINDS, Kind
from cartdesk.domain.metrics.views import Behind, Measure

if TYPE_CHECKING:
    from sqlite_utils import Database

_SUMS = "sum(count), sum(minor), sum(refunded), sum(discount)"
_CELLS = "currency, dimension, period, key, kind, count, minor, refunded, discount"


class Rollup:
    """Sums by day and month."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def stale(self, most: int) -> list[int]:
        """Give days whose sums are out of date."""
        rows = self._db.conn.execute(
            "SELECT day FROM figures_stale_days ORDER BY day LIMIT ?", [most]
        )
        return [int(row[0]) for row in rows]

    def renew(self, days: Sequence[int]) -> None:
        """Add up some days anew, and the months they lie in."""
        for day in days:
            self._renew_day(day)
        for month in sorted({_month(date.fromordinal(day)) for day in days}):
            self._renew_month(month)
        self._db.conn.executemany(
            "DELETE FROM figures_stale_days WHERE day = ?", [(day,) for day in days]
        )

    def _renew_day(self, day: int) -> None:
        self._db.execute("DELETE FROM figures_days WHERE period = ?", [day])
        for dimension in (ALL, *DIMENSIONS):
            key = f"CAST({dimension} AS TEXT)" if dimension else "''"
            where = "minutes IS NOT NULL" if dimension == MINUTES else "1"
            self._db.execute(
                f"INSERT INTO figures_days ({_CELLS}) SELECT currency, '{dimension}', day, {key}, "
                "kind, count(*), sum(minor), sum(refunded), sum(discount) FROM figures_facts "
                f"WHERE day = ? AND {where} GROUP BY currency, {key}, kind",
                [day],
            )

    def _renew_month(self, month: int) -> None:
        self._db.execute("DELETE FROM figures_months WHERE period = ?", [month])
        self._db.execute(
            f"INSERT INTO figures_months ({_CELLS}) SELECT currency, dimension, ?, key, kind, "
            f"{_SUMS} FROM figures_days WHERE period >= ? AND period < ? "
            "GROUP BY currency, dimension, key, kind",
            [month, _first(month), _first(month + 1)],
        )

    def cells(
        self, currency: str, since: date, until: date, dimensions: Sequence[str]
    ) -> list[Cell]:
        """Give the sums of some days, by every key of some dimensions."""
        parts, values = [], []
        for table, first, end in _pieces(since, until):
            parts.append(
                f"SELECT dimension, key, kind, count, minor, refunded, discount FROM {table} "
                "WHERE currency = ? AND dimension IN (SELECT value FROM json_each(?)) "
                "AND period >= ? AND period < ?"
            )
            values += [currency, json.dumps(dimensions), first, end]
        rows = self._db.conn.execute(
            f"SELECT dimension, key, kind, {_SUMS} FROM ({' UNION ALL '.join(parts)}) "
            "GROUP BY dimension, key, kind",
            values,
        )
        return [Cell(row[0], row[1], Kind(row[2]), *row[3:]) for row in rows]

    def by_day(self, currency: str, since: date, until: date) -> list[tuple[date, Cell]]:
        """Give the sums of each day that has any."""
        rows = self._db.conn.execute(
            "SELECT period, kind, count, minor, refunded, discount FROM figures_days "
            "WHERE currency = ? AND dimension = '' AND period >= ? AND period < ?",
            [currency, since.toordinal(), until.toordinal()],
        )
        return [(date.fromordinal(row[0]), Cell(ALL, "", Kind(row[1]), *row[2:])) for row in rows]

    def currencies(self) -> list[str]:
        """Give the currencies anything was counted in, the most used first."""
        rows = self._db.conn.execute(
            "SELECT currency FROM figures_months WHERE dimension = '' "
            "GROUP BY currency ORDER BY sum(count) DESC, currency"
        )
        return [str(row[0]) for row in rows]

    def unreadable(self, since: datetime, until: datetime) -> int:
        """Count the records that could not be read, by when they were seen."""
        rows = self._db.conn.execute(
            "SELECT count(*) FROM quarantine WHERE seen_at >= ? AND seen_at < ?",
            [write(since), write(until)],
        )
        return int(next(rows)[0])

    def kept_apart(self, since: date, until: date) -> list[tuple[str, int]]:
        """Count the checkouts kept apart, of any currency, by reason, most first."""
        counts: dict[str, int] = {}
        for currency in self.currencies():
            for cell in self.cells(currency, since, until, ["apart"]):
                if cell.kind is Kind.KEPT_APART:
                    counts[cell.key] = counts.get(cell.key, 0) + cell.count
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    def placed_on(self, days: Sequence[date]) -> int:
        """Count the orders placed on some days, in any currency."""
        rows = self._db.conn.execute(
            "SELECT coalesce(sum(count), 0) FROM figures_days WHERE dimension = '' "
            "AND kind IN ('direct', 'back') AND period IN (SELECT value FROM json_each(?))",
            [json.dumps([day.toordinal() for day in days])],
        )
        return int(next(rows)[0])

    def behind(self, asked: Behind, limit: int, offset: int) -> tuple[list[int], int]:
        """Give a window of the orders behind a sum, newest first, and how many there are."""
        where = "kind IN (SELECT value FROM json_each(:kinds)) AND day >= :since AND day < :until"
        if asked.measure is not Measure.KEPT_APART:
            where += " AND currency = :currency"
        if asked.breakdown:
            if asked.breakdown not in DIMENSIONS:
                raise KeyError(asked.breakdown)
            where += f" AND {asked.breakdown} = :key"
        values = {
            "kinds": json.dumps(KINDS[asked.measure]),
            "since": asked.span.since.toordinal(),
            "until": asked.span.until.toordinal(),
            "currency": asked.currency,
            "key": asked.key,
            "limit": limit,
            "offset": offset,
        }
        rows = self._db.conn.execute(
            f"SELECT order_id FROM figures_facts WHERE {where} "
            "ORDER BY day DESC, order_id DESC, reminder_id LIMIT :limit OFFSET :offset",
            values,
        )
        counted = self._db.conn.execute(f"SELECT count(*) FROM figures_facts WHERE {where}", values)
        return [int(row[0]) for row in rows], int(next(counted)[0])


def _pieces(since: date, until: date) -> list[tuple[str, int, int]]:
    """Divide days into whole months and the days beside them: table, first, end."""
    first = _month(since) + (since.day > 1)
    end = _month(until)
    if first >= end:
        return [("figures_days", since.toordinal(), until.toordinal())]
    pieces = [
        ("figures_days", since.toordinal(), _first(first)),
        ("figures_months", first, end),
        ("figures_days", _first(end), until.toordinal()),
    ]
    return [piece for piece in pieces if piece[1] < piece[2]] or pieces[:1]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first(month: int) -> int:
    return date(month // 12, month % 12 + 1, 1).toordinal()

"""The sums of the facts, kept ready by blocks of days, and the rows behind each sum."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.times import read, write
from cartdesk.domain.metrics.adding import ALL, DIMENSIONS, Cell
from cartdesk.domain.metrics.facts import KINDS, Kind
from cartdesk.domain.metrics.views import Behind

if TYPE_CHECKING:
    from sqlite_utils import Database

_BLOCKS = (64, 8, 1)  # days; each length is made of the next
_SUMS = "sum(count), sum(minor), sum(refunded), sum(discount)"
Row = tuple[int, int, str]  # of an order: its id, its money, the order that brought it back
Piece = tuple[int, int, int, int]  # length of the blocks, the first, the end, and 1 or -1


class Rollup:
    """Sums of the facts by blocks of days."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def stale(self) -> list[int]:
        """Give some days whose sums are out of date: those of one of the longest blocks."""
        rows = self._db.conn.execute(
            "SELECT day FROM figures_stale_days WHERE day / :length = "
            "(SELECT min(day) / :length FROM figures_stale_days)",
            {"length": _BLOCKS[0]},
        )
        return [int(row[0]) for row in rows]

    def renew(self, days: Sequence[int]) -> None:
        """Add up some days anew, and the blocks they lie in."""
        for day in days:
            self._renew_day(day)
        for length, parts in ((_BLOCKS[1], _BLOCKS[2]), (_BLOCKS[0], _BLOCKS[1])):
            for block in sorted({day // length for day in days}):
                self._renew_block(length, parts, block)
        self._db.conn.executemany(
            "DELETE FROM figures_stale_days WHERE day = ?", [(day,) for day in days]
        )

    def _renew_day(self, day: int) -> None:
        self._db.execute("DELETE FROM figures_sums WHERE length = 1 AND block = ?", [day])
        for dimension in (ALL, *DIMENSIONS):
            key = f"CAST({dimension} AS TEXT)" if dimension else "''"
            where = f"{dimension} IS NOT NULL AND {dimension} != ''" if dimension else "1"
            self._db.execute(
                f"INSERT INTO figures_sums SELECT currency, '{dimension}', 1, day, {key}, "
                "kind, count(*), sum(minor), sum(refunded), sum(discount) FROM figures_facts "
                f"WHERE day = ? AND {where} GROUP BY currency, {key}, kind",
                [day],
            )

    def _renew_block(self, length: int, parts: int, block: int) -> None:
        self._db.execute("DELETE FROM figures_sums WHERE length = ? AND block = ?", [length, block])
        several = length // parts
        self._db.execute(
            f"INSERT INTO figures_sums SELECT currency, dimension, ?, ?, key, kind, {_SUMS} "
            "FROM figures_sums WHERE length = ? AND block >= ? AND block < ? "
            "GROUP BY currency, dimension, key, kind",
            [length, block, parts, block * several, (block + 1) * several],
        )

    def cells(
        self, currency: str, since: date, until: date, dimensions: Sequence[str]
    ) -> list[Cell]:
        """Give the sums of some days, by every known key of some dimensions."""
        parts: list[str] = []
        values: list[object] = []
        for length, first, end, sign in pieces(since.toordinal(), until.toordinal()):
            parts.append(
                f"SELECT dimension, key, kind, {sign} * count AS count, {sign} * minor AS minor, "
                f"{sign} * refunded AS refunded, {sign} * discount AS discount FROM figures_sums "
                "WHERE currency = ? AND dimension IN (SELECT value FROM json_each(?)) "
                "AND length = ? AND block >= ? AND block < ?"
            )
            values += [currency, json.dumps(dimensions), length, first, end]
        rows = self._db.conn.execute(
            f"SELECT dimension, key, kind, {_SUMS} FROM ({' UNION ALL '.join(parts)}) "
            "GROUP BY dimension, key, kind HAVING sum(count) > 0",
            values,
        )
        return [Cell(*row) for row in rows]

    def by_day(self, currency: str, since: date, until: date) -> list[tuple[date, Cell]]:
        """Give the sums of each day that has any."""
        rows = self._db.conn.execute(
            "SELECT block, '', '', kind, count, minor, refunded, discount FROM figures_sums "
            "WHERE currency = ? AND dimension = '' AND length = 1 AND block >= ? AND block < ?",
            [currency, since.toordinal(), until.toordinal()],
        )
        return [(date.fromordinal(day), Cell(*cell)) for day, *cell in rows]

    def currencies(self) -> list[str]:
        """Give the currencies anything was counted in, the most used first."""
        rows = self._db.conn.execute(
            "SELECT currency FROM figures_sums WHERE dimension = '' AND length = 64 "
            "GROUP BY currency ORDER BY sum(count) DESC, currency"
        )
        return [str(row[0]) for row in rows]

    def first_day(self) -> date | None:
        """Give the first day anything was counted on."""
        rows = self._db.conn.execute(
            "SELECT min(block) FROM figures_sums WHERE dimension = '' AND length = 1"
        )
        return next((date.fromordinal(row[0]) for row in rows if row[0] is not None), None)

    def first_look(self) -> datetime | None:
        """Give when the shop was read to the end for the first time."""
        rows = self._db.conn.execute("SELECT min(at) FROM events WHERE kind = 'sync.done'")
        return next((read(row[0]) for row in rows if row[0] is not None), None)

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
                if cell.kind == Kind.KEPT_APART:
                    counts[cell.key] = counts.get(cell.key, 0) + cell.count
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))

    def placed_on(self, days: Sequence[date]) -> int:
        """Count the orders placed on some days, in any currency."""
        if not days:
            return 0
        rows = self._db.conn.execute(
            "SELECT coalesce(sum(count), 0) FROM figures_sums WHERE dimension = '' AND length = 1 "
            "AND kind IN ('direct', 'back') AND block IN (SELECT value FROM json_each(?))",
            [json.dumps([day.toordinal() for day in days])],
        )
        return int(next(rows)[0])

    def behind(self, asked: Behind, limit: int, offset: int) -> tuple[list[Row], int, int]:
        """Give a window of the orders behind a sum, newest first, and the whole sum.

        Returns:
            Of each its id, the money it counts with and the number of the order that brought it
            back, if any; how many there are in all; and their money, in minor units.
        """
        where = "kind IN (SELECT value FROM json_each(:kinds)) AND day >= :since AND day < :until"
        if asked.breakdown != "apart":  # what is kept apart is counted in all currencies
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
            "SELECT order_id, minor, coalesce((SELECT b.number FROM orders o JOIN orders b "
            "ON b.id = o.recovered_by WHERE o.id = order_id), '') "
            f"FROM figures_facts WHERE {where} "
            "ORDER BY day DESC, order_id DESC, reminder_id LIMIT :limit OFFSET :offset",
            values,
        )
        sums = f"SELECT count(*), coalesce(sum(minor), 0) FROM figures_facts WHERE {where}"
        counted, minor = next(self._db.conn.execute(sums, values))
        return [(int(row[0]), int(row[1]), str(row[2])) for row in rows], int(counted), int(minor)


def pieces(since: int, until: int, lengths: Sequence[int] = _BLOCKS) -> list[Piece]:
    """Make a span of days of as few blocks as possible, some of them taken away again.

    Each end is rounded to the nearest border of the longest blocks, and what that is too much
    or too little is made of shorter ones.
    """
    length, *shorter = lengths
    if not shorter:
        return [(length, since, until, 1)]
    first, end = (since + length // 2) // length, (until + length // 2) // length
    if first >= end:
        return pieces(since, until, shorter)
    found = [(length, first, end, 1)]
    for inner, border, sign in ((since, first * length, 1), (until, end * length, -1)):
        low, high = sorted((inner, border))
        if low < high:
            turn = sign if inner < border else -sign
            found += [
                (size, one, last, turn * way) for size, one, last, way in pieces(low, high, shorter)
            ]
    return found

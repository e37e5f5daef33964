"""What a report is made of, and the order its parts stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.tables import Column, columns, ordered
from cartdesk.domain.metrics.views import Breakdown, Figure, Report, Tally
from cartdesk.domain.metrics.wording import beside, change_text, figure_text, others_text

_MOST_ROWS = 12
_MOST_COLUMNS = 7
_IN_ITS_OWN_ORDER = {"hour", "weekday", "band", "step", "stage"}


@dataclass(frozen=True, slots=True)
class Digest:
    """A report and everything that is told with it.

    ``written`` is in the shop's zone; ``write`` writes money as the shop does.
    """

    shop: str
    written: datetime
    report: Report
    comparisons: tuple[Comparison, ...]
    write: Write

    @property
    def title(self) -> str:
        """What it is about."""
        days = self.report.span.days
        length = "week" if days == 7 else f"{days} days" if days != 1 else "day"
        return f"{self.shop or 'The shop'}: the last {length}"

    @property
    def money_note(self) -> str:
        """Say what the money in it is."""
        return f"All money is in {self.report.currency}; days are those of {self.report.span.zone}."

    @property
    def coverage(self) -> str:
        """What the figures can know of, and what was kept apart."""
        found = self.report.coverage
        return " ".join(filter(None, (found.sentence, found.apart)))

    def notes(self) -> tuple[str, ...]:
        """Say what must be known beside some of the figures."""
        found = ((one, beside(one, self.report, self.write)) for one in self.report.figures)
        return tuple(f"{one.name}. {more[0]}: {more[1]}." for one, more in found if more)

    def change(self, figure: Figure) -> str:
        """Say how a figure changed."""
        return change_text(figure, self.write)

    def figure(self, figure: Figure, *, before: bool = False) -> str:
        """Write a figure."""
        return figure_text(figure, self.report.currency, self.write, before=before)

    def tables(self) -> tuple[Table, ...]:
        """Give the breakdowns that say anything."""
        made = (self._table(one) for one in self.report.breakdowns)
        return tuple(table for table in made if table.rows)

    def _table(self, breakdown: Breakdown) -> Table:
        shown = columns(breakdown)[:_MOST_COLUMNS]
        own_order = breakdown.name in _IN_ITS_OWN_ORDER
        rows = ordered(breakdown, None if own_order or not shown else shown[0])
        rows = [row for row in rows if any(row.tally.sum(one).count for one in breakdown.measures)]
        most = max(_MOST_ROWS, 24 if own_order else 0)
        lines = [(row.label, row.tally) for row in rows[:most]]
        if rest := rows[most:]:
            lines.append(
                (others_text(len(rest), self.write), sum((row.tally for row in rest), Tally()))
            )
        whole = sum((row.tally for row in rows), Tally())
        cells = [TableRow(label, self._cells(shown, tally)) for label, tally in lines]
        return Table(
            breakdown.title,
            breakdown.explained,
            tuple(column.head for column in shown),
            tuple(cells),
            TableRow("all", self._cells(shown, whole)),
        )

    def _cells(self, shown: Sequence[Column], tally: Tally) -> tuple[str, ...]:
        currency = self.report.currency
        return tuple(column.text(tally, currency, self.write) for column in shown)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A line of a table."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A breakdown in words, its largest rows and their total; ``rows`` is () when all are 0."""

    title: str
    explained: str
    heads: tuple[str, ...]
    rows: tuple[TableRow, ...]
    whole: TableRow

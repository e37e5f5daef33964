"""Breakdowns as tables that can be sorted, and groups beside one another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.content import Content
from textual.geometry import Size

from cartdesk.domain.metrics.comparing import (
    NO_HOLDOUT,
    NO_VERSIONS,
    Comparison,
    drawn,
)
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.tables import RATE, Column, add, columns, ordered, total
from cartdesk.domain.metrics.views import Breakdown, Report, Tally
from cartdesk.domain.metrics.wording import day_text, others_text
from cartdesk.tui.facts import Facts
from cartdesk.tui.metrics_headline import style
from cartdesk.tui.rows import Row
from cartdesk.tui.text import MUTED, STRONG, Fact, Look, cells, fit, hang, line

Order = Column | str | None
ALL, OTHERS = "*all", "*others"  # keys of rows no breakdown has
_MOST = 200  # rows; the others are one row
_LABEL = 28  # cells of a label before columns give way
_DRAWN = 45
_FEWEST = 8  # cells of the name of a group
_HEADS = ("persons", "bought", "rate", "per person")


class TableView:
    """A breakdown that can be put in any order."""

    def __init__(self, breakdown: Breakdown, report: Report, look: Look) -> None:
        self.breakdown, self._report, self._write = breakdown, report, style(look)
        self._columns = columns(breakdown)
        self._whole = total(breakdown)
        self._widths = {one: self._width(one) for one in self._columns}
        labels = [cells(row.label) for row in breakdown.rows[:_MOST]]
        self._longest = min(_LABEL, max([8, *labels]))

    def _width(self, column: Column) -> int:
        """Give the cells of a column: nothing in it is longer than the sum of all."""
        longest = self._write.share(1) if column.what == RATE else self._text(column, self._whole)
        return max(cells(column.head) + 1, cells(longest))

    def _text(self, column: Column, tally: Tally) -> str:
        return column.text(tally, self._report.currency, self._write)

    def orders(self) -> list[Order]:
        """Give every order: its own, by each column, and by label."""
        return [None, *self._columns, "label"]

    def rows(self, order: Order) -> list[Row]:
        """Give the rows in an order, and below them their sum."""
        every = ordered(self.breakdown, order)
        lines = [(row.key, row.label, row.tally) for row in every[:_MOST]]
        if rest := every[_MOST:]:
            lines.append((OTHERS, others_text(len(rest), self._write), add(rest)))
        if lines:
            lines.append((ALL, "all", self._whole))
        return [Row(key, partial(self._row, label, tally, order), 1) for key, label, tally in lines]

    def tally(self, key: str) -> Tally:
        """Give the tally of a row; that of all for a key there is not."""
        rows = {row.key: row.tally for row in self.breakdown.rows}
        return rows.get(key, self._whole)

    def label(self, key: str) -> str:
        """Give the label of a row."""
        return {row.key: row.label for row in self.breakdown.rows}.get(key, "all")

    def _fitting(self, width: int, order: Order) -> list[Column]:
        """Choose the columns there is room for; the one it is sorted by always stays."""
        room = width - 2 - self._longest
        first = [order] if isinstance(order, Column) else []
        found: list[Column] = []
        for column in [*first, *(one for one in self._columns if one not in first)]:
            room -= self._widths[column] + 2
            if room < 0 and found:
                break
            found.append(column)
        return [column for column in self._columns if column in found]

    def hidden(self, order: Order, width: int) -> int:
        """Count the columns there is no room for."""
        return len(self._columns) - len(self._fitting(width, order))

    def heads(self, order: Order, width: int) -> Content:
        """Write the heads; "▾" marks what it is sorted by."""
        found = self._fitting(width, order)
        label = self.breakdown.title.lower() + (" ▾" if order == "label" else "")
        parts = [
            fit(f"{column.head}{'▾' if column == order else ''}", self._widths[column], right=True)
            for column in found
        ]
        room = self._label_room(found, width)
        return line((f" {fit(label, room)}  {'  '.join(parts)}", MUTED))

    def _label_room(self, found: Sequence[Column], width: int) -> int:
        return max(8, width - 2 - sum(self._widths[column] + 2 for column in found))

    def _row(self, label: str, tally: Tally, order: Order, width: int) -> Content:
        found = self._fitting(width, order)
        values = [fit(self._text(one, tally), self._widths[one], right=True) for one in found]
        room = self._label_room(found, width)
        kind = STRONG if tally is self._whole else ""
        return line(" ", (fit(label, room), kind), "  ", ("  ".join(values), kind))


def apart_rows(report: Report, write: Style) -> list[Row]:
    """Give a row for each reason carts were kept apart by."""
    return [
        Row(reason, partial(apart_row, reason, count, write), 1)
        for reason, count in report.coverage.kept_apart
    ]


def apart_row(reason: str, count: int, write: Style, width: int) -> Content:
    """Write a reason and how many carts it kept apart."""
    return line(f" {fit(reason, max(8, width - 12))}", fit(write.count(count), 10, right=True))


class ComparedFacts(Facts):
    """The comparisons, drawn for the width they get."""

    def __init__(self) -> None:
        super().__init__()
        self._found: tuple[Comparison, ...] = ()
        self._write: Style | None = None

    def show(self, found: tuple[Comparison, ...], write: Style) -> None:
        """Show other comparisons."""
        self._found, self._write = found, write
        self.refresh(layout=True)

    def render(self) -> Content:
        """Write them."""
        width = self.content_size.width
        return hang(self._facts(width), width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Give the rows they take at a width."""
        return len(hang(self._facts(width), width).split(allow_blank=True))

    def _facts(self, width: int) -> list[Fact]:
        return compared(self._found, self._write, width) if self._write else []


def compared(found: Sequence[Comparison], write: Style, width: int) -> list[Fact]:
    """Write each comparison: its groups, their difference with its bounds, and what it means."""
    facts: list[Fact] = []
    for one in found:
        facts += [*_comparison(one, write, width), ("", line(""))]
    if not any(one.title.startswith("Letters") for one in found):
        facts += [("", line(("No group is held out", "bold"))), ("", line(NO_HOLDOUT))]
        facts.append(("", line("")))
    if not any(one.title.startswith("Versions") for one in found):
        facts += [("", line(("No versions are compared", "bold"))), ("", line(NO_VERSIONS))]
    return facts


def _comparison(found: Comparison, write: Style, width: int) -> list[Fact]:
    since = day_text(found.since.date(), year=True)
    facts: list[Fact] = [
        ("", line((found.title, "bold"), (f"  since {since}", MUTED))),
        *(("", line(sentence)) for sentence in found.sentences),
    ]
    if found.waiting_text:
        facts.append(("", line((found.waiting_text, MUTED))))
    facts += _sides(found, write, width)
    for bounds in found.bounds:
        room = min(_DRAWN, max(15, width - 2))
        facts.append(("", line((f"{bounds.name}, of 100 persons", MUTED))))
        low, high = bounds.interval.low, bounds.interval.high
        ends = f"  {_hundred(low, write)} to {_hundred(high, write)}"
        facts.append(("", line((drawn(bounds.interval, room - cells(ends)), STRONG), ends)))
    return facts


def _sides(found: Comparison, write: Style, width: int) -> list[Fact]:
    """Write the groups as a table, or each in two lines where that is too wide."""
    rows = [
        (write.count(one.persons), write.count(one.returned), one.rate, one.per_person)
        for one in found.sides
    ]
    wide = [2 + max(map(cells, column)) for column in zip(_HEADS, *rows, strict=True)]
    names = max([_FEWEST, *(cells(one.name) for one in found.sides)])
    names = min(names, max(_FEWEST, width - sum(wide)))
    if names + sum(wide) > width:
        return [
            (
                "",
                line(
                    (one.name, STRONG),
                    f": {row[1]} of {row[0]} bought, {row[2]}; {row[3]} a person",
                ),
            )
            for one, row in zip(found.sides, rows, strict=True)
        ]

    def cut(row: Sequence[str]) -> str:
        return "".join(fit(one, room, right=True) for one, room in zip(row, wide, strict=True))

    facts: list[Fact] = [("", line((f"{fit('', names)}{cut(_HEADS)}", MUTED)))]
    for one, row in zip(found.sides, rows, strict=True):
        facts.append(("", line(fit(one.name, names), cut(row))))
    return facts


def _hundred(share: float, write: Style) -> str:
    return write.decimal(100 * share, signed=True)

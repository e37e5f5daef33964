"""Breakdowns as tables: their columns, their order, and as rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.views import Breakdown, BreakdownRow, Figure, Measure, Report, Tally
from cartdesk.domain.metrics.wording import MEASURES, money_text
from cartdesk.domain.money import Money

RATE = "rate"
MONEY = " money"  # after the name of a measure: its money instead of its count
NET = " net"  # money less refunds; a total has the discount taken off already
DISCOUNT = " discount"
EACH = " each"  # net money by letter sent
_WITH_MONEY = {
    Measure.ABANDONED,
    Measure.RECOVERED,
    Measure.STRICT,
    Measure.PLACED,
    Measure.KEPT_APART,
}
_NO_RATE = {"stage", "language"}  # what is abandoned and placed there is of different things
_LETTERS = {Measure.SENT, Measure.REFUSED, Measure.BOUNCED, Measure.REPLIED}


_RECOVERED: dict[str, Callable[[Tally], float | None]] = {
    NET: lambda tally: tally.recovered_net,
    DISCOUNT: lambda tally: tally.discount,
    EACH: lambda tally: tally.per_letter,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: counts of a measure, an amount of money, or the abandonment rate."""

    measure: Measure
    what: str = ""  # "", MONEY, RATE, or of the recovered NET, DISCOUNT or EACH

    @property
    def head(self) -> str:
        """Its head."""
        return "rate" if self.what == RATE else f"{MEASURES[self.measure]}{self.what}"

    def value(self, tally: Tally) -> float | None:
        """Give what it shows of a tally; money in minor units."""
        if self.what == RATE:
            return tally.abandonment_rate
        if self.what in _RECOVERED:
            return _RECOVERED[self.what](tally)
        found = tally.sum(self.measure)
        return found.minor if self.what == MONEY else found.count

    def text(self, tally: Tally, currency: str, write: Write) -> str:
        """Write what it shows of a tally."""
        value = self.value(tally)
        if self.what == RATE:
            return write.share(value)
        if self.what == MONEY or self.what in _RECOVERED:
            return money_text(value, currency, write)
        return write.count(value or 0)


def columns(breakdown: Breakdown) -> tuple[Column, ...]:
    """Give the columns of a breakdown, the most important ones first."""
    measures = breakdown.measures
    found = [Column(one) for one in measures]
    if {Measure.ABANDONED, Measure.PLACED} <= {*measures} and breakdown.name not in _NO_RATE:
        found.insert(1, Column(Measure.ABANDONED, RATE))
    found += [Column(one, MONEY) for one in measures if one in _WITH_MONEY]
    if Measure.SENT in measures and Measure.RECOVERED in measures and Measure.STRICT in measures:
        found += [Column(Measure.RECOVERED, what) for what in _RECOVERED]
    return tuple(found)


def total(breakdown: Breakdown) -> Tally:
    """Add up all rows."""
    return add(breakdown.rows)


def add(rows: Iterable[BreakdownRow]) -> Tally:
    """Add up some rows."""
    return sum((row.tally for row in rows), Tally())


def ordered(breakdown: Breakdown, by: Column | str | None) -> Sequence[BreakdownRow]:
    """Give the rows, largest value first; "label" sorts by label, None keeps their own order."""
    if by is None:
        return breakdown.rows
    if isinstance(by, str):
        return sorted(breakdown.rows, key=lambda row: row.label.casefold())

    def rank(row: BreakdownRow) -> tuple[bool, float]:
        value = by.value(row.tally)
        return value is None, -(value or 0)

    return sorted(breakdown.rows, key=rank)


def can_be_opened(tally: Tally) -> tuple[Measure, ...]:
    """Give the measures of a tally that have any rows behind them."""
    return tuple(one for one in Measure if tally.sum(one).count)


def file_rows(report: Report) -> Iterator[dict[str, object]]:
    """Give every number of a report as rows for a spreadsheet, all with the same columns.

    ``table`` is "figures", "days", "funnel" or the name of a breakdown; amounts are exact text in
    major units.
    """
    for figure in (*report.headline, *report.figures):
        yield _figure_row(report, figure)
    for stage in report.funnel:
        counts = (("reached", stage.reached), ("ended", stage.ended))
        for measure, count in counts:
            yield _row(report, "funnel", stage.key, stage.label, measure, count)
    for day in report.series:
        key = day.day.isoformat()
        yield from _tally_rows(report, "days", key, key, day.tally, tuple(Measure))
    for breakdown in report.breakdowns:
        for row in breakdown.rows:
            yield from _tally_rows(
                report, breakdown.name, row.key, row.label, row.tally, breakdown.measures
            )


def _tally_rows(
    report: Report, table: str, key: str, label: str, tally: Tally, measures: Sequence[Measure]
) -> Iterator[dict[str, object]]:
    for measure in measures:
        found = tally.sum(measure)
        money = "" if measure in _LETTERS else _amount(found.minor, report.currency)
        yield _row(report, table, key, label, measure.value, found.count, money)


def _figure_row(report: Report, figure: Figure) -> dict[str, object]:
    in_money = figure.unit == "money"
    value = figure.value
    shown = _amount(value, report.currency) if in_money and value is not None else ""
    count = None if in_money or value is None else (value if figure.unit == "share" else int(value))
    money = _amount(figure.money, report.currency) if figure.money is not None else shown
    return _row(report, "figures", figure.key, figure.name, figure.unit.value, count, money)


def _amount(minor: float, currency: str) -> str:
    return str(Money(round(minor), currency).amount)


def _row(
    report: Report,
    table: str,
    key: str,
    label: str,
    measure: str,
    value: float | None,
    total: str = "",
) -> dict[str, object]:
    span = report.span
    return {
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "currency": report.currency,
        "table": table,
        "key": key,
        "label": label,
        "measure": measure,
        "value": value,
        "total": total,
    }

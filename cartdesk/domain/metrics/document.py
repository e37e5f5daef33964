"""All figures as one document for scripts: what the screen shows, with exact amounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.views import Figure, Measure, Report, Tally, Unit
from cartdesk.domain.money import Money
from cartdesk.domain.plain import plain

_LETTERS = {Measure.SENT, Measure.REFUSED, Measure.BOUNCED, Measure.REPLIED}


def document(report: Report, comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Give every figure, division and comparison of a span, ready for JSON.

    Shares are from 0 to 1, times in minutes, money is an exact amount with its currency.
    ``until`` of the span is the day after its last.
    """
    found = {
        "currency": report.currency,
        "span": report.span,
        "before": report.span.before(),
        "headline": [_figure(one, report.currency) for one in report.headline],
        "figures": [_figure(one, report.currency) for one in report.figures],
        "days": [
            {"day": day.day, **_tally(day.tally, report.currency, Measure)} for day in report.series
        ],
        "funnel": report.funnel,
        "breakdowns": [
            {
                "name": one.name,
                "title": one.title,
                "explained": one.explained,
                "rows": [
                    {
                        "key": row.key,
                        "label": row.label,
                        **_tally(row.tally, report.currency, one.measures),
                    }
                    for row in one.rows
                ],
            }
            for one in report.breakdowns
        ],
        "time_to_abandonment": report.to_abandon,
        "time_to_return": report.to_return,
        "mobile": report.mobile,
        "conversion": report.conversion,
        "coverage": report.coverage,
        "comparisons": comparisons,
    }
    made: dict[str, Any] = plain(found)
    return made


def _figure(figure: Figure, currency: str) -> dict[str, object]:
    def value(number: float | None) -> object:
        if number is None or figure.unit is not Unit.MONEY:
            return number
        return Money(round(number), currency)

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    return {
        "key": figure.key,
        "name": figure.name,
        "unit": figure.unit,
        "value": value(figure.value),
        "before": value(figure.before),
        "money": money(figure.money),
        "money_before": money(figure.money_before),
        "change": figure.change,
        "counted": figure.counted,
        "explained": figure.explained,
    }


def _tally(tally: Tally, currency: str, measures: Iterable[Measure]) -> dict[str, object]:
    found: dict[str, object] = {}
    for measure in measures:
        one = tally.sum(measure)
        counted: dict[str, object] = {"count": one.count}
        if measure not in _LETTERS:
            counted["money"] = Money(one.minor, currency)
        found[measure.value] = counted
    return found

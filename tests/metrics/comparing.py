"""A report in the same plain shape as a recount, so that both can be compared."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from cartdesk.domain.metrics.views import Quartiles, Report, Sum, Tally

IF_KNOWN = "version", "reason"  # divisions that are left out while they say nothing


def plain(report: Report) -> dict[str, Any]:
    """Give a report's figures as plain numbers."""
    mobile, conversion, coverage = report.mobile, report.conversion, report.coverage
    return {
        "tally": _tally(report.tally),
        "before": _tally(report.before),
        "before_shown": {
            one.key: one.before
            for one in (*report.headline, *report.figures)
            if one.key in ("abandoned", "placed", "lost", "sent")
        },
        "since": (coverage.looked_since, coverage.orders_since),
        "series": {one.day: _tally(one.tally) for one in report.series if one.tally != Tally()},
        "breakdowns": {
            one.name: {row.key: _tally(row.tally) for row in one.rows} for one in report.breakdowns
        },
        "to_abandon": _quartiles(report.to_abandon),
        "to_return": _quartiles(report.to_return),
        "mobile": (mobile.rate, mobile.known, mobile.unknown),
        "conversion": (conversion.orders, conversion.visits, conversion.days),
        "kept_apart": dict(coverage.kept_apart),
        "unreadable": coverage.unreadable,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(Tally):
        value = getattr(tally, one.name)
        found[one.name] = (value.count, value.minor) if isinstance(value, Sum) else value
    return found


def _quartiles(found: Quartiles) -> tuple[int | None, ...]:
    return (found.quartile1, found.median, found.quartile3, found.counted)

"""What a line of the right pane of Metrics stands for, so that its carts can be opened."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from cartdesk.domain.metrics.views import Behind, Measure, Report, Tally
from cartdesk.domain.metrics.wording import day_text
from cartdesk.tui.metrics_tables import ALL, OTHERS, TableView
from cartdesk.tui.metrics_views import APART, DAYS


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for and its title. A ``tally`` counts several things: one is chosen."""

    asked: Behind
    title: str
    tally: Tally | None = None


def targets(report: Report, view: str, table: TableView | None, key: str) -> tuple[Target, ...]:
    """Give what a line stands for: several for one that adds up others, none for the rest.

    Args:
        report: The figures.
        view: What the pane shows.
        table: Its table, if it is one.
        key: The key of the line.
    """
    whole = Behind(report.span, report.currency, Measure.ABANDONED)
    if table is not None:
        if key == OTHERS:
            return ()
        asked = whole if key == ALL else replace(whole, breakdown=view, key=key)
        return (Target(asked, f"{table.breakdown.title}: {table.label(key)}", table.tally(key)),)
    if view == DAYS:
        day = date.fromisoformat(key)
        span = replace(report.span, since=day, until=day + timedelta(days=1))
        tally = next(one.tally for one in report.series if one.day == day)
        return (Target(replace(whole, span=span), day_text(day, weekday=True), tally),)
    if view == APART:
        asked = replace(whole, measure=Measure.KEPT_APART, breakdown="apart", key=key)
        return (Target(asked, f"Kept apart: {key}"),)
    return _stage(report, whole, key)


def _stage(report: Report, whole: Behind, key: str) -> tuple[Target, ...]:
    """Give who ended at a stage of the funnel, by the lines of the table of stages."""
    stage = next(one for one in report.funnel if one.key == key)
    if key == "placed":
        return (Target(replace(whole, measure=Measure.DIRECT), stage.label),)
    rows = [row for row in report.breakdown("stage").rows if row.tally.abandoned.count]
    drafts = {"opened": {"draft-nothing", "draft"}, "email": {"draft-email"}}
    drafts |= {"address": {"draft-address"}}
    every = set().union(*drafts.values())
    ended = [
        row for row in rows if (row.key in drafts[key] if key in drafts else row.key not in every)
    ]
    return tuple(
        Target(
            replace(whole, breakdown="stage", key=row.key),
            f"{stage.label}, no more" if len(ended) == 1 else f"{stage.label}: {row.label}",
        )
        for row in ended
    )

"""The figures: five in two lines each, the others in one, and how each is counted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.content import Content

from cartdesk.domain.metrics.views import Figure, Report
from cartdesk.domain.metrics.wording import (
    beside,
    change_text,
    figure_text,
    is_better,
    share_text,
    span_text,
)
from cartdesk.domain.money import Money
from cartdesk.tui.rows import Row
from cartdesk.tui.text import BAD, GOOD, MUTED, STRONG, Look, cells, fit, line, stack

_CHANGE, _SHORT = 17, 14  # cells of a change in one line, and where there is little room
_LITTLE = 60
_NAME = 12  # the fewest cells of a name


def period_line(report: Report) -> Content:
    """Say which days the figures are of, and which they are compared with."""
    span = report.span
    return line(
        (f"THE LAST {span.days} DAYS · {report.currency}", "bold"),
        (f"  {span_text(span)}, against the {span.days} before", MUTED),
    )


def coverage_line(report: Report) -> Content:
    """Say what the figures can know of, and what was kept apart."""
    return line(("Covers  ", MUTED), covered(report))


def covered(report: Report) -> Content:
    """Say the same without a label."""
    found = report.coverage
    return line(found.sentence, f" {found.apart}" if found.apart else "")


def figure_rows(report: Report, look: Look) -> list[Row]:
    """Give a row for each figure; their keys are those of the figures."""
    write = look.money
    first = [
        Row(one.key, partial(headline_row, one, report.currency, write), 2)
        for one in report.headline
    ]
    unknown = {"mobile-rate": f" ({share_text(report.mobile.unknown)} unknown)"}
    return first + [
        Row(one.key, partial(figure_row, one, report.currency, write, unknown.get(one.key, "")), 1)
        for one in report.figures
    ]


def headline_row(
    figure: Figure, currency: str, write: Callable[[Money], str], width: int
) -> Content:
    """Write one of the five figures: its value, how it changed, and what it was before."""
    value = figure_text(figure, currency, write)
    name = fit(figure.name, max(_NAME, width - cells(value) - 3))
    before = figure_text(figure, currency, write, before=True)
    was = f"before: {before}" if figure.before is not None else ""
    changed = change_text(figure)
    room = max(0, width - cells(changed) - 6)
    return stack(
        line(" ", (name, STRONG), " ", (value, "bold $primary")),
        line("   ", (changed, _style(figure)), "  ", (fit(was, room), MUTED)),
    )


def figure_row(
    figure: Figure, currency: str, write: Callable[[Money], str], more: str, width: int
) -> Content:
    """Write one of the other figures; ``more`` stands behind its value where there is room."""
    value = figure_text(figure, currency, write) + (more if width >= _LITTLE else "")
    changed, wide = change_text(figure), _CHANGE
    if width < _LITTLE:
        changed, wide = changed.replace(" points ", " pts "), _SHORT
        if figure.money is not None:  # it is on the card of i
            value = value.partition(" · ")[0]
    if figure.before is None or figure.value is None:
        changed = ""
    room = max(_NAME, width - cells(value) - wide - 4)
    return line(" ", fit(figure.name, room), " ", value, "  ", (fit(changed, wide), _style(figure)))


def _style(figure: Figure) -> str:
    better = is_better(figure)
    return MUTED if better is None else GOOD if better else BAD


def explained(figure: Figure, report: Report, look: Look) -> list[tuple[str, Content]]:
    """Write how a figure is counted, with its numbers now and before."""
    write, currency = look.money, report.currency
    span = report.span
    pairs = [
        ("Now", line((figure_text(figure, currency, write), STRONG), f"  {span_text(span)}")),
        (
            "Before",
            line(
                (figure_text(figure, currency, write, before=True), STRONG),
                f"  {span_text(span.before())}",
            ),
        ),
        ("Change", line(change_text(figure))),
        ("Formula", line(figure.explained)),
    ]
    if more := beside(figure, report):
        pairs.append((more[0], line(more[1])))
    if figure.rows is not None:
        pairs.append(("Counted", line(f"{figure.counted:,} rows; enter opens them")))
    return [*pairs, ("Covers", covered(report))]

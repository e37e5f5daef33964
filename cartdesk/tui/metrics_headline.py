"""The figures: five in two lines each, the others in one, and how each is counted."""

from __future__ import annotations

from functools import partial

from textual.content import Content

from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.views import Figure, Report
from cartdesk.domain.metrics.wording import (
    beside,
    change_text,
    figure_text,
    is_better,
    span_text,
    worked,
)
from cartdesk.tui.rows import Row
from cartdesk.tui.text import BAD, GOOD, MUTED, STRONG, Look, cells, fit, line, stack

_CHANGE, _SHORT = 17, 15  # cells of a change in one line, and where there is little room
_LITTLE = 60
_NAME = 12  # the fewest cells of a name
_DOUBTED = {"mobile-rate", "conversion"}  # never shown without what they do not know


def style(look: Look) -> Style:
    """Give how this shop writes numbers."""
    return Style.of(look.shop, look.money)


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
    write = style(look)
    first = [
        Row(one.key, partial(headline_row, one, report.currency, write), 2)
        for one in report.headline
    ]
    return [*first, *(_one_row(one, report, write) for one in report.figures)]


def _one_row(figure: Figure, report: Report, write: Style) -> Row:
    note = beside(figure, report, write) if figure.key in _DOUBTED else None
    more = f"{note[0].lower()} {note[1]}" if note else ""
    return Row(
        figure.key, partial(figure_row, figure, report.currency, write, more), 2 if more else 1
    )


def headline_row(figure: Figure, currency: str, write: Style, width: int) -> Content:
    """Write one of the five figures: its value, how it changed, and what it was before."""
    value = figure_text(figure, currency, write)
    name = fit(figure.name, max(_NAME, width - cells(value) - 3))
    before = figure_text(figure, currency, write, before=True)
    was = f"before: {before}" if figure.before is not None else ""
    changed = change_text(figure, write)
    room = max(0, width - cells(changed) - 6)
    return stack(
        line(" ", (name, STRONG), " ", (value, "bold $primary")),
        line("   ", (changed, _style(figure)), "  ", (fit(was, room), MUTED)),
    )


def figure_row(figure: Figure, currency: str, write: Style, more: str, width: int) -> Content:
    """Write one of the other figures; ``more`` stands below what must not be read without it."""
    value = figure_text(figure, currency, write)
    changed, wide = change_text(figure, write), _CHANGE
    if width < _LITTLE:
        changed, wide = changed.replace(" points ", " pts "), _SHORT
    if figure.before is None or figure.value is None:
        changed = ""
    room = width - cells(value) - wide - 4
    if figure.money is not None and room < cells(figure.name):  # it is on the card of i
        value = value.partition(" · ")[0]
        room = width - cells(value) - wide - 4
    name = fit(figure.name, max(_NAME, room))
    first = line(" ", name, " ", value, "  ", (fit(changed, wide), _style(figure)))
    return stack(first, line("   ", (fit(more, max(0, width - 4)), MUTED))) if more else first


def _style(figure: Figure) -> str:
    better = is_better(figure)
    return MUTED if better is None else GOOD if better else BAD


def explained(figure: Figure, report: Report, look: Look) -> list[tuple[str, Content]]:
    """Write how a figure is counted, with its numbers now and before."""
    write, currency = style(look), report.currency
    span = report.span
    known = figure.before is not None
    was = figure_text(figure, currency, write, before=True) if known else "not known"
    pairs = [
        ("Now", line((figure_text(figure, currency, write), STRONG), f"  {span_text(span)}")),
        ("Before", line((was, STRONG), f"  {span_text(span.before())}")),
        ("Change", line(change_text(figure, write))),
        ("Formula", line(figure.explained)),
    ]
    if numbers := worked(figure, report, write):
        pairs.append(("Numbers", line(numbers)))
    if more := beside(figure, report, write):
        pairs.append((more[0], line(more[1])))
    if figure.rows is not None:
        rows = f"{write.count(figure.counted)} row{'s' * (figure.counted != 1)}"
        pairs.append(
            ("Counted", line(f"{rows}; enter opens {'it' if rows == '1 row' else 'them'}"))
        )
    return [*pairs, ("Covers", covered(report))]

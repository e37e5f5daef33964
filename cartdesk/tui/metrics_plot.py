"""Abandoned and recovered carts by day, and the funnel, drawn with block characters.

Own bars instead of a plotting library: one takes a quarter of a second to import, longer than
the loop may stand still, and tells its series apart by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual.content import Content
from textual.widget import Widget

from cartdesk.domain.metrics.bars import Bin, across, bars, bin_text, binned
from cartdesk.domain.metrics.views import Day, Report, Stage
from cartdesk.domain.metrics.wording import day_text, share_text
from cartdesk.tui.rows import Row
from cartdesk.tui.text import CARE, GOOD, MUTED, STRONG, cells, fit, line, stack

_AXIS = 5  # cells left of the bars


class DaysPlot(Widget):
    """Two rows of bars over the same days; it follows the width and height it gets."""

    DEFAULT_CSS = "DaysPlot { width: 1fr; height: 9; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._series: tuple[Day, ...] = ()

    def show(self, series: tuple[Day, ...]) -> None:
        """Draw other days."""
        self._series = series
        self.refresh()

    def render(self) -> Content:
        """Draw the bars for the room there is."""
        size = self.content_size
        return days_plot(self._series, size.width, size.height)


def days_plot(series: Sequence[Day], width: int, height: int) -> Content:
    """Draw both rows of bars, each with its name and its largest value, and the days below.

    Args:
        series: The days.
        width: Cells.
        height: Rows in all, at least 6.
    """
    room = max(10, width - _AXIS - 1)
    bins = binned(series, room)
    wide, gap = _widths(len(bins), room)
    lower = max(1, (height - 3) // 3)
    upper = max(2, height - 3 - lower)
    drawn = [
        *_panel("○ Abandoned", CARE, [one.abandoned for one in bins], upper, wide, gap),
        *_panel("✓ Recovered", GOOD, [one.recovered for one in bins], lower, wide, gap),
        _dates(bins, len(bins) * (wide + gap) - gap),
    ]
    return stack(*drawn)


def _widths(count: int, room: int) -> tuple[int, int]:
    """Give the cells of a bar and of the gap after it."""
    each = max(1, min(6, (room + 1) // max(1, count)))
    return (1, 0) if each == 1 else (each - 1, 1)


def _panel(
    name: str, style: str, values: Sequence[int], height: int, wide: int, gap: int
) -> list[Content]:
    most = max(values, default=0)
    rows = bars(values, height, wide, gap)
    found = [line((name, STRONG), (f"  {sum(values):,} in all, at most {most:,} a bar", MUTED))]
    for place, row in enumerate(rows):
        label = f"{most:,}" if place == 0 else "0" if place == height - 1 else ""
        found.append(line((fit(label, _AXIS - 1, right=True), MUTED), (" ▏", MUTED), (row, style)))
    return found


def _dates(bins: Sequence[Bin], width: int) -> Content:
    if not bins:
        return line("")
    first, last = day_text(bins[0].since), day_text(bins[-1].since)
    what = f"one bar is {bin_text(bins)}"
    blank = width - cells(first) - cells(last) - cells(what)
    if blank < 4:
        what, blank = "", max(1, width - cells(first) - cells(last))
    left = blank // 2
    text = f"{first}{' ' * left}{what}{' ' * (blank - left)}{last}"
    return line((" " * (_AXIS + 1) + text, MUTED))


def day_rows(report: Report) -> list[Row]:
    """Give a row for each day on which anything happened, the newest first."""
    days = [day for day in reversed(report.series) if _any(day)]
    return [Row(day.day.isoformat(), partial(day_row, day), 1) for day in days]


def _any(day: Day) -> bool:
    tally = day.tally
    return any(
        one.count for one in (tally.abandoned, tally.recovered, tally.by_themselves, tally.placed)
    )


_COUNTS = ("abandoned", "recovered", "themselves", "orders")


def day_columns(width: int) -> Content:
    """Write the heads of the list of days."""
    heads = "".join(fit(one, 12, right=True) for one in _COUNTS)
    return line((f" {fit('day', max(8, width - 50))}{heads}", MUTED))


def day_row(day: Day, width: int) -> Content:
    """Write what happened on a day."""
    tally = day.tally
    found = (tally.abandoned, tally.recovered, tally.by_themselves, tally.placed)
    counts = "".join(fit(f"{one.count:,}", 12, right=True) for one in found)
    return line(f" {fit(day_text(day.day, weekday=True), max(8, width - 50))}", counts)


def stage_rows(report: Report) -> list[Row]:
    """Give two lines for each stage of the funnel."""
    first = max((stage.reached for stage in report.funnel), default=0)
    return [Row(stage.key, partial(stage_row, stage, first), 2) for stage in report.funnel]


def stage_row(stage: Stage, first: int, width: int) -> Content:
    """Write how many came so far, as a bar and in numbers, and how many ended here."""
    share = share_text(stage.reached / first if first else None)
    count = f"{stage.reached:,} · {share}"
    ended = f"{stage.ended:,} stopped here" if stage.key != "placed" else ""
    name = fit(stage.label, max(10, width - cells(count) - 3))
    return stack(
        line(" ", (name, STRONG), " ", count),
        line("   ", (across(stage.reached, first, max(8, width - 24)), CARE), " ", (ended, MUTED)),
    )

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
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.views import Day, Measure, Report, Stage
from cartdesk.domain.metrics.wording import MEASURES, day_text
from cartdesk.tui.rows import Row
from cartdesk.tui.text import CARE, GOOD, MUTED, STRONG, cells, fit, line, stack

_AXIS = 5  # cells left of the bars


class DaysPlot(Widget):
    """Two rows of bars over the same days; it follows the width and height it gets."""

    DEFAULT_CSS = "DaysPlot { width: 1fr; height: 9; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._series: tuple[Day, ...] = ()
        self._write: Style | None = None

    def show(self, series: tuple[Day, ...], write: Style) -> None:
        """Draw other days."""
        self._series, self._write = series, write
        self.refresh()

    def render(self) -> Content:
        """Draw the bars for the room there is."""
        size = self.content_size
        if self._write is None:
            return line("")
        return days_plot(self._series, self._write, size.width, size.height)


def days_plot(series: Sequence[Day], write: Style, width: int, height: int) -> Content:
    """Draw both rows of bars, each with its name and its largest value, and the days below.

    Args:
        series: The days.
        write: How the shop writes numbers.
        width: Cells.
        height: Rows in all, at least 6.
    """
    room = max(10, width - _AXIS - 1)
    bins = binned(series, room)
    wide, gap = _widths(len(bins), room)
    lower = max(1, (height - 3) // 3)
    upper = max(2, height - 3 - lower)
    drawn = [
        *_panel(("○ Abandoned", CARE), [one.abandoned for one in bins], upper, (wide, gap), write),
        *_panel(("✓ Recovered", GOOD), [one.recovered for one in bins], lower, (wide, gap), write),
        _dates(bins, len(bins) * (wide + gap) - gap),
    ]
    return stack(*drawn)


def _widths(count: int, room: int) -> tuple[int, int]:
    """Give the cells of a bar and of the gap after it."""
    each = max(1, min(6, (room + 1) // max(1, count)))
    return (1, 0) if each == 1 else (each - 1, 1)


def _panel(
    named: tuple[str, str],
    values: Sequence[int],
    height: int,
    widths: tuple[int, int],
    write: Style,
) -> list[Content]:
    (name, style), most = named, max(values, default=0)
    rows = bars(values, height, *widths)
    said = f"  {write.count(sum(values))} in all, at most {write.count(most)} a bar"
    found = [line((name, STRONG), (said, MUTED))]
    for place, row in enumerate(rows):
        label = write.count(most) if place == 0 else "0" if place == height - 1 else ""
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


def day_rows(report: Report, write: Style) -> list[Row]:
    """Give a row for each day on which anything happened, the newest first."""
    days = [day for day in reversed(report.series) if _any(day)]
    return [Row(day.day.isoformat(), partial(day_row, day, write), 1) for day in days]


def _any(day: Day) -> bool:
    tally = day.tally
    return any(
        one.count for one in (tally.abandoned, tally.recovered, tally.by_themselves, tally.placed)
    )


_COUNTS = tuple(
    MEASURES[one]
    for one in (Measure.ABANDONED, Measure.RECOVERED, Measure.BY_THEMSELVES, Measure.PLACED)
)
_DAY = 10  # cells of a day with its weekday


def day_columns(width: int) -> Content:
    """Write the heads of the list of days."""
    wide = _widths_of_counts(width)
    heads = "".join(fit(one, room, right=True) for one, room in zip(_COUNTS, wide, strict=True))
    return line((f" {fit('day', max(6, width - 2 - sum(wide)))}{heads}", MUTED))


def _widths_of_counts(width: int) -> list[int]:
    gap = max(1, min(3, (width - 2 - _DAY - sum(map(cells, _COUNTS))) // len(_COUNTS)))
    return [cells(one) + gap for one in _COUNTS]


def day_row(day: Day, write: Style, width: int) -> Content:
    """Write what happened on a day."""
    tally = day.tally
    found = (tally.abandoned, tally.recovered, tally.by_themselves, tally.placed)
    wide = _widths_of_counts(width)
    counts = "".join(
        fit(write.count(one.count), room, right=True) for one, room in zip(found, wide, strict=True)
    )
    room = max(6, width - 2 - sum(wide))
    name = day_text(day.day, weekday=room >= _DAY)
    return line(f" {fit(name, room)}", counts)


def stage_rows(report: Report, write: Style) -> list[Row]:
    """Give two lines for each stage of the funnel."""
    first = max((stage.reached for stage in report.funnel), default=0)
    return [Row(stage.key, partial(stage_row, stage, first, write), 2) for stage in report.funnel]


def stage_row(stage: Stage, first: int, write: Style, width: int) -> Content:
    """Write how many came so far, as a bar and in numbers, and how many ended here."""
    share = write.share(stage.reached / first if first else None)
    count = f"{write.count(stage.reached)} · {share}"
    ended = f"{write.count(stage.ended)} stopped here" if stage.key != "placed" else ""
    name = fit(stage.label, max(10, width - cells(count) - 3))
    return stack(
        line(" ", (name, STRONG), " ", count),
        line("   ", (across(stage.reached, first, max(8, width - 24)), CARE), " ", (ended, MUTED)),
    )

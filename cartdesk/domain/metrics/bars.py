"""Bars of text: a number a column, drawn with the block characters every terminal font has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cartdesk.domain.metrics.views import Day

_BLOCKS = " ▁▂▃▄▅▆▇█"
_SIZES = (1, 7, 14, 28)


@dataclass(frozen=True, slots=True)
class Bin:
    """Some days together: the first of them, how many they are, and what was counted."""

    since: date
    days: int
    abandoned: int
    recovered: int


def binned(series: Sequence[Day], most: int) -> tuple[Bin, ...]:
    """Put days together into days, weeks or more, so that there are at most ``most`` bins.

    The last bin is whole; the first one has the days that are left over.
    """
    size = next((one for one in _SIZES if -(-len(series) // one) <= most), _SIZES[-1])
    starts = range(len(series) % size or size, len(series) + size, size)
    parts = [series[max(0, end - size) : end] for end in starts if end <= len(series)]
    return tuple(
        Bin(
            part[0].day,
            len(part),
            sum(one.tally.abandoned.count for one in part),
            sum(one.tally.recovered.count for one in part),
        )
        for part in parts
    )


def bin_text(bins: Sequence[Bin]) -> str:
    """Say what a bar stands for."""
    size = max((one.days for one in bins), default=1)
    if size == 1:
        return "a day"
    first = bins[0].days
    short = f", the first {first} day{'s' * (first > 1)}" if first < size else ""
    return f"{'a week' if size == 7 else f'{size // 7} weeks'}{short}"


def bars(values: Sequence[int], height: int, wide: int = 1, gap: int = 0) -> list[str]:
    """Draw values as columns from the highest row to the lowest; any value but 0 can be seen.

    Args:
        values: Counts, none below 0.
        height: Rows.
        wide: Cells of a bar.
        gap: Cells between bars.
    """
    most = max(values, default=0) or 1
    steps = [max(1, round(value * height * 8 / most)) if value else 0 for value in values]
    rows = []
    for row in range(height - 1, -1, -1):
        cells = (_BLOCKS[min(8, max(0, step - 8 * row))] for step in steps)
        rows.append((" " * gap).join(cell * wide for cell in cells))
    return rows


def across(value: float, most: float, width: int) -> str:
    """Draw one value as a bar from left to right in ``width`` cells."""
    eighths = round(8 * width * value / most) if most else 0
    if value and not eighths:
        eighths = 1
    full, rest = divmod(min(eighths, 8 * width), 8)
    drawn = "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")
    return drawn + " " * (width - len(drawn))

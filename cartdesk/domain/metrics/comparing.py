"""Comparisons of groups as every output shows them: a table, bounds, sentences and the method."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the methods are needed where something is compared, not where it is shown
    from cartdesk.domain.metrics.intervals import Interval

NO_HOLDOUT = (
    "Nobody is held out, so nobody can tell what would have come back without letters. With "
    "“holdout_percent = 10” under [sequence] in the settings file (6 Settings names it), 10 of "
    "100 persons chosen by chance get no reminder, and this compares them with the others."
)
NO_VERSIONS = (
    "No letter goes out in two versions. Once one does, the versions are compared here by orders "
    "and by money per person."
)


@dataclass(frozen=True, slots=True)
class Side:
    """One group: its name and what it brought, in words."""

    name: str
    persons: int
    returned: int
    rate: str
    per_person: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval to draw, in so many of 100 persons, and what it is of."""

    name: str
    interval: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups beside one another.

    ``sentences`` is the plain verdict, ``waiting`` how many persons are not counted yet as they
    still have time to come back, ``how`` the methods with their sources.
    """

    title: str
    since: datetime
    waiting: int
    sides: tuple[Side, ...]
    bounds: tuple[Bounds, ...]
    sentences: tuple[str, ...]
    how: str

    @property
    def waiting_text(self) -> str:
        """Say who is not counted yet; "" for nobody."""
        if not self.waiting:
            return ""
        if self.waiting == 1:
            return "1 person still has time to come back and is counted then."
        return f"{self.waiting} persons still have time to come back and are counted then."


def drawn(interval: Interval, width: int, reach: float = 0.0) -> str:
    """Draw an interval in ``width`` characters: zero is "│", the bounds "├ ┤", the middle "●".

    Args:
        interval: In shares.
        width: Fewer than 9 become 9.
        reach: The share at both ends of the drawing; 0 takes what the interval needs.
    """
    width = max(9, width)
    far = reach or max(abs(interval.low), abs(interval.high), 0.01) * 1.1

    def place(value: float) -> int:
        return min(width - 1, max(0, round((value + far) / (2 * far) * (width - 1))))

    low, high = place(interval.low), place(interval.high)
    cells = ["·"] * width
    cells[low : high + 1] = "─" * (high - low + 1)
    cells[place(0)] = "│" if not low <= place(0) <= high else "┼"
    cells[low], cells[high] = "├", "┤"
    cells[place(interval.estimate)] = "●"
    return "".join(cells)

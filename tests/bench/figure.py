"""One measured figure, its line of JSON, and measuring two things by turns."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    ``value`` and ``baseline`` are in ``unit``, both from this run; ``ratio`` is value divided
    by baseline; ``goal`` is a comparison such as "ratio <= 1.5" ("" for none).
    """

    name: str
    value: float
    unit: str
    baseline: float
    goal: str = ""

    @property
    def ratio(self) -> float:
        """How many times the baseline the value is."""
        return self.value / self.baseline

    @property
    def ok(self) -> bool | None:
        """Whether the goal is met; None when there is none."""
        if not self.goal:
            return None
        what, sign, limit = self.goal.split()
        found = self.ratio if what == "ratio" else self.value
        return found <= float(limit) if sign == "<=" else found >= float(limit)

    def line(self) -> str:
        """Write the figure as one line of JSON."""
        told = asdict(self) | {
            "value": _short(self.value),
            "baseline": _short(self.baseline),
            "ratio": _short(self.ratio),
            "ok": self.ok,
        }
        keys = ("name", "value", "unit", "baseline", "ratio", "goal", "ok")
        return json.dumps({key: told[key] for key in keys})


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was measured by turns, in the order of measuring."""

    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def medians(self) -> tuple[float, float]:
        """The median of ours and of theirs."""
        return median(self.ours), median(self.theirs)


def by_turns(
    repeats: int,
    what: str,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    *,
    warm_up: bool = True,
) -> Pairs:
    """Measure the baseline and ours, and again, so that both see the same weather.

    Args:
        repeats: How many pairs count.
        what: A name for the narration.
        ours: Measures once.
        theirs: Measures the baseline once.
        warm_up: Measure one pair more at the beginning, which does not count.
    """
    found: list[tuple[float, float]] = []
    for turn in range(-warm_up, repeats):
        base, mine = theirs(), ours()
        if turn >= 0:
            found.append((mine, base))
    pairs = Pairs([mine for mine, _ in found], [base for _, base in found])
    for who, values in (("ours", pairs.ours), ("baseline", pairs.theirs)):
        narrate(
            f"{what} {who}: median {_short(median(values))}, min {_short(min(values))}, "
            f"max {_short(max(values))} of {len(values)}"
        )
    return pairs


def narrate(words: str) -> None:
    """Say something to the person who watches."""
    sys.stderr.write(f"  {words}\n")


def _short(number: float) -> float:
    """Keep four digits that mean something."""
    return float(f"{number:.4g}")

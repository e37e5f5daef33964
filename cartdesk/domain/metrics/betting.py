"""Comparing two groups while one looks every day: bets whose winnings are the evidence.

Somebody who looks daily and stops at the first "significant" result is wrong far more often
than stated. Here the comparison is a game instead. Each person comes into group one with a
known chance c and else into group two, by a salted hash. To test that the groups differ by d, a
player who owns 1 bets on each person; for an outcome y the stake is multiplied by

    1 + h (y - m1) / c         in group one, with m1 = m2 + d,
    1 - h (y - m2) / (1 - c)   in group two.

If the difference is d, the factor is 1 on average for every person, whatever the rates are, so
what is owned is a martingale, and by Ville's inequality it reaches 1/a at any time at all with a
chance of at most a: looking each day costs nothing. Averaging players with several h and m2,
chosen beforehand, keeps that. The differences whose players own less than 1/a form an interval
that covers the truth on all days together (a confidence sequence). No large numbers are assumed.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", Journal of
the Royal Statistical Society B 86 (2024), 1-27; for two groups Turner, Ly and Grünwald, "Generic
E-variables for exact sequential k-sample tests that allow for optional stopping", Journal of
Statistical Planning and Inference 230 (2024). Combining players: Ramdas, Grünwald, Vovk and
Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statistical Science 38
(2023), 576-601. Whether the split itself came out as it should: Lindon and Malek, "Anytime-valid
inference for multinomial count data", Advances in Neural Information Processing Systems 35 (2022).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from cartdesk.domain.metrics.intervals import Interval

_BASES = (0.05, 0.15)  # rates of return a shop may have
_BOLD = tuple(0.6 * 0.5**step for step in range(6))  # stakes, as parts of the boldest one
_HALVINGS = 40
MOST = 100_000  # more carts than this are not forecast
_RARE = math.log(100)  # a split as odd as this comes up in at most 1 of 100 tests, ever
FEWEST_PERSONS = 10  # in each group: below that, rates are no ground for a forecast
FEWEST_RETURNS = 5  # in both groups together


@dataclass(frozen=True, slots=True)
class Two:
    """Two groups: how many of how many came back, and the chance of being in the first."""

    hits: float
    count: float
    other_hits: float
    other_count: float
    chance: float

    @property
    def difference(self) -> float:
        """How much larger the first group's share is; 0 while one of them is empty."""
        if not self.count or not self.other_count:
            return 0.0
        return self.hits / self.count - self.other_hits / self.other_count


class Outlook(Enum):
    """Where a comparison stands."""

    SURE = auto()  # the groups differ
    OPEN = auto()  # so many more carts would tell, if the difference stays
    ALIKE = auto()  # not even 100,000 more would tell, if it stays
    FEW = auto()  # too few came or returned to forecast anything
    SPLIT = auto()  # the split is not the one given: something else than chance made the groups


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where a comparison stands, and how many more carts it takes (0 unless it is open)."""

    outlook: Outlook
    carts: int = 0


def evidence(two: Two, difference: float = 0.0) -> float:
    """Give the logarithm of what the players own who bet against a difference."""
    owned = list(_owned(two, difference))
    most = max(owned)
    return most + math.log(math.fsum(math.exp(each - most) for each in owned) / len(owned))


def is_split_odd(two: Two, level: float) -> bool:
    """Tell whether the groups' sizes are too rare for the chance given to say anything.

    Either the players who bet against the difference as it stands win all the same, or one who
    bets on the sizes alone does (Lindon and Malek, with every split taken as likely before).
    """
    if evidence(two, two.difference) >= -math.log(1 - level):
        return True
    n, m = two.count, two.other_count
    mixed = math.lgamma(n + 1) + math.lgamma(m + 1) - math.lgamma(n + m + 2)
    return mixed - n * math.log(two.chance) - m * math.log(1 - two.chance) >= _RARE


def tells_apart(two: Two, level: float) -> bool:
    """Tell whether the groups differ, for somebody who looked every day and will go on.

    Never when the persons were not split by the chance given: that alone could be the evidence.
    """
    return evidence(two) >= -math.log(1 - level) and not is_split_odd(two, level)


def always(two: Two, level: float) -> Interval:
    """Give the difference with an interval that holds on all days together.

    Args:
        two: What was seen up to today.
        level: How often the truth lies inside, on every day of the whole test.
    """
    price, middle = -math.log(1 - level), two.difference
    if is_split_odd(two, level):
        return Interval(middle, -1.0, 1.0, level)
    return Interval(middle, _edge(two, middle, -1.0, price), _edge(two, middle, 1.0, price), level)


def ahead(two: Two, level: float) -> Ahead:
    """Say where a comparison stands and about how many more persons would settle it.

    The rates are taken to stay as they are; persons to come are split by the chance given, so
    that a split that came out uneven is no evidence that grows.
    """
    if is_split_odd(two, level):
        return Ahead(Outlook.SPLIT)
    if tells_apart(two, level):
        return Ahead(Outlook.SURE)
    if min(two.count, two.other_count) < FEWEST_PERSONS or (
        two.hits + two.other_hits < FEWEST_RETURNS
    ):
        return Ahead(Outlook.FEW)
    if not tells_apart(_later(two, MOST), level):
        return Ahead(Outlook.ALIKE)
    low, high = 0.0, float(MOST)
    while high - low > 0.5:
        middle = (low + high) / 2
        if tells_apart(_later(two, middle), level):
            high = middle
        else:
            low = middle
    return Ahead(Outlook.OPEN, math.ceil(high))


def _owned(two: Two, difference: float) -> Iterator[float]:
    c, d = two.chance, 1 - two.chance
    for base in _BASES:
        m1, m2 = base + difference * d, base - difference * c
        worst = max((1 - m1) / c, m1 / c, (1 - m2) / d, m2 / d)
        for part in _BOLD:
            for h in (part / worst, -part / worst):
                yield (
                    two.hits * math.log(1 + h * (1 - m1) / c)
                    + (two.count - two.hits) * math.log(1 - h * m1 / c)
                    + two.other_hits * math.log(1 - h * (1 - m2) / d)
                    + (two.other_count - two.other_hits) * math.log(1 + h * m2 / d)
                )


def _edge(two: Two, inside: float, outside: float, price: float) -> float:
    if evidence(two, outside) < price:
        return outside
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if evidence(two, middle) < price:
            inside = middle
        else:
            outside = middle
    return outside


def _later(two: Two, more: float) -> Two:
    """Give the groups after so many more persons, who return as those before them did."""
    one, other = more * two.chance, more * (1 - two.chance)
    return Two(
        two.hits * (1 + one / two.count),
        two.count + one,
        two.other_hits * (1 + other / two.other_count),
        two.other_count + other,
        two.chance,
    )

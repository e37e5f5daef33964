"""Intervals for shares, for money per person, and for the difference of two groups.

All of them are stated at 90 % unless asked otherwise, and hold for small groups: a shop that
keeps 10 of 100 persons back has perhaps 5 to 50 in that group, most of whom bring nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

LEVEL = 0.90
FEWEST_ORDERS = 5  # in both groups together: below that nothing is said about money


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds between which the truth lies in ``level`` of all cases."""

    estimate: float
    low: float
    high: float
    level: float = LEVEL

    @property
    def tells_apart(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0

    def holds(self, value: float) -> bool:
        """Tell whether a value lies inside."""
        return self.low <= value <= self.high


def wilson(hits: float, count: float, level: float = LEVEL) -> Interval:
    """Give the share of ``hits`` in ``count`` with Wilson's score interval.

    Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22 (1927), 209-212.

    Raises:
        ValueError: There is nobody, or there are more hits than persons.
    """
    if not 0 <= hits <= count or count <= 0:
        raise ValueError(f"{hits} of {count} is no share")
    z = _z(level)
    share, square = hits / count, z * z
    middle = hits + square / 2
    reach = z * math.sqrt(hits * (1 - share) + square / 4)
    low = 0.0 if hits == 0 else (middle - reach) / (count + square)
    high = 1.0 if hits == count else (middle + reach) / (count + square)
    return Interval(share, min(low, share), max(high, share), level)


def newcombe(
    hits: float, count: float, other_hits: float, other_count: float, level: float = LEVEL
) -> Interval:
    """Give how much larger the first share is than the other, with Newcombe's hybrid interval.

    Method 10 of Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998), 873-890: the two Wilson intervals, put
    together as :func:`difference` does.
    """
    return difference(wilson(hits, count, level), wilson(other_hits, other_count, level))


def difference(one: Interval, other: Interval) -> Interval:
    """Give the difference of two independent estimates from the interval of each.

    The "method of variance estimates recovery": Zou and Donner, "Construction of confidence
    limits about effect measures", Statistics in Medicine 27 (2008), 1693-1702.
    """
    between = one.estimate - other.estimate
    down = math.hypot(one.estimate - one.low, other.high - other.estimate)
    up = math.hypot(one.high - one.estimate, other.estimate - other.low)
    return Interval(between, between - down, between + up, one.level)


def money_difference(
    orders: Sequence[float],
    count: int,
    other_orders: Sequence[float],
    other_count: int,
    level: float = LEVEL,
) -> Interval | None:
    """Give how much more money the first group brought per person than the other.

    Money per person is the share who bought times the mean of what they spent. The share has
    Wilson's interval. What was spent is taken to be roughly log-normal, of one spread in both
    groups: Zou, Huo and Taleban, "Simple confidence intervals for lognormal means and their
    differences", Environmetrics 20 (2009), 172-180. Their product and the difference of the
    groups follow from the bounds: Donner and Zou, "Closed-form confidence intervals for
    functions of the normal mean and standard deviation", Statistical Methods in Medical
    Research 21 (2012), 347-359. An interval from means and variances alone fails here: a small
    group in which nobody bought yet would seem certain to be worth nothing.

    Args:
        orders: What each person of the first group who bought spent, in any one unit.
        count: The persons in it, those who bought nothing among them.
        other_orders: The same of the other group.
        other_count: The persons in the other.
        level: How often the truth lies inside.

    Returns:
        The difference; None while fewer than :data:`FEWEST_ORDERS` bought in both together.
    """
    groups = [[max(each, 1e-9) for each in group] for group in (orders, other_orders)]
    logs = [[math.log(each) for each in group] for group in groups]
    pooled = logs[0] + logs[1]
    if len(pooled) < FEWEST_ORDERS or not count or not other_count:
        return None
    means = [fmean(group) if group else fmean(pooled) for group in logs]
    squares = sum((each - means[n]) ** 2 for n, group in enumerate(logs) for each in group)
    freedom = len(pooled) - sum(bool(group) for group in logs)
    spread = squares / freedom
    found = []
    for group, mean, persons in zip(logs, means, (count, other_count), strict=True):
        spent = _log_normal(mean, spread, len(group) or len(pooled), freedom, level)
        found.append(_product(wilson(len(group), persons, level), spent))
    plain = (sum(orders) / count, sum(other_orders) / other_count)
    return difference(*(_around(value, each) for value, each in zip(plain, found, strict=True)))


def _log_normal(mean: float, spread: float, count: int, freedom: int, level: float) -> Interval:
    """Give the mean of log-normal values from mean and variance of their logarithms."""
    z, half = _z(level), spread / 2
    noise = z * z * spread / count
    least = half * freedom / _chi_square(z, freedom)
    most = half * freedom / _chi_square(-z, freedom)
    low = mean + half - math.sqrt(noise + (half - least) ** 2)
    high = mean + half + math.sqrt(noise + (most - half) ** 2)
    return Interval(math.exp(mean + half), math.exp(low), math.exp(min(high, 600)), level)


def _product(share: Interval, spent: Interval) -> Interval:
    """Give a share times a mean, as the ratio of the share to one over the mean."""
    p, q = share.estimate, 1 / spent.estimate
    q_low, q_high = 1 / spent.high, 1 / spent.low
    square = (p * q) ** 2
    down, up = q_high * (2 * q - q_high), q_low * (2 * q - q_low)
    low = 0.0
    if down > 0:
        root = math.sqrt(max(0.0, square - share.low * (2 * p - share.low) * down))
        low = max(0.0, (p * q - root) / down)
    root = math.sqrt(max(0.0, square - share.high * (2 * p - share.high) * up))
    return Interval(p * spent.estimate, low, (p * q + root) / up, share.level)


def _around(value: float, found: Interval) -> Interval:
    return Interval(value, min(value, found.low), max(value, found.high), found.level)


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def _chi_square(z: float, freedom: int) -> float:
    """Give a quantile of chi-square by its normal deviate.

    Wilson and Hilferty, "The distribution of chi-square", Proceedings of the National Academy
    of Sciences 17 (1931), 684-688; slightly too small in the lower tail, so on the safe side.
    """
    part = 2 / (9 * freedom)
    return float(freedom * max(0.05, 1 - part + z * math.sqrt(part)) ** 3)

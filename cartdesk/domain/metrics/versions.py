"""Versions of a letter or subject side by side: by orders and by money per person.

No version is ever called better by its number alone. Each pair is compared with intervals that
hold on all days together, so that looking daily, and stopping when one likes, stays allowed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

from cartdesk.domain.metrics import betting
from cartdesk.domain.metrics.betting import Outlook
from cartdesk.domain.metrics.groups import Group, Write, between, carts, hundred, money_bounds
from cartdesk.domain.metrics.intervals import LEVEL, Interval, money_difference

_TUNED_FOR = 40  # orders in both versions together at which the widening is least

HOW_VERSIONS = """\
Each person is given one version by a secret number of this ledger, with equal chances, when the \
letter is planned, and stays with it. Versions are compared by how many persons bought and by \
money per person, never by opens or clicks, which are not tracked.

The bounds hold on all days together: look as often as you like and stop when you like. For \
orders this is exact (betting on each person: Turner, Ly and Grünwald 2024; Waudby-Smith and \
Ramdas 2024). For money it is the log-normal interval (Zou, Huo and Taleban 2009), widened by the \
normal mixture of Robbins 1970 as Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024 do; it \
holds approximately, and simulated shops bear it out. With several pairs and two measures each \
bound is wider (Bonferroni), so that among versions that are all alike a difference is named in \
at most 10 of 100 tests, whatever day you look."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions: how much more the first brought than the other.

    ``orders`` is the difference of the shares who bought, ``money`` that of the minor units per
    person (None: too few orders). ``ahead`` is where ``orders`` stands and how many more carts
    these two take until it tells them apart.
    """

    first: Group
    other: Group
    orders: Interval
    money: Interval | None
    ahead: betting.Ahead

    @property
    def by_orders(self) -> bool:
        """Whether they differ in orders."""
        return self.orders.tells_apart

    @property
    def by_money(self) -> bool:
        """Whether they differ in money per person."""
        return self.money is not None and self.money.tells_apart


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of one letter and each pair of them. ``level`` is that of all together."""

    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    currency: str
    level: float = LEVEL


def compare(groups: Sequence[Group], currency: str, level: float = LEVEL) -> Versions:
    """Compare versions that were given out with equal chances, each pair of them.

    The chance of any wrong call at all is shared evenly among pairs and the two measures
    (Bonferroni), and within a pair the chances of the two versions are equal.
    """
    each = _level_each(groups, level)
    pairs = tuple(_pair(*two, each) for two in combinations(groups, 2))
    return Versions(tuple(groups), pairs, currency, level)


def compare_now(groups: Sequence[Group], level: float = LEVEL) -> tuple[bool, bool]:
    """Tell whether any two versions differ by orders and by money, as :func:`compare` does."""
    each, pairs = _level_each(groups, level), list(combinations(groups, 2))
    orders = any(betting.tells_apart(_two(*two), each) for two in pairs)
    found = [_money(*two, each) for two in pairs]
    return orders, any(money is not None and money.tells_apart for money in found)


def _level_each(groups: Sequence[Group], level: float) -> float:
    return 1 - (1 - level) / (2 * max(1, math.comb(len(groups), 2)))


def _pair(first: Group, other: Group, level: float) -> Pair:
    two = _two(first, other)
    return Pair(
        first,
        other,
        betting.always(two, level),
        _money(first, other, level),
        betting.ahead(two, level),
    )


def _two(first: Group, other: Group) -> betting.Two:
    return betting.Two(first.returned, first.persons, other.returned, other.persons, 0.5)


def _money(first: Group, other: Group, level: float) -> Interval | None:
    wide = _widened(level, len(first.spent) + len(other.spent))
    return money_difference(first.spent, first.persons, other.spent, other.persons, wide)


def _widened(level: float, orders: int) -> float:
    """Give the level of an interval for one day that, made on each day, holds on all of them.

    The boundary of Robbins' normal mixture ("Statistical methods related to the law of the
    iterated logarithm", Annals of Mathematical Statistics 41 (1970), 1397-1409) instead of a
    normal quantile, which makes an asymptotic confidence sequence: Waudby-Smith, Arbour, Sinha,
    Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences",
    Annals of Statistics 52 (2024), 2613-2640, with its tuning. The clock is the number of
    orders, since without them nothing varies.
    """
    price = -2 * math.log(1 - level)
    time = max(1, orders) * (price + math.log(1 + price)) / _TUNED_FOR
    z = math.sqrt((1 + 1 / time) * (price + math.log(1 + time)))
    return 2 * NormalDist().cdf(z) - 1


def verdict_sentence(pair: Pair, write: Write) -> str:
    """Say in a sentence or two how two versions compare by orders."""
    first, other, found = pair.first, pair.other, pair.orders
    if not first.persons or not other.persons:
        return "Too early to say: one of the versions went to nobody yet."
    more = "more" if found.estimate >= 0 else "fewer"
    seen = (
        f"With {first.name} {hundred(found.estimate, write)} {more} of every 100 persons bought "
        f"than with {other.name} ({between(found.low, found.high, write)})"
    )
    match pair.ahead.outlook:
        case Outlook.SURE:
            return f"{seen}."
        case Outlook.SPLIT:
            return (
                f"Nothing can be said: {first.name} went to {write.count(first.persons)} persons "
                f"and {other.name} to {write.count(other.persons)}, which equal chances do not "
                "bring about."
            )
        case Outlook.FEW:
            return f"Too early to say: too few persons so far for a forecast. {seen}."
        case Outlook.ALIKE:
            most = write.count(betting.MOST)
            return f"So far they are alike: {most} more carts would not tell. {seen}."
        case Outlook.OPEN:
            return f"Too early to say: {carts(pair.ahead.carts, write)}, if this stays so. {seen}."


def money_sentence(pair: Pair, currency: str, write: Write) -> str:
    """Say in a sentence how two versions compare by money per person."""
    if pair.money is None:
        return "Too few orders to say anything about money."
    money = pair.money
    bounds = money_bounds(money.low, money.high, currency, write)
    return f"Money per person, {pair.first.name} less {pair.other.name}: {bounds}."

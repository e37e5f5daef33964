"""Shops made up by chance, whose truth is known: do the stated intervals hold it?

``python -m tests.metrics.simulate`` prints the tables (a few minutes); the tests run fewer shops.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import fmean, median

from cartdesk.domain.metrics.groups import Group
from cartdesk.domain.metrics.intervals import Interval, money_difference, newcombe
from cartdesk.domain.metrics.lift import tells_apart
from cartdesk.domain.metrics.versions import compare_now

DAYS = 90
SIZES = ((50, 100), (100, 200), (200, 500), (50, 500))
_PRICES = (990, 1990, 1990, 2990, 4900, 8900, 14900)

Basket = Callable[[random.Random], float]
Baskets = Callable[[random.Random], tuple[Basket, float]]


def log_normal(rng: random.Random) -> tuple[Basket, float]:
    """Give baskets as the interval supposes them, from nearly alike to very skewed."""
    spread = rng.uniform(0.4, 1.1)
    mean = math.exp(8.4 + spread**2 / 2)
    return lambda one: math.exp(one.gauss(8.4, spread)), mean


def gamma(rng: random.Random) -> tuple[Basket, float]:
    """Give baskets with many small ones and a light tail."""
    shape = rng.uniform(0.8, 4)
    return lambda one: 100 + one.gammavariate(shape, 5000 / shape), 5100


def price_list(_: random.Random) -> tuple[Basket, float]:
    """Give baskets of one to three of a few products."""
    counts = (1, 1, 1, 2, 3)
    return lambda one: one.choice(_PRICES) * one.choice(counts), fmean(_PRICES) * fmean(counts)


def pareto(_: random.Random) -> tuple[Basket, float]:
    """Give baskets with a tail heavier than log-normal."""
    return lambda one: 2000 * one.paretovariate(2.5), 2000 * 2.5 / 1.5


BASKETS = (log_normal, gamma, price_list, pareto)


@dataclass(slots=True)
class Side:
    """A group that fills up person by person."""

    persons: int = 0
    spent: list[int] = field(default_factory=list)

    def group(self, name: str) -> Group:
        """Give it as the ledger would."""
        return Group(name, self.persons, len(self.spent), tuple(self.spent))

    def meet(self, rng: random.Random, rate: float, basket: Basket) -> None:
        """Have one more person come, who buys or not."""
        self.persons += 1
        if rng.random() < rate:
            self.spent.append(max(1, round(basket(rng))))


@dataclass(slots=True)
class Coverage:
    """How often intervals held the truth."""

    shops: int = 0
    rate_held: int = 0
    money_stated: int = 0
    money_held: int = 0
    widths: list[float] = field(default_factory=list)
    money_widths: list[float] = field(default_factory=list)

    def add(self, rate: Interval, truth: float, money: Interval | None, worth: float) -> None:
        """Count one shop."""
        self.shops += 1
        self.rate_held += rate.holds(truth)
        self.widths.append(rate.high - rate.low)
        if money is not None:
            self.money_stated += 1
            self.money_held += money.holds(worth)
            self.money_widths.append(money.high - money.low)

    @property
    def rate(self) -> float:
        """Per cent of the shops whose difference of rates was held."""
        return 100 * self.rate_held / self.shops

    @property
    def money(self) -> float:
        """Per cent of the intervals for money that held the truth."""
        return 100 * self.money_held / max(1, self.money_stated)


def holdout_shops(
    shops: int,
    seed: int,
    sizes: tuple[int, int] = (50, 500),
    baskets: Baskets = log_normal,
    rates: tuple[float, float] = (0.02, 0.30),
) -> Coverage:
    """Simulate shops with letters that do something, nothing or harm, and a holdout of 10-20 %."""
    rng, found = random.Random(seed), Coverage()
    while found.shops < shops:
        percent = rng.randint(10, 20)
        basket, mean = baskets(rng)
        rate = rng.uniform(*rates)
        with_letters = min(0.30, max(0.02, rate + rng.uniform(-0.03, 0.10)))
        letters, held = Side(), Side()
        for _ in range(rng.randint(*sizes)):
            if rng.random() < percent / 100:
                held.meet(rng, rate, basket)
            else:
                letters.meet(rng, with_letters, basket)
        if not letters.persons or not held.persons:
            continue  # nothing is said then
        counts = (len(letters.spent), letters.persons, len(held.spent), held.persons)
        money = money_difference(letters.spent, letters.persons, held.spent, held.persons)
        gap = with_letters - rate
        found.add(newcombe(*counts), gap, money, gap * mean)
    return found


@dataclass(slots=True)
class Calls:
    """How many tests in which nothing differs called a difference all the same, ever."""

    tests: int = 0
    orders: int = 0
    money: int = 0
    either: int = 0
    peeked: int = 0  # the interval for one day, looked at each day

    def share(self, count: int) -> float:
        """Give a count as per cent of the tests."""
        return 100 * count / self.tests


def days_of(rng: random.Random, chances: Sequence[float], rate: float) -> Iterator[list[Side]]:
    """Give the groups of a shop in which nothing differs, after each day with a new person."""
    basket, _ = log_normal(rng)
    arrivals = [0] * DAYS
    for _ in range(rng.randint(50, 500)):
        arrivals[rng.randrange(DAYS)] += 1
    sides = [Side() for _ in chances]
    for today in arrivals:
        for _ in range(today):
            rng.choices(sides, chances)[0].meet(rng, rate, basket)
        if today and all(side.persons for side in sides):
            yield sides


def holdout_without_effect(tests: int, seed: int) -> Calls:
    """Look each day for 90 days at a holdout in shops whose letters do nothing."""
    rng, found = random.Random(seed), Calls()
    for _ in range(tests):
        percent, rate = rng.randint(10, 20), rng.uniform(0.02, 0.30)
        sure = peeked = False
        for letters, held in days_of(rng, (100 - percent, percent), rate):
            one, other = letters.group("letters"), held.group("holdout")
            sure = sure or tells_apart(one, other, percent)
            peeked = peeked or _by_one_day(one, other)
        found.tests += 1
        found.orders += sure
        found.either += sure
        found.peeked += peeked
    return found


def versions_without_effect(tests: int, seed: int, count: int) -> Calls:
    """Look each day for 90 days at versions that are all alike."""
    rng, found = random.Random(seed), Calls()
    for _ in range(tests):
        rate = rng.uniform(0.02, 0.30)
        orders = money = peeked = False
        for sides in days_of(rng, [1] * count, rate):
            groups = [side.group(str(number)) for number, side in enumerate(sides)]
            by_orders, by_money = compare_now(groups)
            orders, money = orders or by_orders, money or by_money
            peeked = peeked or any(_by_one_day(*two) for two in combinations(groups, 2))
        found.tests += 1
        found.orders += orders
        found.money += money
        found.either += orders or money
        found.peeked += peeked
    return found


def versions_told_apart(tests: int, seed: int, rates: tuple[float, float], persons: int) -> int:
    """Count the tests in which two versions that differ are told apart by so many persons."""
    rng, found = random.Random(seed), 0
    for _ in range(tests):
        basket, _ = log_normal(rng)
        sides = [Side(), Side()]
        for _ in range(persons):
            number = rng.randrange(2)
            sides[number].meet(rng, rates[number], basket)
        found += any(compare_now([side.group("") for side in sides]))
    return found


def plain_coverage(shops: int, seed: int) -> float:
    """Give how often the usual interval from means and variances holds the difference in money."""
    rng, held = random.Random(seed), 0
    for _ in range(shops):
        basket, mean = log_normal(rng)
        rate, small = rng.uniform(0.02, 0.30), rng.randint(8, 40)
        sides = [Side(), Side()]
        for side, persons in zip(sides, (small * 6, small), strict=True):
            for _ in range(persons):
                side.meet(rng, rate, basket)
        found = [_mean_and_error(side) for side in sides]
        reach = 1.645 * math.sqrt(found[0][1] + found[1][1])
        held += abs(found[0][0] - found[1][0]) <= reach and mean > 0
    return 100 * held / shops


def _mean_and_error(side: Side) -> tuple[float, float]:
    mean = sum(side.spent) / side.persons
    squares = sum(amount**2 for amount in side.spent) - side.persons * mean**2
    return mean, squares / (side.persons - 1) / side.persons


def _by_one_day(one: Group, other: Group) -> bool:
    counts = (one.returned, one.persons, other.returned, other.persons)
    return newcombe(*counts).tells_apart


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.metrics.simulate")
    parser.add_argument("--shops", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    out = sys.stdout.write
    out(f"The stated 90 % intervals of the holdout, {given.shops:,} shops a line\n")
    out("baskets      carts     persons held  money held  money stated  width, of 100  money\n")
    for baskets in BASKETS:
        for sizes in SIZES:
            seen = holdout_shops(given.shops, given.seed, sizes, baskets)
            stated = 100 * seen.money_stated / seen.shops
            out(
                f"{baskets.__name__:11}  {sizes[0]:3}-{sizes[1]:3}  {seen.rate:10.1f} %"
                f"  {seen.money:8.1f} %  {stated:10.1f} %  {100 * median(seen.widths):13.1f}"
                f"  {median(seen.money_widths) / 100:5.0f}\n"
            )
    out("rates 2-5 of 100 only, log-normal baskets\n")
    for sizes in SIZES:
        seen = holdout_shops(given.shops, given.seed, sizes, rates=(0.02, 0.05))
        stated = 100 * seen.money_stated / seen.shops
        out(
            f"             {sizes[0]:3}-{sizes[1]:3}  {seen.rate:10.1f} %  {seen.money:8.1f} %"
            f"  {stated:10.1f} %\n"
        )
    out(f"\nNothing differs, looked at daily for {DAYS} days, {given.shops:,} tests a line\n")
    out("                called by orders  by money  by either  stated  by the one-day interval\n")
    for name, calls in (
        ("holdout", holdout_without_effect(given.shops, given.seed)),
        ("two versions", versions_without_effect(given.shops, given.seed, 2)),
        ("three versions", versions_without_effect(given.shops, given.seed, 3)),
    ):
        out(
            f"{name:14}  {calls.share(calls.orders):14.1f} %  {calls.share(calls.money):6.1f} %"
            f"  {calls.share(calls.either):7.1f} %    10 %  {calls.share(calls.peeked):21.1f} %\n"
        )


if __name__ == "__main__":
    main()

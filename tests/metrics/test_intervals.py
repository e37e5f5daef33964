"""Intervals against published examples, and what must hold of each of them."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cartdesk.domain.metrics import betting
from cartdesk.domain.metrics.intervals import (
    Interval,
    difference,
    money_difference,
    newcombe,
    wilson,
)

counts = st.integers(1, 600)
shares = st.floats(0, 1)
amounts = st.lists(st.integers(100, 500_000), max_size=40)


@pytest.mark.parametrize(  # Newcombe, Statistics in Medicine 17 (1998) 857-872, Table I, method 3
    ("hits", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(hits: int, count: int, low: float, high: float) -> None:
    found = wilson(hits, count, 0.95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(  # Newcombe, Statistics in Medicine 17 (1998) 873-890, Table II, method 10
    ("hits", "count", "other_hits", "other_count", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_newcombe_as_published(
    hits: int, count: int, other_hits: int, other_count: int, low: float, high: float
) -> None:
    found = newcombe(hits, count, other_hits, other_count, 0.95)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("hits", "count"), [(1, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_is_refused(hits: int, count: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, count)


@given(counts, shares, counts, shares)
def test_a_difference_turned_round_changes_its_sign_and_nothing_else(
    count: int, share: float, other_count: int, other_share: float
) -> None:
    hits, other_hits = round(count * share), round(other_count * other_share)
    one = newcombe(hits, count, other_hits, other_count)
    other = newcombe(other_hits, other_count, hits, count)
    assert -1 - 1e-9 <= one.low <= one.estimate <= one.high <= 1 + 1e-9
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@given(counts, shares, st.integers(2, 5), st.sampled_from([0.8, 0.9, 0.95]))
def test_more_persons_make_it_narrower_and_more_certainty_wider(
    count: int, share: float, times: int, level: float
) -> None:
    hits = round(count * share)
    few, many = wilson(hits, count, level), wilson(hits * times, count * times, level)
    assert many.high - many.low < few.high - few.low
    wide = wilson(hits, count, 0.99)
    assert wide.high - wide.low > few.high - few.low


@given(amounts, st.integers(0, 400), amounts, st.integers(0, 60))
def test_money_holds_its_estimate_and_turns_round(
    orders: list[int], nothing: int, other_orders: list[int], other_nothing: int
) -> None:
    count, other_count = len(orders) + nothing, len(other_orders) + other_nothing
    one = money_difference(orders, count, other_orders, other_count)
    other = money_difference(other_orders, other_count, orders, count)
    if len(orders) + len(other_orders) < 5 or not count or not other_count:
        assert one is None
        assert other is None
        return
    assert one is not None
    assert other is not None
    assert one.estimate == pytest.approx(sum(orders) / count - sum(other_orders) / other_count)
    assert one.low <= one.estimate <= one.high
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@given(st.lists(st.integers(500, 50_000), min_size=6, max_size=30), st.integers(1, 300))
def test_money_in_another_unit_is_the_same_money(orders: list[int], nothing: int) -> None:
    half = len(orders) // 2
    sizes = (half + nothing, len(orders) - half + nothing)
    cents = money_difference(orders[:half], sizes[0], orders[half:], sizes[1])
    major = [amount / 100 for amount in orders]
    units = money_difference(major[:half], sizes[0], major[half:], sizes[1])
    assert cents is not None
    assert units is not None
    hundredfold = (units.low * 100, units.high * 100)
    assert (cents.low, cents.high) == pytest.approx(hundredfold, rel=1e-6, abs=1e-3)


def test_a_small_group_in_which_nobody_bought_is_not_taken_to_be_worth_nothing() -> None:
    found = money_difference([5000] * 20, 100, [], 8)
    assert found is not None
    assert found.low < 0  # 0 of 8 may well hide a rate as good as the others'


def test_the_difference_of_two_certain_things_is_certain() -> None:
    assert difference(Interval(3, 3, 3), Interval(1, 1, 1)) == Interval(2, 2, 2)


# looking every day


chances = st.floats(0.05, 0.95)


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.4, 0.4), shares, chances, st.integers(1, 3))
def test_the_game_is_fair_whatever_the_rates_are(
    gap: float, rate: float, chance: float, persons: int
) -> None:
    """Average what the players own over all outcomes of a game: it is what they began with."""
    other = rate - gap
    assume(0 <= other <= 1)
    total = 0.0
    for course in itertools.product([(g, y) for g in (0, 1) for y in (0, 1)], repeat=persons):
        weight = 1.0
        for group, came in course:
            p = (rate, other)[group]
            weight *= (chance, 1 - chance)[group] * (p if came else 1 - p)
        ones, twos = [y for g, y in course if g == 0], [y for g, y in course if g == 1]
        two = betting.Two(sum(ones), len(ones), sum(twos), len(twos), chance)
        total += weight * math.exp(betting.evidence(two, gap))
    assert total == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300),
    st.floats(0, 0.5),
    st.integers(1, 300),
    st.floats(0, 0.5),
    st.sampled_from([0.5, 0.8, 0.9]),
)
def test_what_holds_on_all_days_holds_the_estimate_and_is_wider_than_what_holds_on_one(
    count: int, share: float, other_count: int, other_share: float, chance: float
) -> None:
    hits, other_hits = round(count * share), round(other_count * other_share)
    two = betting.Two(hits, count, other_hits, other_count, chance)
    always = betting.always(two, 0.9)
    assert -1 <= always.low <= two.difference <= always.high <= 1
    fair = abs(count / (count + other_count) - chance) < 0.1
    if fair and count + other_count > 100:
        once = newcombe(hits, count, other_hits, other_count, 0.9)
        assert always.high - always.low > once.high - once.low


@settings(max_examples=50, deadline=None)
@given(st.integers(20, 300), st.floats(0.02, 0.3), st.floats(0.02, 0.3), st.floats(0.5, 0.9))
def test_as_many_more_as_are_needed_tell_the_groups_apart(
    count: int, rate: float, other_rate: float, chance: float
) -> None:
    """Persons to come are split by the chance given, however uneven those before them were."""
    other_count = count * (1 - chance) / chance * 1.1
    two = betting.Two(rate * count, count, other_rate * other_count, other_count, chance)
    found = betting.ahead(two, 0.9)
    assert (found.outlook is betting.Outlook.SURE) == betting.tells_apart(two, 0.9)
    if found.outlook is betting.Outlook.ALIKE:
        assert abs(rate - other_rate) < 0.03
    if found.outlook is not betting.Outlook.OPEN:
        assert not found.carts
        return
    for more, apart in ((found.carts, True), (max(0, found.carts - 2), False)):
        one, other = more * chance, more * (1 - chance)
        later = betting.Two(
            rate * (count + one),
            count + one,
            other_rate * (other_count + other),
            other_count + other,
            chance,
        )
        assert betting.tells_apart(later, 0.9) == apart


def test_before_anybody_came_nothing_is_said() -> None:
    nobody = betting.Two(0, 0, 0, 0, 0.5)
    found = betting.always(nobody, 0.9)
    assert (found.low, found.high) == (-1, 1)
    assert betting.ahead(nobody, 0.9) == betting.Ahead(betting.Outlook.FEW)


@pytest.mark.parametrize("chance", [0.5, 0.85])
def test_a_split_by_the_chance_given_is_seldom_taken_for_an_odd_one_on_any_day(
    chance: float,
) -> None:
    rng, odd = random.Random(5), 0
    for _ in range(100):
        sizes = [0, 0]
        for _ in range(25):
            for _ in range(10):
                sizes[rng.random() >= chance] += 1
            two = betting.Two(0.1 * sizes[0], sizes[0], 0.1 * sizes[1], sizes[1], chance)
            if betting.is_split_odd(two, 0.99):
                odd += 1
                break
    assert odd <= 4

"""Versions side by side: never a bare winner, and wider the more there are to be wrong about."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cartdesk.domain.metrics.betting import Ahead, Outlook
from cartdesk.domain.metrics.groups import Group
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.versions import (
    HOW_VERSIONS,
    compare,
    compare_now,
    money_sentence,
    verdict_sentence,
)
from cartdesk.domain.model import Shop

SHOP = Shop("https://shop.example", currency="EUR")


write = Style.of(SHOP)


def group(name: str, returned: int, persons: int, each: int = 4000) -> Group:
    return Group(name, persons, returned, tuple(each + 7 * n for n in range(returned)))


def test_each_pair_is_compared_and_more_pairs_make_wider_bounds() -> None:
    groups = [group("A", 30, 300), group("B", 45, 300), group("C", 20, 300)]
    two, three = compare(groups[:2], "EUR"), compare(groups, "EUR")
    assert [(pair.first.name, pair.other.name) for pair in three.pairs] == [
        ("A", "B"),
        ("A", "C"),
        ("B", "C"),
    ]
    narrow, wide = two.pairs[0], three.pairs[0]
    assert narrow.money is not None
    assert wide.money is not None
    for one, other in ((narrow.orders, wide.orders), (narrow.money, wide.money)):
        assert other.low < one.low <= one.high < other.high
    assert two.level == three.level == 0.9  # of all pairs and both measures together


def test_a_small_lead_is_too_early_to_call() -> None:
    pair = compare([group("A", 12, 100), group("B", 18, 100)], "EUR").pairs[0]
    assert not pair.by_orders
    sentence = verdict_sentence(pair, write)
    assert sentence.startswith("Too early to say: about ")
    assert "With A 6.0 fewer of every 100 persons bought than with B (between −" in sentence


def test_a_large_difference_is_said_with_its_bounds_and_both_ways_round() -> None:
    groups = [group("A", 60, 900), group("B", 190, 900)]
    pair = compare(groups, "EUR").pairs[0]
    back = compare(groups[::-1], "EUR").pairs[0]
    assert pair.by_orders
    assert pair.by_money
    assert pair.ahead == back.ahead == Ahead(Outlook.SURE)
    assert abs(pair.orders.low + back.orders.high) < 1e-6
    assert verdict_sentence(pair, write).startswith(
        "With A 14.4 fewer of every 100 persons bought than with B ("
    )
    assert "Money per person, A less B: between −€" in money_sentence(pair, "EUR", write)
    assert "best" not in verdict_sentence(pair, write) + HOW_VERSIONS
    assert "winner" not in verdict_sentence(pair, write) + HOW_VERSIONS


def test_without_persons_or_orders_nothing_is_said() -> None:
    pair = compare([group("A", 0, 0), group("B", 3, 20)], "EUR").pairs[0]
    assert not pair.by_orders
    assert not pair.by_money
    assert verdict_sentence(pair, write).startswith("Too early to say: one of the versions")
    assert money_sentence(pair, "EUR", write) == "Too few orders to say anything about money."
    assert compare([group("A", 3, 20)], "EUR").pairs == ()
    assert compare_now([group("A", 3, 20)]) == (False, False)


def test_versions_that_did_not_go_to_equal_parts_are_not_compared() -> None:
    pair = compare([group("A", 60, 900), group("B", 40, 500)], "EUR").pairs[0]
    assert not pair.by_orders
    assert verdict_sentence(pair, write).startswith("Nothing can be said: A went to 900 persons")


rates = st.tuples(st.integers(1, 400), st.floats(0, 0.4))


@settings(max_examples=30, deadline=None)
@given(st.lists(rates, min_size=2, max_size=4))
def test_what_is_called_now_is_what_the_pairs_say(sides: list[tuple[int, float]]) -> None:
    groups = [group(str(n), round(size * rate), size) for n, (size, rate) in enumerate(sides)]
    found = compare(groups, "EUR")
    assert compare_now(groups) == (
        any(pair.by_orders for pair in found.pairs),
        any(pair.by_money for pair in found.pairs),
    )
    for pair in found.pairs:
        assert pair.orders.low <= pair.orders.estimate <= pair.orders.high
        assert (pair.ahead == Ahead(Outlook.SURE)) == pair.by_orders


def test_the_explanation_says_why_looking_daily_is_allowed() -> None:
    for words in ("hold on all days together", "Turner", "Robbins 1970", "10 of 100", "Bonferroni"):
        assert words in HOW_VERSIONS

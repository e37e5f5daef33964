"""The intervals and calls do what is stated of them, in shops whose truth is known.

The tables of ``python -m tests.metrics.simulate`` are the full check; ``--examples 2000`` runs as
many shops here. The bounds below leave four standard errors for few shops.
"""

from __future__ import annotations

import math

import pytest

from tests.metrics import simulate

FEW = 200
STATED = 90.0
LEAST = 88.0


@pytest.fixture
def shops(request: pytest.FixtureRequest) -> int:
    """Give how many shops to simulate."""
    return int(request.config.getoption("--examples")) or FEW


def slack(shops: int, share: float) -> float:
    """Give, in per cent, what chance alone may do to a share of so many shops."""
    return 0.0 if shops >= 2000 else 400 * math.sqrt(share * (1 - share) / shops)


@pytest.mark.parametrize("baskets", simulate.BASKETS, ids=lambda one: one.__name__)
def test_the_90_percent_intervals_hold_the_truth_in_88_of_100_shops_at_least(
    baskets: simulate.Baskets, shops: int
) -> None:
    seen = simulate.holdout_shops(shops, seed=11, baskets=baskets)
    assert seen.rate >= LEAST - slack(shops, 0.9)
    assert seen.money >= LEAST - slack(shops, 0.9)
    assert seen.money_stated > 0.9 * shops  # nor is silence the way to be right


def test_small_shops_with_rare_returns_are_held_too(shops: int) -> None:
    seen = simulate.holdout_shops(shops, seed=12, sizes=(50, 100), rates=(0.02, 0.05))
    assert seen.rate >= LEAST - slack(shops, 0.9)
    assert seen.money >= LEAST - slack(max(1, seen.money_stated), 0.9)


def test_an_interval_from_means_and_variances_alone_would_not_do(shops: int) -> None:
    """The simulation can tell a method that fails: this one holds the truth in 80 of 100."""
    assert simulate.plain_coverage(shops, seed=13) < LEAST - 2


def test_letters_that_do_nothing_are_called_so_however_often_one_looks(shops: int) -> None:
    calls = simulate.holdout_without_effect(shops // 2, seed=14)
    assert calls.share(calls.either) <= 100 - STATED + slack(shops // 2, 0.1)
    assert calls.share(calls.peeked) > 25  # what believing the first good day would do


@pytest.mark.parametrize("count", [2, 3])
def test_versions_that_are_alike_are_called_so_however_often_one_looks(
    count: int, shops: int
) -> None:
    calls = simulate.versions_without_effect(shops // 4, seed=15, count=count)
    assert calls.share(calls.either) <= 100 - STATED + slack(shops // 4, 0.1)
    assert calls.share(calls.peeked) > 25


def test_versions_that_differ_much_are_told_apart() -> None:
    assert simulate.versions_told_apart(30, seed=16, rates=(0.08, 0.30), persons=800) >= 28

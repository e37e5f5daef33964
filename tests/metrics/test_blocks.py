"""Spans of days made of blocks: every day exactly once, and few blocks."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.ledger.rollup import pieces


@given(st.integers(730_000, 740_000), st.integers(0, 1000))
def test_every_day_is_there_once_and_no_other(since: int, days: int) -> None:
    until = since + days
    found: Counter[int] = Counter()
    for length, first, end, sign in pieces(since, until):
        assert first <= end
        for day in range(first * length, end * length):
            found[day] += sign
    assert {day: count for day, count in found.items() if count} == dict.fromkeys(
        range(since, until), 1
    )


@given(st.integers(730_000, 740_000))
def test_a_year_is_few_blocks(since: int) -> None:
    blocks = Counter[int]()
    for length, first, end, _ in pieces(since, since + 365):
        blocks[length] += end - first
    assert blocks[64] <= 6
    assert blocks[8] <= 8
    assert blocks[1] <= 8

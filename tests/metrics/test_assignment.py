"""Who is in which group: by chance, always the same, and known to nobody without the key."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.metrics.assignment import in_holdout, version_for

KEY = bytes(range(32))
PERSONS = [f"person{number}@example.org" for number in range(20_000)]
keys = st.binary(min_size=16, max_size=64)
names = st.text(max_size=80)


@given(names, keys, st.integers(0, 20))
def test_a_person_is_always_in_the_same_group(name: str, key: bytes, percent: int) -> None:
    assert in_holdout(name, key, percent) == in_holdout(name, key, percent)
    choices = ("A", "B", "C")
    assert version_for(name, key, "l", choices) == version_for(name, key, "l", choices)


@given(names, keys)
def test_whoever_is_held_out_at_a_lower_share_is_so_at_a_higher_one(name: str, key: bytes) -> None:
    held = [in_holdout(name, key, percent) for percent in range(21)]
    assert held == sorted(held)
    assert not held[0]


@pytest.mark.parametrize("percent", [-1, 21, 50, 100])
def test_a_share_above_20_of_100_is_refused_in_words(percent: int) -> None:
    with pytest.raises(ValueError, match=f"from 0 to 20, not {percent}"):
        in_holdout("ana@example.org", KEY, percent)


@pytest.mark.parametrize("percent", [10, 15, 20])
def test_the_share_held_out_is_the_one_asked_for(percent: int) -> None:
    share = sum(in_holdout(person, KEY, percent) for person in PERSONS) / len(PERSONS)
    assert share == pytest.approx(percent / 100, abs=0.01)  # 4 standard errors


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_versions_are_given_evenly(count: int) -> None:
    choices = [f"v{number}" for number in range(count)]
    found = Counter(version_for(person, KEY, "any-questions", choices) for person in PERSONS)
    assert set(found) == set(choices)
    expected = len(PERSONS) / count
    surprise = sum((seen - expected) ** 2 / expected for seen in found.values())
    assert surprise < 24  # chi-square of 6 degrees exceeds it once in 2,000 times


def test_another_key_letter_or_question_deals_anew() -> None:
    some = PERSONS[:4000]
    first = [version_for(person, KEY, "friendly-reminder", ("A", "B")) for person in some]
    for other in (
        [version_for(person, b"k" * 32, "friendly-reminder", ("A", "B")) for person in some],
        [version_for(person, KEY, "small-gift", ("A", "B")) for person in some],
        ["A" if in_holdout(person, KEY, 20) else "B" for person in some],
    ):
        among_a = [o for f, o in zip(first, other, strict=True) if f == "A"]
        among_b = [o for f, o in zip(first, other, strict=True) if f == "B"]
        shares = [group.count("A") / len(group) for group in (among_a, among_b)]
        assert shares[0] == pytest.approx(shares[1], abs=0.07)


def test_without_versions_there_is_none() -> None:
    assert version_for("ana@example.org", KEY, "small-gift", ()) == ""

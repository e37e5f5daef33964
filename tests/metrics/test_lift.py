"""What is said about letters: the numbers, and sentences that promise no more than they hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartdesk.domain.metrics.betting import Ahead, Outlook
from cartdesk.domain.metrics.groups import Group, carts
from cartdesk.domain.metrics.lift import (
    HOW_HOLDOUT,
    Lift,
    lift,
    money_sentence,
    tells_apart,
    verdict_sentence,
)
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.model import Shop

SHOP = Shop("https://shop.example", currency="EUR")


write = Style.of(SHOP)


def of(letters: tuple[int, int], held: tuple[int, int], percent: int = 15) -> Lift:
    """Compare (returned, persons) of each group; everybody spent 40."""
    one, other = (
        Group(name, persons, returned, (4000,) * returned)
        for name, (returned, persons) in (("letters", letters), ("holdout", held))
    )
    return lift(one, other, percent, "EUR")


def test_it_is_too_early_to_say_while_nobody_is_in_a_group() -> None:
    for found in (of((0, 0), (0, 0)), of((3, 40), (0, 0))):
        assert not found.sure
        assert found.money is None
        empty = "one of the groups is" if found.letters.persons else "both groups are"
        assert verdict_sentence(found, write) == f"Too early to say: {empty} still empty."
        assert money_sentence(found, write) == "Too few orders to say anything about money."


def test_a_difference_that_may_be_chance_is_not_called_one() -> None:
    found = of((12, 85), (1, 15))
    assert found.ahead is not None
    more = carts(found.ahead.carts, write)
    said = f"Too early to say: {more}, if this stays so. With letters 7.5 more"
    sentence = verdict_sentence(found, write)
    assert sentence.startswith(said)
    assert "of every 100 persons came back (between −" in sentence
    assert not found.sure


def test_a_difference_that_holds_today_is_not_yet_sure_for_who_looks_daily() -> None:
    found = of((85, 425), (7, 75))
    assert found.rate is not None
    assert found.rate.tells_apart
    assert not found.sure
    assert found.ahead is not None
    assert verdict_sentence(found, write).endswith(
        f"It may still turn: {carts(found.ahead.carts, write)} to be sure."
    )


def test_a_sure_difference_is_said_with_its_bounds() -> None:
    found = of((850, 4250), (70, 750))
    assert found.sure
    assert found.ahead == Ahead(Outlook.SURE)
    assert verdict_sentence(found, write) == (
        "With letters 10.7 more of every 100 persons came back (between 8.5 and 12.6). "
        "This is sure, also if you looked every day."
    )
    assert money_sentence(found, write).startswith("With letters a person brought €4.27 more (")


def test_letters_that_harm_are_said_to() -> None:
    found = of((400, 4250), (150, 750))
    assert found.sure
    assert "fewer of every 100 persons came back" in verdict_sentence(found, write)
    assert "€4.24 less (between −€" in money_sentence(found, write)


@pytest.mark.parametrize(("letters", "held"), [((85, 850), (15, 150)), ((8, 80), (2, 20))])
def test_groups_that_are_alike_need_more_carts_than_anybody_has(
    letters: tuple[int, int], held: tuple[int, int]
) -> None:
    """Whatever the sizes came out as: chance in the split is no evidence that could grow."""
    found = of(letters, held)
    assert found.ahead == Ahead(Outlook.ALIKE)
    assert verdict_sentence(found, write).startswith("So far the groups are alike: 100,000 more")


@pytest.mark.parametrize(
    ("letters", "held"), [((0, 1), (0, 1)), ((1, 30), (0, 9)), ((4, 80), (0, 20))]
)
def test_of_too_few_persons_or_returns_no_number_of_carts_is_forecast(
    letters: tuple[int, int], held: tuple[int, int]
) -> None:
    found = of(letters, held)
    assert found.ahead == Ahead(Outlook.FEW)
    sentence = verdict_sentence(found, write)
    assert sentence.startswith("Too early to say: too few persons so far for a forecast. With")
    assert "are needed" not in sentence


@pytest.mark.parametrize(
    ("letters", "held"), [((45, 900), (0, 10)), ((5, 5), (0, 900)), ((90, 500), (40, 500))]
)
def test_groups_of_sizes_that_chance_does_not_make_say_nothing(
    letters: tuple[int, int], held: tuple[int, int]
) -> None:
    found = of(letters, held, 10)
    assert not found.sure
    assert found.ahead == Ahead(Outlook.SPLIT)
    sentence = verdict_sentence(found, write)
    assert sentence.startswith(f"Nothing can be said: {letters[1]} with letters and {held[1]}")
    assert "came back" not in sentence


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 900),
    st.floats(0, 0.5),
    st.integers(1, 200),
    st.floats(0, 0.5),
    st.integers(5, 20),
)
def test_what_is_sure_agrees_with_the_interval_and_the_number_needed(
    persons: int, rate: float, held: int, held_rate: float, percent: int
) -> None:
    found = of((round(persons * rate), persons), (round(held * held_rate), held), percent)
    assert found.sure == tells_apart(found.letters, found.held, percent)
    assert found.sure == (found.ahead == Ahead(Outlook.SURE))
    assert verdict_sentence(found, write)
    assert found.rate is not None
    if found.sure and abs(held / (held + persons) - percent / 100) < 0.03:
        assert found.rate.tells_apart


def test_how_many_more_is_said_no_more_precisely_than_it_is_known() -> None:
    assert carts(1, write) == "about 1 more cart is needed"
    assert carts(97, write) == "about 97 more carts are needed"
    assert carts(1432, write) == "about 1,500 more carts are needed"


def test_the_explanation_names_what_is_done_and_whose_method_it_is() -> None:
    for words in (
        "90 of 100 shops",
        "Newcombe 1998",
        "failed payment",
        "skipped",
        "may be written to",
        "refunds",
    ):
        assert words in HOW_HOLDOUT

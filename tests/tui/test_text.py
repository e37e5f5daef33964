"""What is shown is clean, exactly as wide as it may be, and written as the shop writes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cartdesk.domain.model import CartState, Lane, ReminderState
from cartdesk.domain.money import Money
from cartdesk.domain.views import Verdict
from cartdesk.tui.text import (
    CART_SIGNS,
    LANES,
    LETTER_SIGNS,
    VERDICT_SIGNS,
    Look,
    bar,
    fit,
    hang,
    line,
    paragraphs,
    safe,
    short_count,
)
from tests.tui.sample_desk import HOSTILE_NAMES, NOW, SHOP

LOOK = Look(SHOP, NOW, NOW)
HOSTILE = st.one_of(st.text(), st.sampled_from(HOSTILE_NAMES))


def dangerous(text: str) -> bool:
    return any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text)


@given(HOSTILE)
def test_nothing_a_terminal_would_obey_is_shown(text: str) -> None:
    assert not dangerous(safe(text))
    assert not dangerous(line(text, (text, "bold")).plain)
    assert not dangerous(paragraphs(text).plain.replace("\n", ""))


@given(HOSTILE, st.integers(0, 60), st.booleans())
def test_a_column_is_exactly_as_wide_as_it_is_told(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right=right)) == width


@given(st.lists(st.tuples(HOSTILE, HOSTILE), max_size=4), st.integers(30, 90))
def test_facts_never_grow_wider_than_their_room(pairs: list[tuple[str, str]], width: int) -> None:
    shown = hang([(safe(label)[:8], line(text)) for label, text in pairs], width)
    assert all(row.cell_length <= width for row in shown.split(allow_blank=True))


def test_markup_in_data_stays_text() -> None:
    for name in HOSTILE_NAMES:
        assert not line(name).spans
    assert line("[@click=app.quit]Anna[/]").plain == "[@click=app.quit]Anna[/]"


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(8400, "EUR"), "€84.00"),
        (Money(129900, "EUR"), "€1,299.00"),
        (Money(500, "JPY"), "¥500"),
        (Money(12500, "SEK"), "125.00 kr"),
        (Money(1999, "XAU"), "19.99 XAU"),
        (None, "-"),
    ],
)
def test_money_is_written_with_its_currency(money: Money | None, written: str) -> None:
    assert LOOK.money(money) == written


def test_money_of_the_shop_is_written_as_the_shop_does() -> None:
    shop = replace(
        SHOP, currency_position="right_space", thousand_separator=".", decimal_separator=","
    )
    assert Look(shop, NOW, NOW).money(Money(129900, "EUR")) == "1.299,00 €"
    assert Look(shop, NOW, NOW).money(Money(100, "USD")) == "$1.00"


def test_times_are_the_shops() -> None:
    assert LOOK.clock(NOW) == "14:02"  # 11:02 UTC is 14:02 in Helsinki in June
    assert LOOK.day(NOW) == "today 14:02"
    assert LOOK.day(NOW - timedelta(days=1)) == "yesterday 14:02"
    assert LOOK.day(NOW + timedelta(hours=12)) == "tomorrow 02:02"
    assert LOOK.day(datetime(2024, 12, 24, 10, 0, tzinfo=UTC)) == "Tue 24 Dec 2024 12:00"
    assert LOOK.left(NOW + timedelta(seconds=13.2)) == "14 s"
    assert LOOK.left(NOW - timedelta(seconds=5)) == "0 s"


def test_every_state_has_a_sign_and_a_word() -> None:
    assert set(LETTER_SIGNS) == set(ReminderState)
    assert set(CART_SIGNS) == set(CartState)
    assert set(VERDICT_SIGNS) == set(Verdict)
    assert set(LANES) == set(Lane)
    for signs in (LETTER_SIGNS, CART_SIGNS, VERDICT_SIGNS):
        assert all(cell_len(sign.mark) == 1 and sign.word for sign in signs.values())


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0"), (999, "999"), (4120, "4.1k"), (50_000, "50k")]
)
def test_counts_stay_short(count: int, written: str) -> None:
    assert short_count(count) == written


def test_a_bar_is_full_only_at_the_end() -> None:
    assert bar(0, 10, 5) == "─────"
    assert bar(9, 10, 5) == "━━━━─"
    assert bar(10, 10, 5) == "━━━━━"
    assert bar(3, None, 5) == "─────"

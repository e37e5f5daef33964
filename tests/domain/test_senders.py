"""Who else writes to a shopper, and when that needs a second yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.model import Cart, Shop
from cartdesk.domain.senders import (
    SCHEDULED_META,
    SENT_META,
    active_plugins,
    other_sender,
    own_letter,
)
from cartdesk.domain.views import Verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CART = Cart(1, "1", "pending", NOW, NOW, "EUR", None)
SHOP = Shop("https://shop.example")


def at(hours: float) -> str:
    return str(int((NOW + timedelta(hours=hours)).timestamp()))


@pytest.mark.parametrize(
    ("meta", "sentence"),
    [
        ({SENT_META: at(-3)}, "WooCommerce itself wrote to this person 3 h ago"),
        (
            {SENT_META: at(-3), SCHEDULED_META: at(-4)},
            "WooCommerce itself wrote to this person 3 h ago",
        ),
        ({SCHEDULED_META: at(2)}, "WooCommerce itself is about to write to this person, in 2 h"),
        (
            {SCHEDULED_META: at(-2), SENT_META: ""},
            "WooCommerce itself was about to write to this person 2 h ago",
        ),
    ],
)
def test_what_woocommerce_wrote_or_will_write_about_a_cart_is_asked_about(
    meta: dict[str, str], sentence: str
) -> None:
    check = other_sender(replace(CART, meta=meta), SHOP, NOW)
    assert check is not None
    assert (check.rule, check.verdict, check.sentence) == ("other-sender", Verdict.WARN, sentence)
    assert check.ask == f"{sentence}. Send another letter all the same?"
    assert check.at is not None


def test_a_plugin_that_may_write_asks_until_it_is_known() -> None:
    shop = replace(SHOP, plugins=("mailpoet-premium", "mailpoet", "akismet", "AutomateWoo"))
    assert active_plugins(shop) == ("MailPoet", "AutomateWoo")
    check = other_sender(CART, shop, NOW)
    assert check is not None
    assert check.verdict is Verdict.WARN
    assert check.sentence == "MailPoet and AutomateWoo are active and may also send reminders"
    assert check.ask == f"{check.sentence}. Send letters from here all the same?"
    known = other_sender(CART, shop, NOW, frozenset({"MailPoet", "AutomateWoo"}))
    assert known is not None
    assert known.ask == ""
    new_one = other_sender(CART, shop, NOW, frozenset({"MailPoet"}))
    assert new_one is not None
    assert new_one.ask
    assert other_sender(CART, replace(SHOP, plugins=("akismet",)), NOW) is None


@given(st.text(max_size=14) | st.integers().map(str) | st.floats().map(str))
def test_whatever_stands_in_the_meta_data_is_a_time_or_nothing(value: str) -> None:
    found = own_letter(replace(CART, meta={SENT_META: value}))
    assert found is None or found.at.tzinfo is UTC

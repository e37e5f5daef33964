"""Going over to the phone: valid numbers only, a short text, links that hold it whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.handoffs import HandOff, Way, hand_off, phone_number, why_not
from cartdesk.domain.letters.fields import ENGLISH
from cartdesk.domain.model import Cart, Lane, Shop
from cartdesk.domain.money import Money
from cartdesk.domain.settings import HelpSettings, SenderSettings, Settings

NOW = datetime(2026, 11, 17, 10, tzinfo=UTC)
SHOP = Shop("https://shop.example", name="Oak & Tin", country="FI")
SETTINGS = Settings(sender=SenderSettings(name="Maija"), help=HelpSettings(high_value=100))
CART = Cart(
    7,
    "7",
    "failed",
    NOW,
    NOW,
    "EUR",
    Money(5_000, "EUR"),
    first_name="Ana",
    phone="040 123 4567",
    country="FI",
)


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("040 123 4567", "FI", "+358401234567"),
        ("+36 20 123 4567", "FI", "+36201234567"),
        ("06 20 123 4567", "HU", "+36201234567"),
        ("040", "FI", ""),
        ("12345", "", ""),
        ("call me maybe", "FI", ""),
        ("", "FI", ""),
        ("040 123 4567", "??", ""),
    ],
)
def test_a_number_is_valid_or_it_is_none(typed: str, country: str, number: str) -> None:
    assert phone_number(typed, country) == number


@given(st.text(max_size=40), st.sampled_from(["FI", "HU", "", "XX"]))
def test_whatever_was_typed_a_number_holds_digits_only(typed: str, country: str) -> None:
    number = phone_number(typed, country)
    assert not number or (number[0] == "+" and number[1:].isascii() and number[1:].isdigit())


def test_the_text_names_the_person_and_the_shop_in_the_shoppers_language() -> None:
    box = Letterbox(None)
    told = [
        found.text
        for language in box.all_languages()
        if (found := hand_off(CART, Lane.FAILED, SHOP, SETTINGS, box.words(language)))
    ]
    assert told == [
        "Hello Ana, this is Maija (Oak & Tin). Your payment did not go through. "
        "Can I help you finish the order?",
        "Hei Ana! Täällä Maija (Oak & Tin). Maksusi ei mennyt läpi. "
        "Voinko auttaa saamaan tilauksen valmiiksi?",
        "Szia, Ana! Itt Maija (Oak & Tin). Nem sikerült a fizetésed. "
        "Segíthetek befejezni a rendelést?",
    ]


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_name_breaks_out_of_a_link(first: str, shop: str) -> None:
    cart, named = replace(CART, first_name=first), replace(SHOP, name=shop)
    found = hand_off(cart, Lane.UNPAID, named, SETTINGS, ENGLISH)
    assert found is not None
    link = urlsplit(found.link(Way.WHATSAPP))
    assert (link.scheme, link.netloc, link.path) == ("https", "wa.me", "/358401234567")
    assert parse_qs(link.query, keep_blank_values=True) == {"text": [found.text]}
    assert found.link(Way.SMS).startswith("sms:+358401234567?body=")
    assert found.link(Way.SMS).count("&") == 0
    assert found.link(Way.CALL) == "tel:+358401234567"


def test_only_a_failed_payment_or_a_dear_basket_is_called_about() -> None:
    def reason(cart: Cart, lane: Lane, *, bought: bool = False, stopped: str = "") -> str:
        return why_not(cart, lane, SETTINGS, bought=bought, stopped=stopped)

    dear = replace(CART, total=Money(10_000, "EUR"))
    assert reason(CART, Lane.FAILED) == ""
    assert reason(dear, Lane.DRAFT) == ""
    assert "100 or more" in reason(CART, Lane.DRAFT)
    assert "100 or more" in reason(replace(dear, total=None), Lane.DRAFT)
    assert "no phone number" in reason(replace(CART, phone=""), Lane.FAILED)
    assert "bought since" in reason(CART, Lane.FAILED, bought=True)
    assert "must not be contacted: asked" in reason(CART, Lane.FAILED, stopped="asked")


def test_a_text_is_short() -> None:
    long = replace(CART, first_name="A" * 200)
    found = hand_off(long, Lane.FAILED, replace(SHOP, name="S" * 500), SETTINGS, ENGLISH)
    assert isinstance(found, HandOff)
    assert len(found.text) < 306  # two parts of a text message

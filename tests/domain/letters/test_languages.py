"""Every language says the same, in its own words; the shopper's language is found."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from string import Formatter

import pytest

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.language import language_of, own_name, read_language
from cartdesk.domain.letters import FIELDS, Words, check, facts_for, render
from cartdesk.domain.links import Link
from cartdesk.domain.model import Cart, Line, Shop
from cartdesk.domain.money import Money
from cartdesk.domain.settings import SenderSettings, Settings

BOX = Letterbox(None)
LANGUAGES = BOX.all_languages()
OTHERS = tuple(language for language in LANGUAGES if language != "en")
TUESDAY = datetime(2026, 11, 17, 10, 5, tzinfo=UTC)
SHOP = Shop("https://kauppa.example", name="Oak & Tin", country="FI", currency="EUR", language="fi")
SENDER = SenderSettings(
    name="Maija",
    email="hei@kauppa.example",
    reply_to="hei@kauppa.example",
    postal_address="Tammitie 1, Turku",
    returns_days=30,
    free_shipping_from="1060",
    delivery_time="2-4",
)
SETTINGS = Settings(sender=SENDER)
LINK = Link("pay", "https://kauppa.example/checkout/order-pay/7/?key=wc_x", "")
BOARD = Line(1, 0, "Tammilauta", 2, Money(118_000, "EUR"))
CART = Cart(
    7,
    "7",
    "pending",
    TUESDAY,
    TUESDAY,
    "EUR",
    Money(118_000, "EUR"),
    first_name="Ilona",
    lines=(BOARD,),
)


def told(language: str, letter: str, *, cart: Cart = CART, shop: Shop = SHOP, days: int = 1) -> str:
    words = BOX.words(language)
    now = cart.modified_at + timedelta(days=days)
    facts = facts_for(cart, shop, SETTINGS, LINK, language, words=words, now=now)
    rendered = render(BOX.get(letter, language), facts)
    return f"{rendered.subject}\n{rendered.text}"


def used(source: str) -> set[str]:
    return {field.name for field in FIELDS if re.search(rf"\b{field.name}\b", source)}


def test_english_finnish_and_hungarian_come_with_cartdesk() -> None:
    assert LANGUAGES == ("en", "fi", "hu")
    assert [own_name(language) for language in LANGUAGES] == [
        "English (en)",
        "suomi (fi)",
        "magyar (hu)",
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_letter_with_the_same_fields_in_it(language: str) -> None:
    assert BOX.names(language) == BOX.names("en")
    for name in BOX.names("en"):
        source, english = BOX.get(name, language).source, BOX.get(name, "en").source
        assert used(source) == used(english), name
        assert source.count("{% if") >= english.count("{% if") - 1, name
        assert check(source) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_fixed_word_with_the_same_places_in_it(language: str) -> None:
    file = files("cartdesk.letters") / language / "words.toml"
    words = tomllib.loads(file.read_text("utf-8"))
    needed = {field.name for field in fields(Words)} - {"day_pattern", "day_endings"}
    assert needed <= words.keys() <= {field.name for field in fields(Words)}
    for name in needed - {"weekdays"}:
        english = getattr(Words(), name)
        places = [place for _, place, _, _ in Formatter().parse(english)]
        assert [p for _, p, _, _ in Formatter().parse(words[name]) if p] == [p for p in places if p]
    assert len(words["weekdays"]) == 7
    assert len(words.get("day_endings", ())) in {0, 31}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", BOX.names("en"))
def test_nothing_of_a_letter_is_left_in_english(language: str, name: str) -> None:
    here = re.sub(r"\S+[:@]\S+", "", told(language, name))
    own = {*re.findall(r"[a-z]{3,}", here.lower())}
    assert not own & {"the", "you", "your", "and", "basket", "order", "shipping", "for", "this"}


def test_finnish_dates_sums_and_times() -> None:
    text = told("fi", "any-questions")
    assert "Hei Ilona!" in text
    assert "tiistaina" in text
    assert "2–4 arkipäivää" in text
    assert "17. marraskuuta 2026" in told("fi", "any-questions", days=30)


@pytest.mark.parametrize(
    ("day", "written"),
    [(1, "2026. november 1-jén"), (6, "2026. november 6-án"), (17, "2026. november 17-én")],
)
def test_a_hungarian_date_has_its_ending(day: int, written: str) -> None:
    cart = replace(CART, modified_at=TUESDAY.replace(day=day))
    assert written in told("hu", "small-gift", cart=cart, days=30)
    assert "kedden" in told("hu", "small-gift")


def test_sums_stand_as_the_language_of_the_letter_writes_them() -> None:
    own = replace(SHOP, currency_position="right_space", decimal_separator=",")
    assert "1060,00\u00a0€" in told("fi", "any-questions", shop=replace(own, thousand_separator=""))
    assert "1 180,00 EUR" in re.sub(r"\s+", " ", told("hu", "any-questions", shop=own))
    forints = replace(SHOP, currency="HUF", country="HU", language="hu", decimals=0)
    abroad = replace(CART, currency="HUF", total=Money(499_000, "HUF"), lines=())
    assert "HUF" in told("fi", "small-gift", cart=abroad, shop=forints)


def test_what_the_merchant_wrote_in_one_language_does_not_stand_in_another() -> None:
    sender = replace(SENDER, delivery_time="kaksi arkipäivää", free_shipping_from="60 € kotimaahan")
    for language, there in (("fi", True), ("hu", False)):
        words = BOX.words(language)
        settings = Settings(sender=sender)
        facts = facts_for(CART, SHOP, settings, LINK, language, words=words, now=TUESDAY)
        assert ("delivery_time" in facts.fields) is there
        assert ("free_shipping_from" in facts.fields) is there


@pytest.mark.parametrize(
    ("meta", "country", "site", "language"),
    [
        ({"wpml_language": "fi"}, "HU", "en", "fi"),
        ({"trp_language": "hu_HU"}, "FI", "en", "hu"),
        ({"lang": "en"}, "FI", "fi", "en"),
        ({"wpml_language": "sv"}, "FI", "en", "fi"),  # no letters in Swedish
        ({"wpml_language": "not a locale"}, "HU", "en", "hu"),
        ({}, "FI", "en", "fi"),
        ({}, "IE", "fi", "en"),
        ({}, "DE", "fi", "en"),  # abroad, where nobody is expected to know Finnish
        ({}, "", "hu", "hu"),
        ({}, "", "sv", "en"),
        ({}, "", "", "en"),
        ({}, "XX", "", "en"),
    ],
)
def test_the_order_speaks_first_then_the_country_then_the_shop(
    meta: dict[str, str], country: str, site: str, language: str
) -> None:
    cart = replace(CART, meta=meta, country=country)
    found = language_of(cart, replace(SHOP, language=site), LANGUAGES)
    assert found.language == language
    assert found.reason


@pytest.mark.parametrize(
    ("value", "language"),
    [("fi", "fi"), ("FI_fi", "fi"), ("de_DE_formal", "de"), ("", ""), (7, ""), ("x" * 50, "")],
)
def test_a_locale_is_read(value: object, language: str) -> None:
    assert read_language(value) == language

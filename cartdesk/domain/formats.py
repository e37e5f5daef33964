"""Money, dates and times as the shop writes them.

Amounts follow the shop's own settings (WooCommerce, Settings, General, Currency options);
dates follow the letter's language as it is written in the shop's country.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money, exponent
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from babel import Locale

# The signs most shops need, so that a screen full of amounts never waits for locale data.
_SIGNS = {
    "CZK": "Kč",
    "DKK": "kr",
    "EUR": "€",
    "GBP": "£",
    "HUF": "Ft",
    "JPY": "¥",
    "NOK": "kr",
    "PLN": "zł",
    "SEK": "kr",
    "USD": "$",
}
_PATTERNS = {
    "left": "{sign}{number}",
    "right": "{number}{sign}",
    "left_space": "{sign}\u00a0{number}",
    "right_space": "{number}\u00a0{sign}",
}


def money(amount: Money, shop: Shop, language: str = "") -> str:
    """Write an amount in the shop's format: "€84.00", "84,00 €", "4 990 Ft".

    The shop's currency carries the sign the shop itself shows; another currency the sign
    that tells it apart in ``language`` ("US$", "CHF"), with its own number of decimals. A
    letter in a language that is not the shop's writes amounts as that language does (CLDR);
    one in the shop's language as the shop's own checkout shows them.
    """
    if language and shop.language not in {"", language}:
        return _foreign(amount, shop, language)
    own = amount.currency == shop.currency
    sign = _sign(amount.currency, shop.country if own else "", language or "en")
    decimals = shop.decimals if own else exponent(amount.currency)
    number = _number(amount.amount, decimals, shop.thousand_separator, shop.decimal_separator)
    pattern = _PATTERNS.get(shop.currency_position, _PATTERNS["left"])
    return pattern.format(sign=sign, number=number)


def _foreign(amount: Money, shop: Shop, language: str) -> str:
    from babel.numbers import format_currency

    own = amount.currency == shop.currency
    decimals = shop.decimals if own else exponent(amount.currency)
    rounded = amount.amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    locale = _locale(language, shop.country)
    written = format_currency(
        rounded, amount.currency, locale=locale, currency_digits=False, decimal_quantization=False
    )
    return clean(written)


def day(moment: datetime, shop: Shop, language: str = "en", pattern: str = "long") -> str:
    """Write the date of an aware time in the shop's zone: "21 November 2026".

    ``pattern`` is a name or pattern of CLDR.
    """
    from babel.dates import format_date

    local = moment.astimezone(shop.tz).date()
    return str(format_date(local, pattern, locale=_locale(language, shop.country)))


def clock(moment: datetime, shop: Shop) -> str:
    """Write the time of day of an aware time in the shop's zone: "14:02"."""
    return moment.astimezone(shop.tz).strftime("%H:%M")


def _number(amount: Decimal, decimals: int, thousands: str, point: str) -> str:
    # Half up, as the shop's own number_format does, so that letter and shop show one figure.
    rounded = amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    whole, _, part = f"{rounded:,f}".partition(".")
    whole = whole.replace(",", thousands)
    return f"{whole}{point}{part}" if part else whole


@lru_cache(maxsize=256)
def _sign(currency: str, country: str, language: str) -> str:
    """Give a currency's sign; ``country`` is empty for a currency that is not the shop's."""
    if currency == "EUR" or (country and currency in _SIGNS):
        return _SIGNS[currency]
    from babel.languages import get_official_languages
    from babel.numbers import get_currency_symbol

    spoken = get_official_languages(country)[:1] if country else ()
    locale = _locale(spoken[0] if spoken else language, country)
    return clean(get_currency_symbol(currency, locale=locale))


@lru_cache(maxsize=64)
def _locale(language: str, country: str) -> Locale:
    """Find the nearest known locale: the language in the country, the language, English.

    English in a country without an English of its own is written as in Europe, since plain
    "en" would be American.
    """
    from babel import Locale, UnknownLocaleError

    europe = f"{language}_150" if country and language == "en" else language
    for name in (f"{language}_{country}", europe, language):
        try:
            return Locale.parse(name)
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse("en")

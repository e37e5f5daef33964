"""Which language a letter is written in, and what says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cartdesk.domain.model import Cart, Shop

ENGLISH = "en"

# Order meta in which translation plugins keep the language a shopper used: WPML, TranslatePress,
# and Polylang for WooCommerce.
_META = ("wpml_language", "trp_language", "_pll_language", "lang")
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language of a letter as a folder of letters names it, and the reason for it."""

    language: str
    reason: str


def read_language(value: object) -> str:
    """Give the language of a locale as a shop writes it ("fi", "fi_FI", "de-DE"), or ""."""
    found = _TAG.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    return found[1].lower() if found else ""


def language_of(cart: Cart, shop: Shop, available: Sequence[str]) -> Tongue:
    """Choose the language of a letter among those there are letters in.

    The order's own language comes first. Without one the billing country speaks: its most
    spoken official language that is available, and English for a country abroad that has none.
    Without a country it is the site's language, and English where there is none of these.
    """
    own = next((found for key in _META if (found := read_language(cart.meta.get(key)))), "")
    if own in available:
        return Tongue(own, "the shopper used the shop in it")
    if cart.country:
        spoken = next((one for one in _spoken(cart.country) if one in available), "")
        if spoken:
            return Tongue(spoken, f"spoken in {cart.country}, where the shopper lives")
        if cart.country != shop.country and ENGLISH in available:
            return Tongue(ENGLISH, f"there are no letters in a language of {cart.country}")
    if shop.language in available:
        return Tongue(shop.language, "the language of your shop")
    return Tongue(ENGLISH, "there are no letters in the language of your shop")


def own_name(language: str) -> str:
    """Give a language's name for itself with its code: "suomi (fi)"."""
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(language).get_display_name()
    except (ValueError, UnknownLocaleError):
        name = None
    return f"{name} ({language})" if name else language


def _spoken(country: str) -> tuple[str, ...]:
    from babel.languages import get_official_languages

    return tuple(get_official_languages(country, de_facto=True))

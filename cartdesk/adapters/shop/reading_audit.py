"""What an audit reads from WooCommerce's answers; whatever is odd in them is passed over."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from typing import Any

from cartdesk.adapters.shop.reading import read_time, read_url
from cartdesk.domain.feedback.audit_facts import Coupon, Gateway, Method, SitePage
from cartdesk.domain.money import Money
from cartdesk.domain.ports import Record
from cartdesk.domain.text import clean

WANTED = frozenset(
    {
        "woocommerce_allowed_countries",
        "woocommerce_calc_taxes",
        "woocommerce_checkout_page_id",
        "woocommerce_currency",
        "woocommerce_enable_checkout_login_reminder",
        "woocommerce_enable_coupons",
        "woocommerce_enable_guest_checkout",
        "woocommerce_enable_myaccount_registration",
        "woocommerce_enable_signup_and_login_from_checkout",
        "woocommerce_ship_to_countries",
        "woocommerce_tax_display_cart",
        "woocommerce_tax_display_shop",
        "woocommerce_terms_page_id",
    }
)
"""The settings that are looked at; nothing else of them is kept."""


def read_settings(rows: Iterable[Record]) -> dict[str, str]:
    """Give the wanted settings by their ids."""
    return {
        str(row["id"]): clean(str(row.get("value", "")), 200)
        for row in rows
        if row.get("id") in WANTED and isinstance(row.get("value"), (str, int))
    }


def read_gateways(rows: Iterable[Record]) -> tuple[Gateway, ...]:
    """Give the ways to pay that are switched on."""
    return tuple(
        Gateway(clean(row.get("id"), 60), read_text(row.get("title")))
        for row in rows
        if row.get("enabled") is True
    )


def read_methods(rows: Iterable[Record], currency: str) -> tuple[Method, ...]:
    """Give the ways to ship that are switched on.

    What free shipping ``requires`` is "", coupon, min_amount, either or both.
    """
    found = []
    for row in rows:
        if row.get("enabled") is not True:
            continue
        free = row.get("method_id") == "free_shipping"
        needs = _setting(row, "requires") if free else ""
        summed = needs in ("min_amount", "either", "both")
        found.append(
            Method(
                title=read_text(row.get("title")) or clean(row.get("method_id"), 60),
                free=free,
                minimum=_money(_setting(row, "min_amount"), currency) if summed else None,
                by_coupon=needs in ("coupon", "both"),
            )
        )
    return tuple(found)


def read_places(rows: Iterable[Record]) -> tuple[frozenset[str], frozenset[str]]:
    """Give the countries and the continents of a zone, by their codes.

    A state ("US:CA") counts as its country: nobody's state is known of a left cart.
    """
    countries, continents = set(), set()
    for row in rows:
        code = clean(row.get("code"), 20).upper().partition(":")[0]
        if not (len(code) == 2 and code.isascii() and code.isalpha()):  # it becomes part of a path
            continue
        if row.get("type") == "continent":
            continents.add(code)
        elif row.get("type") in ("country", "state"):
            countries.add(code)
    return frozenset(countries), frozenset(continents)


def read_continent(record: Record) -> frozenset[str]:
    """Give the countries of a continent."""
    rows = record.get("countries")
    every = rows if isinstance(rows, list) else ()
    return frozenset(clean(row.get("code"), 4).upper() for row in every if isinstance(row, dict))


def read_coupons(rows: Iterable[Record], currency: str) -> tuple[Coupon, ...]:
    """Give the published coupons that are for everybody, none of a single person."""
    found = []
    for row in rows:
        if row.get("status", "publish") != "publish" or row.get("email_restrictions"):
            continue
        limit, used = row.get("usage_limit"), row.get("usage_count")
        least = _money(row.get("minimum_amount"), currency)
        found.append(
            Coupon(
                code=clean(row.get("code"), 60),
                expires_at=read_time(row.get("date_expires_gmt")),
                used=used if type(used) is int else 0,
                limit=limit if type(limit) is int and limit > 0 else None,
                minimum=least if least and least.minor else None,
            )
        )
    return tuple(found)


def read_pages(rows: Iterable[Record]) -> tuple[SitePage, ...]:
    """Give the pages with an id; their titles come as HTML."""
    return tuple(
        SitePage(
            id=row["id"],
            slug=clean(row.get("slug"), 200),
            title=read_text(_part(row, "title").get("rendered"), 200),
            link=read_url(row.get("link")),
        )
        for row in rows
        if type(row.get("id")) is int
    )


def _setting(row: Mapping[str, Any], name: str) -> str:
    return clean(_part(_part(row, "settings"), name).get("value"), 40)


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _money(value: object, currency: str) -> Money | None:
    text = value.replace(",", ".") if isinstance(value, str) else value
    return Money.read(text, currency) if currency else None


def read_text(value: object, limit: int = 100) -> str:
    """Read a name that comes as HTML text with entities."""
    return clean(html.unescape(value[: limit * 8]), limit) if isinstance(value, str) else ""

"""Facts for the audit's rules: a shop where all is well, and checkouts that were left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cartdesk.domain.feedback.audit import judge
from cartdesk.domain.feedback.audit_facts import (
    AuditFinding,
    Coupon,
    Gateway,
    LeftFacts,
    Method,
    ShopFacts,
    SitePage,
    Visit,
    Zone,
)
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.silent import Silent, SilentCode
from cartdesk.domain.feedback.silent_counts import LeftCart
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money
from cartdesk.domain.views import Verdict

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SHOP = Shop(
    "https://shop.example",
    currency="EUR",
    currency_position="right_space",
    decimal_separator=",",
)
WELL = {
    "woocommerce_enable_guest_checkout": "yes",
    "woocommerce_enable_coupons": "yes",
    "woocommerce_calc_taxes": "yes",
    "woocommerce_tax_display_shop": "incl",
    "woocommerce_tax_display_cart": "incl",
    "woocommerce_terms_page_id": "9",
}
PAGES = tuple(
    SitePage(number, slug, slug.title(), f"https://shop.example/{slug}/")
    for number, slug in ((9, "terms"), (10, "privacy-policy"), (11, "returns"))
)


def eur(cents: int) -> Money:
    """Give an amount."""
    return Money(cents, "EUR")


def visit(seconds: float | None = 0.3, status: int = 200, **more: Any) -> Visit:
    """Give how a page answered."""
    return Visit("https://shop.example/", seconds, status, 3, **more)


def shop(settings: dict[str, str] | None = None, **changes: Any) -> ShopFacts:
    """Give a shop where all is well but for the changes."""
    names = ("home", "checkout", "terms", "returns", "privacy")
    well: dict[str, Any] = {
        "settings": {**WELL, **(settings or {})},
        "gateways": (Gateway("stripe", "Card"),),
        "zones": (
            Zone("Rest", (), None),
            Zone("Finland", (Method("Free", True, eur(6000)),), frozenset({"FI"})),
        ),
        "coupons": (Coupon("welcome"),),
        "pages": PAGES,
        "visits": {name: visit() for name in names},
        "certificate_ends": NOW + 60 * DAY,
    }
    return ShopFacts(**{**well, **changes})


def cart(number: int, cents: int = 5000, country: str = "FI", **more: Any) -> LeftCart:
    """Give a left cart; its goods are its total."""
    given: dict[str, Any] = {"hints": (), "goods": eur(cents), **more}
    return LeftCart(number, country, eur(cents), **given)


def hint(code: SilentCode, reason: Reason | None = None) -> Silent:
    """Give a hint."""
    return Silent(code, "Something.", "", reason)


def left(*carts: LeftCart, **more: Any) -> LeftFacts:
    """Give what the ledger knows."""
    return LeftFacts(NOW - 90 * DAY, NOW, SHOP, carts, **more)


def findings(
    facts: ShopFacts, known: LeftFacts | None = None, *, well: bool = False
) -> list[AuditFinding]:
    """Give what is found, without what is well unless that is wanted."""
    report = judge(facts, known or left(cart(1)), NOW)
    return [one for one in report.findings if (one.verdict is Verdict.OK) == well]

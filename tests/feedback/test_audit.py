"""The audit judges what is known, names the money that is counted, and ranks by it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.audit import judge
from cartdesk.domain.feedback.audit_facts import Coupon, Gateway, Method, ShopFacts, SitePage, Zone
from cartdesk.domain.feedback.silent import SilentCode
from cartdesk.domain.model import Product
from cartdesk.domain.views import Verdict
from tests.feedback.audits import DAY, NOW, cart, eur, findings, hint, left, shop, visit

BOARD = Product(14, "Oak board", "simple", "publish", True, True, 5, rating="4.50")


def only(**changes: Any) -> tuple[str, Reason, Verdict, str]:
    settings = changes.pop("settings", None)
    known = changes.pop("known", None)
    [one] = findings(shop(settings, **changes), known)
    return one.rule, one.reason, one.verdict, one.sentence


def test_a_shop_where_all_is_well_has_nothing_to_mend() -> None:
    assert findings(shop()) == []
    assert {one.rule for one in findings(shop(), well=True)} >= {
        "guest-checkout",
        "payment-methods",
        "free-shipping",
        "taxes",
        "certificate",
        "terms-page",
        "returns-page",
        "privacy-page",
        "home-speed",
        "checkout-speed",
    }


def test_what_is_not_known_is_not_judged() -> None:
    nothing = ShopFacts(encrypted=True)
    assert judge(nothing, left(cart(1, country="US")), NOW).findings == ()


@pytest.mark.parametrize(
    ("changes", "rule", "reason", "verdict"),
    [
        (
            {"settings": {"woocommerce_enable_guest_checkout": "no"}},
            "guest-checkout",
            Reason.FORCED_ACCOUNT,
            Verdict.STOP,
        ),
        ({"gateways": ()}, "payment-methods", Reason.PAYMENT_METHOD, Verdict.STOP),
        (
            {"gateways": (Gateway("bacs", "Transfer"), Gateway("cod", "Cash"))},
            "payment-methods",
            Reason.PAYMENT_METHOD,
            Verdict.STOP,
        ),
        (
            {"zones": (Zone("All", (Method("Parcel"),), None),)},
            "free-shipping",
            Reason.SHIPPING_COST,
            Verdict.WARN,
        ),
        (
            {"zones": (Zone("All", (Method("Free", True, eur(10_001)),), None),)},
            "free-shipping",
            Reason.SHIPPING_COST,
            Verdict.WARN,
        ),
        (
            {"coupons": (Coupon("ok"), Coupon("old", NOW - DAY))},
            "dead-coupons",
            Reason.COUPON_HUNT,
            Verdict.WARN,
        ),
        (
            {"coupons": (Coupon("ok"), Coupon("gone", None, 5, 5))},
            "dead-coupons",
            Reason.COUPON_HUNT,
            Verdict.WARN,
        ),
        (
            {"coupons": (Coupon("big", minimum=eur(5001)),)},
            "coupon-minimum",
            Reason.COUPON_HUNT,
            Verdict.WARN,
        ),
        ({"coupons": ()}, "coupon-field", Reason.COUPON_HUNT, Verdict.WARN),
        (
            {"settings": {"woocommerce_tax_display_shop": "excl"}},
            "prices-without-tax",
            Reason.EXTRA_FEES,
            Verdict.WARN,
        ),
        (
            {"settings": {"woocommerce_tax_display_cart": "excl"}},
            "tax-in-cart",
            Reason.EXTRA_FEES,
            Verdict.WARN,
        ),
        ({"encrypted": False}, "https", Reason.TRUST, Verdict.WARN),
        ({"certificate_ends": NOW + 20 * DAY}, "certificate", Reason.TRUST, Verdict.WARN),
        ({"certificate_ends": NOW + 5 * DAY}, "certificate", Reason.TRUST, Verdict.STOP),
        ({"certificate_ends": NOW - DAY}, "certificate", Reason.TRUST, Verdict.STOP),
    ],
)
def test_each_fault_is_found_alone_and_tied_to_its_reason(
    changes: dict[str, Any], rule: str, reason: Reason, verdict: Verdict
) -> None:
    assert only(**changes)[:3] == (rule, reason, verdict)


def test_the_free_shipping_sum_is_measured_by_the_median_basket() -> None:
    known = left(cart(1, 2000), cart(2, 5000), cart(3, 90_000))
    zones = (Zone("All", (Method("Free", True, eur(12_000)),), None),)
    assert only(zones=zones, known=known)[3] == (
        "Shipping to “All” is free from 120,00\u00a0€, but half of the left baskets held "
        "50,00\u00a0€ or less."
    )
    by_coupon = (Zone("All", (Method("Free", True, by_coupon=True),), None),)
    assert only(zones=by_coupon)[3] == "Shipping is never free without a coupon."
    assert findings(shop(zones=by_coupon, zones_complete=False)) == [], "others may offer it"


def test_a_country_no_zone_serves_is_named_with_its_own_carts() -> None:
    known = left(cart(1), cart(2, 3000, "US"), cart(3, 4000, "US"))
    one = next(x for x in findings(shop(), known) if x.rule == "unserved-country")
    assert one.sentence == "Nothing is shipped to US, but 2 carts were left from there."
    assert (one.carts, one.money, one.counted) == (2, (eur(7000),), "carts from US")
    for zones, complete in (
        ((Zone("Rest", (Method("Parcel", True),), None),), True),
        ((Zone("Far", (Method("Parcel", True),), frozenset(), places_known=False),), True),
        ((Zone("Finland", (Method("Parcel", True),), frozenset({"FI"})),), False),
    ):
        silent = findings(shop(zones=zones, zones_complete=complete), known)
        assert "unserved-country" not in {x.rule for x in silent}
    downloads = {"woocommerce_ship_to_countries": "disabled"}
    assert "unserved-country" not in {x.rule for x in findings(shop(downloads), known)}


def test_an_account_nobody_can_make_and_a_missing_login_are_named() -> None:
    closed = {
        "woocommerce_enable_guest_checkout": "no",
        "woocommerce_enable_signup_and_login_from_checkout": "no",
        "woocommerce_enable_myaccount_registration": "no",
        "woocommerce_enable_checkout_login_reminder": "no",
    }
    found = {(one.rule, one.reason) for one in findings(shop(closed))}
    assert found == {
        ("guest-checkout", Reason.FORCED_ACCOUNT),
        ("no-registration", Reason.FORCED_ACCOUNT),
        ("login-at-checkout", Reason.LOGIN),
    }


def test_what_shoppers_of_a_country_look_for_is_told_by_names_only() -> None:
    known = left(cart(1, country="NL"))
    everywhere = (Zone("All", (Method("Free", True),), None),)
    card = (Gateway("card", "Card"),)
    assert "named like iDEAL" in only(gateways=card, zones=everywhere, known=known)[3]
    for titles in ("iDEAL", "Mollie"):
        offered = (Gateway(titles.casefold(), titles),)
        assert findings(shop(gateways=offered, zones=everywhere), known) == []


def test_a_method_that_failed_is_counted_by_its_own_carts() -> None:
    refused = hint(SilentCode.PAYMENT_REFUSED, Reason.PAYMENT_FAILED)
    known = left(
        cart(1, hints=(refused,), payment_method="stripe"),
        cart(2, 700, hints=(refused,), payment_method="stripe"),
        cart(3),
    )
    [one] = findings(shop(), known)
    assert one.sentence == "Payments by Card failed in 2 carts."
    assert (one.carts, one.money) == (2, (eur(5700),))


def test_products_left_most_are_judged_by_stock_and_stars() -> None:
    known = left(
        cart(1, products=((14, "Oak board"), (15, "Polish"))),
        cart(2, 4500, products=((14, "Oak board"),)),
        products={14: BOARD, 15: Product(15, "Polish", "simple", "publish", True, False, 0)},
    )
    [one] = findings(shop(), known)
    assert one.sentence == "“Polish” was left in 1 cart and is sold out."
    assert (one.reason, one.money) == (Reason.PRODUCT_QUESTION, (eur(5000),))
    well = [each.sentence for each in findings(shop(), known, well=True) if each.rule == "product"]
    assert well == ["“Oak board” was left in 2 carts; in stock, 4.50 of 5 stars."]


def test_missing_broken_and_unasked_pages_are_told_apart() -> None:
    terms = SitePage(9, "agb", "AGB", "https://shop.example/agb/")
    found = {one.rule: one for one in findings(shop(pages=(terms,)))}
    assert set(found) == {"returns-page", "privacy-page"}
    assert found["returns-page"].reason is Reason.RETURNS
    broken = {**shop().visits, "terms": visit(0.2, 404)}
    rule, _, verdict, sentence = only(visits=broken)
    assert (rule, verdict) == ("terms-page", Verdict.STOP)
    assert sentence == "The page about terms and conditions cannot be read: 404."
    assert "does not ask for it" in only(settings={"woocommerce_terms_page_id": ""})[3]


@pytest.mark.parametrize(
    ("seconds", "status", "verdict"),
    [
        (1.8, 200, None),
        (1.9, 200, Verdict.WARN),
        (5.1, 200, Verdict.STOP),
        (0.1, 500, Verdict.STOP),
        (None, 0, Verdict.STOP),
    ],
)
def test_a_page_is_judged_by_its_median_and_its_answer(
    seconds: float | None, status: int, verdict: Verdict | None
) -> None:
    visits = {**shop().visits, "checkout": visit(seconds, status)}
    found = [one.verdict for one in findings(shop(visits=visits))]
    assert found == ([verdict] if verdict else [])


def test_money_is_that_of_carts_that_said_it_or_hint_at_it_each_once() -> None:
    dear = hint(SilentCode.SHIPPING_SHARE, Reason.SHIPPING_COST)
    near = hint(SilentCode.NEAR_FREE_SHIPPING, Reason.SHIPPING_COST)
    known = left(
        cart(1, 1000, hints=(dear, near)),
        cart(2, 2000),
        cart(3, 4000),
        said={Reason.SHIPPING_COST: frozenset({1, 2, 99})},
        mentions={Reason.SHIPPING_COST: 7},
    )
    [one] = findings(shop(zones=(Zone("All", (Method("Parcel"),), None),)), known)
    assert (one.carts, one.money, one.said) == (2, (eur(3000),), 7)
    assert "said so" in one.counted


amounts = st.integers(min_value=1, max_value=10**7)


@given(st.lists(st.tuples(amounts, st.sampled_from(Reason)), max_size=30))
def test_findings_stand_by_money_then_gravity_and_what_is_well_comes_last(
    carts: list[tuple[int, Reason]],
) -> None:
    known = left(
        *(
            cart(number, cents, hints=(hint(SilentCode.SOLD_OUT, reason),))
            for number, (cents, reason) in enumerate(carts)
        )
    )
    bad = shop(
        {"woocommerce_enable_guest_checkout": "no", "woocommerce_tax_display_shop": "excl"},
        gateways=(),
        coupons=(),
        pages=(),
        certificate_ends=NOW,
    )
    report = judge(bad, known, NOW)
    asks = [one for one in report.findings if one.verdict is not Verdict.OK]
    assert list(report.findings[: len(asks)]) == asks
    order = [(-sum(x.minor for x in one.money), one.verdict is not Verdict.STOP) for one in asks]
    assert order == sorted(order)
    for one in report.findings:
        expected = [cents for cents, reason in carts if reason is one.reason]
        if one.rule != "unserved-country" and one.verdict is not Verdict.OK:
            assert sum(x.minor for x in one.money) == sum(expected)
            assert one.carts == len(expected)
        if one.verdict is Verdict.OK:
            assert one.money == ()

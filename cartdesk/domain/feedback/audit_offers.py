"""The rules of the audit about what things cost: shipping, codes, taxes, and the goods themselves.

What is not known (None) is not judged. Ids of settings are WooCommerce's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from cartdesk.domain.feedback.audit_facts import Judged, LeftFacts, ShopFacts
from cartdesk.domain.feedback.audit_words import carts, codes, some
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.views import Verdict

OK, WARN = Verdict.OK, Verdict.WARN
FAR = 2  # times the usual basket: a free-shipping sum nobody means to reach
_FEW_STARS = 3.5
_MOST_PRODUCTS = 5


def free_shipping(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """From which sum shipping is free, against what people had in their baskets."""
    if shop.zones is None or shop.ships_nothing:
        return
    offers = [(zone, one) for zone in shop.zones for one in zone.methods if one.free]
    usable = [(zone, one) for zone, one in offers if not one.by_coupon]
    if not usable and not shop.zones_complete:
        return
    if not usable:
        only = " without a coupon" if offers else ""
        yield Judged(
            "free-shipping",
            Reason.SHIPPING_COST,
            WARN,
            f"Shipping is never free{only}.",
            "Offer it from a sum a little above your usual basket"
            + (
                f" (the median left one held {left.written(usual)})."
                if (usual := left.usual)
                else "."
            ),
        )
        return
    usual = left.usual
    for zone, one in usable:
        if one.minimum is None or not one.minimum.minor:
            yield Judged("free-shipping", Reason.SHIPPING_COST, OK, f"Free in “{zone.name}”.")
        elif usual is None or usual.currency != one.minimum.currency:
            continue
        elif one.minimum.minor > FAR * usual.minor:
            yield Judged(
                "free-shipping",
                Reason.SHIPPING_COST,
                WARN,
                f"Shipping to “{zone.name}” is free from {left.written(one.minimum)}, but half of "
                f"the left baskets held {left.written(usual)} or less.",
                "Lower the sum to a little above the usual basket, or the price of shipping.",
            )
        else:
            sentence = (
                f"Shipping to “{zone.name}” is free from {left.written(one.minimum)}; the median "
                f"left basket held {left.written(usual)}."
            )
            yield Judged("free-shipping", Reason.SHIPPING_COST, OK, sentence)


def coupons(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """Which codes people may hold that do not work."""
    if shop.coupons is None or shop.settings.get("woocommerce_enable_coupons") == "no":
        return
    usual = left.usual
    dead: list[str] = []
    high: list[str] = []
    for one in shop.coupons:
        if one.expires_at is not None and one.expires_at <= now:
            dead.append(f"{one.code} (expired {one.expires_at:%Y-%m-%d})")
        elif one.limit is not None and one.used >= one.limit:
            dead.append(f"{one.code} (used up)")
        elif (
            one.minimum and usual and one.minimum.currency == usual.currency and one.minimum > usual
        ):
            high.append(f"{one.code} (from {left.written(one.minimum)})")
    if dead:
        yield Judged(
            "dead-coupons",
            Reason.COUPON_HUNT,
            WARN,
            f"{codes(len(dead))} no longer taken: {some(dead)}.",
            "Take them off your pages, letters and coupon sites, or make them work again.",
        )
    if high and usual:
        yield Judged(
            "coupon-minimum",
            Reason.COUPON_HUNT,
            WARN,
            f"{codes(len(high))} refused in half of the baskets, which held "
            f"{left.written(usual)} or less: {some(high)}.",
            "Lower the sum they need, or say it beside the code.",
        )
    if len(dead) == len(shop.coupons) and shop.settings.get("woocommerce_enable_coupons"):
        yield Judged(
            "coupon-field",
            Reason.COUPON_HUNT,
            WARN,
            "The checkout shows a field for codes, but no code for everybody works.",
            "Switch coupons off in WooCommerce > Settings > General while there are none.",
        )
    elif not dead and not high:
        yield Judged("coupons", Reason.COUPON_HUNT, OK, "Every code for everybody works.")


def taxes(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """Whether the price people see first is the price they pay."""
    value = shop.settings.get
    if value("woocommerce_calc_taxes") != "yes":
        return
    if value("woocommerce_tax_display_shop") == "excl":
        yield Judged(
            "prices-without-tax",
            Reason.EXTRA_FEES,
            WARN,
            "Prices are shown without tax; it comes on top later.",
            "Show prices with tax: WooCommerce > Settings > Tax, “Display prices in the shop”.",
        )
    elif value("woocommerce_tax_display_shop") == "incl":
        if value("woocommerce_tax_display_cart") == "excl":
            yield Judged(
                "tax-in-cart",
                Reason.EXTRA_FEES,
                WARN,
                "The shop shows prices with tax, the basket without: the same thing has two "
                "prices.",
                "Choose the same for both in WooCommerce > Settings > Tax.",
            )
        else:
            yield Judged("taxes", Reason.EXTRA_FEES, OK, "Prices are shown with tax.")


def products(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """What stands against the products that are left most often."""
    counted = Counter(number for cart in left.carts for number, _ in cart.products)
    names = {number: name for cart in left.carts for number, name in cart.products}
    for number, count in counted.most_common(_MOST_PRODUCTS):
        product = left.products.get(number)
        if product is None:
            continue
        stars = _stars(product.rating)
        faults = [] if product.in_stock else ["is sold out"]
        mend = [] if product.in_stock else ["Say when it is back, or what comes near it."]
        if stars is not None and stars < _FEW_STARS:
            faults.append(f"has {product.rating} of 5 stars")
            mend.append("Read its reviews, answer them, and mend what they complain of.")
        about = frozenset(cart.id for cart in left.carts if number in dict(cart.products))
        name = names[number] or product.name
        if faults:
            yield Judged(
                "product",
                Reason.PRODUCT_QUESTION,
                WARN,
                f"“{name}” was left in {carts(count)} and {' and '.join(faults)}.",
                " ".join(mend),
                about,
                "carts with it",
            )
        else:
            rated = f"{product.rating} of 5 stars" if stars is not None else "no stars yet"
            sentence = f"“{name}” was left in {carts(count)}; in stock, {rated}."
            yield Judged("product", Reason.PRODUCT_QUESTION, OK, sentence)


def _stars(text: str) -> float | None:
    try:
        stars = float(text)
    except ValueError:
        return None
    return stars if 0 < stars <= 5 else None

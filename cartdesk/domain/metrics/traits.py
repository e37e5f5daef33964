"""What an order tells of its shopper's device and language, and of its main product."""

from __future__ import annotations

from cartdesk.domain.junk import STAFF, Staff
from cartdesk.domain.language import read_language
from cartdesk.domain.model import Cart

DEVICE = "_wc_order_attribution_device_type"
LANGUAGES = ("wpml_language", "trp_language", "_pll_language", "lang")
DEVICES = ("Desktop", "Mobile", "Tablet")
MOBILE = ("Mobile", "Tablet")
CHECKOUTS = ("checkout", "store-api", "")  # created_via; "" is a record without it
ELSEWHERE = "no checkout: a renewal, a till or another program"


def not_a_checkout(cart: Cart, staff: Staff) -> str:
    """Say why an order, paid or not, did not come through the shop's checkout, or "".

    WooCommerce writes into ``created_via`` what made an order: "checkout" and "store-api" are its
    two checkouts, "admin" is its back office, "subscription" a renewal, "rest-api" a program.
    """
    if cart.created_via == "admin" or staff.holds(cart.email):
        return STAFF
    return "" if cart.created_via in CHECKOUTS else ELSEWHERE


def device_of(cart: Cart) -> str:
    """Give the device WooCommerce's order attribution names, or "".

    WooCommerce writes it when "Place order" is pressed, so it is never on a draft.
    """
    device = cart.meta.get(DEVICE, "")
    return device if device in DEVICES else ""


def language_of(cart: Cart) -> str:
    """Give the language a translation plugin noted on the order, as two or three letters, or ""."""
    return next((found for key in LANGUAGES if (found := read_language(cart.meta.get(key)))), "")


def dearest(cart: Cart) -> str:
    """Give the id of the product with the largest line total, the first of equals, or "".

    A cart counts under one product, so that the products add up to all carts.
    """
    lines = [line for line in cart.lines if line.product_id]
    found = max(lines, key=lambda line: line.total.minor if line.total else 0, default=None)
    return str(found.product_id) if found else ""

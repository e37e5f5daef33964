"""Orders of real shops become carts; orders of odd shops stop nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.shop.reading import (
    FIELDS,
    Unreadable,
    read_email,
    read_order,
    without_private,
)
from cartdesk.domain.model import Line
from cartdesk.domain.money import Money
from tests.adapters.shop.shops import recorded_body, recorded_orders

SMALL: dict[str, Any] = {
    "id": 7,
    "status": "pending",
    "currency": "EUR",
    "total": "12.39",
    "date_created_gmt": "2026-11-21T17:11:24",
    "date_modified_gmt": "2026-11-21T19:11:25",
}


def test_a_draft_of_a_real_shop_is_read_in_full() -> None:
    cart = read_order(recorded_body("order_draft_full"))

    assert (cart.id, cart.number, cart.status) == (57, "57", "checkout-draft")
    assert cart.created_at == datetime(2026, 11, 21, 17, 11, 24, tzinfo=UTC)
    assert cart.modified_at == datetime(2026, 11, 21, 19, 11, 25, tzinfo=UTC)
    assert cart.paid_at is None
    assert cart.total == Money(5341, "EUR")
    assert (cart.name, cart.email) == ("Eero Smith-Jones", "eero@example.org")
    assert (cart.country, cart.city, cart.phone) == ("FI", "Helsinki", "0400000005")
    assert cart.address_complete and cart.needs_payment
    assert cart.coupons == ("welcome10",)
    assert cart.shipping == Money(490 + 125, "EUR")
    assert cart.discount == Money(419 + 107, "EUR")
    assert cart.customer_note == "Soita ovikelloa, please! now [x]"
    assert cart.lines[0] == Line(
        product_id=14,
        variation_id=0,
        name="House coffee 500 g",
        quantity=2,
        total=Money(502 + 128, "EUR"),
        image="http://127.0.0.1:8480/wp-content/uploads/2026/11/coffee.png",
        sku="SKU-001",
    )


def test_every_recorded_order_is_read_and_keeps_its_total() -> None:
    orders = recorded_orders()
    assert len(orders) > 15
    for order in orders:
        cart = read_order(order)
        assert cart.total is not None
        assert str(cart.total.amount) == order["total"]
        assert cart.status == order["status"]
        assert len(cart.lines) == len(order["line_items"])
        assert cart.needs_payment == order["needs_payment"]


def test_a_draft_without_an_address_is_not_complete() -> None:
    cart = read_order(recorded_body("order_draft_no_email"))
    assert (cart.email, cart.address_complete, cart.country) == ("", False, "FI")


def test_the_campaign_of_an_order_is_kept_and_its_browser_is_not() -> None:
    cart = read_order(recorded_body("order_classic_processing_cod_utm"))
    assert cart.meta["_wc_order_attribution_utm_campaign"] == "cartdesk-r2"
    assert not [key for key in cart.meta if "agent" in key]


def test_what_is_asked_for_is_all_that_is_read() -> None:
    for order in recorded_orders():
        asked = {key: order[key] for key in FIELDS.split(",")}
        assert read_order(asked) == read_order(order)
        assert "customer_user_agent" not in asked
        assert "customer_ip_address" not in without_private(asked)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "7"),
        ("id", 7.0),
        ("id", True),
        ("id", 0),
        ("id", -1),
        ("id", 2**63),
        ("id", None),
        ("status", ""),
        ("status", None),
        ("status", 5),
        ("date_modified_gmt", None),
        ("date_modified_gmt", ""),
        ("date_modified_gmt", "yesterday"),
        ("date_modified_gmt", "0000-00-00T00:00:00"),
        ("date_modified_gmt", "9999-12-31T23:59:59"),
        ("date_created_gmt", "soon"),
        ("date_paid_gmt", 17),
    ],
)
def test_a_record_that_cannot_be_a_cart_says_why(field: str, value: object) -> None:
    with pytest.raises(Unreadable) as refused:
        read_order({**SMALL, field: value})
    assert field.partition("_gmt")[0].split("_")[-1] in str(refused.value) or field in str(
        refused.value
    )


@pytest.mark.parametrize("total", ["", "-1.00", None, "ten", [], "NaN", "1e400", True, "Infinity"])
def test_a_total_that_is_no_amount_is_unknown_and_never_zero(total: object) -> None:
    assert read_order({**SMALL, "total": total}).total is None


def test_an_order_without_a_currency_takes_the_shops() -> None:
    bare = {**SMALL, "currency": ""}
    assert read_order(bare, "HUF").total == Money(1239, "HUF")
    assert read_order(bare).total is None


def test_an_unknown_status_is_kept_as_it_is() -> None:
    assert read_order({**SMALL, "status": "awaiting-shipment"}).status == "awaiting-shipment"


def test_a_missing_date_of_creation_is_taken_from_the_last_change() -> None:
    cart = read_order({**SMALL, "date_created_gmt": None})
    assert cart.created_at == cart.modified_at


def test_an_old_shop_without_needs_payment_is_judged_by_its_status() -> None:
    assert read_order(SMALL).needs_payment
    assert not read_order({**SMALL, "status": "cancelled"}).needs_payment
    assert not read_order({**SMALL, "total": "0.00"}).needs_payment


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Liisa@Example.ORG", "liisa@example.org"),
        ("  a@b.fi ", "a@b.fi"),
        ("straße@straße.de", "straße@straße.de"),
        ("no address", ""),
        ("a@b", ""),
        ("a@b.c", ""),
        ("a b@c.fi", ""),
        ("a@b@c.fi", ""),
        ("a@.fi", ""),
        ("a@b.fi\r\nBcc: x@y.fi", ""),
        ("a\x1b@b.fi", ""),
        ("<a@b.fi>", ""),
        ("a,b@c.fi", ""),
        ("x" * 250 + "@b.fi", ""),
        (None, ""),
        (["a@b.fi"], ""),
    ],
)
def test_only_what_can_be_an_address_is_one(typed: object, kept: str) -> None:
    assert read_email(typed) == kept


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://shop.example/pay",
        "//evil.example/pay",
        "https://shop.example/a b",
        "https://shop.example/\x1b[2J",
        "https://shop.example/" + "x" * 3000,
        17,
    ],
)
def test_a_link_that_is_none_is_left_out(url: object) -> None:
    assert read_order({**SMALL, "payment_url": url}).payment_url == ""


def test_names_cannot_carry_control_characters() -> None:
    billing = {"first_name": "\x1b]52;c;x\x07Anna", "last_name": "A\u202eb\nc"}
    cart = read_order({**SMALL, "billing": billing})
    assert not {"\x1b", "\x07", "\u202e", "\n"} & set(cart.name)
    assert "Anna" in cart.name


def test_neither_ip_address_nor_browser_is_kept_anywhere() -> None:
    order = recorded_body("order_classic_processing_cod_utm")
    order["meta_data"] += [
        {"id": 1, "key": "_customer_ip_address", "value": "203.0.113.9"},
        {"id": 2, "key": "risk", "value": "2001:db8::7"},
        {"id": 3, "key": "shipping_zip", "value": "00100"},
        {"id": 4, "key": "client_ip", "value": {"v4": "203.0.113.9"}},
    ]
    kept = without_private({**order, "customer_ip_address": "203.0.113.9"})
    text = json.dumps(kept)
    assert "203.0.113.9" not in text and "2001:db8" not in text
    assert "Mozilla" not in text and "_links" not in text
    assert "shipping_zip" in text
    assert read_order(kept) == read_order(order | {"meta_data": kept["meta_data"]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(st.sampled_from(FIELDS.split(",")), JSON, st.sampled_from(["whole", "inside"]))
def test_no_value_of_any_field_can_break_the_reader(field: str, value: Any, where: str) -> None:
    order = recorded_body("order_draft_full")
    if where == "inside" and isinstance(order.get(field), dict):
        order[field] = dict.fromkeys(order[field], value)
    elif where == "inside" and isinstance(order.get(field), list):
        order[field] = [value, *({**dict.fromkeys(item, value)} for item in order[field])]
    else:
        order[field] = value
    try:
        cart = read_order(without_private(order))
    except Unreadable as reason:
        assert str(reason)
    else:
        assert cart.id > 0 and cart.status
        assert cart.total is None or cart.total.minor >= 0
        assert all(isinstance(text, str) for text in cart.meta.values())
        cart.number.encode()

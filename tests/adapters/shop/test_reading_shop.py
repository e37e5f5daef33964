"""Notes, reviews, products and the shop itself, from recorded answers and odd ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.shop.reading import Unreadable
from cartdesk.adapters.shop.reading_shop import (
    plain,
    read_note,
    read_product,
    read_review,
    read_shop,
    read_zone,
)
from tests.adapters.shop.shops import recorded_body


def test_a_note_is_read_without_its_markup() -> None:
    notes = [read_note(row, 75) for row in recorded_body("notes_classic_cancel_customer")]
    assert notes[0].text.splitlines()[1] == "- [bold]markup[/bold] T-shirt (SKU-006) × 1"
    assert notes[1].text.startswith("Order cancelled by customer.")
    assert (notes[1].order_id, notes[1].author, notes[1].to_customer) == (75, "WooCommerce", False)


def test_a_review_is_plain_text() -> None:
    reviews = {review.id: review for review in map(read_review, recorded_body("reviews_all"))}
    assert reviews[4].product == "Salt & pepper set"
    assert reviews[4].text == "Nice & sturdy"
    assert reviews[3].text == "Arrived late.\nThe bag was [red]torn[/red]."
    assert (reviews[3].rating, reviews[3].email) == (2, "bob@example.net")


def test_scripts_and_styles_are_no_text() -> None:
    assert plain("<p>Good<script>alert('x')</script> tea</p><style>p{}</style>") == "Good tea"
    assert plain("a &lt;b&gt; &amp; 3 < 4") == "a <b> & 3 < 4"
    assert plain(None) == ""


def test_a_strange_declaration_or_number_is_no_reason_to_fail() -> None:
    assert plain("Good <![ odd ]>tea") == "Good tea"
    assert plain(f"Good &#{'9' * 5000}; tea") == "Good \ufffd tea"


@given(st.text(alphabet="<>/!-&;#x19 abp\n\"'=", max_size=60))
def test_no_markup_can_break_the_text(markup: str) -> None:
    assert "\x1b" not in plain(markup + "\x1b")


@pytest.mark.parametrize("record", [{}, {"id": "4"}, {"id": 4}, {"id": 4, "date_created_gmt": "x"}])
def test_a_note_or_review_without_id_or_date_is_unreadable(record: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_review(record)
    with pytest.raises(Unreadable):
        read_note(record, 1)


def test_products_tell_whether_a_link_may_offer_them() -> None:
    variation = read_product(recorded_body("product_variation_by_id"))
    assert (variation.id, variation.kind, variation.purchasable) == (47, "variation", True)
    assert variation.in_stock and variation.stock is None
    assert variation.name == 'Hoodie "Aurora" - L & XL'
    assert read_product(recorded_body("product_variable")).kind == "variable"
    assert not read_product(recorded_body("product_out_of_stock")).in_stock
    assert read_product(recorded_body("product_draft_product")).status == "draft"


def test_a_stock_that_may_go_below_zero_is_no_limit() -> None:
    counted = {"id": 1, "manage_stock": True, "stock_quantity": 3, "stock_status": "instock"}
    assert read_product(counted).stock == 3
    assert read_product({**counted, "backorders_allowed": True}).stock is None


def test_a_shop_is_put_together_from_what_the_key_may_see() -> None:
    index = recorded_body("index_fields")
    general = recorded_body("settings_general_manager")
    products = [{"id": "woocommerce_hold_stock_minutes", "value": "60"}]
    status = {
        **recorded_body("system_status_fields"),
        "active_plugins": [{"plugin": "mailpoet/mailpoet.php"}, "klaviyo/klaviyo.php", 3],
    }
    shop = read_shop(index, general, products, status, "https://shop.example")
    assert shop.name == "Lähikauppa Holdout & Sons"
    assert (shop.zone, shop.gmt_offset, shop.country) == ("Europe/Helsinki", 2.0, "FI")
    assert (shop.currency, shop.decimals, shop.currency_position) == ("EUR", 2, "right_space")
    assert (shop.thousand_separator, shop.decimal_separator) == (" ", ",")
    assert (shop.version, shop.hold_minutes) == ("10.5.0", 60)
    assert shop.plugins == ("mailpoet", "klaviyo")
    whole = recorded_body("system_status_ro")
    assert read_shop(index, general, products, whole, "https://shop.example").language == "en"

    less = read_shop(index, [], [], {}, "https://shop.example")
    assert (less.name, less.currency, less.hold_minutes) == (shop.name, "", None)


@pytest.mark.parametrize(
    ("settings", "minutes"),
    [
        ([{"id": "woocommerce_hold_stock_minutes", "value": ""}], 0),
        (
            [
                {"id": "woocommerce_hold_stock_minutes", "value": "60"},
                {"id": "woocommerce_manage_stock", "value": "no"},
            ],
            0,
        ),
        ([{"id": "woocommerce_hold_stock_minutes", "value": "often"}], None),
        ([], None),
    ],
)
def test_the_time_limit_for_unpaid_orders(settings: list[Any], minutes: int | None) -> None:
    assert read_shop({}, [], settings, {}, "https://shop.example").hold_minutes == minutes


@pytest.mark.parametrize(
    ("name", "offset", "zone"),
    [
        ("Europe/Helsinki", 2.0, "Europe/Helsinki"),
        ("", 2.0, "Etc/GMT-2"),
        ("", -5.0, "Etc/GMT+5"),
        ("Mars/Base", 0.0, "UTC"),
        ("", 5.5, "Asia/Kolkata"),
        ("../../etc/passwd", 3.0, "Etc/GMT-3"),
        ("Europe", 1.0, "Etc/GMT-1"),
        (None, None, "UTC"),
        (None, 99.0, "UTC"),
    ],
)
def test_every_shop_has_a_zone_that_is_known_here(
    name: object, offset: float | None, zone: str
) -> None:
    assert read_zone(name, offset) == zone
    index = {"timezone_string": name, "gmt_offset": offset}
    assert read_shop(index, [], [], {}, "https://shop.example").tz.key == zone

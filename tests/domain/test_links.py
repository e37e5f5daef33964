"""The link in a letter leads to the shop, to the right basket, or nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.links import campaign, on_origin, way_back
from cartdesk.domain.model import Cart, Line, Product, Reminder, ReminderState, Shop
from cartdesk.domain.money import Money

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESS = "https://shop.example"
SHOP = Shop(ADDRESS, version="10.5.0", cart_url="https://shop.example/basket/")
PAY = "https://shop.example/checkout/order-pay/57/?pay_for_order=true&key=wc_order_8p"
UTM = {"utm_campaign": "recovery-1", "utm_content": "12"}
CART = Cart(
    57,
    "57",
    "pending",
    NOW,
    NOW,
    "EUR",
    Money(5341, "EUR"),
    needs_payment=True,
    payment_url=PAY,
    lines=(
        Line(14, 0, "House coffee", 2, Money(630, "EUR")),
        Line(20, 23, "T-shirt, blue", 1, Money(1500, "EUR")),
    ),
)
COFFEE = Product(14, "House coffee", "simple", "publish", True, True, 5)
SHIRT = Product(23, "T-shirt, blue", "variation", "publish", True, True, None)
PRODUCTS = {14: COFFEE, 23: SHIRT}
DRAFT = replace(CART, status="checkout-draft", address_complete=False)

HOSTILE = [
    "https://evil.example/checkout",
    "https://shop.example@evil.example/",
    "https://shop.example:443@evil.example/",
    "https://user:pass@shop.example/",
    "https://@shop.example/",
    "https://shop.example.evil.example/",
    "https://evil.example/shop.example",
    "https://evil.example?shop.example",
    "https://evil.example#@shop.example",
    "https://shop.example\\@evil.example/",
    "https://evil.example\\@shop.example/",
    "https:\\\\shop.example/",
    "//shop.example/checkout",
    "///shop.example",
    "/checkout/order-pay/57/",
    "https:shop.example/",
    "https:///shop.example/",
    "http://shop.example/",
    "https://shop.example:8443/",
    "https://shop.example:80/",
    "https://shop.example:/",
    "https://shop.example:99999/",
    "https://shop.example./",
    "https://www.shop.example/",
    "https://sh\u043ep.example/",
    "https://xn--shp-7cd.example/",
    "https://shop\uff0eexample/",
    "https://shop\u3002example/",
    "https://\u017fhop.example/",
    "https://shop%2eexample/",
    "https://shop.example%2f@evil.example/",
    "https://shop.example%00.evil.example/",
    "https://shop.exam\tple/",
    "https://shop.example\n.evil.example/",
    "\x00https://shop.example/",
    " https://shop.example/",
    "https://shop.example /",
    "https://shop.example/\u202egro.live",
    'https://shop.example/"onmouseover="x',
    "https://shop.example/<script>",
    "https://[::1]/",
    "https://[shop.example]/",
    "https://[shop.example/",
    "javascript:alert(1)//https://shop.example/",
    "data:text/html,https://shop.example/",
    "file:///etc/passwd",
    "ftp://shop.example/",
    "blob:https://shop.example/1",
    "https://127.0.0.1/",
    "https://shop.example,evil.example/",
    "https://shop.example;evil.example/",
    "https://shop.example/" + "a" * 3000,
    "shop.example",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_not_the_shops(url: str) -> None:
    assert not on_origin(url, ADDRESS)
    found = way_back(replace(CART, payment_url=url), SHOP, PRODUCTS, utm=UTM)
    assert found.kind == "checkout-link"
    assert urlsplit(found.url).hostname == "shop.example"


@pytest.mark.parametrize(
    ("url", "address", "extra"),
    [
        ("https://shop.example/", ADDRESS, ()),
        ("https://shop.example", ADDRESS, ()),
        ("https://SHOP.example/a?b#c", ADDRESS, ()),
        ("https://shop.example:443/a", ADDRESS, ()),
        ("https://shop.example/pénztár/", ADDRESS, ()),
        ("https://shop.example/a", "https://shop.example/store", ()),
        ("https://www.shop.example/", ADDRESS, ("www.shop.example",)),
        ("https://pay.example:8443/", ADDRESS, ("https://pay.example:8443",)),
        ("http://127.0.0.1:8480/checkout/", "http://127.0.0.1:8480", ()),
        ("https://[::1]:8443/checkout/", "https://[::1]:8443", ()),
        ("https://ähtäri.example/", "https://ähtäri.example", ()),
        ("https://xn--htri-koac.example/", "https://ähtäri.example", ()),
    ],
)
def test_the_shops_own_addresses_are_known(url: str, address: str, extra: tuple[str, ...]) -> None:
    assert on_origin(url, address, extra)


def test_an_extra_host_never_weakens_the_scheme_or_another_name() -> None:
    assert not on_origin("http://www.shop.example/", ADDRESS, ("http://www.shop.example",))
    assert not on_origin("https://strasse.example/", "https://straße.example")
    assert not on_origin("https://www.shop.example.evil.example/", ADDRESS, ("www.shop.example",))
    assert not on_origin("https://\u212a.example/", "https://k.example")  # the Kelvin sign


@given(st.text(max_size=60))
def test_whatever_stands_before_or_after_the_host_does_not_pass_as_the_shop(text: str) -> None:
    for url in (f"https://{text}", f"https://{text}.evil.example/", f"https://shop.example{text}"):
        if on_origin(url, ADDRESS):
            assert urlsplit(url).hostname == "shop.example"
            assert "@" not in urlsplit(url).netloc


def test_an_unpaid_order_gets_its_own_pay_page_with_our_campaign() -> None:
    link = way_back(CART, SHOP, {}, utm=UTM)
    assert link.kind == "pay"
    assert dict(parse_qsl(urlsplit(link.url).query)) == {
        "pay_for_order": "true",
        "key": "wc_order_8p",
        "utm_source": "cartdesk",
        "utm_medium": "email",
        "utm_campaign": "recovery-1",
        "utm_content": "12",
    }
    assert link.url.startswith(PAY)


@pytest.mark.parametrize(
    "cart",
    [
        DRAFT,
        replace(CART, status="on-hold", needs_payment=False),
        replace(CART, status="cancelled", needs_payment=False),
        replace(CART, status="cancelled", needs_payment=True),
        replace(CART, payment_url=""),
    ],
    ids=["draft without address", "on hold", "cancelled", "cancelled, payable?", "no pay page"],
)
def test_what_cannot_be_paid_gets_a_checkout_link(cart: Cart) -> None:
    link = way_back(cart, SHOP, PRODUCTS, utm=UTM)
    assert link.kind == "checkout-link"
    assert link.url.startswith("https://shop.example/checkout-link/?products=14:2,23:1&utm_source=")
    assert link.note.endswith(".")


def test_a_draft_with_a_complete_address_and_a_failed_order_can_be_paid() -> None:
    assert way_back(replace(DRAFT, address_complete=True), SHOP, {}, utm=UTM).kind == "pay"
    assert way_back(replace(CART, status="failed"), SHOP, {}, utm=UTM).kind == "pay"


def test_a_draft_gets_a_link_that_outlives_it_where_there_is_one() -> None:
    draft = replace(DRAFT, address_complete=True)
    link = way_back(draft, SHOP, PRODUCTS, utm=UTM)
    assert link.kind == "checkout-link"
    assert link.note.startswith("The shop deletes this draft")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({14: replace(COFFEE, stock=1)}, "House coffee is down to 1 in stock."),
        ({14: replace(COFFEE, in_stock=False)}, "House coffee is out of stock."),
        ({14: replace(COFFEE, status="draft")}, "House coffee cannot be bought now."),
        ({14: replace(COFFEE, purchasable=False)}, "House coffee cannot be bought now."),
        ({14: replace(COFFEE, kind="variable")}, "House coffee needs a choice"),
        ({14: replace(COFFEE, kind="grouped")}, "House coffee needs a choice"),
        ({23: replace(SHIRT, in_stock=False)}, "T-shirt, blue is out of stock."),
    ],
)
def test_a_product_a_checkout_link_would_fail_on_leads_to_the_cart_page(
    change: dict[int, Product], reason: str
) -> None:
    link = way_back(DRAFT, SHOP, PRODUCTS | change, utm=UTM)
    assert link.kind == "cart"
    assert link.url.startswith("https://shop.example/basket/?utm_source=cartdesk&")
    assert reason in link.note


def test_an_unknown_product_an_old_shop_and_an_endless_basket_lead_to_the_cart_page() -> None:
    assert way_back(DRAFT, SHOP, {14: COFFEE}, utm=UTM).kind == "cart"
    assert way_back(replace(DRAFT, lines=()), SHOP, PRODUCTS, utm=UTM).kind == "cart"
    for version in ("9.9.5", "", "dev"):
        assert way_back(DRAFT, replace(SHOP, version=version), PRODUCTS, utm=UTM).kind == "cart"
    lines = tuple(Line(10**6 + i, 0, "x", 1, None) for i in range(300))
    many = {line.product_id: replace(COFFEE, id=line.product_id) for line in lines}
    assert way_back(replace(DRAFT, lines=lines), SHOP, many, utm=UTM).kind == "cart"


def test_two_lines_of_one_product_share_its_stock() -> None:
    twice = replace(DRAFT, lines=(CART.lines[0], CART.lines[0]))
    link = way_back(twice, SHOP, PRODUCTS, utm=UTM)
    assert "products=14:4&" in link.url
    assert way_back(twice, SHOP, {14: replace(COFFEE, stock=3)}, utm=UTM).kind == "cart"


def test_a_foreign_pay_page_is_named_so_that_the_merchant_can_see_it() -> None:
    stolen = replace(CART, payment_url="https://evil.example/pay")
    link = way_back(stolen, SHOP, {}, utm=UTM)
    assert link.foreign == "evil.example"
    assert "evil.example" in link.note
    assert way_back(stolen, SHOP, {}, extra_hosts=("evil.example",), utm=UTM).kind == "pay"


def test_a_cart_page_elsewhere_is_not_used_and_a_fragment_stays_last() -> None:
    away = replace(SHOP, cart_url="https://evil.example/cart")
    link = way_back(DRAFT, away, {}, utm=UTM)
    assert link.url.startswith("https://shop.example/cart/?utm_source=")
    marked = replace(SHOP, cart_url="https://shop.example/?page_id=7#cart")
    link = way_back(DRAFT, marked, {}, utm=UTM)
    assert link.url.startswith("https://shop.example/?page_id=7&utm_source=cartdesk&")
    assert link.url.endswith("utm_content=12#cart")


def test_the_campaign_names_sequence_step_and_reminder() -> None:
    reminder = Reminder(12, 57, "recovery", 1, "friendly-reminder", ReminderState.READY, NOW)
    assert campaign(reminder) == UTM

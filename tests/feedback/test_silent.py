"""What the facts of a checkout hint at, without anybody's words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.shop.reading import read_order
from cartdesk.adapters.shop.reading_shop import read_note
from cartdesk.domain.feedback import Found, Reason
from cartdesk.domain.feedback.silent import (
    CheckoutFacts,
    GoodsFact,
    Silent,
    SilentCode,
    facts_of,
    silent_reasons,
)
from cartdesk.domain.model import Cart, Lane, Line, Note, Product
from cartdesk.domain.money import Money

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[1] / "recordings"


def eur(cents: int) -> Money:
    return Money(cents, "EUR")


CART = Cart(
    7,
    "7",
    "checkout-draft",
    NOON,
    NOON,
    "EUR",
    eur(3490),
    email="ana@example.org",
    address_complete=True,
    payment_method="cod",
    shipping=eur(490),
    lines=(Line(14, 0, "Oak board", 2, eur(3000)),),
)
BOARD = Product(14, "Oak board", "simple", "publish", True, True, 5)


def recorded(name: str) -> Any:
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))["response"]["body"]


def hints(cart: Cart, **more: Any) -> dict[SilentCode, Silent]:
    return {one.code: one for one in silent_reasons(facts_of(cart, **more))}


@pytest.mark.parametrize(("cents", "said"), [(490, False), (697, False), (698, True), (3490, True)])
def test_shipping_is_named_from_a_fifth_of_the_total_on(cents: int, said: bool) -> None:
    found = hints(replace(CART, shipping=eur(cents)))
    assert (SilentCode.SHIPPING_SHARE in found) is said


def test_shipping_is_told_with_its_share_and_both_sums() -> None:
    hint = hints(replace(CART, shipping=eur(900)))[SilentCode.SHIPPING_SHARE]
    assert hint.sentence == "Shipping is 25 % of what there was to pay."
    assert (hint.datum, hint.reason) == ("9.00 EUR of 34.90 EUR", Reason.SHIPPING_COST)


@pytest.mark.parametrize(
    ("setting", "missing"),
    [
        ("", None),
        ("40", "10.00"),
        ("39,90 €", "9.90"),
        ("€42.00", "12.00"),
        ("30", None),
        ("79", None),
        ("soon", None),
        ("1.000", None),
    ],
)
def test_a_basket_just_below_free_shipping_is_named(setting: str, missing: str | None) -> None:
    hint = hints(CART, free_shipping_from=setting).get(SilentCode.NEAR_FREE_SHIPPING)
    assert (hint.sentence if hint else None) == (
        f"Only {missing} EUR more would have made shipping free." if missing else None
    )


def test_forints_have_thousands_and_no_cents_in_the_shop() -> None:
    line = Line(14, 0, "Tál", 1, Money.read("12000", "HUF"))
    cart = replace(CART, currency="HUF", total=None, shipping=None, lines=(line,))
    found = hints(cart, free_shipping_from="15 000 Ft")
    assert found[SilentCode.NEAR_FREE_SHIPPING].sentence.startswith("Only 3000.00 HUF more")


@pytest.mark.parametrize(
    ("status", "email", "complete", "where"),
    [
        ("checkout-draft", "", False, "on opening the checkout"),
        ("checkout-draft", "a@example.org", False, "after the e-mail address"),
        ("checkout-draft", "a@example.org", True, "with the address filled in"),
        ("pending", "a@example.org", True, "on the way to the payment"),
        ("cancelled", "a@example.org", True, "on the way to the payment"),
    ],
)
def test_the_stage_at_which_they_left_is_told(
    status: str, email: str, complete: bool, where: str
) -> None:
    found = hints(replace(CART, status=status, email=email, address_complete=complete))
    assert where in found[SilentCode.STAGE].sentence
    assert found[SilentCode.STAGE].reason is None


@pytest.mark.parametrize("status", ["processing", "completed", "on-hold"])
def test_what_was_bought_has_no_stage_and_no_refusal(status: str) -> None:
    found = hints(replace(CART, status=status))
    assert not {SilentCode.STAGE, SilentCode.PAYMENT_REFUSED} & set(found)


def test_a_recorded_refusal_names_the_method_and_the_gateways_words() -> None:
    cart = read_order(recorded("order_classic_failed"))
    notes = [read_note(one, cart.id) for one in recorded("notes_classic_failed")]
    found = hints(cart, notes=notes)
    refused = found[SilentCode.PAYMENT_REFUSED]
    assert refused.sentence == "The payment by “testfail” failed: the bank refused."
    assert refused.datum.startswith("Card declined by test gateway.")
    assert refused.reason is Reason.PAYMENT_FAILED
    assert SilentCode.SHIPPING_SHARE in found  # 4.90 of 18.33


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("The card was declined: insufficient funds.", "not enough money"),
        ("Fizetés sikertelen: nincs fedezet", "not enough money"),
        ("Maksu hylättiin", "the bank refused"),
        ("3D Secure authentication failed", "the bank's check of the person failed"),
        ("Your card has expired.", "the card has expired"),
    ],
)
def test_gateway_words_are_put_plainly(note: str, why: str) -> None:
    notes = [Note(1, 7, NOON, "", "Stock reduced."), Note(2, 7, NOON, "", note)]
    found = hints(replace(CART, status="failed"), notes=notes)
    assert found[SilentCode.PAYMENT_REFUSED].sentence == f"The payment by “cod” failed: {why}."
    assert found[SilentCode.PAYMENT_REFUSED].datum == note


def test_a_refusal_without_a_known_word_is_still_named() -> None:
    found = hints(replace(CART, status="failed", payment_method=""))
    assert found[SilentCode.PAYMENT_REFUSED].sentence == "The payment by “unknown method” failed."


@pytest.mark.parametrize(
    ("product", "sold_out"),
    [
        (None, False),
        (BOARD, False),
        (replace(BOARD, stock=1), True),
        (replace(BOARD, stock=None, in_stock=False), True),
        (replace(BOARD, purchasable=False), True),
    ],
)
def test_goods_that_cannot_be_bought_any_more_are_named(
    product: Product | None, sold_out: bool
) -> None:
    found = hints(CART, products={14: product} if product else {})
    assert (SilentCode.SOLD_OUT in found) is sold_out


@pytest.mark.parametrize(
    ("now", "raised"), [(1500, False), (1501, False), (1650, True), (900, False)]
)
def test_a_price_raised_since_is_named_with_both_prices(now: int, raised: bool) -> None:
    hint = hints(CART, prices_now={14: eur(now)}).get(SilentCode.PRICE_RAISED)
    assert (hint.datum if hint else None) == ("15.00 EUR, now 16.50 EUR" if raised else None)


def test_the_device_is_told_as_the_shop_names_it() -> None:
    cart = replace(CART, meta={"_wc_order_attribution_device_type": "Mobile"})
    assert hints(cart)[SilentCode.DEVICE].datum == "Mobile"
    assert SilentCode.DEVICE not in hints(CART)


def test_a_hint_is_never_taken_for_something_said() -> None:
    assert not issubclass(Silent, Found)
    assert {code.value for code in SilentCode}.isdisjoint(reason.value for reason in Reason)


_MONEY = st.none() | st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "HUF"]))


@given(
    st.builds(
        CheckoutFacts,
        lane=st.sampled_from(Lane),
        total=_MONEY,
        shipping=_MONEY,
        goods=_MONEY,
        free_shipping_from=_MONEY,
        refusal=st.text(max_size=40),
        lines=st.lists(
            st.builds(GoodsFact, st.text(max_size=5), st.integers(0, 9), _MONEY, _MONEY),
            max_size=3,
        ).map(tuple),
    )
)
def test_any_facts_give_hints_with_a_datum_each(facts: CheckoutFacts) -> None:
    for hint in silent_reasons(facts):
        assert hint.sentence.endswith(".")
        assert hint.datum or hint.code is SilentCode.PAYMENT_REFUSED

"""Reasons nobody said, derived from the facts of an unfinished checkout.

They are the desk's reading of numbers, not anybody's words, so they are a type of their own
and never counted among what people say.

A coupon that was tried and refused is not among them: the shop answers it to the shopper's
browser alone. An order shows the coupons it took (``coupon_lines``) and the REST interface of
WooCommerce keeps no trace of one it did not take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.wording import LIMIT, fold
from cartdesk.domain.lifecycle.judging import lane_of
from cartdesk.domain.model import Cart, Lane, Line, Note, Product
from cartdesk.domain.money import Money, sums

SHIPPING_SHARE = 20  # per cent of the total from which shipping is worth a word
NEAR_FREE = 30  # per cent of the free-shipping sum that may be missing
PRICE_RISE = 1  # per cent; less is rounding
_DEVICE = "_wc_order_attribution_device_type"
_WHY_REFUSED = {
    "not enough money": ("insufficient funds", "fedezet", "kate ei", "katetta", "not sufficient"),
    "the card has expired": ("expired card", "card has expired", "card expired", "vanhentunut"),
    "the bank's check of the person failed": (
        "3d secure",
        "3-d secure",
        "3ds",
        "authentication",
        "tunnistautumi",
        "hitelesites",
    ),
    "the security code was wrong": ("cvc", "cvv", "security code", "turvakoodi"),
    "the bank refused": (
        "declined",
        "do not honor",
        "refused",
        "rejected",
        "hylatt",
        "evatty",
        "elutasit",
    ),
    "it took too long": ("timeout", "timed out", "aikakatk", "idotullepes"),
    "the shopper broke it off": ("cancelled by", "canceled by", "aborted", "keskeytt", "megszakit"),
}


class SilentCode(StrEnum):
    """What a fact hints at."""

    SHIPPING_SHARE = "shipping_share"
    NEAR_FREE_SHIPPING = "near_free_shipping"
    STAGE = "stage"
    PAYMENT_REFUSED = "payment_refused"
    DEVICE = "device"
    SOLD_OUT = "sold_out"
    PRICE_RAISED = "price_raised"


@dataclass(frozen=True, slots=True)
class Silent:
    """One hint: the sentence for the merchant, the datum it rests on, what it speaks for.

    ``reason`` is the spoken reason with the same remedy, or None (the stage and the device
    tell where to look, not why somebody left). ``subject`` is the product it is about, or "".
    """

    code: SilentCode
    sentence: str
    datum: str
    reason: Reason | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class GoodsFact:
    """One line of the basket: what it cost a piece then and costs now, and whether it is there.

    The prices are None when unknown, ``available`` too.
    """

    name: str
    quantity: int
    price_then: Money | None = None
    price_now: Money | None = None
    available: bool | None = None


@dataclass(frozen=True, slots=True)
class CheckoutFacts:
    """The facts of one unfinished checkout that silent reasons are read from.

    ``free_shipping_from`` is the goods' sum from which shipping is free (None: not offered or
    not set), ``refusal`` what the payment gateway wrote into the order's notes.
    """

    lane: Lane
    total: Money | None = None
    shipping: Money | None = None
    goods: Money | None = None
    free_shipping_from: Money | None = None
    email_known: bool = False
    address_complete: bool = False
    payment_method: str = ""
    refusal: str = ""
    device: str = ""
    lines: tuple[GoodsFact, ...] = ()


def facts_of(
    cart: Cart,
    products: Mapping[int, Product] | None = None,
    notes: Sequence[Note] = (),
    *,
    free_shipping_from: str = "",
    prices_now: Mapping[int, Money] | None = None,
) -> CheckoutFacts:
    """Gather the facts of a checkout.

    Args:
        cart: The unfinished order as the shop showed it last.
        products: What is known of the products and variations in it, by id.
        notes: Its order notes; of a failed payment the gateway's own words are taken.
        free_shipping_from: The merchant's own setting ("79", "79,90 €"), or "".
        prices_now: Today's price of one piece with tax, by product or variation id.
    """
    known, prices = products or {}, prices_now or {}
    priced = [line.total for line in cart.lines if line.total is not None]
    goods = sums(priced)[0] if priced and len(sums(priced)) == 1 else None
    lane = lane_of(cart.status, "time-limit")
    return CheckoutFacts(
        lane=lane,
        total=cart.total,
        shipping=cart.shipping,
        goods=goods,
        free_shipping_from=_sum(free_shipping_from, cart.currency),
        email_known=bool(cart.email),
        address_complete=cart.address_complete,
        payment_method=cart.payment_method,
        refusal=_refusal(notes) if lane is Lane.FAILED else "",
        device=cart.meta.get(_DEVICE, ""),
        lines=tuple(_goods_fact(line, known, prices) for line in cart.lines),
    )


def silent_reasons(facts: CheckoutFacts) -> tuple[Silent, ...]:
    """Read what the facts hint at, the strongest hints first."""
    return (*_payment(facts), *_goods(facts), *_shipping(facts), *_stage(facts), *_device(facts))


def _payment(facts: CheckoutFacts) -> list[Silent]:
    if facts.lane is not Lane.FAILED:
        return []
    method = facts.payment_method or "unknown method"
    why = f": {_why(facts.refusal)}" if _why(facts.refusal) else ""
    return [
        Silent(
            SilentCode.PAYMENT_REFUSED,
            f"The payment by “{method}” failed{why}.",
            facts.refusal or method,
            Reason.PAYMENT_FAILED,
        )
    ]


def _goods(facts: CheckoutFacts) -> list[Silent]:
    found = [
        Silent(
            SilentCode.SOLD_OUT,
            f"“{line.name}” cannot be bought any more.",
            f"{line.quantity} × {line.name}",
            Reason.PRODUCT_QUESTION,
            line.name,
        )
        for line in facts.lines
        if line.available is False
    ]
    for line in facts.lines:
        then, now = line.price_then, line.price_now
        if then is None or now is None or then.currency != now.currency or then.minor <= 0:
            continue
        if (now.minor - then.minor) * 100 >= PRICE_RISE * then.minor and now.minor > then.minor + 1:
            found.append(
                Silent(
                    SilentCode.PRICE_RAISED,
                    f"“{line.name}” costs more now than in the basket.",
                    f"{_written(then)}, now {_written(now)}",
                    Reason.PRICE,
                    line.name,
                )
            )
    return found


def _shipping(facts: CheckoutFacts) -> list[Silent]:
    found: list[Silent] = []
    shipping, total = facts.shipping, facts.total
    if shipping and total and shipping.currency == total.currency and total.minor > 0:
        share = shipping.minor * 100 // total.minor
        if share >= SHIPPING_SHARE:
            found.append(
                Silent(
                    SilentCode.SHIPPING_SHARE,
                    f"Shipping is {share} % of what there was to pay.",
                    f"{_written(shipping)} of {_written(total)}",
                    Reason.SHIPPING_COST,
                )
            )
    free, goods = facts.free_shipping_from, facts.goods
    if free and goods and free.currency == goods.currency and free.minor > goods.minor:
        missing = free - goods
        if missing.minor * 100 <= NEAR_FREE * free.minor:
            found.append(
                Silent(
                    SilentCode.NEAR_FREE_SHIPPING,
                    f"Only {_written(missing)} more would have made shipping free.",
                    f"{_written(goods)} of {_written(free)}",
                    Reason.SHIPPING_COST,
                )
            )
    return found


def _stage(facts: CheckoutFacts) -> list[Silent]:
    if facts.lane is Lane.DRAFT and facts.address_complete:
        return [_left("with the address filled in, before placing the order", "address complete")]
    if facts.lane is Lane.DRAFT and facts.email_known:
        return [_left("after the e-mail address, before the postal address", "e-mail only")]
    if facts.lane is Lane.DRAFT:
        return [_left("on opening the checkout, before typing anything", "no e-mail")]
    if facts.lane in (Lane.UNPAID, Lane.CANCELLED):
        method = facts.payment_method or "unknown method"
        return [_left("after placing the order, on the way to the payment", method)]
    return []


def _left(where: str, datum: str) -> Silent:
    return Silent(SilentCode.STAGE, f"They left {where}.", datum)


def _device(facts: CheckoutFacts) -> list[Silent]:
    if not facts.device:
        return []
    return [Silent(SilentCode.DEVICE, f"They used this device: {facts.device}.", facts.device)]


def _goods_fact(
    line: Line, products: Mapping[int, Product], prices: Mapping[int, Money]
) -> GoodsFact:
    which = line.variation_id or line.product_id
    product = products.get(which)
    each = None
    if line.total is not None and line.quantity > 0:
        half = line.quantity // 2
        each = Money((line.total.minor + half) // line.quantity, line.total.currency)
    return GoodsFact(
        line.name, line.quantity, each, prices.get(which), _available(product, line.quantity)
    )


def _available(product: Product | None, quantity: int) -> bool | None:
    if product is None:
        return None
    enough = product.stock is None or product.stock >= quantity
    return product.purchasable and product.in_stock and enough


def _refusal(notes: Sequence[Note]) -> str:
    """Give the newest note that tells why a payment failed, or "" when none does."""
    newest = sorted(notes, key=lambda note: (note.written_at, note.id), reverse=True)
    return next((note.text for note in newest if _why(note.text)), "")


def _why(said: str) -> str:
    """Say in plain words why a gateway refused, as far as its words are known."""
    folded = " ".join(fold(word) for word in said[:LIMIT].split())
    return next(
        (why for why, signs in _WHY_REFUSED.items() if any(sign in folded for sign in signs)), ""
    )


def _sum(typed: str, currency: str) -> Money | None:
    """Read the merchant's own words for a sum: "79", "79,90 €", "HUF 15 000"."""
    number = re.search(r"\d[\d\s.,]{0,20}", typed[:60])
    if not number:
        return None
    digits = re.sub(r"\s", "", number[0]).rstrip(".,")
    whole, point, part = digits.rpartition("." if digits.rfind(".") > digits.rfind(",") else ",")
    plain = re.sub(r"[.,]", "", whole) + "." + part if point and len(part) != 3 else None
    try:
        return Money.read(Decimal(plain or re.sub(r"[.,]", "", digits)), currency)
    except InvalidOperation:
        return None


def _written(amount: Money) -> str:
    return f"{amount.amount} {amount.currency}"

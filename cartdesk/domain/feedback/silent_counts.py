"""How often the facts of left checkouts hint at something, and what those checkouts were worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.silent import Silent, SilentCode
from cartdesk.domain.money import Money

_DETAILS = 5  # of one hint
_TITLES = {
    SilentCode.SHIPPING_SHARE: "Shipping was a fifth of the total or more",
    SilentCode.NEAR_FREE_SHIPPING: "A little more would have made shipping free",
    SilentCode.STAGE: "Where in the checkout they left",
    SilentCode.PAYMENT_REFUSED: "The payment failed",
    SilentCode.DEVICE: "The device they used",
    SilentCode.SOLD_OUT: "Something in the basket is sold out",
    SilentCode.PRICE_RAISED: "Something costs more now than in the basket",
}


@dataclass(frozen=True, slots=True)
class LeftCart:
    """One checkout that was left and not bought since, with what its facts hint at.

    ``products`` are the ids and names in its basket, ``goods`` what they cost with tax.
    """

    id: int
    country: str
    total: Money | None
    hints: tuple[Silent, ...]
    products: tuple[tuple[int, str], ...] = ()
    payment_method: str = ""
    goods: Money | None = None


@dataclass(frozen=True, slots=True)
class SilentCount:
    """One hint: in how many checkouts it was found, and what these were worth together.

    ``details`` tell the most frequent forms of it with their counts: the stage, the device,
    the payment method or the product. ``reason`` is the spoken reason with the same remedy.
    """

    code: SilentCode
    title: str
    carts: int
    money: Money
    reason: Reason | None
    details: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SilentSummary:
    """What the facts hint at in checkouts of one currency that were left in a period.

    ``carts`` is how many checkouts were looked at, hint or not. A checkout may hint at several
    things, so the counts do not add up to it.
    """

    since: datetime
    until: datetime
    currency: str
    carts: int
    counts: tuple[SilentCount, ...]


def count_hints(left: Sequence[LeftCart], currency: str) -> tuple[SilentCount, ...]:
    """Count each hint once a checkout: those that speak for a reason first, then by money."""
    found = [_count(code, left, currency) for code in SilentCode]
    counted = [one for one in found if one.carts]
    return tuple(sorted(counted, key=lambda one: (one.reason is None, -one.money.minor)))


def _count(code: SilentCode, left: Iterable[LeftCart], currency: str) -> SilentCount:
    carts = minor = 0
    forms: Counter[str] = Counter()
    reason: Reason | None = None
    for cart in left:
        hints = [hint for hint in cart.hints if hint.code is code]
        if not hints:
            continue
        carts += 1
        minor += cart.total.minor if cart.total and cart.total.currency == currency else 0
        reason = hints[0].reason
        forms.update({form for hint in hints if (form := _form(hint, cart))})
    details = tuple(forms.most_common(_DETAILS))
    return SilentCount(code, _TITLES[code], carts, Money(minor, currency), reason, details)


def _form(hint: Silent, cart: LeftCart) -> str:
    if hint.code is SilentCode.PAYMENT_REFUSED:
        return cart.payment_method
    if hint.code is SilentCode.STAGE:
        return hint.sentence
    return hint.datum if hint.code is SilentCode.DEVICE else hint.subject

"""What counts, when and as what: the facts every figure is a sum of.

A fact belongs to the day it happened on in the shop's time zone and to one currency. A cart
counts in its own currency; a return counts in the currency of the order that brought it, where
the money came in, so a cart in euro that was bought in dollars is abandoned among the euro and
recovered among the dollars. A fact has exactly one value of each property ("" is unknown), which
is why any division of a sum adds up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cartdesk.domain.metrics.views import Measure
from cartdesk.domain.model import (
    COUNTS_AS_SENT,
    STRICT,
    CartState,
    Evidence,
    Lane,
    ReminderState,
)
from cartdesk.domain.money import Money


class Kind(StrEnum):
    """The kinds of facts; each thing that happened is of exactly one."""

    RECOVERABLE = "recoverable"  # abandoned, undecided, with an address
    MUTE = "mute"  # abandoned, undecided, without one
    DECIDED = "decided"  # abandoned, and recovered, lost or stopped since
    STRICT = "strict"  # a return with our coupon or campaign
    LOOSE = "loose"  # a return otherwise credited to letters
    BY_THEMSELVES = "by-themselves"  # a return without a letter that could have caused it
    LOST = "lost"
    DIRECT = "direct"  # an order that brought no abandoned cart back
    BACK = "back"  # an order that did
    SENT = "sent"
    REFUSED = "refused"
    BOUNCED = "bounced"
    REPLIED = "replied"
    KEPT_APART = "kept-apart"


KINDS: Mapping[Measure, tuple[Kind, ...]] = {
    Measure.ABANDONED: (Kind.RECOVERABLE, Kind.MUTE, Kind.DECIDED),
    Measure.RECOVERABLE: (Kind.RECOVERABLE,),
    Measure.WAITING: (Kind.RECOVERABLE, Kind.MUTE),
    Measure.RECOVERED: (Kind.STRICT, Kind.LOOSE),
    Measure.STRICT: (Kind.STRICT,),
    Measure.BY_THEMSELVES: (Kind.BY_THEMSELVES,),
    Measure.LOST: (Kind.LOST,),
    Measure.PLACED: (Kind.DIRECT, Kind.BACK),
    Measure.DIRECT: (Kind.DIRECT,),
    Measure.SENT: (Kind.SENT,),
    Measure.REFUSED: (Kind.REFUSED,),
    Measure.BOUNCED: (Kind.BOUNCED,),
    Measure.REPLIED: (Kind.REPLIED,),
    Measure.KEPT_APART: (Kind.KEPT_APART,),
}
"""The kinds of facts that make up each measure."""

_ABANDONED = {CartState.ABANDONED, CartState.RECOVERED, CartState.LOST, CartState.STOPPED}
PLACED = "placed"  # the stage of an order
NOTHING = "nothing"  # how far an address got when there is none


@dataclass(frozen=True, slots=True)
class OrderFact:
    """What the figures need of one order.

    ``reached`` tells how far the address got while it was unfinished, ``product`` is the id of
    the dearest line, ``device`` and ``language`` are "" when the shop does not tell.
    ``refunded`` and ``discount`` are in minor units.
    """

    id: int
    person: int
    state: CartState
    lane: Lane
    reached: str
    country: str
    currency: str
    total: int | None
    created_at: datetime
    quiet_since: datetime | None
    abandoned: bool
    placed_at: datetime | None
    recovered_by: int | None = None
    evidence: Evidence | None = None
    junk: str = ""
    device: str = ""
    language: str = ""
    product: str = ""
    refunded: int = 0
    discount: int = 0
    apart: str = ""  # why it is no checkout, paid or not
    reason: str = ""  # what the person said stopped them


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What the figures need of one letter; the times are of the first such event, or None."""

    id: int
    cart_id: int
    step: int
    letter: str
    language: str
    state: ReminderState
    sent_at: datetime | None
    refused_at: datetime | None = None
    bounced_at: datetime | None = None
    replied_at: datetime | None = None
    version: str = ""  # "" is the only version there is


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that counts, in the order of the ledger's columns."""

    order_id: int
    kind: str
    reminder_id: int
    currency: str
    day: int
    minor: int
    refunded: int
    discount: int
    minutes: int | None
    stage: str
    country: str
    device: str
    loyalty: str
    product: str
    band: str
    hour: str
    weekday: str
    step: str
    letter: str
    version: str
    language: str
    reason: str
    apart: str


def facts_of(
    orders: Sequence[OrderFact],
    letters: Iterable[LetterFacts],
    bringing: Mapping[int, OrderFact],
    brought_back: frozenset[int],
    zone: ZoneInfo,
    lost_after: timedelta,
) -> list[Fact]:
    """Give every fact of some orders.

    Args:
        orders: All orders of some persons.
        letters: All letters about these orders.
        bringing: The orders that brought any of these carts back, by id.
        brought_back: Those of ``orders`` that brought an abandoned cart back.
        zone: The shop's time zone.
        lost_after: How long after its abandonment a cart is given up.
    """
    by_cart: dict[int, list[LetterFacts]] = {}
    for letter in letters:
        by_cart.setdefault(letter.cart_id, []).append(letter)
    persons: dict[int, list[OrderFact]] = {}
    for order in orders:
        persons.setdefault(order.person, []).append(order)
    found: list[Fact] = []
    for theirs in persons.values():
        sent = sorted(
            (one for order in theirs for one in by_cart.get(order.id, ()) if _sent_at(one)),
            key=lambda one: (one.sent_at, one.id),
        )
        bought = sorted(order.placed_at for order in theirs if order.placed_at is not None)
        for order in theirs:
            about = _About(order, bought, zone)
            for letter in by_cart.get(order.id, ()):
                found += _letter(about, letter)
            if order.apart and order.state is not CartState.JUNK:
                found += _no_checkout(about)
                continue
            if order.quiet_since is not None:
                found += _cart(about, order.quiet_since, sent, bringing, lost_after)
            if order.placed_at is not None:
                back = order.id in brought_back
                found.append(about.order(Kind.BACK if back else Kind.DIRECT, order.placed_at))
    return found


class _About:
    """Makes the facts about one order."""

    def __init__(self, order: OrderFact, bought: Sequence[datetime], zone: ZoneInfo) -> None:
        self.it = order
        self._bought = bought
        self._zone = zone

    def order(self, kind: Kind, at: datetime) -> Fact:
        """Give the fact that the order was placed."""
        it = self.it
        loyalty = loyal(sum(moment < at for moment in self._bought))
        return self.fact(
            kind,
            at,
            minor=it.total or 0,
            refunded=it.refunded,
            discount=it.discount,
            stage=PLACED,
            loyalty=loyalty,
        )

    def loyalty(self) -> str:
        """Tell whether the person was known when the cart was left; "" when nobody can tell."""
        if self.it.reached == NOTHING or self.it.quiet_since is None:
            return ""
        return loyal(sum(moment < self.it.quiet_since for moment in self._bought))

    def fact(
        self,
        kind: Kind,
        at: datetime,
        *,
        minor: int = 0,
        refunded: int = 0,
        discount: int = 0,
        minutes: int | None = None,
        currency: str | None = None,
        stage: str | None = None,
        loyalty: str | None = None,
        device: str | None = None,
        letter: LetterFacts | None = None,
        own_letter: bool = False,
        apart: str = "",
    ) -> Fact:
        """Give a fact with the properties of the order, or of the letter where there is one."""
        it, local = self.it, at.astimezone(self._zone)
        used = it.currency if currency is None else currency
        amount = minor if used != it.currency else it.total
        return Fact(
            it.id,
            kind.value,
            letter.id if letter and own_letter else 0,
            used,
            local.toordinal(),
            minor,
            refunded,
            discount,
            minutes,
            stage_of(it) if stage is None else stage,
            it.country,
            it.device if device is None else device,
            self.loyalty() if loyalty is None else loyalty,
            "" if apart else it.product,  # an erased cart that is kept apart has no products left
            band(amount, used),
            str(local.hour),
            str(local.isoweekday()),
            str(letter.step) if letter else "",
            letter.letter if letter else "",
            letter.version if letter else "",
            (letter.language if letter else "") or it.language,
            it.reason,
            apart,
        )


def _no_checkout(about: _About) -> list[Fact]:
    """Keep an order apart that was made elsewhere; the cart it may have brought back counts."""
    it = about.it
    at = it.placed_at or it.quiet_since
    if at is None:
        return []
    return [about.fact(Kind.KEPT_APART, at, minor=it.total or 0, apart=it.apart)]


def _cart(
    about: _About,
    quiet: datetime,
    sent: Sequence[LetterFacts],
    bringing: Mapping[int, OrderFact],
    lost_after: timedelta,
) -> list[Fact]:
    it = about.it
    if it.state is CartState.JUNK:
        return [about.fact(Kind.KEPT_APART, quiet, minor=it.total or 0, apart=it.junk)]
    if it.state not in _ABANDONED or not it.abandoned:
        return []
    kind = Kind.DECIDED
    if it.state is CartState.ABANDONED:
        kind = Kind.MUTE if it.reached in {"", NOTHING} else Kind.RECOVERABLE
    # Told only when "Place order" is pressed: that of a draft would be of those who came back.
    device = "" if it.lane is Lane.DRAFT else it.device
    minutes = _minutes(it.created_at, quiet)
    left = about.fact(kind, quiet, minor=it.total or 0, minutes=minutes, device=device)
    if it.state is CartState.LOST:
        return [left, about.fact(Kind.LOST, quiet + lost_after, minor=it.total or 0)]
    order = bringing.get(it.recovered_by) if it.recovered_by is not None else None
    if it.state is not CartState.RECOVERED or order is None or order.placed_at is None:
        return [left]
    kind = Kind.LOOSE
    if it.evidence in STRICT:
        kind = Kind.STRICT
    elif it.evidence is Evidence.BY_THEMSELVES or it.evidence is None:
        kind = Kind.BY_THEMSELVES
    at = order.placed_at
    before = [one for one in sent if one.sent_at is not None and quiet <= one.sent_at <= at]
    returned = about.fact(
        kind,
        at,
        minor=order.total or 0,
        refunded=order.refunded,
        discount=order.discount,
        minutes=_minutes(quiet, at),
        currency=order.currency,
        letter=before[-1] if before and kind is not Kind.BY_THEMSELVES else None,
    )
    return [left, returned]


def _letter(about: _About, letter: LetterFacts) -> list[Fact]:
    moments = (
        (Kind.SENT, _sent_at(letter)),
        (Kind.REFUSED, letter.refused_at if letter.state is ReminderState.REFUSED else None),
        (Kind.BOUNCED, letter.bounced_at),
        (Kind.REPLIED, letter.replied_at),
    )
    return [
        about.fact(kind, at, letter=letter, own_letter=True)
        for kind, at in moments
        if at is not None
    ]


def _sent_at(letter: LetterFacts) -> datetime | None:
    return letter.sent_at if letter.state in COUNTS_AS_SENT else None


def _minutes(since: datetime, until: datetime) -> int:
    return max(0, int((until - since) / timedelta(minutes=1)))


def stage_of(order: OrderFact) -> str:
    """Give the stage a checkout was left at: its lane, and of a draft how far the address got."""
    if order.lane is Lane.DRAFT:
        return f"{order.lane}-{order.reached}" if order.reached else str(order.lane)
    return "" if order.lane is Lane.NONE else str(order.lane)


def loyal(orders: int) -> str:
    """Name somebody by how many orders they placed before."""
    if orders == 0:
        return "new"
    return "returning" if orders < 3 else "loyal"


def band(minor: int | None, currency: str) -> str:
    """Give the band an amount lies in, by its lower end in whole units; "" for no amount.

    The bands go 0, 10, 20, 50, 100, 200, 500, ... so that they suit every currency.
    """
    if minor is None:
        return ""
    whole = int(Money(minor, currency).amount)
    if whole < 10:
        return "0"
    ten = 10 ** (len(str(whole)) - 1)
    lead = whole // ten
    return str(ten * (5 if lead >= 5 else 2 if lead >= 2 else 1))

"""The things of the desk: shops, carts, persons, reminders, letters and events.

All times are aware ``datetime`` in UTC. All text was cleaned where it entered
(:func:`cartdesk.domain.text.clean`). Everything here is frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from cartdesk.domain.money import Money


class Lane(StrEnum):
    """Where an unfinished checkout came from."""

    DRAFT = "draft"  # "Place order" was never pressed
    UNPAID = "unpaid"  # placed, waiting for a payment that did not come
    FAILED = "failed"  # the payment was refused
    CANCELLED = "cancelled"  # the shop's time limit for unpaid orders passed
    NONE = "none"  # no unfinished checkout: placed, cancelled on purpose, refunded, unknown


class CartState(StrEnum):
    """What became of a checkout; the moves between them are in ``lifecycle``."""

    OPEN = "open"  # unfinished, and the shopper may still be there
    ABANDONED = "abandoned"  # quiet for the cut-off
    RECOVERED = "recovered"  # abandoned, and then the person bought
    LOST = "lost"  # abandoned, and the look-back passed
    MERGED = "merged"  # abandoned, and a newer cart of the same person leads
    STOPPED = "stopped"  # the person must not be written to
    PLACED = "placed"  # bought without being abandoned first
    CLOSED = "closed"  # cancelled on purpose, emptied, refunded: neither bought nor abandoned
    JUNK = "junk"  # kept apart: a robot, a card test, an address nobody reads, the shop itself


class Evidence(StrEnum):
    """Why a cart counts as recovered, strongest first."""

    COUPON = "coupon"  # our coupon was used
    CAMPAIGN = "campaign"  # our utm_campaign stands on the order
    SAME_ORDER = "same-order"  # the same order was paid after a letter
    WITHIN_5_DAYS = "within-5-days"  # another order by the person within 5 days of a letter
    BY_THEMSELVES = "by-themselves"  # no letter was sent: never credited to us


STRICT = frozenset({Evidence.COUPON, Evidence.CAMPAIGN})
LOOSE = STRICT | {Evidence.SAME_ORDER, Evidence.WITHIN_5_DAYS}


class ReminderState(StrEnum):
    """Where one letter to one person stands; the moves between them are in ``lifecycle``."""

    PLANNED = "planned"  # waits for its time
    READY = "ready"  # due, waits for a person's key
    HELD = "held"  # approved; leaves when the hold is over, unless undone
    OPEN = "sending-open"  # being sent, certainly not yet accepted
    DOT = "sending-dot"  # the final dot may be out: only the server knows
    SENT = "sent"
    DEFERRED = "deferred"  # the server said: later
    REFUSED = "refused"  # the server said: no
    UNSURE = "unsure"  # nobody can know; a person decides
    SETTLED = "settled"  # unsure, and the person left it so: counts as sent
    SKIPPED = "skipped"
    HELD_OUT = "held-out"  # its person is in the group that gets no letter; stays so for good
    CANCELLED = "cancelled"  # bought, replied, stopped: no reason to write any more


WAITING = frozenset({ReminderState.PLANNED, ReminderState.READY, ReminderState.DEFERRED})
SENDING = frozenset({ReminderState.OPEN, ReminderState.DOT})
COUNTS_AS_SENT = frozenset({ReminderState.SENT, ReminderState.UNSURE, ReminderState.SETTLED})


@dataclass(frozen=True, slots=True)
class Line:
    """One product in a basket. ``total`` is what the shopper pays for the line, tax included."""

    product_id: int
    variation_id: int
    name: str
    quantity: int
    total: Money | None
    image: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Cart:
    """One checkout or order as the shop showed it last.

    ``modified_at`` is the shop's time of its last change. ``meta`` holds the order's
    meta data whose value is text or a number, by key.
    """

    id: int
    number: str
    status: str
    created_at: datetime
    modified_at: datetime
    currency: str
    total: Money | None
    paid_at: datetime | None = None
    email: str = ""
    customer_id: int = 0
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    country: str = ""
    city: str = ""
    address_complete: bool = False
    created_via: str = ""
    payment_method: str = ""
    needs_payment: bool = False
    payment_url: str = ""
    customer_note: str = ""
    shipping: Money | None = None
    discount: Money | None = None
    refunded: Money | None = None  # all refunds together; None: the shop does not tell
    lines: tuple[Line, ...] = ()
    coupons: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    email_malformed: bool = False  # something was typed that cannot be an address

    @property
    def name(self) -> str:
        """The shopper's full name, or an empty string."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Note:
    """One order note. ``by_customer`` notes were written by the shopper."""

    id: int
    order_id: int
    written_at: datetime
    author: str
    text: str
    to_customer: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """One product review; ``text`` is plain (the shop's HTML was taken off)."""

    id: int
    written_at: datetime
    product_id: int
    product: str
    reviewer: str
    email: str
    rating: int
    text: str


@dataclass(frozen=True, slots=True)
class Product:
    """What a link back to the basket must know of a product or variation."""

    id: int
    name: str
    kind: str  # simple, variation, variable, grouped, external ...
    status: str  # publish, draft, private ...
    purchasable: bool
    in_stock: bool
    stock: int | None  # None: stock is not managed
    permalink: str = ""
    image: str = ""
    price: str = ""  # of one piece, as the shop keeps it: with tax or without by its settings
    rating: str = ""  # average stars, "" or "0.00": nobody rated it


@dataclass(frozen=True, slots=True)
class Shop:
    """What the shop says of itself. ``address`` is its origin plus path, without a final slash."""

    address: str
    name: str = ""
    home: str = ""
    zone: str = "UTC"
    gmt_offset: float = 0.0
    currency: str = ""
    country: str = ""
    version: str = ""
    hold_minutes: int | None = None  # None: unknown; 0: unpaid orders are not cancelled by time
    currency_position: str = "left"  # left, right, left_space, right_space
    thousand_separator: str = ","
    decimal_separator: str = "."
    decimals: int = 2
    plugins: tuple[str, ...] = ()
    language: str = ""  # of the site, as two letters; "": not known
    cart_url: str = ""
    checkout_url: str = ""

    @property
    def tz(self) -> ZoneInfo:
        """The shop's time zone (always a known one: it was checked when read)."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Reminder:
    """One step of a sequence for one cart: the letter from due to sent.

    ``said`` holds the mail server's own words (or why nothing was sent) for a letter
    that was refused, deferred, cancelled or is unsure.
    """

    id: int
    cart_id: int
    sequence: str  # "recovery" or "payment"
    step: int  # counts from 1
    letter: str
    state: ReminderState
    due_at: datetime
    email: str = ""
    held_until: datetime | None = None
    not_before: datetime | None = None
    approved_at: datetime | None = None
    sent_at: datetime | None = None
    message_id: str = ""
    subject: str = ""
    sha256: str = ""
    attempts: int = 0
    said: str = ""
    source: str = ""  # the letter's own text when the merchant edited this one, else empty
    language: str = ""  # as chosen for this one or as frozen; "": by the rule of ``language``


@dataclass(frozen=True, slots=True)
class Letter:
    """A template: Markdown with fields, its first line ``Subject: ...``."""

    name: str
    language: str
    source: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter with its fields filled in, ready to be put into a message."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, never changed afterwards.

    ``kind`` is a dotted word such as ``cart.abandoned``, ``letter.sent`` or ``sync.done``.
    """

    id: int
    at: datetime
    kind: str
    cart_id: int | None = None
    reminder_id: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)

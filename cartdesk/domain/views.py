"""What the desk hands to a screen or the command line: frozen, and of domain words only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cartdesk.domain.language import Tongue
from cartdesk.domain.model import (
    Cart,
    CartState,
    Evidence,
    Lane,
    Reminder,
    Rendered,
)
from cartdesk.domain.money import Money

if TYPE_CHECKING:
    from cartdesk.domain.feedback.silent import Silent


class Verdict(StrEnum):
    """What a rule says: go, be careful, or stop."""

    OK = "ok"
    WARN = "warn"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule applied to one cart or letter: the "why" of a decision as data.

    ``rule`` is a short name for scripts (``not-paid``), ``sentence`` is what the merchant
    reads, ``datum`` the fact it was judged by, ``at`` when that fact was learnt and
    ``mend`` what would change a STOP. ``ask`` is the question a merchant must answer with
    yes before the letter may go all the same, or "".
    """

    rule: str
    verdict: Verdict
    sentence: str
    datum: str = ""
    at: datetime | None = None
    mend: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class CartRow:
    """One line of the Carts screen."""

    id: int
    number: str
    name: str
    email: str
    total: Money | None
    state: CartState
    lane: Lane
    country: str
    quiet_since: datetime
    evidence: Evidence | None
    letters_sent: int
    held_out: bool = False  # its person is in the group that gets no letter


@dataclass(frozen=True, slots=True)
class CartPage:
    """A window of the carts that match a filter. ``note`` explains a filter not understood."""

    rows: tuple[CartRow, ...]
    matching: int
    total: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One line of the Queue: a letter that is due, held, being sent, or failed.

    ``steps`` is the length of its sequence; ``stop`` is the first check that holds it back
    (None: it can be approved); ``help_now`` marks a payment that failed under an hour ago;
    ``ask`` is the check whose question must be answered before it is approved, or None.
    """

    reminder: Reminder
    row: CartRow
    steps: int
    stop: Check | None
    help_now: bool = False
    ask: Check | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """The Queue screen. ``why_empty`` says why there is nothing and what happens next.

    ``paused`` says why no letter goes out now and until when, or is ""; ``replies`` counts the
    people who wrote back and wait for an answer.
    """

    items: tuple[QueueItem, ...]
    ready: int
    held: int
    failed: int
    unsure: int
    why_empty: str = ""
    paused: str = ""
    held_out: int = 0  # of the items: no letter goes to them, to see what letters do
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as it will go: headers, parts and the checks that let it go or hold it.

    ``rendered`` is None when a field could not be filled in; ``checks`` says which one.
    ``message`` holds the exact bytes (frozen once approved, a draft before). ``tongue`` is
    its language and why, ``languages`` those it could be written in.
    """

    reminder: Reminder
    row: CartRow
    steps: int
    to: str
    sender: str
    checks: tuple[Check, ...]
    rendered: Rendered | None
    message: bytes
    source: str
    tongue: Tongue | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Everything known of the one shopper behind a cart."""

    name: str
    email: str
    country: str
    orders_paid: int
    spent: tuple[Money, ...]
    last_order_at: datetime | None
    carts: tuple[CartRow, ...]
    stopped: str  # why no letter may go to this person, or ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a cart's timeline; ``planned`` lines lie ahead."""

    at: datetime
    kind: str
    sentence: str
    planned: bool = False


@dataclass(frozen=True, slots=True)
class CartDetail:
    """The Cart screen: the cart, its person, its timeline and why it is where it is.

    ``letters`` are the reminders of the cart, oldest first; ``hints`` are what its facts hint
    at while it is left and not bought, which nobody said.
    """

    cart: Cart
    row: CartRow
    person: Person
    timeline: tuple[Moment, ...]
    why: tuple[Check, ...]
    link: str
    link_note: str
    letters: tuple[Reminder, ...] = ()
    hints: tuple[Silent, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far long work is; ``total`` is None when nobody knows it yet."""

    what: str
    done: int
    total: int | None


class Light(StrEnum):
    """The sync light at the right of the header."""

    NEVER = "never"
    ASKING = "asking"
    FRESH = "fresh"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """When the shop was last asked, when it will be, and what went wrong."""

    light: Light
    last: datetime | None = None
    next: datetime | None = None
    problem: str = ""
    mend: str = ""
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll learnt."""

    seen: int
    changed: int
    quarantined: int
    abandoned: int
    recovered: int
    due: int
    sentence: str


@dataclass(frozen=True, slots=True)
class SendReport:
    """What became of a batch, by reminder state, with a sentence for the merchant."""

    sent: int = 0
    refused: int = 0
    deferred: int = 0
    unsure: int = 0
    cancelled: int = 0
    kept: int = 0
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What a key did, in one past-tense line; ``undo`` tells that `u` can take it back."""

    sentence: str
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``doctor``."""

    topic: str
    verdict: Verdict
    sentence: str
    mend: str = ""

"""What becomes of carts and reminders: pure rules, the time given.

A person's checkouts are judged together (:func:`assess`), because one person has many
drafts, and buys with any of them. The two state machines are tables; :func:`step` makes
the moves of a reminder and raises on one that is not in the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.domain.model import COUNTS_AS_SENT, CartState, Evidence, Lane, ReminderState
from cartdesk.domain.settings import SequenceSettings

R = ReminderState

REMINDER_MOVES: Mapping[tuple[ReminderState, str], ReminderState] = {
    (R.PLANNED, "due"): R.READY,
    (R.READY, "approve"): R.HELD,
    (R.READY, "skip"): R.SKIPPED,
    (R.READY, "later"): R.PLANNED,
    (R.READY, "cancel"): R.CANCELLED,
    (R.PLANNED, "skip"): R.SKIPPED,
    (R.PLANNED, "cancel"): R.CANCELLED,
    (R.PLANNED, "undo"): R.READY,
    (R.SKIPPED, "undo"): R.READY,
    (R.CANCELLED, "undo"): R.READY,
    (R.HELD, "undo"): R.READY,
    (R.HELD, "expire"): R.READY,
    (R.HELD, "kept"): R.READY,
    (R.HELD, "cancel"): R.CANCELLED,
    (R.HELD, "claim"): R.OPEN,
    (R.OPEN, "body-written"): R.DOT,
    (R.OPEN, "not-sent"): R.READY,
    (R.OPEN, "kept"): R.READY,
    (R.OPEN, "deferred"): R.DEFERRED,
    (R.OPEN, "refused"): R.REFUSED,
    (R.DOT, "accepted"): R.SENT,
    (R.DOT, "not-sent"): R.READY,
    (R.DOT, "kept"): R.READY,
    (R.DOT, "deferred"): R.DEFERRED,
    (R.DOT, "refused"): R.REFUSED,
    (R.DOT, "lost-sight"): R.UNSURE,
    (R.DEFERRED, "due"): R.READY,
    (R.DEFERRED, "skip"): R.SKIPPED,
    (R.DEFERRED, "cancel"): R.CANCELLED,
    (R.REFUSED, "skip"): R.SKIPPED,
    (R.UNSURE, "it-went-out"): R.SENT,
    (R.UNSURE, "proved"): R.SENT,
    (R.UNSURE, "came-back"): R.REFUSED,
    (R.UNSURE, "again"): R.HELD,
    (R.UNSURE, "leave"): R.SETTLED,
    (R.UNSURE, "unanswered"): R.SETTLED,
}
_TRYING = frozenset({R.HELD, R.OPEN, R.DOT})
_NEVER_OUT = frozenset({R.READY, R.CANCELLED, R.DEFERRED, R.REFUSED})


_DONE_TO = {
    "approve": "approved",
    "skip": "skipped",
    "later": "put off",
    "cancel": "cancelled",
    "undo": "taken back",
    "claim": "sent",
    "it-went-out": "answered for: only one that is unsure can",
    "again": "sent again: only one that is unsure can",
    "leave": "left: only one that is unsure can",
}
_IN_WORDS = {
    **{state: str(state) for state in ReminderState},
    R.PLANNED: "put off",
    R.OPEN: "being sent",
    R.DOT: "being sent",
}


class IllegalMove(ValueError):
    """A reminder was asked to make a move that its state does not allow."""


def step(state: ReminderState, event: str, *, maybe_out: bool = False) -> ReminderState:
    """Give the state after an event.

    Args:
        state: Where the letter stands.
        event: What happened.
        maybe_out: An earlier try may have gone out, and a person chose to send it again. When
            the new try certainly fails, nobody knows more than before: it is unsure again.

    Raises:
        IllegalMove: The table has no such move.
    """
    try:
        after = REMINDER_MOVES[state, event]
    except KeyError:
        done = _DONE_TO.get(event, "changed")
        raise IllegalMove(f"a letter that is {_IN_WORDS[state]} cannot be {done}") from None
    return R.UNSURE if maybe_out and state in _TRYING and after in _NEVER_OUT else after


UNFINISHED = {
    "checkout-draft": Lane.DRAFT,
    "pending": Lane.UNPAID,
    "failed": Lane.FAILED,
    "cancelled": Lane.CANCELLED,
}
_NEVER_PLACED = frozenset({"trash", "auto-draft", *UNFINISHED})


def lane_of(status: str, cancelled_by: str = "") -> Lane:
    """Give the lane of an order's status.

    A cancelled order is a lane of its own only when the shop's time limit cancelled it
    (``cancelled_by == "time-limit"``); a person's own cancelling is an answer.
    """
    if status == "cancelled" and cancelled_by != "time-limit":
        return Lane.NONE
    return UNFINISHED.get(status, Lane.NONE)


def is_placed(status: str, paid: bool) -> bool:
    """Tell whether an order counts as bought.

    Processing, completed and on-hold (bank transfer, cheque) do, and so does a plugin's own
    status ("shipped", "packing"), which orders get after they were placed; cash on delivery
    leaves no time of payment. Refunded orders were bought, if they were paid.
    """
    if status in {"refunded", "trash"}:
        return paid and status == "refunded"
    return status not in _NEVER_PLACED


_BY_CUSTOMER = ("cancelled by customer", "asiakas perui", "vásárló által", "vevő által")
_BY_TIME = ("time limit reached", "aikaraja", "időkorlát", "határidő")


def cancelled_by(
    *,
    created_at: datetime,
    cancelled_at: datetime,
    created_via: str,
    hold_minutes: int | None,
    notes: Iterable[str],
) -> str:
    """Tell who cancelled an order: "time-limit", "customer", "person" or "unknown".

    WooCommerce cancels unpaid orders of ``created_via=checkout`` when the hold-stock time is
    over, at its next sweep (so between one and two times the limit, at least a minute). Its
    note says so in the shop's language; where the words are not known the time decides, and
    anything else was a person's wish.
    """
    said = " ".join(notes).casefold()
    if any(words in said for words in _BY_CUSTOMER):
        return "customer"
    if any(words in said for words in _BY_TIME):
        return "time-limit"
    if not said:
        return "unknown"
    if created_via != "checkout" or not hold_minutes:
        return "person"
    waited = cancelled_at - created_at
    limit = timedelta(minutes=hold_minutes)
    return "time-limit" if limit <= waited <= 2 * limit + timedelta(minutes=5) else "person"


@dataclass(frozen=True, slots=True)
class Track:
    """What the rules need to know of one checkout.

    ``quiet_since`` is the last change while it was unfinished (None: never seen unfinished),
    ``placed_at`` when it was bought (None: not), ``first_seen`` when cartdesk first saw it.
    ``campaign`` is the order's utm_campaign when its utm_source is ours, ``junk`` why it is
    kept apart ("": it is not).
    """

    id: int
    lane: Lane
    state: CartState
    created_at: datetime
    quiet_since: datetime | None
    placed_at: datetime | None
    first_seen: datetime
    has_items: bool
    email: str = ""
    campaign: str = ""
    coupons: tuple[str, ...] = ()
    junk: str = ""


@dataclass(frozen=True, slots=True)
class LetterFact:
    """A letter that left (or may have left) for a person, or a step the merchant skipped.

    ``replied`` tells that the person wrote back.
    """

    cart_id: int
    sequence: str
    step: int
    state: ReminderState
    at: datetime
    replied: bool = False

    @property
    def counts(self) -> bool:
        """Whether it counts as sent for limits and spacing."""
        return self.state in COUNTS_AS_SENT


@dataclass(frozen=True, slots=True)
class Assessment:
    """What became of a cart, since when, and which order proves a recovery and how."""

    state: CartState
    abandoned_at: datetime | None = None
    recovered_by: int | None = None
    recovered_at: datetime | None = None
    evidence: Evidence | None = None


def cutoff(lane: Lane, rules: SequenceSettings) -> timedelta:
    """Give how long a checkout of this lane must be quiet to count as abandoned."""
    minutes = rules.failed_after_minutes if lane is Lane.FAILED else rules.abandoned_after_minutes
    return timedelta(minutes=minutes)


def assess(
    tracks: Sequence[Track],
    letters: Sequence[LetterFact],
    rules: SequenceSettings,
    *,
    stopped: bool,
    now: datetime,
    our_coupons: frozenset[str] = frozenset(),
) -> dict[int, Assessment]:
    """Judge all checkouts of one person, by id.

    A checkout is abandoned when it has items, is unfinished and was quiet for the cut-off;
    the newest one leads and the older ones are merged. It is recovered by the first order
    the person placed afterwards, itself or another. One that was bought before it could
    count as abandoned was simply placed; one that is kept apart leads no other.
    """
    history = sorted(
        (track for track in tracks if track.quiet_since is not None),
        key=lambda track: (track.quiet_since, track.id),
    )
    orders = sorted(
        (track for track in tracks if track.placed_at is not None),
        key=lambda track: (track.placed_at, track.id),
    )
    judged = {
        track.id: Assessment(CartState.PLACED if track.placed_at else CartState.CLOSED)
        for track in tracks
        if track.quiet_since is None
    }
    newer: Track | None = None
    for track in reversed(history):
        found = _judge(track, newer, orders, letters, rules, now, our_coupons)
        if stopped and found.state in {CartState.OPEN, CartState.ABANDONED}:
            found = Assessment(CartState.STOPPED, found.abandoned_at)
        judged[track.id] = found
        if found.state in _LEADING:
            newer = track
    return judged


_LEADING = frozenset({CartState.OPEN, CartState.ABANDONED, CartState.STOPPED, CartState.RECOVERED})


def _judge(
    track: Track,
    newer: Track | None,
    orders: Sequence[Track],
    letters: Sequence[LetterFact],
    rules: SequenceSettings,
    now: datetime,
    our_coupons: frozenset[str],
) -> Assessment:
    quiet = track.quiet_since
    if quiet is None:
        raise ValueError("only a checkout seen unfinished can be judged")
    gone_quiet = quiet + cutoff(track.lane, rules)
    bought = next((order for order in orders if _placed(order) > quiet), None)
    if track.placed_at is not None and _placed(track) <= quiet:
        bought = track
    if bought is not None and _placed(bought) < gone_quiet:
        own = bought.id == track.id
        return Assessment(CartState.PLACED if own else CartState.MERGED)
    if bought is None and track.lane is Lane.NONE:
        return Assessment(CartState.CLOSED)
    if track.junk and track.placed_at is None:
        return Assessment(CartState.JUNK)
    if not track.has_items:
        return Assessment(CartState.CLOSED)
    if newer is not None and (bought is None or (newer.quiet_since or quiet) < _placed(bought)):
        return Assessment(CartState.MERGED, quiet if gone_quiet <= now else None)
    if bought is not None:
        lost_at = quiet + timedelta(days=rules.lost_after_days)
        if bought.id != track.id and _placed(bought) >= lost_at:
            return Assessment(CartState.LOST, quiet)
        evidence = evidence_for(track, bought, letters, our_coupons)
        return Assessment(CartState.RECOVERED, quiet, bought.id, bought.placed_at, evidence)
    if now < gone_quiet:
        return Assessment(CartState.OPEN)
    if now >= quiet + timedelta(days=rules.lost_after_days):
        return Assessment(CartState.LOST, quiet)
    return Assessment(CartState.ABANDONED, quiet)


def _placed(track: Track) -> datetime:
    if track.placed_at is None:
        raise ValueError("the order was not placed")
    return track.placed_at


def evidence_for(
    cart: Track,
    order: Track,
    letters: Sequence[LetterFact],
    our_coupons: frozenset[str] = frozenset(),
) -> Evidence:
    """Say how strongly an order speaks for our letters; the strongest reason wins."""
    bought_at = _placed(order)
    since = cart.quiet_since or cart.created_at
    sent = [letter.at for letter in letters if letter.counts and since <= letter.at <= bought_at]
    if our_coupons.intersection(order.coupons):
        return Evidence.COUPON
    if order.campaign and sent:
        return Evidence.CAMPAIGN
    if sent and order.id == cart.id:
        return Evidence.SAME_ORDER
    if sent and bought_at - max(sent) <= timedelta(days=5):
        return Evidence.WITHIN_5_DAYS
    return Evidence.BY_THEMSELVES


PAYMENT = "payment"
RECOVERY = "recovery"
LETTERS = {
    (PAYMENT, 1): "payment-help",
    (RECOVERY, 1): "friendly-reminder",
    (RECOVERY, 2): "any-questions",
    (RECOVERY, 3): "small-gift",
}


@dataclass(frozen=True, slots=True)
class Due:
    """The next letter of a person's sequence and the time from which it may go."""

    sequence: str
    step: int
    letter: str
    at: datetime


def next_due(
    track: Track,
    letters: Sequence[LetterFact],
    last_placed_at: datetime | None,
    rules: SequenceSettings,
) -> Due | None:
    """Give the next letter for an abandoned cart, or None when its sequence is over.

    ``letters`` are all of the person, whatever cart they were about. Steps that time has
    overtaken collapse: the next unsent step is due, at once, and the one after it no sooner
    than the minimum gap after it really left. While nobody knows whether a letter went out,
    no other follows it, and none follows once the person wrote back. A failed payment begins
    with its own service letter in place of the first step. At most three letters, and no second
    sequence within 30 days of the first letter of one that ended with a purchase.
    """
    if track.quiet_since is None or not track.email or track.junk or is_history(track, rules):
        return None
    recent = _recent(track, letters, rules)
    if any(letter.state is R.UNSURE or letter.replied for letter in recent):
        return None
    begun = min((letter.at for letter in recent if letter.counts), default=None)
    ended = begun is not None and last_placed_at is not None and last_placed_at > begun
    done = {letter.step for letter in recent if letter.counts or letter.cart_id == track.id}
    helped = any(x.cart_id == track.id and x.sequence == PAYMENT for x in recent)
    if track.lane is Lane.FAILED and not helped and 1 not in done:
        sequence, number = PAYMENT, 1
        wait = timedelta(minutes=rules.failed_after_minutes)
    else:
        sequence = RECOVERY
        number = 1 + max(done, default=0)
        if ended or number > len(rules.step_hours):
            return None
        wait = timedelta(hours=rules.step_hours[number - 1])
    if sum(letter.counts for letter in recent) >= len(rules.step_hours):
        return None
    at = track.quiet_since + wait
    last = max((letter.at for letter in letters if letter.counts), default=None)
    if last is not None:
        at = max(at, last + timedelta(hours=rules.min_gap_hours))
    return Due(sequence, number, LETTERS[sequence, min(number, 3)], at)


def has_replied(track: Track, letters: Sequence[LetterFact], rules: SequenceSettings) -> bool:
    """Tell whether the person wrote back to a letter of this round."""
    return any(letter.replied for letter in _recent(track, letters, rules))


def _recent(
    track: Track, letters: Sequence[LetterFact], rules: SequenceSettings
) -> list[LetterFact]:
    """Give the letters that belong to one round with a cart."""
    if track.quiet_since is None:
        return []
    begin = track.quiet_since - timedelta(days=rules.days_between_sequences)
    return [letter for letter in letters if letter.at > begin]


def is_history(track: Track, rules: SequenceSettings) -> bool:
    """Tell whether a cart was already too old when it was first seen: never written to."""
    return track.quiet_since is not None and (
        track.first_seen - track.quiet_since > timedelta(days=rules.look_back_days)
    )

"""What became of a checkout: open, abandoned, bought, lost, and what speaks for our letters.

A person's checkouts are judged together (:func:`assess`), because one person has many
drafts, and buys with any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.domain.model import COUNTS_AS_SENT, CartState, Evidence, Lane, ReminderState
from cartdesk.domain.settings import SequenceSettings

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


def is_placed(status: str) -> bool:
    """Tell whether an order counts as bought.

    Processing, completed and on-hold (bank transfer, cheque) do, and so does a plugin's own
    status ("shipped", "packing"), which orders get after they were placed; cash on delivery
    leaves no time of payment. What was refunded was bought, and one in the bin is no sale.
    """
    return status not in _NEVER_PLACED


def bought_at(
    *,
    status: str,
    paid_at: datetime | None,
    modified_at: datetime,
    known: datetime | None,
    status_before: str,
) -> datetime | None:
    """Give when an order was bought, for every decision about letters; None: never.

    What was bought once (``known``) stays so, whatever the shop makes of it later: in the bin,
    refunded, cancelled, or reopened by the merchant to be edited. Only an awaited payment that
    failed was none. Without a time of payment, as with bank transfer and cash on delivery, it is
    the last change: ``date_created`` is when the checkout began, which may be long before.
    """
    if known is not None:
        failed = status == "failed" and status_before == "on-hold" and paid_at is None
        return None if failed else known
    if paid_at is None and not is_placed(status):
        return None
    return paid_at or modified_at


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
    ``placed_at`` when it was bought, whatever became of it later (None: never), ``first_seen``
    when cartdesk first saw it.
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

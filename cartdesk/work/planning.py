"""After each look at the shop, and as time passes: what became of carts, which letter is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cartdesk.adapters.ledger import Book
from cartdesk.domain.lifecycle import judging, schedule
from cartdesk.domain.lifecycle.judging import Assessment, Track
from cartdesk.domain.model import CartState, ReminderState
from cartdesk.domain.settings import SequenceSettings
from cartdesk.work.experiments import held_out
from cartdesk.work.restoring import MAYBE_OUT, restored_at

CANCELLABLE = frozenset(
    {
        ReminderState.PLANNED,
        ReminderState.READY,
        ReminderState.HELD,
        ReminderState.DEFERRED,
    }
)
_WHY_CANCELLED = {
    CartState.OPEN: "the shopper came back to the checkout",
    CartState.RECOVERED: "the person bought meanwhile",
    CartState.PLACED: "the order was placed meanwhile",
    CartState.MERGED: "a newer cart of the same person leads",
    CartState.STOPPED: "the person must not be written to",
    CartState.LOST: "the cart is too old by now",
    CartState.CLOSED: "the order was cancelled on purpose",
    CartState.JUNK: "the cart is kept apart",
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What changed: carts newly abandoned or recovered, letters newly due or cancelled."""

    abandoned: int = 0
    recovered: int = 0
    due: int = 0
    cancelled: int = 0


def settle(book: Book, rules: SequenceSettings, now: datetime) -> Settled:
    """Judge everybody whose carts changed or age; plan the letters due, cancel the others."""
    persons = book.orders.undecided_persons()
    tracks = book.orders.tracks(persons)
    letters = book.outbox.facts_by_person(persons)
    stopped = book.outbox.suppressed_persons(persons)
    total = Settled()
    restored = restored_at(book)
    leading: list[tuple[Track, int]] = []
    for person, theirs in tracks.items():
        facts = letters.get(person, ())
        judged = judging.assess(theirs, facts, rules, stopped=person in stopped, now=now)
        for track in theirs:
            total = _keep(book, track, judged[track.id], rules, now, total)
            if judged[track.id].state is CartState.ABANDONED:
                leading.append((track, person))
    total = _cancel(book, tracks, now, total)
    due_now: list[tuple[Track, int, schedule.Due]] = []
    for track, person in leading:
        last_placed = max((t.placed_at for t in tracks[person] if t.placed_at), default=None)
        due = schedule.next_due(track, letters.get(person, ()), last_placed, rules)
        if due is not None and due.at <= now:
            due_now.append((track, person, due))
    apart = held_out(book, due_now, rules, now)
    for track, person, due in due_now:
        if person in apart and due.sequence == schedule.RECOVERY:
            book.experiments.hold_out(track.id, due, now)
        else:
            total = _with(total, due=_plan(book, track, due, restored, now))
    book.orders.all_judged()
    return total


def _plan(
    book: Book, track: Track, due: schedule.Due, restored: datetime | None, now: datetime
) -> bool:
    """Plan a letter; one that may have gone out before the ledger was restored is left out."""
    number = book.outbox.plan(track.id, due, now)
    if number is None or restored is None or due.at >= restored:
        return number is not None
    reminder = book.outbox.get(number)
    if reminder is not None:
        book.outbox.move(reminder, "skip", now, said=MAYBE_OUT)
    return False


def _keep(
    book: Book,
    track: Track,
    found: Assessment,
    rules: SequenceSettings,
    now: datetime,
    total: Settled,
) -> Settled:
    if found.state is track.state and found.state is not CartState.RECOVERED:
        return total
    book.orders.judge(track.id, found)
    if found.state is track.state or schedule.is_history(track, rules):
        return total
    data = {"since": found.abandoned_at.isoformat()} if found.abandoned_at else {}
    if found.state is CartState.RECOVERED:
        data |= {"order": str(found.recovered_by), "evidence": str(found.evidence)}
    if found.state is CartState.JUNK:
        data |= {"reason": track.junk}
    book.events.add(f"cart.{found.state}", now, cart_id=track.id, data=data)
    return _with(
        total,
        abandoned=found.state is CartState.ABANDONED,
        recovered=found.state is CartState.RECOVERED,
    )


def _cancel(book: Book, tracks: dict[int, list[Track]], now: datetime, total: Settled) -> Settled:
    ids = [track.id for theirs in tracks.values() for track in theirs]
    for reminder, state in book.outbox.with_cart_state(ids):
        if reminder.state in CANCELLABLE and state is not CartState.ABANDONED:
            book.outbox.move(reminder, "cancel", now, said=_WHY_CANCELLED[state])
            total = _with(total, cancelled=1)
    return total


def _with(
    total: Settled, *, abandoned: int = 0, recovered: int = 0, due: int = 0, cancelled: int = 0
) -> Settled:
    return Settled(
        total.abandoned + abandoned,
        total.recovered + recovered,
        total.due + due,
        total.cancelled + cancelled,
    )

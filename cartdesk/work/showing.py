"""What the screens and the command line show: queue, carts, timelines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.checks import CartFacts, first_question, first_stop, why
from cartdesk.domain.lifecycle.schedule import LETTERS, PAYMENT, RECOVERY
from cartdesk.domain.links import Link
from cartdesk.domain.model import CartState, Event, Reminder, ReminderState
from cartdesk.domain.money import sums
from cartdesk.domain.text import clean
from cartdesk.domain.views import (
    CartDetail,
    CartRow,
    Moment,
    Person,
    Queue,
    QueueItem,
)
from cartdesk.work import checking, pausing
from cartdesk.work.facts import Desktop, cart_facts

_SHOWN = frozenset(
    {
        ReminderState.READY,
        ReminderState.HELD,
        ReminderState.OPEN,
        ReminderState.DOT,
        ReminderState.DEFERRED,
        ReminderState.REFUSED,
        ReminderState.UNSURE,
    }
)
_RANK = {
    ReminderState.OPEN: 1,
    ReminderState.DOT: 1,
    ReminderState.UNSURE: 4,
    ReminderState.REFUSED: 5,
    ReminderState.DEFERRED: 6,
    ReminderState.HELD_OUT: 8,
}
_MOST = 500


def queue(book: Book, words: str, desktop: Desktop) -> Queue:
    """Give the letters that are due, held, being sent or in trouble, most urgent first."""
    reminders = (*book.outbox.in_states(_SHOWN)[:_MOST], *_held_out(book, desktop))
    rows = book.windows.rows(reminder.cart_id for reminder in reminders)
    sent = book.outbox.sent_since(desktop.now - checking.DAY)
    items = [_item(book, one, rows[one.cart_id], desktop, sent) for one in reminders]
    wanted = words.casefold().split()
    shown = [item for item in items if all(word in _searched(item) for word in wanted)]
    shown.sort(key=_urgency)
    return Queue(
        items=tuple(shown),
        ready=sum(x.reminder.state is ReminderState.READY and x.stop is None for x in items),
        held=sum(x.reminder.state is ReminderState.HELD for x in items),
        failed=sum(x.reminder.state is ReminderState.REFUSED for x in items),
        unsure=sum(x.reminder.state is ReminderState.UNSURE for x in items),
        why_empty="" if shown else _why_empty(book, bool(items), desktop),
        paused=pausing.sentence(book, desktop.now, desktop.shop.tz),
        held_out=sum(x.reminder.state is ReminderState.HELD_OUT for x in items),
        replies=book.windows.replies_waiting(),
    )


def _held_out(book: Book, desktop: Desktop) -> tuple[Reminder, ...]:
    """Give what is held out, for as long as letters would have been due: later it is history."""
    length = timedelta(hours=max(desktop.settings.sequence.step_hours))
    carts = book.experiments.held_out_since(desktop.now - length)[:_MOST]
    return tuple(x for x in book.outbox.of_carts(carts) if x.state is ReminderState.HELD_OUT)


def _item(book: Book, reminder: Reminder, row: CartRow, desktop: Desktop, sent: int) -> QueueItem:
    facts = cart_facts(book, reminder.cart_id, desktop)
    stop = ask = None
    if reminder.state is ReminderState.READY:
        checks = checking.judged(book, reminder, facts, desktop, sent).checks
        stop, ask = first_stop(checks), first_question(checks)
    since = facts.track.quiet_since
    fresh = since is not None and desktop.now - since < timedelta(hours=1)
    help_now = reminder.sequence == PAYMENT and fresh
    return QueueItem(reminder, row, steps_of(desktop), stop, help_now, ask)


def steps_of(desktop: Desktop) -> int:
    """Give how many letters a sequence has."""
    return len(desktop.settings.sequence.step_hours)


def _searched(item: QueueItem) -> str:
    row = item.row
    return f"{row.number} {row.name} {row.email} {item.reminder.letter}".casefold()


def _urgency(item: QueueItem) -> tuple[int, float, int]:
    rank = _RANK.get(item.reminder.state, 2)
    if item.stop is not None:
        rank = 7
    elif item.help_now and item.reminder.state is ReminderState.READY:
        rank = 0
    return rank, -item.reminder.due_at.timestamp(), item.reminder.id


def _why_empty(book: Book, filtered: bool, desktop: Desktop) -> str:
    if filtered:
        return "No letter matches the filter. Press esc to see all."
    if book.events.newest("sync.done") is None:
        return "The shop has not been asked yet. Press r to ask it now."
    waiting = [
        due.at
        for row in book.windows.in_state(CartState.ABANDONED, 200)
        if (due := cart_facts(book, row, desktop).due) is not None and due.at > desktop.now
    ]
    if waiting:
        at = min(waiting).astimezone(desktop.shop.tz)
        return f"No letter is due. The next one is due {at:%A at %H:%M}. Press 2 to see all carts."
    return "Nobody is waiting for a letter. New carts appear here by themselves."


def person(book: Book, cart_id: int) -> Person:
    """Give everything known of the person behind a cart."""
    number = book.orders.person_of(cart_id) or cart_id
    rows = book.windows.of_person(number)
    bought = book.windows.bought(number)
    row = next(row for row in rows if row.id == cart_id)
    return Person(
        name=row.name,
        email=row.email,
        country=row.country,
        orders_paid=len(bought),
        spent=sums(money for money, _ in bought),
        last_order_at=bought[-1][1] if bought else None,
        carts=rows,
        stopped=book.outbox.suppressed(book.orders.emails_of(number)),
    )


def detail(book: Book, cart_id: int, link: Link, desktop: Desktop) -> CartDetail:
    """Give the Cart screen: cart, person, timeline, and the why of its place."""
    facts = cart_facts(book, cart_id, desktop)
    return CartDetail(
        cart=facts.cart,
        row=book.windows.rows([cart_id])[cart_id],
        person=person(book, cart_id),
        timeline=_timeline(book, cart_id, desktop),
        why=why(facts),
        link=link.url,
        link_note=link.note,
        letters=book.outbox.of_carts([cart_id]),
    )


def _timeline(book: Book, cart_id: int, desktop: Desktop) -> tuple[Moment, ...]:
    facts = cart_facts(book, cart_id, desktop)
    cart, track = facts.cart, facts.track
    moments = [
        Moment(cart.created_at, "cart.created", f"The checkout began ({cart.created_via or '?'})"),
        Moment(track.first_seen, "cart.seen", "cartdesk saw it for the first time"),
    ]
    if track.quiet_since is not None:
        moments.append(Moment(track.quiet_since, "cart.quiet", "The shopper's last change"))
    if track.placed_at is not None:
        moments.append(Moment(track.placed_at, "cart.placed", f"Bought ({cart.status})"))
    if cart.customer_note:
        note = f"The shopper wrote: {cart.customer_note}"
        moments.append(Moment(cart.modified_at, "cart.note", note))
    moments += [
        Moment(note.written_at, "shop.note", f"{note.author}: {clean(note.text)}")
        for note in book.cache.notes(cart_id)
    ]
    moments += [moment for event in book.events.of_cart(cart_id) if (moment := _moment(event))]
    moments.sort(key=lambda moment: moment.at)
    return (*moments, *_planned(facts, desktop))


def _planned(facts: CartFacts, desktop: Desktop) -> list[Moment]:
    """Give the letters that lie ahead, if nobody buys, stops or skips."""
    due, rules = facts.due, desktop.settings.sequence
    if facts.track.state is not CartState.ABANDONED or due is None:
        return []
    hours = rules.step_hours
    at, letter = max(due.at, desktop.now), due.letter
    ahead = [Moment(at, "letter.planned", f"{letter} is due", planned=True)]
    for number in range(due.step + 1, len(hours) + 1):
        wait = max(hours[number - 1] - hours[number - 2], rules.min_gap_hours)
        at, letter = at + timedelta(hours=wait), LETTERS[RECOVERY, min(number, 3)]
        ahead.append(Moment(at, "letter.planned", f"{letter} would be due", planned=True))
    return ahead


_SENTENCES: Mapping[str, str] = {
    "cart.abandoned": "Counts as abandoned",
    "cart.recovered": "Recovered: order {order} ({evidence})",
    "cart.lost": "Lost: the look-back passed",
    "cart.merged": "A newer cart of the same person leads",
    "cart.open": "The shopper came back to the checkout",
    "cart.stopped": "The person must not be written to",
    "cart.placed": "Bought without being abandoned",
    "cart.closed": "Cancelled on purpose",
    "cart.junk": "Kept apart: {reason}",
    "cart.let-back": "You let it back",
    "cart.apart-again": "You took that back",
    "cart.asked": "The shop was asked before sending",
    "letter.ready": "{letter} is due",
    "letter.held-out": "Held out: {letter} would be due, but no letter goes to this person",
    "letter.due": "The letter is due again",
    "letter.approve": "You approved the letter",
    "letter.undo": "You took it back",
    "letter.expire": "The hold ran out while nobody was there; the letter is ready again",
    "letter.edited": "You edited the letter",
    "letter.skip": "You skipped the letter",
    "letter.later": "You put the letter off",
    "letter.cancel": "The letter was cancelled: {said}",
    "letter.claim": "Sending began",
    "letter.accepted": "The mail server took the letter: {said}",
    "letter.refused": "The letter was {said}",
    "letter.deferred": "The letter was {said}",
    "letter.kept": "The letter was kept: {said}",
    "letter.not-sent": "The letter did not go out: {said}",
    "letter.lost-sight": "Not sure whether it went out: {said}",
    "letter.it-went-out": "You said that it went out",
    "letter.proved": "It went out: {said}",
    "letter.came-back": "It did not arrive: {said}",
    "letter.returned": "It can be written anew: {said}",
    "letter.replied": "The person wrote back: {subject}",
    "letter.stop-asked": "The person wants no more letters",
    "letter.auto-replied": "A program answered: {subject}",
    "letter.bounced": "The letter came back ({status}): {said}",
    "letter.delayed": "A mail server still tries to deliver it ({status}): {said}",
    "letter.delivered": "A mail server says that it arrived",
    "letter.again": "You chose to send it again",
    "letter.leave": "You left it as it is",
    "letter.unanswered": "Nobody said for a week whether it went out; it counts as sent",
    "handoff.opened": "You went over to the phone ({way}), with the person's consent",
    "person.stopped": "You marked the person: {reason}",
    "person.allowed": "You took the mark back",
}


class _Words(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def _moment(event: Event) -> Moment | None:
    sentence = _SENTENCES.get(event.kind)
    if sentence is None:
        return None
    words = _Words({key: clean(str(value)) for key, value in event.data.items()})
    return Moment(event.at, event.kind, sentence.format_map(words))

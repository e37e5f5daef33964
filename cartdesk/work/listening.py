"""Hearing what came back: after each look at the shop the mailbox is read, if there is one.

A person who wrote back gets no more letters in this round, and one who asks for no more, or
whose address does not exist, none at all. What people write is kept as feedback, also beside a
wish for no more letters; what programs answer and what is still being tried is noted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.ports import Heard, HeardKind, Mailbox, MailboxError
from cartdesk.domain.settings import SenderSettings, Settings
from cartdesk.work.aside import aside
from cartdesk.work.context import Context
from cartdesk.work.planning import CANCELLABLE, settle

MARKS = "mailbox.marks"
MEND = "Run the doctor (Settings, 6): it tries the mailbox. Letters go out all the same."
_LONGEST = timedelta(days=30)
_EVENTS: Mapping[HeardKind, str] = {
    HeardKind.REPLY: "letter.replied",
    HeardKind.STOP: "letter.stop-asked",
    HeardKind.AUTO_REPLY: "letter.auto-replied",
    HeardKind.BOUNCE: "letter.bounced",
    HeardKind.DELAY: "letter.delayed",
    HeardKind.DELIVERED: "letter.delivered",
}
_LEFT = frozenset({ReminderState.SENT, ReminderState.SETTLED})
_ABOUT_SENDER = frozenset({"5.1.7", "5.1.8"})  # RFC 3463: the sender's address, not theirs


@dataclass(frozen=True, slots=True)
class News:
    """What was heard for the first time."""

    replies: int = 0
    gone: int = 0
    stops: int = 0
    returned: int = 0

    @property
    def sentence(self) -> str:
        """Say it in one line; "" when there is nothing."""
        parts = [
            f"{count} {one if count == 1 else many}"
            for count, one, many in (
                (self.replies, "person wrote back", "people wrote back"),
                (self.stops, "person wants no more letters", "people want no more letters"),
                (self.gone, "address does not exist", "addresses do not exist"),
                (self.returned, "of your answers came back", "of your answers came back"),
            )
            if count
        ]
        return ", ".join(parts)


class Listener:
    """Reads the mailbox; ``trouble`` says why it could not the last time, or is ""."""

    def __init__(self, context: Context, mailbox: Mailbox) -> None:
        self._context = context
        self._mailbox = mailbox
        self._refused = False
        self.trouble = ""

    async def listen(self) -> News:
        """Read what came in since the last time and act on it.

        A refused login is not tried again by itself: providers lock accounts for that.
        """
        if self._refused:
            return News()
        ledger, now = self._context.ledger, self._context.clock.now()
        letters = await ledger.read(lambda book: book.outbox.maybe_out_since(now - _LONGEST))
        if not letters:
            return News()
        marks = await ledger.read(_marks)
        since = min(letter.sent_at or letter.approved_at or now for letter in letters)
        ids = [letter.message_id for letter in letters]
        try:
            answers = await aside(lambda: self._mailbox.answers_to(ids, since, marks[0]))
        except MailboxError as error:
            self.trouble = f"The mailbox could not be read: {error}"
            self._refused = error.kind == "login"
            return News()
        self.trouble = ""
        settings = self._context.settings
        # from the mark before: a letter sent while the inbox was read may have its answer there
        kept = json.dumps([marks[1], answers.mark])

        def note(book: Book) -> News:
            book.state.put(MARKS, kept)
            return note_all(book, answers.heard, letters, settings, now)

        return await ledger(note)


def _marks(book: Book) -> tuple[str, str]:
    before, last = json.loads(book.state.get(MARKS) or '["", ""]')
    return str(before), str(last)


def note_all(
    book: Book,
    heard: Sequence[Heard],
    letters: Sequence[Reminder],
    settings: Settings,
    now: datetime,
) -> News:
    """Write down what was heard and not known yet, and act on it."""
    from cartdesk.domain.feedback.one_click import beyond_stop  # the word lists wait until now
    from cartdesk.work.feedback_landing import land_reply

    by_id = {letter.message_id: letter for letter in letters}
    replies = gone = stops = returned = 0
    for one in heard:
        letter = by_id.get(one.message_id)
        if letter is None or is_ours(one, settings.sender) or _known(book, one, letter):
            continue
        if one.kind is HeardKind.REPLY and not land_reply(book, one, letter, now):
            continue  # the mailbox numbered its messages anew
        _write_down(book, one, letter, now)
        if one.kind is HeardKind.BOUNCE and letter.sequence == ANSWER:
            returned += _answer_returned(book, one, letter, now)
        if one.kind is HeardKind.REPLY:
            replies += 1
            _end_round(book, letter, now)
        elif one.kind is HeardKind.STOP:
            stops += _stop(book, letter, now)
            if beyond_stop(one.text, one.name):
                replies += land_reply(book, one, letter, now)
        elif no_such_address(one):
            gone += suppress(book, one, letter, now)
    settle(book, settings.sequence, now)
    return News(replies, gone, stops, returned)


def no_such_address(one: Heard) -> bool:
    """Tell whether a report says that the person's address does not exist (RFC 3463 5.1.x)."""
    wrong = one.status.startswith("5.1.") and one.status not in _ABOUT_SENDER
    return one.kind is HeardKind.BOUNCE and wrong


def suppress(book: Book, one: Heard, letter: Reminder, now: datetime) -> bool:
    """Never write again to the address a letter went to, whatever address the report names."""
    if book.outbox.suppressed([letter.email]):
        return False
    words = one.said or one.status
    book.outbox.suppress(letter.email, f"the address was refused: {words}", now)
    book.orders.doubt(letter.cart_id)
    return True


def _answer_returned(book: Book, one: Heard, letter: Reminder, now: datetime) -> bool:
    """Let a person wait again whose answer could not be delivered."""
    answer = book.outbox.get(letter.id)
    if answer is None or answer.message_id != one.message_id or answer.state not in _LEFT:
        return False
    why = one.said or one.status or "the mail server gave no reason"
    book.outbox.answer_returned(answer, f"your answer came back: {why}", now)
    return True


def _stop(book: Book, letter: Reminder, now: datetime) -> bool:
    """Never write again to the address a letter went to, because its reader asks for that."""
    if book.outbox.suppressed([letter.email]):
        return False
    book.outbox.suppress(letter.email, "asked by mail for no more letters", now)
    book.orders.doubt(letter.cart_id)
    return True


def is_ours(one: Heard, sender: SenderSettings) -> bool:
    """Tell whether it is the merchant's own answer, that landed in the same inbox."""
    own = {sender.email.casefold(), sender.reply_to.casefold()}
    return one.kind in {HeardKind.REPLY, HeardKind.STOP} and one.sender in own


def _known(book: Book, one: Heard, letter: Reminder) -> bool:
    return any(
        event.kind == _EVENTS[one.kind] and event.data.get("key") == one.key
        for event in book.events.of_cart(letter.cart_id)
    )


def _write_down(book: Book, one: Heard, letter: Reminder, now: datetime) -> None:
    current = book.outbox.get(letter.id) or letter
    said = {
        "subject": one.subject,
        "from": one.sender,
        "status": one.status,
        "said": one.said,
        "reason": one.reason,
    }
    known = {name: words for name, words in said.items() if words}
    book.events.add(
        _EVENTS[one.kind],
        min(one.at, now),
        cart_id=letter.cart_id,
        reminder_id=letter.id,
        data={"state": current.state, "key": one.key, **known},
    )


def _end_round(book: Book, letter: Reminder, now: datetime) -> None:
    """Cancel whatever still waits for the person who wrote back."""
    person = book.orders.person_of(letter.cart_id)
    carts = [track.id for track in book.orders.tracks([person])[person]] if person else []
    for reminder, _ in book.outbox.with_cart_state(carts):
        if reminder.state in CANCELLABLE:
            book.outbox.move(reminder, "cancel", now, said="the person replied")
    book.orders.doubt(letter.cart_id)

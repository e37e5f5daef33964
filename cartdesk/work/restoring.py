"""What a ledger restored from a copy cannot know: the letters that went out since.

Whoever was written to after the copy was made must not be written to twice. So a letter that
was due by then is left out, and one that was on its way is asked about.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cartdesk.adapters.ledger import Book
from cartdesk.domain.model import SENDING, WAITING, Reminder, ReminderState

RESTORED = "ledger.restored"
MAYBE_OUT = "it may have gone out before the ledger was restored from a copy"
_ON_ITS_WAY = {
    ReminderState.HELD: "claim",
    ReminderState.OPEN: "body-written",
    ReminderState.DOT: "lost-sight",
}


def doubt_letters(book: Book, now: datetime) -> int:
    """Leave out or ask about every letter that may have gone out; gives how many there are."""
    book.state.put(RESTORED, now.isoformat())
    waiting = book.outbox.in_states(WAITING)
    for reminder in waiting:
        book.outbox.move(reminder, "skip", now, said=MAYBE_OUT)
    on_their_way = book.outbox.in_states(SENDING | {ReminderState.HELD})
    for reminder in on_their_way:
        _unsure(book, reminder, now)
    return len(waiting) + len(on_their_way)


def _unsure(book: Book, reminder: Reminder, now: datetime) -> None:
    while event := _ON_ITS_WAY.get(reminder.state):
        tries = reminder.attempts + (event == "claim")
        columns = {"said": MAYBE_OUT, "sent_at": now} if event == "lost-sight" else {}
        state = book.outbox.move(reminder, event, now, attempts=tries, **columns)
        reminder = replace(reminder, state=state, attempts=tries)


def restored_at(book: Book) -> datetime | None:
    """Give when the ledger was last restored; a letter due before may have gone out."""
    text = book.state.get(RESTORED)
    return datetime.fromisoformat(text) if text else None

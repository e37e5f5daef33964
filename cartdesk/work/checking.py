"""Who a letter goes to and the checks beside it: reminders and answers have rules of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.checks import CartFacts, before_sending
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import Reminder
from cartdesk.domain.views import Check
from cartdesk.work.facts import Desktop

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Judged:
    """Where a letter goes ("": nowhere) and what the rules say of it."""

    to: str
    checks: tuple[Check, ...]


def judged(
    book: Book,
    reminder: Reminder,
    facts: CartFacts,
    desktop: Desktop,
    sent_in_24_hours: int | None = None,
) -> Judged:
    """Judge a letter as things stand now; ``sent_in_24_hours`` is counted when not given."""
    if reminder.sequence == ANSWER:
        from cartdesk.work.answering import checks_of  # the word lists wait until there is one

        return Judged(recipient(book, reminder), checks_of(book, reminder, desktop))
    sent = sent_in_24_hours
    if sent is None:
        sent = book.outbox.sent_since(desktop.now - DAY)
    checks = before_sending(facts, sequence=reminder.sequence, sent_in_24_hours=sent)
    return Judged(facts.cart.email, checks)


def recipient(book: Book, answer: Reminder) -> str:
    """Give where an answer goes; "" when what it answers is gone."""
    from cartdesk.domain.feedback.answers import address_of

    piece = book.feedback.piece(answer.step)
    return "" if piece is None else address_of(piece)

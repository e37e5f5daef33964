"""What the ledger keeps of a letter on its way, and what becomes of it in words.

Each function here is one transaction; :mod:`cartdesk.work.sending` calls them in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import CartState, Reminder, ReminderState
from cartdesk.domain.ports import Accepted, Clock, NotSent, Outcome, Refused
from cartdesk.domain.views import SendReport
from cartdesk.work import pausing, refusals
from cartdesk.work.checking import recipient

FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(hours=24)
WITHDRAWN, LEDGER = "withdrawn", "ledger"  # stages of NotSent that no server had a part in


class Withdrawn(Exception):
    """A letter lost its reason while it was being sent; the dot does not go out."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one letter of a batch.

    ``kind`` is the name of a count of :class:`SendReport`, ``why`` what the merchant is told,
    ``halt`` that every further letter of the batch would fare alike, and ``lost`` that the
    connection broke in the middle of the letter.
    """

    kind: str
    why: str = ""
    halt: bool = False
    lost: bool = False


def recover(book: Book, clock: Clock) -> None:
    """Sort out letters an ended program left in mid-sending; call only with the lock held.

    Before the dot nothing was accepted: ready again. After it nobody knows: unsure.
    """
    for reminder in book.outbox.in_states({ReminderState.OPEN}):
        said = "cartdesk ended while sending; the letter certainly did not go out"
        book.outbox.move(reminder, "not-sent", clock.now(), said=said)
    for reminder in book.outbox.in_states({ReminderState.DOT}):
        said = "cartdesk ended between the letter's last byte and the server's answer"
        book.outbox.move(reminder, "lost-sight", clock.now(), said=said, sent_at=clock.now())


def claim(book: Book, number: int, clock: Clock) -> Reminder:
    """Take one held letter for sending. Raises Moved when it is held no more."""
    reminder = book.outbox.get(number)
    if reminder is None or reminder.state is not ReminderState.HELD:
        raise Moved(f"letter {number} is not held")
    state = book.outbox.move(reminder, "claim", clock.now(), attempts=reminder.attempts + 1)
    return replace(reminder, state=state, attempts=reminder.attempts + 1)


def body_written(book: Book, claimed: Reminder, clock: Clock) -> None:
    """Write down that the dot goes out now, unless the reason for the letter went meanwhile.

    Raises:
        Withdrawn: The person was marked, the cart is no longer abandoned, or what an answer
            answers is gone.
        Moved: The letter is no longer ours.
    """
    if claimed.sequence == ANSWER:
        if recipient(book, claimed) != claimed.email:
            raise Withdrawn("what it answers is gone")
        book.outbox.move(claimed, "body-written", clock.now())
        return
    if why := book.outbox.suppressed([claimed.email]):
        raise Withdrawn(f"the person must not be written to: {why}")
    states = {row.id: row.state for row in book.windows.rows([claimed.cart_id]).values()}
    if states.get(claimed.cart_id) is not CartState.ABANDONED:
        raise Withdrawn("the cart changed while the letter was on its way")
    book.outbox.move(claimed, "body-written", clock.now())


def keep(book: Book, number: int, why: str, clock: Clock) -> None:
    """Put a held letter back to ready, with the reason why it did not go."""
    reminder = book.outbox.get(number)
    if reminder is not None and reminder.state is ReminderState.HELD:
        book.outbox.move(reminder, "kept", clock.now(), said=why)


def record(book: Book, number: int, outcome: Outcome, clock: Clock) -> Outcome:
    """Write down what the mail server made of a letter, and give it as it counts.

    A refusal in the words of the one before it counts as one of the account.
    """
    reminder = book.outbox.get(number)
    if reminder is None:
        return outcome
    now, said = clock.now(), in_words(outcome)
    alike = refusals.repeats(book, reminder, outcome, now)
    if isinstance(outcome, Accepted):
        book.outbox.move(reminder, "accepted", now, said=said, sent_at=now)
    elif isinstance(outcome, NotSent):
        book.outbox.move(reminder, "not-sent", now, said=said)
    elif isinstance(outcome, Refused):
        outcome = replace(outcome, scope="account") if alike else outcome
        _record_refusal(book, reminder, outcome, clock, "alike" if alike else "")
    else:
        book.outbox.move(reminder, "lost-sight", now, said=said, sent_at=now)
    return outcome


def _record_refusal(
    book: Book, reminder: Reminder, outcome: Refused, clock: Clock, reason: str
) -> None:
    now, said = clock.now(), in_words(outcome)
    if outcome.scope == "account":
        book.outbox.move(reminder, "kept", now, said=said)
        pausing.begin(book, outcome, now, reason=reason)
    elif outcome.temporary:
        wait = min(FIRST_RETRY * 2 ** max(0, reminder.attempts - 1), LONGEST_RETRY)
        book.outbox.move(reminder, "deferred", now, said=said, not_before=now + wait)
    else:
        book.outbox.move(reminder, "refused", now, said=said)


def in_words(outcome: Outcome) -> str:
    """Say what the mail server answered, in its own words where it spoke."""
    if isinstance(outcome, Accepted):
        return f"{outcome.code} {outcome.text}".strip()
    if isinstance(outcome, Refused):
        verb = "deferred" if outcome.temporary else "refused"
        return f"{verb}: {outcome.code} {outcome.text}".strip()
    if isinstance(outcome, NotSent):
        return f"not sent: {outcome.text}"
    return f"the connection ended {outcome.seconds:.0f} s after the last byte: {outcome.text}"


def ended(outcome: Outcome) -> Ended:
    """Give what an outcome means for its letter and for the rest of the batch.

    A connection lost in the middle of one letter says nothing about the next, which gets a new
    one; a server that cannot be reached, or a login that fails, is the same for all.
    """
    said = in_words(outcome)
    if isinstance(outcome, Accepted):
        return Ended("sent")
    if isinstance(outcome, NotSent):
        unreachable = outcome.stage in {"connect", "login"}
        lost = not unreachable and outcome.stage not in {WITHDRAWN, LEDGER}
        return Ended("kept", said, halt=unreachable or outcome.stage == LEDGER, lost=lost)
    if isinstance(outcome, Refused):
        if outcome.scope == "account":
            return Ended("kept", said, halt=True)
        return Ended("deferred" if outcome.temporary else "refused")
    return Ended("unsure")


def counted(total: SendReport, one: Ended) -> SendReport:
    """Count what became of one letter; the first reason to keep one is told."""
    count = getattr(total, one.kind) + 1
    return replace(total, **{one.kind: count}, sentence=total.sentence or one.why)


def summary(total: SendReport) -> str:
    """Say in one line what became of a batch, and why letters were kept."""
    parts = [
        f"{count} {word}"
        for count, word in (
            (total.sent, "sent"),
            (total.refused, "refused"),
            (total.deferred, "deferred"),
            (total.unsure, "not sure"),
            (total.cancelled, "cancelled, no longer needed"),
            (total.kept, "kept"),
        )
        if count
    ]
    why = f". {total.sentence}" if total.sentence else ""
    return (", ".join(parts) or "nothing to send") + why

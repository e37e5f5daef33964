"""What must hold of the outbox at any time, checked against the whole ledger.

The ledger is read as an auditor would: the state of each letter against the trail of what
happened to it. ``cartdesk doctor`` tells what does not add up, and so do the fault tests.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.audit import Trail
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import SENDING, ReminderState

_UNKNOWN = SENDING | {ReminderState.UNSURE}
_WITH_BYTES = SENDING | {
    ReminderState.HELD,
    ReminderState.SENT,
    ReminderState.UNSURE,
    ReminderState.SETTLED,
}
_IN_PLAY = frozenset(ReminderState) - {
    ReminderState.PLANNED,
    ReminderState.SKIPPED,
    ReminderState.CANCELLED,
}
_ANSWERS = frozenset({"accepted", "not-sent", "deferred", "refused", "lost-sight"})


def violations(book: Book, *, sender_lives: bool = False) -> tuple[str, ...]:
    """Say what does not add up in the outbox; nothing when all is well.

    Args:
        book: The ledger.
        sender_lives: Whether a program holds the sending lock; only then may a letter be in
            mid-sending.
    """
    trails = tuple(book.audit.trails())
    found = [
        f"letter {number} has vanished, though something happened to it"
        for number in book.audit.vanished()
    ]
    for trail in trails:
        found += [f"letter {trail.reminder.id} {words}" for words in _of_one(trail, sender_lives)]
    return (*found, *_of_sequences(trails), *_of_messages(trails))


def _of_one(trail: Trail, sender_lives: bool) -> Iterator[str]:
    reminder, message = trail.reminder, trail.message
    moves = Counter(move for move, _, _ in trail.moves)
    if moves["accepted"] > 1 + moves["again"]:
        yield f"was taken {moves['accepted']} times by the mail server, and nobody asked for it"
    last = next((state for _, state, _ in reversed(trail.moves)), "") or "ready"
    if trail.moves and last != reminder.state:
        yield f"is {reminder.state}, but the last thing that happened to it made it {last}"
    if reminder.state in SENDING and not sender_lives:
        yield "is in mid-sending, but no program is sending"
    if reminder.state in _WITH_BYTES and not message and not trail.erased:
        yield f"is {reminder.state}, but its text is gone"
    if message and reminder.sha256 != hashlib.sha256(message).hexdigest():
        yield "is no longer the text that was approved"
    if message and reminder.message_id.encode() not in message:
        yield "does not bear its own Message-ID"
    answers = reminder.sequence == ANSWER  # to somebody who wrote, so a stop of letters is no bar
    if trail.suppressed_at and not answers and trail.suppressed_at < _last(trail, "body-written"):
        yield "was sent to an address that must not be written to"
    if reminder.attempts != moves["claim"]:
        yield f"counts {reminder.attempts} tries, but {moves['claim']} are written down"
    if _unanswered(trail) > (reminder.state in SENDING):
        yield "was tried, and nothing is written down about how that ended"


def _last(trail: Trail, wanted: str) -> str:
    return max((at for move, _, at in trail.moves if move == wanted), default="")


def _unanswered(trail: Trail) -> int:
    """Count the tries after which nothing is written down."""
    open_tries = 0
    under_way = False
    for move, _, _ in trail.moves:
        if move == "claim":
            open_tries += 1
            under_way = True
        elif under_way and (move in _ANSWERS or move == "kept"):
            open_tries -= 1
            under_way = False
    return open_tries


def _of_sequences(trails: Iterable[Trail]) -> Iterator[str]:
    """No letter follows one of which nobody knows whether it went out."""
    first_unknown: dict[tuple[int, str], int] = {}
    trails = tuple(trail for trail in trails if trail.reminder.sequence != ANSWER)
    for reminder in (trail.reminder for trail in trails):
        if reminder.state in _UNKNOWN:
            key = (reminder.cart_id, reminder.sequence)
            first_unknown[key] = min(reminder.step, first_unknown.get(key, reminder.step))
    for reminder in (trail.reminder for trail in trails):
        unknown = first_unknown.get((reminder.cart_id, reminder.sequence))
        if unknown is not None and reminder.step > unknown and reminder.state in _IN_PLAY:
            yield (
                f"letter {reminder.id} is {reminder.state}, but nobody knows yet whether letter "
                f"number {unknown} of the same cart went out"
            )


def _of_messages(trails: Iterable[Trail]) -> Iterator[str]:
    """No two letters bear one Message-ID, or nobody could tell them apart in a mailbox."""
    seen = Counter(t.reminder.message_id for t in trails if t.message and t.reminder.message_id)
    for message_id, count in seen.items():
        if count > 1:
            yield f"{count} letters bear the Message-ID {message_id}"

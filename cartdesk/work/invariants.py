"""What must hold of the outbox at any time, checked against the whole ledger.

The ledger is read as an auditor would: the state of each letter against the trail of what
happened to it. ``cartdesk doctor`` tells what does not add up, and so do the fault tests.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.audit import Flaw, Trail
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import SENDING, ReminderState

_UNKNOWN = SENDING | {ReminderState.UNSURE}
_WITH_BYTES = SENDING | {
    ReminderState.HELD,
    ReminderState.SENT,
    ReminderState.UNSURE,
    ReminderState.SETTLED,
}
_NO_LETTER = frozenset({ReminderState.SKIPPED, ReminderState.CANCELLED})
_PLANNED = frozenset({"ready", "held-out"})
_ANSWERS = frozenset({"accepted", "not-sent", "deferred", "refused", "lost-sight"})


def violations(book: Book, *, sender_lives: bool = False) -> tuple[str, ...]:
    """Say what does not add up in the outbox; nothing when all is well.

    Args:
        book: The ledger.
        sender_lives: Whether a program holds the sending lock; only then may a letter be in
            mid-sending.
    """
    histories = tuple(book.audit.histories())
    trails = tuple(one for one in histories if isinstance(one, Trail))
    found = [f"letter {one.letter} {one.words}" for one in histories if isinstance(one, Flaw)]
    found += [
        f"letter {number} has vanished, though something happened to it"
        for number in book.audit.vanished()
    ]
    found += [
        f"what was written down as number {first} to {last} of all that happened has vanished"
        for first, last in book.audit.missing_events()
    ]
    for trail in trails:
        found += [f"letter {trail.reminder.id} {words}" for words in _of_one(trail, sender_lives)]
    return (*found, *_of_sequences(trails), *_of_steps(trails), *_of_messages(trails))


def _of_one(trail: Trail, sender_lives: bool) -> Iterator[str]:
    reminder = trail.reminder
    moves = Counter(move.kind for move in trail.moves)
    if moves["accepted"] > 1 + moves["again"] + moves["returned"]:
        yield f"was taken {moves['accepted']} times by the mail server, and nobody asked for it"
    last = next((move.state for move in reversed(trail.moves)), "") or "ready"
    if not trail.moves:
        yield "is there, but nothing is written down about it"
    elif last != reminder.state:
        yield f"is {reminder.state}, but the last thing that happened to it made it {last}"
    if not trail.in_ledger:
        yield f"belongs to cart {reminder.cart_id}, which is gone"
    if reminder.state in SENDING and not sender_lives:
        yield "is in mid-sending, but no program is sending"
    yield from _of_text(trail)
    answers = reminder.sequence == ANSWER  # to somebody who wrote, so a stop of letters is no bar
    stopped_at = trail.suppressed_at
    if stopped_at is not None and not answers and stopped_at < _last(trail, "body-written"):
        yield "was sent to an address that must not be written to"
    if reminder.attempts != moves["claim"]:
        yield f"counts {reminder.attempts} tries, but {moves['claim']} are written down"
    if _unanswered(trail) > (reminder.state in SENDING):
        yield "was tried, and nothing is written down about how that ended"


def _of_text(trail: Trail) -> Iterator[str]:
    """The bytes are those that a person approved."""
    reminder, message = trail.reminder, trail.message
    if not message:
        if reminder.state in _WITH_BYTES and not trail.erased:
            yield f"is {reminder.state}, but its text is gone"
        return
    if not isinstance(message, bytes):
        yield "is no longer the text that was approved: it is kept as something else"
        return
    now = hashlib.sha256(message).hexdigest()
    approved = next((move.sha256 for move in reversed(trail.moves) if move.kind == "approve"), "")
    if now != reminder.sha256 or (approved and now != approved):
        yield "is no longer the text that was approved"
    if reminder.message_id.encode("utf-8", "replace") not in message:
        yield "does not bear its own Message-ID"


def _last(trail: Trail, wanted: str) -> str:
    return max((move.at for move in trail.moves if move.kind == wanted), default="")


def _unanswered(trail: Trail) -> int:
    """Count the tries after which nothing is written down."""
    open_tries = 0
    under_way = False
    for move in trail.moves:
        if move.kind == "claim":
            open_tries += 1
            under_way = True
        elif under_way and (move.kind in _ANSWERS or move.kind == "kept"):
            open_tries -= 1
            under_way = False
    return open_tries


def _of_sequences(trails: Iterable[Trail]) -> Iterator[str]:
    """No letter is planned for a person while nobody knows whether another one went out.

    A person is known by the cart, the address or the account. One that was planned before the
    other one was under way is no fault.
    """
    trails = tuple(trail for trail in trails if trail.reminder.sequence != ANSWER)
    unknown: dict[str, list[tuple[int, int]]] = {}
    for trail in trails:
        if trail.reminder.state in _UNKNOWN:
            for key in _person(trail):
                unknown.setdefault(key, []).append((_unknown_since(trail), trail.reminder.id))
    for trail in trails:
        reminder = trail.reminder
        if reminder.state in _NO_LETTER:
            continue
        planned = next((m.id for m in reversed(trail.moves) if m.kind in _PLANNED), None)
        before = {
            number
            for key in _person(trail)
            for since, number in unknown.get(key, ())
            if number != reminder.id
            and (number < reminder.id if planned is None else since < planned)
        }
        for number in sorted(before):
            yield (
                f"letter {reminder.id} is {reminder.state}, but nobody knows yet whether letter "
                f"{number} to the same person went out"
            )


def _person(trail: Trail) -> frozenset[str]:
    return trail.person | {f"cart {trail.reminder.cart_id}"}


def _unknown_since(trail: Trail) -> int:
    """Give the number of the move since which nobody knows whether a letter went out."""
    since = 0
    for move in reversed(trail.moves):
        if move.state not in _UNKNOWN:
            break
        since = move.id
    return since


def _of_steps(trails: Iterable[Trail]) -> Iterator[str]:
    """Each step of a cart's sequence is one letter."""
    seen = Counter((t.reminder.cart_id, t.reminder.sequence, t.reminder.step) for t in trails)
    for (cart_id, sequence, step), count in seen.items():
        if count > 1:
            yield f"{count} letters are step {step} ({sequence}) of cart {cart_id}"


def _of_messages(trails: Iterable[Trail]) -> Iterator[str]:
    """No two letters bear one Message-ID, or nobody could tell them apart in a mailbox."""
    seen = Counter(t.reminder.message_id for t in trails if t.message and t.reminder.message_id)
    for message_id, count in seen.items():
        if count > 1:
            yield f"{count} letters bear the Message-ID {message_id}"

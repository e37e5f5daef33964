"""Which letter is due next for a person, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.domain.lifecycle.judging import LetterFact, Track
from cartdesk.domain.model import Lane, ReminderState
from cartdesk.domain.settings import SequenceSettings

PAYMENT = "payment"
RECOVERY = "recovery"
ANSWER = "answer"  # no step of a plan: it answers the piece of feedback its step numbers
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
    if any(letter.state is ReminderState.UNSURE or letter.replied for letter in recent):
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

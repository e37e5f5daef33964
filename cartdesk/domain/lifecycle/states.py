"""The states of a reminder as a table; :func:`step` raises on a move that is not in it.

One that is held out has no move at all: its person is in the group that gets no letter.
"""

from __future__ import annotations

from collections.abc import Mapping

from cartdesk.domain.model import ReminderState

R = ReminderState

REMINDER_MOVES: Mapping[tuple[ReminderState, str], ReminderState] = {
    (R.PLANNED, "due"): R.READY,
    (R.READY, "approve"): R.HELD,
    (R.READY, "skip"): R.SKIPPED,
    (R.READY, "later"): R.PLANNED,
    (R.READY, "cancel"): R.CANCELLED,
    (R.PLANNED, "skip"): R.SKIPPED,
    (R.PLANNED, "cancel"): R.CANCELLED,
    (R.PLANNED, "undo"): R.READY,
    (R.SKIPPED, "undo"): R.READY,
    (R.CANCELLED, "undo"): R.READY,
    (R.HELD, "undo"): R.READY,
    (R.HELD, "expire"): R.READY,
    (R.HELD, "kept"): R.READY,
    (R.HELD, "cancel"): R.CANCELLED,
    (R.HELD, "claim"): R.OPEN,
    (R.OPEN, "body-written"): R.DOT,
    (R.OPEN, "not-sent"): R.READY,
    (R.OPEN, "kept"): R.READY,
    (R.OPEN, "deferred"): R.DEFERRED,
    (R.OPEN, "refused"): R.REFUSED,
    (R.DOT, "accepted"): R.SENT,
    (R.DOT, "not-sent"): R.READY,
    (R.DOT, "kept"): R.READY,
    (R.DOT, "deferred"): R.DEFERRED,
    (R.DOT, "refused"): R.REFUSED,
    (R.DOT, "lost-sight"): R.UNSURE,
    (R.DEFERRED, "due"): R.READY,
    (R.DEFERRED, "skip"): R.SKIPPED,
    (R.DEFERRED, "cancel"): R.CANCELLED,
    (R.REFUSED, "skip"): R.SKIPPED,
    (R.UNSURE, "it-went-out"): R.SENT,
    (R.UNSURE, "proved"): R.SENT,
    (R.UNSURE, "came-back"): R.REFUSED,
    (R.UNSURE, "again"): R.HELD,
    (R.UNSURE, "leave"): R.SETTLED,
    (R.UNSURE, "unanswered"): R.SETTLED,
    (R.SENT, "returned"): R.REFUSED,  # answers only: a step of a plan is never sent anew
    (R.SETTLED, "returned"): R.REFUSED,
}
_TRYING = frozenset({R.HELD, R.OPEN, R.DOT})
_NEVER_OUT = frozenset({R.READY, R.CANCELLED, R.DEFERRED, R.REFUSED})


_DONE_TO = {
    "approve": "approved",
    "skip": "skipped",
    "later": "put off",
    "cancel": "cancelled",
    "undo": "taken back",
    "claim": "sent",
    "it-went-out": "answered for: only one that is unsure can",
    "again": "sent again: only one that is unsure can",
    "leave": "left: only one that is unsure can",
}
_IN_WORDS = {
    **{state: str(state) for state in ReminderState},
    R.PLANNED: "put off",
    R.OPEN: "being sent",
    R.DOT: "being sent",
    R.HELD_OUT: "held out",
}


class IllegalMove(ValueError):
    """A reminder was asked to make a move that its state does not allow."""


def step(state: ReminderState, event: str, *, maybe_out: bool = False) -> ReminderState:
    """Give the state after an event.

    Args:
        state: Where the letter stands.
        event: What happened.
        maybe_out: An earlier try may have gone out, and a person chose to send it again. When
            the new try certainly fails, nobody knows more than before: it is unsure again.

    Raises:
        IllegalMove: The table has no such move.
    """
    try:
        after = REMINDER_MOVES[state, event]
    except KeyError:
        done = _DONE_TO.get(event, "changed")
        raise IllegalMove(f"a letter that is {_IN_WORDS[state]} cannot be {done}") from None
    return R.UNSURE if maybe_out and state in _TRYING and after in _NEVER_OUT else after

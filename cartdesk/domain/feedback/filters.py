"""The filter of the Feedback screen: words and ``source: reason: product: language: days:``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.views import FeedbackFilter, Source

Choice = TypeVar("Choice", bound=str)
LANGUAGES = ("en", "fi", "hu")
_NAMES = ("source", "reason", "product", "language", "days", "mood")
LONGEST_DAYS = 3660


@dataclass(frozen=True, slots=True)
class ReadFilter:
    """A filter, read; ``note`` says what was not understood."""

    wanted: FeedbackFilter
    note: str = ""


def read_feedback_filter(
    text: str, base: FeedbackFilter, products: Sequence[tuple[int, str]] = ()
) -> ReadFilter:
    """Read what the merchant typed; a part that is not understood is named, not guessed.

    Args:
        text: Free words and ``name:value`` parts, in any order.
        base: What holds where nothing is typed.
        products: Number and name of the products there is feedback on.
    """
    words: list[str] = []
    notes: list[str] = []
    wanted = base
    for part in text.casefold().split():
        name, colon, value = part.partition(":")
        if not colon or name not in _NAMES:
            words.append(part)
        elif value:
            wanted, note = _with(wanted, name, value, products)
            notes += [note] if note else []
    return ReadFilter(replace(wanted, words=(*wanted.words, *words)), "; ".join(notes))


def _with(
    wanted: FeedbackFilter, name: str, value: str, products: Sequence[tuple[int, str]]
) -> tuple[FeedbackFilter, str]:
    match name:
        case "source":
            if (source := _begins(value, tuple(Source))) is not None:
                return replace(wanted, source=source), ""
            return wanted, f"there is no source {value}; try {', '.join(Source)}"
        case "reason":
            if (reason := _begins(value, tuple(Reason))) is not None:
                return replace(wanted, reason=reason), ""
            return wanted, f"there is no reason {value}; f lists them"
        case "mood":
            if (mood := _begins(value, tuple(Mood))) is not None:
                return replace(wanted, mood=mood), ""
            return wanted, f"there is no mood {value}; try {', '.join(Mood)}"
        case "language":
            if value in LANGUAGES:
                return replace(wanted, language=value), ""
            return wanted, f"language: wants one of {', '.join(LANGUAGES)}"
        case "days":
            if value.isascii() and value.isdecimal() and 0 < int(value[:6]) <= LONGEST_DAYS:
                return replace(wanted, days=int(value[:6])), ""
            return wanted, "days: wants a number, as in days:30"
    number = next((one for one, said in products if value in (str(one), said.casefold())), 0)
    number = number or next((one for one, said in products if value in said.casefold()), 0)
    if number:
        return replace(wanted, product=number), ""
    return wanted, f"there is no feedback on a product {value}"


def _begins(value: str, members: Sequence[Choice]) -> Choice | None:
    """Find what a word names, or begins."""
    exact = [member for member in members if member == value]
    return next(iter([*exact, *(member for member in members if member.startswith(value))]), None)

"""What a piece of feedback says: reasons and mood by word lists, or as a person corrected it.

The rules are plain lists (``words/``), and every label carries the words it was made of, so
that a merchant can see why, and put it right. What no rule knows stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cartdesk.domain.feedback.language import guess_language
from cartdesk.domain.feedback.matching import Match, Meant, Text, matches
from cartdesk.domain.feedback.mood import mood_of, mood_of_signs, signs
from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.vocabulary import vocabulary
from cartdesk.domain.feedback.wording import LIMIT, wording

# A word that speaks for the first reason does not speak for the others as well: "the shipping
# is too expensive" is no word about the price of the goods.
_TAKES = {
    Reason.SHIPPING_COST: {Reason.PRICE, Reason.EXTRA_FEES, Reason.DELIVERY, Reason.COMPETITOR},
    Reason.EXTRA_FEES: {Reason.PRICE, Reason.DELIVERY},
    Reason.FORCED_ACCOUNT: {Reason.LOGIN, Reason.CHECKOUT_LONG, Reason.TECHNICAL},
    Reason.LOGIN: {
        Reason.TECHNICAL,
        Reason.LATER,
        Reason.RETURNS,
        Reason.COUPON_HUNT,
        Reason.DELIVERY,
    },
    Reason.TRUST: {Reason.TECHNICAL},
    Reason.COUPON_HUNT: {Reason.TECHNICAL, Reason.PRICE, Reason.PAYMENT_FAILED},
    Reason.PAYMENT_METHOD: {Reason.TECHNICAL, Reason.LATER},
    Reason.PAYMENT_FAILED: {Reason.PAYMENT_METHOD, Reason.TECHNICAL},
    Reason.COMPETITOR: {Reason.PRICE, Reason.LATER},
    Reason.RETURNS: {Reason.DELIVERY, Reason.PRICE, Reason.SHIPPING_COST},
    Reason.DELIVERY: {Reason.TECHNICAL},
    Reason.CHECKOUT_LONG: {Reason.TECHNICAL, Reason.DELIVERY},
    Reason.PRICE: {Reason.LATER},
}


# Only named, not complained of: praise in the same breath means that all was well.
_TOPICS = frozenset(
    {
        Reason.SHIPPING_COST,
        Reason.PRICE,
        Reason.PAYMENT_METHOD,
        Reason.COUPON_HUNT,
        Reason.DELIVERY,
        Reason.RETURNS,
        Reason.LOGIN,
    }
)
_ALL_BUT_PRODUCT = frozenset(Reason) - {Reason.PRODUCT_QUESTION}
_ALL_BUT_OTHER = frozenset(Reason) - {Reason.OTHER}
_FAILS_OF_ITS_OWN = frozenset({Reason.PAYMENT_FAILED, Reason.LOGIN, Reason.COUPON_HUNT})
_DEAR_FOR_ANOTHER_CAUSE = frozenset({Reason.SHIPPING_COST, Reason.EXTRA_FEES})
_ASKED_MORE_CLOSELY = frozenset(
    {Reason.SHIPPING_COST, Reason.RETURNS, Reason.COUPON_HUNT, Reason.PAYMENT_METHOD}
)


@dataclass(frozen=True, slots=True)
class Found:
    """A reason with the words that speak for it as they stand in the text, and their places.

    ``spans`` are (start, end) in characters of the text, in order. A reason that a person
    gave in a correction has neither.
    """

    reason: Reason
    words: tuple[str, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says a wording means; it wins over every rule."""

    reasons: frozenset[Reason]
    mood: Mood


@dataclass(frozen=True, slots=True)
class Reading:
    """What a piece says. No reasons means unknown; neutral is also the mood of no mood words.

    ``language`` is "en", "fi", "hu" or "" (none of them).
    """

    reasons: tuple[Found, ...] = ()
    mood: Mood = Mood.NEUTRAL
    mood_words: tuple[str, ...] = ()
    language: str = ""
    corrected: bool = False


def read_feedback(
    text: str, language: str = "", corrected: Mapping[str, Correction] | None = None
) -> Reading:
    """Read one piece of feedback.

    Args:
        text: What the person wrote; the first 5,000 characters are read.
        language: Where known, the language of the person ("fi"); else it is guessed.
        corrected: What persons said of wordings, by :func:`wording`.
    """
    text = text[:LIMIT]
    spoken = guess_language(text, language)
    known = corrected.get(wording(text)) if corrected else None
    if known:
        reasons = tuple(Found(reason) for reason in Reason if reason in known.reasons)
        return Reading(reasons, known.mood, language=spoken, corrected=True)
    if not spoken:
        return Reading(mood=mood_of_signs(text), mood_words=signs(text))
    read = Text.of(text, vocabulary(spoken))
    found = matches(read)
    given = _given(read, found)
    mood, words = mood_of(read, text, found, given)
    return Reading(_reasons(read, text, given), mood, words, spoken)


def _given(read: Text, found: Sequence[Match]) -> tuple[Meant, ...]:
    """Give the matches that stand for a reason."""
    praised = {
        read.words[match.places[0]].clause
        for match in found
        if match.rule.kind == "positive" and not match.denied
    }
    meant: list[Meant] = []
    for match in found:
        clause = read.words[match.places[0]].clause
        if match.rule.kind == "asks":
            stands = read.asked(match.places[0])
        else:
            stands = not match.denied and not (
                match.rule.kind == "says" and match.rule.reason in _TOPICS and clause in praised
            )
        if match.rule.reason and stands:
            meant.append((match.rule.reason, match))
    takers: dict[int, set[Reason]] = {}
    clear: dict[int, set[Reason]] = {}
    for reason, match in meant:
        for place in match.places:
            takers.setdefault(place, set()).update(_TAKES.get(reason, ()))
        clear.setdefault(read.words[match.places[0]].sentence, set()).add(reason)
    return tuple(
        (reason, match)
        for reason, match in meant
        if not any(reason in takers[place] for place in match.places)
        and not _vague(reason, match) & clear[read.words[match.places[0]].sentence]
    )


def _vague(reason: Reason, match: Match) -> frozenset[Reason]:
    """Give the reasons that say more than this one in the same sentence.

    Nearly every question is about the product in some way, and one word such as "error" does
    not tell what failed.
    """
    if reason is Reason.PRODUCT_QUESTION and match.rule.kind == "asks":
        return _ALL_BUT_PRODUCT
    if reason is Reason.PRICE:
        return _DEAR_FOR_ANOTHER_CAUSE
    if reason is Reason.DELIVERY and match.rule.kind == "asks":
        return _ASKED_MORE_CLOSELY
    if reason is Reason.OTHER:
        return _ALL_BUT_OTHER
    if reason is Reason.TECHNICAL and len(match.places) == 1:
        return _FAILS_OF_ITS_OWN
    return frozenset()


def _reasons(read: Text, text: str, given: Sequence[Meant]) -> tuple[Found, ...]:
    places: dict[Reason, set[int]] = {}
    for reason, match in given:
        places.setdefault(reason, set()).update(match.places)
    return tuple(
        Found(
            reason,
            tuple(text[read.words[at].start : read.words[at].end] for at in sorted(places[reason])),
            tuple((read.words[at].start, read.words[at].end) for at in sorted(places[reason])),
        )
        for reason in Reason
        if reason in places
    )

"""What a piece of feedback says: reasons and mood by word lists, or as a person corrected it.

The rules are plain lists (``words/``), and every label carries the words it was made of, so
that a merchant can see why, and put it right. What no rule knows stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cartdesk.domain.feedback.language import guess_language
from cartdesk.domain.feedback.matching import Match, Text, matches
from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.vocabulary import vocabulary
from cartdesk.domain.feedback.wording import LIMIT, wording

_HAPPY = "😀😃😄😁😊🙂😍🥰👍❤💚💙💜🧡💛🎉👏🤩😻"
_CROSS = "😡😠🤬👎😤😞😢😭🙁☹😩😒💩"
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
# Nobody says these contentedly; the last two may be a mere question.
_HINDERED = frozenset(
    {
        Reason.EXTRA_FEES,
        Reason.CHECKOUT_LONG,
        Reason.FORCED_ACCOUNT,
        Reason.PAYMENT_FAILED,
        Reason.TECHNICAL,
        Reason.LOGIN,
        Reason.SHIPPING_COST,
        Reason.TRUST,
    }
)
_ASKABLE = frozenset({Reason.SHIPPING_COST, Reason.TRUST, Reason.EXTRA_FEES})
_Meant = tuple[Reason, Match]


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
        signs = _signs(text)
        return Reading(mood=_mood(signs), mood_words=tuple(sign for _, _, sign in signs))
    read = Text.of(text, vocabulary(spoken))
    found = matches(read)
    given = _given(read, found)
    moods = _moods(read, text, found, given)
    hurt = any(
        reason in _HINDERED
        and match.rule.kind != "asks"
        and not (reason in _ASKABLE and read.wonders(match.places[0]))
        for reason, match in given
    )
    mood = _mood(moods, hurt=hurt, reserved=bool(given) or _but(read, moods))
    found_reasons = _reasons(read, text, given)
    words = tuple(word for *_, word in moods)
    if hurt and not words:
        words = next(one.words for one in found_reasons if one.reason in _HINDERED)
    return Reading(found_reasons, mood, words, spoken)


def _given(read: Text, found: Sequence[Match]) -> tuple[_Meant, ...]:
    """Give the matches that stand for a reason."""
    praised = {
        read.words[match.places[0]].clause
        for match in found
        if match.rule.kind == "positive" and not match.denied
    }
    meant: list[_Meant] = []
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


def _reasons(read: Text, text: str, given: Sequence[_Meant]) -> tuple[Found, ...]:
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


_Tone = tuple[int, int, str]  # clause, +1 or -1, the words


def _moods(
    read: Text, text: str, found: Sequence[Match], given: Sequence[_Meant]
) -> tuple[_Tone, ...]:
    """Give what sounds pleased or cross: a complaint is cross, a denied praise too."""
    complaints: dict[tuple[Reason, int], set[int]] = {}
    for reason, match in given:
        if match.rule.kind == "complains" and not read.wonders(match.places[0]):
            clause = read.words[match.places[0]].clause
            complaints.setdefault((reason, clause), set()).update(match.places)
    tones = [(tuple(sorted(places)), -1) for places in complaints.values()]
    taken = {place for places, _ in tones for place in places}
    # Longer phrases first, so that the words of "no problem" do not count again as "problem".
    for match in sorted(found, key=lambda one: (-len(one.places), one.places)):
        if match.rule.reason or not taken.isdisjoint(match.places):
            continue
        taken.update(match.places)
        if match.rule.kind == "negative":
            if not (match.denied or read.wonders(match.places[0])):
                tones.append((match.places, -1))
        elif not read.wonders(match.places[0]):
            tones.append((match.places, -1 if match.denied else 1))
    words = [
        (
            read.words[places[0]].clause,
            sign,
            " ".join(text[read.words[at].start : read.words[at].end] for at in places),
        )
        for places, sign in sorted(tones)
    ]
    return (*words, *_signs(text))


def _but(read: Text, tones: Sequence[_Tone]) -> bool:
    """Tell whether a "but" stands after the last praise."""
    last = max((clause for clause, sign, _ in tones if sign > 0), default=-1)
    return any(
        word.clause > last and word.text in read.vocabulary.breaks for word in read.words
    ) and last >= 0


def _signs(text: str) -> tuple[_Tone, ...]:
    """Give the first emoji of each kind."""
    tones: list[_Tone] = []
    for sign, signs in ((1, _HAPPY), (-1, _CROSS)):
        first = next((char for char in text if char in signs), "")
        if first:
            tones.append((LIMIT, sign, first))
    return tuple(tones)


def _mood(tones: Sequence[_Tone], *, hurt: bool = False, reserved: bool = False) -> Mood:
    """Weigh them; what comes last weighs more: "lovely, but too expensive" is a complaint.

    Args:
        tones: What sounds pleased or cross, in order.
        hurt: A reason was given that nobody gives without having been hindered.
        reserved: Praise is followed by a "but", or by a reason not to buy.
    """
    total = sum(sign for _, sign, _ in tones)
    if tones and tones[-1][1] < 0:
        total -= 1
    if total > 0:
        return Mood.NEGATIVE if hurt else Mood.NEUTRAL if reserved else Mood.POSITIVE
    return Mood.NEGATIVE if total < 0 or hurt else Mood.NEUTRAL

"""How somebody sounds: praise and complaint by the words and emoji used."""

from __future__ import annotations

from collections.abc import Sequence

from cartdesk.domain.feedback.matching import Match, Meant, Text
from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.wording import LIMIT

_HAPPY = "😀😃😄😁😊🙂😍🥰👍❤💚💙💜🧡💛🎉👏🤩😻"
_CROSS = "😡😠🤬👎😤😞😢😭🙁☹😩😒💩"
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
_Tone = tuple[int, int, str]  # last place, +1 or -1, the words


def mood_of(
    read: Text, text: str, found: Sequence[Match], given: Sequence[Meant]
) -> tuple[Mood, tuple[str, ...]]:
    """Give the mood and the words it was heard by.

    Args:
        read: The text as words.
        text: The same text as it was written.
        found: Every match in it.
        given: Those that stand for a reason.
    """
    tones = _tones(read, text, found, given)
    hindered = [
        match
        for reason, match in given
        if reason in _HINDERED
        and match.rule.kind != "asks"
        and not (reason in _ASKABLE and read.wonders(match.places[0]))
    ]
    mood = _weigh(tones, hurt=bool(hindered), reserved=bool(given) or _but(read, found, tones))
    words = tuple(word for *_, word in tones)
    return mood, words or tuple(_written(read, text, match.places) for match in hindered[:1])


def signs(text: str) -> tuple[str, ...]:
    """Give the first happy and the first cross emoji of a text."""
    return tuple(sign for *_, sign in _signs(text))


def mood_of_signs(text: str) -> Mood:
    """Give the mood of a text in a language without word lists: by its emoji alone."""
    return _weigh(_signs(text))


def _tones(
    read: Text, text: str, found: Sequence[Match], given: Sequence[Meant]
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
            places[-1],
            sign,
            _written(read, text, places),
        )
        for places, sign in sorted(tones)
    ]
    return (*words, *_signs(text))


def _but(read: Text, found: Sequence[Match], tones: Sequence[_Tone]) -> bool:
    """Tell whether a "but" or a "not" stands after the last praise: something is held back."""
    last = max((place for place, sign, _ in tones if sign > 0 and place < LIMIT), default=None)
    if last is None:
        return False
    vocabulary = read.vocabulary
    praise = {at for match in found if match.rule.kind == "positive" for at in match.places}
    return any(
        word.text in vocabulary.breaks or (word.text in vocabulary.negators and at not in praise)
        for at, word in enumerate(read.words[last + 1 :], last + 1)
    )


def _signs(text: str) -> tuple[_Tone, ...]:
    """Give the first emoji of each kind."""
    tones: list[_Tone] = []
    for sign, signs in ((1, _HAPPY), (-1, _CROSS)):
        first = next((char for char in text if char in signs), "")
        if first:
            tones.append((LIMIT, sign, first))
    return tuple(tones)


def _weigh(tones: Sequence[_Tone], *, hurt: bool = False, reserved: bool = False) -> Mood:
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


def _written(read: Text, text: str, places: Sequence[int]) -> str:
    return " ".join(text[read.words[at].start : read.words[at].end] for at in places)

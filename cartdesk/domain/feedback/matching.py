"""Finds the phrases of a vocabulary in a text, and which of them are denied.

The work grows with the number of words only: a phrase has few steps, and each may skip
at most a handful of words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.vocabulary import Rule, Vocabulary
from cartdesk.domain.feedback.wording import Word, split

_REACH = 3  # words a negation reaches forward: "not at all expensive"


@dataclass(frozen=True, slots=True)
class Match:
    """A rule met by the words at ``places``; ``denied`` when a negation stands before them."""

    rule: Rule
    places: tuple[int, ...]
    denied: bool


Meant = tuple[Reason, Match]  # a match and the reason it speaks for


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a text with the keys each has in one vocabulary."""

    words: tuple[Word, ...]
    keys: tuple[frozenset[str], ...]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, text: str, vocabulary: Vocabulary) -> Text:
        """Split a text and look its words up."""
        words = split(text, vocabulary.breaks)
        known = {word: vocabulary.keys(word) for word in {one.text for one in words}}
        return cls(words, tuple(known[one.text] for one in words), vocabulary)

    def asked(self, place: int) -> bool:
        """Tell whether a word stands in a question: by its mark, or by how it begins."""
        word = self.words[place]
        if word.question:
            return True
        first = place
        while first and self.words[first - 1].clause == word.clause:
            first -= 1
            if place - first > 30:
                return False
        opening = [one.text for one in self.words[first : first + 2] if one.clause == word.clause]
        return bool({opening[0], " ".join(opening)} & self.vocabulary.questions)

    def wonders(self, place: int) -> bool:
        """Tell whether a word stands in a question that is no reproach ("why is it so dear?")."""
        word = self.words[place]
        if not word.question:
            return False
        first = place
        while first and self.words[first - 1].sentence == word.sentence and place - first < 30:
            first -= 1
        return not any(one.text in self.vocabulary.whys for one in self.words[first : place + 1])


def matches(text: Text) -> tuple[Match, ...]:
    """Find every rule that is met, each at most once at a place."""
    found = list(_met(text))
    harmless = {place for rule, places in found if rule.kind == "exempt" for place in places}
    return tuple(
        Match(rule, places, _denied(text, places, harmless))
        for rule, places in found
        if rule.reason or (rule.kind != "exempt" and harmless.isdisjoint(places))
    )


def _met(text: Text) -> Iterator[tuple[Rule, tuple[int, ...]]]:
    for place, keys in enumerate(text.keys):
        for key in sorted(keys):
            for rule in text.vocabulary.rules(key):
                places = _follow(text, rule.steps, (place,))
                if places:
                    yield rule, places


def _follow(
    text: Text, steps: Sequence[tuple[str, int]], places: tuple[int, ...]
) -> tuple[int, ...]:
    """Walk on from the places found so far, inside the clause; () when there is no way."""
    if len(places) == len(steps):
        return places
    key, gap = steps[len(places)]
    clause = text.words[places[0]].clause
    for place in range(places[-1] + 1, min(places[-1] + 2 + gap, len(text.words))):
        if text.words[place].clause != clause:
            break
        if key in text.keys[place] and (all_places := _follow(text, steps, (*places, place))):
            return all_places
    return ()


def _denied(text: Text, places: tuple[int, ...], harmless: set[int]) -> bool:
    """Tell whether a negation that is no part of the phrase stands before or between its words."""
    negators = text.vocabulary.negators
    clause = text.words[places[0]].clause
    for place in range(places[0] - 1, max(-1, places[0] - 1 - _REACH), -1):
        word = text.words[place]
        if word.clause != clause or word.text in text.vocabulary.links:
            break
        if word.text in negators and place not in harmless:
            return True
    between = set(range(places[0], places[-1])) - set(places) - harmless
    return any(text.words[place].text in negators for place in between)

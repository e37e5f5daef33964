"""The word lists of a language, ready to be looked up.

A list is ``words/<language>.toml`` beside this file. A rule is a phrase of words:

``word``      this word        ``stem*``    words that begin so
``*end``      words that end so ``*part*``  words that hold it (compounds)
``a|b*``      one or the other ``@name``    one of the list ``[sets] name``
``#``         a number
``~``         at most 3 other words may stand here
``x & y``     both in one clause, in any order, at most 4 other words between

Words are written as people spell them; capitals and accents are not compared. One wrong,
missing, extra or swapped letter is forgiven in words and stems of at least 7 letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import permutations
from typing import Any

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.wording import fold

LANGUAGES = ("en", "fi", "hu")
_GAP = 3
_BOTH = 4
_TYPO_FROM = 7  # letters; shorter words are too near to each other


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase. ``steps`` are (key of a word, most other words before it).

    ``kind`` is complains, says or asks with a reason; positive, negative or exempt without.
    """

    kind: str
    reason: Reason | None
    steps: tuple[tuple[str, int], ...]


class Vocabulary:
    """The compiled word lists of one language.

    Args:
        lists: What the TOML file holds.
    """

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self.negators = _words(lists["negators"])
        self.breaks = _words(lists["breaks"])
        self.links = _words(lists["links"])
        self.questions = frozenset(
            " ".join(map(fold, opening.split())) for opening in lists["questions"].split(",")
        )
        self.whys = _words(lists["whys"])
        self.common = _words(lists["common"])
        self.letters = str(lists["letters"])
        self._apart = _words(lists["apart"])
        self._sets: Mapping[str, str] = lists["sets"]
        self._exact: dict[str, set[str]] = {}
        self._begins: dict[str, set[str]] = {}
        self._ends: dict[str, set[str]] = {}
        self._holds: dict[str, set[str]] = {}
        self._known: set[str] = set()
        self._rules: dict[str, list[Rule]] = {}
        for kind in ("positive", "negative", "exempt"):
            self._add(kind, None, lists[kind])
        for code, kinds in lists["reasons"].items():
            for kind, phrases in kinds.items():
                self._add(kind, Reason(code), phrases)
        self._lengths = sorted({len(stem) for stem in self._begins})
        self._longest_end = max(map(len, self._ends), default=0)
        self._near = _neighbours((self._exact, self._begins))
        self._near_lengths = sorted({len(word) for words in self._near.values() for word in words})

    def rules(self, key: str) -> Iterable[Rule]:
        """Give the rules whose first word has this key."""
        return self._rules.get(key, ())

    def keys(self, word: str) -> frozenset[str]:
        """Give the keys of all words and lists of words that a folded word belongs to."""
        found = self.spelled(word)
        if not found and word not in self.common and word not in self._apart:
            found = self._nearly(word)
        return frozenset(found)

    def spelled(self, word: str) -> set[str]:
        """Give the keys of a word that is spelled right."""
        found = set(self._exact.get("#" if word.isdecimal() else word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found |= self._begins.get(word[:length], set())
        for start in range(max(0, len(word) - self._longest_end), len(word)):
            found |= self._ends.get(word[start:], set())
        for part, keys in self._holds.items():
            if part in word:
                found |= keys
        return found

    def _nearly(self, word: str) -> set[str]:
        """Give the keys of long words and stems that one slip of the finger away."""
        found: set[str] = set()
        if len(word) < _TYPO_FROM - 1 or not word.isalpha():
            return found
        for known in self._candidates(word):
            whole = known in self._exact and _one_slip(word, known)
            if whole:
                found |= self._exact[known]
            if known in self._begins and any(
                _one_slip(word[: len(known) + more], known) for more in (-1, 0, 1)
            ):
                found |= self._begins[known]
        return found

    def _candidates(self, word: str) -> set[str]:
        found: set[str] = set()
        for length in {*self._near_lengths, len(word)}:
            for more in (-1, 0, 1):
                prefix = word[: length + more]
                for variant in (prefix, *_without_one(prefix)):
                    found.update(self._near.get(variant, ()))
        return {known for known in found if known[0] == word[0]}

    def _add(self, kind: str, reason: Reason | None, phrases: Iterable[str]) -> None:
        for phrase in phrases:
            for parts in permutations(phrase.split(" & ")):
                steps: list[tuple[str, int]] = []
                for part in parts:
                    gap = _BOTH if steps else 0
                    for spec in part.split():
                        if spec == "~":
                            gap = _GAP
                            continue
                        self._learn(spec)
                        steps.append((spec, gap))
                        gap = 0
                self._rules.setdefault(steps[0][0], []).append(Rule(kind, reason, tuple(steps)))

    def _learn(self, key: str) -> None:
        """File the words of a key under it."""
        if key in self._known:
            return
        self._known.add(key)
        for name in key.split("|"):
            words = self._sets[name[1:]].split() if name.startswith("@") else [name]
            for word in words:
                table = (
                    self._holds
                    if word.startswith("*") and word.endswith("*")
                    else self._ends
                    if word.startswith("*")
                    else self._begins
                    if word.endswith("*")
                    else self._exact
                )
                table.setdefault(fold(word.strip("*")), set()).add(key)


@lru_cache(maxsize=len(LANGUAGES))
def vocabulary(language: str) -> Vocabulary:
    """Read the word lists of one of :data:`LANGUAGES`, once."""
    import tomllib

    file = files("cartdesk.domain.feedback") / "words" / f"{language}.toml"
    return Vocabulary(tomllib.loads(file.read_text("utf-8")))


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


def _neighbours(tables: Iterable[Mapping[str, object]]) -> dict[str, set[str]]:
    """File long words under themselves and under each form with one letter less."""
    near: dict[str, set[str]] = {}
    for table in tables:
        for word in table:
            if len(word) >= _TYPO_FROM:
                for variant in (word, *_without_one(word)):
                    near.setdefault(variant, set()).add(word)
    return near


def _without_one(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(1, len(word)))


def _one_slip(typed: str, meant: str) -> bool:
    """Tell whether one letter is wrong, missing, too many, or swapped with the next."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    same = 0
    while same < min(len(typed), len(meant)) and typed[same] == meant[same]:
        same += 1
    left, right = typed[same:], meant[same:]
    if len(left) == len(right):
        swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
        return left[1:] == right[1:] or swapped
    return left[1:] == right if len(left) > len(right) else left == right[1:]

"""A text as words with their places, and the key under which one wording is remembered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LIMIT = 5000  # characters; what lies behind is not read
_LONGEST = 60  # characters of one word that are looked at
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f]|['’](?=[^\W_]))*")
_STRETCHED = re.compile(r"(.)\1{2,}")
_ENDS = frozenset(".!?…")
_STOPS = _ENDS | frozenset(",;()[]–—•|")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: its place in the text, and ``text`` as word lists write it.

    ``clause`` and ``sentence`` count from 0; ``question`` tells that its sentence ends with a
    question mark.
    """

    start: int
    end: int
    text: str
    clause: int
    sentence: int
    question: bool


def fold(text: str) -> str:
    """Write a word without capitals, accents and stretched letters: "Szállítááás" is "szallitas".

    People leave accents out on a phone, so words are compared without them.
    """
    small = text[:_LONGEST].casefold().replace("’", "'")
    if not small.isascii():
        parts = unicodedata.normalize("NFD", small)
        small = "".join(char for char in parts if unicodedata.category(char) != "Mn")
    return _STRETCHED.sub(r"\1", small)


def split(text: str, breaks: frozenset[str] = frozenset()) -> tuple[Word, ...]:
    """Split the first 5,000 characters of a text into words.

    A clause ends at a punctuation mark, at a blank line and before each word of ``breaks``
    (folded: "but", "mutta", "de"). One line break is only a space, since mails are wrapped.
    """
    text = text[:LIMIT]
    found = list(_WORD.finditer(text))
    questions = _questions(text, found)
    words: list[Word] = []
    clause = sentence = last = 0
    for place, match in enumerate(found):
        gap = text[last : match.start()] if place else ""
        folded = fold(match[0])
        number = place and found[place - 1][0].isdecimal() and match[0].isdecimal()
        if place and not (number and gap in ".,"):
            ended = _ends_sentence(gap)
            sentence += ended
            clause += ended or not _STOPS.isdisjoint(gap) or " - " in gap or folded in breaks
        last = match.end()
        asked = sentence in questions
        words.append(Word(match.start(), last, folded, clause, sentence, asked))
    return tuple(words)


def wording(text: str) -> str:
    """Give the key of a wording: the same for texts that differ only in what does not matter.

    Capitals, spaces, line breaks, punctuation and emoji do not matter; accents do, because
    "saari" and "sääri" are two words. A text without any word is compared by its signs. The
    key is a SHA-256 in hexadecimal, so that remembering a wording keeps nobody's text.
    """
    import hashlib

    small = unicodedata.normalize("NFC", text[:LIMIT].casefold())
    words = _WORD.findall(small) or small.split()
    return hashlib.sha256(" ".join(words).replace("’", "'").encode("utf-8", "replace")).hexdigest()


def _ends_sentence(gap: str) -> bool:
    return not _ENDS.isdisjoint(gap) or gap.count("\n") > 1


def _questions(text: str, found: Iterable[re.Match[str]]) -> set[int]:
    """Give the numbers of the sentences that end with a question mark."""
    asked: set[int] = set()
    sentence, last = 0, None
    for match in found:
        if last is not None:
            gap = text[last.end() : match.start()]
            number = last[0].isdecimal() and match[0].isdecimal()
            if _ends_sentence(gap) and not (number and gap in ".,"):
                if "?" in gap:
                    asked.add(sentence)
                sentence += 1
        last = match
    if last is not None and "?" in text[last.end() :]:
        asked.add(sentence)
    return asked

"""Which of our languages a text is written in."""

from __future__ import annotations

from cartdesk.domain.feedback.vocabulary import LANGUAGES, vocabulary
from cartdesk.domain.feedback.wording import LIMIT, split

_ENOUGH = 400  # words looked at
_COMMON = 2  # what a common little word counts; a word of our lists and a letter count 1
_HINT = 1


def guess_language(text: str, hint: str = "") -> str:
    """Guess the language of a text: "en", "fi", "hu", or "" when nothing speaks for one.

    Args:
        text: Anything.
        hint: The language the person's order or the shop suggests. It decides when the text
            leaves it open; a text that speaks clearly for another language wins over it.
    """
    words = [word.text for word in split(text)[:_ENOUGH]]
    letters = text[:LIMIT].casefold()
    scores = {language: _score(language, words, letters) for language in LANGUAGES}
    best = max(LANGUAGES, key=lambda one: (scores[one], one == hint))
    if hint in scores:
        clear = scores[best] >= 2 * scores[hint] and scores[best] > scores[hint] + _HINT
        return best if clear else hint
    return best if scores[best] else ""


def _score(language: str, words: list[str], letters: str) -> int:
    known = vocabulary(language)
    score = sum(letters.count(letter) for letter in known.letters)
    for word in words:
        if word in known.common:
            score += _COMMON
        elif len(word) > 3 and not word.isdecimal() and known.spelled(word):
            score += 1
    return score

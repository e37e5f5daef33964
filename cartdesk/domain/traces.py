"""What a person is called, found again in other text: in any case, escaped or spaced otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

_SHORTEST_NAME = 4  # a shorter single word would be found in ordinary text
_SHORTEST_PHONE = 6  # digits
_SUBSCRIBER = 8  # digits at the end that are the same with and without a country's prefix
_BETWEEN = r"[ ()./\u00a0-]*"  # digits of a telephone number
_PREFIX = rf"(?<!\w)\+?\(?(?:\d{_BETWEEN}){{0,7}}"  # a number has at most 15 digits (ITU E.164)
_NOT_DIGITS = re.compile(r"\D")


def fold(text: str) -> str:
    """Give a text without the differences that case and ways of writing a letter make."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class Traces:
    """The e-mail addresses, names and telephone numbers of one person.

    A name of one word may be anybody's, or no name at all, so it is only looked for where
    ``single_names`` says so. An address is no trace of another one that ends or goes on alike.
    """

    def __init__(self, strings: Iterable[str], *, single_names: bool = False) -> None:
        wanted = sorted({fold(text).strip() for text in strings} - {""}, key=len, reverse=True)
        self._names = frozenset(text for text in wanted if "@" not in text and not _dials(text))
        patterns = [
            *(rf"(?<![\w.+-]){_spelt(text)}(?![\w-]|\.\w)" for text in wanted if "@" in text),
            *(
                rf"(?<!\w){_spelt(text)}(?!\w)"
                for text in wanted
                if text in self._names
                and (len(text.split()) > 1 or (single_names and len(text) >= _SHORTEST_NAME))
            ),
        ]
        self._words = re.compile("|".join(patterns), re.IGNORECASE) if patterns else None
        dialled = {_NOT_DIGITS.sub("", text)[-_SUBSCRIBER:] for text in wanted if _dials(text)}
        phones = [f"{_PREFIX}{_BETWEEN.join(digits)}(?!\\w)" for digits in sorted(dialled)]
        self._phones = re.compile("|".join(phones)) if phones else None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Give where traces begin and end; the whole text where only its folded form has one."""
        if self._words:
            if self._words.search(fold(self._words.sub("*", text))):
                yield 0, len(text)
                return
            yield from (match.span() for match in self._words.finditer(text))
        if self._phones and not _is_time(text):
            yield from (match.span() for match in self._phones.finditer(text))

    def within(self, text: str) -> bool:
        """Tell whether a text names the person."""
        return any(True for _ in self.spans(text))

    def blank(self, text: str) -> str:
        """Put stars over the traces; the length stays, so that places in the text do too."""
        for begin, end in self.spans(text):
            text = text[:begin] + "*" * (end - begin) + text[end:]
        return text

    def blank_all(self, value: Any) -> Any:
        """Put stars over the traces in all texts of a JSON value."""
        if isinstance(value, str):
            return self.blank(value)
        if isinstance(value, Mapping):
            return {key: self.blank_all(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.blank_all(one) for one in value]
        return value

    def in_record(self, value: Any) -> bool:
        """Tell whether a record of the shop names the person, also in two fields."""
        if isinstance(value, str):
            return self.within(value)
        if isinstance(value, Mapping):
            called = f"{value.get('first_name') or ''} {value.get('last_name') or ''}"
            named = fold(called).strip() in self._names
            return named or any(self.in_record(one) for pair in value.items() for one in pair)
        return isinstance(value, list) and any(self.in_record(one) for one in value)


def _dials(text: str) -> bool:
    """Tell whether a text is a telephone number."""
    digits = sum(char.isdigit() for char in text)
    return digits >= _SHORTEST_PHONE and not any(char.isalpha() or char == "@" for char in text)


def _spelt(text: str) -> str:
    """Give the pattern of a folded text, with the ways JSON and web addresses write it."""
    return "".join(map(_spelt_char, text))


def _spelt_char(char: str) -> str:
    if char == "@":
        return "(?:@|%40)"
    if char.isspace():
        return r"\s+"
    if char.isascii():
        return re.escape(char)
    forms = {char, char.upper()}
    escaped = {
        "".join(rf"\\u{ord(one):04x}" for one in form if ord(one) < 1 << 16) for form in forms
    }
    return f"(?:{'|'.join([re.escape(char), *sorted(escaped - {''})])})"


def _is_time(text: str) -> bool:
    """Tell whether a text is a date or a time, whose digits dial nobody."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True

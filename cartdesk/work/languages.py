"""A language of the merchant's own: its letters and its fixed words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.letterbox import Letterbox

if TYPE_CHECKING:
    from cartdesk.domain.letters.fields import Words

_MEANINGS = {
    "hello_name": "the greeting; {name} is the shopper's first name",
    "hello": "the greeting without a name",
    "weekdays": "Monday to Sunday, as in “you left these on Monday”",
    "on_day": "an older day; {day} is the date",
    "day_pattern": "how that date is written: long, medium or a pattern of CLDR",
    "day_endings": "what the language hangs on the 1st to the 31st, if anything",
    "quantity": "beside a product; {n} is the number",
    "more": "products that are not shown; {n} is their number",
    "shipping": "below the products",
    "other_costs": "below the products",
    "total": "below the products",
    "working_days": "of a delivery; {n} is the number, or two with a dash",
    "why_basket": "at the foot of a reminder; {shop} is your shop's name",
    "why_payment": "at the foot of the letter after a failed payment; {shop} is your shop's name",
    "call_payment": "the text to a phone after a failed payment; {who} is you",
    "call_basket": "the text to a phone about a basket; {who} is you",
    "stop": "at the foot of every letter; ends before the link",
    "stop_link": "the words of that link",
}


def new_language_files(box: Letterbox) -> dict[str, str]:
    """Give the files of a new language by name: the English letters and words.

    Raises:
        LetterProblem: A letter of the merchant's cannot be read.
    """
    letters = {f"{name}.md": box.get(name).source for name in box.names()}
    return letters | {"words.toml": words_file()}


def words_file() -> str:
    """Give a ``words.toml`` with the English words, each with what it is for."""
    from dataclasses import fields

    from cartdesk.domain.letters.fields import Words

    parts = ["# The words cartdesk itself puts into letters. Translate what is between quotes;\n"]
    parts.append("# keep {name}, {day}, {n}, {shop} and {who} as they are.\n")
    for field in fields(Words):
        value = field.default
        shown = list(value) if isinstance(value, tuple) else value
        meaning = _MEANINGS.get(field.name, "")
        parts.append(f"\n# {meaning}\n" if meaning else "\n")
        # A plain text as JSON writes it is a text of TOML as well.
        parts.append(f"{field.name} = {json.dumps(shown, ensure_ascii=False)}\n")
    return "".join(parts)


def words_trouble(box: Letterbox, language: str) -> str:
    """Say what is wrong with the fixed words of a language, or ""."""
    try:
        wrong = _wrong(box.words(language))
    except (ValueError, TypeError, OSError) as problem:
        wrong = f"it cannot be read ({problem})"
    return f"In words.toml of “{language}”: {wrong}." if wrong else ""


def _wrong(words: Words) -> str:
    from dataclasses import fields

    from cartdesk.domain.letters.fields import Words as Known

    for field in fields(Known):
        value, usual = getattr(words, field.name), field.default
        if isinstance(usual, tuple):
            if not isinstance(value, tuple) or not all(isinstance(one, str) for one in value):
                return f"{field.name} must be a list of words"
            if usual and len(value) != len(usual):
                return f"{field.name} must have {len(usual)} words"
        elif not isinstance(value, str):
            return f"{field.name} must be text between quotes"
        elif bad := _unfilled(value, str(usual)):
            return f"{field.name} {bad}"
    return ""


def _unfilled(value: str, usual: str) -> str:
    import string

    try:
        used = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
        known: dict[str, Any] = {
            name: "x" for _, name, _, _ in string.Formatter().parse(usual) if name is not None
        }
        value.format(**known)
    except (ValueError, LookupError, AttributeError):
        return "has braces that mean nothing"
    missing = known.keys() - used
    return f"lacks {{{min(missing)}}}" if missing else ""

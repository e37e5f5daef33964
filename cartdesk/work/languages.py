"""A language of the merchant's own: its letters and its fixed words."""

from __future__ import annotations

import json

from cartdesk.adapters.letterbox import Letterbox

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
    from cartdesk.domain.letters import LetterProblem
    from cartdesk.domain.letters.wording import wrong_word

    try:
        words = box.written_words(language)
    except LetterProblem as problem:
        return str(problem)
    wrong = next(filter(None, (wrong_word(name, word) for name, word in words.items())), "")
    return f"In words.toml of “{language}”: {wrong}; the English word is used." if wrong else ""

"""What the fixed words of a language must be, since letters are made with them unseen."""

from __future__ import annotations

import string
from dataclasses import fields

from cartdesk.domain.letters.fields import Words

_USUAL = {field.name: field.default for field in fields(Words)}
_LONGEST = 400  # characters
_MAY_BE_LEFT_OUT = frozenset({"shop"})  # a language may say who writes in other words


def wrong_word(name: str, value: object) -> str:
    """Say what is wrong with a word of a language, or "".

    Args:
        name: A field of :class:`Words`.
        value: What stands for it, a list where ``Words`` has several.
    """
    usual = _USUAL.get(name)
    if usual is None:
        return f"{name} is not a word cartdesk uses"
    if isinstance(usual, tuple):
        return _wrong_list(name, value, len(usual))
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        return f"{name} must be text between quotes"
    return _wrong_places(name, value, _places(str(usual)))


def _wrong_list(name: str, value: object, count: int) -> str:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        return f"{name} must be a list of words"
    wanted = count or 31  # endings of the days of a month may be left out
    if len(value) != wanted and (count or value):
        return f"{name} must have {wanted} words"
    return ""


def _wrong_places(name: str, value: str, usual: set[str]) -> str:
    try:
        found = _places(value)
        value.format(**dict.fromkeys(usual, "x"))
    except (ValueError, LookupError, AttributeError):
        return f"{name} has braces that mean nothing"
    missing = sorted(usual - found - _MAY_BE_LEFT_OUT)
    return f"{name} lacks {{{missing[0]}}}" if missing else ""


def _places(text: str) -> set[str]:
    """Give the names in braces. Raises ValueError for braces that do not match."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

"""Text from outside made safe, and times in words."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

_REPLACED = "\ufffd"
_SPACES = dict.fromkeys(map(ord, "\t\n\r\x0b\x0c\x85\u2028\u2029\u00a0"), " ")
_BIDI = frozenset([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_ZWJ = "\u200d"
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 2


def clean(value: object, limit: int = 300) -> str:
    """Make one line of text from outside safe to store, show and print.

    Control characters (ESC and the C1 block among them) become U+FFFD, line breaks and tabs
    a space; direction overrides, invisible and unassigned characters go; at most two
    combining marks stay on a letter; the result is NFC, trimmed and at most ``limit``
    characters long with a final "…" when it was cut. Anything but text gives "".
    """
    if not isinstance(value, str):
        return ""
    if value.isascii() and value.isprintable():
        return _cut(value.strip(), limit)
    kept: list[str] = []
    marks = 0
    normal = unicodedata.normalize("NFC", value[: limit * 8].translate(_SPACES))
    for char in normal:
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if category == "Cc":
            kept.append(_REPLACED)
        elif marks > _MOST_MARKS or ord(char) in _BIDI:
            continue
        elif category not in _DROPPED or char == _ZWJ:
            kept.append(char)
    return _cut(unicodedata.normalize("NFC", "".join(kept)).strip(), limit)


def clean_lines(value: object, limit: int = 5000) -> str:
    """Make text of several lines safe: like :func:`clean`, but line breaks stay."""
    if not isinstance(value, str):
        return ""
    lines = (clean(line, limit) for line in value[: limit * 8].splitlines())
    return _cut("\n".join(lines).strip(), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def ago(then: datetime, now: datetime) -> str:
    """Say how long ago something was: "just now", "12 min ago", "3 h ago", "2 days ago"."""
    return "just now" if now - then < timedelta(minutes=1) else f"{span(now - then)} ago"


def span(length: timedelta) -> str:
    """Say a length of time in its largest unit: "14 s", "12 min", "3 h", "2 days"."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86400:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"

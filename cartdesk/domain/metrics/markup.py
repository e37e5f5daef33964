"""HTML and SVG as text: every string is escaped unless it was made here."""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Escape text, also for attributes; characters XML 1.0 has no place for become U+FFFD."""
    if isinstance(value, Markup):
        return value
    allowed = "".join(char if _is_allowed(char) else "\ufffd" for char in str(value))
    return Markup(escape(allowed))


def _is_allowed(char: str) -> bool:
    """Tell whether a character may stand in a document (XML 1.0, production 2)."""
    code = ord(char)
    return char in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """Make an element; ``class_`` is written "class", other underscores become hyphens.

    An element without children is closed at once, as SVG and HTML's void elements allow.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(*children)
    return Markup(f"<{name}{written}>{inner}</{name}>" if children else f"<{name}{written}/>")


def join(*parts: object) -> Markup:
    """Put parts behind one another, escaping those that are no markup."""
    return Markup("".join(text(part) for part in parts))

"""HTML that anybody may have written, cut into text and tags in one pass.

The standard library's parser looks for the end of a tag or comment anew from every "<" and
raises for some declarations, so a small message can keep it busy for minutes. Here every
character is looked at a fixed number of times, and nothing raises.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

# A quote opens a value only right behind "=", as in browsers (HTML, 13.2.5.37).
_TAG_STOP = re.compile(r"""=\s*"[^"]*"|=\s*'[^']*'|>""")
_OPENING = re.compile(r"<(?:!--|[!?]|(/?)([a-zA-Z][^\s/<>]*))")
_COMMENT_END = re.compile(r"--!?>")
_NAMED = re.compile(
    r"""(?<![\w-])(?:class|id)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"']*))""", re.IGNORECASE
)
_RAW_ENDS = {
    name: re.compile(rf"</{name}(?![^\s/>])", re.IGNORECASE) for name in ("script", "style")
}
_LONG_NUMBER = re.compile(
    r"&#(?:[xX][0-9a-fA-F]{9,}|[0-9]{9,});?"
)  # none is a character; int() raises


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag: its name in lower case, whether it closes, and the values of class and id."""

    name: str
    closes: bool = False
    named: str = ""


def pieces(markup: str) -> Iterator[str | Tag]:
    """Give the text (entities replaced) and the tags of HTML, in their order.

    Comments, declarations and what stands in scripts and styles are left out. A "<" that opens
    nothing is text; so is a tag that never ends, with all that follows it.
    """
    at = 0
    while found := _OPENING.search(markup, at):
        begin, name = found.start(), (found[2] or "").lower()
        if found[0] == "<!--":
            over = _COMMENT_END.search(markup, begin + 2)  # "<!-->" is a whole one
            end = over.end() if over else len(markup)
        else:
            end = _tag_end(markup, found.end()) if name else markup.find(">", begin) + 1
            if not end:
                break
        yield _text(markup[at:begin])
        if name:
            yield Tag(name, bool(found[1]), _named(markup[found.end() : end - 1]))
        if name in _RAW_ENDS and not found[1]:
            over = _RAW_ENDS[name].search(markup, end)
            end = over.start() if over else len(markup)
        at = end
    yield _text(markup[at:])


def _tag_end(markup: str, at: int) -> int:
    """Find the place behind the ">" that ends a tag; 0 when nothing does."""
    for stop in _TAG_STOP.finditer(markup, at):
        if stop[0] == ">":
            return stop.end()
    return 0


def _named(attributes: str) -> str:
    return " ".join(map("".join, _NAMED.findall(attributes)))


def _text(piece: str) -> str:
    return html.unescape(_LONG_NUMBER.sub("\ufffd", piece))

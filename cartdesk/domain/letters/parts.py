"""From one parsed Markdown text to the parts of a letter; here the plain text part.

Both parts are written by walking the same tree, with one method for each kind of node, so
they hold the same facts. The HTML part is in ``letter_html``.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from cartdesk.domain.letters.fields import LetterFacts

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

# While Markdown is parsed, every ASCII character of a value that is not a letter stands in
# a private plane of Unicode: no value can act as markup, whatever it holds.
ITEMS = "\U0010f000"
REASONS = "\U0010f001"
_PLANE = 0x10F100
_SHIELD = {code: _PLANE + code for code in range(128) if not chr(code).isalpha()}
_UNSHIELD = {there: here for here, there in _SHIELD.items()}
_PRIVATE = re.compile("[\U0010f000-\U0010f1ff]")
_WEB = frozenset({"https", "http"})


class BadLink(ValueError):
    """A letter holds a link or picture whose address a letter may not have."""


def shield(value: str) -> str:
    """Take a value's power to act as Markdown; :func:`unshield` gives it back as it was."""
    return without_private(value).translate(_SHIELD)


def unshield(text: str) -> str:
    """Turn shielded values in a text back into themselves."""
    return text.translate(_UNSHIELD)


def without_private(text: str) -> str:
    """Take out the characters that stand for shielded ones."""
    return _PRIVATE.sub("", text)


def target(url: str) -> str:
    """Check the address of a link; raises :class:`BadLink` unless it is web, mail or phone."""
    url = unshield(url).strip()
    scheme, _, rest = url.partition(":")
    if scheme == "tel":
        return "tel:" + re.sub(r"[^\d+]", "", unquote(rest))
    if scheme == "mailto" and "@" in rest and not re.search(r"[\s<>\"]", rest):
        return url
    try:
        host = urlsplit(url).hostname if scheme in _WEB else ""
    except ValueError:
        host = ""
    if not host or re.search(r"[\s<>\"\\]", url):
        raise BadLink(url)
    return url


class Part:
    """What both writers share: going through the tree."""

    def __init__(self, facts: LetterFacts) -> None:
        self.facts = facts

    def write(self, node: SyntaxTreeNode) -> str:
        """Write one node by the method named after its type."""
        method: Callable[[SyntaxTreeNode], str] = getattr(self, node.type)
        return method(node)

    def inside(self, node: SyntaxTreeNode) -> str:
        return "".join(self.write(child) for child in node.children)

    def inline(self, node: SyntaxTreeNode) -> str:
        return self.inside(node)

    def address(self, node: SyntaxTreeNode, name: str = "href") -> str:
        return target(str(node.attrs.get(name, "")))

    def button(self, paragraph: SyntaxTreeNode) -> SyntaxTreeNode | None:
        """Give the link of a paragraph that is nothing but a link to a web page."""
        inline = paragraph.children[0].children
        if len(inline) != 1 or inline[0].type != "link":
            return None
        return inline[0] if self.address(inline[0]).partition(":")[0] in _WEB else None


def is_items(paragraph: SyntaxTreeNode) -> bool:
    """Tell whether a paragraph is the place of the list of products."""
    return paragraph.type == "paragraph" and paragraph.children[0].content == ITEMS


def is_reasons(paragraph: SyntaxTreeNode) -> bool:
    """Tell whether a paragraph is the place of the reasons a reader can tap."""
    return paragraph.type == "paragraph" and paragraph.children[0].content == REASONS


class TextPart(Part):
    """Writes the plain text part."""

    def letter(self, root: SyntaxTreeNode) -> str:
        """Write the whole part: the text, then who wrote it, why, and how to stop."""
        facts = self.facts
        contact = [line for line in (facts.email, facts.phone) if line]
        stop = facts.words.stop
        if facts.stop_url:
            stop = f"{stop} {facts.words.stop_link}: {facts.stop_url}"
        lines = ["----", *facts.sender, *contact, "", facts.why, stop, ""]
        return f"{self.blocks(root)}\n\n" + "\n".join(lines)

    def blocks(self, node: SyntaxTreeNode) -> str:
        return "\n\n".join(self.write(child) for child in node.children)

    def paragraph(self, node: SyntaxTreeNode) -> str:
        if is_items(node):
            return self.items()
        if is_reasons(node):
            return "\n".join(f"- {label}: {url}" for label, url in self.facts.reasons)
        link = self.button(node)
        if link is not None:
            return f"{self.inside(link)}: {self.address(link)}"
        return self.inside(node)

    def heading(self, node: SyntaxTreeNode) -> str:
        return self.inside(node)

    def bullet_list(self, node: SyntaxTreeNode) -> str:
        return "\n".join(self._entry("- ", child) for child in node.children)

    def ordered_list(self, node: SyntaxTreeNode) -> str:
        first = int(node.attrs.get("start", 1))
        numbered = enumerate(node.children, first)
        return "\n".join(self._entry(f"{number}. ", child) for number, child in numbered)

    def _entry(self, mark: str, node: SyntaxTreeNode) -> str:
        return mark + textwrap.indent(self.blocks(node), " " * len(mark)).lstrip()

    def blockquote(self, node: SyntaxTreeNode) -> str:
        return textwrap.indent(self.blocks(node), "> ", lambda _: True)

    def hr(self, _node: SyntaxTreeNode) -> str:
        return "* * *"

    def fence(self, node: SyntaxTreeNode) -> str:
        return textwrap.indent(unshield(node.content.rstrip("\n")), "    ")

    code_block = fence

    def text(self, node: SyntaxTreeNode) -> str:
        return unshield(node.content)

    code_inline = text_special = text

    def softbreak(self, _node: SyntaxTreeNode) -> str:
        return " "

    def hardbreak(self, _node: SyntaxTreeNode) -> str:
        return "\n"

    def strong(self, node: SyntaxTreeNode) -> str:
        return self.inside(node)

    em = strong

    def link(self, node: SyntaxTreeNode) -> str:
        label, url = self.inside(node), self.address(node)
        plain = url.removeprefix("mailto:").removeprefix("tel:")
        known = label in {url, plain} or target(f"tel:{label}") == url
        return label if known else f"{label} ({plain})"

    def image(self, node: SyntaxTreeNode) -> str:
        return unshield(node.content)

    def items(self) -> str:
        """Write the list of products in columns, then the sums."""
        facts = self.facts
        rows = [(f"{item.quantity} × {item.name}", item.price) for item in facts.items]
        if facts.more:
            rows.append((facts.words.more.format(n=facts.more), ""))
        left = min(max((_width(name) for name, _ in (*rows, *facts.sums)), default=0), 46)
        right = max((_width(price) for _, price in (*rows, *facts.sums)), default=0)
        lines = [_columns(name, price, left, right) for name, price in rows]
        lines += [_columns(name.rjust(left), price, left, right) for name, price in facts.sums]
        return "\n".join(lines)


def _columns(name: str, price: str, left: int, right: int) -> str:
    pad = " " * max(0, left - _width(name))
    lead = " " * max(0, right - _width(price))
    return f"  {name}{pad}   {lead}{price}".rstrip()


def _width(text: str) -> int:
    """Count the columns a text takes in a fixed-width face."""
    widths = ({"W": 2, "F": 2}.get(unicodedata.east_asian_width(char), 1) for char in text)
    marks = sum(unicodedata.category(char) in {"Mn", "Me", "Cf"} for char in text)
    return sum(widths) - marks

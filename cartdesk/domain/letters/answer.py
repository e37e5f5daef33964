"""An answer to what a person wrote: the merchant's own words, who they are, and the quote.

It is no reminder, so nothing in it leads back to a basket and no line tells how to stop. The
words are Markdown without fields; what the person wrote is quoted as it stands and is never
read as Markdown.
"""

from __future__ import annotations

import re
import textwrap
from html import escape
from typing import TYPE_CHECKING

from cartdesk.domain.formats import day
from cartdesk.domain.letters.fields import LetterFacts
from cartdesk.domain.letters.html import HtmlPart
from cartdesk.domain.letters.parts import BadLink, TextPart, unshield, without_private
from cartdesk.domain.letters.template import Flaw, compiled, filled
from cartdesk.domain.model import Letter, Rendered, Shop
from cartdesk.domain.text import clean, clean_lines

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

    from cartdesk.domain.feedback.views import Piece

LONGEST = 8_000  # characters
_QUOTED = 3_000
_LONGEST_SUBJECT = 150
_PREFIX = re.compile(r"^(?:(?:re|aw|vs|sv|antw|vá|odp)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
_TITLE = re.compile(r"#+\s+(.+)")


class AnswerProblem(ValueError):
    """An answer cannot be written so; ``str()`` is for the merchant."""


def subject_for(piece: Piece, shop_name: str) -> str:
    """Give the subject: that of the person's mail with one "Re:", else what it is about."""
    from cartdesk.domain.feedback.one_click import read_tap

    theirs = piece.thread.subject if piece.thread else ""
    tap = read_tap(theirs)
    bare = _PREFIX.sub("", clean(tap.words if tap else theirs)).replace("=?", "= ?").strip()
    if bare:
        return clean(f"Re: {bare}", _LONGEST_SUBJECT)
    about = f": {piece.about}" if piece.about else ""
    return clean(f"{shop_name}{about}".replace("=?", "= ?"), _LONGEST_SUBJECT)


def render_answer(
    words: str, piece: Piece, subject: str, facts: LetterFacts, shop: Shop
) -> Rendered:
    """Write the parts of an answer.

    Args:
        words: What the merchant says, in Markdown; every line break counts.
        piece: What is answered, to be quoted.
        subject: See :func:`subject_for`.
        facts: For who the sender is, and the language.
        shop: For its time zone and how it writes dates.

    Raises:
        AnswerProblem: There are no words, too many, or a link no letter may hold.
    """
    if not clean_lines(words):
        raise AnswerProblem("There is no text yet. Write a few words, then try again.")
    if len(words) > LONGEST:
        raise AnswerProblem(f"The answer is longer than {LONGEST:,} characters. Shorten it.")
    root = _parsed(words)
    name = piece.who or piece.email
    head = f"{name}, {day(piece.written_at, shop, facts.language)}:"
    quote = clean_lines(piece.text, _QUOTED)
    try:
        text = _Text(facts, head, quote).letter(root)
        html = _Html(facts, head, quote).letter(root, subject)
    except BadLink as bad:
        raise AnswerProblem(
            f"A link leads to “{clean(str(bad), 80)}”. Links begin with https://, mailto: or tel:."
        ) from None
    return Rendered(subject, text, html)


def canned(letter: Letter, facts: LetterFacts) -> tuple[str, str]:
    """Give title and text of a ready-made answer, its fields filled in.

    The first line is the title, a heading of Markdown; it does not go into the answer.

    Raises:
        AnswerProblem: It has an unknown field, or one that is empty here.
    """
    title, body = titled(letter)
    try:
        return title, unshield(filled(compiled(f"Subject: -\n\n{body}").body, facts.fields)).strip()
    except Flaw as flaw:
        raise AnswerProblem(f"In the answer “{letter.name}”: {flaw}") from None


def titled(letter: Letter) -> tuple[str, str]:
    """Part a ready-made answer into its title and the text below it."""
    head, _, body = letter.source.strip().partition("\n")
    found = _TITLE.fullmatch(head.strip())
    if found is None:
        return letter.name, letter.source
    return clean(found[1], 60), body


def _parsed(words: str) -> SyntaxTreeNode:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    return SyntaxTreeNode(MarkdownIt("commonmark", {"html": False}).parse(without_private(words)))


class _Text(TextPart):
    """Writes the plain text part."""

    def __init__(self, facts: LetterFacts, head: str, quote: str) -> None:
        super().__init__(facts)
        self._head, self._quote = head, quote

    def letter(self, root: SyntaxTreeNode) -> str:
        facts = self.facts
        contact = [line for line in (facts.email, facts.phone) if line]
        parts = [self.blocks(root), "\n".join(["-- ", *facts.sender, *contact])]
        if self._quote:
            quoted = textwrap.indent(self._quote, "> ", lambda _: True)
            parts.append(f"{self._head}\n{quoted}")
        return "\n\n".join(parts) + "\n"

    def softbreak(self, _node: SyntaxTreeNode) -> str:
        return "\n"


class _Html(HtmlPart):
    """Writes the HTML part."""

    def __init__(self, facts: LetterFacts, head: str, quote: str) -> None:
        super().__init__(facts)
        self._head, self._quote = head, quote

    def below(self) -> str:
        if not self._quote:
            return ""
        lines = "<br>".join(map(escape, self._quote.splitlines()))
        style = "margin:0 0 14px;padding:0 0 0 14px;border-left:3px solid #ece7dd;color:#6b665d"
        return (
            f'<p style="margin:18px 0 6px;font-size:14px;color:#6b665d">{escape(self._head)}</p>'
            f'<blockquote style="{style}">{lines}</blockquote>'
        )

    def footer(self) -> str:
        return f'<p style="margin:0">{self.identity()}</p>'

    def softbreak(self, _node: SyntaxTreeNode) -> str:
        return "<br>"

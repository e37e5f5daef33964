"""Letters: from a merchant's template and one cart's facts to a subject, a text and HTML.

A letter is Markdown whose first line is ``Subject: ...``, with the fields of
``fields``. It is filled in once; what a shopper typed is shielded before Markdown is
parsed, also once; and both parts are written from that one tree.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cartdesk.domain.letters.fields import (
    ENGLISH,
    FIELDS,
    Item,
    LetterFacts,
    Words,
    facts_for,
    stop_address,
)
from cartdesk.domain.letters.html import HtmlPart
from cartdesk.domain.letters.parts import (
    ITEMS,
    REASONS,
    BadLink,
    TextPart,
    is_items,
    is_reasons,
    unshield,
)
from cartdesk.domain.letters.template import Flaw, compiled, filled
from cartdesk.domain.links import Link
from cartdesk.domain.model import Letter, Rendered
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

__all__ = [
    "FIELDS",
    "LetterFacts",
    "LetterProblem",
    "Words",
    "check",
    "example_facts",
    "facts_for",
    "render",
]

LONGEST_HTML = 100_000  # Gmail cuts a message off at 102 kB
LONGEST_SUBJECT = 150


class LetterProblem(ValueError):
    """A letter cannot be filled in; ``str()`` names the letter, the line and the remedy."""


def render(letter: Letter, facts: LetterFacts) -> Rendered:
    """Fill in a letter. Raises :class:`LetterProblem`."""
    try:
        return _write(letter.source, facts)
    except Flaw as flaw:
        raise LetterProblem(f"In the letter “{letter.name}”: {flaw}") from None


def check(source: str) -> list[str]:
    """Try a letter and list what is wrong with it, each with its line and what to write.

    It is tried with every field filled and with only those that are never empty.
    """
    try:
        compiled(source)
    except Flaw as flaw:
        return [str(flaw)]
    problems: list[str] = []
    for full in (True, False):
        facts = example_facts(full=full)
        try:
            if f'href="{facts.link.url}"' not in _write(source, facts).html:
                raise Flaw(0, "The way back is missing: add a line [Back]({{ link }}).")
        except Flaw as flaw:
            problems.append(str(flaw))
    return list(dict.fromkeys(problems))


def example_facts(*, full: bool, words: Words = ENGLISH) -> LetterFacts:
    """Give facts to try a letter with: every field filled, or only those never empty."""
    from cartdesk.domain.feedback.one_click import links

    fields = {field.name: field.example for field in FIELDS if full or not field.optional}
    email = "hello@shop.example"
    return LetterFacts(
        language="en",
        words=words,
        fields=fields,
        link=Link("cart", str(fields["link"]), "An example."),
        items=(Item("Oak serving board", 3, "€84.00", ""),),
        more=0,
        sums=((words.total, "€84.00"),),
        shop_name="Oak & Tin",
        sender=("Maija", "Oak & Tin", "Oak Street 1", "Turku"),
        email=email,
        phone="",
        why=words.why_basket.format(shop="Oak & Tin"),
        stop_url=stop_address(email),
        reasons=links(email, "0123456789") if full else (),
    )


def _write(source: str, facts: LetterFacts) -> Rendered:
    template = compiled(source)
    subject = clean(unshield(filled(template.subject, facts.fields)), LONGEST_SUBJECT)
    if not subject:
        raise Flaw(1, "The subject is empty. Write it behind “Subject:”.")
    root = _parsed(filled(template.body, facts.fields))
    try:
        text = TextPart(facts).letter(root)
        html = HtmlPart(facts).letter(root, subject)
    except BadLink as bad:
        raise Flaw(0, _BAD_LINK.format(url=clean(str(bad), 80))) from None
    if len(html) > LONGEST_HTML:
        raise Flaw(0, "The letter is too long: mail programs would cut it off. Shorten it.")
    return Rendered(subject, text, html)


def _parsed(text: str) -> SyntaxTreeNode:
    """Parse filled-in Markdown, the one time it is parsed."""
    from markdown_it.tree import SyntaxTreeNode

    root = SyntaxTreeNode(_markdown().parse(text))
    for name, sign, is_there in (("items", ITEMS, is_items), ("reasons", REASONS, is_reasons)):
        if text.count(sign) > 1:
            raise Flaw(0, f"{{{{ {name} }}}} can be shown only once.")
        if sign in text and not any(is_there(node) for node in root.walk()):
            raise Flaw(0, f"{{{{ {name} }}}} must stand on a line of its own, outside lists.")
    return root


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    class Plain(MarkdownIt):
        """Markdown that leaves addresses as they are; ``target`` judges them later."""

        def validateLink(self, url: str) -> bool:
            return True

        def normalizeLink(self, url: str) -> str:
            return url

        def normalizeLinkText(self, link: str) -> str:
            return link

    return Plain("commonmark", {"html": False})


_BAD_LINK = (
    "A link leads to “{url}”. Links must begin with https://, mailto: or tel:, and pictures "
    "with https://; the way back is [Back]({{{{ link }}}})."
)

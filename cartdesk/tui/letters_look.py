"""How letters are written on the Letters screen and in their editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from cartdesk.domain.letters.shelf import Shelved
from cartdesk.domain.model import Rendered
from cartdesk.domain.views import Check
from cartdesk.tui.text import (
    BAD,
    CARE,
    GOOD,
    MUTED,
    VERDICT_SIGNS,
    Look,
    fit,
    line,
    paragraphs,
    stack,
)

if TYPE_CHECKING:
    from cartdesk.work.letters import Example

_MOST_SAID = 3
_STYLES = {"+": GOOD, "-": BAD}


def letter_row(letter: Shelved, width: int) -> Content:
    """Write one letter's language, name and state; each state has a word."""
    word, style = _state(letter)
    name = letter.name.replace("-", " ")
    lead = f" {letter.language} "
    room = width - len(lead) - len(word) - 1
    return line((lead, MUTED), fit(name, max(4, room)), " ", (word, style))


def _state(letter: Shelved) -> tuple[str, str]:
    if letter.trouble:
        return "✗ broken", BAD
    if letter.draft:
        return "! draft", CARE
    return ("✎ yours", GOOD) if letter.own else ("", MUTED)


def filled_in(rendered: Rendered | None) -> Content:
    """Write subject and text as the shopper would read them."""
    if rendered is None:
        return line(("This letter cannot be filled in.", BAD))
    subject = line(("Subject  ", MUTED), (rendered.subject, "bold"))
    return stack(subject, line(""), paragraphs(rendered.text))


def filled_in_with(example: Example, look: Look) -> str:
    """Name the cart a letter is filled in with."""
    cart = example.cart
    if cart is None:
        return "a made-up cart"
    return f"#{cart.number} {cart.name or cart.email} {look.money(cart.total)}".strip()


def reads_head(example: Example, look: Look) -> Content:
    """Write the heading above a letter that is filled in."""
    count = f"  {example.place + 1} of {example.of}" if example.cart else ""
    named = filled_in_with(example, look)
    return line(("AS IT WILL READ", "bold"), (f"  {named}{count}", MUTED))


def said(checks: Sequence[Check], good: str, most: int = _MOST_SAID) -> Content:
    """Write the first things that are wrong or could be better, or what is good."""
    if not checks:
        return line(("✓ ", GOOD), good)
    rows = []
    for check in checks[:most]:
        sign = VERDICT_SIGNS[check.verdict]
        rows.append(line((f"{sign.mark} ", sign.style), check.sentence))
    if len(checks) > most:
        rows[-1] = line(rows[-1], (f"  and {len(checks) - most} more", MUTED))
    return stack(*rows)


def difference_lines(found: Sequence[tuple[str, str]]) -> list[tuple[str, Content]]:
    """Write differences, each line with its mark, so that colour is not alone."""
    return [(mark, line((text, _STYLES.get(mark, MUTED)))) for mark, text in found]


def difference_text(found: Sequence[tuple[str, str]]) -> Content:
    """Write differences as one text, for a question."""
    rows = [line((f"{mark} {text}", _STYLES.get(mark, MUTED))) for mark, text in found]
    return stack(*rows) if rows else line("The texts are the same.")

"""The only maker of what widgets show: every string is cleaned again and cut by cell width.

Textual reads square brackets in a plain ``str`` as markup, and such markup may call actions,
so a widget never gets a string that came from data; it gets the ``Content`` made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from cartdesk.domain.model import CartState, Lane, ReminderState, Shop
from cartdesk.domain.money import Money, exponent
from cartdesk.domain.text import ago, clean, span
from cartdesk.domain.views import Verdict

Part = str | tuple[str, str] | Content

MUTED = "dim"
GOOD = "$text-success"
CARE = "$text-warning"
BAD = "$text-error"
TINT = "$text-accent"
STRONG = "bold"

_LONGEST = 20_000
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪"}
_SYMBOLS |= {"HUF": "Ft", "SEK": "kr", "NOK": "kr", "DKK": "kr", "CZK": "Kč", "PLN": "zł"}


def safe(value: object) -> str:
    """Clean one line once more, keeping the blanks at both ends (they are layout)."""
    text = value if isinstance(value, str) else str(value)
    bare = text.strip(" ")
    if not bare:
        return text
    start = text.index(bare)
    return text[:start] + clean(bare, _LONGEST) + text[start + len(bare) :]


def line(*parts: Part) -> Content:
    """Make one line of parts; a part is text, (text, style), or made here before."""
    made: list[str | Content | tuple[str, str]] = []
    for part in parts:
        if isinstance(part, Content):
            made.append(part)
        elif isinstance(part, tuple):
            made.append((safe(part[0]), part[1]))
        else:
            made.append(safe(part))
    return Content.assemble(*made)


def stack(*contents: Content) -> Content:
    """Put lines below one another."""
    return Content("\n").join(contents)


def paragraphs(text: str, style: str = "") -> Content:
    """Make text of several lines, each cleaned, with its indents kept."""
    return stack(*(line((row, style)) for row in text[:_LONGEST].splitlines()))


Fact = tuple[str, Content | Sequence[Content]]


def hang(pairs: Sequence[Fact], width: int) -> Content:
    """Set label and text side by side; text that wraps stays below itself.

    Args:
        pairs: Label and text; an empty label goes on with the one before. Several texts are
            set side by side and never broken within one.
        width: The cells there are in all.
    """
    indent = max((cell_len(label) for label, _ in pairs), default=0)
    indent = indent + 2 if indent else 0
    room = max(10, width - indent)
    found: list[Content] = []
    for label, content in pairs:
        head = fit(label, indent)
        flat = content if isinstance(content, Content) else _flow(content, room)
        for row in flat.wrap(room) or [line("")]:
            found.append(line((head, MUTED), row))
            head = " " * indent
    return stack(*found)


def _flow(parts: Sequence[Content], room: int) -> Content:
    lines: list[list[Content]] = [[]]
    used = 0
    for part in parts:
        if used and used + 2 + part.cell_length > room:
            lines.append([])
            used = 0
        lines[-1].append(part)
        used += part.cell_length + 2
    return stack(*(Content("  ").join(each) for each in lines))


def fit(value: str, width: int, *, right: bool = False) -> str:
    """Cut or fill cleaned text to exactly ``width`` terminal cells, with "…" where it was cut."""
    text = safe(value).strip()
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1) + "…" if width > 0 else ""
    blank = " " * (width - cell_len(text))
    return blank + text if right else text + blank


def cells(value: str) -> int:
    """Tell how many terminal cells the text takes."""
    return cell_len(safe(value))


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state looks: a sign, a word and a style, so that colour is never alone."""

    mark: str
    word: str
    style: str = ""

    @property
    def content(self) -> Content:
        """The sign and its word."""
        return line((f"{self.mark} {self.word}", self.style))


LETTER_SIGNS: dict[ReminderState, Sign] = {
    ReminderState.PLANNED: Sign("◦", "planned", MUTED),
    ReminderState.READY: Sign("○", "ready"),
    ReminderState.HELD: Sign("◔", "held", CARE),
    ReminderState.OPEN: Sign("◔", "sending", CARE),
    ReminderState.DOT: Sign("◔", "sending", CARE),
    ReminderState.SENT: Sign("✉", "sent", GOOD),
    ReminderState.DEFERRED: Sign("✗", "put off by the server", BAD),
    ReminderState.REFUSED: Sign("✗", "failed", BAD),
    ReminderState.UNSURE: Sign("?", "not sure it went", CARE),
    ReminderState.SETTLED: Sign("✉", "left as sent", GOOD),
    ReminderState.SKIPPED: Sign("·", "skipped", MUTED),
    ReminderState.HELD_OUT: Sign("◇", "held out", MUTED),
    ReminderState.CANCELLED: Sign("·", "cancelled", MUTED),
}

CART_SIGNS: dict[CartState, Sign] = {
    CartState.OPEN: Sign("◦", "open"),
    CartState.ABANDONED: Sign("○", "abandoned"),
    CartState.RECOVERED: Sign("✓", "recovered", GOOD),
    CartState.LOST: Sign("·", "lost", MUTED),
    CartState.MERGED: Sign("·", "merged", MUTED),
    CartState.STOPPED: Sign("✗", "stopped", BAD),
    CartState.PLACED: Sign("✓", "bought", GOOD),
    CartState.CLOSED: Sign("·", "closed", MUTED),
    CartState.JUNK: Sign("·", "apart", MUTED),
}

VERDICT_SIGNS: dict[Verdict, Sign] = {
    Verdict.OK: Sign("✓", "fine", GOOD),
    Verdict.WARN: Sign("!", "take care", CARE),
    Verdict.STOP: Sign("✗", "stops it", BAD),
}

LANES: dict[Lane, str] = {
    Lane.DRAFT: "not placed",
    Lane.UNPAID: "not paid",
    Lane.FAILED: "payment failed",
    Lane.CANCELLED: "timed out",
    Lane.NONE: "-",
}


@dataclass(frozen=True, slots=True)
class Look:
    """Money and times as this shop writes them, seen at one moment.

    ``wall`` is the moment on the merchant's own clock, which holds are counted in.
    """

    shop: Shop
    now: datetime
    wall: datetime

    def money(self, amount: Money | None) -> str:
        """Write an amount ("€84.00"), or "-" when the shop named none."""
        if amount is None:
            return "-"
        shop = self.shop
        own = amount.currency == shop.currency
        number = _grouped(
            amount.amount,
            exponent(amount.currency),
            shop.thousand_separator if own else ",",
            shop.decimal_separator if own else ".",
        )
        symbol = _SYMBOLS.get(amount.currency, amount.currency)
        place = shop.currency_position if own else "left"
        if len(symbol) > 1 and not place.startswith("right"):
            place = "left_space" if own else "right_space"
        blank = " " if place.endswith("space") else ""
        if place.startswith("right"):
            return f"{number}{blank}{symbol}"
        return f"{symbol}{blank}{number}"

    def clock(self, at: datetime | None) -> str:
        """Write the time of day in the shop's zone ("14:02")."""
        return at.astimezone(self.shop.tz).strftime("%H:%M") if at else "–"

    def day(self, at: datetime | None) -> str:
        """Write day and time: "today 14:02", "Tue 4 Jun 14:02", with the year when it differs."""
        if at is None:
            return "–"
        there, here = at.astimezone(self.shop.tz), self.now.astimezone(self.shop.tz)
        apart = (there.date() - here.date()).days
        near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get(apart)
        date = near or f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}"
        year = f" {there.year}" if not near and there.year != here.year else ""
        return f"{date}{year} {there:%H:%M}"

    def ago(self, at: datetime) -> str:
        """Say how long ago something was."""
        return ago(at, self.now)

    def left(self, at: datetime | None) -> str:
        """Say how long a hold still lasts ("14 s"); never less than nothing."""
        return span(at - self.wall + timedelta(milliseconds=999)) if at else "a moment"


def _grouped(amount: Decimal, decimals: int, thousands: str, point: str) -> str:
    text = f"{amount:,.{decimals}f}"
    return text.translate({ord(","): thousands, ord("."): point})


def short_count(count: int) -> str:
    """Write a count in at most four characters: 41, 4.1k, 41k."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 9950 else f"{count // 1000}k"


def bar(done: int, total: int | None, width: int) -> str:
    """Draw how far something is in ``width`` cells; an unknown total gives an empty bar."""
    full = min(width, done * width // total) if total else 0
    return "━" * full + "─" * (width - full)

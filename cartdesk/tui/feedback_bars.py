"""How reasons look as bars, with what would mend them, and what the facts hint at."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from cartdesk.domain.feedback.silent_counts import SilentCount
from cartdesk.domain.feedback.views import FeedbackSummary, Piece, ReasonBar
from cartdesk.domain.money import Money
from cartdesk.tui.feedback_look import flat
from cartdesk.tui.text import CARE, GOOD, MUTED, TINT, Fact, Look, fit, line

_BAR = 10


def bar(part: int, whole: int, width: int) -> str:
    """Draw a bar; what is not nothing has at least one block."""
    if part <= 0 or whole <= 0:
        return " " * width
    full = max(1, round(part * width / whole))
    return "█" * full + " " * (width - full)


def most(bars: Sequence[ReasonBar], *, by_money: bool) -> int:
    """Give what the longest bar stands for."""
    return max((_size(one, by_money=by_money) for one in bars), default=0)


def sorted_bars(summary: FeedbackSummary, *, by_money: bool) -> list[ReasonBar]:
    """Give the reasons, the largest first, by count or by money."""
    return sorted(
        summary.bars, key=lambda one: (-_size(one, by_money=by_money), -one.count, -one.before)
    )


def _size(one: ReasonBar, *, by_money: bool) -> int:
    return (one.money[0].minor if one.money else 0) if by_money else one.count


def reason_row(
    one: ReasonBar, longest: int, look: Look, width: int, *, by_money: bool, chosen: bool
) -> Content:
    """Write one reason: its bar, how often, against the period before, and the money."""
    money = _sums(one.money, look)
    trend, style = _trend(one)
    room = max(12, width - 3 - _BAR - 1 - 4 - 1 - 5 - 1 - 11)
    return line(
        " ",
        ("x" if chosen else " ", "bold"),
        fit(one.reason.title, room),
        " ",
        (bar(_size(one, by_money=by_money), longest, _BAR), TINT),
        " ",
        (fit(str(one.count), 3, right=True), "bold" if not by_money else ""),
        " ",
        (fit(trend, 4), style),
        " ",
        (fit(money, 11, right=True), "bold" if by_money else ""),
    )


def _trend(one: ReasonBar) -> tuple[str, str]:
    more = one.count - one.before
    if more > 0:
        return f"▲{more}", CARE
    return (f"▼{-more}", GOOD) if more < 0 else ("=", MUTED)


def _sums(amounts: Sequence[Money], look: Look) -> str:
    if not amounts:
        return "-"
    more = f" +{len(amounts) - 1}" if len(amounts) > 1 else ""
    return f"{look.money(amounts[0])}{more}"


def reasons_head(summary: FeedbackSummary | None, days: int, *, by_money: bool) -> Content:
    """Say what the bars show."""
    if summary is None:
        return line(("WHAT PEOPLE SAY", "bold"))
    by = "money in the carts concerned" if by_money else "how often"
    named = summary.pieces - summary.unknown
    return line(
        ("WHAT PEOPLE SAY", "bold"),
        f"  {days} days, by {by}",
        (f"  {named} of {summary.pieces} name a reason", MUTED),
    )


def hints_head(carts: int, days: int) -> Content:
    """Say that nobody said what is listed here."""
    return line(
        ("WHAT FACTS HINT AT", "bold"),
        ("  nobody said this", CARE),
        f"  {carts} carts left in {days} days",
    )


def hint_row(one: SilentCount, longest: int, look: Look, width: int) -> Content:
    """Write one hint: in how many carts, and what they were worth."""
    room = max(12, width - 3 - _BAR - 1 - 4 - 1 - 12)
    return line(
        "  ",
        fit(one.title, room),
        " ",
        (bar(one.carts, longest, _BAR).replace("█", "▒"), MUTED),
        " ",
        fit(str(one.carts), 3, right=True),
        " ",
        fit(look.money(one.money), 12, right=True),
    )


def hint_facts(one: SilentCount) -> list[Fact]:
    """Say what speaks for a hint and what could be done."""
    found: list[Fact] = [("Hint", line((one.title, "bold")))]
    found.append(("From", line("the facts of carts that were left; nobody said it")))
    for place, (form, count) in enumerate(one.details):
        found.append(("" if place else "Seen", line(f"{count} × {form}")))
    if one.reason is not None:
        found.append(("Mend", line(one.reason.remedy)))
    return found


def reason_facts(one: ReasonBar | None, summary: FeedbackSummary, look: Look) -> list[Fact]:
    """Write the remedy of a reason, what people said of it, and what they liked."""
    found: list[Fact] = []
    if one is not None:
        found += [
            ("Mend", line((one.remedy, "bold"))),
            ("Stake", line(_stake(one, look), (f"  {one.before} in the period before", MUTED))),
            *_quotes("Said", one.quotes[:2]),
        ]
    return found + _quotes("Liked", summary.praise[:3], GOOD)


def _stake(one: ReasonBar, look: Look) -> str:
    if not one.carts:
        return "no cart is known"
    carts = "1 cart" if one.carts == 1 else f"{one.carts} carts"
    return f"{' + '.join(map(look.money, one.money)) or '-'} in {carts}"


def _quotes(label: str, pieces: Sequence[Piece], style: str = "") -> list[Fact]:
    return [
        (
            "" if place else label,
            line((f"“{fit(flat(piece.text), 60).strip()}”", style), (f" {piece.who}", MUTED)),
        )
        for place, piece in enumerate(pieces)
    ]

"""Figures as short text."""

from __future__ import annotations

from cartdesk.domain.formats import money
from cartdesk.domain.metrics.views import Figure, Unit
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money

NOTHING = "–"  # there is nothing to divide by, or nothing is known


def value(figure: Figure, currency: str, shop: Shop) -> str:
    """Write a figure: "11.1 %", "35 · €2,892.55", "€96.51", "13 min"; "–" when there is none."""
    return _worded(figure.unit, figure.value, figure.money, currency, shop)


def before(figure: Figure, currency: str, shop: Shop) -> str:
    """Write the same figure of the span before."""
    return _worded(figure.unit, figure.before, figure.money_before, currency, shop)


def _worded(unit: Unit, number: float | None, minor: int | None, currency: str, shop: Shop) -> str:
    if number is None:
        return NOTHING
    match unit:
        case Unit.SHARE:
            return f"{100 * number:.1f} %"
        case Unit.MONEY:
            return money(Money(round(number), currency), shop)
        case Unit.MINUTES:
            return f"{number:.0f} min"
        case Unit.COUNT:
            count = f"{number:.0f}"
            return count if minor is None else f"{count} · {money(Money(minor, currency), shop)}"

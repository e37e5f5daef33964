"""Carts that came back, each beside the order that brought it back: that order is what counts."""

from __future__ import annotations

from textual.content import Content

from cartdesk.domain.metrics.views import Returned
from cartdesk.domain.money import Money
from cartdesk.domain.views import CartRow
from cartdesk.tui.text import MUTED, Look, fit, line

_CART, _MONEY, _ORDER = 9, 13, 9  # cells of the columns
_NAME = 8


def _name_room(width: int) -> int:
    return max(_NAME, width - 1 - _CART - _ORDER - 2 * _MONEY)


def return_columns(width: int) -> Content:
    """Write the names of the columns."""
    heads = (
        fit("cart", _CART),
        fit("name", _name_room(width)),
        fit("left", _MONEY, right=True),
        fit("order", _ORDER, right=True),
        fit("bought", _MONEY, right=True),
    )
    return line((" " + "".join(heads), MUTED))


def return_row(row: CartRow, found: Returned, look: Look, width: int) -> Content:
    """Write a cart, what it was worth, and number and total of its order."""
    name = row.name or row.email or "(no name)"
    return line(
        " ",
        fit(row.number, _CART),
        fit(name, _name_room(width)),
        (fit(look.money(row.total), _MONEY, right=True), MUTED),
        fit(found.number or "–", _ORDER, right=True),
        fit(look.money(Money(found.minor, found.currency)), _MONEY, right=True),
    )

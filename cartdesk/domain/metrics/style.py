"""Numbers as the shop writes them: amounts, counts and shares with its own separators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cartdesk.domain.formats import money
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money

NONE = "–"


@dataclass(frozen=True, slots=True)
class Style:
    """How a shop writes numbers; called with an amount it writes that."""

    amount: Callable[[Money], str]
    thousands: str = ","
    point: str = "."

    @classmethod
    def of(cls, shop: Shop, amount: Callable[[Money], str] | None = None) -> Style:
        """Give that of a shop; ``amount`` writes money where it is written another way."""
        thousands = shop.thousand_separator
        point = shop.decimal_separator or ("," if thousands == "." else ".")
        return cls(amount or (lambda one: money(one, shop)), thousands, point)

    def __call__(self, amount: Money) -> str:
        """Write an amount."""
        return self.amount(amount)

    def count(self, number: float) -> str:
        """Write a whole number: "1,234"."""
        return self._separated(f"{round(number):,}")

    def decimal(self, number: float, *, signed: bool = False) -> str:
        """Write a number with one decimal: "6.1", "−0.4"; ``signed`` puts a plus before others."""
        text = f"{number:,.1f}"
        text = "0.0" if text == "-0.0" else text.replace("-", "−")
        plus = "+" if signed and number > 0 and text != "0.0" else ""
        return plus + self._separated(text)

    def share(self, share: float | None) -> str:
        """Write a share from 0 to 1 in per cent: "12.3 %"."""
        return NONE if share is None else f"{self.decimal(100 * share)} %"

    def _separated(self, text: str) -> str:
        return text.translate({ord(","): self.thousands, ord("."): self.point})

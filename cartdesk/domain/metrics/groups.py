"""A group of persons in an experiment, and how what it brought is written."""

from __future__ import annotations

from dataclasses import dataclass

from cartdesk.domain.metrics.style import Style
from cartdesk.domain.money import Money

Write = Style


@dataclass(frozen=True, slots=True)
class Group:
    """Persons who were treated alike, each counted once whether they came back or not.

    ``returned`` of them bought in their time; ``spent`` holds what each of these spent, in minor
    units of one currency (whoever bought in another currency is not in it).
    """

    name: str
    persons: int
    returned: int
    spent: tuple[int, ...] = ()

    @property
    def rate(self) -> float | None:
        """The share who came back; None without persons."""
        return self.returned / self.persons if self.persons else None

    @property
    def per_person(self) -> float | None:
        """Minor units per person; None without persons."""
        return sum(self.spent) / self.persons if self.persons else None


def hundred(share: float, write: Write) -> str:
    """Write a share as so many of 100 ("6.1"), without a sign."""
    return write.decimal(abs(100 * share))


def between(low: float, high: float, write: Write) -> str:
    """Write the bounds of a share as so many of 100, with their signs."""
    return f"between {write.decimal(100 * low)} and {write.decimal(100 * high)}"


def money_bounds(low: float, high: float, currency: str, write: Write) -> str:
    """Write bounds in minor units as money, with their signs."""
    return f"between {_money(low, currency, write)} and {_money(high, currency, write)}"


def _money(minor: float, currency: str, write: Write) -> str:
    return ("−" if round(minor) < 0 else "") + write(Money(abs(round(minor)), currency))


def carts(needed: int, write: Write) -> str:
    """Say how many more carts are needed, rounded to two digits: nobody knows it better."""
    digits = 10 ** max(0, len(str(needed)) - 2)
    rough = -(-needed // digits) * digits
    return f"about {write.count(rough)} more {'cart is' if rough == 1 else 'carts are'} needed"

"""Money: whole minor units of one currency, never a float, never added across currencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

_NO_MINOR_UNIT = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_LARGEST = Decimal(10) ** 12


def exponent(currency: str) -> int:
    """Give the number of decimals of a currency by ISO 4217 (2 when the code is unknown)."""
    if currency in _NO_MINOR_UNIT:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents, or whole yen) of one currency."""

    minor: int
    currency: str

    @classmethod
    def read(cls, amount: object, currency: str) -> Money | None:
        """Read a shop's amount ("53.41"); None when it is no amount from 0 to a trillion."""
        if isinstance(amount, bool) or not isinstance(amount, (str, int, Decimal, float)):
            return None
        try:
            value = Decimal(str(amount))
        except InvalidOperation:
            return None
        if not value.is_finite() or not 0 <= value < _LARGEST:
            return None
        minor = value.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_EVEN)
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units (53.41), exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} cannot be taken from {self.currency}")
        return Money(self.minor - other.minor, self.currency)


def sums(amounts: Iterable[Money | None]) -> tuple[Money, ...]:
    """Add up amounts currency by currency, the largest sum first; None is left out."""
    totals: dict[str, int] = {}
    for money in amounts:
        if money is not None:
            totals[money.currency] = totals.get(money.currency, 0) + money.minor
    found = [Money(minor, currency) for currency, minor in totals.items()]
    return tuple(sorted(found, key=lambda money: (-money.minor, money.currency)))

"""How the audit's sentences write counts."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 3  # codes, products or methods named in one sentence


def some(named: Sequence[str]) -> str:
    """Name the first few, and how many more there are."""
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return ", ".join(named[:NAMED]) + more


def carts(count: int) -> str:
    """Write "1 cart" or "3 carts"."""
    return "1 cart" if count == 1 else f"{count} carts"


def codes(count: int) -> str:
    """Write "1 code is" or "3 codes are"."""
    return "1 code is" if count == 1 else f"{count} codes are"

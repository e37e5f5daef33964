"""Rows for a spreadsheet, which runs nothing of what is in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

_AMOUNTS = frozenset({"total"})  # exact text in the rows, numbers in a file
# How a spreadsheet knows a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cells(row: Mapping[str, object]) -> list[object]:
    """Give a row's cells: numbers as they are, and no text that a spreadsheet would run."""
    return [_cell(name, value) for name, value in row.items()]


def _cell(name: str, value: object) -> object:
    if value is None:
        return ""
    if name in _AMOUNTS and isinstance(value, str) and value:
        return Decimal(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text

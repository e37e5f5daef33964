"""Domain objects as plain lists, texts and numbers, as JSON has them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

from cartdesk.domain.money import Money


def plain(value: object) -> Any:
    """Make something JSON can hold: times as ISO 8601 in UTC, money as amount and currency.

    Bytes are left out: a letter's parts are given by ``show``.
    """
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: plain(part) for name, part in found.items() if not isinstance(part, bytes)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return str(value) if isinstance(value, PurePath) else value

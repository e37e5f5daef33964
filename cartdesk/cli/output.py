"""Printing: data on stdout (aligned text or one JSON document), everything else on stderr."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from cartdesk.domain.formats import money
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money
from cartdesk.domain.plain import plain
from cartdesk.domain.text import clean, clean_lines

_LONGEST = 2000


class Out:
    """Where a command prints. With ``as_json`` only :meth:`document` reaches stdout."""

    def __init__(self, *, as_json: bool = False, shop: Shop | None = None) -> None:
        self.as_json = as_json
        self.shop = shop or Shop("")

    def say(self, sentence: str) -> None:
        """Tell the person something, on stderr."""
        if sentence:
            print(clean_lines(sentence, _LONGEST), file=sys.stderr, flush=True)  # noqa: T201

    def line(self, text: str = "") -> None:
        """Print a line of data."""
        if not self.as_json:
            print(clean(text, _LONGEST))  # noqa: T201

    def lines(self, text: str, indent: str = "") -> None:
        """Print lines of data as they are broken."""
        for part in text[:100_000].splitlines():
            spaces = len(part) - len(part.lstrip(" "))
            self.line_as_is(indent + " " * spaces + clean(part, 2000))

    def line_as_is(self, text: str) -> None:
        """Print a line that was cleaned before, with its spaces."""
        if not self.as_json:
            print(text.rstrip())  # noqa: T201

    def document(self, value: object) -> None:
        """Print the one JSON document, when JSON was asked for."""
        if self.as_json:
            print(json.dumps(plain(value), ensure_ascii=False, indent=2))  # noqa: T201

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print rows in columns as wide as their widest cell."""
        cells = [[clean(cell, _LONGEST) for cell in row] for row in (head, *rows)]
        if len(cells) == 1:
            return
        widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = (
                cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)
            )
            self.line_as_is("  ".join(padded))

    def money(self, amount: Money | None) -> str:
        """Write an amount as the shop does."""
        return "" if amount is None else money(amount, self.shop)

    def time(self, moment: datetime | None) -> str:
        """Write a time as the shop's clock shows it."""
        return "" if moment is None else f"{moment.astimezone(self.shop.tz):%Y-%m-%d %H:%M}"


def width(text: str) -> int:
    """Give the columns a text takes in a terminal (East Asian wide characters take two)."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(char) in {"W", "F"}
        else 1
        for char in text
    )


def tolerate_odd_terminals() -> None:
    """Print a replacement where the terminal's encoding lacks a character, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")

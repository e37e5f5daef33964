"""Exports as CSV or JSON lines, row by row, to stdout or a new private file."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from cartdesk.cli.trouble import Usage

_AMOUNTS = frozenset({"total"})  # exact text in the rows, numbers in a file
# How a spreadsheet knows a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def write_rows(rows: AsyncIterator[dict[str, object]], form: str, stream: TextIO) -> int:
    """Write rows as they come and give their number.

    Args:
        rows: Rows that all have the same keys.
        form: "csv" (a head line, everything but numbers in quotes) or "json" (one a line).
        stream: Where to.
    """
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    names: list[str] = []
    count = 0
    async for row in rows:
        if form == "json":
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            if not names:
                names = list(row)
                writer.writerow(names)
            writer.writerow(cells({name: row[name] for name in names}))
        count += 1
    stream.flush()
    return count


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


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """Make a file only its owner can read; never over another one, never through a link.

    A file that could not be written to its end is taken away again.

    Raises:
        Usage: There is something of that name already.
        OSError: It cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        raise Usage(f"{path} is there already and was left as it is. Name a new file.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def chosen_stream(path: str | None) -> Iterator[TextIO]:
    """Give a new file, or stdout when no name was given."""
    if path is None:
        yield sys.stdout
        return
    with new_file(Path(path).expanduser()) as stream:
        yield stream

"""Exports as CSV or JSON lines, row by row, to stdout or a new private file."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from cartdesk.adapters.private_file import private_file
from cartdesk.cli.trouble import Usage
from cartdesk.domain.spreadsheet import cells

__all__ = ["cells", "chosen_stream", "new_file", "write_rows"]


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


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """Make a file only its owner can read; never over another one, never through a link.

    A file that could not be written to its end is taken away again.

    Raises:
        Usage: There is something of that name already.
        OSError: It cannot be made.
    """
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(private_file(path))
        except FileExistsError:
            said = f"{path} is there already and was left as it is. Name a new file."
            raise Usage(said) from None
        yield stream


@contextmanager
def chosen_stream(path: str | None) -> Iterator[TextIO]:
    """Give a new file, or stdout when no name was given."""
    if path is None:
        yield sys.stdout
        return
    with new_file(Path(path).expanduser()) as stream:
        yield stream

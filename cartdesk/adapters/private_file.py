"""New files that only this user can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """Make a file only its owner can read; never over another one, never through a link.

    A file that could not be written to its end is taken away again.

    Raises:
        FileExistsError: There is something of that name already.
        OSError: It cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
    except BaseException:
        path.unlink(missing_ok=True)
        raise

"""Putting a copy in the place of the ledger, which is kept aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cartdesk.adapters.ledger import copies
from cartdesk.adapters.ledger.book import Book
from cartdesk.adapters.ledger.ground import prepare
from cartdesk.adapters.ledger.marks import KEY
from cartdesk.adapters.ledger.presence import Presence
from cartdesk.adapters.ledger.problem import LedgerProblem


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: where the ledger from before is kept, and whether its stops were read.

    ``doubtful`` counts the letters of the copy that may have gone out since it was made;
    ``mended`` are sentences on rights others had and have no more.
    """

    aside: Path
    stops_known: bool
    doubtful: int
    mended: tuple[str, ...] = ()


def restore(ledger: Path, copy: Path, now: datetime, adjust: Callable[[Book], int]) -> Restored:
    """Put a copy in the ledger's place; the ledger from before is kept among the copies.

    People who were marked "do not contact" since the copy was made stay marked, as far as the
    ledger from before can still be read.

    Args:
        ledger: Where the ledger is.
        copy: A copy made by :mod:`copies`.
        now: The time.
        adjust: Told the copy before it takes its place; gives how many letters are in doubt.

    Raises:
        LedgerProblem: The copy is not whole, a window is open, or the disk is full; nothing was
            changed then, and nothing is left behind.
    """
    if fault := copies.fault_of(copy):
        raise LedgerProblem(f"The copy {copy} cannot be used: {fault}. Nothing was changed.")
    try:
        mended = prepare(ledger)
        presence = Presence(ledger, alone=True)
        try:
            return replace(_restore(ledger, copy, now, adjust), mended=mended)
        finally:
            presence.end()
    except (OSError, sqlite3.Error) as error:
        raise LedgerProblem(
            f"The copy could not be put in place ({error}). The ledger is as it was. Check that "
            "the disk is not full and that no cartdesk window is open."
        ) from error


def _restore(ledger: Path, copy: Path, now: datetime, adjust: Callable[[Book], int]) -> Restored:
    copies.make_folder(copies.folder(ledger))
    aside, draft = copies.set_aside(ledger, now), copies.draft_of(ledger)
    try:
        for side in ("", "-wal"):
            present = ledger.with_name(ledger.name + side)
            if present.exists():
                _copied(present, aside.with_name(aside.name + side))
        key, stops = _stops(ledger)
        _copied(copy, draft)
        doubtful = _brought_up_to_date(draft, key, stops or (), adjust)
    except BaseException:  # the disk is full, mostly: what was begun would only fill it more
        for path in (aside, draft):
            for side in ("", *copies.SIDES):
                path.with_name(path.name + side).unlink(missing_ok=True)
        raise
    try:
        for side in ("-wal", "-shm"):  # those of another file would be taken for this one's
            ledger.with_name(ledger.name + side).unlink(missing_ok=True)
        copies.put_in_place(draft, ledger)
    except OSError as error:
        raise LedgerProblem(
            f"The copy could not take the ledger's place ({error}). All that the ledger held is "
            f"kept in {aside}. Try once more when the disk can be written to."
        ) from error
    return Restored(aside, stops is not None, doubtful)


def _brought_up_to_date(
    draft: Path, key: str, stops: Sequence[tuple[str, str, str]], adjust: Callable[[Book], int]
) -> int:
    """Tell a copy what must not be forgotten; gives how many of its letters are in doubt."""
    book = Book(draft, is_copy=True)
    try:
        if key:
            book.write(lambda book: book.marks.use(key))
        book.write(lambda book: book.outbox.suppress_all(stops))
        return book.write(adjust)
    finally:
        book.close()


def _copied(source: Path, target: Path) -> Path:
    target.unlink(missing_ok=True)
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as out, source.open("rb") as content:
        shutil.copyfileobj(content, out)
        out.flush()
        os.fsync(out.fileno())
    return target


def _stops(ledger: Path) -> tuple[str, list[tuple[str, str, str]] | None]:
    """Read the key of the marks and all stops; None when the ledger cannot be read any more."""
    try:
        with closing(sqlite3.connect(ledger)) as conn:
            key = conn.execute("SELECT value FROM state WHERE key = ?", [KEY]).fetchone()
            return (
                str(key[0]) if key else "",
                conn.execute("SELECT email, reason, at FROM suppressions").fetchall(),
            )
    except sqlite3.Error:
        return "", None

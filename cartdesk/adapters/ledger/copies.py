"""Copies of the ledger: one a day beside it, the newest seven kept."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cartdesk.adapters.ledger import schema
from cartdesk.adapters.ledger.problem import LedgerProblem
from cartdesk.adapters.private import NotPrivate, keep_private

KEPT = 7
UNFINISHED = ".part"
SIDES = ("-wal", "-shm", "-journal")
_GIVEN_UP = 3600  # seconds after which an unfinished copy is nobody's any more


@dataclass(frozen=True, slots=True)
class Copy:
    """A day's copy; ``size`` is in bytes."""

    path: Path
    day: date
    size: int

    @property
    def name(self) -> str:
        """The name ``restore`` takes."""
        return self.day.isoformat()


def folder(ledger: Path) -> Path:
    """Give the folder of a ledger's copies."""
    return ledger.parent / "copies"


def before_format(ledger: Path, version: int) -> Path:
    """Name the copy made before a ledger is brought to a newer format."""
    return folder(ledger) / f"{ledger.stem}-before-format-{version}{ledger.suffix}"


def set_aside(ledger: Path, now: datetime) -> Path:
    """Name the file a ledger is kept in when a copy takes its place."""
    return folder(ledger) / f"{ledger.stem}-aside-{now:%Y%m%d-%H%M%S}{ledger.suffix}"


def of(ledger: Path) -> tuple[Copy, ...]:
    """Give the daily copies, newest first."""
    pattern = re.compile(rf"{re.escape(ledger.stem)}-(\d{{4}}-\d\d-\d\d){re.escape(ledger.suffix)}")
    found = []
    for path in folder(ledger).glob(f"{ledger.stem}-*{ledger.suffix}"):
        named = pattern.fullmatch(path.name)
        with suppress(ValueError, OSError):  # no day of the calendar, or just taken away
            if named and not path.is_symlink():
                found.append(Copy(path, date.fromisoformat(named[1]), path.stat().st_size))
    return tuple(sorted(found, key=lambda copy: copy.day, reverse=True))


def every_file(ledger: Path) -> tuple[Path, ...]:
    """Give all copies there are: of days, before a new format, and what was set aside."""
    return tuple(sorted(path for path in folder(ledger).glob("*") if path.is_file()))


def draft_of(ledger: Path) -> Path:
    """Name the file that is made ready to take the ledger's place."""
    return ledger.with_name(ledger.name + UNFINISHED)


def sweep(ledger: Path) -> None:
    """Delete what a program that died left: unfinished files, side files that belong to none."""
    for path in (*every_file(ledger), draft_of(ledger)):
        if path.name.endswith(UNFINISHED):
            path.unlink(missing_ok=True)
    for side in SIDES:
        for path in (*every_file(ledger), draft_of(ledger).with_name(draft_of(ledger).name + side)):
            if path.name.endswith(side) and not path.with_name(path.name[: -len(side)]).exists():
                path.unlink(missing_ok=True)


def let_go(ledger: Path, before: datetime) -> None:
    """Delete what was set aside, or kept before a new format, and not written to since then."""
    daily = {copy.path for copy in of(ledger)}
    for path in every_file(ledger):
        if path not in daily and path.stat().st_mtime < before.timestamp():
            path.unlink()


def make(ledger: Path, day: date) -> Copy | None:
    """Copy the ledger unless this day has its copy already, and let the oldest go.

    It reads through a connection of its own, so whoever works with the ledger is not kept
    waiting. A copy that is not whole never takes the place of an older one.

    Raises:
        LedgerProblem: The folder cannot be private, or the ledger is damaged.
        OSError, sqlite3.Error: The disk is full, or the ledger cannot be read.
    """
    target = folder(ledger) / f"{ledger.stem}-{day}{ledger.suffix}"
    if target.exists():
        return None
    with closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True, timeout=5)) as conn:
        if not write(conn, target):
            return None
    for old in of(ledger)[KEPT:]:
        old.path.unlink(missing_ok=True)
    return Copy(target, day, target.stat().st_size)


def write(conn: sqlite3.Connection, target: Path) -> bool:
    """Write a whole, compact copy to a new private file; False when it is being written already.

    Raises:
        LedgerProblem: The folder cannot be private, or what was copied is damaged.
        OSError, sqlite3.Error: It cannot be written.
    """
    if target.exists():
        return False
    make_folder(target.parent)
    draft = target.with_name(target.name + UNFINISHED)
    with suppress(FileNotFoundError):
        if time.time() - draft.stat().st_mtime < _GIVEN_UP:
            return False
        draft.unlink()
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        conn.execute("VACUUM INTO ?", [str(draft)])
        if fault := fault_of(draft):
            raise LedgerProblem(f"The ledger could not be copied whole: {fault}")
        put_in_place(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return True


def make_folder(where: Path) -> None:
    """Make a private folder. Raises LedgerProblem when it is a link or of another user."""
    if where.is_symlink():
        raise LedgerProblem(f"{where} is a link, which cartdesk does not follow. Take it away.")
    where.mkdir(mode=0o700, exist_ok=True)
    try:
        if mended := keep_private(where):
            logging.getLogger("cartdesk").warning("%s", mended)
    except NotPrivate as problem:
        raise LedgerProblem(str(problem)) from None


def put_in_place(draft: Path, target: Path) -> None:
    """Give a finished file its name so that a power cut leaves it whole or not there at all."""
    handle = os.open(draft, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    draft.replace(target)
    if os.name == "posix":
        above = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(above)
        finally:
            os.close(above)


def fault_of(path: Path) -> str:
    """Say why a copy cannot be used; "" when it is whole and of a format that is known."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as conn:
            said = str(conn.execute("PRAGMA quick_check").fetchone()[0])
            if said != "ok":
                return f"it is damaged ({said[:200]})"
            version = schema.version(conn)
    except (OSError, sqlite3.Error) as error:
        return f"it cannot be read ({error})"
    if not 0 < version <= schema.VERSION:
        return f"its format {version} is not known to this cartdesk"
    return ""


def newest_whole(ledger: Path) -> Copy | None:
    """Give the newest copy that could take the ledger's place."""
    return next((copy for copy in of(ledger) if not fault_of(copy.path)), None)


def is_damage(error: Exception) -> bool:
    """Tell whether SQLite says that a file is damaged, or no ledger at all."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def damaged(ledger: Path, error: object) -> str:
    """Say that a ledger is damaged, which copy is whole, and how to go back to it."""
    start = f"The ledger {ledger} is damaged ({error}). It was left as it is."
    copy = newest_whole(ledger)
    if copy is None:
        return f"{start} There is no whole copy. Restore the file from your own backup."
    return (
        f"{start} The newest whole copy is of {copy.name}: “cartdesk restore {copy.name}” goes "
        "back to it and keeps the damaged file aside."
    )

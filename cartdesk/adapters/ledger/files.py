"""Opening the ledger's file and bringing it to this version's tables."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cartdesk.adapters.ledger import copies, schema
from cartdesk.adapters.ledger.ground import prepare
from cartdesk.adapters.ledger.presence import Presence
from cartdesk.adapters.ledger.problem import LedgerProblem

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}
_NO_WRITING = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
_A_PAGE_OR_TWO = 32_768  # bytes; less than SQLite's shared memory takes


@dataclass(frozen=True, slots=True)
class Opened:
    """An open ledger.

    ``presence`` tells other programs that this one has it open; end it after closing ``conn``.
    ``only_reads`` says why nothing can be written; "" when it can. ``mended`` are sentences on
    rights others had to it and have no more.
    """

    conn: sqlite3.Connection
    presence: Presence | None
    only_reads: str = ""
    mended: tuple[str, ...] = ()


def open_file(path: Path) -> Opened:
    """Open (or make) a ledger and bring it to this version's tables.

    A ledger that needs a migration is copied first. On a disk that takes nothing more it is
    opened for reading, if it needs no migration.

    Raises:
        LedgerProblem: The file cannot stand there (see ``ground``), is no ledger, damaged, being
            restored, from a newer cartdesk, or not even to be read on a full disk.
    """
    try:
        _not_lost(path)
        mended = prepare(path)
        presence = Presence(path)
        try:
            return Opened(_opened(path), presence, mended=mended)
        except BaseException:
            presence.end()
            raise
    except (OSError, sqlite3.Error) as error:
        if copies.is_damage(error):
            raise LedgerProblem(copies.damaged(path, error)) from error
        if _takes_nothing(error):
            with suppress(OSError, sqlite3.Error, LedgerProblem):
                return _for_reading(path, error)
        raise LedgerProblem(
            f"The ledger {path} cannot be opened ({error}). Nothing was changed. Check that "
            "the disk is not full and that the file is yours, then start again."
        ) from error


def _takes_nothing(error: Exception) -> bool:
    """Tell whether an error may come from a disk that is full or cannot be written to."""
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_WRITING


def _for_reading(path: Path, error: Exception) -> Opened:
    """Open a ledger without writing a byte.

    The memory all programs share for SQLite's log of changes is a file, so it cannot be had
    here. Whoever has the ledger alone needs none (https://www.sqlite.org/wal.html, "Use of WAL
    Without Shared-Memory"), and that lock needs a file that could be written to. Where not even
    that is so, nobody can change the file, and it is read as it is.
    """
    presence = None
    with suppress(OSError):
        presence = Presence(path)
    try:
        try:
            conn = _reader(f"{path.as_uri()}?mode=rw")
        except sqlite3.Error:
            log = path.with_name(path.name + "-wal")
            if _may_write(path) or (log.exists() and log.stat().st_size):
                raise
            conn = _reader(f"{path.as_uri()}?mode=ro&immutable=1")
    except BaseException:
        if presence is not None:
            presence.end()
        raise
    full = shutil.disk_usage(path.parent).free < _A_PAGE_OR_TWO
    why = "The disk is full" if full else f"The disk cannot be written to ({error})"
    return Opened(
        conn,
        presence,
        f"{why}, so cartdesk only reads: nothing can be noted, changed or sent. Mend that where "
        f"{path.parent} is, then start again.",
    )


def _may_write(path: Path) -> bool:
    """Tell whether this user could change the ledger: the file, with a log of changes beside it."""
    if not os.access(path.parent, os.W_OK):
        return False
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        return False
    return True


def _reader(uri: str) -> sqlite3.Connection:
    conn = sqlite3.connect(uri, uri=True, timeout=1, isolation_level=None)
    try:
        conn.execute("PRAGMA locking_mode = EXCLUSIVE")
        conn.execute("PRAGMA query_only = ON")
        conn.execute("PRAGMA temp_store = MEMORY")
        if schema.version(conn) != schema.VERSION:
            raise LedgerProblem("It would have to be brought to a newer format first.")
        conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        conn.close()
        raise
    return conn


def _not_lost(path: Path) -> None:
    """Refuse to begin anew where a ledger was: it knows who got a letter and who wants none."""
    files = (path, path.with_name(path.name + "-wal"))
    if any(file.exists() and file.stat().st_size for file in files) or path.is_symlink():
        return
    copy = copies.newest_whole(path)
    if copy is not None:
        raise LedgerProblem(
            f"The ledger {path} is gone or empty, but it has copies. Without it nobody knows who "
            f"got a letter already. “cartdesk restore {copy.name}” goes back to the newest whole "
            f"copy; to begin anew all the same, move the folder {copies.folder(path)} away."
        )


def open_copy(path: Path) -> sqlite3.Connection:
    """Open a copy of a ledger, which is a single file with no side files.

    Raises:
        LedgerProblem: It is damaged, or from a newer cartdesk.
    """
    try:
        return _opened(path, journal="DELETE")
    except (OSError, sqlite3.Error) as error:
        raise LedgerProblem(f"The copy {path} cannot be opened ({error}).") from error


def _opened(path: Path, journal: str = "WAL") -> sqlite3.Connection:
    conn = sqlite3.connect(path, timeout=5, isolation_level=None)
    try:
        conn.execute(f"PRAGMA journal_mode = {journal}")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA fullfsync = 1")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA temp_store = MEMORY")
        conn.execute("PRAGMA secure_delete = ON")  # what was replaced must not stay in the file
        _ready(conn, path, keep_copy=journal == "WAL")
    except BaseException:
        conn.close()
        raise
    return conn


def _ready(conn: sqlite3.Connection, path: Path, *, keep_copy: bool) -> None:
    found = schema.version(conn)
    if found > schema.VERSION:
        raise LedgerProblem(
            f"The ledger {path} was written by a newer cartdesk (format {found}, this one "
            f"knows {schema.VERSION}). Nothing was changed. Install the newer version."
        )
    if found < schema.VERSION:
        if found and keep_copy:
            copies.write(conn, copies.before_format(path, schema.VERSION))
        schema.migrate(conn)

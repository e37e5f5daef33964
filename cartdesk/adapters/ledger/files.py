"""Opening the ledger's file and bringing it to this version's tables."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cartdesk.adapters.ledger import copies, schema
from cartdesk.adapters.ledger.ground import prepare
from cartdesk.adapters.ledger.presence import Presence
from cartdesk.adapters.ledger.problem import LedgerProblem


def open_file(path: Path) -> tuple[sqlite3.Connection, Presence]:
    """Open (or make) a ledger and bring it to this version's tables.

    A ledger that needs a migration is copied first. The second thing given back tells other
    programs that this one has the ledger open; end it after closing the first.

    Raises:
        LedgerProblem: The file cannot stand there (see ``ground``), is no ledger, damaged, on a
            full disk, being restored, or from a newer cartdesk.
    """
    try:
        _not_lost(path)
        prepare(path)
        presence = Presence(path)
        try:
            return _opened(path), presence
        except BaseException:
            presence.end()
            raise
    except (OSError, sqlite3.Error) as error:
        if copies.is_damage(error):
            raise LedgerProblem(copies.damaged(path, error)) from error
        raise LedgerProblem(
            f"The ledger {path} cannot be opened ({error}). Nothing was changed. Check that "
            "the disk is not full and that the file is yours, then start again."
        ) from error


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

"""Opening the ledger's file so that only its owner can read it, and copying it first."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

from cartdesk.adapters.ledger import schema


class LedgerProblem(Exception):
    """The ledger cannot be used; ``str()`` says why and what to do."""


def open_file(path: Path) -> sqlite3.Connection:
    """Open (or make) a ledger and bring it to this version's tables.

    The folder is made 0700 and the file 0600 before SQLite sees it, so that its side files
    are private too. A ledger that needs a migration is copied beside itself first.

    Raises:
        LedgerProblem: The file is not a private file of this user, no ledger, damaged, on a
            full disk, or from a newer cartdesk.
    """
    try:
        _make_private(path)
        conn = sqlite3.connect(path, timeout=5, isolation_level=None)
        try:
            return _ready(conn, path)
        except BaseException:
            conn.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise LedgerProblem(
            f"The ledger {path} cannot be opened ({error}). Nothing was changed. Check that "
            "the disk is not full and that the file is yours, then start again."
        ) from error


def _ready(conn: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA fullfsync = 1")
    conn.execute("PRAGMA foreign_keys = ON")
    conn.execute("PRAGMA temp_store = MEMORY")
    found = schema.version(conn)
    if found > schema.VERSION:
        raise LedgerProblem(
            f"The ledger {path} was written by a newer cartdesk (format {found}, this one "
            f"knows {schema.VERSION}). Nothing was changed. Install the newer version."
        )
    if found < schema.VERSION:
        if found:
            copy(conn, path.with_name(f"{path.stem}-before-format-{schema.VERSION}.sqlite3"))
        schema.migrate(conn)
    return conn


def copy(conn: sqlite3.Connection, target: Path) -> None:
    """Write a compact copy of the open ledger to a new private file (0600)."""
    if target.exists():
        return
    draft = target.with_suffix(".part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    conn.execute("VACUUM INTO ?", [str(draft)])
    draft.replace(target)


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.is_symlink():
        raise LedgerProblem(
            f"The ledger {path} is a link to another file, which cartdesk does not follow. "
            "Put the file itself there."
        )
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    if os.name != "posix":
        return
    facts = path.stat()
    if facts.st_uid != os.geteuid():
        raise LedgerProblem(
            f"The ledger {path} belongs to another user of this computer, so it was left "
            "alone. Start cartdesk as that user, or move the file away."
        )
    if stat.S_IMODE(facts.st_mode) & 0o077:
        path.chmod(0o600)

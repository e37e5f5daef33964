"""The open ledger: its tables by name, and transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from cartdesk.adapters.ledger.cache import Cache
from cartdesk.adapters.ledger.events import Events
from cartdesk.adapters.ledger.files import LedgerProblem, open_database
from cartdesk.adapters.ledger.orders import Orders
from cartdesk.adapters.ledger.outbox import Outbox
from cartdesk.adapters.ledger.state import State
from cartdesk.adapters.ledger.windows import Windows

Result = TypeVar("Result")


class Book:
    """One SQLite ledger, to be used from one thread."""

    def __init__(self, path: Path) -> None:
        self.db = open_database(path)
        self.state = State(self.db)
        self.events = Events(self.db)
        self.orders = Orders(self.db)
        self.windows = Windows(self.db)
        self.outbox = Outbox(self.db, self.events)
        self.cache = Cache(self.db)

    def write(self, work: Callable[[Book], Result]) -> Result:
        """Run ``work`` in one durable transaction that holds the write lock from its start."""
        with self._transaction("BEGIN IMMEDIATE"):
            return work(self)

    def read(self, work: Callable[[Book], Result]) -> Result:
        """Run ``work`` on one consistent state."""
        with self._transaction("BEGIN"):
            return work(self)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        try:
            self.db.conn.execute(begin)
            try:
                yield
                self.db.conn.execute("COMMIT")
            except BaseException:
                if self.db.conn.in_transaction:
                    self.db.conn.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            raise LedgerProblem(
                f"The ledger could not be written ({error}). What it held before is safe. "
                "If the disk is full or another program has the file open, mend that and "
                "try again."
            ) from error

    def integrity(self) -> str:
        """Give "ok", or what SQLite's own check found wrong."""
        return str(next(self.db.query("PRAGMA integrity_check"))["integrity_check"])

    def close(self) -> None:
        """Close the file."""
        self.db.close()

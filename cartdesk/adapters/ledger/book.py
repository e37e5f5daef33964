"""The open ledger: its tables by name, and transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cartdesk.adapters.ledger.audit import Audit
from cartdesk.adapters.ledger.cache import Cache
from cartdesk.adapters.ledger.events import Events
from cartdesk.adapters.ledger.files import LedgerProblem, open_file
from cartdesk.adapters.ledger.orders import Orders
from cartdesk.adapters.ledger.outbox import Outbox
from cartdesk.adapters.ledger.state import State
from cartdesk.adapters.ledger.windows import Windows

if TYPE_CHECKING:
    from sqlite_utils import Database

Result = TypeVar("Result")


class Book:
    """One SQLite ledger, to be used from one thread."""

    def __init__(self, path: Path) -> None:
        self._conn = open_file(path)

    @cached_property
    def db(self) -> Database:
        """The open file; made at the first question, since sqlite-utils takes long to load."""
        from sqlite_utils import Database

        return Database(self._conn, execute_plugins=False)

    @cached_property
    def state(self) -> State:
        """Small facts by name."""
        return State(self.db)

    @cached_property
    def events(self) -> Events:
        """What happened."""
        return Events(self.db)

    @cached_property
    def orders(self) -> Orders:
        """Orders as the shop showed them."""
        return Orders(self.db)

    @cached_property
    def windows(self) -> Windows:
        """Lists for the screens."""
        return Windows(self.db)

    @cached_property
    def outbox(self) -> Outbox:
        """Reminders."""
        return Outbox(self.db, self.events)

    @cached_property
    def cache(self) -> Cache:
        """What was asked of the shop once."""
        return Cache(self.db)

    @cached_property
    def audit(self) -> Audit:
        """Whole histories of letters."""
        return Audit(self.db)

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
            self._conn.execute(begin)
            try:
                yield
                self._conn.execute("COMMIT")
            except BaseException:
                if self._conn.in_transaction:
                    self._conn.execute("ROLLBACK")
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
        self._conn.close()

"""The open ledger: its tables by name, and transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cartdesk.adapters.ledger import copies
from cartdesk.adapters.ledger.audit import Audit
from cartdesk.adapters.ledger.cache import Cache
from cartdesk.adapters.ledger.events import Events
from cartdesk.adapters.ledger.experiments import Experiments
from cartdesk.adapters.ledger.facts import Facts
from cartdesk.adapters.ledger.files import Opened, open_copy, open_file
from cartdesk.adapters.ledger.junk import Junk
from cartdesk.adapters.ledger.marks import Marks
from cartdesk.adapters.ledger.orders import Orders
from cartdesk.adapters.ledger.outbox import Outbox
from cartdesk.adapters.ledger.persons import Persons
from cartdesk.adapters.ledger.problem import LedgerProblem
from cartdesk.adapters.ledger.rollup import Rollup
from cartdesk.adapters.ledger.state import State
from cartdesk.adapters.ledger.visits import Visits
from cartdesk.adapters.ledger.windows import Windows

if TYPE_CHECKING:
    from sqlite_utils import Database

    from cartdesk.adapters.ledger.feedback import Feedback
    from cartdesk.adapters.ledger.left import Left

Result = TypeVar("Result")


class Book:
    """One SQLite ledger, to be used from one thread.

    ``only_reads`` says why nothing can be written (a full disk); "" when it can. ``mended`` are
    sentences on rights others had to the file and have no more.
    """

    def __init__(self, path: Path, *, is_copy: bool = False) -> None:
        """Open the ledger at ``path``, or one of its copies, which nobody else uses."""
        self.path = path
        opened = Opened(open_copy(path), None) if is_copy else open_file(path)
        self._conn, self._presence = opened.conn, opened.presence
        self.only_reads, self.mended = opened.only_reads, opened.mended

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
        return Orders(self.db, self.marks, self.junk)

    @cached_property
    def junk(self) -> Junk:
        """What is kept apart."""
        return Junk(self.db, self.state)

    @cached_property
    def marks(self) -> Marks:
        """Keyed hashes of those who must not be known any more."""
        return Marks(self.db, self.state)

    @cached_property
    def persons(self) -> Persons:
        """Everything kept about one person."""
        return Persons(self.db, self.marks)

    @cached_property
    def windows(self) -> Windows:
        """Lists for the screens."""
        return Windows(self.db)

    @cached_property
    def outbox(self) -> Outbox:
        """Reminders."""
        return Outbox(self.db, self.events, self.marks)

    @cached_property
    def experiments(self) -> Experiments:
        """Who was given which group or version."""
        return Experiments(self.db, self.events)

    @cached_property
    def cache(self) -> Cache:
        """What was asked of the shop once."""
        return Cache(self.db, self.marks)

    @cached_property
    def facts(self) -> Facts:
        """What counts, one row each."""
        return Facts(self.db, self.state)

    @cached_property
    def rollup(self) -> Rollup:
        """Sums of the facts."""
        return Rollup(self.db)

    @cached_property
    def visits(self) -> Visits:
        """The shop's visits, day by day."""
        return Visits(self.db)

    @cached_property
    def feedback(self) -> Feedback:
        """What people said."""
        from cartdesk.adapters.ledger.feedback import Feedback

        return Feedback(self.db, self.marks)

    @cached_property
    def left(self) -> Left:
        """Checkouts that were left."""
        from cartdesk.adapters.ledger.left import Left

        return Left(self.db)

    @cached_property
    def audit(self) -> Audit:
        """Whole histories of letters."""
        return Audit(self.db)

    def write(self, work: Callable[[Book], Result]) -> Result:
        """Run ``work`` in one durable transaction that holds the write lock from its start."""
        if self.only_reads:
            raise LedgerProblem(self.only_reads)
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
        except sqlite3.DatabaseError as error:
            if copies.is_damage(error):
                raise LedgerProblem(copies.damaged(self.path, error)) from error
            if not isinstance(error, sqlite3.OperationalError):
                raise
            raise LedgerProblem(
                f"The ledger could not be written ({error}). What it held before is safe. "
                "If the disk is full or another program has the file open, mend that and "
                "try again."
            ) from error

    def integrity(self) -> str:
        """Give "ok", or what SQLite's own check found wrong."""
        return str(next(self.db.query("PRAGMA integrity_check"))["integrity_check"])

    def scrub(self) -> bool:
        """Write the file anew, so that nothing of what was deleted is left in it or its log.

        False when another window was at it just then; call it again later.
        """
        try:
            self._conn.execute("VACUUM")
            busy, _, _ = self._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
        return not busy

    def close(self) -> None:
        """Close the file."""
        self._conn.close()
        if self._presence is not None:
            self._presence.end()

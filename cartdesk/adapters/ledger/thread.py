"""One thread that owns the ledger; everything else asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from cartdesk.adapters.ledger.book import Book

Result = TypeVar("Result")


class LedgerThread:
    """The ledger behind one thread of its own.

    ``await ledger(work)`` runs ``work(book)`` there in one durable transaction and gives its
    result; :meth:`read` does the same without taking the write lock; :meth:`call` waits for
    a write from another thread (the one that talks to the mail server).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        try:
            self._book = self._executor.submit(Book, path).result()
        except BaseException:
            self._executor.shutdown()
            raise

    @property
    def only_reads(self) -> str:
        """Why nothing can be written; "" when it can."""
        return self._book.only_reads

    @property
    def mended(self) -> tuple[str, ...]:
        """Sentences on rights others had to the file and have no more."""
        return self._book.mended

    async def __call__(self, work: Callable[[Book], Result]) -> Result:
        """Run a change in one transaction; all of it is kept or none."""
        return await asyncio.wrap_future(self._executor.submit(self._book.write, work))

    async def read(self, work: Callable[[Book], Result]) -> Result:
        """Run a question against one consistent state of the ledger."""
        return await asyncio.wrap_future(self._executor.submit(self._book.read, work))

    async def outside(self, work: Callable[[Book], Result]) -> Result:
        """Run what SQLite does not allow within a transaction."""
        return await asyncio.wrap_future(self._executor.submit(work, self._book))

    def call(self, work: Callable[[Book], Result]) -> Result:
        """Run a change from a thread other than the ledger's and wait for it."""
        return self._executor.submit(self._book.write, work).result()

    def close(self) -> None:
        """Finish what was asked and close the file."""
        self._executor.submit(self._book.close).result()
        self._executor.shutdown()

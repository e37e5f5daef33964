"""What is done once a day: old data lose their persons, and the ledger gets its copy."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from cartdesk.adapters.ledger import Book, LedgerProblem, copies
from cartdesk.domain.settings import Settings
from cartdesk.work import clockwatch
from cartdesk.work.context import Context

FADED = "privacy.faded"
_SOON = 5.0  # seconds after the start, so that the first screen has the computer to itself
_AT_ONCE = 50  # persons in one transaction, so that nobody waits long for the ledger


class Upkeep:
    """Does the day's chores beside everything else, at most once a day."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._done: date | None = None

    def soon(self) -> None:
        """Begin in some seconds, unless the program ends before."""
        self._timer = asyncio.get_running_loop().call_later(_SOON, self.begin)

    def begin(self) -> None:
        """Begin now, if today's chores are not done or being done."""
        if self._task is not None and not self._task.done():
            return
        if self._done != self._today():
            self._task = asyncio.get_running_loop().create_task(self._day())

    async def end(self) -> None:
        """Finish what was begun; begin nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task

    def _today(self) -> date:
        return self._context.clock.wall().date()

    async def _day(self) -> None:
        today, now, ledger = self._today(), self._context.clock.now(), self._context.ledger
        try:
            if await ledger.read(lambda book: clockwatch.doubt(book, now)):
                return  # old by a wrong clock is not old
            await self._fade(today, now)
            await asyncio.to_thread(copies.make, ledger.path, today)
            old = self._context.clock.wall() - kept_for(self._context.settings)
            await asyncio.to_thread(copies.let_go, ledger.path, old)
            self._done = today
        except (LedgerProblem, OSError, sqlite3.Error) as error:
            self._done = today  # a full disk is not filled again every few minutes
            logging.getLogger("cartdesk").warning("The daily copy was not made: %s", error)

    async def _fade(self, today: date, now: datetime) -> None:
        ledger, kept = self._context.ledger, kept_for(self._context.settings)
        before, mark = now - kept, f"{today} {kept.days}"  # another setting counts at once
        if await ledger.read(lambda book: book.state.get(FADED)) == mark:
            return
        last = 0
        while persons := await ledger.read(partial(_persons_after, last)):
            last = persons[-1]
            if await ledger.read(partial(_faded, persons, before)):
                await ledger(partial(_fade, persons, before, now))

        def rest(book: Book) -> None:
            book.persons.fade_words(before, now)
            book.state.put(FADED, mark)

        await ledger(rest)


def _persons_after(last: int, book: Book) -> list[int]:
    return book.persons.after(last, _AT_ONCE)


def _faded(persons: Sequence[int], before: datetime, book: Book) -> list[int]:
    return book.persons.faded(persons, before)


def _fade(persons: Sequence[int], before: datetime, now: datetime, book: Book) -> None:
    book.persons.fade(book.persons.faded(persons, before), now)


def kept_for(settings: Settings) -> timedelta:
    """Give how long data keep their persons: never shorter than a rule still needs them."""
    rules = settings.sequence
    needed = max(rules.lost_after_days, rules.days_between_sequences, rules.look_back_days)
    return timedelta(days=max(settings.privacy.retention_days, needed))

"""Sending: one sender a ledger, one letter at a time, the shop asked before each.

A letter is claimed in the ledger before the mail server is spoken to about it, and the
ledger knows durably that the final dot is about to go out before it does. So after a crash
a letter either certainly did not leave, or a person is asked (RFC 1047 names the window in
which nobody can know).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from cartdesk.adapters.ledger import Book, LedgerProblem, LedgerThread
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.domain.checks import first_stop
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import SENDING, Reminder, ReminderState
from cartdesk.domain.ports import (
    Accepted,
    Clock,
    Envelope,
    Mailer,
    NotSent,
    Outcome,
    Refused,
    Store,
    StoreError,
    Unknown,
)
from cartdesk.domain.senders import own_letter
from cartdesk.domain.text import span
from cartdesk.domain.views import Check, Progress, SendReport, Verdict
from cartdesk.work import checking, pausing
from cartdesk.work.context import Context
from cartdesk.work.facts import cart_facts
from cartdesk.work.outcomes import (
    LEDGER,
    WITHDRAWN,
    Ended,
    Withdrawn,
    body_written,
    claim,
    counted,
    ended,
    in_words,
    keep,
    record,
    recover,
    summary,
)
from cartdesk.work.rechecking import recheck

_ASLEEP = timedelta(minutes=15)  # longer than any letter takes, with 10 minutes for the dot
_STALE = timedelta(minutes=5)  # longer than all steps from asking the shop to the dot
_FOR_ALL = frozenset({"paused", "daily-cap", "sender"})
_TRIES_TO_NOTE = 3
_GONE = Check("gone", Verdict.STOP, "no longer needed")


class Busy(Exception):
    """Another cartdesk window is sending; ``str()`` says so."""


def lock_path(ledger: Path) -> Path:
    """Give the file whose kernel lock the one sender of a ledger holds."""
    return ledger.with_suffix(".sending.lock")


@contextmanager
def only_sender(ledger: Path) -> Iterator[None]:
    """Be the one sender of a ledger; the kernel ends it when the program dies.

    Raises:
        Busy: Another one lives.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(lock_path(ledger), timeout=0, mode=0o600, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise Busy("Another cartdesk window is sending just now. Your letters wait here.") from None
    try:
        yield
    finally:
        lock.release()


async def recover_left(ledger: LedgerThread, clock: Clock) -> None:
    """Sort out what an ended program left in mid-sending, unless one is sending now."""
    if not await ledger.read(lambda book: book.outbox.in_states(SENDING)):
        return
    try:
        with only_sender(ledger.path):
            await ledger(lambda book: recover(book, clock))
    except Busy:
        return


def _after_approval(reminder: Reminder, at: datetime) -> bool:
    return reminder.approved_at is not None and at > reminder.approved_at


class Sender:
    """Sends held letters of one ledger, for one batch."""

    def __init__(self, context: Context, store: Store, new_mailer: Callable[[], Mailer]) -> None:
        self._context = context
        self._store = store
        self._new_mailer = new_mailer
        self._mailer: Mailer | None = None
        self._ledger = context.ledger
        self._clock = context.clock

    async def send(self, ids: Sequence[int], report: Callable[[Progress], None]) -> SendReport:
        """Send held letters in order, one login for all; each is asked about first.

        Raises:
            Busy: Another window holds the sending lock.
        """
        with only_sender(self._ledger.path):
            try:
                await self._ledger(lambda book: recover(book, self._clock))
                return await self._batch(ids, report)
            finally:
                mailer, self._mailer = self._mailer, None
                if mailer is not None:
                    await asyncio.to_thread(mailer.close)

    async def _batch(self, ids: Sequence[int], report: Callable[[Progress], None]) -> SendReport:
        total, halt, lost = SendReport(), await self._paused(), 0
        for done, number in enumerate(ids):
            report(Progress("sending", done, len(ids)))
            began = self._clock.wall()
            try:
                one = await (self._kept(number, halt, halt=True) if halt else self._letter(number))
            except LedgerProblem as problem:
                one = Ended("kept", str(problem), halt=True)
            total = counted(total, one)
            lost = lost + 1 if one.lost else 0
            halt = halt or (one.why if one.halt or lost == 2 else "")
            if done + 1 < len(ids) and not halt:
                if one.kind in {"sent", "unsure", "deferred", "refused"}:
                    await asyncio.sleep(await self._pace())
                halt = self._asleep_since(began)
        report(Progress("sending", len(ids), len(ids)))
        return replace(total, sentence=summary(total))

    async def _letter(self, number: int) -> Ended:
        """Ask the shop and the rules once more, and send one letter if nothing stops it."""
        reminder = await self._ledger.read(lambda book: book.outbox.get(number))
        if reminder is None or reminder.state is not ReminderState.HELD:
            return await self._taken_away(number)
        asked, unclear = self._clock.wall(), ""
        try:
            if reminder.sequence != ANSWER:  # no purchase takes the reason for an answer away
                unclear = await recheck(reminder.cart_id, self._store, self._context)
        except StoreError as error:
            why = f"Not sent, because the shop could not be asked first: {error}"
            return await self._kept(number, why, halt=True)
        stop = await self._ledger.read(lambda book: self._stop(book, reminder))
        if stop is _GONE:
            return await self._taken_away(number)
        if unclear:
            return await self._kept(number, f"Not sent: {unclear}.", halt=False)
        if stop is not None:
            return await self._kept(number, f"Not sent: {stop.sentence}.", stop.rule in _FOR_ALL)
        failed = await self._open()
        if failed is not None:
            if isinstance(failed, Refused):
                refused, now = failed, self._clock.now()
                host = self._context.settings.mail.host
                await self._ledger(lambda book: pausing.begin(book, refused, now, host))
            return await self._kept(number, in_words(failed), halt=True)
        return await self._one(number, asked)

    async def _taken_away(self, number: int) -> Ended:
        """Say what became of a letter that is held no more; one that may be out stays unsure."""
        now = await self._ledger.read(lambda book: book.outbox.get(number))
        if now is None or now.state is not ReminderState.UNSURE:
            return Ended("cancelled")
        why = f": {now.said}" if now.said else ""
        return Ended("unsure", f"Not sent again{why}. Whether it went out before is still open")

    def _stop(self, book: Book, reminder: Reminder) -> Check | None:
        now = book.outbox.get(reminder.id)
        if now is None or now.state is not ReminderState.HELD:
            return _GONE
        desktop = self._context.desktop()
        facts = cart_facts(book, reminder.cart_id, desktop)
        judged = checking.judged(book, reminder, facts, desktop)
        if judged.to != reminder.email:
            changed = "the shopper changed the address, so please look at the letter again"
            return Check("address", Verdict.STOP, changed, judged.to)
        other = own_letter(facts.cart)
        reminds = reminder.sequence != ANSWER
        if reminds and other is not None and other.sent and _after_approval(reminder, other.at):
            return Check("other-sender", Verdict.STOP, "WooCommerce itself has written meanwhile")
        return first_stop(judged.checks)

    async def _open(self) -> Refused | NotSent | None:
        if self._mailer is not None:
            return None
        self._mailer = self._new_mailer()
        failed = await asyncio.to_thread(self._mailer.open)
        if failed is not None:
            self._mailer = None
        return failed

    async def _one(self, number: int, asked: datetime) -> Ended:
        """Claim and send one letter and write down what became of it.

        ``asked`` is when the shop was asked about it.

        When the program is being left, the dialog still ends in order: the dot does not go out
        any more, and an answer that is on its way is waited for and kept.
        """
        try:
            claimed = await self._ledger(lambda book: claim(book, number, self._clock))
        except Moved:
            return await self._taken_away(number)
        envelope = await self._ledger.read(lambda book: book.outbox.envelope(number))
        if envelope is None:
            raise RuntimeError(f"letter {number} was approved without its bytes")
        leaving = threading.Event()
        dialog = asyncio.ensure_future(
            asyncio.to_thread(self._dialog, envelope, claimed, asked, leaving.is_set)
        )
        try:
            outcome = await asyncio.shield(dialog)
        except asyncio.CancelledError:
            leaving.set()
            await self._note(number, await dialog)
            raise
        return await self._note(number, outcome)

    def _dialog(
        self,
        envelope: Envelope,
        claimed: Reminder,
        asked: datetime,
        leaving: Callable[[], bool],
    ) -> Outcome:
        """Talk to the mail server; belongs in a thread."""
        if self._mailer is None:
            raise RuntimeError("a mailer is open by now")

        def before_dot() -> None:
            if leaving():
                raise Withdrawn("cartdesk was being closed")
            if not -_STALE <= self._clock.wall() - asked <= _STALE:
                raise Withdrawn("the computer slept, or its clock was set, on the letter's way")
            self._ledger.call(lambda book: body_written(book, claimed, self._clock))

        try:
            return self._mailer.send(envelope, before_dot)
        except (Withdrawn, Moved) as reason:
            return NotSent(WITHDRAWN, str(reason))
        except LedgerProblem as problem:
            return NotSent(LEDGER, str(problem))

    async def _note(self, number: int, outcome: Outcome) -> Ended:
        """Write down an outcome; what cannot be written is asked about at the next start."""
        for _ in range(_TRIES_TO_NOTE):
            try:
                counts = await self._ledger(lambda book: record(book, number, outcome, self._clock))
                return ended(counts)
            except LedgerProblem as problem:
                trouble = problem
        if isinstance(outcome, Accepted | Unknown):
            why = (
                f"{trouble} The mail server's answer about letter {number} was: "
                f"{in_words(outcome)}. You will be asked whether it went out."
            )
            return Ended("unsure", why, halt=True)
        return Ended("kept", str(trouble), halt=True)

    async def _kept(self, number: int, why: str, halt: bool) -> Ended:
        await self._ledger(lambda book: keep(book, number, why, self._clock))
        return Ended("kept", why, halt)

    async def _paused(self) -> str:
        now, zone = self._clock.now(), self._context.shop.tz
        why = await self._ledger.read(lambda book: pausing.sentence(book, now, zone))
        return f"Not sent: {why}." if why else ""

    async def _pace(self) -> float:
        now, seconds = self._clock.now(), self._context.settings.mail.seconds_between
        return await self._ledger.read(lambda book: pausing.pace(book, seconds, now))

    def _asleep_since(self, began: datetime) -> str:
        """Say that the computer slept during a letter; then nobody may be there any more.

        With a clock that was put back nothing can be judged either.
        """
        passed = self._clock.wall() - began
        if passed < -_STALE:
            return f"Not sent: this computer's clock went back by {span(-passed)} in between."
        if passed <= _ASLEEP:
            return ""
        return f"Not sent: the computer stood still for {span(passed)} in between."

"""Sending: one sender a ledger, one letter at a time, the shop asked before each.

A letter is claimed in the ledger before the mail server is spoken to about it, and the
ledger knows durably that the final dot is about to go out before it does. So after a crash
a letter either certainly did not leave, or a person is asked (RFC 1047 names the window in
which nobody can know).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.domain.checks import before_sending, first_stop
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.ports import (
    Accepted,
    Clock,
    Mailer,
    NotSent,
    Outcome,
    Refused,
    Store,
    StoreError,
)
from cartdesk.domain.views import Progress, SendReport
from cartdesk.work.context import Context
from cartdesk.work.facts import cart_facts
from cartdesk.work.rechecking import recheck

FIRST_RETRY = timedelta(minutes=15)
LONGEST_RETRY = timedelta(hours=24)
DAY = timedelta(hours=24)


class Busy(Exception):
    """Another cartdesk window is sending; ``str()`` says so."""


class Sender:
    """Sends held letters of one ledger."""

    def __init__(self, context: Context, store: Store, new_mailer: Callable[[], Mailer]) -> None:
        self._context = context
        self._store = store
        self._new_mailer = new_mailer
        self._ledger = context.ledger
        self._clock = context.clock

    async def send(self, ids: Sequence[int], report: Callable[[Progress], None]) -> SendReport:
        """Send held letters in order, one login for all; each is asked about first.

        Raises:
            Busy: Another window holds the sending lock.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(lock_path(self._ledger.path), timeout=0, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise Busy(
                "Another cartdesk window is sending just now. Your letters wait here."
            ) from None
        try:
            await self._ledger(lambda book: recover(book, self._clock))
            return await self._batch(ids, report)
        finally:
            lock.release()

    async def _batch(self, ids: Sequence[int], report: Callable[[Progress], None]) -> SendReport:
        total = SendReport()
        mailer: Mailer | None = None
        trouble = ""
        try:
            for done, number in enumerate(ids):
                report(Progress("sending", done, len(ids)))
                if not trouble:
                    trouble = await self._may_go(number)
                    if trouble == CANCELLED:
                        total, trouble = replace(total, cancelled=total.cancelled + 1), ""
                        continue
                if not trouble and mailer is None:
                    mailer = self._new_mailer()
                    failed = await asyncio.to_thread(mailer.open)
                    trouble = in_words(failed) if failed else ""
                if trouble:
                    await self._keep(number, trouble)
                    total = replace(total, kept=total.kept + 1, sentence=trouble)
                    continue
                if mailer is None:
                    raise RuntimeError("a mailer is open by now")
                outcome = await self._one(number, mailer)
                total, trouble = _counted(total, outcome)
                if done + 1 < len(ids) and not trouble:
                    await asyncio.sleep(self._context.settings.mail.seconds_between)
            report(Progress("sending", len(ids), len(ids)))
        finally:
            if mailer is not None:
                await asyncio.to_thread(mailer.close)
        return replace(total, sentence=summary(total))

    async def _keep(self, number: int, why: str) -> None:
        await self._ledger(lambda book: keep(book, number, why, self._clock))

    async def _may_go(self, number: int) -> str:
        """Ask the shop and the rules once more; "" when the letter may go, else why not."""
        reminder = await self._ledger.read(lambda book: book.outbox.get(number))
        if reminder is None or reminder.state is not ReminderState.HELD:
            return CANCELLED
        rules = self._context.settings.sequence
        try:
            await recheck(reminder.cart_id, self._store, self._ledger, rules, self._clock)
        except StoreError as error:
            return f"Not sent, because the shop could not be asked first: {error}"
        return await self._ledger.read(lambda book: self._stop(book, reminder))

    def _stop(self, book: Book, reminder: Reminder) -> str:
        now = book.outbox.get(reminder.id)
        if now is None or now.state is not ReminderState.HELD:
            return CANCELLED
        desktop = self._context.desktop()
        facts = cart_facts(book, reminder.cart_id, desktop)
        sent = book.outbox.sent_since(desktop.now - DAY)
        checks = before_sending(facts, sequence=reminder.sequence, sent_in_24_hours=sent)
        stop = first_stop(checks)
        return f"Not sent: {stop.sentence}." if stop else ""

    async def _one(self, number: int, mailer: Mailer) -> Outcome | None:
        """Claim and send one letter and write down what became of it; None: not ours."""
        try:
            claimed = await self._ledger(lambda book: claim(book, number, self._clock))
        except Moved:
            return None
        envelope = await self._ledger.read(lambda book: book.outbox.envelope(number))
        if envelope is None:
            raise RuntimeError(f"letter {number} was approved without its bytes")

        def before_dot() -> None:
            self._ledger.call(
                lambda book: book.outbox.move(claimed, "body-written", self._clock.now())
            )

        outcome = await asyncio.to_thread(mailer.send, envelope, before_dot)
        await self._ledger(lambda book: record(book, number, outcome, self._clock))
        return outcome


CANCELLED = "cancelled"


def lock_path(ledger: Path) -> Path:
    """Give the file whose kernel lock the one sender of a ledger holds."""
    return ledger.with_suffix(".sending.lock")


def recover(book: Book, clock: Clock) -> None:
    """Sort out letters an ended program left in mid-sending; call only with the lock held.

    Before the dot nothing was accepted: ready again. After it nobody knows: unsure.
    """
    for reminder in book.outbox.in_states({ReminderState.OPEN}):
        said = "cartdesk ended while sending; the letter certainly did not go out"
        book.outbox.move(reminder, "not-sent", clock.now(), said=said)
    for reminder in book.outbox.in_states({ReminderState.DOT}):
        said = "cartdesk ended between the letter's last byte and the server's answer"
        book.outbox.move(reminder, "lost-sight", clock.now(), said=said, sent_at=clock.now())


def claim(book: Book, number: int, clock: Clock) -> Reminder:
    """Take one held letter for sending. Raises Moved when it is held no more."""
    reminder = book.outbox.get(number)
    if reminder is None or reminder.state is not ReminderState.HELD:
        raise Moved(f"letter {number} is not held")
    state = book.outbox.move(reminder, "claim", clock.now(), attempts=reminder.attempts + 1)
    return replace(reminder, state=state, attempts=reminder.attempts + 1)


def keep(book: Book, number: int, why: str, clock: Clock) -> None:
    """Put a held letter back to ready, with the reason why it did not go."""
    reminder = book.outbox.get(number)
    if reminder is not None and reminder.state is ReminderState.HELD:
        book.outbox.move(reminder, "kept", clock.now(), said=why)


def record(book: Book, number: int, outcome: Outcome, clock: Clock) -> None:
    """Write down what the mail server made of a letter."""
    reminder = book.outbox.get(number)
    if reminder is None:
        return
    now, said = clock.now(), in_words(outcome)
    if isinstance(outcome, Accepted):
        book.outbox.move(reminder, "accepted", now, said=said, sent_at=now)
    elif isinstance(outcome, NotSent):
        book.outbox.move(reminder, "not-sent", now, said=said)
    elif isinstance(outcome, Refused):
        _record_refusal(book, reminder, outcome, clock)
    else:
        book.outbox.move(reminder, "lost-sight", now, said=said, sent_at=now)


def _record_refusal(book: Book, reminder: Reminder, outcome: Refused, clock: Clock) -> None:
    now, said = clock.now(), in_words(outcome)
    if outcome.scope == "account":
        book.outbox.move(reminder, "kept", now, said=said)
    elif outcome.temporary:
        wait = min(FIRST_RETRY * 2 ** max(0, reminder.attempts - 1), LONGEST_RETRY)
        book.outbox.move(reminder, "deferred", now, said=said, not_before=now + wait)
    else:
        book.outbox.move(reminder, "refused", now, said=said)
        if outcome.stage == "rcpt" and " 5.1." in f" {outcome.text}":
            book.outbox.suppress(reminder.email, f"the address was refused: {said}", now)


def in_words(outcome: Outcome) -> str:
    """Say what the mail server answered, in its own words where it spoke."""
    if isinstance(outcome, Accepted):
        return f"{outcome.code} {outcome.text}".strip()
    if isinstance(outcome, Refused):
        verb = "deferred" if outcome.temporary else "refused"
        return f"{verb}: {outcome.code} {outcome.text}".strip()
    if isinstance(outcome, NotSent):
        return f"not sent: {outcome.text}"
    return f"the connection ended {outcome.seconds:.0f} s after the last byte: {outcome.text}"


def _counted(total: SendReport, outcome: Outcome | None) -> tuple[SendReport, str]:
    """Count an outcome, and give why the rest of the batch must wait ("": it need not)."""
    if outcome is None:
        return replace(total, cancelled=total.cancelled + 1), ""
    if isinstance(outcome, Accepted):
        return replace(total, sent=total.sent + 1), ""
    if isinstance(outcome, NotSent):
        return replace(total, kept=total.kept + 1), in_words(outcome)
    if isinstance(outcome, Refused):
        if outcome.scope == "account":
            return replace(total, kept=total.kept + 1), in_words(outcome)
        if outcome.temporary:
            return replace(total, deferred=total.deferred + 1), ""
        return replace(total, refused=total.refused + 1), ""
    return replace(total, unsure=total.unsure + 1), ""


def summary(total: SendReport) -> str:
    """Say in one line what became of a batch, and why letters were kept."""
    parts = [
        f"{count} {word}"
        for count, word in (
            (total.sent, "sent"),
            (total.refused, "refused"),
            (total.deferred, "deferred"),
            (total.unsure, "not sure"),
            (total.cancelled, "cancelled, no longer needed"),
            (total.kept, "kept"),
        )
        if count
    ]
    why = f". {total.sentence}" if total.kept and total.sentence else ""
    return (", ".join(parts) or "nothing to send") + why

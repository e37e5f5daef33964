"""Everything a merchant can do, in one place; screens and the command line only call this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger import Book, LedgerProblem, LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.checks import why
from cartdesk.domain.filters import read_filter
from cartdesk.domain.model import ReminderState, Shop
from cartdesk.domain.ports import Clock, Mailbox, Mailer, Store, StoreError
from cartdesk.domain.settings import Settings
from cartdesk.domain.views import (
    CartDetail,
    CartPage,
    Check,
    Done,
    PollReport,
    Preview,
    Progress,
    Queue,
    SendReport,
    SyncStatus,
)
from cartdesk.work import clockwatch, counting, listening, pausing, rights, showing
from cartdesk.work.consent import Consents
from cartdesk.work.context import Context, NeedsYes, NotPossible
from cartdesk.work.evidence import Examiner
from cartdesk.work.figures import Figures
from cartdesk.work.handing_off import HandOffs
from cartdesk.work.light import SyncLight
from cartdesk.work.listening import Listener
from cartdesk.work.passing import Passing
from cartdesk.work.previewing import Previews
from cartdesk.work.reviewing import Reviews
from cartdesk.work.sending import Busy, Sender, recover_left
from cartdesk.work.upkeep import Upkeep

if TYPE_CHECKING:
    from pathlib import Path

    from cartdesk.adapters.ledger.persons import Known
    from cartdesk.work.answering import Answers
    from cartdesk.work.feedback import Feedback
    from cartdesk.work.letters import LetterDesk
    from cartdesk.work.privacy import Erased, Privacy

__all__ = ["Desk", "NeedsYes", "NotPossible"]

Report = Callable[[Progress], None]

NO_SHOP = "No shop is set up yet. Run the setup in Settings (6)."
NO_MAIL = "No mail account is set up yet. Run the setup in Settings (6)."


class Desk:
    """The desk of one shop.

    Without a ``store`` the desk shows what the ledger holds; without a ``mailer`` it sends
    nothing, and without a ``mailbox`` it hears nothing. ``read_only`` forbids everything that
    would send or change a letter's state. ``mended`` is what was mended of its folders' rights.
    ``notices`` is what the merchant should be told once, at the start.
    """

    notices: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        settings: Settings,
        ledger: LedgerThread,
        clock: Clock,
        letterbox: Letterbox,
        store: Store | None,
        mailer: Callable[[], Mailer] | None,
        mailbox: Mailbox | None = None,
        read_only: bool = False,
        mended: Sequence[str] = (),
    ) -> None:
        self.settings = settings
        self.read_only = read_only or bool(ledger.only_reads)
        shop = Shop(address=settings.shop.address)
        self._context = Context(settings, ledger, clock, letterbox, store, shop)
        self._ledger = ledger
        self._mended = (*mended, *ledger.mended)
        self.notices = (*self._mended, *filter(None, [ledger.only_reads]))
        self._clock = clock
        self._mailer = mailer
        self._light = SyncLight(clock, settings.sync)
        self._previews = Previews(self._context)
        self._reviews = Reviews(self._context, self._previews)
        self._passing = Passing(self._context, self._reviews)
        self._upkeep = Upkeep(self._context)
        self.figures = Figures(self._context)
        self._examiner = Examiner(
            self._context, self._previews, self._reviews, mailbox, read_only=self.read_only
        )
        hears = mailbox if not self.read_only else None
        self._listener = Listener(self._context, hears) if hears else None
        self.consents = Consents(self._context, self._writing)
        self.hand_offs = HandOffs(self._context, self._writing)
        self._polling = False
        self._sending = False

    async def start(self) -> None:
        """Read the shop as it was last seen, so that the first screen needs no network."""
        shop = await self._ledger.read(lambda book: book.state.shop())
        if shop is not None:
            self._context.shop = shop
        last = await self._ledger.read(lambda book: book.events.newest("sync.done"))
        if last is not None:
            self._light.was_asked(last.at)
        if self._mended and not self._ledger.only_reads:
            await self._ledger(lambda book: rights.note(book, self._mended, self._clock.now()))
        if not self.read_only:
            with suppress(LedgerProblem, OSError):  # a full disk; it is read all the same
                await recover_left(self._ledger, self._clock)
            self._upkeep.soon()

    async def close(self) -> None:
        """Take this session's held letters back to ready and close shop and ledger."""
        await self._upkeep.end()
        await self._reviews.release()
        if self._context.store is not None:
            await self._context.store.close()
        self._ledger.close()

    async def shop(self) -> Shop:
        """Give the shop as it was last seen; never asks the network."""
        return self._context.shop

    def status(self) -> SyncStatus:
        """Give the sync light; a clock that cannot be right is its problem too."""
        status = self._light.status
        if self._ledger.only_reads:
            return replace(status, problem=self._ledger.only_reads, mend="")
        if self._passing.doubt and not status.problem:
            return replace(status, problem=self._passing.doubt, mend=clockwatch.MEND)
        if self._listener is not None and self._listener.trouble and not status.problem:
            return replace(status, problem=self._listener.trouble, mend=listening.MEND)
        return status

    async def poll(self, report: Report | None = None, *, full: bool = False) -> PollReport:
        """Ask the shop for what changed.

        Args:
            report: Is told how far it is.
            full: Read everything within the horizon again.

        Raises:
            StoreError: The shop could not be asked; :meth:`status` tells it as well.
            NotPossible: No shop is set up, or it is being asked already.
        """
        if self._context.store is None:
            raise NotPossible(NO_SHOP)
        if self._ledger.only_reads:
            raise NotPossible(self._ledger.only_reads)
        if self._polling:
            raise NotPossible("The shop is being asked just now.")
        from cartdesk.work.polling import Poller

        def tell(progress: Progress) -> None:
            self._light.progress(progress)
            if report is not None:
                report(progress)

        self._polling = True
        self._light.asking()
        try:
            found = await Poller(self._context, self._context.store).poll(tell, full=full)
        except StoreError as error:
            self._light.failed(error)
            self._context.answers = False
            raise
        except BaseException:
            self._light.left()
            raise
        finally:
            self._polling = False
        self._light.answered()
        self._context.answers = True
        await self.feedback.gather()
        await self._passing.look_at_clock()
        if not self.read_only:
            self._upkeep.begin()
        if self._listener is not None:
            news = (await self._listener.listen()).sentence
            return replace(found, sentence=f"{found.sentence}. Mailbox: {news}") if news else found
        return found

    async def tick(self, report: Report | None = None) -> SendReport | None:
        """Once a second: judge what the clock changed, send what is held long enough.

        A letter whose hold ended while nobody was there (the computer slept, the program was
        gone) goes back to ready instead of out. While the clock cannot be right, nothing is
        judged and nothing leaves. None when nothing was sent.
        """
        if self.read_only or not await self._passing.judge() or self._sending:
            return None
        try:
            due = await self._passing.held_enough()
            if not due or self._context.store is None or self._mailer is None:
                return None
            return await self._send(due, report)
        except Busy:  # another window sends; it, or the next second, sees to the rest
            return None

    def _writing(self) -> None:
        if self._ledger.only_reads:
            raise NotPossible(self._ledger.only_reads)
        if self.read_only:
            raise NotPossible("cartdesk was started with --read-only, so nothing is changed.")

    async def _may_send(self) -> None:
        """Raise NotPossible while sending is paused, or the clock cannot be right."""
        now, zone = self._clock.now(), self._context.shop.tz
        paused = await self._ledger.read(lambda book: pausing.sentence(book, now, zone))
        if paused:
            raise NotPossible(f"Not sent: {paused}.")
        if doubt := await self._passing.look_at_clock():
            raise NotPossible(f"{doubt} {clockwatch.MEND}")

    async def resume(self) -> Done:
        """Let sending go on after a pause, and believe the clock again.

        Raises:
            NotPossible: Nothing stood in the way.
        """
        self._writing()
        now = self._clock.now()

        def go_on(book: Book) -> bool:
            doubted = bool(clockwatch.doubt(book, now))
            clockwatch.trust(book, now)
            return pausing.end(book, now) or doubted

        if not await self._ledger(go_on):
            raise NotPossible("Sending is not paused.")
        await self._passing.look_at_clock()
        return Done("Sending can go on")

    # the queue

    async def queue(self, words: str = "") -> Queue:
        """Give the letters that are due, held, being sent or in trouble, most urgent first."""
        desktop = self._context.desktop()
        return await self._ledger.read(lambda book: showing.queue(book, words, desktop))

    async def preview(self, reminder_id: int) -> Preview:
        """Give a letter as it will go, with its checks. Raises NotPossible for none."""
        return await self._previews.letter(reminder_id)

    async def approve(
        self, reminder_id: int, *, hold: bool = True, knowingly: bool = False
    ) -> Done:
        """Freeze a letter's bytes and hold it; it leaves after the hold unless undone.

        Args:
            reminder_id: The letter.
            hold: False waits for :meth:`send_now` instead of a countdown.
            knowingly: The merchant answered with yes what the checks ask, such as whether to
                write to somebody whom WooCommerce itself wrote to.

        Raises:
            NeedsYes: A check asks first; ``str()`` is its question.
            NotPossible: A check fails, or the letter is not ready (any more).
        """
        self._writing()
        return await self._reviews.approve(reminder_id, hold=hold, knowingly=knowingly)

    async def approve_all(self, reminder_ids: Sequence[int]) -> Done:
        """Approve several letters; those that may not go, or ask first, are left out, counted."""
        self._writing()
        return await self._reviews.approve_all(reminder_ids)

    async def send_now(
        self,
        reminder_ids: Sequence[int],
        report: Report | None = None,
        *,
        knowingly: bool = False,
    ) -> SendReport:
        """Approve what is ready and send it without waiting; the person was asked before.

        Raises:
            NeedsYes: A check of a letter asks first and ``knowingly`` is not set.
            NotPossible: A letter may not go, no mail account is set up, another window is
                sending, sending is paused or the clock cannot be right.
        """
        self._writing()
        await self._may_send()
        for number in reminder_ids:
            reminder = await self._previews.reminder(number)
            if reminder.state is not ReminderState.HELD:
                await self._reviews.approve(number, hold=False, knowingly=knowingly)
        try:
            return await self._send(reminder_ids, report)
        except Busy as busy:
            raise NotPossible(str(busy)) from None

    async def _send(self, ids: Sequence[int], report: Report | None) -> SendReport:
        if self._context.store is None:
            raise NotPossible(NO_SHOP)
        if self._mailer is None:
            raise NotPossible(NO_MAIL)
        if self._sending:
            raise Busy("Letters are being sent just now. Try again when they are through.")
        sender = Sender(self._context, self._context.store, self._mailer)
        self._sending = True
        try:
            found = await sender.send(ids, report or (lambda _: None))
        finally:
            self._sending = False
        self._reviews.held -= set(ids)
        return found

    async def undo(self) -> Done:
        """Take back the newest thing that can be. Raises NotPossible when nothing can."""
        self._writing()
        return await self._reviews.undo()

    async def take_back(self, reminder_id: int) -> Done:
        """Take one approved letter back to ready. Raises NotPossible when it has left."""
        self._writing()
        await self._previews.reminder(reminder_id)
        return await self._reviews.take_back(reminder_id)

    async def skip(self, reminder_id: int) -> Done:
        """Leave out this letter; the next step of the sequence follows in its time."""
        self._writing()
        return await self._reviews.skip(reminder_id)

    async def later(self, reminder_id: int, until: datetime) -> Done:
        """Put a letter off until a time."""
        self._writing()
        return await self._reviews.later(reminder_id, until)

    def later_choices(self) -> tuple[tuple[str, datetime], ...]:
        """Give the times a letter can be put off to, in words and in UTC."""
        now = self._clock.now()
        local = now.astimezone(self._context.shop.tz)
        morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
        return (
            ("in 2 hours", now + timedelta(hours=2)),
            ("tomorrow at 9:00", morning + timedelta(days=1)),
            ("Monday at 9:00", morning + timedelta(days=7 - local.weekday())),
        )

    async def edit(self, reminder_id: int, source: str) -> Done:
        """Give one letter its own text (Markdown with fields, first line ``Subject: ...``).

        Raises:
            NotPossible: The text has an unknown field or is broken, or the letter is no
                longer waiting; nothing was changed then.
        """
        self._writing()
        return await self._reviews.edit(reminder_id, source)

    async def speak(self, reminder_id: int, language: str) -> Done:
        """Write one waiting letter in another language; :meth:`preview` says which there are.

        Raises:
            NotPossible: There is no such letter in it, or the letter is no longer waiting.
        """
        self._writing()
        return await self._reviews.speak(reminder_id, language)

    async def settle(self, reminder_id: int, answer: str) -> Done:
        """Answer an unsure letter: "sent" (it went out), "again", "leave" or "proof".

        "again" holds the same bytes with the same Message-ID for another sending; "proof" goes
        by what :meth:`evidence` finds. Nothing is sent again that is found to have gone out.

        Raises:
            NotPossible: The letter is not unsure, or the answer does not fit what is found.
        """
        self._writing()
        return await self._examiner.settle(reminder_id, answer)

    async def evidence(self, reminder_id: int) -> tuple[Check, ...]:
        """Find out what became of an unsure letter; what decides the question stands first.

        Its verdict is OK when the letter went out and STOP when it did not arrive; WARN proves
        nothing. Looks into the mailbox, if there is one, and takes its time.

        Raises:
            NotPossible: There is no such letter, or it is not unsure.
        """
        return await self._examiner.examine(reminder_id)

    async def stop(self, cart_id: int, reason: str = "do not contact") -> Done:
        """Never write to the person behind this cart again (until undone)."""
        self._writing()
        return await self._reviews.stop(cart_id, reason)

    async def let_back(self, cart_id: int) -> Done:
        """Have a cart that is kept apart (robot, card test, ...) count as a shopper's again.

        Raises:
            NotPossible: It is not kept apart.
        """
        self._writing()
        return await self._reviews.let_back(cart_id)

    # carts

    async def carts(
        self, words: str = "", *, limit: int = 500, offset: int = 0, order: str = "-quiet"
    ) -> CartPage:
        """Give a window of carts.

        Args:
            words: Free words and ``state: lane: country: min:``.
            limit: How many rows.
            offset: How many rows to pass over first.
            order: quiet, total, name, state or number; a leading "-" turns it round.
        """
        wanted = read_filter(words)
        return await self._ledger.read(lambda b: b.windows.carts(wanted, limit, offset, order))

    async def cart(self, cart_id: int) -> CartDetail:
        """Give everything about one cart. Raises NotPossible when there is none."""
        return await self._previews.cart(cart_id)

    async def why(self, cart_id: int) -> tuple[Check, ...]:
        """Give every rule that put a cart in the queue or keeps it out. Raises NotPossible."""
        return why(await self._previews.facts(cart_id))

    # feedback and figures

    @cached_property
    def feedback(self) -> Feedback:
        """What people said: reviews, notes, replies, surveys, and what was typed in."""
        from cartdesk.work.feedback import Feedback

        return Feedback(self._context, self._reviews.remember, self._writing)

    @cached_property
    def answers(self) -> Answers:
        """Answers to what people said; each is a letter of the outbox like any other."""
        from cartdesk.work.answering import Answers

        return Answers(self._context, self._previews, self._reviews.remember, self._writing)

    async def export(self, what: str) -> AsyncIterator[dict[str, object]]:
        """Give all rows of ``carts``, ``letters`` or ``events``, a few hundred at a time."""
        after = 0
        while rows := await self._rows(what, after):
            for row in rows:
                yield row
            after = int(str(rows[-1]["id"]))

    async def _rows(self, what: str, after: int) -> list[dict[str, object]]:
        return await self._ledger.read(lambda book: counting.rows(book, what, after))

    # persons

    async def known(self, email: str = "", cart_id: int = 0) -> Known:
        """Find a person by e-mail address or cart. Raises NotPossible for a wrong one."""
        return await self._privacy().known(email, cart_id)

    async def person(self, email: str = "", cart_id: int = 0) -> dict[str, Any]:
        """Give everything stored about one person. Raises NotPossible when there is nothing."""
        return await self._privacy().document(email, cart_id)

    async def unreadable_copies(self) -> tuple[Path, ...]:
        """Give the copies from which nobody can be erased, as they cannot be opened any more."""
        return await self._privacy().unreadable()

    async def erase(self, known: Known, delete: Collection[Path] = ()) -> Erased:
        """Erase a person from the ledger and its copies; counts stay.

        Args:
            known: The person.
            delete: Unreadable copies to delete as a whole.

        Raises:
            NotPossible: A letter to them is being sent just now.
        """
        self._writing()
        return await self._privacy().erase(known, delete)

    def _privacy(self) -> Privacy:
        from cartdesk.work.privacy import Privacy

        return Privacy(self._context)

    # letters

    @cached_property
    def letterdesk(self) -> LetterDesk:
        """The letters themselves: judged, edited, kept with their versions, and tried."""
        from cartdesk.work.letters import LetterDesk

        return LetterDesk(self._context, self._previews, self._writing, self._mailer)

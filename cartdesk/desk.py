"""Everything a merchant can do, in one place; screens and the command line only call this."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.checks import CartFacts, before_sending, first_stop, why
from cartdesk.domain.filters import read_filter
from cartdesk.domain.lifecycle import IllegalMove
from cartdesk.domain.links import Link
from cartdesk.domain.model import Product, Reminder, ReminderState, Rendered, Shop
from cartdesk.domain.ports import Clock, Mailer, Store, StoreError
from cartdesk.domain.settings import Settings
from cartdesk.domain.views import (
    CartDetail,
    CartPage,
    Check,
    Done,
    Light,
    Metrics,
    Piece,
    PollReport,
    Preview,
    Progress,
    Queue,
    SendReport,
    SyncStatus,
    Verdict,
)
from cartdesk.work import counting, showing
from cartdesk.work.facts import Desktop, cart_facts
from cartdesk.work.planning import settle
from cartdesk.work.sending import DAY, Busy, Sender

Report = Callable[[Progress], None]

PRODUCTS_KEPT = timedelta(hours=24)
HOLD_GRACE = timedelta(seconds=60)
JUDGED_EVERY = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=30)
_FROZEN = frozenset(ReminderState) - {
    ReminderState.PLANNED,
    ReminderState.READY,
    ReminderState.SKIPPED,
    ReminderState.CANCELLED,
}


class NotPossible(Exception):
    """The merchant asked for something that cannot be done now; ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class _Undo:
    sentence: str
    action: Callable[[], Awaitable[None]]


class Desk:
    """The desk of one shop.

    Without a ``store`` the desk shows what the ledger holds; without a ``mailer`` it sends
    nothing; ``read_only`` forbids everything that would send or change a letter's state.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        ledger: LedgerThread,
        clock: Clock,
        letterbox: Letterbox,
        store: Store | None,
        mailer: Callable[[], Mailer] | None,
        read_only: bool = False,
    ) -> None:
        self.settings = settings
        self.read_only = read_only
        self._ledger = ledger
        self._clock = clock
        self._letterbox = letterbox
        self._store = store
        self._mailer = mailer
        self._shop = Shop(address=settings.shop.address)
        self._status = SyncStatus(Light.NEVER)
        self._undo: list[_Undo] = []
        self._held: set[int] = set()
        self._polling = False
        self._sending = False
        self._failures = 0
        self._judged_at: datetime | None = None

    async def start(self) -> None:
        """Read the shop as it was last seen, so that the first screen needs no network."""
        shop = await self._ledger.read(lambda book: book.state.shop())
        self._shop = shop or self._shop
        last = await self._ledger.read(lambda book: book.events.newest("sync.done"))
        if last is not None:
            self._status = SyncStatus(Light.FRESH, last=last.at, next=self._clock.now())

    async def close(self) -> None:
        """Take this session's held letters back to ready and close shop and ledger."""
        for number in sorted(self._held):
            await self._release(number)
        if self._store is not None:
            await self._store.close()
        self._ledger.close()

    async def shop(self) -> Shop:
        """Give the shop as it was last seen; never asks the network."""
        return self._shop

    def status(self) -> SyncStatus:
        """Give the sync light."""
        return self._status

    def _desktop(self) -> Desktop:
        return Desktop(self._shop, self.settings, self._clock.now(), self._clock.wall())

    def _writing(self) -> None:
        if self.read_only:
            raise NotPossible("cartdesk was started with --read-only, so nothing is changed.")

    async def poll(self, report: Report | None = None, *, full: bool = False) -> PollReport:
        """Ask the shop for what changed.

        Raises:
            StoreError: The shop could not be asked; :meth:`status` tells it as well.
            NotPossible: No shop is set up, or it is being asked already.
        """
        if self._store is None:
            raise NotPossible("No shop is set up yet. Run the setup in Settings (6).")
        if self._polling:
            raise NotPossible("The shop is being asked just now.")
        from cartdesk.work.polling import Poller

        poller = Poller(
            store=self._store, ledger=self._ledger, clock=self._clock, settings=self.settings
        )
        before, self._polling = self._status, True
        self._status = replace(before, light=Light.ASKING, progress=None)

        def tell(progress: Progress) -> None:
            self._status = replace(self._status, progress=progress)
            if report is not None:
                report(progress)

        try:
            found = await poller.poll(tell, full=full)
            shop = await self._ledger.read(lambda book: book.state.shop())
            self._shop = shop or self._shop
        except StoreError as error:
            self._status = self._offline(before, error)
            raise
        except BaseException:
            self._status = before
            raise
        finally:
            self._polling = False
        self._failures, now = 0, self._clock.now()
        interval = timedelta(minutes=self.settings.sync.every_minutes)
        self._status = SyncStatus(Light.FRESH, last=now, next=now + interval)
        return found

    def _offline(self, before: SyncStatus, error: StoreError) -> SyncStatus:
        self._failures += 1
        interval = timedelta(minutes=self.settings.sync.every_minutes)
        wait = min(interval * 2 ** min(self._failures, 8), max(LONGEST_WAIT, interval))
        if error.retry_after is not None:
            wait = timedelta(seconds=error.retry_after)
        return SyncStatus(
            Light.OFFLINE,
            last=before.last,
            next=self._clock.now() + wait,
            problem=str(error),
            mend=error.mend,
        )

    async def tick(self, report: Report | None = None) -> SendReport | None:
        """Once a second: judge what the clock changed, send what is held long enough.

        A letter whose hold ended while nobody was there (the computer slept, the program was
        gone) goes back to ready instead of out. None when nothing was sent.
        """
        if self.read_only:
            return None
        now, wall = self._clock.now(), self._clock.wall()
        if self._judged_at is None or now - self._judged_at >= JUDGED_EVERY:
            self._judged_at = now
            await self._ledger(lambda book: self._judge(book, now))
        over = await self._ledger.read(lambda book: book.outbox.held_due(wall))
        late = [one for one in over if one.held_until and one.held_until < wall - HOLD_GRACE]
        due = [one.id for one in over if one not in late]
        for reminder in late:
            await self._move(reminder, "expire", said="its hold ran out while nobody was there")
        if not due or self._sending or self._store is None or self._mailer is None:
            return None
        return await self._send(due, report)

    def _judge(self, book: Book, now: datetime) -> None:
        for reminder in book.outbox.put_off_due(now):
            book.outbox.move(reminder, "due", now)
        settle(book, self.settings.sequence, now)

    # the queue

    async def queue(self, words: str = "") -> Queue:
        """Give the letters that are due, held, being sent or in trouble."""
        return await self._ledger.read(lambda book: showing.queue(book, words, self._desktop()))

    async def preview(self, reminder_id: int) -> Preview:
        """Give a letter as it will go, with its checks. Raises NotPossible."""
        reminder = await self._reminder(reminder_id)
        facts, checks = await self._ledger.read(lambda book: self._checks(book, reminder))
        row = (await self._ledger.read(lambda b: b.windows.rows([reminder.cart_id])))[
            reminder.cart_id
        ]
        message, rendered, source = b"", None, reminder.source
        envelope = await self._ledger.read(lambda book: book.outbox.envelope(reminder_id))
        if reminder.state in _FROZEN and envelope is not None:
            message, rendered = envelope.message, _parts(reminder, envelope.message)
        else:
            try:
                from cartdesk.work.composing import compose

                products = await self._products(facts)
                answers = await self._previous_letter(reminder)
                draft = compose(
                    reminder, facts, products, self._letterbox, self._desktop(), answers
                )
                message, rendered, source = draft.message, draft.rendered, draft.source
                checks += (_link_check(draft.link),)
            except (ValueError, LookupError) as problem:
                checks += (_broken(problem),)
        return Preview(
            reminder=reminder,
            row=row,
            steps=showing.steps_of(self._desktop()),
            to=facts.cart.email,
            sender=self.settings.sender.email,
            checks=checks,
            rendered=rendered,
            message=message,
            source=source,
        )

    def _checks(self, book: Book, reminder: Reminder) -> tuple[CartFacts, tuple[Check, ...]]:
        desktop = self._desktop()
        facts = cart_facts(book, reminder.cart_id, desktop)
        sent = book.outbox.sent_since(desktop.now - DAY)
        return facts, before_sending(facts, sequence=reminder.sequence, sent_in_24_hours=sent)

    async def _previous_letter(self, reminder: Reminder) -> str:
        def find(book: Book) -> str:
            letters = book.outbox.of_carts([reminder.cart_id])
            sent = [one for one in letters if one.sent_at is not None and one.message_id]
            return sent[-1].message_id if sent else ""

        return await self._ledger.read(find)

    async def _products(self, facts: CartFacts) -> dict[int, Product]:
        """Give the cart's products, asking the shop for those not known for a day."""
        ids = sorted({line.variation_id or line.product_id for line in facts.cart.lines} - {0})
        since = self._clock.now() - PRODUCTS_KEPT
        known = await self._ledger.read(lambda book: book.cache.products(ids, since))
        missing = [number for number in ids if number not in known]
        if not missing or self._store is None:
            return known
        try:
            found = await self._store.products(missing)
        except StoreError:
            return known  # the letter falls back to the cart page, and its check says so
        now = self._clock.now()
        await self._ledger(lambda book: book.cache.keep_products(found, now))
        return known | {product.id: product for product in found}

    async def approve(self, reminder_id: int, *, hold: bool = True) -> Done:
        """Freeze a letter's bytes and hold it; it leaves after the hold unless undone.

        Args:
            reminder_id: The letter.
            hold: False waits for :meth:`send_now` instead of a countdown.

        Raises:
            NotPossible: A check fails, or the letter is not ready (any more).
        """
        self._writing()
        preview = await self.preview(reminder_id)
        stop = first_stop(preview.checks)
        if stop is not None:
            mend = f" ({stop.mend})" if stop.mend else ""
            raise NotPossible(f"Not approved: {stop.sentence}{mend}.")
        if preview.rendered is None:
            raise NotPossible("Not approved: the letter could not be filled in.")
        from cartdesk.work.composing import frozen

        wait = timedelta(seconds=self.settings.sequence.hold_seconds)
        await self._move(
            preview.reminder,
            "approve",
            **frozen(preview.message),
            email=preview.to,
            sender=preview.sender,
            approved_at=self._clock.now(),
            held_until=self._clock.wall() + wait if hold else None,
            said="",
        )
        self._held.add(reminder_id)
        self._remember(f"the letter to {_who(preview)}", lambda: self._back(reminder_id))
        when = f"leaves in {wait.seconds} s" if hold else "waits for “send”"
        return Done(f"Approved the letter to {_who(preview)}; it {when}", undo=True)

    async def approve_all(self, reminder_ids: Sequence[int]) -> Done:
        """Approve several letters; those that may not go are left out and counted."""
        self._writing()
        left: list[str] = []
        done = 0
        for number in reminder_ids:
            try:
                await self.approve(number)
                done += 1
            except NotPossible as reason:
                left.append(str(reason))
        several, self._undo = self._undo[-done:] if done else [], self._undo[: -done or None]

        async def all_back() -> None:
            for one in several:
                await one.action()

        if done:
            self._remember(f"{done} letters", all_back)
        kept = f"; {len(left)} left out: {left[0]}" if left else ""
        return Done(f"Approved {done} letter{'s' if done != 1 else ''}{kept}", undo=bool(done))

    async def send_now(
        self, reminder_ids: Sequence[int], report: Report | None = None
    ) -> SendReport:
        """Approve what is ready and send it without waiting; the person was asked before.

        Raises:
            NotPossible: A letter may not go, no mail account is set up, or another window
                is sending.
        """
        self._writing()
        if self._store is None or self._mailer is None:
            raise NotPossible(
                "No shop or no mail account is set up. Run the setup in Settings (6)."
            )
        if self._sending:
            raise NotPossible("Letters are being sent just now. Try again when they are through.")
        for number in reminder_ids:
            reminder = await self._reminder(number)
            if reminder.state is not ReminderState.HELD:
                await self.approve(number, hold=False)
        return await self._send(reminder_ids, report)

    async def _send(self, ids: Sequence[int], report: Report | None) -> SendReport:
        if self._store is None or self._mailer is None:
            raise NotPossible("No shop or no mail account is set up.")
        sender = Sender(
            ledger=self._ledger,
            store=self._store,
            mailer=self._mailer,
            clock=self._clock,
            settings=self.settings,
        )
        self._sending = True
        try:
            return await sender.send(ids, self._desktop(), report or (lambda _: None))
        except Busy as busy:
            raise NotPossible(str(busy)) from None
        finally:
            self._sending = False
            self._held -= set(ids)

    async def undo(self) -> Done:
        """Take back the newest thing that can be. Raises NotPossible when nothing can."""
        self._writing()
        if not self._undo:
            raise NotPossible("There is nothing to take back.")
        last = self._undo.pop()
        try:
            await last.action()
        except (IllegalMove, Moved) as reason:
            raise NotPossible(f"Too late to take back {last.sentence}: {reason}.") from None
        return Done(f"Took back {last.sentence}")

    async def skip(self, reminder_id: int) -> Done:
        """Leave out this letter; the next step of the sequence follows in its time."""
        self._writing()
        reminder = await self._reminder(reminder_id)
        await self._move(reminder, "skip")
        self._remember("the skipped letter", lambda: self._back(reminder_id))
        return Done("Skipped the letter", undo=True)

    async def later(self, reminder_id: int, until: datetime) -> Done:
        """Put a letter off until a time."""
        self._writing()
        reminder = await self._reminder(reminder_id)
        await self._move(reminder, "later", not_before=until)
        self._remember("the letter put off", lambda: self._back(reminder_id))
        return Done(f"Put off until {until.astimezone(self._shop.tz):%A %H:%M}", undo=True)

    def later_choices(self) -> tuple[tuple[str, datetime], ...]:
        """Give the times a letter can be put off to, in words and in UTC."""
        now = self._clock.now()
        local = now.astimezone(self._shop.tz)
        morning = local.replace(hour=9, minute=0, second=0, microsecond=0)
        monday = morning + timedelta(days=7 - local.weekday())
        return (
            ("in 2 hours", now + timedelta(hours=2)),
            ("tomorrow at 9:00", morning + timedelta(days=1)),
            ("Monday at 9:00", monday),
        )

    async def edit(self, reminder_id: int, source: str) -> Done:
        """Give one letter its own text (Markdown with fields, first line ``Subject: ...``).

        Raises:
            NotPossible: The text has an unknown field or is broken, or the letter is no
                longer waiting; nothing was changed then.
        """
        self._writing()
        from cartdesk.domain.letters import check

        reminder = await self._reminder(reminder_id)
        if reminder.state is not ReminderState.READY:
            raise NotPossible("Only a letter that is ready can be edited.")
        problems = check(source)
        if problems:
            raise NotPossible(problems[0])
        await self._rewrite(reminder, source)
        self._remember("the edit", lambda: self._rewrite(reminder, reminder.source))
        return Done("Edited this letter", undo=True)

    async def settle(self, reminder_id: int, answer: str) -> Done:
        """Answer an unsure letter: "sent" (it went out), "again" or "leave".

        "again" holds the same bytes with the same Message-ID for another sending.
        """
        self._writing()
        moves = {"sent": "it-went-out", "again": "again", "leave": "leave"}
        if answer not in moves:
            raise NotPossible("Answer with sent, again or leave.")
        reminder = await self._reminder(reminder_id)
        if answer == "again":
            wait = timedelta(seconds=self.settings.sequence.hold_seconds)
            await self._move(reminder, "again", held_until=self._clock.wall() + wait, sent_at=None)
            self._held.add(reminder_id)
            return Done(f"The same letter leaves again in {wait.seconds} s")
        await self._move(reminder, moves[answer])
        return Done("Noted that it went out" if answer == "sent" else "Left it as it is")

    async def stop(self, cart_id: int, reason: str = "do not contact") -> Done:
        """Never write to the person behind this cart again (until undone)."""
        self._writing()

        def mark(book: Book) -> list[str]:
            person = book.orders.person_of(cart_id)
            emails = sorted(book.orders.emails_of(person)) if person is not None else []
            fresh = [email for email in emails if not book.outbox.suppressed([email])]
            for email in fresh:
                book.outbox.suppress(email, reason, self._clock.now())
            book.events.add(
                "person.stopped", self._clock.now(), cart_id=cart_id, data={"reason": reason}
            )
            settle(book, self.settings.sequence, self._clock.now(), [cart_id])
            return fresh

        marked = await self._ledger(mark)
        if not marked:
            raise NotPossible("This person has no address, or must not be written to already.")

        async def allow() -> None:
            await self._ledger(lambda book: self._allow(book, cart_id, marked))

        self._remember("the mark", allow)
        return Done(f"No more letters to {marked[0]}", undo=True)

    def _allow(self, book: Book, cart_id: int, emails: Sequence[str]) -> None:
        for email in emails:
            book.outbox.unsuppress(email)
        book.events.add("person.allowed", self._clock.now(), cart_id=cart_id)
        settle(book, self.settings.sequence, self._clock.now(), [cart_id])

    async def _reminder(self, reminder_id: int) -> Reminder:
        reminder = await self._ledger.read(lambda book: book.outbox.get(reminder_id))
        if reminder is None:
            raise NotPossible(f"There is no letter {reminder_id}.")
        return reminder

    async def _move(self, reminder: Reminder, event: str, **columns: object) -> None:
        now = self._clock.now()
        try:
            await self._ledger(lambda book: book.outbox.move(reminder, event, now, **columns))
        except (IllegalMove, Moved) as reason:
            raise NotPossible(f"That cannot be done now: {reason}.") from None

    async def _rewrite(self, reminder: Reminder, source: str) -> None:
        await self._ledger(lambda book: book.outbox.rewrite(reminder, source, self._clock.now()))

    async def _back(self, reminder_id: int) -> None:
        now = self._clock.now()

        def back(book: Book) -> None:
            reminder = book.outbox.get(reminder_id)
            if reminder is not None:
                book.outbox.move(reminder, "undo", now, message=None, not_before=None)

        await self._ledger(back)
        self._held.discard(reminder_id)

    async def _release(self, reminder_id: int) -> None:
        reminder = await self._ledger.read(lambda book: book.outbox.get(reminder_id))
        if reminder is not None and reminder.state is ReminderState.HELD and reminder.held_until:
            await self._move(reminder, "expire", said="cartdesk was closed before it left")

    def _remember(self, sentence: str, action: Callable[[], Awaitable[None]]) -> None:
        self._undo.append(_Undo(sentence, action))

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
        from cartdesk.work.composing import link_of

        facts = await self._facts(cart_id)
        link = Link("cart", "", "There is nothing to lead back to.")
        if facts.track.placed_at is None:
            example = Reminder(
                0, cart_id, "recovery", 1, "", ReminderState.PLANNED, self._clock.now()
            )
            link = link_of(example, facts, await self._products(facts), self._desktop())
        return await self._ledger.read(
            lambda book: showing.detail(book, cart_id, link, self._desktop())
        )

    async def why(self, cart_id: int) -> tuple[Check, ...]:
        """Give every rule that put a cart in the queue or keeps it out. Raises NotPossible."""
        return why(await self._facts(cart_id))

    async def _facts(self, cart_id: int) -> CartFacts:
        try:
            return await self._ledger.read(lambda b: cart_facts(b, cart_id, self._desktop()))
        except LookupError as none:
            raise NotPossible(str(none.args[0])) from None

    # feedback and figures

    async def feedback(self) -> tuple[Piece, ...]:
        """Give reviews and customers' notes, newest first."""
        return await self._ledger.read(showing.feedback)

    async def metrics(self, days: int = 30, currency: str = "") -> Metrics:
        """Give the five headline figures of the last ``days`` in one currency."""
        return await self._ledger.read(
            lambda book: counting.metrics(book, days, currency, self._desktop())
        )

    async def currencies(self) -> tuple[str, ...]:
        """Give the currencies of the orders, the most used first."""
        return await self._ledger.read(lambda book: book.windows.currencies())

    async def export(self, what: str) -> AsyncIterator[dict[str, object]]:
        """Give all rows of ``carts``, ``letters`` or ``events``, a few hundred at a time."""
        after = 0
        while True:
            rows = await self._rows(what, after)
            for row in rows:
                yield row
            if not rows:
                return
            after = int(str(rows[-1]["id"]))

    async def _rows(self, what: str, after: int) -> list[dict[str, object]]:
        return await self._ledger.read(lambda book: counting.rows(book, what, after))

    # letters

    async def letters(self) -> tuple[tuple[str, str], ...]:
        """Give name and text of every letter."""
        from cartdesk.work.composing import LANGUAGE

        names = self._letterbox.names(LANGUAGE)
        return tuple((name, self._letterbox.get(name, LANGUAGE).source) for name in names)

    async def letter_preview(self, name: str) -> Rendered:
        """Fill in a letter with the newest abandoned cart, or with an example.

        Raises:
            NotPossible: The letter is broken; the reason names the line.
        """
        from cartdesk.work.composing import example

        try:
            letter = self._letterbox.get(name)
            found = await self._ledger.read(showing.newest_abandoned)
            facts = None if found is None else await self._facts(found)
            products = {} if facts is None else await self._products(facts)
            return example(letter, facts, products, self._desktop())
        except (ValueError, LookupError) as problem:
            raise NotPossible(str(problem)) from None


def _parts(reminder: Reminder, message: bytes) -> Rendered:
    from cartdesk.adapters.message import parts

    found = parts(message)
    return Rendered(reminder.subject, found.text, found.html)


def _who(preview: Preview) -> str:
    return preview.row.name or preview.to


def _link_check(link: Link) -> Check:
    if link.foreign:
        return Check(
            "link",
            Verdict.STOP,
            "the shop sends a payment link to another host",
            link.foreign,
            mend="if the host is yours, name it in extra_hosts in the settings file",
        )
    return Check("link", Verdict.OK, "link leads to your shop", link.kind)


def _broken(problem: Exception) -> Check:
    return Check(
        "letter",
        Verdict.STOP,
        str(problem).rstrip("."),
        mend="edit the letter (e)",
    )

"""The merchant's keys: approve, skip, later, edit, stop, and taking each of them back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.domain.checks import first_question, first_stop
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.lifecycle.states import IllegalMove
from cartdesk.domain.model import CartState, Reminder, ReminderState
from cartdesk.domain.senders import active_plugins
from cartdesk.domain.views import Done, Preview
from cartdesk.work.context import Context, NeedsYes, NotPossible
from cartdesk.work.facts import KNOWN_SENDERS
from cartdesk.work.planning import settle
from cartdesk.work.previewing import Previews


@dataclass(frozen=True, slots=True)
class _Undo:
    sentence: str
    action: Callable[[], Awaitable[None]]


class Reviews:
    """Changes what is to become of letters, and remembers how to take it back."""

    def __init__(self, context: Context, previews: Previews) -> None:
        self._context = context
        self._previews = previews
        self._undo: list[_Undo] = []
        self.held: set[int] = set()

    async def approve(self, reminder_id: int, *, hold: bool, knowingly: bool = False) -> Done:
        """Freeze a letter's bytes and hold it; see Desk.approve."""
        from cartdesk.work.composing import frozen

        shown = self._previews.shown(reminder_id)
        preview = await self._previews.letter(reminder_id)
        stop = first_stop(preview.checks)
        if stop is not None:
            mend = f" ({stop.mend})" if stop.mend else ""
            raise NotPossible(f"Not approved: {stop.sentence}{mend}.")
        if preview.rendered is None:
            raise NotPossible("Not approved: the letter could not be filled in.")
        question = first_question(preview.checks)
        if question is not None and not knowingly:
            raise NeedsYes(question.ask)
        if question is not None:
            known = "\n".join(active_plugins(self._context.shop))
            await self._context.ledger(lambda book: book.state.put(KNOWN_SENDERS, known))
        if shown is not None and shown != preview.message:
            raise NotPossible(
                "Not approved: the letter has changed since you saw it. Look at it once more."
            )
        wait = timedelta(seconds=self._context.settings.sequence.hold_seconds)
        await self.move(
            preview.reminder,
            "approve",
            **frozen(preview.message),
            email=preview.to,
            sender=preview.sender,
            language=preview.tongue.language if preview.tongue else preview.reminder.language,
            approved_at=self._context.clock.now(),
            held_until=self._context.clock.wall() + wait if hold else None,
            said="",
        )
        self.held.add(reminder_id)
        who = _who(preview)
        self.remember(f"the letter to {who}", lambda: self._back(reminder_id))
        when = f"leaves in {wait.seconds} s" if hold else "waits for “send”"
        return Done(f"Approved the letter to {who}; it {when}", undo=True)

    async def approve_all(self, reminder_ids: Sequence[int]) -> Done:
        """Approve several letters; those that may not go, or ask first, are left out."""
        before = len(self._undo)
        left: list[str] = []
        asking = 0
        for number in reminder_ids:
            try:
                await self.approve(number, hold=True)
            except NeedsYes:
                asking += 1
            except NotPossible as reason:
                left.append(str(reason))
        several = self._undo[before:]
        del self._undo[before:]

        async def all_back() -> None:
            for one in several:
                await one.action()

        done = len(several)
        letters = f"{done} letter{'s' if done != 1 else ''}"
        if done:
            self.remember(letters, all_back)
        kept = f"; {len(left)} left out: {left[0]}" if left else ""
        if asking:
            kept += f"; {asking} left out, because another sender wrote: approve each by itself"
        return Done(f"Approved {letters}{kept}", undo=bool(done))

    async def undo(self) -> Done:
        """Take back the newest thing that can be. Raises NotPossible when nothing can."""
        if not self._undo:
            raise NotPossible("There is nothing to take back.")
        last = self._undo.pop()
        try:
            await last.action()
        except (IllegalMove, Moved) as reason:
            raise NotPossible(f"Too late to take back {last.sentence}: {reason}.") from None
        return Done(f"Took back {last.sentence}")

    async def take_back(self, reminder_id: int) -> Done:
        """Take one approved letter back to ready, whoever approved it."""
        try:
            await self._back(reminder_id)
        except (IllegalMove, Moved) as reason:
            raise NotPossible(f"Too late to take it back: {reason}.") from None
        return Done("Took back the approved letter")

    async def skip(self, reminder_id: int) -> Done:
        """Leave out this letter."""
        await self.move(await self._previews.reminder(reminder_id), "skip")
        self.remember("the skipped letter", lambda: self._back(reminder_id))
        return Done("Skipped the letter", undo=True)

    async def later(self, reminder_id: int, until: datetime) -> Done:
        """Put a letter off until a time."""
        await self.move(await self._previews.reminder(reminder_id), "later", not_before=until)
        self.remember("the letter put off", lambda: self._back(reminder_id))
        local = until.astimezone(self._context.shop.tz)
        return Done(f"Put off until {local:%A %H:%M}", undo=True)

    async def edit(self, reminder_id: int, source: str) -> Done:
        """Give one letter its own text."""
        from cartdesk.domain.letters import check

        reminder = await self._previews.reminder(reminder_id)
        if reminder.state is not ReminderState.READY:
            raise NotPossible("Only a letter that is ready can be edited.")
        if reminder.sequence == ANSWER:
            raise NotPossible("Write an answer in Feedback (3): a on what it answers.")
        problems = check(source)
        if problems:
            raise NotPossible(problems[0])
        language = reminder.language
        await self._rewrite(reminder, source, language)
        self.remember("the edit", lambda: self._rewrite(reminder, reminder.source, language))
        return Done("Edited this letter", undo=True)

    async def speak(self, reminder_id: int, language: str) -> Done:
        """Write one letter in another language; its own text gives way to that language's."""
        reminder = await self._previews.reminder(reminder_id)
        if reminder.state is not ReminderState.READY:
            raise NotPossible("Only a letter that is ready can be written in another language.")
        known = self._context.letterbox.languages(reminder.letter)
        if language not in known:
            raise NotPossible(
                f"There is no letter “{reminder.letter}” in “{language}”; there are "
                f"{', '.join(known)}."
            )
        before = (reminder.source, reminder.language)
        await self._rewrite(reminder, "", language)
        self.remember("the change of language", lambda: self._rewrite(reminder, *before))
        return Done("This letter is written in another language", undo=True)

    async def settle(self, reminder_id: int, answer: str) -> Done:
        """Answer an unsure letter: "sent", "again" or "leave"."""
        moves = {"sent": "it-went-out", "again": "again", "leave": "leave"}
        if answer not in moves:
            raise NotPossible("Answer with sent, again or leave.")
        reminder = await self._previews.reminder(reminder_id)
        if answer == "again":
            wait = timedelta(seconds=self._context.settings.sequence.hold_seconds)
            until = self._context.clock.wall() + wait
            await self.move(reminder, "again", held_until=until)
            self.held.add(reminder_id)
            return Done(f"The same letter leaves again in {wait.seconds} s")
        await self.move(reminder, moves[answer])
        return Done("Noted that it went out" if answer == "sent" else "Left it: it counts as sent")

    async def stop(self, cart_id: int, reason: str) -> Done:
        """Never write to the person behind a cart again."""
        now, rules = self._context.clock.now(), self._context.settings.sequence

        def mark(book: Book) -> list[str]:
            person = book.orders.person_of(cart_id)
            emails = sorted(book.orders.emails_of(person)) if person is not None else []
            fresh = [email for email in emails if not book.outbox.suppressed([email])]
            for email in fresh:
                book.outbox.suppress(email, reason, now)
            if not fresh:
                return fresh
            book.events.add("person.stopped", now, cart_id=cart_id, data={"reason": reason})
            book.orders.doubt(cart_id)
            settle(book, rules, now)
            return fresh

        marked = await self._context.ledger(mark)
        if not marked:
            raise NotPossible("This person has no address, or must not be written to already.")
        self.remember("the mark", lambda: self._allow(cart_id, marked))
        return Done(f"No more letters to {marked[0]}", undo=True)

    async def _allow(self, cart_id: int, emails: Sequence[str]) -> None:
        now, rules = self._context.clock.now(), self._context.settings.sequence

        def allow(book: Book) -> None:
            for email in emails:
                book.outbox.unsuppress(email)
            book.events.add("person.allowed", now, cart_id=cart_id)
            book.orders.doubt(cart_id)
            settle(book, rules, now)

        await self._context.ledger(allow)

    async def let_back(self, cart_id: int) -> Done:
        """Have a cart that was kept apart count as a shopper's."""
        await self._let_back(cart_id, back=True)
        self.remember("the cart let back", lambda: self._let_back(cart_id, back=False))
        return Done("Let the cart back; it counts as a shopper's again", undo=True)

    async def _let_back(self, cart_id: int, *, back: bool) -> None:
        now, rules = self._context.clock.now(), self._context.settings.sequence

        def change(book: Book) -> None:
            rows = book.windows.rows([cart_id])
            if back and (cart_id not in rows or rows[cart_id].state is not CartState.JUNK):
                raise NotPossible("This cart is not kept apart.")
            book.junk.let_back(cart_id, back=back)
            kind = "cart.let-back" if back else "cart.apart-again"
            book.events.add(kind, now, cart_id=cart_id)
            settle(book, rules, now)

        await self._context.ledger(change)

    async def move(self, reminder: Reminder, event: str, **columns: object) -> None:
        """Make one move of a reminder. Raises NotPossible when its state does not allow it."""
        now = self._context.clock.now()
        try:
            await self._context.ledger(lambda b: b.outbox.move(reminder, event, now, **columns))
        except (IllegalMove, Moved) as reason:
            raise NotPossible(f"That cannot be done now: {reason}.") from None

    async def release(self) -> None:
        """Take this session's held letters back to ready, because the program ends."""
        for number in sorted(self.held):
            reminder = await self._previews.reminder(number)
            if reminder.state is ReminderState.HELD and reminder.held_until is not None:
                said = "cartdesk was closed before it left"
                await self.move(reminder, "expire", said=said)
        self.held.clear()

    async def _rewrite(self, reminder: Reminder, source: str, language: str) -> None:
        now = self._context.clock.now()
        await self._context.ledger(
            lambda book: book.outbox.rewrite(reminder, source, language, now)
        )
        self._previews.renew(reminder.id)

    async def _back(self, reminder_id: int) -> None:
        now = self._context.clock.now()

        def back(book: Book) -> None:
            reminder = book.outbox.get(reminder_id)
            if reminder is None:
                return
            if reminder.sent_at is not None:  # to be sent again: the same bytes or none
                book.outbox.move(reminder, "undo", now)
            else:
                book.outbox.move(reminder, "undo", now, message=None, not_before=None)

        await self._context.ledger(back)
        self._previews.renew(reminder_id)
        self.held.discard(reminder_id)

    def remember(self, sentence: str, action: Callable[[], Awaitable[None]]) -> None:
        self._undo.append(_Undo(sentence, action))


def _who(preview: Preview) -> str:
    return preview.row.name or preview.to

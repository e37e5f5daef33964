"""What the passing of time alone changes: once a second, as long as the program is open."""

from __future__ import annotations

from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.model import ReminderState
from cartdesk.work import clockwatch
from cartdesk.work.context import Context
from cartdesk.work.planning import settle
from cartdesk.work.reviewing import Reviews
from cartdesk.work.sending import only_sender, recover_left

HOLD_GRACE = timedelta(seconds=60)
JUDGED_EVERY = timedelta(seconds=60)
UNANSWERED = timedelta(days=7)


class Passing:
    """Judges carts and letters as time passes; ``doubt`` says why the clock is not believed."""

    def __init__(self, context: Context, reviews: Reviews) -> None:
        self._context = context
        self._reviews = reviews
        self._judged_at: datetime | None = None
        self.doubt = ""

    async def look_at_clock(self) -> str:
        """Say why the clock cannot be right; "" when it can."""
        now = self._context.clock.now()
        self.doubt = await self._context.ledger.read(lambda book: clockwatch.doubt(book, now))
        return self.doubt

    async def judge(self) -> bool:
        """Once a minute judge what the clock changed; False while it cannot be believed."""
        now = self._context.clock.now()
        if not self.doubt and self._judged_lately(now):
            return True
        if await self.look_at_clock():
            return False
        await recover_left(self._context.ledger, self._context.clock)
        await self._context.ledger(lambda book: self._judge(book, now))
        self._judged_at = now
        return True

    def _judged_lately(self, now: datetime) -> bool:
        return self._judged_at is not None and timedelta() <= now - self._judged_at < JUDGED_EVERY

    def _judge(self, book: Book, now: datetime) -> None:
        clockwatch.note(book, now)
        for reminder in book.outbox.put_off_due(now):
            book.outbox.move(reminder, "due", now)
        for reminder in book.outbox.in_states({ReminderState.UNSURE}):
            if reminder.sent_at is not None and reminder.sent_at < now - UNANSWERED:
                book.outbox.move(reminder, "unanswered", now)
        settle(book, self._context.settings.sequence, now)

    async def held_enough(self) -> list[int]:
        """Give the letters whose hold is over.

        One whose hold ended while nobody was there (the computer slept, the program was gone)
        goes back to ready instead.

        Raises:
            Busy: There is such a letter, but a window is sending and may be about to take it.
        """
        wall, ledger = self._context.clock.wall(), self._context.ledger
        over = await ledger.read(lambda book: book.outbox.held_due(wall))
        late = [one for one in over if one.held_until and one.held_until < wall - HOLD_GRACE]
        if late:
            with only_sender(ledger.path):
                for reminder in late:
                    said = "its hold ran out while nobody was there"
                    await self._reviews.move(reminder, "expire", said=said)
        return [one.id for one in over if one not in late]

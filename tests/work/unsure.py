"""A desk with a mailbox, and one with a letter that may or may not have gone out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.desk import Desk
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.ports import Mailbox
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.faults.booth import Booth, wrong_with

LOST = Fault(b"", "rst")  # the letter was written, and nobody hears what became of it


class Heard(Booth):
    """A shop's desk that reads a mailbox."""

    def __init__(
        self, directory: Path, port: int, mailbox: Mailbox | None, *, read_only: bool = False
    ) -> None:
        self._mailbox, self._read_only = mailbox, read_only
        super().__init__(directory, port, carts=1)

    def _desk(self, ledger: LedgerThread) -> Desk:
        settings = replace(self.settings, sync=replace(self.settings.sync, history_days=365))
        return Desk(
            settings=settings,
            ledger=ledger,
            clock=self.clock,
            letterbox=Letterbox(None),
            store=self.shop,
            mailer=self.mailer,
            mailbox=self._mailbox,
            read_only=self._read_only,
        )

    async def letter(self, step: int = 1) -> Reminder | None:
        """Give one letter of the sequence, as it stands now."""
        return next((one for one in await self.letters() if one.step == step), None)

    async def timeline(self) -> str:
        """Give everything that happened to the cart."""
        detail = await self.desk.cart(1)
        return "\n".join(moment.sentence for moment in detail.timeline)


@asynccontextmanager
async def heard(
    directory: Path,
    mailbox: Mailbox | None,
    *faults: Fault,
    read_only: bool = False,
) -> AsyncIterator[tuple[Heard, FaultySmtp]]:
    """Open a desk over a shop with one cart; its first letter is sent."""
    with FaultySmtp({"dot": faults}) as smtp:
        if read_only:  # somebody else sends
            sending = Heard(directory, smtp.port, None)
            await sending.desk.start()
            await sending.desk.send_now([1])
            await sending.desk.close()
        booth = Heard(directory, smtp.port, mailbox, read_only=read_only)
        try:
            await booth.desk.start()
            if not read_only:
                await booth.desk.send_now([1])
            yield booth, smtp
        finally:
            await booth.desk.close()
        assert wrong_with(booth.path) == ()


@dataclass
class Unsure:
    """The desk, its world, and the letter of which nobody knows."""

    booth: Heard
    smtp: FaultySmtp
    letter: Reminder

    @property
    def desk(self) -> Desk:
        """The desk."""
        return self.booth.desk

    @property
    def now(self) -> datetime:
        """The time there."""
        return self.booth.clock.now()

    async def state(self) -> ReminderState:
        """Give where the letter stands."""
        return (await self.desk.preview(self.letter.id)).reminder.state

    async def days_pass(self, days: int) -> None:
        """Let days pass; at their end the program does all it does by itself."""
        self.booth.clock.advance(timedelta(days=days))
        await self.desk.poll()
        await self.desk.tick()


@asynccontextmanager
async def unsure(
    directory: Path, mailbox: Mailbox | None, *, read_only: bool = False
) -> AsyncIterator[Unsure]:
    """Send a letter whose answer is lost."""
    async with heard(directory, mailbox, LOST, read_only=read_only) as (booth, smtp):
        letter = await booth.letter()
        assert letter is not None
        assert letter.state is ReminderState.UNSURE
        yield Unsure(booth, smtp, letter)

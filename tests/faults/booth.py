"""A desk over a stub shop, a real ledger and whatever mail server a test brings."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime
from pathlib import Path

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.desk import Desk
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.ports import Clock, Mailer, Record
from cartdesk.domain.settings import (
    Audience,
    ConsentSettings,
    Encryption,
    MailSettings,
    SenderSettings,
    Settings,
    ShopSettings,
)
from cartdesk.work.invariants import violations
from cartdesk.work.planning import settle
from tests.faults.shop import ADDRESS, START, HandClock, StubShop, unpaid

PASSWORD = "correct horse"
PATIENCE = 5.0  # seconds; a test in which the server is silent brings less


def settings_for(port: int, login: str = "") -> Settings:
    """Give the settings of a merchant whose mail server is on this port."""
    return Settings(
        shop=ShopSettings(ADDRESS),
        mail=MailSettings(
            host="127.0.0.1",
            port=port,
            encryption=Encryption.NONE,
            login=login,
            seconds_between=0,
            daily_cap=10_000,
        ),
        sender=SenderSettings("Oak", "shop@shop.example", "shop@shop.example", "Oak Street 1"),
        consent=ConsentSettings(Audience.EVERYONE),
    )


def fill(path: Path, records: Sequence[Record], clock: Clock, settings: Settings) -> None:
    """Put checkouts into a ledger and let their letters come due."""
    with closing(Book(path)) as book:
        book.write(lambda book: book.orders.save(records, clock.now()))
        book.write(lambda book: settle(book, settings.sequence, clock.now()))


def wrong_with(path: Path) -> tuple[str, ...]:
    """Say what does not hold of a ledger in which nobody sends."""
    with closing(Book(path)) as book:
        damage = book.integrity()
        return (*violations(book), *([] if damage == "ok" else [damage]))


class Booth:
    """One shop's desk. ``desk`` is the first window; :meth:`window` opens more."""

    def __init__(
        self,
        directory: Path,
        port: int,
        *,
        carts: int,
        login: str = "",
        patience: float = PATIENCE,
        mailer: Callable[[], Mailer] | None = None,
        start: datetime = START,
    ) -> None:
        self.path = directory / "ledger.sqlite3"
        self.settings = settings_for(port, login)
        self.clock = HandClock(start)
        self.shop = StubShop(unpaid(number, self.clock.now()) for number in range(1, carts + 1))
        self.mailer = mailer or (
            lambda: SmtpMailer(self.settings.mail, PASSWORD, timeout=patience, dot_timeout=patience)
        )
        fill(self.path, tuple(self.shop.records.values()), self.clock, self.settings)
        self.ledger = LedgerThread(self.path)
        self.desk = self._desk(self.ledger)

    def _desk(self, ledger: LedgerThread) -> Desk:
        return Desk(
            settings=self.settings,
            ledger=ledger,
            clock=self.clock,
            letterbox=Letterbox(None),
            store=self.shop,
            mailer=self.mailer,
        )

    @asynccontextmanager
    async def window(self) -> AsyncIterator[Desk]:
        """Open one more window on the same ledger; it recovers what an ended one left."""
        desk = self._desk(LedgerThread(self.path))
        try:
            await desk.start()
            yield desk
        finally:
            await desk.close()

    async def letters(self) -> list[Reminder]:
        """Give all letters in the order of their numbers."""
        found = await self.ledger.read(lambda book: book.outbox.in_states(ReminderState))
        return sorted(found, key=lambda reminder: reminder.id)

    async def ids(self) -> list[int]:
        """Give the numbers of all letters."""
        return [reminder.id for reminder in await self.letters()]

    async def states(self) -> list[ReminderState]:
        """Give where all letters stand."""
        return [reminder.state for reminder in await self.letters()]

    async def one(self) -> Reminder:
        """Give the only letter."""
        (letter,) = await self.letters()
        return letter

    async def bytes_of(self, number: int) -> bytes:
        """Give the frozen bytes of a letter."""
        envelope = await self.ledger.read(lambda book: book.outbox.envelope(number))
        assert envelope is not None
        return envelope.message


@asynccontextmanager
async def open_booth(
    directory: Path,
    port: int,
    *,
    carts: int = 1,
    login: str = "",
    patience: float = PATIENCE,
    mailer: Callable[[], Mailer] | None = None,
    start: datetime = START,
) -> AsyncIterator[Booth]:
    """Open a desk with letters ready; at the end what was left is sorted out and all must hold."""
    directory.mkdir(parents=True, exist_ok=True)
    booth = Booth(
        directory, port, carts=carts, login=login, patience=patience, mailer=mailer, start=start
    )
    try:
        await booth.desk.start()
        yield booth
    finally:
        await booth.desk.close()
    async with booth.window():
        pass
    assert wrong_with(booth.path) == ()

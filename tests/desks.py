"""A desk over the demo shop: real HTTP, real SMTP, a real ledger, time moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.world import World
from cartdesk.desk import Desk
from cartdesk.domain.ports import Mailbox
from cartdesk.domain.settings import Settings
from cartdesk.domain.views import QueueItem


async def no_wait(_: float) -> None:
    """Try again at once, where a merchant's program would pause."""


class Bench:
    """A desk and the world around it."""

    def __init__(self, world: World, directory: Path, settings: Settings | None = None) -> None:
        self.world = world
        self.directory = directory
        self.settings = settings or world.settings()
        self.desk = self.another()

    def another(
        self,
        *,
        settings: Settings | None = None,
        mailbox: Mailbox | None = None,
        read_only: bool = False,
    ) -> Desk:
        """Open one more window on the same ledger."""
        used, world = settings or self.settings, self.world
        return Desk(
            settings=used,
            ledger=LedgerThread(self.directory / "ledger" / "ledger.sqlite3"),
            clock=world.clock,
            letterbox=Letterbox(self.directory / "letters"),
            store=WooCommerce(
                world.address, world.key, world.secret, clock=world.clock, sleep=no_wait
            ),
            mailer=lambda: SmtpMailer(used.mail, world.smtp_password),
            mailbox=mailbox,
            read_only=read_only,
        )

    async def pass_time(self, length: timedelta, every: timedelta = timedelta(hours=1)) -> None:
        """Let the story go on, asking the shop as a running program would."""
        passed = timedelta()
        while passed < length:
            self.world.clock.advance(min(every, length - passed))
            passed += every
            await self.desk.poll()

    async def sendable(self) -> list[QueueItem]:
        """Give the letters that may go now."""
        queue = await self.desk.queue()
        return [
            item for item in queue.items if item.stop is None and item.reminder.state == "ready"
        ]

    def mails(self) -> list[bytes]:
        """Give every mail that arrived at the mail server."""
        new = self.world.maildir / "new"
        return [path.read_bytes() for path in sorted(new.iterdir())] if new.exists() else []


@asynccontextmanager
async def open_bench(
    directory: Path, *, woo: str = "old", settings: Settings | None = None
) -> AsyncIterator[Bench]:
    """Start a world that stands still until moved, and a desk that has asked it once."""
    async with World(directory, woo=woo, speed=0) as world:
        bench = Bench(world, directory, settings)
        try:
            await bench.desk.start()
            await bench.desk.poll()
            yield bench
        finally:
            await bench.desk.close()

"""A demo shop over real HTTP whose orders change at any moment, and a ledger that follows it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.shop.reading import read_order
from cartdesk.adapters.shop.sync import WATERMARK, Sync
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo import api_settings, orders, route
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.orders import Order
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response
from cartdesk.domain.ports import StoreError
from cartdesk.domain.settings import SyncSettings
from tests.adapters.shop.shops import QUICK, no_sleep
from tests.faults.programs import Programs

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
OPEN = ("checkout-draft", "pending", "failed")
STATUSES = (*OPEN, "processing", "completed", "cancelled")
LATEST = 4  # seconds an order may take to become visible
STEP = 20  # seconds the shop's clock may be moved, and this computer's may differ
ZONES = ("Europe/Helsinki", "America/St_Johns", "Pacific/Kiritimati", "UTC")
ASLEEP = 8 * 3600  # seconds a computer sleeps in mid-pass
_EVENTS = ("create", "create", "late", "change", "change", "edit", "delete", "trash")
_TIMES = ("wait", "wait", "wait", "sleep", "step", "our-step")
FAULTS = ("500", "cut", "html", "nan", "not-a-list", "hang-up", "busy")


# why an order is not in the ledger as it is in the shop
BEHIND = "the watermark lay after its date when it was written"
LATE = "the watermark had passed its date when it became visible"
SLID = "it was there to be read and slid between two pages"
EDITED = "it was edited without a new date"


@dataclass(frozen=True, slots=True)
class Version:
    """How an order last got a date: when (as events are counted), and whether visible later."""

    at: int
    date: datetime
    late: bool


class StepClock(StoryClock):
    """A clock that is corrected now and then, also backwards."""

    def __init__(self) -> None:
        super().__init__(START, speed=0)
        self.off = timedelta(0)

    def now(self) -> datetime:
        return self.true() + self.off

    def true(self) -> datetime:
        """The time as if nobody had touched the clock."""
        return super().now()


class OtherClock(StoryClock):
    """The clock of the merchant's computer: the shop's true time, and some seconds off."""

    def __init__(self, shop: StepClock) -> None:
        super().__init__(START, speed=0)
        self._shop = shop
        self.off = timedelta(0)

    def now(self) -> datetime:
        return self._shop.true() + self.off


class BusyShop:
    """The shop, its chance events, and the ledger; everything by one seed."""

    def __init__(self, directory: Path, *, per_page: int, overlap: int = 1) -> None:
        self.clock = StepClock()
        self.ours = OtherClock(self.clock)
        self.demo = DemoStore(self.clock)
        self.settings = SyncSettings(overlap_minutes=overlap)
        self.per_page = per_page
        self.path = directory / "ledger.db"
        self.ledger = LedgerThread(self.path)
        self.late: list[tuple[datetime, Order]] = []
        self.trashed: dict[int, str] = {}
        self.plan: dict[int, list[Callable[[], None]]] = {}
        self.asked = 0
        self.passes: list[tuple[int, datetime | None]] = []  # whole ones: begun, watermark then
        self._versions: dict[int, Version] = {}
        self._edited: set[int] = set()
        self._counted = 0
        self._slept = False
        self._edits = 0
        self._client: WooCommerce | None = None
        self.demo.before_each = self._before

    async def open(self) -> None:
        """Begin to serve."""
        await self.demo.start()

    async def close(self) -> None:
        """Stop everything."""
        await self._drop_client()
        await self.demo.stop()
        self.ledger.close()

    # what may happen in the shop

    def create(self, status: str, lag: int = 0) -> None:
        """An order comes; with a lag it is stamped now and seen only later."""
        order = self.demo.shop.open_order(self.clock.now(), [(14, 1)], status)
        if lag:
            del self.demo.shop.orders[order.id]
            self.demo.shop.touch(order)
            self.late.append((self.clock.true() + timedelta(seconds=lag), order))
        else:
            self._dated(order)

    def burst(self, status: str) -> None:
        """Many orders come within one second."""
        for _ in range(250 if self.per_page == 100 else 3 * self.per_page + 1):
            self.create(status)

    def change(self, pick: int, status: str) -> None:
        """An order goes on, with a new date."""
        if order := self._any(pick):
            order.customer_note = self._word()
            order.status = status
            self.demo.shop.touch(order, self.clock.now())
            self._dated(order)

    def edit(self, pick: int) -> None:
        """Somebody changes an open checkout, and its date stays."""
        if order := self._any(pick, OPEN):
            order.customer_note = self._word()
            self.demo.shop.touch(order)
            self._edited.add(order.id)

    def delete(self, pick: int) -> None:
        """An open checkout is deleted."""
        if order := self._any(pick, OPEN):
            self.demo.shop.delete(order)

    def trash(self, pick: int) -> None:
        """An open checkout is thrown away."""
        if order := self._any(pick, OPEN):
            self.trashed[order.id] = order.status
            order.status = "trash"
            self.demo.shop.touch(order)

    def untrash(self, pick: int) -> None:
        """Something thrown away is taken back."""
        if order := self._any(pick, ("trash",)):
            order.status = self.trashed.pop(order.id)
            self.demo.shop.touch(order, self.clock.now())
            self._dated(order)

    def wait(self, seconds: int) -> None:
        """Time goes on."""
        self.clock.advance(timedelta(seconds=seconds))

    def step(self, seconds: int) -> None:
        """The shop's clock is corrected."""
        self.clock.off = timedelta(seconds=seconds)

    def chance(self, seed: int) -> None:
        """Do one of these things, chosen by a number."""
        dice = random.Random(seed)
        pick, status = dice.randrange(1000), dice.choice(STATUSES)
        what = dice.choice(_EVENTS if dice.random() < 0.85 else _TIMES)
        if what == "create":
            self.create(status)
        elif what == "late":
            self.create(status, dice.randint(1, LATEST))
        elif what == "change":
            self.change(pick, status)
        elif what == "wait":
            self.wait(dice.choice((0, 1, 1, 7)))
        elif what == "sleep":  # once: a request signed before and after two of them is too old
            self.wait(0 if self._slept else ASLEEP)
            self._slept = True
        elif what == "step":
            self.step(dice.randint(-STEP, STEP))
        elif what == "our-step":
            self.ours.off = timedelta(seconds=dice.randint(-STEP, STEP))
        else:
            {"edit": self.edit, "delete": self.delete, "trash": self.trash}[what](pick)

    def _dated(self, order: Order, late: bool = False) -> None:
        self._counted += 1
        self._versions[order.id] = Version(self._counted, order.modified, late)
        self._edited.discard(order.id)

    def why(self, number: int) -> str:
        """Say by which rule's breach an order was not read as it is."""
        if number in self._edited:
            return EDITED
        version = self._versions[number]
        for begun, watermark in self.passes:
            if begun >= version.at:
                if watermark is None or watermark < version.date:
                    return SLID
                return LATE if version.late else BEHIND
        return "no pass came to its end since"

    def _any(self, pick: int, statuses: tuple[str, ...] = STATUSES) -> Order | None:
        found = [order for order in self.demo.shop.orders.values() if order.status in statuses]
        return found[pick % len(found)] if found else None

    def _word(self) -> str:
        self._edits += 1
        return str(self._edits)

    # passes of the sync

    async def run(self) -> None:
        """Sync once. Raises StoreError."""
        sync = Sync(
            await self._opened(), self.ledger, self.ours, self.settings, per_page=self.per_page
        )
        beginning = await self._beginning()
        try:
            await sync.run()
            self.passes.append(beginning)
        finally:
            self.plan.clear()
            await self.ledger(judged)

    async def run_with_fault(self, kind: str, at: int) -> None:
        """Sync while the shop fails from the ``at``-th answer on; it may have had none by then."""

        def fault(_request: Request, answer: Response) -> Response:
            return broken(kind, answer) if self.asked >= at else answer

        self.demo.faults.append(fault)
        try:
            with suppress(StoreError):
                await self.run()
        finally:
            self.demo.faults.remove(fault)

    async def run_and_stop(self, at: int) -> None:
        """Sync, be cancelled before the ``at``-th answer, and begin with a new ledger thread."""
        task = asyncio.ensure_future(self.run())
        self.plan.setdefault(at, []).append(task.cancel)  # type: ignore[arg-type]
        with suppress(asyncio.CancelledError):
            await task
        await self._drop_client()
        self.ledger.close()
        self.ledger = LedgerThread(self.path)

    async def run_and_kill(self, programs: Programs, after: float | None, at: int = 0) -> bool:
        """Sync in a program of its own and kill it so many seconds after it began (None: never).

        The seconds count from the ``at``-th question on. Tells whether it was killed before
        its end.
        """
        beginning = await self._beginning()
        self.ledger.close()
        program = programs.start(
            {
                "address": self.demo.address,
                "key": self.demo.key,
                "secret": self.demo.secret,
                "ledger": str(self.path),
                "now": self.ours.now().isoformat(),
                "per_page": self.per_page,
                "overlap": self.settings.overlap_minutes,
            }
        )
        reached = asyncio.Event()
        self.plan.setdefault(at, []).append(reached.set)
        if not at:
            await asyncio.to_thread(program.until_ready)
            reached.set()
        gone = asyncio.ensure_future(asyncio.to_thread(program.until_gone))
        there = asyncio.ensure_future(reached.wait())
        await asyncio.wait({gone, there}, return_when=asyncio.FIRST_COMPLETED)
        there.cancel()
        await asyncio.wait({gone}, timeout=after)
        killed = program.kill()
        await gone
        self.plan.clear()
        self.ledger = LedgerThread(self.path)
        await self.ledger(judged)
        if not killed and program.code == 0:
            self.passes.append(beginning)
        return killed

    async def begin_anew(self, path: Path) -> None:
        """Follow the shop with an empty ledger."""
        self.ledger.close()
        self.path, self.passes = path, []
        self.ledger = LedgerThread(path)

    async def _beginning(self) -> tuple[int, datetime | None]:
        self.asked, self._slept = 0, False
        text = await self.ledger.read(lambda book: book.state.get(WATERMARK))
        return self._counted, datetime.fromisoformat(text) if text else None

    async def differences(self) -> list[str]:
        """What the ledger holds that is not so in the shop, after two quiet passes."""
        self.step(0)
        self.wait(STEP + LATEST + 1)
        for _ in range(2):
            await self.run()
        shop, found = self.demo.shop, []
        past = START - timedelta(days=3000)
        open_ids = await self.ledger.read(lambda book: book.orders.open_ids(past))
        for order in list(shop.orders.values()):
            if order.status == "trash":
                continue
            number = order.id
            cart = await self.ledger.read(lambda book, number=number: book.orders.cart(number))  # type: ignore[misc]
            if cart is None:
                found.append(f"{number} ({order.status}) is missing: {self.why(number)}")
            elif cart != read_order(shop.record(order)):
                kept = f"{number} is kept as {cart.status} and is {order.status}"
                found.append(f"{kept}: {self.why(number)}")
        here = {order.id for order in shop.orders.values() if order.status != "trash"}
        gone = [number for number in open_ids if number not in here]
        return found + [f"{number} is gone and kept open" for number in gone]

    def _before(self, *_: Request) -> None:
        self.asked += 1
        for happen in self.plan.pop(self.asked, []):
            happen()
        now = self.clock.true()
        for pair in [pair for pair in self.late if pair[0] <= now]:
            self.late.remove(pair)
            self.demo.shop.orders[pair[1].id] = pair[1]
            self.demo.shop.touch(pair[1])
            self._dated(pair[1], late=True)

    async def _opened(self) -> WooCommerce:
        if self._client is None:
            demo = self.demo
            self._client = WooCommerce(
                demo.address, demo.key, demo.secret, clock=self.clock, limits=QUICK, sleep=no_sleep
            )
        return self._client

    async def _drop_client(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None


def judged(book: Book) -> None:
    """Tell open checkouts from others, as is done after every pass."""
    book.db.conn.execute(
        "UPDATE orders SET state = CASE WHEN status IN ('checkout-draft', 'pending', 'failed') "
        "THEN 'open' ELSE 'closed' END"
    )


def broken(kind: str, answer: Response) -> Response:
    """Make an answer go wrong."""
    return {
        "500": Response(500, b"oops"),
        "cut": replace(answer, cut=len(answer.body) // 2),
        "html": Response(200, b"<!doctype html><h1>Coming soon</h1>"),
        "nan": replace(answer, body=b"[NaN]"),
        "not-a-list": replace(answer, body=b"{}"),
        "hang-up": replace(answer, body=b"x", cut=0),
        "busy": Response(503, b"", {"Retry-After": "60"}),
    }[kind]


@contextmanager
def in_zone(name: str) -> Iterator[None]:
    """Have the demo shop in another time zone."""
    before = orders.ZONE
    try:
        move_to(name)
        yield
    finally:
        move_to(before.key)


def move_to(name: str) -> None:
    """Change the time zone that the demo shop's settings name."""
    for module in (orders, route, api_settings):
        module.ZONE = ZoneInfo(name)  # type: ignore[attr-defined]

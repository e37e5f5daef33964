"""Bringing the ledger up to what the shop has: nothing missed, nothing read twice in vain.

One run asks for what changed since the watermark, for every draft by name (shops may leave
drafts out of other lists, and with the old order storage editing a draft does not move its
date), and for every other open checkout by id. The first run, and one a day, walks through
all orders of a longer time. A cart the shop no longer has stays in the ledger, marked gone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from cartdesk.adapters.ledger import Book, LedgerThread, Saved
from cartdesk.adapters.shop.order_changes import Cursor, Unordered, bare
from cartdesk.adapters.shop.order_pages import PER_PAGE, Place, order_ids, walk
from cartdesk.adapters.shop.reading import read_time
from cartdesk.domain.ports import Clock, Page, Record, Store, StoreError
from cartdesk.domain.settings import SyncSettings
from cartdesk.domain.views import Progress

Report = Callable[[Progress], None]

WATERMARK = "sync.watermark"
LAST_FULL = "sync.last_full"
WALK = "sync.walk"
_DAILY_DAYS = 60
_FULL_EVERY = timedelta(hours=24)
_CLOCK_OFF = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one run learnt. ``server_time`` is the shop's clock at its start, in UTC."""

    seen: int
    changed: int
    quarantined: int
    server_time: datetime
    warnings: tuple[str, ...] = ()
    changed_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through all orders since ``days`` before ``start`` (the shop's clock, UTC)."""

    days: int
    start: str
    offset: int = 0
    last_id: int = 0

    @property
    def begun(self) -> datetime:
        return datetime.fromisoformat(self.start)

    def query(self) -> dict[str, str]:
        """A day more, since old shops take the time for their own and not for GMT."""
        since = self.begun - timedelta(days=self.days + 1)
        return {"status": "any", "after": bare(since), "dates_are_gmt": "true"}


class Sync:
    """Brings one shop's orders into one ledger; one run at a time."""

    def __init__(
        self,
        store: Store,
        ledger: LedgerThread,
        clock: Clock,
        settings: SyncSettings,
        *,
        per_page: int = PER_PAGE,
    ) -> None:
        self._per_page = per_page
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._untold: set[int] = set()  # changed in a run that failed: told by the next

    async def run(self, report: Report | None = None, *, full: bool = False) -> SyncResult:
        """Read what is new.

        Args:
            report: Is told how far the run is.
            full: Also walk through the whole history that the settings name.

        Raises:
            StoreError: The shop could not be asked. What was read until then is kept; the next
                run goes on where this one ended and tells its changes too.
        """
        run = _Run(self._store, self._ledger, self._clock, self._settings, report, self._per_page)
        run.changed = self._untold
        result = await run.all(full)
        self._untold = set()
        return result


@dataclass(slots=True)
class _Run:
    """One run, and what it has seen so far."""

    store: Store
    ledger: LedgerThread
    clock: Clock
    settings: SyncSettings
    report: Report | None
    per_page: int
    start: datetime | None = None  # the shop's clock at its first answer
    seen: set[int] = field(default_factory=set)
    older: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    quarantined: int = 0
    warnings: dict[str, None] = field(default_factory=dict)

    async def all(self, full: bool) -> SyncResult:
        watermark, last_full, begun = await self.ledger.read(_state)
        if watermark is None:
            await self._walk(self.settings.history_days, begun)
            watermark, last_full, begun = await self.ledger.read(_state)
            full = False
        await self._changes(watermark or self.clock.now())
        await self._drafts()
        await self._open()
        now = self.start or self.clock.now()
        put_back = watermark is not None and watermark > now
        recent = last_full is not None and timedelta(0) <= now - last_full < _FULL_EVERY
        if full:
            await self._walk(self.settings.history_days, None)
        elif put_back or not recent:
            going_on = begun if begun is not None and begun.days >= self._daily else None
            await self._walk(self._daily, going_on)
        await self._put_back()
        return SyncResult(
            seen=len(self.seen),
            changed=len(self.changed),
            quarantined=self.quarantined,
            server_time=now,
            warnings=tuple(self.warnings),
            changed_ids=tuple(sorted(self.changed)),
        )

    async def _walk(self, days: int, begun: _Walk | None) -> None:
        """Walk through all orders of so many days, or go on with a walk that was broken off.

        The place is kept in the same transaction as the rows before it. The end of the first
        walk sets the watermark to its beginning, so that what changed meanwhile is read next.
        """
        if begun is None:
            start = await self._server_time()
            begun = _Walk(days, start.isoformat())
        trip = begun

        async def keep(page: Page, place: Place, last: bool) -> None:
            def state(book: Book) -> None:
                going = None if last else json.dumps({**asdict(trip), **asdict(place)})
                book.state.put(WALK, going)
                if last:
                    if trip.days >= self._daily:
                        book.state.put(LAST_FULL, trip.start)
                    _raise_watermark(trip.begun - self._overlap, book, self.start or trip.begun)

            await self._keep(page, state)
            self._tell("Reading the shop's orders", place.offset, page.total)

        place = Place(trip.offset, trip.last_id)
        await walk(self._ask, trip.query(), keep, place, per_page=self.per_page)

    async def _changes(self, watermark: datetime) -> None:
        """Read what changed since the watermark; it moves only with the last page."""
        try:
            await self._changes_in_order(Cursor(watermark, per_page=self.per_page))
        except (Unordered, StoreError) as error:
            if isinstance(error, StoreError) and error.kind != "bad-question":
                raise
            self.warnings[
                "This shop's WooCommerce is too old to tell what changed, so every order of the "
                f"last {self.settings.open_days} days is read each time. An update helps."
            ] = None
            await self._walk(self.settings.open_days, None)

    async def _changes_in_order(self, cursor: Cursor) -> None:
        asking = asyncio.ensure_future(self._ask(cursor.query()))
        try:
            while True:
                page = await asking
                start = self.start or self.clock.now()
                following = cursor.advance(page)
                # A shop that changes faster than it can be read is left for the next run.
                last = following is None or following.second > start
                if following is not None and not last:
                    asking = asyncio.ensure_future(self._ask(following.query()))
                    cursor = following
                if last:
                    await self._keep(page, partial(_raise_watermark, start - self._overlap))
                    return
                await self._keep(page)
                self._tell("Reading what changed", len(self.seen), None)
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    async def _drafts(self) -> None:
        async def keep(page: Page, _place: Place, _last: bool) -> None:
            await self._keep(page)

        try:
            await walk(self._ask, {"status": "checkout-draft"}, keep, per_page=self.per_page)
        except StoreError as error:
            if error.kind != "bad-question":  # a shop too old to know drafts has none
                raise

    async def _open(self) -> None:
        """Ask again for open checkouts that did not come up by themselves.

        Changes to items or a part refund may leave the date of an order as it was.
        """
        since = (self.start or self.clock.now()) - timedelta(days=self.settings.open_days)
        waiting = await self.ledger.read(lambda book: book.orders.open_ids(since))
        ids = [number for number in waiting if number not in self.seen]
        for begin in range(0, len(ids), self.per_page):
            some = ids[begin : begin + self.per_page]
            self._tell("Looking at open checkouts", begin, len(ids))
            missing = await self._named(some, "any")
            if missing:
                missing = await self._named(missing, "trash")
            if missing:
                await self._gone(missing)

    async def _put_back(self) -> None:
        """Ask once more for orders that came with an older date than the ledger holds.

        Either that answer was overtaken by a newer one, or the shop's clock was put back; what
        a question of their own gives, with no other under way, is how they are now.
        """
        ids = sorted(self.older)
        for begin in range(0, len(ids), self.per_page):
            some = ids[begin : begin + self.per_page]
            await self._named(await self._named(some, "any", fresh=True), "trash", fresh=True)

    async def _named(self, ids: Sequence[int], status: str, *, fresh: bool = False) -> list[int]:
        """Read orders by id and give the ids that did not come."""
        if not ids:
            return []
        include = ",".join(map(str, ids))
        page = await self._ask(
            {"status": status, "include": include, "per_page": str(self.per_page)}
        )
        await self._keep(page, fresh=fresh)
        found = set(order_ids(page.records))
        return [number for number in ids if number not in found]

    async def _gone(self, ids: Sequence[int]) -> None:
        now = self.clock.now()
        await self.ledger(lambda book: book.orders.gone(ids, now))

    async def _keep(
        self, page: Page, also: Callable[[Book], None] | None = None, *, fresh: bool = False
    ) -> None:
        now = self.clock.now()

        def work(book: Book) -> Saved:
            saved = book.orders.save(page.records, now, fresh=fresh)
            if also is not None:
                also(book)
            return saved

        saved = await self.ledger(work)
        self.seen.update(order_ids(page.records))
        self.older.update(saved.older)
        self.changed.update(saved.changed)
        self.quarantined += saved.quarantined
        if page.warning:
            self.warnings[f"The shop prints a warning before its answers: {page.warning}"] = None

    async def _ask(self, query: Mapping[str, str]) -> Page:
        page = await self.store.orders(query)
        if self.start is None:
            self.start = await self._clock_of(page)
        return page

    async def _server_time(self) -> datetime:
        if self.start is None:
            await self._ask({"status": "any", "per_page": "1", "_fields": "id"})
        return self.start or self.clock.now()

    async def _clock_of(self, page: Page) -> datetime:
        """The shop's clock, since its stamps are compared with nothing else.

        When it cannot be right, the newest order tells how far the shop's time has come; one
        from the future is not believed, since all that follows would lie before the watermark.
        """
        now = self.clock.now()
        if page.server_time is not None and abs(page.server_time - now) <= _CLOCK_OFF:
            return page.server_time
        self.warnings[
            "The clocks of the shop and of this computer differ by more than a day; please check "
            "both. Until then times are counted from the shop's newest order."
        ] = None
        newest = await self.store.orders(
            {"status": "any", "per_page": "1", "_fields": "id,date_modified_gmt"}
        )
        return min(max(_stamps(newest.records), default=now - _CLOCK_OFF), now + _CLOCK_OFF)

    @property
    def _daily(self) -> int:
        return min(_DAILY_DAYS, self.settings.history_days)

    @property
    def _overlap(self) -> timedelta:
        return timedelta(minutes=self.settings.overlap_minutes)

    def _tell(self, what: str, done: int, total: int | None) -> None:
        if self.report is not None:
            done = done if total is None else min(done, total)
            self.report(Progress(what, done, total))


def _state(book: Book) -> tuple[datetime | None, datetime | None, _Walk | None]:
    begun = book.state.get(WALK)
    return (
        _time(book.state.get(WATERMARK)),
        _time(book.state.get(LAST_FULL)),
        _Walk(**json.loads(begun)) if begun else None,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _raise_watermark(mark: datetime, book: Book, now: datetime | None = None) -> None:
    """Move the watermark; back only from where it lies after ``now``, the shop's clock."""
    before = _time(book.state.get(WATERMARK))
    if before is None or mark > before or (now is not None and before > now):
        book.state.put(WATERMARK, mark.astimezone(UTC).replace(microsecond=0).isoformat())


def _stamps(records: Iterable[Record]) -> Iterable[datetime]:
    stamps = (read_time(record.get("date_modified_gmt")) for record in records)
    return (stamp for stamp in stamps if stamp is not None)

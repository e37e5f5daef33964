"""The sync against a shop over real HTTP and a real ledger: nothing is missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.shop.reading import read_order
from cartdesk.adapters.shop.sync import WALK, WATERMARK, Sync, SyncResult
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.orders import Order
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response
from cartdesk.domain.model import Cart
from cartdesk.domain.ports import Page, StoreError
from cartdesk.domain.settings import SyncSettings
from cartdesk.domain.views import Progress
from tests.adapters.shop.shops import QUICK, no_sleep


@dataclass
class Stage:
    """A shop, a ledger, and what the shop was asked."""

    demo: DemoStore
    ledger: LedgerThread
    asked: list[dict[str, str]] = field(default_factory=list)

    def client(self) -> WooCommerce:
        demo = self.demo
        return WooCommerce(
            demo.address, demo.key, demo.secret, clock=demo.clock, limits=QUICK, sleep=no_sleep
        )

    async def sync(
        self, *, full: bool = False, report: Callable[[Progress], None] | None = None
    ) -> SyncResult:
        store = self.client()
        try:
            sync = Sync(store, self.ledger, self.demo.clock, SyncSettings())
            return await sync.run(report, full=full)
        finally:
            await store.close()

    def open(self, minutes_ago: float = 90, status: str = "checkout-draft", **of: object) -> Order:
        at = self.demo.clock.now() - timedelta(minutes=minutes_ago)
        order = self.demo.shop.open_order(at, [(14, 1)], status)
        for name, value in of.items():
            setattr(order, name, value)
        return order

    async def kept(self, name: str) -> str | None:
        return await self.ledger.read(lambda book: book.state.get(name))

    async def cart(self, number: int) -> Cart | None:
        return await self.ledger.read(lambda book: book.orders.cart(number))

    async def differences(self) -> list[int]:
        """Orders of the shop that the ledger does not hold exactly as they are."""
        shop = self.demo.shop
        different = []
        for order in list(shop.orders.values()):
            number = order.id
            if await self.cart(number) != read_order(shop.record(order)):
                different.append(number)
        return different


@asynccontextmanager
async def staged(path: Path, woo: str = "10.5.0") -> AsyncIterator[Stage]:
    async with DemoStore(StoryClock(speed=0), woo=woo) as demo:
        stage = Stage(demo, LedgerThread(path / "ledger.db"))

        def watch(request: Request, answer: Response) -> Response:
            stage.asked.append(dict(request.query))
            return answer

        demo.faults.append(watch)
        try:
            yield stage
        finally:
            stage.ledger.close()


async def test_the_first_sync_reads_all_and_the_next_nothing_new(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(430)
        told: list[Progress] = []
        first = await stage.sync(report=told.append)
        assert (first.seen, first.changed, first.quarantined) == (430, 430, 0)
        assert len(first.changed_ids) == 430 and first.warnings == ()
        assert first.server_time == stage.demo.clock.now().replace(microsecond=0)
        assert await stage.differences() == []
        importing = [now for now in told if now.total is not None]
        assert [now.done for now in importing] == sorted(now.done for now in importing)
        assert importing[-1].total == 430 and importing[-1].done > 300
        assert await stage.kept(WALK) is None

        stage.asked.clear()
        second = await stage.sync()
        assert second.changed == 0
        assert len(stage.asked) <= 4
        for query in stage.asked:
            if "modified_after" in query:
                assert "Z" not in query["modified_after"] and query["dates_are_gmt"] == "true"


@pytest.mark.parametrize("many", [250, 730])
async def test_many_orders_of_one_second_are_all_found(tmp_path: Path, many: int) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(5)
        await stage.sync()
        stage.demo.clock.advance(timedelta(hours=3))
        orders = [stage.open(10, "pending") for _ in range(many)]
        result = await stage.sync()
        assert set(result.changed_ids) == {order.id for order in orders}
        assert await stage.differences() == []


async def test_a_draft_edited_without_a_new_date_is_read_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        draft, unpaid = stage.open(600), stage.open(700, "pending")
        await stage.sync()
        stage.demo.clock.advance(timedelta(hours=5))
        draft.email = "liisa@example.org"
        unpaid.items = ((14, 3),)
        for order in (draft, unpaid):
            stage.demo.shop.touch(order)
        result = await stage.sync()
        assert result.changed_ids == (draft.id, unpaid.id)
        assert await stage.differences() == []


async def test_newer_shops_show_drafts_only_by_name(tmp_path: Path) -> None:
    async with staged(tmp_path, woo="10.9.0") as stage:
        draft = stage.open(600)
        assert (await stage.sync()).changed_ids == (draft.id,)


async def test_a_deleted_order_stays_here_and_is_marked_gone(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        draft, unpaid, trashed = stage.open(), stage.open(status="pending"), stage.open()
        await stage.sync()
        stage.demo.shop.delete(draft)
        stage.demo.shop.delete(unpaid)
        trashed.status = "trash"
        stage.demo.shop.touch(trashed)
        result = await stage.sync()
        assert result.changed_ids == (trashed.id,)
        assert await stage.cart(draft.id) is not None
        assert await stage.cart(unpaid.id) is not None
        since = stage.demo.clock.now() - timedelta(days=30)
        still_open = await stage.ledger.read(lambda book: book.orders.open_ids(since))
        assert not {draft.id, unpaid.id} & set(still_open)


@pytest.mark.parametrize("pages", [1, 3, 6])
async def test_a_first_sync_that_was_killed_goes_on_where_it_was(
    tmp_path: Path, pages: int
) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(1000)
        task: asyncio.Task[SyncResult]
        stored = 0

        def kill(progress: Progress) -> None:
            nonlocal stored
            if progress.total == 1000:
                stored += 1
                if stored == pages:
                    task.cancel()

        task = asyncio.ensure_future(stage.sync(report=kill))
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        assert await stage.kept(WATERMARK) is None
        kept = json.loads(await stage.kept(WALK) or "")["offset"]
        assert kept >= 99 * pages

        stage.asked.clear()
        late = stage.open(1, "processing")
        result = await stage.sync()
        assert await stage.differences() == []
        assert late.id in result.changed_ids
        assert len(result.changed_ids) == 1001 - (kept + 1)
        offsets = [int(query["offset"]) for query in stage.asked if "after" in query]
        assert min(offsets) == kept  # nothing that was kept is loaded again


async def test_nothing_is_lost_when_orders_vanish_in_mid_walk(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(700)
        shop = stage.demo.shop
        first = sorted(shop.orders)

        def vanish(_request: Request) -> None:
            if stage.demo.requests in (3, 4, 6):
                for number in first[: 3 * stage.demo.requests]:
                    if number in shop.orders:
                        shop.delete(shop.orders[number])

        stage.demo.before_each = vanish
        await stage.sync()
        assert len(shop.orders) == 700 - 18
        assert await stage.differences() == []


async def test_a_walk_taken_up_after_many_were_deleted_loses_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(700)
        shop = stage.demo.shop
        task: asyncio.Task[SyncResult]

        def kill(progress: Progress) -> None:
            if progress.done > 300:
                task.cancel()

        task = asyncio.ensure_future(stage.sync(report=kill))
        with suppress(asyncio.CancelledError):
            await task
        for number in sorted(shop.orders)[:350]:
            shop.delete(shop.orders[number])
        await stage.sync()
        assert await stage.differences() == []


async def test_changes_during_the_pass_are_read_by_the_next(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(320)
        shop, clock = stage.demo.shop, stage.demo.clock
        await stage.sync()
        clock.advance(timedelta(hours=4))
        for order in list(shop.orders.values())[:250]:
            shop.move(order, "processing", clock.now() - timedelta(minutes=90))
        numbers = iter(sorted(shop.orders))

        def busy(_request: Request) -> None:
            clock.advance(timedelta(seconds=1))
            for number in (next(numbers), next(numbers)):
                shop.move(shop.orders[number], "completed", clock.now())

        stage.demo.before_each = busy
        await stage.sync()
        stage.demo.before_each = lambda _: None
        await stage.sync()
        assert await stage.differences() == []


async def test_a_record_that_cannot_be_read_stops_neither_page_nor_watermark(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.sync()
        before = await stage.kept(WATERMARK)
        stage.demo.clock.advance(timedelta(hours=3))
        good = [stage.open(minutes, "pending") for minutes in (30, 20)]
        stage.open(25, "pending", odd={"id": "25"})
        stage.open(24, "pending", odd={"date_modified_gmt": "soon"})
        result = await stage.sync()
        assert result.changed_ids == tuple(order.id for order in good)
        assert result.quarantined == 2
        after = await stage.kept(WATERMARK)
        assert before is not None and after is not None and after > before
        assert len(await stage.ledger.read(lambda book: book.orders.quarantined())) == 2


async def test_a_pass_that_fails_leaves_the_watermark_and_the_next_finds_all(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.sync()
        before = await stage.kept(WATERMARK)
        stage.demo.clock.advance(timedelta(hours=5))
        for minutes in range(250):
            stage.open(60 + minutes % 100, "processing")
        changes = 0

        def fail(request: Request, answer: Response) -> Response:
            nonlocal changes
            changes += "modified_after" in dict(request.query)
            return Response(500, b"x") if changes > 1 else answer

        stage.demo.faults.append(fail)
        store = stage.client()
        sync = Sync(store, stage.ledger, stage.demo.clock, SyncSettings())
        with pytest.raises(StoreError):
            await sync.run()
        assert await stage.kept(WATERMARK) == before
        stage.demo.faults.remove(fail)
        assert (await sync.run()).changed == 250  # those of the failed run are told as well
        assert (await sync.run()).changed == 0
        await store.close()
        assert await stage.differences() == []


async def test_once_a_day_even_a_silent_change_is_found(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(150, days=20, until_hours=30)
        paid = stage.open(3000, "completed")
        await stage.sync()
        paid.customer_note = "written by a plugin without a new date"
        stage.demo.shop.touch(paid)
        stage.demo.clock.advance(timedelta(hours=20))
        await stage.sync()
        assert await stage.differences() == [paid.id]
        stage.demo.clock.advance(timedelta(hours=5))
        assert paid.id in (await stage.sync()).changed_ids
        assert await stage.differences() == []


async def test_a_full_sync_reads_the_whole_history_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(120)
        await stage.sync()
        old = min(stage.demo.shop.orders.values(), key=lambda order: order.id)
        old.customer_note = "silent"
        stage.demo.shop.touch(old)
        assert (await stage.sync()).changed == 0
        assert (await stage.sync(full=True)).changed_ids == (old.id,)


def old_shop(request: Request, answer: Response) -> Response:
    """WooCommerce before 5.8 cannot sort by the last change."""
    if ("orderby", "modified") in request.query:
        body = b'{"code":"rest_invalid_param","message":"Invalid parameter(s): orderby"}'
        return replace(answer, status=400, body=body)
    return answer


async def test_an_old_shop_is_read_whole_and_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(150, days=25)
        stage.demo.faults.append(old_shop)
        await stage.sync()
        changed = list(stage.demo.shop.orders.values())[70]
        stage.demo.shop.move(changed, "refunded", stage.demo.clock.now())
        result = await stage.sync()
        assert result.changed_ids == (changed.id,)
        assert any("too old" in warning for warning in result.warnings)
        assert await stage.differences() == []


async def test_a_shop_that_ignores_the_time_is_noticed(tmp_path: Path) -> None:
    class Forgetful(WooCommerce):
        """A shop (or a cache in front of it) that drops what it does not know."""

        async def orders(self, query: Mapping[str, str]) -> Page:
            unknown = {"modified_after", "dates_are_gmt"}
            return await super().orders({k: v for k, v in query.items() if k not in unknown})

    async with staged(tmp_path) as stage:
        demo = stage.demo
        demo.fill(150, days=25)
        store = Forgetful(demo.address, demo.key, demo.secret, clock=demo.clock, sleep=no_sleep)
        sync = Sync(store, stage.ledger, demo.clock, SyncSettings())
        await sync.run()
        changed = list(demo.shop.orders.values())[3]
        demo.shop.move(changed, "refunded", demo.clock.now())
        result = await sync.run()
        await store.close()
        assert result.changed_ids == (changed.id,)
        assert any("too old" in warning for warning in result.warnings)


async def test_clocks_that_differ_are_told_and_nothing_is_lost(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        demo = stage.demo
        demo.fill(30, days=40, until_hours=24 * 9)  # the shop's time stands nine days back
        demo.faults.append(
            lambda _request, answer: replace(
                answer, headers={**answer.headers, "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
            )
        )
        result = await stage.sync()
        newest = max(order.modified for order in demo.shop.orders.values())
        assert result.server_time <= newest < demo.clock.now() - timedelta(days=8)
        assert any("clocks" in warning for warning in result.warnings)
        late = stage.open(60 * 24 * 9 - 60, "pending")
        assert late.id in (await stage.sync()).changed_ids
        assert await stage.differences() == []


async def test_a_php_warning_is_passed_on_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.demo.fill(3)
        noise = b"<br />\n<b>Notice</b>: Undefined index: x in /srv/x.php\n"
        stage.demo.faults.append(lambda _request, answer: replace(answer, body=noise + answer.body))
        result = await stage.sync()
        assert result.changed == 3
        assert len(result.warnings) == 1 and "Undefined index" in result.warnings[0]


async def test_the_watermark_lies_before_the_shops_own_clock(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        result = await stage.sync()
        kept = await stage.kept(WATERMARK)
        assert kept is not None
        assert datetime.fromisoformat(kept) == result.server_time - timedelta(minutes=120)

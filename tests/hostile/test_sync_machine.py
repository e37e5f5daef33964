"""The real client and ledger against a real HTTP shop that does everything a shop may do.

Whatever happened before and during the passes: after two quiet ones the ledger is as the shop.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.shop import sync as sync_module
from cartdesk.adapters.shop.order_changes import bare
from cartdesk.adapters.shop.reading import read_time
from cartdesk.adapters.shop.sync import WATERMARK
from cartdesk.demo import orders
from cartdesk.domain.ports import Page
from tests.hostile.busy_shop import (
    FAULTS,
    LATEST,
    STATUSES,
    STEP,
    ZONES,
    BusyShop,
    judged,
    move_to,
)

ROOT = Path(__file__).parents[2]
PICK = st.integers(0, 999)
STATUS = st.sampled_from(STATUSES)
EVENTS = st.dictionaries(
    st.integers(1, 12), st.lists(st.integers(0, 2**16), max_size=4), max_size=8
)
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)


class SyncMachine(RuleBasedStateMachine):
    """A shop and a ledger that follows it."""

    overlap = 1  # minutes, more than an order may take to become visible
    sizes: tuple[int, ...] = (3, 3, 3, 100)

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.shop: BusyShop | None = None
        self.zone = orders.ZONE.key

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    @property
    def there(self) -> BusyShop:
        assert self.shop is not None
        return self.shop

    @initialize(data=st.data(), before=st.lists(STATUS, max_size=8))
    def begin(self, data: st.DataObject, before: list[str]) -> None:
        per_page = data.draw(st.sampled_from(self.sizes))
        self.shop = BusyShop(Path(self.folder.name), per_page=per_page, overlap=self.overlap)
        self.do(self.shop.open())
        for status in before:
            self.shop.create(status)
        self.do(self.shop.run())

    @rule(status=STATUS, lag=st.sampled_from((0, 0, 1, LATEST)))
    def create(self, status: str, lag: int) -> None:
        self.there.create(status, lag)

    @rule(status=STATUS)
    def many_in_one_second(self, status: str) -> None:
        if len(self.there.demo.shop.orders) < 300:
            self.there.burst(status)

    @rule(pick=PICK, status=STATUS)
    def change(self, pick: int, status: str) -> None:
        self.there.change(pick, status)

    @rule(pick=PICK)
    def edit_without_a_new_date(self, pick: int) -> None:
        self.there.edit(pick)

    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        self.there.delete(pick)

    @rule(pick=PICK)
    def trash(self, pick: int) -> None:
        self.there.trash(pick)

    @rule(pick=PICK)
    def untrash(self, pick: int) -> None:
        self.there.untrash(pick)

    @rule(seconds=st.sampled_from((1, 1, 7, 70, 300)))
    def wait(self, seconds: int) -> None:
        self.there.wait(seconds)

    @rule(seconds=st.integers(-STEP, STEP))
    def step_the_shops_clock(self, seconds: int) -> None:
        self.there.step(seconds)

    @rule(seconds=st.integers(-STEP, STEP))
    def step_our_clock(self, seconds: int) -> None:
        self.there.ours.off = timedelta(seconds=seconds)

    @rule(zone=st.sampled_from(ZONES))
    def move_the_shop(self, zone: str) -> None:
        move_to(zone)
        for order in self.there.demo.shop.orders.values():
            self.there.demo.shop.touch(order)

    def plan(self, events: dict[int, list[int]]) -> None:
        self.there.plan = {
            at: [lambda seed=seed: self.there.chance(seed) for seed in seeds]  # type: ignore[misc]
            for at, seeds in events.items()
        }

    @rule(events=EVENTS)
    def sync(self, events: dict[int, list[int]]) -> None:
        self.plan(events)
        self.do(self.there.run())

    @rule(events=EVENTS, kind=st.sampled_from(FAULTS), at=st.integers(1, 12))
    def sync_with_a_fault(self, events: dict[int, list[int]], kind: str, at: int) -> None:
        self.plan(events)
        self.do(self.there.run_with_fault(kind, at))

    @rule(events=EVENTS, at=st.integers(1, 12))
    def sync_and_stop(self, events: dict[int, list[int]], at: int) -> None:
        self.plan(events)
        self.do(self.there.run_and_stop(at))

    @rule(
        status=st.sampled_from(("processing", "pending")),
        picks=st.dictionaries(st.integers(1, 6), PICK, min_size=1, max_size=4),
    )
    def catch_up_with_a_busy_second(self, status: str, picks: dict[int, int]) -> None:
        """Many came in one second while nobody asked, and some go on just as they are read."""
        self.many_in_one_second(status)
        self.there.wait(300)
        self.there.plan = {
            at: [lambda pick=pick: self.there.change(pick, "completed")]  # type: ignore[misc]
            for at, pick in picks.items()
        }
        self.do(self.there.run())

    def teardown(self) -> None:
        move_to(self.zone)
        try:
            if self.shop is not None:
                found = self.do(self.shop.differences())
                assert not found, found
        finally:
            if self.shop is not None:
                self.do(self.shop.close())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()
            self.folder.cleanup()


def test_two_quiet_passes_later_the_ledger_is_as_the_shop(examples: int) -> None:
    run_state_machine_as_test(
        SyncMachine, settings=settings(QUIET, max_examples=examples or 25, stateful_step_count=15)
    )


# the wrong ways, each of which somebody takes first


class _Wrong(sync_module._Run):
    """A pass whose reading of what changed is wrong; drafts and open checkouts are as usual."""

    async def _since(self, time: str, page: int) -> Page:
        return await self._ask(
            {
                "status": "any",
                "modified_after": time,
                "dates_are_gmt": "true",
                "orderby": "modified",
                "order": "asc",
                "per_page": str(self.per_page),
                "page": str(page),
            }
        )

    async def _mark(self, mark: Any) -> None:
        await self.ledger(lambda book: book.state.put(WATERMARK, mark.isoformat()))


class ClientClock(_Wrong):
    """Go on from this computer's own time, by page numbers."""

    async def _changes(self, watermark: Any) -> None:
        began, number = self.clock.now(), 1
        while True:
            page = await self._since(bare(watermark), number)
            await self._keep(page)
            if len(page.records) < self.per_page:
                return await self._mark(began)
            number += 1


class NewestSeen(_Wrong):
    """Go on after the newest change that was seen, by page numbers."""

    async def _changes(self, watermark: Any) -> None:
        newest, number = watermark, 1
        while True:
            page = await self._since(bare(watermark), number)
            await self._keep(page)
            newest = max([newest, *_times(page)])
            if len(page.records) < self.per_page:
                return await self._mark(newest)
            number += 1


class PagesInASecond(_Wrong):
    """Go on by seconds as is right, but by page numbers within one."""

    async def _changes(self, watermark: Any) -> None:
        second, number = watermark, 1
        while True:
            page = await self._since(bare(second - timedelta(seconds=1)), number)
            await self._keep(page)
            if len(page.records) < self.per_page:
                break
            last = max(_times(page))
            second, number = (last, 1) if last > second else (second, number + 1)
        await self._mark((self.start or self.clock.now()) - self._overlap)


def _times(page: Page) -> list[Any]:
    return [read_time(record["date_modified_gmt"]) for record in page.records]


@pytest.mark.parametrize("wrong", [ClientClock, NewestSeen, PagesInASecond, None])
def test_the_machine_finds_the_wrong_ways(
    wrong: type[Any] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Small(SyncMachine):
        overlap = 1 if wrong else 0  # None: trust that an order is visible once it is stamped
        sizes = (3,)

    if wrong:
        monkeypatch.setattr(sync_module, "_Run", wrong)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Small,
            settings=settings(
                QUIET,
                max_examples=300,
                stateful_step_count=20,
                phases=[Phase.generate],
                derandomize=True,
                report_multiple_bugs=False,
            ),
        )


# a real kill


async def test_a_program_killed_in_mid_pass_loses_nothing(tmp_path: Path) -> None:
    shop = BusyShop(tmp_path, per_page=100)
    shop.ledger.close()
    await shop.open()
    try:
        shop.demo.fill(900)
        hit = 0
        for kill_at in (2, 4, 7, 11):
            for _ in range(120):
                shop.create("pending")
            program = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.hostile.one_pass",
                shop.demo.address,
                shop.demo.key,
                shop.demo.secret,
                str(shop.path),
                shop.clock.now().isoformat(),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            shop.asked = 0
            shop.plan = {kill_at: [lambda program=program: program.send_signal(signal.SIGKILL)]}  # type: ignore[misc]
            hit += await program.wait() == -signal.SIGKILL
            shop.plan = {}
            shop.wait(90)
        assert hit >= 3
        shop.ledger = LedgerThread(shop.path)
        await shop.ledger(judged)
        assert await shop.differences() == []
    finally:
        await shop.close()

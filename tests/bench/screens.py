"""The screens over many carts: the price of a key, and how long the loop ever stands still."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from textual.pilot import Pilot

from cartdesk.domain.views import Light
from tests.bench.apps import app_over
from tests.bench.bare_app import BareApp
from tests.bench.figure import Figure, by_turns, narrate
from tests.bench.setting import Setting
from tests.bench.shops import Served, served

SIZE = (120, 40)
_BEAT = 0.005  # seconds
_GLANCE = 0.02
_IDLE = 2.0
_KEYS = (
    ("open Carts", ("2",)),
    ("move", ("j",) * 20),
    ("filter", ("slash", *"maria", "enter")),
    ("clear", ("escape",)),
    ("last", ("G",)),
    ("order", ("o",)),
)


def key_to_paint(setting: Setting) -> Iterator[Figure]:
    """CPU from keys to paint on the Carts screen with many carts, beside few."""
    many, few = setting.carts(setting.sizes.carts), setting.carts(setting.sizes.few_carts)
    pairs = by_turns(
        setting.sizes.repeats,
        "key-to-paint",
        lambda: asyncio.run(_cpu_of_keys(many)),
        lambda: asyncio.run(_cpu_of_keys(few)),
    )
    value, baseline = pairs.medians
    yield Figure("key-to-paint", value, "ms CPU", baseline, "ratio <= 1.5")


async def _cpu_of_keys(ledger: Path) -> float:
    app = app_over(ledger)
    spent: list[float] = []
    async with app.run_test(size=SIZE) as pilot:
        await app.started.wait()
        await _settled(pilot)
        for _, keys in _KEYS:
            began = time.process_time()
            await pilot.press(*keys)
            await _settled(pilot)
            spent.append((time.process_time() - began) * 1000)
    told = ", ".join(f"{what} {ms:.0f}" for (what, _), ms in zip(_KEYS, spent, strict=True))
    narrate(f"{ledger.parent.name} ms CPU: {told}")
    return sum(spent)


async def _settled(pilot: Pilot[str]) -> None:
    """Wait until the filter's pause is over and everything is read and painted."""
    await pilot.pause(0.2)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def stall(setting: Setting) -> Iterator[Figure]:
    """The longest stall of the loop while the app imports, beside an app with nothing to do."""

    def ours() -> float:
        with served(setting.sizes.orders) as shop:
            path = setting.new_path("ledger.db")
            return asyncio.run(_longest_import(path, shop))

    pairs = by_turns(
        min(3, setting.sizes.repeats), "stall", ours, lambda: asyncio.run(longest_idle())
    )
    value, baseline = pairs.medians
    yield Figure("longest-stall-in-import", value, "ms", baseline, "value <= 50")


async def _longest_import(ledger: Path, shop: Served) -> float:
    gc.collect()
    gc.freeze()  # as the command line does: what was loaded by now stays for good
    app = app_over(ledger, shop.client(), shop.address)
    async with app.run_test(size=SIZE) as pilot, heartbeat() as late:
        while app.desk.status().light is not Light.FRESH:
            await asyncio.sleep(_GLANCE)
        await app.workers.wait_for_complete()
        await pilot.pause()
    return longest(late)


async def longest_idle() -> float:
    """The longest stall of an app with nothing to do, in ms."""
    async with BareApp().run_test(size=SIZE), heartbeat() as late:
        await asyncio.sleep(_IDLE)
    return longest(late)


@asynccontextmanager
async def heartbeat() -> AsyncIterator[list[float]]:
    """Give a list that fills with how late the loop is, every 5 ms, in ms."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            due = time.perf_counter() + _BEAT
            await asyncio.sleep(_BEAT)
            late.append((time.perf_counter() - due) * 1000)

    task = asyncio.create_task(beat())
    try:
        yield late
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def longest(late: list[float]) -> float:
    """The longest stall of those a heartbeat found, in ms."""
    ranked = sorted(late, reverse=True)
    worst = ", ".join(f"{one:.0f}" for one in ranked[:5])
    narrate(f"stalls in ms: worst {worst}; median {ranked[len(ranked) // 2]:.1f}")
    return ranked[0]

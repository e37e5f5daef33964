"""A poll of a shop where nothing changed: how much it asks, and how much comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response
from cartdesk.desk import Desk
from tests.bench.apps import desk_over
from tests.bench.figure import Figure, narrate
from tests.bench.readers import throw_away
from tests.bench.setting import Setting
from tests.bench.shops import Served

_MOST_POLLS = 50


@dataclass(slots=True)
class _Tally:
    """Counts a shop's answers and the bytes of their bodies."""

    requests: int = 0
    size: int = 0

    def __call__(self, _request: Request, answer: Response) -> Response:
        self.requests += 1
        self.size += len(answer.body)
        return answer


def idle_poll(setting: Setting) -> Iterator[Figure]:
    """Requests and bytes of a poll when nothing changed, beside a page of 100 whole orders."""
    idle, page = asyncio.run(_idle_and_page(setting))
    yield Figure("idle-poll-requests", idle.requests, "requests", page.requests)
    yield Figure("idle-poll-bytes", idle.size, "bytes", page.size)


async def _idle_and_page(setting: Setting) -> tuple[_Tally, _Tally]:
    async with DemoStore() as store:
        store.fill(setting.sizes.orders)
        shop = Served(store.address, store.key, store.secret)
        desk = desk_over(setting.new_path("ledger.db"), shop.client(), shop.address)
        try:
            await desk.start()
            await _until_quiet(desk, store)
            idle = await _counted(store, desk)
        finally:
            await desk.close()
        page = store.faults[0] = _Tally()
        await throw_away(shop, [{"status": "any", "_fields": ""}])
    return idle, page


async def _until_quiet(desk: Desk, store: DemoStore) -> None:
    """Poll until a poll asks no more than the one before: some questions are put off."""
    before = 0
    for number in range(1, _MOST_POLLS + 1):
        asked = (await _counted(store, desk)).requests
        if asked == before:
            narrate(f"the shop was known after {number - 1} polls")
            return
        before = asked
    narrate(f"the shop was not quiet after {_MOST_POLLS} polls")


async def _counted(store: DemoStore, desk: Desk) -> _Tally:
    tally = _Tally()
    store.faults[:] = [tally]
    await desk.poll()
    return tally

"""Walking through a long list of orders: several pages in flight, none lost when rows slide."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from cartdesk.domain.ports import Page, Record

Ask = Callable[[Mapping[str, str]], Awaitable[Page]]
PER_PAGE = 100  # the most WooCommerce gives at once
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands: the next row to ask for, and the largest id kept so far."""

    offset: int = 0
    last_id: int = 0


Keep = Callable[[Page, Place, bool], Awaitable[None]]


async def walk(
    ask: Ask,
    query: Mapping[str, str],
    keep: Keep,
    start: Place | None = None,
    *,
    per_page: int = PER_PAGE,
) -> None:
    """Ask for all orders of a query by id, oldest first, and hand every page to ``keep``.

    Neighbouring pages share one row. When an order vanishes from the list meanwhile, later
    rows slide forward and the next page no longer begins with a row that is known; then the
    walk steps back far enough to find one. So rows may come twice, but none is left out, and
    a walk can be taken up again days later.

    Args:
        ask: Asks the shop for a list of orders.
        query: What to ask for, without order and paging.
        keep: Called in order with a page, the place after it and whether it was the last;
            the next pages are already asked for while it works.
        start: Where an earlier walk ended.
        per_page: Rows to ask for at once, at least 2.

    Raises:
        StoreError: The shop could not be asked; what was kept stays kept.
    """
    place = start or Place()
    flight = _Flight(ask, query, per_page)
    back = per_page
    settled: set[int] = set()  # ids behind which stepping back was tried already
    try:
        while True:
            offset = place.offset
            page = await flight.page(offset)
            ids = order_ids(page.records)
            slid = offset > 0 and place.last_id > 0 and (not ids or min(ids) > place.last_id)
            if slid and place.last_id not in settled:
                place = Place(max(0, offset - back), place.last_id)
                back *= 2
                if place.offset == 0:
                    settled.add(place.last_id)
                await flight.drop()
                continue
            if slid:
                settled.add(place.last_id)
            back = per_page
            following = offset + per_page - 1
            last = _is_last(page, following, per_page)
            place = Place(following, max([place.last_id, *ids]))
            if not last:
                flight.send(following, page.total)
            await keep(page, place, last)
            if last:
                return
    finally:
        await flight.drop()


def order_ids(records: Sequence[Record]) -> list[int]:
    """Give the ids of the records that have a proper one."""
    return [record["id"] for record in records if type(record.get("id")) is int]


def _is_last(page: Page, following: int, per_page: int) -> bool:
    """The shared row alone is no reason for another page."""
    if page.total is None:
        return len(page.records) < per_page
    return following + 1 >= page.total


class _Flight:
    """The pages that are being asked for, nearest first."""

    def __init__(self, ask: Ask, query: Mapping[str, str], per_page: int) -> None:
        self._ask = ask
        self._query = {**query, "orderby": "id", "order": "asc", "per_page": str(per_page)}
        self._step = per_page - 1
        self._tasks: deque[tuple[int, asyncio.Task[Page]]] = deque()

    def send(self, offset: int, total: int | None) -> None:
        """Ask for the page at ``offset`` and some after it, as far as there are rows."""
        if self._tasks:
            offset = self._tasks[-1][0] + self._step
        while len(self._tasks) < _AT_ONCE and (not self._tasks or offset + 1 < (total or 0)):
            question = self._ask({**self._query, "offset": str(offset)})
            self._tasks.append((offset, asyncio.ensure_future(question)))
            offset += self._step

    async def page(self, offset: int) -> Page:
        """Wait for the page at ``offset``."""
        if not self._tasks or self._tasks[0][0] != offset:
            await self.drop()
            self.send(offset, None)
        task = self._tasks[0][1]
        page = await task
        self._tasks.popleft()
        return page

    async def drop(self) -> None:
        """Give up what is still being asked for."""
        tasks = [task for _, task in self._tasks]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

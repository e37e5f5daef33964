"""The sync against a model of WooCommerce's lists, while orders change between any two answers.

The model keeps WooCommerce's rules: ``modified_after`` is exclusive and as fine as a second,
some edits leave the date as it was, an order may become visible seconds after its stamp, and
pages are counted afresh for every question.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.shop import sync as sync_module
from cartdesk.adapters.shop.order_changes import Cursor, bare
from cartdesk.adapters.shop.sync import Sync
from cartdesk.demo.clock import StoryClock
from cartdesk.domain.model import Note, Product, Review, Shop
from cartdesk.domain.ports import Page, Record, StoreError
from cartdesk.domain.settings import SyncSettings

OPEN = ("checkout-draft", "pending", "failed")
STATUSES = (*OPEN, "processing", "completed", "cancelled")
START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
LATEST = 4  # seconds an order may take to become visible
OVERLAP = SyncSettings(overlap_minutes=1)


@dataclass(slots=True)
class Row:
    id: int
    status: str
    created: datetime
    modified: datetime
    edits: int = 0
    visible_at: datetime = START


class ModelShop:
    """Answers lists of orders, and lets a chance event happen before each answer."""

    def __init__(self, seed: int, busy: int) -> None:
        self.chance = random.Random(seed)
        self.clock = StoryClock(START, speed=0)
        self.busy = busy
        self.rows: dict[int, Row] = {}
        self._next = 1
        self.fail_in = -1
        for _ in range(self.chance.randrange(12)):
            self.event()

    def event(self) -> None:
        chance, now = self.chance, self.clock.now()
        row = chance.choice(list(self.rows.values())) if self.rows else None
        what = chance.choice(("create", "create", "change", "change", "edit", "delete", "time"))
        if what == "time":
            self.clock.advance(timedelta(seconds=chance.choice((0, 1, 1, 7))))
        elif what == "create" or row is None:
            late = timedelta(seconds=chance.choice((0, 0, 0, 1, LATEST)))
            self.rows[self._next] = Row(
                self._next, chance.choice(STATUSES), now, now, visible_at=now + late
            )
            self._next += 1
        elif what == "change":
            row.status, row.modified = chance.choice(STATUSES), now
            row.edits += 1
        elif what == "edit" and row.status in OPEN:
            row.edits += 1  # without a new date
        elif what == "delete" and row.status == "checkout-draft":
            del self.rows[row.id]

    async def orders(self, query: Mapping[str, str]) -> Page:
        await asyncio.sleep(0)
        self.fail_in -= 1
        if self.fail_in == 0:
            raise StoreError("broken-off", "The connection broke off.")
        for _ in range(self.chance.randrange(self.busy + 1)):
            self.event()
        ids = {int(word) for word in query.get("include", "").split(",") if word}
        out = {int(word) for word in query.get("exclude", "").split(",") if word}
        status = query["status"]
        now = self.clock.now()
        found = [
            row
            for row in self.rows.values()
            if row.visible_at <= now
            and (row.status == status or (status == "any" and row.status != "trash"))
            and (not ids or row.id in ids)
            and row.id not in out
            and ("modified_after" not in query or row.modified > _time(query["modified_after"]))
            and ("after" not in query or row.created > _time(query["after"]))
        ]
        by_change = query.get("orderby") == "modified"
        found.sort(key=lambda row: (row.modified if by_change else START, row.id))
        size, page = int(query["per_page"]), int(query.get("page", "1"))
        begin = int(query.get("offset", (page - 1) * size))
        shown = found[begin : begin + size]
        total = len(found) if shown or begin == 0 else 0
        return Page(tuple(map(_record, shown)), total, None, now)

    async def order(self, order_id: int) -> Record | None:
        raise NotImplementedError

    async def notes(self, order_id: int) -> tuple[Note, ...]:
        raise NotImplementedError

    async def reviews(self, after: datetime | None) -> tuple[Review, ...]:
        raise NotImplementedError

    async def products(self, ids: Sequence[int]) -> tuple[Product, ...]:
        raise NotImplementedError

    async def is_paying_customer(self, email: str) -> bool | None:
        raise NotImplementedError

    async def shop(self) -> Shop:
        raise NotImplementedError

    async def can_write(self) -> bool | None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _record(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": row.status,
        "currency": "EUR",
        "total": "1.00",
        "customer_note": str(row.edits),
        "date_created_gmt": row.created.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_modified_gmt": row.modified.strftime("%Y-%m-%dT%H:%M:%S"),
    }


async def play(seed: int, busy: int, faults: Sequence[int]) -> list[str]:
    """Sync a busy shop with faults on the way, then quietly; give what differs in the end."""
    shop = ModelShop(seed, busy)
    with tempfile.TemporaryDirectory() as folder:
        ledger = LedgerThread(Path(folder) / "ledger.db")
        try:
            for fault in faults:
                shop.fail_in = fault
                sync = Sync(shop, ledger, shop.clock, OVERLAP, per_page=3)
                with suppress(StoreError):
                    await sync.run()
                await ledger(_judge)
                for _ in range(shop.chance.randrange(8)):
                    shop.event()
                shop.clock.advance(timedelta(seconds=shop.chance.choice((0, 1, 30, 300))))
            shop.fail_in, shop.busy = -1, 0
            shop.clock.advance(timedelta(seconds=LATEST + 1))
            for _ in range(2):
                await Sync(shop, ledger, shop.clock, OVERLAP, per_page=3).run()
                await ledger(_judge)
            return await _differences(shop, ledger)
        finally:
            ledger.close()


def _judge(book: Book) -> None:
    """Tell open checkouts from others, as is done after every run."""
    book.db.conn.execute(
        "UPDATE orders SET state = CASE WHEN status IN ('checkout-draft', 'pending', 'failed') "
        "THEN 'open' ELSE 'closed' END"
    )


async def _differences(shop: ModelShop, ledger: LedgerThread) -> list[str]:
    different = []
    for row in list(shop.rows.values()):
        number = row.id
        cart = await ledger.read(lambda book, number=number: book.orders.cart(number))  # type: ignore[misc]
        if cart is None:
            different.append(f"{number} is missing")
        elif (cart.status, cart.customer_note) != (row.status, str(row.edits)):
            different.append(f"{number} is {cart.status} and should be {row.status}")
    since = START - timedelta(days=30)
    still_open = await ledger.read(lambda book: book.orders.open_ids(since))
    return different + [f"{number} is gone" for number in still_open if number not in shop.rows]


PLAYS = {
    "seed": st.integers(0, 2**32),
    "busy": st.integers(0, 6),
    "faults": st.lists(st.integers(-1, 9), min_size=1, max_size=5),
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(**PLAYS)
def test_whatever_happens_two_quiet_runs_later_all_is_known(
    seed: int, busy: int, faults: list[int]
) -> None:
    assert asyncio.run(play(seed, busy, faults)) == []


def from_the_last_second(patch: pytest.MonkeyPatch) -> None:
    """The mistake everybody makes first: go on after the newest change seen."""

    class Hasty(Cursor):
        def query(self) -> dict[str, str]:
            return super().query() | {"modified_after": bare(self.second)}

    patch.setattr(sync_module, "Cursor", Hasty)


def without_overlap(patch: pytest.MonkeyPatch) -> None:
    """Trust that an order is visible the moment it is stamped."""
    patch.setitem(globals(), "OVERLAP", SyncSettings(overlap_minutes=0))


def without_looking_again(patch: pytest.MonkeyPatch) -> None:
    """Trust that every edit moves the date."""

    async def nothing(_run: object) -> None:
        return

    patch.setattr(sync_module._Run, "_open", nothing)


@pytest.mark.parametrize("mistake", [from_the_last_second, without_overlap, without_looking_again])
def test_the_model_finds_the_usual_mistakes(
    mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    assert any(asyncio.run(play(seed, 3, [-1, -1, -1])) for seed in range(300))

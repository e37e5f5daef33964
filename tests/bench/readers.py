"""Reading all orders of a shop: as cartdesk does, with bare httpx, and with a package."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx

from cartdesk.adapters.clock import SystemClock
from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.shop import oauth
from cartdesk.adapters.shop.reading import FIELDS
from cartdesk.adapters.shop.sync import Sync
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.domain.ports import Page
from cartdesk.domain.settings import SyncSettings
from tests.bench.shops import Served

_AT_ONCE = 4
Query = Mapping[str, str]


class _Listening(WooCommerce):
    """Our client, which remembers what it asked for orders."""

    asked: list[dict[str, str]]

    async def orders(self, query: Query) -> Page:
        self.asked.append(dict(query))
        return await super().orders(query)


async def questions(shop: Served, ledger: Path) -> list[dict[str, str]]:
    """Run a first import and give every question it asks for orders, in their order."""
    client = _Listening(shop.address, shop.key, shop.secret, clock=SystemClock())
    client.asked = []
    async with _thread(ledger) as thread:
        await Sync(client, thread, SystemClock(), SyncSettings()).run()
        await client.close()
    return client.asked


async def import_all(shop: Served, ledger: Path) -> float:
    """Import everything into an empty ledger as cartdesk does; gives seconds."""
    client = shop.client()
    async with _thread(ledger) as thread:
        began = time.perf_counter()
        await Sync(client, thread, SystemClock(), SyncSettings()).run()
        seconds = time.perf_counter() - began
        await client.close()
    return seconds


async def throw_away(shop: Served, asked: Sequence[Query]) -> float:
    """Ask the same questions with bare httpx, four at once, and drop the answers; seconds."""
    url = f"{shop.address}/wp-json/wc/v3/orders"
    waiting = iter(asked)
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:

        async def ask() -> None:
            for query in waiting:
                signed = oauth.sign(
                    "GET",
                    url,
                    {"per_page": "100", "_fields": FIELDS, **query},
                    key=shop.key,
                    secret=shop.secret,
                    nonce=secrets.token_hex(16),
                    timestamp=int(time.time()),
                )
                answer = await client.get(f"{url}?{oauth.query_string(signed)}")
                answer.raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
        return time.perf_counter() - began


def import_by_package(shop: Served, path: Path) -> float:
    """Import with the ``woocommerce`` package and plain sqlite3, page by page; seconds."""
    from woocommerce import API  # of the extra "bench"

    api = API(shop.address, shop.key, shop.secret, timeout=30)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, email TEXT, raw TEXT)"
        )
        began = time.perf_counter()
        page = 1
        while True:
            query = {"per_page": 100, "page": page, "orderby": "id", "order": "asc"}
            answer = api.get("orders", params=query | {"status": "any", "_fields": FIELDS})
            answer.raise_for_status()
            rows = [
                (order["id"], order["status"], order["billing"]["email"], json.dumps(order))
                for order in answer.json()
            ]
            with db:
                db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
            if page >= int(answer.headers["X-WP-TotalPages"]):
                return time.perf_counter() - began
            page += 1


@asynccontextmanager
async def _thread(path: Path) -> AsyncIterator[LedgerThread]:
    thread = LedgerThread(path)
    try:
        yield thread
    finally:
        thread.close()

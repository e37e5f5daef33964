"""The first import: its speed beside a bare client and a package, and its price in CPU."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.shop_json import parse_list
from tests.bench.figure import Figure, by_turns
from tests.bench.ledgers import unfinished
from tests.bench.readers import import_all, import_by_package, questions, throw_away
from tests.bench.setting import Setting
from tests.bench.shops import Served, served

_PAGE = 100
_PACED_ORDERS = 2_500  # each one takes a real shop 2.5 ms
_PACED_REPEATS = 2


def first_import(setting: Setting) -> Iterator[Figure]:
    """Orders a second of a first import, beside bare httpx that drops the answers."""
    with served(setting.sizes.orders) as shop, _ledger(setting) as path:
        asked = asyncio.run(questions(shop, path))
    few = _paced(setting)
    with served(few) as shop, _ledger(setting) as path:
        asked_of_few = asyncio.run(questions(shop, path))

    def bare(shop: Served) -> float:
        return asyncio.run(throw_away(shop, asked))

    def bare_paced(shop: Served) -> float:
        return asyncio.run(throw_away(shop, asked_of_few))

    yield _beside(setting, "first-import", bare, "ratio >= 0.8")
    name = "first-import-at-a-real-shops-pace"
    yield _beside(setting, name, bare_paced, "ratio >= 0.8", paced=True)


def import_vs_package(setting: Setting) -> Iterator[Figure]:
    """Orders a second of a first import, beside the package used page by page."""

    def package(shop: Served) -> float:
        with _ledger(setting) as path:
            return import_by_package(shop, path)

    yield _beside(setting, "import-vs-package", package, "ratio >= 2.5")
    # Two cores answer four questions at once no faster than twice as fast as one by one.
    name = "import-vs-package-at-a-real-shops-pace"
    yield _beside(setting, name, package, "ratio >= 1.6", paced=True)


def _beside(
    setting: Setting,
    name: str,
    theirs: Callable[[Served], float],
    goal: str,
    *,
    paced: bool = False,
) -> Figure:
    """Compare our import with another way; each turn has a shop of its own, not warmed up."""
    orders = _paced(setting) if paced else setting.sizes.orders

    def with_shop(way: Callable[[Served], float]) -> float:
        with served(orders, paced=paced) as shop:
            return orders / way(shop)

    def ours(shop: Served) -> float:
        with _ledger(setting) as path:
            return asyncio.run(import_all(shop, path))

    repeats = min(_PACED_REPEATS if paced else 9, setting.sizes.repeats)
    pairs = by_turns(
        repeats, name, partial(with_shop, ours), partial(with_shop, theirs), warm_up=not paced
    )
    value, baseline = pairs.medians
    return Figure(name, value, "orders/s", baseline, goal)


def cpu_per_order(setting: Setting) -> Iterator[Figure]:
    """CPU from JSON bytes to ledger rows, beside json.loads and raw inserts of the same."""
    now = datetime.now(UTC)
    records = list(unfinished(setting.sizes.orders, now))
    pages = [records[begin : begin + _PAGE] for begin in range(0, len(records), _PAGE)]
    bodies = [json.dumps(page).encode() for page in pages]
    texts = [[json.dumps(record) for record in page] for page in pages]

    def ours() -> float:
        with _ledger(setting) as path:
            book = Book(path)
            began = time.process_time()
            for body in bodies:
                book.write(partial(_save, body, now))
            spent = time.process_time() - began
            book.close()
        return spent / len(records) * 1e6

    def raw() -> float:
        with _ledger(setting) as path:
            return _raw_inserts(path, bodies, texts) / len(records) * 1e6

    pairs = by_turns(setting.sizes.repeats, "cpu-per-order", ours, raw)
    value, baseline = pairs.medians
    yield Figure("cpu-per-order", value, "µs CPU", baseline, "ratio <= 6")


def _save(body: bytes, now: datetime, book: Book) -> None:
    book.orders.save(parse_list(body)[0], now)


def _raw_inserts(path: Path, bodies: Sequence[bytes], texts: Sequence[Sequence[str]]) -> float:
    """Parse pages and insert ids and texts, as durably as the ledger does; CPU seconds."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, raw TEXT NOT NULL)")
        began = time.process_time()
        for body, page in zip(bodies, texts, strict=True):
            ids = [order["id"] for order in json.loads(body)]
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO orders VALUES (?, ?)", zip(ids, page, strict=True))
            db.execute("COMMIT")
        return time.process_time() - began


def _paced(setting: Setting) -> int:
    return min(setting.sizes.orders, _PACED_ORDERS)


@contextmanager
def _ledger(setting: Setting) -> Iterator[Path]:
    path = setting.new_path("ledger.db")
    try:
        yield path
    finally:
        setting.discard(path)

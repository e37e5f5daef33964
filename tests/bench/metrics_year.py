"""The processor time of all figures of a year, beside the naive recount of the same."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from cartdesk.adapters.ledger import Book
from cartdesk.domain.metrics.views import Report, Span
from cartdesk.domain.model import Shop
from cartdesk.work import figures
from tests.bench.figure import Figure, narrate
from tests.bench.metrics_ledger import write_year
from tests.bench.setting import Setting
from tests.metrics.comparing import IF_KNOWN, plain
from tests.metrics.recount import recount

_ZONE = "Europe/Helsinki"
_LOST_AFTER = timedelta(days=30)
_EVENTS_A_CART = 5
_CHANGED = 50  # orders that changed since the figures were last looked at: a busy hour


def metrics_year(setting: Setting) -> Iterator[Figure]:
    """All figures of a year: looked at again, and after some orders changed."""
    carts = 2 * setting.sizes.carts
    path = setting.new_path("year.db")
    write_year(path, carts, _EVENTS_A_CART * carts)
    shop = Shop("http://127.0.0.1:9", zone=_ZONE, currency="EUR")
    until = datetime.now(UTC).astimezone(ZoneInfo(_ZONE)).date() + timedelta(days=1)
    span = Span(until - timedelta(days=365), until, _ZONE)
    book = Book(path)
    found: list[Report] = []
    expected: list[dict[str, Any]] = []

    def renew() -> float:
        began = time.process_time()
        while not book.read(lambda book: figures.is_fresh(book, ZoneInfo(_ZONE), _LOST_AFTER)):
            book.write(lambda book: figures.renew_some(book, ZoneInfo(_ZONE), _LOST_AFTER))
        return (time.process_time() - began) * 1000

    def ours() -> float:
        began = time.process_time()
        renewed = renew()
        found[:] = [book.read(lambda book: figures.report(book, span, "EUR", shop))]
        assert renewed < 1000
        return (time.process_time() - began) * 1000

    def naive() -> float:
        began = time.process_time()
        with closing(sqlite3.connect(path)) as conn:
            expected[:] = [
                recount(
                    conn,
                    zone=_ZONE,
                    lost_after_days=_LOST_AFTER.days,
                    since=span.since,
                    until=span.until,
                    currency="EUR",
                )
            ]
        return (time.process_time() - began) * 1000

    def after_changes() -> float:
        book.write(_change)
        return ours()

    try:
        narrate(f"counting {carts} carts for the first time took {renew() / 1000:.1f} s of CPU")
        baseline = naive()  # once: it takes long enough to be steady
        ours()
        value = median(ours() for _ in range(setting.sizes.repeats))
        for name in IF_KNOWN:
            expected[0]["breakdowns"].pop(name)
        if plain(found[0]) != expected[0]:
            raise AssertionError("the figures are not those of the recount")
        yield Figure("metrics-year", value, "ms", baseline, "value <= 100")
        again = median(after_changes() for _ in range(setting.sizes.repeats))
        yield Figure("metrics-year-after-changes", again, "ms", baseline)
    finally:
        book.close()


def _change(book: Book) -> None:
    book.db.execute(
        "UPDATE orders SET total = total + 1 WHERE id IN (SELECT id FROM orders "
        "ORDER BY id DESC LIMIT ?)",
        [_CHANGED],
    )

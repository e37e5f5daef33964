"""Passes of the sync in programs of their own, so that they can be killed; serves as a nursery."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.shop.sync import Sync
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.clock import StoryClock
from cartdesk.domain.ports import StoreError
from cartdesk.domain.settings import SyncSettings
from tests.adapters.shop.shops import QUICK, no_sleep
from tests.faults import nursery


async def one_pass(given: dict[str, Any]) -> None:
    """Sync once."""
    clock = StoryClock(datetime.fromisoformat(given["now"]), speed=0)
    ledger = LedgerThread(Path(given["ledger"]))
    store = WooCommerce(
        given["address"], given["key"], given["secret"], clock=clock, limits=QUICK, sleep=no_sleep
    )
    settings = SyncSettings(overlap_minutes=given["overlap"])
    try:
        await Sync(store, ledger, clock, settings, per_page=given["per_page"]).run()
    finally:
        await store.close()
        ledger.close()


def session(given: dict[str, Any], ready: Callable[[], None]) -> None:
    """Live through one pass; it may be killed from its very beginning on."""
    ready()
    asyncio.run(one_pass(given))


def warm_up() -> None:
    """Live through a pass that reaches no shop, so that all is loaded."""
    with tempfile.TemporaryDirectory() as folder, suppress(StoreError):
        given = {"address": "http://127.0.0.1:9", "key": "ck_1", "secret": "cs_1"}
        path, now = str(Path(folder) / "ledger.db"), datetime.now(UTC).isoformat()
        asyncio.run(one_pass({**given, "ledger": path, "now": now, "per_page": 3, "overlap": 1}))


if __name__ == "__main__":
    warm_up()
    nursery.serve(session)

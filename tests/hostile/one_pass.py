"""One pass of the sync in a program of its own, so that it can be killed."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.shop.sync import Sync
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.clock import StoryClock
from cartdesk.domain.settings import SyncSettings


async def one_pass(address: str, key: str, secret: str, path: str, now: str) -> None:
    """Sync once."""
    clock = StoryClock(datetime.fromisoformat(now), speed=0)
    ledger = LedgerThread(Path(path))
    store = WooCommerce(address, key, secret, clock=clock)
    await Sync(store, ledger, clock, SyncSettings(overlap_minutes=1)).run()
    await store.close()
    ledger.close()


if __name__ == "__main__":
    asyncio.run(one_pass(*sys.argv[1:]))

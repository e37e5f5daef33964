"""The demo shop as a process of its own, at its own speed or at the pace of a real shop.

``python -m tests.bench.shops ORDERS`` serves it at the pace that was measured at a real
WooCommerce on two cores: 0.05 s for an empty answer, 0.5 s for 100 orders with the fields
cartdesk asks for, two answers being made at a time.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from cartdesk.adapters.clock import SystemClock
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response

_CORES = 2
_EMPTY, _FULL = 0.05, 0.5  # seconds
_FULL_BODY = 280_000  # bytes of 100 orders


@dataclass(frozen=True, slots=True)
class Served:
    """Where a demo shop listens, and its key."""

    address: str
    key: str
    secret: str

    def client(self) -> WooCommerce:
        """Make cartdesk's client for it."""
        return WooCommerce(self.address, self.key, self.secret, clock=SystemClock())


@contextmanager
def served(orders: int, *, paced: bool = False) -> Iterator[Served]:
    """Start a demo shop as a process of its own; each one begins with nothing cached."""
    module = ["tests.bench.shops", str(orders)]
    if not paced:
        module = ["cartdesk.demo.serve", "--orders", str(orders)]
    command = [sys.executable, "-m", *module]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            yield Served(**json.loads(process.stdout.readline()))
        finally:
            process.stdin.close()


class Pace:
    """Makes every answer as late as a shop with few cores would."""

    def __init__(self) -> None:
        self._free_at = [0.0] * _CORES

    def __call__(self, _request: Request, answer: Response) -> Response:
        """Give the answer with its delay."""
        now = time.monotonic()
        begins = max(now, min(self._free_at))
        ends = begins + _EMPTY + (_FULL - _EMPTY) * min(1.0, len(answer.body) / _FULL_BODY)
        self._free_at[self._free_at.index(min(self._free_at))] = ends
        return replace(answer, delay=ends - now)


async def _serve(orders: int) -> None:
    async with DemoStore() as store:
        store.fill(orders)
        store.faults.append(Pace())
        said = {"address": store.address, "key": store.key, "secret": store.secret}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))

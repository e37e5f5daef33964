"""The demo shop as a process of its own, for measurements and other programs.

``python -m cartdesk.demo.serve --orders 5000 --seed 1`` prints one line of JSON with the
address, key and secret, and serves until its standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence

from cartdesk.demo.shop import NEW_VERSION, OLD_VERSION
from cartdesk.demo.store import DemoStore


async def serve(orders: int, seed: int, woo: str, port: int) -> None:
    """Serve a shop with ``orders`` old orders until standard input closes."""
    async with DemoStore(woo=woo, port=port) as store:
        store.fill(orders, seed)
        said = {"address": store.address, "key": store.key, "secret": store.secret}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="cartdesk.demo.serve", description=__doc__)
    parser.add_argument("--orders", type=int, default=5000, help="how many old orders")
    parser.add_argument("--seed", type=int, default=1, help="one seed, one shop")
    parser.add_argument("--woo", choices=("old", "new"), default="old", help="kind of shop")
    parser.add_argument("--port", type=int, default=0, help="0: a free port")
    given = parser.parse_args(arguments)
    woo = OLD_VERSION if given.woo == "old" else NEW_VERSION
    asyncio.run(serve(given.orders, given.seed, woo, given.port))


if __name__ == "__main__":
    main()

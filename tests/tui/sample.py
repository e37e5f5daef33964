"""Run the screens over the sample desk: ``python -m tests.tui.sample KIND``.

Kinds: hostile, empty, offline, many, read-only, or ``demo SPEED`` for the real demo shop.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cartdesk.domain.views import Light
from cartdesk.tui.app import CartdeskApp
from tests.tui.sample_desk import HOSTILE_NAMES, NAMES, SampleDesk


def make(kind: str = "") -> CartdeskApp:
    """Make the app over a kind of sample."""
    desk = SampleDesk(
        names=HOSTILE_NAMES if kind == "hostile" else NAMES,
        empty=kind == "empty",
        many=50_000 if kind == "many" else 41,
        light=Light.OFFLINE if kind == "offline" else Light.FRESH,
        read_only=kind == "read-only",
    )
    return CartdeskApp(desk, clock=desk.clock)


async def demo(speed: float) -> None:
    """Run the screens over the demo shop."""
    from cartdesk.demo.world import World
    from tests.desks import Bench

    with TemporaryDirectory() as name:
        async with World(Path(name), speed=speed) as world:
            desk = Bench(world, Path(name)).desk
            await CartdeskApp(desk, clock=world.clock, maildir=world.maildir).run_async()


if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else ""
    if kind == "demo":
        asyncio.run(demo(float(sys.argv[2]) if len(sys.argv) > 2 else 1700))
    else:
        make(kind).run()

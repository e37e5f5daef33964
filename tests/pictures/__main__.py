"""Draw the pictures of the README: ``python -m tests.pictures``."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cartdesk.demo.world import World
from cartdesk.tui.app import CartdeskApp
from tests.desks import Bench

SETTLED = 1.0  # seconds after which a screen has read what it shows
HERE = Path(__file__).parent
SHOTS = {
    "queue": ("a", "j", "j"),
    "cart": ("2", "j", "j", "j", "enter"),
    "metrics": ("4",),
}


async def draw(name: str, keys: tuple[str, ...]) -> None:
    """Play the demo's first afternoon, press some keys, and keep the screen."""
    with TemporaryDirectory() as folder:
        async with World(Path(folder), speed=0) as world:
            bench = Bench(world, Path(folder))
            await bench.pass_time(timedelta(hours=5))
            ready = {item.row.email: item.reminder.id for item in await bench.sendable()}
            await bench.desk.send_now([ready["ana@example.org"]])
            app = CartdeskApp(bench.desk, clock=world.clock)
            async with app.run_test(size=(110, 32)) as pilot:
                await pilot.pause(SETTLED)
                for key in keys:
                    await pilot.press(key)
                    await pilot.pause(SETTLED)
                app.clear_notifications()
                await pilot.pause(SETTLED)
                (HERE / f"{name}.svg").write_text(app.export_screenshot(title="cartdesk"))


async def draw_all() -> None:
    """Draw every picture."""
    for name, keys in SHOTS.items():
        await draw(name, keys)


if __name__ == "__main__":
    asyncio.run(draw_all())

"""Opening the app in a test, waiting for it, and reading what stands on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from cartdesk.demo.world import World
from cartdesk.desk import Desk
from cartdesk.domain.ports import Clock
from cartdesk.tui.app import CartdeskApp
from cartdesk.tui.setup_port import SetupPort
from tests.desks import Bench
from tests.tui.sample_desk import FixedClock, SampleDesk

WIDE = (120, 40)
NARROW = (80, 24)
Press = Pilot[str]


async def until(pilot: Press, condition: Callable[[], bool], seconds: float = 8) -> None:
    """Let the app work until something is so; fails when it does not become so."""
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not become so; the screen shows:\n" + text_of(pilot))


async def settled(pilot: Press) -> None:
    """Let everything under way end, but not the questions that wait for a person."""
    for _ in range(2):  # a screen shown for the first time begins to read a moment later
        await pilot.pause()
        while waiting := [
            each for each in pilot.app.workers if each.group != "default" and not each.is_finished
        ]:
            with suppress(WorkerCancelled):  # a newer reading takes the place of an older one
                await waiting[0].wait()
            await pilot.pause()


def text_of(pilot: Press) -> str:
    """Give the text that stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips(pilot.app.size)
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def toasts(pilot: Press) -> str:
    """Give the text of the toasts."""
    return "\n".join(each.message for each in pilot.app._notifications)


@asynccontextmanager
async def running(
    desk: Desk,
    clock: Clock,
    size: tuple[int, int] = WIDE,
    *,
    setup: SetupPort | None = None,
    maildir: Path | None = None,
) -> AsyncIterator[Press]:
    """Run the app over a desk until its first screen is there."""
    app = CartdeskApp(desk, clock=clock, setup=setup, maildir=maildir)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, app.started.is_set)
        await settled(pilot)
        yield pilot


@asynccontextmanager
async def sample(
    desk: SampleDesk | None = None, size: tuple[int, int] = WIDE
) -> AsyncIterator[Press]:
    """Run the app over fixed data."""
    desk = desk or SampleDesk(clock=FixedClock())
    async with running(desk, desk.clock, size) as pilot:
        yield pilot


class Shown:
    """The app over the demo shop, and the world around it."""

    def __init__(self, bench: Bench, pilot: Press) -> None:
        self.bench, self.world, self.pilot = bench, bench.world, pilot

    @property
    def app(self) -> CartdeskApp:
        """The app."""
        assert isinstance(self.pilot.app, CartdeskApp)
        return self.pilot.app

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return text_of(self.pilot)

    async def sees(self, *words: str) -> None:
        """Wait until words stand on the screen or in a toast."""
        await until(
            self.pilot,
            lambda: all(word in self.text + "\n" + toasts(self.pilot) for word in words),
        )

    async def press(self, *keys: str) -> None:
        """Press keys and let their work end."""
        for key in keys:
            await self.pilot.press(key)
            await settled(self.pilot)


@asynccontextmanager
async def demo(
    directory: Path, size: tuple[int, int] = WIDE, *, read_only: bool = False, hours: float = 3
) -> AsyncIterator[Shown]:
    """Run the app over the real demo shop some hours into its story, with letters due."""
    async with World(directory, speed=0) as world:
        world.clock.advance(timedelta(hours=hours))
        bench = Bench(world, directory)
        if read_only:
            bench.desk = bench.another(read_only=True)
        async with running(bench.desk, world.clock, size, maildir=world.maildir) as pilot:
            shown = Shown(bench, pilot)
            await shown.sees("READY")
            yield shown

"""The first screen waits for nothing it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cartdesk.domain.ports import StoreError
from cartdesk.domain.views import Light, PollReport
from cartdesk.tui.app import CartdeskApp
from tests.tui.sample_desk import NOW, FixedClock, SampleDesk
from tests.tui.sample_figures import SampleFigures
from tests.tui.screens import running, settled, text_of, toasts, until

LATER = (
    "httpx",
    "yagmail",
    "keyring",
    "jinja2",
    "babel",
    "markdown_it",
    "textual.widgets._text_area",
)


def test_the_screens_start_without_what_is_needed_later() -> None:
    code = (
        "import sys, cartdesk.tui.app, cartdesk.tui.queue\n"
        f"print([name for name in {LATER!r} if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert found.stdout.strip() == "[]"


class SlowShop(SampleDesk):
    """A desk whose shop has not been asked yet, and answers only with trouble."""

    polls = 0

    def status(self):  # type: ignore[no-untyped-def]
        from cartdesk.domain.views import SyncStatus

        return SyncStatus(Light.NEVER)

    async def poll(self, report=None, *, full=False):  # type: ignore[no-untyped-def]
        type(self).polls += 1
        raise StoreError("timeout", "The shop did not answer.", mend="Try again.", passing=True)


async def test_the_ledger_is_painted_first_and_the_shop_asked_afterwards_once_an_interval() -> None:
    desk = SlowShop()
    async with running(desk, desk.clock) as pilot:
        assert "Ana Petrova" in text_of(pilot)
        app = pilot.app
        assert isinstance(app, CartdeskApp)
        for _ in range(3):
            app.rounds.second()
            await settled(pilot)
        assert desk.polls == 1
        assert "did not answer" not in toasts(pilot)  # the light says it, a toast would nag
        desk.clock.move(300)
        app.rounds.second()
        await settled(pilot)
        assert desk.polls == 2
        await pilot.press("r")
        await until(pilot, lambda: "The shop did not answer." in toasts(pilot))


async def test_a_fault_nobody_foresaw_is_reported_without_local_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(SampleFigures):
        async def currencies(self) -> tuple[str, ...]:
            canary = "cs_" + "canary" * 5
            raise ZeroDivisionError(len(canary))

    desk = SampleDesk(clock=FixedClock())
    desk.figures = Broken(NOW.date(), ())
    with pytest.raises(Exception, match="33"):
        async with running(desk, desk.clock) as pilot:
            await pilot.press("4")
            await settled(pilot)
    shown = capsys.readouterr()
    assert "No letter was lost" in shown.err + shown.out
    assert "canarycanary" not in shown.err + shown.out


async def test_a_poll_that_found_letters_says_so() -> None:
    class Finds(SampleDesk):
        async def poll(self, report=None, *, full=False):  # type: ignore[no-untyped-def]
            return PollReport(9, 3, 0, 2, 0, 2, "3 checkouts changed, 2 letters are due.")

    desk = Finds()
    async with running(desk, desk.clock) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: "2 letters are due" in toasts(pilot))

"""How the Letters screen and its editor look, small and large."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from cartdesk.tui.app import CartdeskApp
from tests.tui.sample_desk import HOSTILE_NAMES, SampleDesk
from tests.tui.screens import NARROW, WIDE, settled, until

Compare = Callable[..., bool]


@pytest.mark.parametrize(
    ("size", "keys", "kind"),
    [
        pytest.param(NARROW, "5 j", {}, id="letters-80"),
        pytest.param(WIDE, "5 j j j", {"names": HOSTILE_NAMES}, id="letters-120"),
        pytest.param(NARROW, "5 j e f3", {"names": HOSTILE_NAMES}, id="editor-80"),
        pytest.param(WIDE, "5 j e", {}, id="editor-120"),
        pytest.param(WIDE, "5 j D", {}, id="changes-120"),
        pytest.param(NARROW, "5 T", {}, id="test-80"),
    ],
)
def test_it_looks_as_it_did(
    snap_compare: Compare, size: tuple[int, int], keys: str, kind: dict[str, object]
) -> None:
    desk = SampleDesk(**kind)  # type: ignore[arg-type]
    app = CartdeskApp(desk, clock=desk.clock)

    async def press(pilot: Pilot[str]) -> None:
        await until(pilot, app.started.is_set)
        await settled(pilot)
        for key in keys.split():
            await pilot.press(key)
            await settled(pilot)

    assert snap_compare(app, terminal_size=size, run_before=press)

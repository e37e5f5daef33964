"""How the screens look; ``pytest --snapshot-update`` accepts a new look after it was seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from cartdesk.domain.views import Light
from cartdesk.tui.app import CartdeskApp
from tests.tui.sample_desk import HOSTILE_NAMES, SampleDesk
from tests.tui.screens import settled, until

Compare = Callable[..., bool]
SMALL, MIDDLE, WIDE, LARGE = (80, 24), (100, 30), (120, 40), (140, 40)


@pytest.mark.parametrize(
    ("size", "keys", "kind"),
    [
        pytest.param(SMALL, "", {}, id="queue-80"),
        pytest.param(MIDDLE, "", {}, id="queue-100"),
        pytest.param(LARGE, "", {"names": HOSTILE_NAMES}, id="queue-140-hostile"),
        pytest.param(SMALL, "enter", {}, id="review-80"),
        pytest.param(MIDDLE, "", {"empty": True}, id="queue-empty"),
        pytest.param(MIDDLE, "", {"light": Light.OFFLINE}, id="queue-offline"),
        pytest.param(SMALL, "A", {}, id="approve-all"),
        pytest.param(MIDDLE, "j z", {}, id="later"),
        pytest.param(MIDDLE, "j e", {}, id="edit"),
        pytest.param(SMALL, "question_mark", {}, id="help"),
        pytest.param(SMALL, "2", {"many": 50_000}, id="carts-80"),
        pytest.param(LARGE, "2", {"names": HOSTILE_NAMES}, id="carts-140-hostile"),
        pytest.param(MIDDLE, "2 enter", {"names": HOSTILE_NAMES}, id="cart-hostile"),
        pytest.param(SMALL, "3", {}, id="feedback-80"),
        pytest.param(WIDE, "3", {"names": HOSTILE_NAMES}, id="feedback-120-hostile"),
        pytest.param(WIDE, "3 v tab", {}, id="feedback-hints-120"),
        pytest.param(SMALL, "3 enter", {}, id="feedback-piece-80"),
        pytest.param(SMALL, "3 a", {}, id="feedback-answer-80"),
        pytest.param(SMALL, "3 c", {}, id="feedback-correct-80"),
        pytest.param(MIDDLE, "3", {"empty": True}, id="feedback-empty"),
        pytest.param(MIDDLE, "4 i", {}, id="metrics"),
        pytest.param(SMALL, "4", {}, id="metrics-80"),
        pytest.param(LARGE, "4", {}, id="metrics-140"),
        pytest.param(SMALL, "4 tab", {}, id="metrics-days-80"),
        pytest.param(LARGE, "4 right right", {}, id="metrics-compared-140"),
        pytest.param(SMALL, "4 left left left o", {"names": HOSTILE_NAMES}, id="metrics-table-80"),
        pytest.param(MIDDLE, "4", {"empty": True}, id="metrics-empty"),
        pytest.param(MIDDLE, "5", {}, id="letters"),
        pytest.param(SMALL, "5 j", {}, id="letters-80"),
        pytest.param(WIDE, "5 j j j", {"names": HOSTILE_NAMES}, id="letters-120"),
        pytest.param(SMALL, "5 j e f3", {"names": HOSTILE_NAMES}, id="editor-80"),
        pytest.param(WIDE, "5 j e", {}, id="editor-120"),
        pytest.param(WIDE, "5 j D", {}, id="changes-120"),
        pytest.param(SMALL, "5 T", {}, id="test-80"),
        pytest.param(SMALL, "6", {}, id="settings-80"),
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

"""Which screens there are, by number, and the keys that work everywhere.

Screens are imported when they are first shown: the program starts with the Queue alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.binding import Binding, BindingType
from textual.screen import Screen

from cartdesk.tui.header import SCREENS


def _queue() -> Screen[Any]:
    from cartdesk.tui.queue import QueueScreen

    return QueueScreen()


def _carts() -> Screen[Any]:
    from cartdesk.tui.carts import CartsScreen

    return CartsScreen()


def _feedback() -> Screen[Any]:
    from cartdesk.tui.feedback import FeedbackScreen

    return FeedbackScreen()


def _metrics() -> Screen[Any]:
    from cartdesk.tui.metrics import MetricsScreen

    return MetricsScreen()


def _letters() -> Screen[Any]:
    from cartdesk.tui.letters import LettersScreen

    return LettersScreen()


def _settings() -> Screen[Any]:
    from cartdesk.tui.settings import SettingsScreen

    return SettingsScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "queue": _queue,
    "carts": _carts,
    "feedback": _feedback,
    "metrics": _metrics,
    "letters": _letters,
    "settings": _settings,
}

BREAKPOINTS: list[tuple[int, str]] = [(0, "-narrow"), (100, "-two-panes")]

BINDINGS: list[BindingType] = [
    *(
        Binding(str(number), f"show('{name.lower()}')", name, show=False, tooltip=f"Go to {name}")
        for number, name in enumerate(SCREENS, 1)
    ),
    Binding("r", "ask", "Ask shop", tooltip="Ask the shop now for what changed"),
    Binding("u", "undo", "Undo", tooltip="Take back the last thing you did"),
    Binding("ctrl+z", "undo", "Undo", show=False, tooltip="Take back the last thing you did"),
    Binding(
        "exclamation_mark",
        "problem",
        "What is wrong",
        show=False,
        tooltip="The whole problem, what mends it, and the last message in full",
    ),
    Binding("question_mark", "help", "Help", tooltip="Every key that works here"),
    Binding("ctrl+p", "command_palette", "Commands", priority=True, tooltip="Every command"),
    Binding("ctrl+q", "quit", "Quit", priority=True, tooltip="Leave cartdesk"),
]

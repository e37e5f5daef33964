"""The panes of Metrics that take keys: right and left turn to another table in any of them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from cartdesk.tui.rows import RowList

_TURNS: list[BindingType] = [  # on the panes, whose own keys would hide those of the screen
    Binding("right", "screen.view(1)", "Next table", tooltip="Days, funnel and every table"),
    Binding("left", "screen.view(-1)", "Table before", show=False, tooltip="The table before"),
]


class PaneList(RowList):
    """A list of Metrics."""

    BINDINGS: ClassVar[list[BindingType]] = _TURNS


class PaneScroll(VerticalScroll):
    """Text of Metrics that can be scrolled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_TURNS,
        Binding("j", "scroll_down", "Down", show=False, tooltip="Scroll down"),
        Binding("k", "scroll_up", "Up", show=False, tooltip="Scroll up"),
    ]

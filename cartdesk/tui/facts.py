"""Labels on the left, what they say on the right, wrapped below itself."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from cartdesk.tui.text import Fact, hang


class Facts(Widget):
    """A small list of facts that wraps to the width it has."""

    DEFAULT_CSS = "Facts { width: 1fr; height: auto; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pairs: tuple[Fact, ...] = ()

    def show_facts(self, pairs: Sequence[Fact]) -> None:
        """Show other facts."""
        self._pairs = tuple(pairs)
        self.refresh(layout=True)

    def render(self) -> Content:
        """Set the facts to the width."""
        return hang(self._pairs, self.content_size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Give the rows the facts take at a width."""
        return len(hang(self._pairs, width).split(allow_blank=True)) if self._pairs else 0

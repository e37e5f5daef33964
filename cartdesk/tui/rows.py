"""The list every screen uses: rows that know their key and paint themselves to a width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.css.styles import RulesMap
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widgets import OptionList
from textual.widgets.option_list import Option

_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its key (the cursor is kept by it) and what it shows in so many cells.

    ``lines`` is how many lines it takes; 0 when only painting can tell.
    """

    key: str
    paint: Callable[[int], Content]
    lines: int = 0

    def sight(self) -> Sight:
        """Give what the list shows of it."""
        return Sight(self)


class Sight(Visual):
    """A row that is painted when it comes into sight, at the width it then has."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._painted: tuple[int, Content] | None = None

    def _paint(self, width: int) -> Content:
        if self._painted is None or self._painted[0] != width:
            self._painted = width, self._row.paint(max(_NARROWEST, width))
        return self._painted[1]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Take all there is."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Give the lines it takes."""
        return self._row.lines or self._paint(width).get_height(rules, width)

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Paint it."""
        return self._paint(width).render_strips(width, height, style, options)


class RowList(OptionList):
    """A list that keeps its cursor by key when its rows are read anew."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Open", tooltip="Open the row under the cursor"),
        Binding("j", "cursor_down", "Down", show=False, tooltip="Go one row down"),
        Binding("k", "cursor_up", "Up", show=False, tooltip="Go one row up"),
        Binding("g", "first", "First", show=False, tooltip="Go to the first row"),
        Binding("G", "last", "Last", show=False, tooltip="Go to the last row"),
    ]

    class Sized(Message):
        """The list got another width: what stands above it follows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True)
        self._rows: list[Row] = []

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        option = self.highlighted_option
        return option.id if option else None

    @property
    def room(self) -> int:
        """The cells a row may fill."""
        return max(_NARROWEST, self.scrollable_content_region.width)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; the cursor stays on its key, else on its place."""
        key, place, top = self.key, self.highlighted, self.scroll_offset.y
        same = [row.key for row in rows] == [row.key for row in self._rows]
        self._rows = list(rows)
        if same:
            self.repaint()
            return
        with self.prevent(OptionList.OptionHighlighted):
            self.set_options([Option(row.sight(), id=row.key) for row in rows])
            keys = [row.key for row in rows]
            if keys:
                self.highlighted = (
                    keys.index(key) if key in keys else min(place or 0, len(keys) - 1)
                )
        self.scroll_to(y=top, animate=False, immediate=True)
        self.scroll_to_highlight()

    def repaint(self, keys: Sequence[str] | None = None) -> None:
        """Paint rows again (all, or those named) without moving anything."""
        for place, row in enumerate(self._rows):
            if keys is None or row.key in keys:
                self.replace_option_prompt_at_index(place, row.sight())

    def on_resize(self) -> None:
        """Tell that the rows have another width."""
        self.post_message(self.Sized())

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click on the row under the cursor opens it."""
        event.prevent_default()
        place = event.style.meta.get("option")
        if place is not None and place == self.highlighted:
            self.action_select()
        elif place is not None:
            self.highlighted = place

    def render_line(self, y: int) -> Strip:
        """Draw the cursor as a sign too, so that it can be seen without colour."""
        strip = super().render_line(y)
        place = self.highlighted
        if place is None or self._index_to_line.get(place) != self.scroll_offset.y + y:
            return strip
        first = next(iter(strip), None)
        mark = Strip([Segment("▸", first.style if first else None)])
        return Strip.join([mark, strip.crop(1)])

"""The bottom lines: which key does what on this screen, clickable, wrapped to two rows."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from cartdesk.domain.views import Progress
from cartdesk.tui.text import MUTED, bar, cells, line, stack

Key = tuple[str, str, str]  # the key, how it is written, what it does

_MOST_ROWS = 2
_LAST = ("help", "command_palette", "quit")


class KeyBar(Widget):
    """The keys of the screen; those of the whole program come last and always stay."""

    DEFAULT_CSS = """
    KeyBar { dock: bottom; width: 100%; height: auto; padding: 0 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._hits: list[tuple[int, int, int, str]] = []

    def on_mount(self) -> None:
        """Follow the bindings of the screen."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        self.refresh(layout=True)

    def _keys(self) -> tuple[list[Key], list[Key]]:
        """Give the keys of the screen by its order of importance, and those that always stay."""
        order: tuple[str, ...] = getattr(self.screen, "KEY_ORDER", ())
        found: dict[str, Key] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled and binding.description:
                written = self.app.get_key_display(binding)
                found.setdefault(binding.action, (binding.key, written, binding.description))
        places = {action: place for place, action in enumerate(order)}
        own = [action for action in found if action not in _LAST]
        own.sort(key=lambda action: places.get(action, len(places)))
        return [found[each] for each in own], [found[each] for each in _LAST if each in found]

    def _rows(self, width: int) -> list[list[Key]]:
        """Wrap the keys; when they do not fit, the least important ones give way."""
        own, tail = self._keys()
        while True:
            rows: list[list[Key]] = [[]]
            used = 0
            for key in own + tail:
                need = cells(key[1]) + 1 + cells(key[2]) + 2
                if used and used + need - 2 > width:
                    rows.append([])
                    used = 0
                rows[-1].append(key)
                used += need
            if len(rows) <= _MOST_ROWS or not own:
                return rows
            own.pop()

    def render(self) -> Content:
        """Write the keys and remember where each one stands."""
        self._hits = []
        found: list[Content] = []
        for y, row in enumerate(self._rows(self.content_size.width)):
            parts: list[Content] = []
            x = self.styles.padding.left
            for key, shown, word in row:
                part = line((shown, "bold $primary"), f" {word}  ")
                self._hits.append((y, x, x + part.cell_length - 2, key))
                x += part.cell_length
                parts.append(part)
            found.append(line(*parts))
        return stack(*found)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Give the rows the keys take."""
        return len(self._rows(width))

    def on_click(self, event: events.Click) -> None:
        """A click is a press of the key."""
        for y, left, right, key in self._hits:
            if event.y == y and left <= event.x < right:
                self.app.simulate_key(key)


class ProgressLine(Widget):
    """How far long work is; it goes on whatever the person does meanwhile."""

    DEFAULT_CSS = """
    ProgressLine { dock: bottom; width: 100%; height: 1; padding: 0 1; display: none;
        background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._progress: Progress | None = None

    def show(self, progress: Progress | None) -> None:
        """Show how far the work is, or nothing."""
        self._progress = progress
        self.display = progress is not None
        self.refresh()

    def render(self) -> Content:
        """Draw the count and the bar."""
        progress = self._progress
        if progress is None:
            return line("")
        count = f"{progress.done} of {progress.total}" if progress.total else f"{progress.done}"
        head = f"{progress.what} {count} "
        note = "  goes on while you work"
        room = max(4, min(40, self.content_size.width - cells(head) - cells(note)))
        drawn = bar(progress.done, progress.total, room)
        return line(head, (drawn, "$primary"), (note, MUTED))

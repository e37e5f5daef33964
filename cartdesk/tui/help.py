"""`?`: every key that works right now, with what it does, searchable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Static

from cartdesk.tui.facts import Facts
from cartdesk.tui.text import MUTED, line

Help = tuple[str, str, str]

_SIDEWAYS = ("scroll_left", "scroll_right", "page_left", "page_right")


def live_keys(app: App[Any], screen: Screen[Any]) -> list[Help]:
    """List key, word and sentence of every binding that works on a screen now.

    The keys of the key bar come first, those that only move come last.
    """
    found: dict[tuple[str, str], list[str]] = {}
    order: tuple[str, ...] = getattr(screen, "KEY_ORDER", ())
    places = {action: place for place, action in enumerate(order)}
    live = [
        (binding, tooltip)
        for _, binding, enabled, tooltip in screen.active_bindings.values()
        if enabled and binding.description and not binding.system
        if not binding.action.startswith(_SIDEWAYS)
    ]
    live.sort(key=lambda each: (not each[0].show, places.get(each[0].action, len(places))))
    for binding, tooltip in live:
        said = (binding.description, tooltip or binding.description)
        keys = found.setdefault(said, [])
        shown = app.get_key_display(binding)
        if shown not in keys:
            keys.append(shown)
    return [(" ".join(keys), word, tooltip) for (word, tooltip), keys in found.items()]


class HelpCard(ModalScreen[None]):
    """The searchable list of keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]

    def __init__(self, keys: Sequence[Help], about: str) -> None:
        super().__init__()
        self._keys, self._about = keys, about

    def compose(self) -> ComposeResult:
        """Lay out the search line and the list."""
        with Vertical(classes="dialog -wide"):
            yield Static(line(("Keys that work here", "bold")), classes="dialog-title")
            if self._about:
                yield Static(line((self._about, MUTED)), classes="dialog-about")
            search = Input(placeholder="type to search, for example: undo", compact=True)
            search.cursor_blink = False
            yield search
            with VerticalScroll(classes="dialog-body -low"):
                yield Facts()
            yield Static(line(("esc closes · ^p runs any command", MUTED)), classes="dialog-hint")

    def on_mount(self) -> None:
        """Show all keys first."""
        self._show("")

    def _show(self, words: str) -> None:
        wanted = words.casefold().split()
        pairs: list[tuple[str, Content]] = []
        for key, word, tooltip in self._keys:
            text = f"{key} {word} {tooltip}".casefold()
            if all(part in text for part in wanted):
                more = f"  {tooltip}" if tooltip != word else ""
                pairs.append((key, line((word, "bold"), (more, MUTED))))
        nothing = [("", line("No key for that. ^p lists every command."))]
        self.query_one(Facts).show_facts(pairs or nothing)

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._show(event.value)

    def action_close(self) -> None:
        """Close the card."""
        self.dismiss(None)

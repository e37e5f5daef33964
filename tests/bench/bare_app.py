"""The smallest Textual app there can be, to compare ours with; runs until ctrl+q."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

HELLO = "Hello"


class BareApp(App[None]):
    """A Textual app with one line of text."""

    def compose(self) -> ComposeResult:
        """Lay out the line."""
        yield Static(HELLO)


if __name__ == "__main__":
    BareApp().run()

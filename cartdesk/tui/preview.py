"""The exact letter: its text, its headers, and every byte as it will go."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TabbedContent, TabPane

from cartdesk.domain.views import Preview
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.links import show_html
from cartdesk.tui.review import review_text
from cartdesk.tui.text import BAD, MUTED, line, paragraphs, stack

PARTS = ("part-text", "part-headers", "part-source")


class PreviewScreen(PushedScreen):
    """Text, headers and source of one letter."""

    MODE = "queue"
    ABOUT = "The letter to the byte. Tab and arrows switch between text, headers and source."
    KEY_ORDER: ClassVar[tuple[str, ...]] = ("part(1)",)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right,tab",
            "part(1)",
            "Text, headers, source",
            key_display="←→",
            priority=True,
            tooltip="Show the next part; tab does it too",
        ),
        Binding("left,shift+tab", "part(-1)", "Part before", show=False, priority=True),
        Binding("w", "web", "HTML in browser", tooltip="Show the HTML part in the browser"),
        Binding("y", "copy", "Copy source", tooltip="Copy the source of the message"),
    ]

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self._preview = preview
        self._source = preview.message.decode("utf-8", "replace").replace("\r\n", "\n")

    def body(self) -> ComposeResult:
        """Lay out the three tabs."""
        with TabbedContent(id="preview"):
            with TabPane("Text", id="part-text"), VerticalScroll():
                yield Static(review_text(self._preview))
            with TabPane("Headers", id="part-headers"), VerticalScroll():
                yield Static(headers(self._preview.message))
            with TabPane("Source", id="part-source"), VerticalScroll():
                yield Static(source(self._source))

    def on_mount(self) -> None:
        """Let the arrows up and down scroll the part that is shown."""
        super().on_mount()
        self.query_one("#part-text VerticalScroll").focus()

    def action_part(self, step: int) -> None:
        """Show another part; after the last comes the first."""
        tabs = self.query_one(TabbedContent)
        tabs.active = PARTS[(PARTS.index(tabs.active) + step) % len(PARTS)]
        self.query_one(f"#{tabs.active} VerticalScroll").focus()

    @work
    async def action_web(self) -> None:
        """Show the HTML part in the browser."""
        await show_html(self.house, self._preview.message)

    def action_copy(self) -> None:
        """Copy the source."""
        self.app.copy_to_clipboard(self._source)
        self.house.tell("Copied the source of the message.")


def headers(message: bytes) -> Content:
    """Write the headers as a mail program shows them: decoded, their names standing out."""
    from email import message_from_bytes
    from email.policy import default

    if not message:
        return nothing()
    found = message_from_bytes(message, policy=default).items()
    return stack(*(line((f"{name}:", "bold"), f" {value}") for name, value in found))


def source(text: str) -> Content:
    """Write the bytes as they are; what no screen can show is replaced."""
    return paragraphs(text, MUTED) if text else nothing()


def nothing() -> Content:
    """Say that there is no message yet."""
    return line(("There is no message yet: a check stops it.", BAD))

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


class PreviewScreen(PushedScreen):
    """Text, headers and source of one letter."""

    MODE = "queue"
    ABOUT = "Exactly what will be sent. Tab and arrows switch between text, headers and source."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("w", "web", "HTML in browser", tooltip="Show the HTML part in the browser"),
        Binding("y", "copy", "Copy source", tooltip="Copy the source of the message"),
    ]

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self._preview = preview
        self._source = preview.message.decode("utf-8", "replace").replace("\r\n", "\n")

    def body(self) -> ComposeResult:
        """Lay out the three tabs."""
        head, _, _ = self._source.partition("\n\n")
        with TabbedContent(id="preview"):
            with TabPane("Text"), VerticalScroll():
                yield Static(review_text(self._preview))
            with TabPane("Headers"), VerticalScroll():
                yield Static(headers(head))
            with TabPane("Source"), VerticalScroll():
                yield Static(source(self._source))

    @work
    async def action_web(self) -> None:
        """Show the HTML part in the browser."""
        await show_html(self.house, self._preview.message)

    def action_copy(self) -> None:
        """Copy the source."""
        self.app.copy_to_clipboard(self._source)
        self.house.tell("Copied the source of the message.")


def headers(head: str) -> Content:
    """Write the headers with their names standing out."""
    rows = []
    for row in head.splitlines():
        name, colon, value = row.partition(":")
        if colon and row[:1] not in {" ", "\t"}:
            rows.append(line((name + colon, "bold"), value))
        else:
            rows.append(line(row.replace("\t", "    ")))
    return stack(*rows) if head else nothing()


def source(text: str) -> Content:
    """Write the bytes as they are; what no screen can show is replaced."""
    return paragraphs(text, MUTED) if text else nothing()


def nothing() -> Content:
    """Say that there is no message yet."""
    return line(("There is no message yet: a check stops it.", BAD))

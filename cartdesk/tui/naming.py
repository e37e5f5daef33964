"""A question whose answer is a name."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from cartdesk.tui.text import MUTED, line


class NameDialog(ModalScreen[str | None]):
    """Ask for a name; escape gives none.

    Args:
        title: The question.
        about: What the name is for.
        hint: An example.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, title: str, about: str, hint: str) -> None:
        super().__init__()
        self._title, self._about, self._hint = title, about, hint

    def compose(self) -> ComposeResult:
        """Lay out the question and the line for the answer."""
        with Vertical(classes="dialog"):
            yield Static(line((self._title, "bold")), classes="dialog-title")
            yield Static(line(self._about))
            yield Static(line((f"For example: {self._hint}", MUTED)))
            field = Input(id="name", compact=True, max_length=60)
            field.cursor_blink = False
            yield field
            with Horizontal(classes="dialog-buttons"):
                yield Button(line("Cancel (esc)"), id="no", compact=True)
                yield Button(line("Make (enter)"), id="yes", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#yes")
    def _made(self) -> None:
        self.dismiss(self.query_one(Input).value.strip() or None)

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Name nothing."""
        self.dismiss(None)

"""The filter line: `/` opens it, what is typed filters, escape clears it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

_PAUSE = 0.15  # seconds without a key before the list is read


class FilterLine(Container):
    """One line of filter words, shown while in use.

    Its input is made when it is first opened: in Textual 8 an input that mounts with the first
    screen of an app looks for that screen too early (on Python 3.12 and later).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", "Clear", show=False, tooltip="Clear the filter"),
        Binding("down,tab", "leave", "List", show=False, tooltip="Go on to the list"),
    ]

    class Words(Message):
        """Other words were typed (after a short pause)."""

    class Left(Message):
        """The person is done typing."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self.display = False
        self._hint = hint
        self._input: Input | None = None
        self._timer: Timer | None = None

    @property
    def words(self) -> str:
        """The words in force."""
        return self._input.value.strip() if self._input else ""

    async def open(self) -> None:
        """Show the line and type into it.

        The focus is there when this returns: of words typed in one go, no letter may reach the
        list, where it is a key.
        """
        self.display = True
        if self._input is None:
            self._input = Input(placeholder=self._hint, compact=True, select_on_focus=False)
            self._input.cursor_blink = False
            await self.mount(self._input)
        self.screen.set_focus(self._input)

    def close(self) -> None:
        """Clear the words and hide the line."""
        if self._input is not None:
            self._input.value = ""
        self.display = False

    @on(Input.Changed)
    def _typed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, lambda: self.post_message(self.Words()))

    @on(Input.Submitted)
    def action_leave(self) -> None:
        """Keep the words and go to the list."""
        self.display = bool(self.words)
        self.post_message(self.Left())

    def action_clear_filter(self) -> None:
        """Clear the words and go to the list."""
        self.close()
        self.post_message(self.Left())

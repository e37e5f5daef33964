"""Letters: the templates of the shop's language, their source, and one filled in."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.model import Rendered
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import BAD, MUTED, fit, line, paragraphs, stack


class LettersScreen(DeskScreen):
    """The letters there are; one letter to one person is edited in the Queue."""

    MODE = "letters"
    ABOUT = "The letters of every step. To change one letter before it goes: e in the Queue."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy source", tooltip="Copy the source of the letter"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._sources: dict[str, str] = {}

    def body(self) -> ComposeResult:
        """Lay out the list, the source and the filled-in letter."""
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Static(line(("LETTERS", "bold")), classes="head")
                yield RowList(id="list")
            with Vertical(id="letter"):
                yield Static(line(("AS IT WILL READ", "bold")), classes="head")
                with VerticalScroll(id="letter-preview"):
                    yield Static(id="letter-text")
                yield Static(line(("SOURCE", "bold"), (" with its fields", MUTED)), classes="head")
                with VerticalScroll(id="letter-source"):
                    yield Static(id="letter-markdown")

    def on_mount(self) -> None:
        """Keys go to the list."""
        super().on_mount()
        self.query_one(RowList).focus()

    async def load(self) -> None:
        """Read the letters."""
        self._sources = dict(await self.desk.letters())
        rows = [Row(name, partial(letter_row, name), 1) for name in self._sources]
        self.query_one(RowList).show_rows(rows)
        self.show_letter()

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.show_letter()

    @on(OptionList.OptionSelected)
    def _opened(self) -> None:
        self.query_one("#letter-preview").focus()

    @work(exclusive=True, group="letter")
    async def show_letter(self) -> None:
        """Show the letter under the cursor, filled in with a cart."""
        name = self.query_one(RowList).key
        if name is None or name not in self._sources:
            return
        self.query_one("#letter-markdown", Static).update(paragraphs(self._sources[name], MUTED))
        with self.while_here():
            rendered = await self.house.attempt(self.desk.letter_preview(name))
            self.query_one("#letter-text", Static).update(filled_in(rendered))

    def action_copy(self) -> None:
        """Copy the source."""
        if (name := self.query_one(RowList).key) is not None:
            self.app.copy_to_clipboard(self._sources[name])
            self.house.tell(f"Copied the source of {name}.")


def letter_row(name: str, width: int) -> Content:
    """Write one letter's name."""
    return line(" ", fit(name.replace("-", " "), width - 1))


def filled_in(rendered: Rendered | None) -> Content:
    """Write subject and text as the shopper would read them."""
    if rendered is None:
        return line(("This letter cannot be filled in.", BAD))
    subject = line(("Subject  ", MUTED), (rendered.subject, "bold"))
    return stack(subject, line(""), paragraphs(rendered.text))

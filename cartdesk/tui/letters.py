"""Letters: the templates in every language, their source, and one filled in."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.model import Letter, Rendered
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
        self._letters: dict[str, Letter] = {}

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
        letters = await self.desk.letters()
        self._letters = {f"{letter.language}/{letter.name}": letter for letter in letters}
        rows = [Row(key, partial(letter_row, one), 1) for key, one in self._letters.items()]
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
        letter = self._letters.get(self.query_one(RowList).key or "")
        if letter is None:
            return
        self.query_one("#letter-markdown", Static).update(paragraphs(letter.source, MUTED))
        with self.while_here():
            filling = self.desk.letter_preview(letter.name, letter.language)
            rendered = await self.house.attempt(filling)
            self.query_one("#letter-text", Static).update(filled_in(rendered))

    def action_copy(self) -> None:
        """Copy the source."""
        if (letter := self._letters.get(self.query_one(RowList).key or "")) is not None:
            self.app.copy_to_clipboard(letter.source)
            self.house.tell(f"Copied the source of {letter.name}.")


def letter_row(letter: Letter, width: int) -> Content:
    """Write one letter's language and name."""
    name = letter.name.replace("-", " ")
    return line((f" {letter.language} ", MUTED), fit(name, width - len(letter.language) - 2))


def filled_in(rendered: Rendered | None) -> Content:
    """Write subject and text as the shopper would read them."""
    if rendered is None:
        return line(("This letter cannot be filled in.", BAD))
    subject = line(("Subject  ", MUTED), (rendered.subject, "bold"))
    return stack(subject, line(""), paragraphs(rendered.text))

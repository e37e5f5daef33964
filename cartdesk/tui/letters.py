"""Letters: the templates in every language, their source, and one filled in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import OptionList, Static

from cartdesk.domain.letters.shelf import Shelved
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.dialogs import Ask, Choose, Explain
from cartdesk.tui.letters_look import (
    difference_lines,
    difference_text,
    filled_in,
    letter_row,
    reads_head,
    said,
)
from cartdesk.tui.letters_try import try_letter
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import MUTED, line, paragraphs

if TYPE_CHECKING:
    from cartdesk.work.letters import Example

_NEW = (
    ("letter", "a letter, in the language of the one under the cursor"),
    ("language", "a language, with the English letters to translate"),
)


class LettersScreen(DeskScreen):
    """The letters there are; one letter to one person is edited in the Queue."""

    MODE = "letters"
    ABOUT = "The letters for everybody. To change one letter before it goes: e in the Queue."
    KEY_ORDER = ("edit", "test", "cart", "versions", "differences", "default", "new", "copy")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Edit", tooltip="Edit the letter for everybody; enter does it too"),
        Binding("T", "test", "Test to me", tooltip="Send it to your own address; asks first"),
        Binding("f3", "cart", "Next cart", tooltip="Show the letter with the next real cart"),
        Binding("v", "versions", "Versions", tooltip="Former texts, and going back to one"),
        Binding("D", "differences", "Changes", tooltip="What differs from cartdesk's letter"),
        Binding("x", "default", "To default", tooltip="Back to cartdesk's own letter; asks"),
        Binding("delete", "default", "To default", show=False, tooltip="The same as x"),
        Binding("n", "new", "New", tooltip="A new letter or a new language"),
        Binding("y", "copy", "Copy source", tooltip="Copy the source of the letter"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._letters: dict[str, Shelved] = {}
        self._place = 0
        self._example: Example | None = None

    def body(self) -> ComposeResult:
        """Lay out the list, the source and the filled-in letter."""
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Static(line(("LETTERS", "bold")), classes="head")
                yield RowList(id="list")
            with Vertical(id="letter"):
                yield Static(line(("AS IT WILL READ", "bold")), classes="head", id="letter-head")
                with VerticalScroll(id="letter-preview"):
                    yield Static(id="letter-text")
                yield Static(line(("SOURCE", "bold"), (" with its fields", MUTED)), classes="head")
                with VerticalScroll(id="letter-source"):
                    yield Static(id="letter-markdown")
                yield Static(id="letter-said")

    def on_mount(self) -> None:
        """Keys go to the list."""
        super().on_mount()
        self.query_one(RowList).focus()

    async def load(self) -> None:
        """Read the letters."""
        shelf = await self.desk.letterdesk.shelf()
        self._letters = {letter.key: letter for letter in shelf}
        rows = [Row(key, partial(letter_row, one), 1) for key, one in self._letters.items()]
        self.query_one(RowList).show_rows(rows)
        self.show_letter()

    @property
    def letter(self) -> Shelved | None:
        """The letter under the cursor."""
        return self._letters.get(self.query_one(RowList).key or "")

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self.show_letter()

    @on(OptionList.OptionSelected)
    def _opened(self) -> None:
        self.action_edit()

    @work(exclusive=True, group="letter")
    async def show_letter(self) -> None:
        """Show the letter under the cursor, filled in with a cart."""
        letter, desk = self.letter, self.desk.letterdesk
        if letter is None:
            return
        self.query_one("#letter-markdown", Static).update(paragraphs(letter.source, MUTED))
        with self.while_here():
            below = self.query_one("#letter-said", Static)
            below.update(said(letter.checks, f"whole; {letter.origin}"))
            finding = desk.example(letter.name, letter.language, self._place)
            example = await self.house.attempt(finding)
            if example is None:
                return
            self._example = example
            judged = await desk.judge(letter.source, example, letter.language)
            self.query_one("#letter-head", Static).update(reads_head(example, self.look))
            self.query_one("#letter-text", Static).update(filled_in(judged.rendered))

    def action_cart(self) -> None:
        """Show the letters with the next cart."""
        self._place = self._example.place + 1 if self._example else 0
        self.show_letter()

    def action_copy(self) -> None:
        """Copy the source."""
        if (letter := self.letter) is not None:
            self.app.copy_to_clipboard(letter.source)
            self.house.tell(f"Copied the source of {letter.name}.")

    @work
    async def action_edit(self) -> None:
        """Edit the letter under the cursor."""
        if (letter := self.letter) is not None:
            await self._edit(letter.name, letter.language)

    async def _edit(self, name: str, language: str) -> None:
        from cartdesk.tui.template import TemplateScreen

        opened = await self.house.attempt(self.desk.letterdesk.open(name, language))
        if opened is not None:
            await self.open(TemplateScreen(opened, self._place))

    @work
    async def action_test(self) -> None:
        """Send the letter to the merchant's own address."""
        letter, example = self.letter, self._example
        if letter is not None and example is not None:
            await try_letter(self.house, letter.name, letter.language, example)

    @work
    async def action_differences(self) -> None:
        """Show what differs from cartdesk's own letter."""
        from cartdesk.domain.letters.judging import differences

        if (letter := self.letter) is None:
            return
        opened = await self.house.attempt(self.desk.letterdesk.open(letter.name, letter.language))
        if opened is None:
            return
        if not opened.default:
            self.house.tell("This letter is yours alone: cartdesk has none of its name.")
            return
        found = difference_lines(differences(opened.default, opened.text))
        same = [("", line("Nothing: this is cartdesk's own letter."))]
        await self.app.push_screen(Explain("Your text (+) beside cartdesk's (-)", found or same))

    @work
    async def action_versions(self) -> None:
        """Choose a former text, see what it would change, and go back to it."""
        from cartdesk.domain.letters.judging import differences

        letter, desk = self.letter, self.desk.letterdesk
        if letter is None:
            return
        versions = await self.house.attempt(desk.versions(letter.name, letter.language))
        if not versions:
            if versions is not None:
                self.house.tell("There is no former text: every save keeps the one before it.")
            return
        choices = [(one.key, line(f"in use until {self.look.day(one.until)}")) for one in versions]
        title = f"Former texts of {letter.name.replace('-', ' ')}"
        key = await self.app.push_screen_wait(Choose(title, choices))
        if key is None:
            return
        text = await self.house.attempt(desk.version(letter.name, letter.language, key))
        if text is None:
            return
        body = difference_text(differences(letter.source, text))
        if await self.app.push_screen_wait(Ask("Go back to this text?", body, yes="Go back")):
            saved = await self.house.attempt(desk.restore(letter.name, letter.language, key))
            if saved is not None:
                self.house.tell(saved.sentence, trouble=not saved.whole)
                self.house.publish("desk")

    @work
    async def action_default(self) -> None:
        """Take the merchant's text out of use, after a question."""
        letter = self.letter
        if letter is None:
            return
        if not letter.own and not letter.draft:
            self.house.tell("This is cartdesk's own letter already.")
            return
        if letter.ours:
            title, yes = "Back to cartdesk's own letter?", "Back to default"
        else:
            title, yes = "Delete this letter?", "Delete"
        body = line("Your text is kept as a version.")
        if await self.app.push_screen_wait(Ask(title, body, yes=yes)):
            self.house.perform(self.desk.letterdesk.back_to_default(letter.name, letter.language))

    @work
    async def action_new(self) -> None:
        """Make a new letter, or a new language."""
        from cartdesk.tui.naming import NameDialog

        choices = [(key, line(words)) for key, words in _NEW]
        what = await self.app.push_screen_wait(Choose("What shall be new?", choices))
        desk, letter = self.desk.letterdesk, self.letter
        if what == "language":
            about = "The code of the language in two letters."
            asked = NameDialog("Which language?", about, "et for Estonian")
            if code := await self.app.push_screen_wait(asked):
                self.house.perform(desk.new_language(code))
        elif what == "letter" and letter is not None:
            asked = NameDialog(
                "What is it called?", "It begins as the first reminder.", "spring-sale"
            )
            if not (typed := await self.app.push_screen_wait(asked)):
                return
            name = await self.house.attempt(desk.new_letter(typed, letter.language))
            if name is not None:
                self.house.publish("desk")
                await self._edit(name, letter.language)

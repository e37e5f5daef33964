"""The editor of a letter's template, with how it reads beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from cartdesk.desk import NotPossible
from cartdesk.domain.letters.shelf import Opened
from cartdesk.tui.dialogs import Explain
from cartdesk.tui.edit import WritingScreen
from cartdesk.tui.letters_look import difference_lines, filled_in, reads_head, said
from cartdesk.tui.letters_try import try_letter
from cartdesk.tui.text import BAD, CARE, MUTED, line

if TYPE_CHECKING:
    from cartdesk.work.letters import Example


class TemplateScreen(WritingScreen):
    """One letter as every shopper will get it.

    ``place`` is the cart it is shown with; see :meth:`cartdesk.work.letters.LetterDesk.example`.
    """

    MODE = "letters"
    ABOUT = "The letter for everybody. The first line is the subject; F2 lists the fields."
    KEY_ORDER = ("save", "field", "cart", "editor", "test", "differences", "back")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "cart", "Next cart", tooltip="Show the letter with the next real cart"),
        Binding("f9", "differences", "Changes", tooltip="What differs from the text in use"),
        Binding("f8", "test", "Test to me", tooltip="Send this text to your own address; asks"),
    ]

    def __init__(self, opened: Opened, place: int = 0) -> None:
        super().__init__(opened.text)
        self._opened = opened
        self._place = place
        self._example: Example | None = None
        self._refused = ""

    def body(self) -> Iterable[Widget]:
        """Lay out a title, the text with how it reads, and what is wrong with it."""
        yield Static(id="edit-title")
        with Horizontal(id="template"):
            yield self.area(numbered=True)
            with Vertical(id="template-reads"):
                yield Static(line(("AS IT WILL READ", "bold")), classes="head", id="template-head")
                with VerticalScroll(id="template-scroll", can_focus=False):
                    yield Static(id="template-text")
        yield Static(id="edit-said")

    def on_mount(self) -> None:
        """Say which letter it is."""
        super().on_mount()
        self._entitle()

    def _entitle(self) -> None:
        opened = self._opened
        self.query_one("#edit-title", Static).update(
            line(
                (opened.name.replace("-", " "), "bold"),
                (f"  {opened.language}  ", MUTED),
                (opened.note, CARE),
            )
        )

    async def load(self) -> None:
        """Find a cart to show the letter with; the text is never touched."""
        opened = self._opened
        finding = self.desk.letterdesk.example(opened.name, opened.language, self._place)
        self._example = await self.house.attempt(finding) or self._example
        self.judge()

    def changed(self) -> None:
        """What was refused is another text now."""
        self._refused = ""

    @work(exclusive=True, group="judge")
    async def judge(self) -> None:  # type: ignore[override]
        """Show how the text reads and what is wrong with it, as soon as a cart is there."""
        example = self._example
        if example is None:
            return
        with self.while_here():
            judging = self.desk.letterdesk.judge(self.text, example, self._opened.language)
            found = await self.house.attempt(judging)
            if found is None:
                return
            self.query_one("#template-head", Static).update(reads_head(example, self.look))
            if found.rendered is not None:  # else the last whole text stays
                self.query_one("#template-text", Static).update(filled_in(found.rendered))
            below = self.query_one("#edit-said", Static)
            if self._refused:
                below.update(line((f"✗ {self._refused}", BAD)))
            else:
                below.update(said(found.checks, "can be saved: ctrl+s"))

    def action_cart(self) -> None:
        """Show the letter with the next cart."""
        self._place = self._example.place + 1 if self._example else 0
        self.reload()

    @work(group="save")
    async def action_save(self) -> None:
        """Keep the text; when it cannot be, say why and stay."""
        text, opened = self.text, self._opened
        saving = self.desk.letterdesk.save(
            opened.name, opened.language, text, begun_from=opened.in_use
        )
        try:
            saved = await saving
        except NotPossible as error:
            self._refused = str(error)
            self.judge()
            return
        self.kept = text
        in_use = text if saved.whole else opened.in_use
        note = "" if saved.whole else "a draft: the last whole version is in use"
        self._opened = replace(opened, in_use=in_use, draft=not saved.whole, note=note)
        self._entitle()
        self.house.tell(saved.sentence, trouble=not saved.whole)
        self.house.publish("desk")

    @work
    async def action_differences(self) -> None:
        """Show what differs from the text in use."""
        from cartdesk.domain.letters.judging import differences

        found = difference_lines(differences(self._opened.in_use, self.text))
        same = [("", line("Nothing: this is the text in use."))]
        await self.app.push_screen(Explain("What you changed", found or same))

    @work
    async def action_test(self) -> None:
        """Send the text, as it stands, to the merchant's own address."""
        opened, example = self._opened, self._example
        if example is not None:
            await try_letter(self.house, opened.name, opened.language, example, self.text)

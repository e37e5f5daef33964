"""Writing a letter's text: what every editor has, and the editor of one letter to one person."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from cartdesk.adapters.secrets import scrub
from cartdesk.desk import NotPossible
from cartdesk.domain.views import Preview
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.dialogs import Ask, Choose
from cartdesk.tui.text import BAD, GOOD, MUTED, line

_PAUSE = 0.2  # seconds without a key before the text is judged


class WritingScreen(PushedScreen):
    """A text area for Markdown with fields, its first line the subject.

    ``kept`` is the text that is kept already: other text is not left without a question.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True, tooltip="Keep this text"),
        Binding("f2", "field", "Insert field", tooltip="Put in a name, a price, the link ..."),
        Binding("f4", "editor", "Open in $EDITOR", tooltip="Edit in your own editor"),
        Binding("escape", "back", "Back", tooltip="Go back; asks when something was changed"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self.kept = text
        self._timer: Timer | None = None

    def area(self, *, numbered: bool = False) -> TextArea:
        """Make the text area."""
        area = TextArea(self.kept, id="edit-text", soft_wrap=True, show_line_numbers=numbered)
        area.cursor_blink = False
        return area

    def on_mount(self) -> None:
        """Start typing at once."""
        super().on_mount()
        self.query_one(TextArea).focus()
        self.kept = self.text  # line ends are the area's own from now on
        self.judge()

    @property
    def text(self) -> str:
        """The text as it stands."""
        return self.query_one(TextArea).text

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose what was typed."""
        return self.text != self.kept

    @on(TextArea.Changed)
    def _typed(self) -> None:
        self.changed()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self.judge)

    def changed(self) -> None:
        """The text became another one."""

    def judge(self) -> None:
        """Say what is wrong with the text."""

    @work
    async def action_field(self) -> None:
        """Put in a field from the list of all."""
        from cartdesk.domain.letters.fields import FIELDS

        wide = max(len(field.name) for field in FIELDS) + 2
        choices = [
            (field.name, line(field.name.ljust(wide), (field.meaning, MUTED))) for field in FIELDS
        ]
        name = await self.app.push_screen_wait(Choose("Insert a field", choices))
        if name is not None:
            self.query_one(TextArea).insert("{{ " + name + " }}")

    def action_editor(self) -> None:
        """Edit in $VISUAL or $EDITOR through a file only this user can read."""
        command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
        if not command:
            self.house.tell("Set the variable EDITOR to use your own editor.", trouble=True)
            return
        handle, name = tempfile.mkstemp(prefix="cartdesk-", suffix=".md")  # 0600 by mkstemp
        path, environ = Path(name), dict(os.environ)
        scrub(environ)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self.text)
            with self.app.suspend():
                subprocess.run([*shlex.split(command), name], check=False, env=environ)  # noqa: S603
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            said = f"Your editor saved something else than UTF-8. It is kept in {name}."
            self.house.tell(said, trouble=True)
            return
        except (OSError, ValueError, SuspendNotSupported):
            self.house.tell("Your editor could not be started here.", trouble=True)
        else:
            if text.removesuffix("\n") != self.text.removesuffix("\n"):  # editors add the last one
                self.query_one(TextArea).text = text
        path.unlink(missing_ok=True)

    def action_back(self) -> None:
        """Go back; changed text is not thrown away without a question."""
        self.leave()

    @work
    async def leave(self) -> None:
        """Ask when the text was changed, then go back."""
        if self.unsaved:
            ask = Ask("Throw your changes away?", line("ctrl+s keeps them."), yes="Throw away")
            if not await self.app.push_screen_wait(ask):
                return
        if self.is_current:
            self.dismiss()


class EditScreen(WritingScreen):
    """The text of one letter."""

    MODE = "queue"
    ABOUT = "The text of this one letter. Other letters keep theirs."

    def __init__(self, preview: Preview) -> None:
        super().__init__(preview.source)
        self._preview = preview
        self._refused = ""
        self._waiting = False

    def body(self) -> Iterable[Widget]:
        """Lay out a title, the text and the line that says what is wrong."""
        row = self._preview.row
        yield Static(
            line((f"Letter to {row.name or row.email}", "bold"), ("  only this one", MUTED)),
            id="edit-title",
        )
        yield self.area()
        yield Static(id="edit-said")

    async def load(self) -> None:
        """Leave the text alone; only tell that something new came."""
        if self._waiting:
            self.judge("The Queue changed meanwhile; your text is untouched.")
        self._waiting = True

    def changed(self) -> None:
        """What was refused is another text now."""
        self._refused = ""

    def judge(self, note: str = "") -> None:
        """Say the first thing that is wrong."""
        self.query_one("#edit-said", Static).update(
            edit_line(self._refused or fault(self.text), note)
        )

    @work
    async def action_save(self) -> None:
        """Keep the text; when it cannot be, say why and stay."""
        self._refused = fault(self.text)
        if not self._refused:
            try:
                done = await self.desk.edit(self._preview.reminder.id, self.text)
            except NotPossible as error:
                self._refused = str(error)
            else:
                self.house.tell(f"{done.sentence}  ·  u to undo" if done.undo else done.sentence)
                self.house.publish("desk")
                self.dismiss()
                return
        self.judge()


def fault(source: str) -> str:
    """Say the first thing that is wrong with a letter's text, or ""."""
    from cartdesk.domain.letters import check

    return next(iter(check(source)), "")


def edit_line(wrong: str, note: str) -> Content:
    """Write the line below the text."""
    if wrong:
        return line((f"✗ {wrong}", BAD))
    return line(("✓ ", GOOD), "can be kept: ctrl+s", (f"   {note}" if note else "", MUTED))

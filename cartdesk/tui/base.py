"""What every screen of the desk has: header, keys, and reading itself anew when things change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, cast

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import Widget

from cartdesk.tui.filtering import FilterLine
from cartdesk.tui.header import HeaderBar, ProblemLine
from cartdesk.tui.keybar import KeyBar, ProgressLine

if TYPE_CHECKING:
    from cartdesk.desk import Desk
    from cartdesk.tui.house import House
    from cartdesk.tui.text import Look


class DeskScreen(Screen[None]):
    """A screen that shows domain objects of the desk and never anything else.

    ``MODE`` names the tab it belongs to; ``ABOUT`` is one sentence for the help card,
    ``KEY_ORDER`` names actions from the most important to the least (a narrow screen shows few).
    """

    MODE: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    KEY_ORDER: ClassVar[tuple[str, ...]] = ()

    @property
    def house(self) -> House:
        """The app, with its own names."""
        return cast("House", self.app)

    @property
    def desk(self) -> Desk:
        """The desk of the shop."""
        return self.house.desk

    @property
    def look(self) -> Look:
        """How money and times are written now."""
        return self.house.look

    @property
    def two_panes(self) -> bool:
        """Whether there is room for two panes."""
        return self.size.width >= 100

    def compose(self) -> ComposeResult:
        """Lay out header, body and keys."""
        yield HeaderBar(self.MODE)
        yield ProblemLine()
        yield KeyBar()
        yield ProgressLine()
        yield from self.body()

    def body(self) -> Iterable[Widget]:
        """Lay out what is between header and keys."""
        return ()

    def on_mount(self) -> None:
        """Follow what happens at the desk."""
        self.house.changed.subscribe(self, self._on_changed)

    def on_screen_resume(self) -> None:
        """Read anew whatever changed while another screen was shown."""
        self.show_status()
        self.reload()

    @property
    def typing(self) -> bool:
        """Whether filter words are being typed: then a letter is a letter and no key.

        Of words that come in one go (pasted, or over a slow line) some may have set out for the
        list before the filter had the focus.
        """
        return self.focused is not None and isinstance(self.focused.parent, FilterLine)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the screen's keys still while words are being typed."""
        if self.typing:
            return False
        return super().check_action(action, parameters)

    def _on_changed(self, _: str) -> None:
        if self.is_current:
            self.reload()

    def show_status(self) -> None:
        """Paint header, problem and progress as they are now."""
        self.query_one(HeaderBar).refresh()
        self.query_one(ProblemLine).show(self.desk.status())
        self.query_one(ProgressLine).show(self.house.progress)

    @work(exclusive=True, group="reload")
    async def reload(self) -> None:
        """Read anew, keeping cursor and scroll."""
        await self.house.started.wait()
        with self.while_here():
            await self.house.attempt(self.load())

    @contextmanager
    def while_here(self) -> Iterator[None]:
        """Work that ends after its screen was closed finds no widgets; nothing is left to do."""
        try:
            yield
        except NoMatches:
            if self.app.is_running and self in self.app.screen_stack:
                raise  # a closed screen leaves the stack first, then loses its widgets

    async def load(self) -> None:
        """Ask the desk for what this screen shows and show it."""

    async def open(self, screen: Screen[None]) -> None:
        """Open a screen over this one; of a key held down only the first press counts."""
        if self.is_current:
            await self.app.push_screen(screen)


class PushedScreen(DeskScreen):
    """A screen opened from another one; escape goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", tooltip="Go back to where you came from")
    ]

    def action_back(self) -> None:
        """Go back; not while something else is open above, which would be closed instead."""
        if self.is_current:
            self.dismiss()

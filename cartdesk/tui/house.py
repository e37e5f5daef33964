"""What every screen may ask of the app: the desk, the look, telling, and doing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.app import App
from textual.errors import NoWidget
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.signal import Signal

from cartdesk.domain.model import Shop
from cartdesk.domain.ports import Clock
from cartdesk.domain.views import Done, Progress, SendReport
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.header import HeaderView
from cartdesk.tui.rounds import Rounds
from cartdesk.tui.text import Look, cells, fit, safe
from cartdesk.tui.trouble import EXPECTED, in_words

if TYPE_CHECKING:
    from cartdesk.desk import Desk
    from cartdesk.tui.setup_port import SetupPort

T = TypeVar("T")
RESTART = "restart"


class House(App[str]):
    """The app as the screens know it; see CartdeskApp for the arguments."""

    ASKS_SECRETS: ClassVar[bool] = True  # at the start, when they are kept nowhere

    class Progressed(Message):
        """Long work got further, or ended (None); posted from any thread."""

        def __init__(self, progress: Progress | None) -> None:
            super().__init__()
            self.progress = progress

    def __init__(
        self, desk: Desk, clock: Clock, setup: SetupPort | None, maildir: Path | None
    ) -> None:
        super().__init__()
        self.desk, self.clock, self.setup, self.maildir = desk, clock, setup, maildir
        self.shop = Shop(desk.settings.shop.address)
        self.counts: dict[str, int] = {}
        self.progress: Progress | None = None
        self.exports: Path | None = None  # the folder of exports
        self.left_behind: list[Path] = []
        self.started = asyncio.Event()
        self.changed: Signal[str] = Signal(self, "changed")
        self.rounds = Rounds(self)
        self.performing = 0
        self.told = ""  # the last message, in full
        self._trouble = ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the one-letter keys still while words are being typed into a screen's filter."""
        typing = isinstance(self.screen, DeskScreen) and self.screen.typing
        if typing and action in {"show", "ask", "undo", "problem", "help"}:
            return False
        return super().check_action(action, parameters)

    async def on_event(self, event: events.Event) -> None:
        """Drop a click on what was just taken away, as on a toast twice: Textual would fail."""
        if not (isinstance(event, events.MouseDown) and self._is_gone(event)):
            await super().on_event(event)

    def _is_gone(self, event: events.MouseDown) -> bool:
        try:
            return not self.get_widget_at(*event.screen_offset)[0].is_attached
        except NoWidget:
            return False

    @property
    def look(self) -> Look:
        """How this shop writes money and times, now."""
        return Look(self.shop, self.clock.now(), self.clock.wall())

    def header_view(self, active: str) -> HeaderView:
        """Give the header what it shows."""
        badge = "demo" if self.maildir else "read-only" if self.desk.read_only else ""
        return HeaderView(active, self.desk.status(), self.counts, badge)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast; whatever is asked, its text is never read as markup."""
        told = safe(message)
        super().notify(told, title=safe(title), severity=severity, timeout=timeout, markup=False)

    def tell(self, sentence: str, *, trouble: bool = False, undo: bool = False) -> None:
        """Say one line in a toast; the same trouble is not told twice in a row."""
        if not sentence or (trouble and sentence == self._trouble):
            return
        self._trouble = sentence if trouble else ""
        self.told = sentence
        shown = one_line(sentence, self.size.width, "u to undo" if undo else "")
        self.notify(shown, severity="warning" if trouble else "information")

    async def attempt(self, doing: Awaitable[T]) -> T | None:
        """Await something of the desk; what it cannot do becomes one line, not a traceback."""
        try:
            return await doing
        except EXPECTED as error:
            self.tell(in_words(error), trouble=True)
            return None

    def perform(self, doing: Coroutine[Any, Any, Done | SendReport]) -> None:
        """Do something at the desk; it is the app's, so that leaving a screen cannot cut it."""
        self._trouble = ""
        self.performing += 1
        self.run_worker(self._perform(doing), group="perform")

    async def _perform(self, doing: Awaitable[Done | SendReport]) -> None:
        try:
            done = await self.attempt(doing)
        finally:
            self.performing -= 1
        if done is not None:
            self.tell(done.sentence, undo=isinstance(done, Done) and done.undo)
        self.report(None)
        self.publish("desk")

    def action_secrets(self, asked: bool = False) -> None:
        """Ask for the secrets that are kept nowhere, for this session."""
        from cartdesk.tui.session import ask_for_session

        self.run_worker(self.attempt(ask_for_session(self, asked=asked)))

    def report(self, progress: Progress | None) -> None:
        """Take a report of long work, from any thread."""
        self.post_message(self.Progressed(progress))

    def on_house_progressed(self, event: Progressed) -> None:
        """Show how far long work is."""
        self.progress = event.progress
        self.show_status()

    def publish(self, what: str) -> None:
        """Tell the shown screen that something changed; the others read anew when shown."""
        self.changed.publish(what)
        self.run_worker(self.rounds.count(), group="count", exclusive=True)

    def show_status(self) -> None:
        """Paint header, problem and progress of the shown screens."""
        for screen in self.screen_stack if self.is_running else ():
            if isinstance(screen, DeskScreen) and screen.is_attached and screen.is_mounted:
                screen.show_status()


def one_line(sentence: str, width: int, hint: str) -> str:
    """Fit a message into the one line a toast has on a screen; its hint always stays."""
    room = width * 9 // 10 - 7  # a toast takes nine tenths, less its edge, margin and blanks
    more = f"  ·  {hint}" if hint else ""
    if cells(sentence + more) <= room:
        return sentence + more
    more = more or "  ·  ! says all"
    return fit(sentence, max(10, room - cells(more))) + more

"""The app: screens by number, the keys that work everywhere, and one place for errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.signal import Signal

from cartdesk.domain.model import Shop
from cartdesk.domain.ports import Clock
from cartdesk.domain.views import Done, Progress, SendReport
from cartdesk.tui import places
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.header import HeaderView
from cartdesk.tui.rounds import Rounds
from cartdesk.tui.text import Look, safe
from cartdesk.tui.theme import THEMES
from cartdesk.tui.trouble import EXPECTED, in_words

if TYPE_CHECKING:
    from cartdesk.desk import Desk
    from cartdesk.tui.setup import SetupPort

T = TypeVar("T")
RESTART = "restart"


class CartdeskApp(App[str]):
    """The desk of one shop on a terminal.

    Args:
        desk: What the merchant can do; the app starts and closes it.
        clock: Where the time comes from.
        setup: What the set-up screens need; None hides them.
        maildir: Where a demo keeps the letters it "sends"; None: real mail.
        theme: The name of a theme; an unknown one gives the default.

    ``run()`` gives "restart" when the settings changed and the desk must be built anew.
    """

    CSS_PATH = "cartdesk.tcss"
    TITLE = "cartdesk"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]] | None] = [
        (0, "-narrow"),
        (100, "-two-panes"),
    ]
    MODES = places.MODES
    DEFAULT_MODE = "queue"
    BINDINGS: ClassVar = places.BINDINGS

    class Progressed(Message):
        """Long work got further, or ended (None); posted from any thread."""

        def __init__(self, progress: Progress | None) -> None:
            super().__init__()
            self.progress = progress

    def __init__(
        self,
        desk: Desk,
        *,
        clock: Clock,
        setup: SetupPort | None = None,
        maildir: Path | None = None,
        theme: str = "cartdesk-dark",
    ) -> None:
        super().__init__()
        self.desk, self.clock, self.setup, self.maildir = desk, clock, setup, maildir
        self.shop = Shop(desk.settings.shop.address)
        self.counts: dict[str, int] = {}
        self.progress: Progress | None = None
        self.held = 0
        self.left_behind: list[Path] = []
        self.started = asyncio.Event()
        self.changed: Signal[str] = Signal(self, "changed")
        self._rounds = Rounds(self)
        self._performing = 0
        self._trouble = ""
        for own in THEMES:
            self.register_theme(own)
        self.theme = theme if theme in self.available_themes else THEMES[0].name

    @property
    def look(self) -> Look:
        """How this shop writes money and times, now."""
        return Look(self.shop, self.clock.now(), self.clock.wall())

    def header_view(self, active: str) -> HeaderView:
        """Give the header what it shows."""
        badge = "demo" if self.maildir else "read-only" if self.desk.read_only else ""
        return HeaderView(active, self.desk.status(), self.counts, badge)

    def get_key_display(self, binding: Binding) -> str:
        """Write a key as it is printed on the keyboard."""
        return "enter" if binding.key == "enter" else super().get_key_display(binding)

    def on_mount(self) -> None:
        """Start the desk after the first paint."""
        self.call_after_refresh(self.run_worker, self._rounds.start(), group="start")
        self.set_interval(1, self._rounds.second)

    async def on_unmount(self) -> None:
        """Close the desk and delete what was written for the browser."""
        await self.desk.close()
        for path in self.left_behind:
            path.unlink(missing_ok=True)

    def _fatal_error(self) -> None:
        """Report a fault without the local variables Textual would print: they may hold a key."""
        from cartdesk.tui.leaving import fault_report

        self._exit_renderables.extend(fault_report())
        self._close_messages_no_wait()

    # telling

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

    def tell(self, sentence: str, *, trouble: bool = False) -> None:
        """Say one line in a toast; the same trouble is not told twice in a row."""
        if not sentence or (trouble and sentence == self._trouble):
            return
        self._trouble = sentence if trouble else ""
        self.notify(sentence, severity="warning" if trouble else "information")

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
        self._performing += 1
        self.run_worker(self._perform(doing), group="perform")

    async def _perform(self, doing: Awaitable[Done | SendReport]) -> None:
        try:
            done = await self.attempt(doing)
        finally:
            self._performing -= 1
        if done is not None:
            undo = "  ·  u to undo" if isinstance(done, Done) and done.undo else ""
            self.tell(f"{done.sentence}{undo}")
        self.report(None)
        self.publish("desk")

    def report(self, progress: Progress | None) -> None:
        """Take a report of long work, from any thread."""
        self.post_message(self.Progressed(progress))

    def on_cartdesk_app_progressed(self, event: Progressed) -> None:
        """Show how far long work is."""
        self.progress = event.progress
        self.show_status()

    def publish(self, what: str) -> None:
        """Tell the shown screen that something changed; the others read anew when shown."""
        self.changed.publish(what)
        self.run_worker(self._rounds.count(), group="count", exclusive=True)

    def show_status(self) -> None:
        """Paint header, problem and progress of the shown screens."""
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen) and screen.is_mounted:
                screen.show_status()

    # keys that work everywhere

    def action_show(self, mode: str) -> None:
        """Go to a screen by name."""
        self.switch_mode(mode)

    def action_ask(self) -> None:
        """Ask the shop now."""
        self._rounds.poll(asked=True)

    def action_undo(self) -> None:
        """Take back the newest thing."""
        self.perform(self.desk.undo())

    def action_help(self) -> None:
        """Show the keys that work here."""
        from cartdesk.tui.help import HelpCard, live_keys

        about = getattr(self.screen, "ABOUT", "")
        self.push_screen(HelpCard(live_keys(self, self.screen), about))

    def action_set_up(self) -> None:
        """Open the set-up."""
        if self.setup:
            from cartdesk.tui.setup import SetupScreen

            self.push_screen(SetupScreen(self.setup))

    async def action_quit(self) -> None:
        """Leave; asks when a letter is held, waits while one is being sent."""
        from cartdesk.tui.leaving import leave

        self.run_worker(leave(self, busy=self._performing > 0), group="leave", exclusive=True)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """List every command for the palette."""
        from cartdesk.tui.palette import commands

        return commands(self, screen)

"""The app: screens by number, the keys that work everywhere, its start and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from cartdesk.domain.ports import Clock
from cartdesk.tui import places
from cartdesk.tui.house import RESTART, House
from cartdesk.tui.theme import THEMES

if TYPE_CHECKING:
    from cartdesk.desk import Desk
    from cartdesk.tui.setup_port import SetupPort

__all__ = ["RESTART", "CartdeskApp"]


class CartdeskApp(House):
    """The desk of one shop on a terminal.

    Args:
        desk: What the merchant can do; the app starts and closes it.
        clock: Where the time comes from.
        setup: What the set-up screens need; None hides them.
        maildir: Where a demo keeps the letters it "sends"; None: real mail.
        theme: The name of a theme; an unknown one gives the default.
        known: Gives the secrets of this run, which no report of a fault may show.
        exports: The folder exports are written to; None: there is none.

    ``run()`` gives "restart" when the settings changed and the desk must be built anew.
    """

    CSS_PATH = Path(__file__).with_name("cartdesk.tcss")
    TITLE = "cartdesk"
    HORIZONTAL_BREAKPOINTS = places.BREAKPOINTS
    MODES = places.MODES
    DEFAULT_MODE = "queue"
    BINDINGS: ClassVar = places.BINDINGS

    def __init__(
        self,
        desk: Desk,
        *,
        clock: Clock,
        setup: SetupPort | None = None,
        maildir: Path | None = None,
        theme: str = "cartdesk-dark",
        known: Callable[[], Iterable[str]] = frozenset,
        exports: Path | None = None,
    ) -> None:
        super().__init__(desk, clock, setup, maildir)
        self.exports = exports
        self._known = known
        for own in THEMES:
            self.register_theme(own)
        self.theme = theme if theme in self.available_themes else THEMES[0].name

    def get_key_display(self, binding: Binding) -> str:
        """Write a key as it is printed on the keyboard."""
        return "enter" if binding.key == "enter" else super().get_key_display(binding)

    def on_mount(self) -> None:
        """Start the desk after the first paint."""
        self.call_after_refresh(self.run_worker, self.rounds.start(), group="start")
        self.set_interval(1, self.rounds.second)

    async def on_unmount(self) -> None:
        """Close the desk and delete what was written for the browser."""
        await self.desk.close()
        for path in self.left_behind:
            path.unlink(missing_ok=True)

    def _fatal_error(self) -> None:
        """Report a fault without the local variables Textual would print: they may hold a key."""
        from cartdesk.tui.leaving import fault_report

        self._exit_renderables.append(fault_report(self._known()))
        self._close_messages_no_wait()

    def action_show(self, mode: str) -> None:
        """Go to a screen by name."""
        self.switch_mode(mode)

    def action_ask(self) -> None:
        """Ask the shop now."""
        self.rounds.poll(asked=True)

    def action_undo(self) -> None:
        """Take back the newest thing; what offered it goes."""
        self.clear_notifications()
        self.perform(self.desk.undo())

    def action_problem(self) -> None:
        """Say in full what is wrong, and what was told last."""
        from cartdesk.tui.dialogs import Explain
        from cartdesk.tui.header import problem_pairs
        from cartdesk.tui.text import line

        pairs = problem_pairs(self.desk.status())
        if self.told:
            pairs.append(("Told last", line(self.told)))
        self.push_screen(Explain("What is wrong", pairs or [("", line("Nothing is wrong now."))]))

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

        self.run_worker(leave(self, busy=self.performing > 0))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """List every command for the palette."""
        from cartdesk.tui.palette import commands

        return commands(self, screen)

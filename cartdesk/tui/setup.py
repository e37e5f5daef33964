"""The set-up: four short steps, each tested, kept when it works, and left at any time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static

from cartdesk.domain.ports import VaultError
from cartdesk.domain.views import Finding, Verdict
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.facts import Facts
from cartdesk.tui.findings import finding_pairs, stopped
from cartdesk.tui.house import RESTART
from cartdesk.tui.setup_port import SetupPort
from cartdesk.tui.setup_steps import STEPS, SetupStep
from cartdesk.tui.text import GOOD, MUTED, line
from cartdesk.tui.trouble import EXPECTED, in_words

__all__ = ["SetupPort", "SetupScreen"]

_SESSION = (
    "Or press F4: it is used for this session only, kept in no keyring, never in a file. "
    "cartdesk asks for it again at its next start."
)


class SetupScreen(PushedScreen):
    """Shop address, shop key, mail, sender: one step at a time."""

    MODE = "settings"
    ABOUT = "Four steps. Each is tested and kept before the next. Nothing is sent."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "go_on", "Test and go on", tooltip="Test this step, keep it and go on"),
        Binding(
            "f4", "session", "Only this session", tooltip="Go on without a keyring, for this run"
        ),
        Binding("f3", "go_back", "Step before", tooltip="Show the step before"),
        Binding("escape", "back", "Leave", tooltip="Leave; what was kept stays kept"),
    ]

    def __init__(self, port: SetupPort) -> None:
        super().__init__()
        self._port = port
        self._place = 0
        self._kept = False
        self._no_vault = False

    def body(self) -> ComposeResult:
        """Lay out the steps' names, the step, what was found and the buttons."""
        yield Static(id="setup-steps")
        with VerticalScroll(id="setup", can_focus=False):
            yield VerticalScroll(id="setup-step", can_focus=False)
            yield Facts(id="setup-found")
            with Horizontal(id="setup-buttons"):
                yield Button("Test and go on (F2)", id="next", variant="primary", compact=True)
                yield Button("Only this session (F4)", id="session", compact=True)
                yield Button("Step before (F3)", id="before", compact=True)
                yield Button("Leave (esc)", id="leave", compact=True)

    async def on_mount(self) -> None:  # type: ignore[override]  # the steps are mounted here
        """Start at the first step that is not done."""
        super().on_mount()
        done = [step.done for step in self._steps()]
        await self._show(done.index(False) if False in done else 0)

    def _steps(self) -> list[SetupStep]:
        return [make(self._port) for make in STEPS]

    async def _show(self, place: int) -> None:
        steps = self._steps()
        self._place, step = place, steps[place]
        holder = self.query_one("#setup-step")
        await holder.remove_children()
        await holder.mount(step)
        self.query_one("#setup-steps", Static).update(
            steps_line([(each.TITLE, each.done) for each in steps], place)
        )
        self.query_one("#before").disabled = place == 0
        self._offer_session(False)
        self._found([])
        step.start()

    def _found(self, findings: Sequence[Finding]) -> None:
        facts = self.query_one("#setup-found", Facts)
        facts.show_facts(finding_pairs(findings) if findings else ())

    @on(Input.Submitted)
    @on(Button.Pressed, "#next")
    @work(exclusive=True)
    async def action_go_on(self) -> None:
        """Test the step, keep it, go on; what stops it is said below and mended here."""
        await self._go_on()

    @on(Button.Pressed, "#session")
    @work(exclusive=True)
    async def action_session(self) -> None:
        """Go on with a secret that no keyring takes: it lives in memory, until the end."""
        await self._go_on(session_only=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the session only where no keyring took the secret."""
        if action == "session":
            return self._no_vault
        return super().check_action(action, parameters)

    def _offer_session(self, offer: bool) -> None:
        self._no_vault = self.query_one("#session").display = offer
        self.query_one("#before").display = not offer  # all four do not fit into 80 columns
        self.refresh_bindings()

    async def _go_on(self, *, session_only: bool = False) -> None:
        step, button = self.query_one(SetupStep), self.query_one("#next", Button)
        waiting = [("", line(("◌ testing ...", MUTED)))]
        self.query_one("#setup-found", Facts).show_facts(waiting)
        button.disabled = True
        step.session_only = session_only
        try:
            findings = await step.keep()
        except VaultError as error:
            findings = [Finding(step.TITLE, Verdict.STOP, str(error), _SESSION)]
            self._offer_session(True)
        except EXPECTED as error:
            findings = [Finding(step.TITLE, Verdict.STOP, in_words(error))]
        finally:
            button.disabled = False
        if stopped(findings):
            self._found(findings)
            return
        self._kept = True
        if self._place + 1 < len(STEPS):
            await self._show(self._place + 1)
            self._found(findings)
        else:
            self.app.exit(RESTART)

    @on(Button.Pressed, "#before")
    async def action_go_back(self) -> None:
        """Show the step before."""
        if self._place:
            await self._show(self._place - 1)

    @on(Button.Pressed, "#leave")
    def action_back(self) -> None:
        """Leave; what was kept is used at once."""
        if self._kept:
            self.app.exit(RESTART)
        else:
            self.dismiss()


def steps_line(steps: Sequence[tuple[str, bool]], place: int) -> Content:
    """Write the steps in their order: done, here, to come."""
    parts: list[Content] = []
    for number, (title, done) in enumerate(steps):
        mark, style = ("✓", GOOD) if done else (str(number + 1), MUTED)
        here = number == place
        text = f"[{title}]" if here else title
        arrow = "  →  " if parts else ""
        parts.append(line((arrow, MUTED), (f"{mark} ", style), (text, "bold" if here else MUTED)))
    return line(*parts)

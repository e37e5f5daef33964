"""Settings: what is set, where it is kept, and the way to the set-up and the doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button

from cartdesk.domain.model import Shop
from cartdesk.domain.settings import Audience, Encryption, Settings
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.dialogs import Explain
from cartdesk.tui.facts import Facts
from cartdesk.tui.findings import finding_pairs
from cartdesk.tui.header import problem_pairs
from cartdesk.tui.setup_port import NO_KEYRING
from cartdesk.tui.text import BAD, CARE, MUTED, line

if TYPE_CHECKING:
    from cartdesk.tui.setup_port import SetupPort

AUDIENCES = {
    Audience.UNDECIDED: "not chosen yet: nothing can be sent before",
    Audience.CONSENT: "only people whose order carries their consent",
    Audience.CUSTOMER: "people with consent, and earlier customers",
    Audience.EVERYONE: "everyone who typed an address (you have checked that you may)",
}


ENCRYPTIONS = {
    Encryption.TLS: "TLS",
    Encryption.STARTTLS: "STARTTLS",
    Encryption.NONE: "not encrypted (this computer only)",
}


class SettingsScreen(DeskScreen):
    """What is set; values are changed in the set-up or in the settings file."""

    MODE = "settings"
    ABOUT = "What is set and where. The set-up changes it step by step."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "set_up", "Set up", tooltip="Shop, key, mail and sender, step by step"),
        Binding("c", "doctor", "Check everything", tooltip="Look for what does not work, and why"),
        Binding("k", "secrets", "Secrets", tooltip="Give missing secrets for this session"),
        Binding("t", "theme", "Theme", tooltip="Choose how cartdesk looks"),
    ]

    def body(self) -> ComposeResult:
        """Lay out the buttons and the facts."""
        with Horizontal(id="settings-buttons"):
            yield Button("Set up (s)", id="set-up", compact=True)
            yield Button("Check everything (c)", id="doctor", compact=True)
            yield Button("Theme (t)", id="theme", compact=True)
        with VerticalScroll(id="settings"):
            yield Facts()

    def on_mount(self) -> None:
        """Keys scroll the facts."""
        super().on_mount()
        self.query_one("#settings").focus()
        ready = self.house.setup is not None
        self.query_one("#set-up").display = self.query_one("#doctor").display = ready

    async def load(self) -> None:
        """Show what is set."""
        self.query_one(Facts).show_facts(
            problem_pairs(self.desk.status())
            + setting_pairs(
                self.desk.settings,
                self.house.shop,
                self.house.setup,
                self.house.maildir,
                self.app.theme,
            )
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what needs the set-up when there is none."""
        if action in {"set_up", "doctor", "secrets"}:
            return self.house.setup is not None
        return super().check_action(action, parameters)

    @on(Button.Pressed, "#set-up")
    async def action_set_up(self) -> None:
        """Open the set-up."""
        await self.app.run_action("set_up")

    def action_secrets(self) -> None:
        """Ask for the secrets that are kept nowhere."""
        self.house.action_secrets(asked=True)

    @on(Button.Pressed, "#theme")
    def action_theme(self) -> None:
        """Choose a theme."""
        self.app.action_change_theme()

    @on(Button.Pressed, "#doctor")
    @work(exclusive=True)
    async def action_doctor(self) -> None:
        """Check everything and say what does not work."""
        if self.house.setup:
            self.house.tell("Checking everything ...")
            found = await self.house.attempt(self.house.setup.doctor())
            if found is not None:
                await self.app.push_screen(Explain("What was checked", finding_pairs(found)))


def _secrets_note(vault_name: str) -> str:
    if vault_name == NO_KEYRING:
        return "  (k gives them for this session, never in a file)"
    return "  (never in a file)"


def _or_missing(value: str) -> Content:
    return line(value) if value else line(("not set", CARE))


def setting_pairs(
    settings: Settings, shop: Shop, setup: SetupPort | None, maildir: Path | None, theme: str
) -> list[tuple[str, Content]]:
    """Write what is set, group by group."""
    mail, sender, sequence = settings.mail, settings.sender, settings.sequence
    chosen = settings.consent.audience
    steps = ", ".join(f"{hours:g} h" for hours in sequence.step_hours)
    secured = ENCRYPTIONS[mail.encryption]
    server = f"{mail.host}, port {mail.port}, {secured}" if mail.host else ""
    pairs = [
        ("Shop", _or_missing(settings.shop.address)),
        ("", line((f"{shop.name} · {shop.zone} · {shop.currency}", MUTED))),
        ("Asked", line(f"every {settings.sync.every_minutes} min")),
        ("", line("")),
        ("Mail server", _or_missing(server)),
        ("Mail account", _or_missing(mail.login)),
        ("Pace", line(f"1 letter in {mail.seconds_between:g} s, {mail.daily_cap} in 24 h at most")),
        ("", line("")),
        ("Sender", _or_missing(f"{sender.name} <{sender.email}>" if sender.email else "")),
        ("Replies go to", _or_missing(sender.reply_to)),
        ("Postal address", _or_missing(sender.postal_address)),
        (
            "Who gets letters",
            line((AUDIENCES[chosen], BAD if chosen is Audience.UNDECIDED else "")),
        ),
        ("", line("")),
        ("Abandoned after", line(f"{sequence.abandoned_after_minutes} min without a change")),
        ("Letters after", line(f"{steps}; never closer than {sequence.min_gap_hours:g} h")),
        *_held_out(sequence.holdout_percent),
        ("Hold", line(f"{sequence.hold_seconds} s between your key and the sending")),
        (
            "Quiet hours",
            line(f"{settings.screen.quiet_from}:00 to {settings.screen.quiet_until}:00"),
        ),
        ("Theme", line(theme)),
        ("", line("")),
    ]
    if maildir:
        leaves = "a demo: nothing leaves this computer"
        note = f"{leaves}; letters are files in {maildir} until you leave"
        pairs.append(("Letters go to", line((note, CARE))))
    if setup:
        pairs += [
            ("Settings file", line(str(setup.settings_file))),
            ("Ledger", line(str(setup.ledger_file), ("  (every cart and letter)", MUTED))),
            ("Secrets", line(setup.vault_name, (_secrets_note(setup.vault_name), MUTED))),
        ]
    return pairs


def _held_out(percent: int) -> list[tuple[str, Content]]:
    """Name the group that gets no letter, when there is one."""
    words = f"{percent} of 100 persons get no reminder, so that you can see what letters do"
    return [("Held out", line(words))] if percent else []

"""The set-up: each step is tested and kept before the next, and can be left and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from textual.widgets import Input, RadioSet

from cartdesk.adapters.providers import Provider, presets
from cartdesk.domain.ports import VaultError
from cartdesk.domain.settings import Audience, Encryption, MailSettings, Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.tui.house import RESTART
from cartdesk.tui.setup import SetupScreen
from tests.tui.sample_desk import SampleDesk
from tests.tui.screens import Press, running, settled, text_of, until


class Notebook:
    """A set-up port that keeps everything in memory and knows one good key."""

    def __init__(self, settings: Settings | None = None, *, locked: bool = False) -> None:
        self.kept = settings or Settings()
        self.secrets: dict[str, str] = {}
        self.locked = locked

    settings_file = Path("/config/cartdesk/settings.toml")
    ledger_file = Path("/data/cartdesk/ledger.sqlite3")
    vault_name = "GNOME keyring"

    def settings(self) -> Settings:
        return self.kept

    def has_shop_key(self) -> bool:
        return "shop" in self.secrets

    def presets(self) -> Sequence[Provider]:
        return presets()

    def key_page(self, address: str) -> str:
        return f"{address}/wp-admin/admin.php?page=wc-settings&tab=advanced&section=keys"

    def proposed_audience(self) -> Audience:
        return Audience.CONSENT

    async def test_shop(self, address: str, key: str, secret: str) -> list[Finding]:
        if "oak" not in address:
            return [Finding("Shop", Verdict.STOP, "No shop answers there.", "Check the address.")]
        if key and secret != "cs_good":
            return [Finding("Key", Verdict.STOP, "The shop refused the key.", "Make a new one.")]
        return [Finding("Shop", Verdict.OK, "Oak & Tin answers, WooCommerce 9.8.1.")]

    async def test_mail(self, mail: MailSettings, password: str) -> list[Finding]:
        return [Finding("Mail", Verdict.OK, "Logged in. Nothing was sent.")]

    async def keep_shop_key(self, address: str, key: str, secret: str) -> None:
        if self.locked:
            raise VaultError("locked", "The keyring is locked. Unlock it and try again.")
        self.secrets["shop"] = secret

    async def keep_mail_password(self, mail: MailSettings, password: str) -> None:
        self.secrets["mail"] = password

    async def save(self, settings: Settings) -> None:
        self.kept = settings

    async def doctor(self) -> list[Finding]:
        return [Finding("Ledger", Verdict.WARN, "It is 3 GB.", "Lower the retention.")]


async def type_into(pilot: Press, **lines: str) -> None:
    for name, value in lines.items():
        pilot.app.screen.query_one(f"#{name}", Input).value = value
    await pilot.press("f2")
    await settled(pilot)


async def test_four_steps_from_nothing_to_everything_kept_and_a_restart() -> None:
    port, desk = Notebook(), SampleDesk(settings=Settings())
    async with running(desk, desk.clock, (80, 24), setup=port) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, SetupScreen))
        await until(pilot, lambda: "[Shop address]" in text_of(pilot))
        await type_into(pilot, address="elm.example")
        await until(pilot, lambda: "✗ No shop answers there." in text_of(pilot))
        assert "→ Check the address." in text_of(pilot)
        await type_into(pilot, address="oak.example/")
        await until(pilot, lambda: "[Shop key]" in text_of(pilot))
        assert port.kept.shop.address == "https://oak.example"
        assert "kept in GNOME keyring, never in a file" in text_of(pilot)
        await type_into(pilot, key="ck_x", secret="cs_bad")
        await until(pilot, lambda: "The shop refused the key." in text_of(pilot))
        assert "cs_bad" not in text_of(pilot)
        await type_into(pilot, key="ck_x", secret="cs_good")
        await until(pilot, lambda: "[Mail]" in text_of(pilot))
        await pilot.click("#preset")
        await until(pilot, lambda: "Who keeps your mail?" in text_of(pilot))
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen.query_one("#host", Input).value == "smtp.gmail.com"
        await type_into(pilot, login="hello@oak.example", password="secret")
        await until(pilot, lambda: "[Sender]" in text_of(pilot))
        assert port.kept.mail.encryption is Encryption.TLS
        assert port.kept.mail.daily_cap == 400
        await type_into(pilot, name="Oak", postal="Oak Street 1, Turku")
        await until(pilot, lambda: "Choose who may get letters." in text_of(pilot))
        assert "(usual here)" in text_of(pilot), text_of(pilot)
        pilot.app.screen.query_one(RadioSet).focus()
        await pilot.press("down", "space", "f2")
        await until(pilot, lambda: pilot.app.return_value == RESTART)
    assert port.kept.consent.audience is Audience.CUSTOMER
    assert port.kept.sender.reply_to == "hello@oak.example"
    assert port.secrets == {"shop": "cs_good", "mail": "secret"}


async def test_it_resumes_at_the_first_step_not_done_and_esc_leaves_it() -> None:
    settings = replace(Settings(), shop=replace(Settings().shop, address="https://oak.example"))
    port, desk = Notebook(settings), SampleDesk()
    async with running(desk, desk.clock, setup=port) as pilot:
        await pilot.press("6", "s")
        await until(pilot, lambda: "[Shop key]" in text_of(pilot))
        assert "✓ Shop address" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Who gets letters" in text_of(pilot))
        assert pilot.app.return_value is None


async def test_a_locked_keyring_is_said_where_it_matters_and_nothing_goes_on() -> None:
    settings = replace(Settings(), shop=replace(Settings().shop, address="https://oak.example"))
    port, desk = Notebook(settings, locked=True), SampleDesk()
    async with running(desk, desk.clock, setup=port) as pilot:
        await pilot.press("6", "s")
        await until(pilot, lambda: "[Shop key]" in text_of(pilot))
        await type_into(pilot, key="ck_x", secret="cs_good")
        await until(pilot, lambda: "✗ The keyring is locked." in text_of(pilot))
        assert "[Shop key]" in text_of(pilot)


async def test_the_settings_say_what_is_set_and_where_and_the_doctor_what_is_wrong() -> None:
    port, desk = Notebook(), SampleDesk()
    async with running(desk, desk.clock, setup=port) as pilot:
        await pilot.press("6")
        await settled(pilot)
        shown = text_of(pilot)
        for words in ("settings.toml", "GNOME keyring", "people with consent, and earlier"):
            assert words in shown
        await pilot.press("c")
        await until(pilot, lambda: "! It is 3 GB." in text_of(pilot))
        assert "→ Lower the retention." in text_of(pilot)

"""The set-up: each step is tested and kept before the next, and can be left and resumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from textual.widgets import Input, RadioSet

from cartdesk.adapters.mail.providers import Provider, presets
from cartdesk.domain.ports import VaultError
from cartdesk.domain.settings import Audience, Encryption, MailSettings, Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.tui.house import RESTART
from cartdesk.tui.setup import SetupScreen
from tests.tui.sample_desk import SampleDesk
from tests.tui.screens import Press, running, settled, text_of, toasts, until


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

    def has_mail_password(self) -> bool:
        return "mail" in self.secrets

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

    async def keep_shop_key(
        self, address: str, key: str, secret: str, *, session_only: bool = False
    ) -> None:
        self._keep("shop", secret, session_only)

    async def keep_mail_password(
        self, mail: MailSettings, password: str, *, session_only: bool = False
    ) -> None:
        self._keep("mail", password, session_only)

    def _keep(self, what: str, secret: str, session_only: bool) -> None:
        if self.locked and not session_only:
            raise VaultError("locked", "The keyring is locked. Unlock it and try again.")
        self.secrets[what] = secret

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
        await past_the_question(pilot)
        await pilot.press("6", "s")
        await until(pilot, lambda: "[Shop key]" in text_of(pilot))
        assert "✓ Shop address" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Who gets letters" in text_of(pilot))
        assert pilot.app.return_value is None


async def past_the_question(pilot: Press) -> None:
    """Leave the question for the secrets, which comes at the start when none is kept."""
    await until(pilot, lambda: "for this session" in text_of(pilot))
    await pilot.press("escape")
    await settled(pilot)


async def test_without_a_keyring_the_key_is_used_for_this_session_only() -> None:
    settings = replace(Settings(), shop=replace(Settings().shop, address="https://oak.example"))
    port, desk = Notebook(settings, locked=True), SampleDesk()
    async with running(desk, desk.clock, (80, 24), setup=port) as pilot:
        await past_the_question(pilot)
        await pilot.press("6", "s")
        await until(pilot, lambda: "[Shop key]" in text_of(pilot))
        assert "(F4)" not in text_of(pilot)
        await type_into(pilot, key="ck_x", secret="cs_good")
        await until(pilot, lambda: "Only this session (F4)" in text_of(pilot))
        assert "kept in no keyring, never in a file" in " ".join(text_of(pilot).split())
        assert "Leave (esc)" in text_of(pilot)
        await pilot.press("f4")
        await until(pilot, lambda: "[Mail]" in text_of(pilot))
        await until(pilot, lambda: "(F4)" not in text_of(pilot))
    assert port.secrets == {"shop": "cs_good"}


async def test_at_the_start_a_key_that_is_kept_nowhere_is_asked_for_once() -> None:
    settings = replace(Settings(), shop=replace(Settings().shop, address="https://oak.example"))
    port, desk = Notebook(settings, locked=True), SampleDesk()
    async with running(desk, desk.clock, (80, 24), setup=port) as pilot:
        await until(pilot, lambda: "Shop key for this session" in text_of(pilot))
        assert "kept in no keyring, never in a file, until" in text_of(pilot)
        await pilot.press(*"ck_x", "enter", *"cs_seen", "enter")
        await until(pilot, lambda: port.secrets == {"shop": "cs_seen"})
        assert "cs_seen" not in text_of(pilot)
        await until(pilot, lambda: desk._polls == 1)
        await pilot.press("6", "k")
        await until(pilot, lambda: "Nothing is missing" in toasts(pilot))


async def test_who_gets_letters_by_consent_needs_the_field_that_holds_it() -> None:
    mail = MailSettings(host="smtp.example", login="hello@oak.example")
    shop = replace(Settings().shop, address="https://oak.example")
    port, desk = Notebook(Settings(shop=shop, mail=mail)), SampleDesk()
    port.secrets = {"shop": "cs_good", "mail": "x"}
    async with running(desk, desk.clock, setup=port) as pilot:
        await pilot.press("6", "s")
        await until(pilot, lambda: "[Sender]" in text_of(pilot))
        assert "_marketing_consent" in text_of(pilot)
        pilot.app.screen.query_one(RadioSet).focus()
        await pilot.press("space")
        await type_into(pilot, name="Oak", postal="Oak Street 1, Turku")
        await until(pilot, lambda: "field that holds the consent is needed" in text_of(pilot))
        await type_into(pilot, consent="_newsletter")
        await until(pilot, lambda: pilot.app.return_value == RESTART)
    assert port.kept.consent.audience is Audience.CONSENT
    assert port.kept.consent.meta_key == "_newsletter"


async def test_a_locked_keyring_is_said_where_it_matters_and_nothing_goes_on() -> None:
    settings = replace(Settings(), shop=replace(Settings().shop, address="https://oak.example"))
    port, desk = Notebook(settings, locked=True), SampleDesk()
    async with running(desk, desk.clock, setup=port) as pilot:
        await past_the_question(pilot)
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

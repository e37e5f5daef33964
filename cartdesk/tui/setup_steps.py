"""The four steps of the set-up: what each asks, and how it is tested and kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, RadioButton, RadioSet, Static

from cartdesk.domain.settings import Audience, Encryption
from cartdesk.domain.views import Finding, Verdict
from cartdesk.tui.dialogs import Choose
from cartdesk.tui.findings import stopped
from cartdesk.tui.links import open_in_browser
from cartdesk.tui.setup_port import CONSENT_FIELD, CONSENT_HINT, NO_KEYRING, SetupPort
from cartdesk.tui.text import MUTED, line

if TYPE_CHECKING:
    from cartdesk.tui.house import House

_SENTENCES = {
    Audience.CONSENT: "Only people whose order carries their consent.",
    Audience.CUSTOMER: "People with consent, and people who bought from you before.",
    Audience.EVERYONE: "Everyone who typed an address: I have checked that I may.",
}


class Field(Horizontal):
    """A label and the line to fill in."""

    def __init__(
        self, label: str, id: str, value: str = "", *, hint: str = "", secret: bool = False
    ) -> None:
        super().__init__(classes="field")
        self._label = label
        self._input = Input(value, placeholder=hint, password=secret, id=id, compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Lay out label and line."""
        yield Static(line((self._label, MUTED)), classes="field-label")
        yield self._input


class Answer(RadioButton):
    """One of several answers; its mark, not only its colour, says which one is chosen."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Show the mark in the chosen answer alone."""
        self.BUTTON_INNER = "●" if self.value else " "
        super().watch_value()


class SetupStep(Vertical):
    """One step. ``done`` tells whether it was kept before."""

    TITLE: ClassVar[str] = ""

    def __init__(self, port: SetupPort) -> None:
        super().__init__()
        self._port = port
        self.session_only = False  # whether a secret is kept in memory alone

    @property
    def done(self) -> bool:
        """Whether this step was kept before."""
        return False

    def start(self) -> None:
        """Put the focus on the first line to fill in."""
        self.query(Input).first().focus()

    async def keep(self) -> list[Finding]:
        """Test what was typed; when nothing stops it, keep it."""
        return []

    def typed(self, id: str) -> str:
        """Give what was typed into a line."""
        return self.query_one(f"#{id}", Input).value.strip()


class AddressStep(SetupStep):
    """Where the shop is."""

    TITLE = "Shop address"

    @property
    def done(self) -> bool:
        """Whether an address is kept."""
        return bool(self._port.settings().shop.address)

    def compose(self) -> ComposeResult:
        """Ask for the address."""
        yield Static(line("Where is your WooCommerce shop? Type its address as in a browser."))
        address = self._port.settings().shop.address
        yield Field("Address", "address", address, hint="https://oakandtin.example")
        yield Static(
            line(("cartdesk only reads from the shop. It changes nothing.", MUTED)), classes="note"
        )

    async def keep(self) -> list[Finding]:
        """See whether a shop answers there; keep the address."""
        address = self.typed("address").rstrip("/")
        if address and "://" not in address:
            address = f"https://{address}"
        findings = await self._port.test_shop(address, "", "")
        if not stopped(findings):
            settings = self._port.settings()
            shop = replace(settings.shop, address=address)
            await self._port.save(replace(settings, shop=shop))
        return findings


class KeyStep(SetupStep):
    """The key that lets cartdesk read the shop's orders."""

    TITLE = "Shop key"

    @property
    def done(self) -> bool:
        """Whether a key is kept."""
        return self._port.has_shop_key()

    def compose(self) -> ComposeResult:
        """Say where the key is made, and ask for it."""
        yield Static(line("In your shop: WooCommerce, Settings, Advanced, REST API, Add key."))
        yield Static(line("Permission “Read” is enough. Copy both lines before leaving the page."))
        yield Button("Open that page in the browser", id="key-page", compact=True)
        yield Field("Consumer key", "key", hint="ck_...", secret=True)
        yield Field("Consumer secret", "secret", hint="cs_...", secret=True)
        yield Static(line((kept_where("Both are", self._port), MUTED)), classes="note")

    @on(Button.Pressed, "#key-page")
    @work
    async def _open_page(self, event: Button.Pressed) -> None:
        event.stop()
        page = self._port.key_page(self._port.settings().shop.address)
        if page.startswith(("https://", "http://")):
            await open_in_browser(cast("House", self.app), page, "Opened the page of the shop.")

    async def keep(self) -> list[Finding]:
        """Ask the shop with the key; keep the key."""
        address = self._port.settings().shop.address
        key, secret = self.typed("key"), self.typed("secret")
        if not (key and secret):
            if self.done:
                return [Finding("Shop key", Verdict.OK, "The key kept before stays in use.")]
            mend = "Copy the consumer key and the consumer secret from the shop."
            return [Finding("Shop key", Verdict.STOP, "Both lines are needed.", mend)]
        findings = await self._port.test_shop(address, key, secret)
        if not stopped(findings):
            await self._port.keep_shop_key(address, key, secret, session_only=self.session_only)
        return findings


class MailStep(SetupStep):
    """The mail account letters go out through."""

    TITLE = "Mail"

    @property
    def done(self) -> bool:
        """Whether a mail account is kept."""
        return bool(self._port.settings().mail.host)

    def compose(self) -> ComposeResult:
        """Ask for the account; a provider fills in the server."""
        mail = self._port.settings().mail
        yield Static(line("Letters go out through your own mail account, one by one."))
        with Horizontal(classes="field"):
            yield Button("Choose your provider", id="preset", compact=True)
            yield Static(id="preset-note")
        yield Field("Login", "login", mail.login, hint="hello@oakandtin.example")
        yield Field("Password", "password", secret=True)
        yield Field("Server", "host", mail.host, hint="smtp.example.com")
        yield Field("Port", "port", str(mail.port), hint="465 or 587")
        note = f"{kept_where('The password is', self._port)} No letter is sent now."
        yield Static(line((note, MUTED)), classes="note")

    @on(Button.Pressed, "#preset")
    @work
    async def _choose(self, event: Button.Pressed) -> None:
        event.stop()
        presets = self._port.presets()
        choices = [(str(place), line(each.name)) for place, each in enumerate(presets)]
        choices.append(("other", line("Another: I know the server")))
        answer = await self.app.push_screen_wait(Choose("Who keeps your mail?", choices))
        if answer is not None and answer != "other":
            preset = presets[int(answer)]
            self.query_one("#host", Input).value = preset.host
            self.query_one("#port", Input).value = str(preset.port)
            note = f"{preset.login_hint} {preset.note}"
            self.query_one("#preset-note", Static).update(line((note, MUTED)))

    async def keep(self) -> list[Finding]:
        """Log in once; keep account and password."""
        settings = self._port.settings()
        host, login, password = self.typed("host"), self.typed("login"), self.typed("password")
        port = self.typed("port")
        if not (host and login and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            sentence = "Login, server and port are needed."
            mend = "The port is 465 or 587 nearly everywhere."
            return [Finding("Mail", Verdict.STOP, sentence, mend)]
        preset = next((each for each in self._port.presets() if each.host == host), None)
        encryption = Encryption.TLS if int(port) == 465 else Encryption.STARTTLS
        if preset and preset.port == int(port):
            encryption = preset.encryption
        cap = preset.daily_cap if preset else settings.mail.daily_cap
        mail = replace(
            settings.mail,
            host=host,
            port=int(port),
            encryption=encryption,
            login=login,
            daily_cap=cap,
        )
        findings = await self._port.test_mail(mail, password)
        if not stopped(findings):
            if password:
                session = self.session_only
                await self._port.keep_mail_password(mail, password, session_only=session)
            await self._port.save(replace(settings, mail=mail))
        return findings


class SenderStep(SetupStep):
    """Who the letters come from, and who may get them."""

    TITLE = "Sender"

    @property
    def done(self) -> bool:
        """Whether sender and audience are kept."""
        settings = self._port.settings()
        chosen = settings.consent.audience is not Audience.UNDECIDED
        return chosen and bool(settings.sender.email and settings.sender.postal_address)

    def compose(self) -> ComposeResult:
        """Ask for the sender and for who may get letters; nothing is chosen by default."""
        settings = self._port.settings()
        sender, proposed = settings.sender, self._port.proposed_audience()
        yield Static(line("Every letter says who writes and how to stop the letters."))
        yield Field("Your name", "name", sender.name, hint="Maija, Oak & Tin")
        address = sender.email or settings.mail.login
        yield Field("E-mail", "email", address, hint="hello@oakandtin.example")
        yield Field("Replies go to", "reply", sender.reply_to or address)
        yield Field("Postal address", "postal", sender.postal_address, hint="Oak Street 1, Turku")
        yield Static(
            line(("Who may get letters?", "bold"), " You decide; it can be changed."),
            classes="note",
        )
        with RadioSet(id="audience", compact=True):
            for audience, sentence in _SENTENCES.items():
                more = " (usual here)" if audience is proposed else ""
                chosen = audience is settings.consent.audience
                yield Answer(line(sentence, (more, MUTED)), value=chosen)
        yield Field("Consent field", "consent", settings.consent.meta_key, hint=CONSENT_HINT)
        yield Static(line((CONSENT_FIELD, MUTED)), classes="note")

    async def keep(self) -> list[Finding]:
        """Keep sender and audience; no letter is sent."""
        settings = self._port.settings()
        name, email, postal = self.typed("name"), self.typed("email"), self.typed("postal")
        missing = [
            word
            for word, value in (("name", name), ("e-mail", email), ("postal address", postal))
            if not value
        ]
        if missing:
            sentence = f"Still missing: {', '.join(missing)}."
            mend = "The law of most countries wants them in every letter."
            return [Finding("Sender", Verdict.STOP, sentence, mend)]
        pressed = self.query_one(RadioSet).pressed_index
        if pressed < 0:
            sentence = "Choose who may get letters."
            return [
                Finding("Sender", Verdict.STOP, sentence, "Go there with tab, choose with space.")
            ]
        sender = replace(
            settings.sender,
            name=name,
            email=email,
            reply_to=self.typed("reply") or email,
            postal_address=postal,
        )
        audience, field = list(_SENTENCES)[pressed], self.typed("consent")
        if audience is Audience.CONSENT and not field:
            sentence = "The order field that holds the consent is needed."
            mend = f"Fill in the consent field, for example {CONSENT_HINT}."
            return [Finding("Sender", Verdict.STOP, sentence, mend)]
        consent = replace(settings.consent, audience=audience, meta_key=field)
        await self._port.save(replace(settings, sender=sender, consent=consent))
        return [Finding("Sender", Verdict.OK, "Everything is kept. Nothing was sent.")]


def kept_where(what: str, port: SetupPort) -> str:
    """Say where a secret is kept, also when there is no place for it."""
    if port.vault_name == NO_KEYRING:
        return f"{what} kept in no keyring, never in a file: for this session only (F4)."
    return f"{what} kept in {port.vault_name}, never in a file."


STEPS = (AddressStep, KeyStep, MailStep, SenderStep)

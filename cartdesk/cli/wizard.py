"""The four steps of the set-up by question and answer, for plain terminals and screen readers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from cartdesk.adapters.mail.providers import Provider
from cartdesk.cli.asking import Asker, agreed, ask, ask_secret, choose
from cartdesk.cli.exits import Exit
from cartdesk.cli.trouble import EXPECTED
from cartdesk.domain.ports import VaultError
from cartdesk.domain.settings import Audience, Encryption, MailSettings
from cartdesk.tui.setup_port import CONSENT_FIELD, CONSENT_HINT, NO_KEYRING

_AUDIENCES = (
    (Audience.CONSENT, "Only people whose order carries their consent."),
    (Audience.CUSTOMER, "People with consent, and people who bought from you before."),
    (Audience.EVERYONE, "Everyone who typed an address: I have checked that I may."),
)
_SESSION = (
    "It can be used for this session only: kept in no keyring, never in a file. The set-up goes "
    "on with it; cartdesk then asks for it at each start, or takes it from the environment "
    "(CARTDESK_WC_KEY and CARTDESK_WC_SECRET, CARTDESK_SMTP_PASSWORD)."
)
_ENCRYPTIONS = tuple(kind.value for kind in Encryption)


class Wizard(Asker):
    """Goes through shop, key, mail account and sender."""

    async def run(self) -> Exit:
        """Go through the four steps."""
        out, setup = self._out, self._setup
        out.say("Four short steps. Nothing is sent. Leave at any time with Ctrl-C.")
        out.say(f"Settings are kept in {setup.settings_file}, secrets in {setup.vault_name}.")
        if setup.vault_name == NO_KEYRING:
            out.say("So secrets are for this session only: kept in no keyring, never in a file.")
        await self._address()
        await self._key()
        await self._mail()
        await self._sender()
        out.say("Everything is kept. Next: “cartdesk poll”, then “cartdesk queue”.")
        return Exit.OK

    async def _address(self) -> None:
        self._out.say("\n1 of 4: the shop's address, as in a browser.")
        while True:
            known = self._setup.settings().shop.address
            address = ask("Address", known)
            if await self.passed(self._setup.test_shop(address, "", "")):
                settings = self._setup.settings()
                shop = replace(settings.shop, address=address)
                if await self.kept(replace(settings, shop=shop)):
                    return

    async def _key(self) -> None:
        setup, address = self._setup, self._setup.settings().shop.address
        self._out.say("\n2 of 4: a key that may read the shop's orders.")
        if setup.has_shop_key() and not agreed("A key is kept. Give another one?"):
            return
        self._out.say(f"Make one here, with the permission Read: {setup.key_page(address)}")
        while True:
            key = ask("Consumer key (ck_...)")
            secret = ask_secret("Consumer secret (cs_..., not shown)")
            keep = partial(setup.keep_shop_key, address, key, secret)
            if await self.passed(setup.test_shop(address, key, secret)) and (
                await self._secret_kept(keep)
            ):
                return

    async def _mail(self) -> None:
        self._out.say("\n3 of 4: the mail account letters go out through, one by one.")
        while True:
            settings = self._setup.settings()
            mail = self._account(settings.mail)
            password = ask_secret(
                "Password (not shown; empty: the one kept before)"
                if self._setup.has_mail_password() and mail.login == settings.mail.login
                else "Password (not shown)"
            )
            if not await self.passed(self._setup.test_mail(mail, password)):
                continue
            keep = partial(self._setup.keep_mail_password, mail, password)
            if password and not await self._secret_kept(keep):
                continue
            if await self.kept(replace(self._setup.settings(), mail=mail)):
                return

    def _account(self, known: MailSettings) -> MailSettings:
        """Ask who keeps the mail; a provider fills in the server."""
        provider = self._provider(self._setup.presets())
        if provider is not None:
            self._out.say(f"{provider.login_hint} {provider.note}")
            return replace(
                known,
                host=provider.host,
                port=provider.port,
                encryption=provider.encryption,
                daily_cap=provider.daily_cap,
                login=ask("Login", known.login),
            )
        host = ask("Server", known.host)
        encryption = choose("Encryption", _ENCRYPTIONS, known.encryption.value)
        usual = {"tls": "465", "starttls": "587"}.get(encryption, str(known.port))
        port = choose("Port", None, str(known.port) if known.host == host else usual)
        return replace(
            known,
            host=host,
            port=int(port),
            encryption=Encryption(encryption),
            login=ask("Login", known.login),
        )

    def _provider(self, presets: Sequence[Provider]) -> Provider | None:
        for number, provider in enumerate(presets, 1):
            self._out.say(f"  {number}  {provider.name}")
        self._out.say("  0  another: I know the server")
        numbers = tuple(str(number) for number in range(len(presets) + 1))
        answer = int(choose("Who keeps your mail?", numbers))
        return presets[answer - 1] if answer else None

    async def _sender(self) -> None:
        self._out.say("\n4 of 4: who writes, as every letter says it.")
        while True:
            settings = self._setup.settings()
            known = settings.sender
            email = ask("E-mail letters come from", known.email or _if_address(settings.mail.login))
            sender = replace(
                known,
                name=ask("Your name, as customers know it", known.name),
                email=email,
                reply_to=ask("Replies go to", known.reply_to or email),
                postal_address=ask("Postal address, on one line", known.postal_address),
            )
            consent = replace(settings.consent, audience=self._audience())
            if consent.audience is not Audience.EVERYONE:
                key = self._consent_field(consent.audience, consent.meta_key)
                consent = replace(consent, meta_key=key)
            if await self.kept(replace(settings, sender=sender, consent=consent)):
                return

    def _audience(self) -> Audience:
        proposed = self._setup.proposed_audience()
        self._out.say("Who may get letters? You decide; it can be changed later.")
        for number, (audience, sentence) in enumerate(_AUDIENCES, 1):
            usual = " (usual in your country)" if audience is proposed else ""
            self._out.say(f"  {number}  {sentence}{usual}")
        return _AUDIENCES[int(choose("Your choice", ("1", "2", "3"))) - 1][0]

    def _consent_field(self, audience: Audience, known: str) -> str:
        self._out.say(CONSENT_FIELD)
        if audience is Audience.CONSENT:
            return ask(f"Consent field (for example {CONSENT_HINT})", known)
        return ask("Consent field (empty: there is none)", known, may_be_empty=True)

    async def _secret_kept(self, keep: Callable[..., Awaitable[None]]) -> bool:
        """Keep a secret; where no keyring takes it, offer to use it until the set-up ends."""
        try:
            await keep()
        except VaultError as error:
            self.tell(error)
            self._out.say(_SESSION)
            if not agreed("Use it only for this session?"):
                return False
            await keep(session_only=True)
        except EXPECTED as error:
            self.tell(error)
            return False
        return True


def _if_address(login: str) -> str:
    return login if "@" in login else ""

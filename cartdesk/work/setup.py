"""The set-up over the real shop, mail account, keyring and settings file.

Nothing is sent and nothing is changed in the shop.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import Book, LedgerProblem
from cartdesk.adapters.mail.providers import Provider, presets
from cartdesk.adapters.paths import ShopPaths
from cartdesk.adapters.patience import limited
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsError, SettingsFile
from cartdesk.domain.consent import usual_audience
from cartdesk.domain.ports import Clock, StoreError, VaultError
from cartdesk.domain.settings import Audience, MailSettings, Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work.context import NotPossible
from cartdesk.work.doctor import Examined, examine
from cartdesk.work.examining import examine_shop

if TYPE_CHECKING:
    from cartdesk.adapters.shop.woocommerce import WooCommerce

_ASKS_FOR_A_KEY = frozenset({"wrong-key", "wrong-secret", "no-rights", "no-read-permission"})
_GLANCE = 5.0  # seconds a screen waits for the keyring just to name it


class Setup:
    """What the set-up asks of the program.

    Whatever cannot be done raises NotPossible, StoreError or VaultError with a sentence.
    """

    def __init__(self, paths: ShopPaths, secrets: Secrets, clock: Clock) -> None:
        self._paths = paths
        self._secrets = secrets
        self._clock = clock
        self._file = SettingsFile(paths.settings)
        self._country: str | None = None

    @property
    def settings_file(self) -> Path:
        """The file the settings are kept in."""
        return self._paths.settings

    @property
    def ledger_file(self) -> Path:
        """The file carts and letters are kept in."""
        return self._paths.ledger

    @property
    def vault_name(self) -> str:
        """The place secrets are kept in, in words."""
        try:
            return limited(lambda: self._secrets.keyring, _GLANCE)
        except VaultError:
            return "a keyring that gives no answer"

    def settings(self) -> Settings:
        """Give the settings as they are kept now. Raises NotPossible when they cannot be read."""
        try:
            return self._file.read()
        except SettingsError as error:
            raise NotPossible(str(error)) from None

    def has_shop_key(self) -> bool:
        """Tell whether a key of the shop is kept."""
        address = self.settings().shop.address
        try:
            return bool(address) and bool(
                limited(lambda: self._secrets.where_shop_key(address), _GLANCE)
            )
        except VaultError:
            return False

    def has_mail_password(self) -> bool:
        """Tell whether the mail account's password is kept."""
        mail = self.settings().mail
        try:
            return bool(mail.login) and bool(
                limited(lambda: self._secrets.where_mail_password(mail.host, mail.login), _GLANCE)
            )
        except VaultError:
            return False

    def presets(self) -> tuple[Provider, ...]:
        """Give the mail providers known."""
        return presets()

    def key_page(self, address: str) -> str:
        """Give the shop's page where a key is made. Raises StoreError for a bad address."""
        from cartdesk.adapters.shop.address import read_address

        page = "wp-admin/admin.php?page=wc-settings&tab=advanced&section=keys&create-key=1"
        return f"{read_address(address).base}/{page}"

    def proposed_audience(self) -> Audience:
        """Propose who may get letters, by the country of the shop as far as it is known."""
        if self._country is None:
            self._country = _country_in(self._paths.ledger)
        return usual_audience(self._country)

    async def test_shop(self, address: str, key: str, secret: str) -> list[Finding]:
        """Ask the shop; with an empty key only whether a WooCommerce shop answers there."""
        from cartdesk.adapters.shop.address import read_address
        from cartdesk.adapters.shop.woocommerce import WooCommerce

        where = read_address(address)
        ca_file = self.settings().shop.ca_file
        store = WooCommerce(address, key, secret, clock=self._clock, ca_file=ca_file)
        try:
            if not key:
                return [await _answers(store, where.name)]
            shop, found = await examine_shop(store, self._clock.now(), secure=where.secure)
            if shop is not None:
                self._country = shop.country
            return found
        finally:
            await store.close()

    async def test_mail(self, mail: MailSettings, password: str) -> list[Finding]:
        """Connect and log in; no letter is sent. An empty password means the kept one."""

        def probe() -> Finding:
            from cartdesk.adapters.mail.smtp import SmtpMailer

            known = password or limited(lambda: self._secrets.mail_password(mail.host, mail.login))
            return SmtpMailer(mail, known or "").probe()

        return [await asyncio.to_thread(probe)]

    async def keep_shop_key(
        self, address: str, key: str, secret: str, *, session_only: bool = False
    ) -> None:
        """Keep the key in the keyring, or in memory until the end. Raises VaultError."""
        key, secret = key.strip(), secret.strip()
        keep = partial(self._secrets.keep_shop_key, session_only=session_only)
        await asyncio.to_thread(limited, lambda: keep(address, key, secret))

    async def keep_mail_password(
        self, mail: MailSettings, password: str, *, session_only: bool = False
    ) -> None:
        """Keep the password in the keyring, or in memory until the end. Raises VaultError."""
        keep = partial(self._secrets.keep_mail_password, session_only=session_only)
        await asyncio.to_thread(limited, lambda: keep(mail.host, mail.login, password))

    async def test_mailbox(self, settings: Settings, password: str) -> list[Finding]:
        """Connect and look into the folders; an empty password means the kept one."""

        def probe() -> Finding:
            from cartdesk.adapters.mail.imap import ImapMailbox

            known = password or limited(lambda: self._secrets.mailbox_password(settings))
            return ImapMailbox(settings.mailbox, known or "").probe()

        return [await asyncio.to_thread(probe)]

    async def keep_mailbox_password(self, settings: Settings, password: str) -> None:
        """Keep the mailbox's own password in the keyring. Raises VaultError."""
        keep, mailbox = self._secrets.keep_mailbox_password, settings.mailbox
        await asyncio.to_thread(limited, lambda: keep(mailbox.host, mailbox.login, password))

    async def save(self, settings: Settings) -> None:
        """Write the settings file, the shop's address made plain. Raises NotPossible."""
        if settings.shop.address:
            from cartdesk.adapters.shop.address import read_address

            base = read_address(settings.shop.address).base
            settings = replace(settings, shop=replace(settings.shop, address=base))
        try:
            await asyncio.to_thread(self._file.write, settings)
        except SettingsError as error:
            raise NotPossible(str(error)) from None

    async def doctor(self) -> list[Finding]:
        """Check everything there is to check."""
        problems: list[str] = []
        settings = Settings()
        try:
            settings = self._file.read()
        except SettingsError as error:
            problems = [str(problem) for problem in error.problems]
        here = Examined(self._paths, settings, self._secrets, self._clock, problems)
        return [finding async for finding in examine(here)]


async def _answers(store: WooCommerce, name: str) -> Finding:
    """Tell whether a WooCommerce shop answers, by what it says to somebody without a key."""
    try:
        await store.orders({"per_page": "1", "_fields": "id"})
    except StoreError as error:
        if error.kind not in _ASKS_FOR_A_KEY:
            return Finding("shop", Verdict.STOP, str(error), error.mend)
    return Finding("shop", Verdict.OK, f"A WooCommerce shop answers at {name} and asks for a key.")


def _country_in(ledger: Path) -> str:
    """Give the shop's country as the ledger knows it, or ""."""
    if not ledger.exists():
        return ""
    try:
        book = Book(ledger)
    except LedgerProblem:
        return ""
    try:
        shop = book.read(lambda book: book.state.shop())
    finally:
        book.close()
    return shop.country if shop else ""

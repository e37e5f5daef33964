"""Puts the parts of one shop together: files, settings, secrets, ledger, shop and mail."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.paths import Home, ShopPaths
from cartdesk.adapters.patience import limited
from cartdesk.adapters.redact import crash_sentence, install_crash_hook, setup_log
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsError, SettingsFile
from cartdesk.adapters.vault import KeyringVault
from cartdesk.cli.lazy import LazyMailbox, LazyMailer, LazyStore
from cartdesk.cli.trouble import EXPECTED, Crash, Usage
from cartdesk.desk import Desk
from cartdesk.domain.ports import Clock, Mailbox, Mailer, Store, StoreError, VaultError
from cartdesk.domain.settings import Settings

if TYPE_CHECKING:
    from cartdesk.adapters.shop.shop_audit import ShopAudit
    from cartdesk.work.doctor import Examined
    from cartdesk.work.setup import Setup

SET_UP = "Run “cartdesk setup”, or give it for this run in CARTDESK_WC_KEY and CARTDESK_WC_SECRET."


def choose_shop(home: Home, name: str | None) -> str:
    """Give the short name of the shop that is meant. Raises Usage when it cannot be told."""
    if name is not None:
        return name
    shops = home.shops()
    if len(shops) == 1:
        return shops[0]
    if "default" in shops or not shops:
        return "default"
    raise Usage(f"There are several shops: {', '.join(shops)}. Say which one with --shop NAME.")


class Premises:
    """Everything that belongs to one shop on this computer.

    ``store``, ``mailer`` and mailbox connect at the first use; the keyring is asked no sooner.
    A ``mailbox`` that is given (the demo's) takes the place of the one in the settings.
    """

    def __init__(
        self,
        paths: ShopPaths,
        settings: Settings,
        secrets: Secrets,
        clock: Clock,
        *,
        read_only: bool = False,
        mailbox: Mailbox | None = None,
    ) -> None:
        self.paths = paths
        self.settings = settings
        self.secrets = secrets
        self.clock = clock
        self.read_only = read_only
        self._given_mailbox = mailbox
        self.store = LazyStore(self._connect) if settings.shop.address else None

    def desk(self, *, sends: bool = True) -> Desk:
        """Open the ledger and give the desk; without ``sends`` no mail can leave by it.

        Raises:
            LedgerProblem: The ledger cannot be used.
        """
        return Desk(
            settings=self.settings,
            ledger=LedgerThread(self.paths.ledger),
            clock=self.clock,
            letterbox=Letterbox(self.paths.letters),
            store=self.store,
            mailer=self.mailer if sends and self.settings.mail.host else None,
            mailbox=self._inbox(),
            read_only=self.read_only,
            mended=self.paths.mended,
        )

    def _inbox(self) -> Mailbox | None:
        if self._given_mailbox is not None:
            return self._given_mailbox
        return LazyMailbox(self._mailbox) if self.settings.imap.host else None

    def mailer(self) -> Mailer:
        """Give the mail account; it is connected when it is opened."""
        return LazyMailer(self._mail_account)

    def setup(self) -> Setup:
        """Give what the set-up needs."""
        from cartdesk.work.setup import Setup

        return Setup(self.paths, self.secrets, self.clock)

    def password(self) -> str:
        """Look the mail password up (blocking). Raises VaultError when there is none."""
        mail = self.settings.mail
        found = limited(lambda: self.secrets.mail_password(mail.host, mail.login))
        if mail.login and not found:
            raise VaultError(
                "none",
                f"No password of {mail.login} is kept. Run “cartdesk setup”, or give it for this "
                "run in CARTDESK_SMTP_PASSWORD.",
            )
        return found or ""

    def _mail_account(self) -> Mailer:
        password = self.password()
        from cartdesk.adapters.mail.smtp import SmtpMailer

        return SmtpMailer(self.settings.mail, password)

    def _mailbox(self) -> Mailbox:
        mailbox = self.settings.mailbox
        password = limited(lambda: self.secrets.mailbox_password(self.settings))
        if not password:
            raise VaultError(
                "none",
                f"No password of the mailbox {mailbox.login} is kept. Run “cartdesk setup "
                "--mailbox”, or give it for this run in CARTDESK_IMAP_PASSWORD.",
            )
        from cartdesk.adapters.mail.imap import ImapMailbox

        return ImapMailbox(mailbox, password)

    def auditor(self) -> ShopAudit:
        """Give what looks at the shop for an audit (blocking: it asks the keyring).

        Raises:
            StoreError: There is no key, or it cannot be had.
        """
        shop, keys = self.settings.shop, self._keys()
        from cartdesk.adapters.shop.shop_audit import ShopAudit

        return ShopAudit(shop.address, *keys, clock=self.clock, ca_file=shop.ca_file)

    def _connect(self) -> Store:
        shop, keys = self.settings.shop, self._keys()
        from cartdesk.adapters.shop.woocommerce import WooCommerce

        return WooCommerce(shop.address, *keys, clock=self.clock, ca_file=shop.ca_file)

    def _keys(self) -> tuple[str, str]:
        shop = self.settings.shop
        try:
            keys = limited(lambda: self.secrets.shop_key(shop.address))
        except VaultError as error:
            raise StoreError("keyring", f"The shop's key cannot be had: {error}") from None
        if keys is None:
            raise StoreError("no-key", "No key of the shop is kept.", mend=SET_UP)
        return keys


def open_premises(
    name: str | None, *, clock: Clock, read_only: bool = False, secrets: Secrets | None = None
) -> Premises:
    """Find a shop's files and read its settings.

    Args:
        name: The shop's short name; None: the only one.
        clock: Where the time comes from.
        read_only: Send and change nothing.
        secrets: Those of this run, when they were read before; None: read them now.

    Raises:
        Usage: Several shops, and none was named.
        PathProblem: A folder cannot be used.
        SettingsError: The settings file has mistakes; it names all of them.
    """
    home = Home.find()
    paths = home.shop(choose_shop(home, name))
    settings = SettingsFile(paths.settings).read()
    known = secrets or Secrets(KeyringVault())
    return Premises(paths, settings, known, clock, read_only=read_only)


def examined(name: str | None, clock: Clock) -> Examined:
    """Gather what ``doctor`` looks at, also where the settings are broken.

    Raises:
        Usage: Several shops, and none was named.
        PathProblem: A folder cannot be used.
    """
    from cartdesk.work.doctor import Examined

    home = Home.find()
    paths = home.shop(choose_shop(home, name))
    settings, problems = Settings(), tuple[str, ...]()
    try:
        settings = SettingsFile(paths.settings).read()
    except SettingsError as error:
        problems = tuple(map(str, error.problems))
    return Examined(paths, settings, Secrets(KeyringVault()), clock, problems)


@contextmanager
def logging_to(log: Path, secrets: Secrets) -> Iterator[None]:
    """Keep a private log without secrets, and note there what any thread dies of.

    Raises:
        Crash: In place of an error that nobody expected, once it is in the log.
    """
    handler = setup_log(log, secrets.known)
    hooks = sys.excepthook, threading.excepthook
    install_crash_hook(log, secrets.known)
    try:
        yield
    except Exception as error:
        if isinstance(error, EXPECTED):
            raise
        logging.getLogger("cartdesk").error("%s", crash_sentence(error, secrets.known()))
        raise Crash(error, log) from None
    finally:
        sys.excepthook, threading.excepthook = hooks
        logging.getLogger().removeHandler(handler)
        handler.close()

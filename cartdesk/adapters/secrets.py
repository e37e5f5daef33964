"""The shop's key and the mail password: looked up in the environment, this session, the keyring."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from cartdesk.adapters.vault import SessionVault
from cartdesk.domain.ports import Vault, VaultError
from cartdesk.domain.settings import Settings

VARIABLES = (
    "CARTDESK_WC_KEY",
    "CARTDESK_WC_SECRET",
    "CARTDESK_SMTP_PASSWORD",
    "CARTDESK_IMAP_PASSWORD",
)
_KEY, _SECRET, _MAIL, _MAILBOX = VARIABLES
# What looks like a secret of ours under a name that means nothing, such as CARTDESK_MAIL_PASSWORD.
_LOOKS_SECRET = re.compile(r"CARTDESK_(?:\w*_)?(?:PASSWORD|PASS|KEY|SECRET|TOKEN)", re.I)
_HALVES = ("consumer_key", "consumer_secret")


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret in the keyring: what it is in words, and where it lies."""

    what: str
    service: str
    users: tuple[str, ...]


class Secrets:
    """All secrets of one run.

    These variables, and what looks like one of them, are taken out of ``environ`` at once, so that
    no program started later (an editor, a browser) inherits them. They count for any shop and any
    mail account.
    """

    def __init__(self, vault: Vault, environ: MutableMapping[str, str] = os.environ) -> None:
        self._vault = vault
        self._session = SessionVault()
        given = {name: environ.pop(name, "") for name in VARIABLES}
        self._environment = {name: value for name, value in given.items() if value}
        self._seen = set(self._environment.values())
        scrub(environ)

    @property
    def keyring(self) -> str:
        """Name the keyring in words, for the setup screen."""
        return self._vault.name

    def known(self) -> frozenset[str]:
        """Give every secret seen in this run: what a log must never show."""
        return frozenset(self._seen)

    def shop_key(self, address: str) -> tuple[str, str] | None:
        """Give (consumer key, consumer secret) of a shop, or None. Raises :class:`VaultError`."""
        key, secret = self._environment.get(_KEY), self._environment.get(_SECRET)
        if key and secret:
            return key, secret
        if key or secret:
            have, need = (_KEY, _SECRET) if key else (_SECRET, _KEY)
            raise VaultError("none", f"{have} is set but {need} is not. Set both, or none.")
        service = shop_service(address)
        found = [self._look_up(service, half) for half in _HALVES]
        return (found[0], found[1]) if found[0] and found[1] else None

    def keep_shop_key(
        self, address: str, key: str, secret: str, *, session_only: bool = False
    ) -> None:
        """Keep a shop's key in the keyring, or only for this session.

        Raises :class:`VaultError`; then nothing of it stays in the keyring.
        """
        service = shop_service(address)
        try:
            for half, value in zip(_HALVES, (key, secret), strict=True):
                self._keep(service, half, value, session_only=session_only)
        except VaultError:
            with contextlib.suppress(VaultError):
                self.forget_shop_key(address)
            raise

    def where_shop_key(self, address: str) -> str:
        """Say where the shop's key comes from: "environment", "this session", a keyring or ""."""
        if _KEY in self._environment and _SECRET in self._environment:
            return "environment"
        return self._where(shop_service(address), _HALVES[1])

    def forget_shop_key(self, address: str) -> None:
        """Delete a shop's key from session and keyring. Raises :class:`VaultError`."""
        for half in _HALVES:
            self._forget(shop_service(address), half)

    def mail_password(self, host: str, login: str) -> str | None:
        """Give the password of a mail account, or None. Raises :class:`VaultError`."""
        if given := self._environment.get(_MAIL):
            return given
        return self._look_up(mail_service(host), login)

    def keep_mail_password(
        self, host: str, login: str, password: str, *, session_only: bool = False
    ) -> None:
        """Keep a mail password in the keyring, or only for this session.

        Raises :class:`VaultError`.
        """
        self._keep(mail_service(host), login, password, session_only=session_only)

    def where_mail_password(self, host: str, login: str) -> str:
        """Say where the password comes from: "environment", "this session", a keyring or ""."""
        if _MAIL in self._environment:
            return "environment"
        return self._where(mail_service(host), login)

    def forget_mail_password(self, host: str, login: str) -> None:
        """Delete a mail password from session and keyring. Raises :class:`VaultError`."""
        self._forget(mail_service(host), login)

    def mailbox_password(self, settings: Settings) -> str | None:
        """Give the password of the mailbox, or None.

        Without one of its own it is that of the mail account, but only where the merchant said
        so and both have the same login: no password is tried on a server it was not given for.

        Raises :class:`VaultError`.
        """
        if given := self._environment.get(_MAILBOX):
            return given
        mailbox, mail = settings.mailbox, settings.mail
        if own := self._look_up(mailbox_service(mailbox.host), mailbox.login):
            return own
        if mailbox.same_password and mailbox.login == mail.login:
            return self.mail_password(mail.host, mail.login)
        return None

    def keep_mailbox_password(
        self, host: str, login: str, password: str, *, session_only: bool = False
    ) -> None:
        """Keep the mailbox's own password in the keyring, or only for this session.

        Raises :class:`VaultError`.
        """
        self._keep(mailbox_service(host), login, password, session_only=session_only)

    def where_mailbox_password(self, settings: Settings) -> str:
        """Say where the password comes from: "environment", "this session", a keyring or ""."""
        if _MAILBOX in self._environment:
            return "environment"
        mailbox, mail = settings.mailbox, settings.mail
        own = self._where(mailbox_service(mailbox.host), mailbox.login)
        if own or not mailbox.same_password or mailbox.login != mail.login:
            return own
        same = self.where_mail_password(mail.host, mail.login)
        return f"the same as for sending, {same}" if same else ""

    def forget_mailbox_password(self, host: str, login: str) -> None:
        """Delete the mailbox's own password. Raises :class:`VaultError`."""
        self._forget(mailbox_service(host), login)

    def kept(self, settings: Settings) -> tuple[Kept, ...]:
        """Give what is kept for one shop, its mail account and its mailbox, without the secrets.

        Raises :class:`VaultError` when the keyring cannot be asked.
        """
        address, mail, mailbox = settings.shop.address, settings.mail, settings.mailbox
        possible = (
            Kept(f"the key of {address}", shop_service(address), _HALVES),
            Kept(
                f"the password of {mail.login} for sending", mail_service(mail.host), (mail.login,)
            ),
            Kept(
                f"the password of {mailbox.login} for reading replies",
                mailbox_service(mailbox.host),
                (mailbox.login,),
            ),
        )
        return tuple(
            one for one in possible if any(self._look_up(one.service, user) for user in one.users)
        )

    def forget(self, kept: Kept) -> None:
        """Delete one thing that is kept, from session and keyring. Raises :class:`VaultError`."""
        for user in kept.users:
            self._forget(kept.service, user)

    @property
    def given(self) -> tuple[str, ...]:
        """Name the environment variables that gave a secret for this run."""
        return tuple(self._environment)

    def __repr__(self) -> str:
        """Say how many secrets were seen, never which."""
        return f"Secrets({len(self._seen)} seen)"

    def _look_up(self, service: str, user: str) -> str | None:
        found = self._session.get(service, user) or self._vault.get(service, user)
        if found:
            self._seen.add(found)
        return found or None

    def _keep(self, service: str, user: str, secret: str, *, session_only: bool) -> None:
        self._seen.add(secret)
        if session_only:
            self._session.put(service, user, secret)
        else:
            self._vault.put(service, user, secret)
            self._session.forget(service, user)

    def _forget(self, service: str, user: str) -> None:
        self._session.forget(service, user)
        self._vault.forget(service, user)

    def _where(self, service: str, user: str) -> str:
        if self._session.get(service, user):
            return self._session.name
        try:
            return self._vault.name if self._vault.get(service, user) else ""
        except VaultError:
            return ""


def scrub(environ: MutableMapping[str, str] = os.environ) -> None:
    """Take every secret of cartdesk's out of the environment, where none of them is read."""
    for name in [name for name in environ if _LOOKS_SECRET.fullmatch(name)]:
        del environ[name]


def shop_service(address: str) -> str:
    """Give the keyring's service name of a shop.

    The path belongs to it: two shops of one host in different folders have different keys.
    """
    parts = urlsplit(address.strip())
    return f"cartdesk:woocommerce:{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def mail_service(host: str) -> str:
    """Give the keyring's service name of a mail server."""
    return f"cartdesk:smtp:{host.strip().lower()}"


def mailbox_service(host: str) -> str:
    """Give the keyring's service name of a server mail is read from."""
    return f"cartdesk:imap:{host.strip().lower()}"

"""``doctor``: looks at everything, changes nothing, and says what to do about what is wrong.

Each part is looked at by itself, so what is missing never hides the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.paths import ShopPaths
from cartdesk.adapters.patience import limited
from cartdesk.adapters.secrets import Secrets
from cartdesk.domain.checks import missing_of_sender
from cartdesk.domain.ports import Clock, StoreError, VaultError
from cartdesk.domain.settings import Audience, Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work.examining import examine_shop, refused
from cartdesk.work.examining_files import SETUP, examine_files, examine_ledger
from cartdesk.work.languages import words_trouble

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP


@dataclass(frozen=True, slots=True)
class Examined:
    """What is examined: one shop's files, settings (with their mistakes), secrets and time."""

    paths: ShopPaths
    settings: Settings
    secrets: Secrets
    clock: Clock
    problems: Sequence[str] = ()


async def examine(here: Examined) -> AsyncIterator[Finding]:
    """Look at everything there is, from the files to the mail server, and give the findings."""
    for finding in examine_files(here.paths, here.problems):
        yield finding
    found, drafts_known = await asyncio.to_thread(
        examine_ledger, here.paths.ledger, here.clock.now(), here.paths.mended
    )
    for finding in found:
        yield finding
    for finding in await asyncio.to_thread(_secrets, here):
        yield finding
    for finding in await _shop(here, drafts_known):
        yield finding
    for finding in await asyncio.to_thread(_mail, here):
        yield finding
    yield await asyncio.to_thread(_mailbox, here)
    for finding in (*_sender(here.settings), _audience(here.settings), *_letters(here.paths)):
        yield finding


def _secrets(here: Examined) -> list[Finding]:
    """Tell which secrets are there and where, never what they are."""
    shop, mail = here.settings.shop, here.settings.mail
    try:
        name = limited(lambda: here.secrets.keyring)
    except VaultError as error:
        return [Finding("keyring", STOP, str(error))]
    if name == "no keyring":
        found = [Finding("keyring", WARN, _why_no_keyring(here.secrets))]
    else:
        found = [Finding("keyring", OK, f"Secrets are kept in: {name}.")]
    if shop.address:
        where = limited(lambda: here.secrets.where_shop_key(shop.address))
        found.append(_secret("The shop's key", where))
    if mail.login:
        where = limited(lambda: here.secrets.where_mail_password(mail.host, mail.login))
        found.append(_secret(f"The password of {mail.login}", where))
    return found


def _secret(what: str, where: str) -> Finding:
    if where:
        return Finding("secrets", OK, f"{what} is there ({where}).")
    return Finding("secrets", STOP, f"{what} is missing.", SETUP)


def _why_no_keyring(secrets: Secrets) -> str:
    try:
        limited(lambda: secrets.mail_password("localhost", "nobody"))
    except VaultError as error:
        return str(error)
    return "No keyring can be reached."


async def _shop(here: Examined, drafts_known: bool) -> list[Finding]:
    address = here.settings.shop.address
    if not address:
        return [Finding("shop", STOP, "No shop is set.", SETUP)]
    try:
        keys = await asyncio.to_thread(limited, lambda: here.secrets.shop_key(address))
    except VaultError as error:
        return [Finding("shop", STOP, f"Not asked, as its key cannot be had: {error}")]
    if keys is None:
        return [Finding("shop", STOP, "Not asked, as there is no key.", SETUP)]
    from cartdesk.adapters.shop.address import read_address
    from cartdesk.adapters.shop.woocommerce import WooCommerce

    try:
        secure = read_address(address).secure
        ca_file = here.settings.shop.ca_file
        store = WooCommerce(address, *keys, clock=here.clock, ca_file=ca_file)
    except StoreError as error:
        return [refused("shop", error)]
    try:
        now = here.clock.now()
        _, found = await examine_shop(store, now, secure=secure, drafts_known=drafts_known)
        return found
    finally:
        await store.close()


def _mail(here: Examined) -> list[Finding]:
    mail = here.settings.mail
    if not mail.host:
        return [Finding("mail", STOP, "No mail account is set.", SETUP)]
    try:
        password = limited(lambda: here.secrets.mail_password(mail.host, mail.login))
    except VaultError as error:
        return [Finding("mail", STOP, f"Not tried, as the password cannot be had: {error}")]
    if mail.login and not password:
        return [Finding("mail", STOP, "Not tried, as there is no password.", SETUP)]
    from cartdesk.adapters.mail.smtp import SmtpMailer

    return [SmtpMailer(mail, password or "").probe()]


def _mailbox(here: Examined) -> Finding:
    settings = here.settings
    if not settings.imap.host:
        silent = "No mailbox is set up (it is optional), so replies and bounces are not heard."
        return Finding("mailbox", OK, silent, "To hear them: “cartdesk setup --mailbox”.")
    try:
        password = limited(lambda: here.secrets.mailbox_password(settings))
    except VaultError as error:
        return Finding("mailbox", WARN, f"Not tried, as the password cannot be had: {error}")
    if not password:
        mend = "Run “cartdesk setup --mailbox”, or set CARTDESK_IMAP_PASSWORD."
        return Finding("mailbox", WARN, "Not tried, as there is no password.", mend)
    from cartdesk.adapters.mail.imap import ImapMailbox

    found = ImapMailbox(settings.mailbox, password).probe()
    return replace(found, verdict=WARN) if found.verdict is STOP else found


def _sender(settings: Settings) -> list[Finding]:
    sender, login = settings.sender, settings.mail.login
    missing = ", ".join(missing_of_sender(settings))
    if missing:
        return [Finding("sender", STOP, f"Missing: {missing}. No letter goes before.", SETUP)]
    found = [Finding("sender", OK, f"Letters come from {sender.name} <{sender.email}>.")]
    if "@" in login and login.casefold() != sender.email.casefold():
        found.append(
            Finding(
                "sender",
                WARN,
                f"Letters come from {sender.email}, but the mail account is {login}.",
                "Many servers refuse that, or it ends as spam: use the account's own address.",
            )
        )
    return found


def _audience(settings: Settings) -> Finding:
    audience, key = settings.consent.audience, settings.consent.meta_key
    if audience is Audience.UNDECIDED:
        return Finding("who gets letters", STOP, "Nobody has chosen who may get letters.", SETUP)
    if audience is Audience.CONSENT and not key:
        return Finding(
            "who gets letters",
            STOP,
            "Only a consent lets a letter go, but the order field that holds it is not named.",
            "Set consent.meta_key in the settings file.",
        )
    words = {
        Audience.CONSENT: f"Only people with a consent ({key}) get letters.",
        Audience.CUSTOMER: "People with a consent, and earlier customers, get letters.",
        Audience.EVERYONE: "Everyone who typed an address gets letters, as you decided.",
    }[audience]
    return Finding("who gets letters", OK, words)


def _letters(paths: ShopPaths) -> list[Finding]:
    box = Letterbox(paths.letters)
    problems = box.problems()
    found = [Finding("letters", STOP, p, "Mend the letter, or delete the file.") for p in problems]
    wrong = filter(None, (words_trouble(box, language) for language in box.all_languages()))
    found += [Finding("letters", WARN, sentence, "Mend that file.") for sentence in wrong]
    return found or [Finding("letters", OK, "Every letter can be filled in.")]

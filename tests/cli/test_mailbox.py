"""The mailbox from the command line: set up by question, looked into for proof, examined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.vault import KeyringVault
from cartdesk.cli.exits import Exit
from cartdesk.domain.settings import Encryption, ImapSettings, MailSettings
from cartdesk.work.setup import Setup
from tests.adapters.mail.dovecot import PASSWORD, Account, Dovecot, imap
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.adapters.mail.letters_back import answer
from tests.cli.terminal import Terminal, open_terminal, shop_files
from tests.cli.typist import Typist

__all__ = ["imap"]
ANA = "ana@example.org"


@pytest.fixture
def account(imap: Dovecot) -> Account:
    return imap.account()


def change(*, mail: MailSettings | None = None, imap: ImapSettings | None = None) -> None:
    file = SettingsFile(shop_files().settings)
    known = file.read()
    file.write(replace(known, mail=mail or known.mail, imap=imap or known.imap))


def move_in(account: Account, password: str = PASSWORD) -> None:
    settings = account.settings()
    change(imap=settings)
    secrets = Secrets(KeyringVault(), environ={})
    secrets.keep_mailbox_password(settings.host, settings.login, password)


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        yield opened


async def unsure(terminal: Terminal) -> int:
    """Send a letter whose answer is lost, and give its number."""
    await terminal.run("poll")
    number = (await terminal.letters())[ANA]
    with FaultySmtp({"dot": [Fault(b"", "rst")]}) as server:
        change(mail=MailSettings("127.0.0.1", server.port, Encryption.NONE, "a"))
        Secrets(KeyringVault(), environ={}).keep_mail_password("127.0.0.1", "a", "b")
        assert (await terminal.run("send", number, "--yes")).code == Exit.MAIL
    return number


async def state(terminal: Terminal, number: int) -> str:
    return str((await terminal.run("show", number, "--json")).json["letter"]["state"])


async def test_settle_shows_the_proof_and_goes_by_it_when_told_to(
    terminal: Terminal, account: Account
) -> None:
    number = await unsure(terminal)
    alone = await terminal.run("settle", number)
    assert alone.code == Exit.MAIL
    assert "cartdesk cannot look into your mailbox" in alone.out
    move_in(account)
    nothing = await terminal.run("settle", number, "proof")
    assert nothing.code == Exit.NOTHING
    assert "Nothing was found that proves" in nothing.err
    shown = await terminal.run("show", number, "--json")
    message_id = shown.json["letter"]["message_id"]
    copy = f"Message-ID: {message_id}\n\nHello\n".encode()
    account.deliver(copy, at=terminal.world.clock.now(), folder="Sent")
    found = await terminal.run("settle", number)
    assert found.code == Exit.OK
    assert "it went out" in found.out.splitlines()[1]
    assert "it lies in the folder “Sent”" in found.out.splitlines()[1]
    assert f"cartdesk settle {number} proof" in found.err
    as_json = (await terminal.run("settle", number, "--json")).json
    assert as_json["proof"]["rule"] == "sent-folder"
    again = await terminal.run("settle", number, "again", "--yes")
    assert again.code == Exit.NOTHING
    assert "Not sent again: it lies in the folder “Sent”" in again.err
    assert await state(terminal, number) == "unsure"
    assert (await terminal.run("settle", number, "proof")).code == Exit.OK
    assert await state(terminal, number) == "sent"


async def test_poll_reads_the_mailbox_and_tells_who_wrote_back(
    terminal: Terminal, account: Account
) -> None:
    number = await unsure(terminal)
    move_in(account)
    shown = await terminal.run("show", number, "--json")
    account.deliver(answer(shown.json["letter"]["message_id"]), at=terminal.world.clock.now())
    assert "Mailbox: 1 person wrote back" in (await terminal.run("poll")).out


async def test_doctor_tries_the_mailbox(terminal: Terminal, account: Account) -> None:
    absent = (await terminal.run("doctor")).out
    assert "No mailbox is set up (it is optional)" in absent
    change(imap=account.settings())
    assert "Not tried, as there is no password" in (await terminal.run("doctor")).out
    move_in(account, "hunter2")
    wrong = await terminal.run("doctor")
    assert "did not let user" in wrong.out
    assert "hunter2" not in wrong.out
    move_in(account)
    account.deliver(b"Subject: old\n\n", at=terminal.world.clock.now(), folder="Sent")
    fine = await terminal.run("doctor")
    assert "can be read by TLS" in fine.out
    assert "sent letters in “Sent”" in fine.out


def by_question_and_answer(account: Account) -> tuple[int, str]:
    with Typist("setup", "--mailbox") as typist:
        typist.answer("Server", "127.0.0.1")
        typist.answer("Encryption", "starttls")
        typist.answer("Port [143]", str(account.settings(Encryption.STARTTLS).port))
        typist.answer("Login", account.login)
        typist.answer("Password", "wrong")
        typist.answer("Server [imap.oakandtin.example]", "127.0.0.1")
        typist.answer("Encryption", "starttls")
        typist.answer("Port", str(account.settings(Encryption.STARTTLS).port))
        typist.answer("Login", account.login)
        typist.answer("Password", PASSWORD)
        return typist.end(), typist.seen


async def test_it_is_set_up_by_question_and_answer(terminal: Terminal, account: Account) -> None:
    change(
        mail=MailSettings("smtp.oakandtin.example"),
        imap=ImapSettings(ca_file=account.settings().ca_file),
    )
    code, seen = await asyncio.to_thread(by_question_and_answer, account)
    assert code == Exit.OK, seen
    assert "did not let" in seen
    assert PASSWORD not in seen
    kept = SettingsFile(shop_files().settings).read()
    assert kept.imap == replace(
        account.settings(Encryption.STARTTLS), ca_file=account.settings().ca_file
    )
    assert PASSWORD not in shop_files().settings.read_text("utf-8")


async def test_the_password_for_sending_is_taken_only_for_the_same_login(
    terminal: Terminal, account: Account
) -> None:
    place = shop_files()
    secrets = Secrets(KeyringVault(), environ={})
    secrets.keep_mail_password("smtp.shop.example", account.login, PASSWORD)
    setup = Setup(place, secrets, terminal.world.clock)
    change(mail=MailSettings("smtp.shop.example", login=account.login), imap=account.settings())
    settings = setup.settings()
    (without,) = await setup.test_mailbox(settings, "")
    assert "No login and password are known" in without.sentence
    same = replace(settings, imap=replace(settings.imap, same_password=True))
    (with_it,) = await setup.test_mailbox(same, "")
    assert "does not say which folder holds sent mail" in with_it.sentence  # it was let in

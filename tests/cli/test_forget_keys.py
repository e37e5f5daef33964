"""Taking the keys out of the keyring again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.vault import KeyringVault
from cartdesk.cli.exits import Exit
from cartdesk.domain.ports import VaultError
from cartdesk.domain.settings import Encryption, ImapSettings
from tests.cli.terminal import Terminal, open_terminal, shop_files


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        file = SettingsFile(shop_files().settings)
        imap = ImapSettings("127.0.0.1", 1, Encryption.TLS, "me@shop.example")
        file.write(replace(file.read(), imap=imap))
        secrets = Secrets(KeyringVault(), environ={})
        secrets.keep_mailbox_password("127.0.0.1", "me@shop.example", "for reading")
        yield opened


def kept() -> list[str]:
    settings = SettingsFile(shop_files().settings).read()
    return [one.what for one in Secrets(KeyringVault(), environ={}).kept(settings)]


async def test_keys_are_forgotten_after_a_yes_and_it_is_said_what_to_do_next(
    terminal: Terminal,
) -> None:
    before = kept()
    assert len(before) == 3
    for answer in ("n\n", "\n", ""):
        said = await terminal.run("forget-keys", types=answer)
        assert (said.code, "Nothing was removed." in said.err) == (Exit.NOTHING, True)
        assert all(what in said.err for what in before)
    assert (await terminal.run("forget-keys")).code == Exit.USAGE
    assert (await terminal.run("--read-only", "forget-keys", "--yes")).code == Exit.NOTHING
    assert kept() == before
    shop_files().ledger.write_bytes(b"no ledger at all" * 100)  # which it does not need
    said = await terminal.run("forget-keys", "--json", types="y\n")
    assert (said.code, said.json) == (Exit.OK, {"removed": before, "left": []})
    assert "WooCommerce > Settings > Advanced > REST API" in said.err
    assert kept() == []
    shop_files().ledger.unlink()
    assert (await terminal.run("poll")).code == Exit.SECRETS
    assert (await terminal.run("forget-keys", "--yes")).code == Exit.NOTHING


async def test_what_the_environment_gives_is_named_and_stays_the_persons_own(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTDESK_SMTP_PASSWORD", "given for once")
    said = await terminal.run("forget-keys", "--yes")
    assert said.code == Exit.OK
    assert "CARTDESK_SMTP_PASSWORD" in said.err
    assert "given for once" not in said.out + said.err


async def test_one_that_the_keyring_does_not_let_go_keeps_no_other_from_going(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = KeyringVault.forget

    def stubborn(vault: KeyringVault, service: str, user: str) -> None:
        if service.startswith("cartdesk:smtp"):
            raise VaultError("denied", "The keyring refused.")
        forget(vault, service, user)

    monkeypatch.setattr(KeyringVault, "forget", stubborn)
    said = await terminal.run("forget-keys", "--yes")
    assert said.code == Exit.SECRETS
    assert "Not removed: the password of" in said.err
    assert len(said.out.splitlines()) == 2
    assert len(kept()) == 1

"""Secrets are kept safely, or the merchant is told why not and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from keyring import errors
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from cartdesk.adapters.secrets import Secrets, mail_service, shop_service
from cartdesk.adapters.vault import KeyringVault, SessionVault
from cartdesk.domain.ports import Vault, VaultError
from cartdesk.domain.settings import ImapSettings, MailSettings, Settings, ShopSettings
from tests.memory_keyring import MemoryKeyring

SHOP = "https://shop.example"
HOST = "smtp.shop.example"


class Failing(KeyringBackend):
    """Raises the same error at everything."""

    priority = 0.1

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error


class Lying(MemoryKeyring):
    """Says it kept a secret, and gives back ``lie``."""

    def __init__(self, lie: str | None) -> None:
        super().__init__()
        self.lie = lie

    def get_password(self, service: str, username: str) -> str | None:
        return self.lie


def made(kind: Any, *words: object) -> KeyringBackend:
    """Make a back end (keyring's own classes have no types)."""
    backend: KeyringBackend = kind(*words)
    return backend


def unsafe(module: str, name: str) -> KeyringBackend:
    """Make a back end with the class name a package outside of keyring has."""
    return made(type(name, (MemoryKeyring,), {"__module__": module}))


def calls(vault: KeyringVault) -> tuple[Callable[[], object], ...]:
    """Give everything that can be asked of a vault."""
    return (
        lambda: vault.put("s", "u", "secret"),
        lambda: vault.get("s", "u"),
        lambda: vault.forget("s", "u"),
    )


UNSAFE = [
    made(null.Keyring),
    unsafe("keyrings.alt.file", "PlaintextKeyring"),
    unsafe("keyrings.alt.file", "EncryptedKeyring"),
    unsafe("keyrings.alt.Windows", "RegistryKeyring"),
    unsafe("keyrings.cryptfile.cryptfile", "CryptFileKeyring"),
    unsafe("somewhere.else", "MyPlaintextKeyring"),
    made(type("Child", (null.Keyring,), {})),
]


# The keyring.


def test_a_secret_is_kept_and_forgotten() -> None:
    vault: Vault = KeyringVault(MemoryKeyring())
    assert vault.get("s", "u") is None
    vault.put("s", "u", "ä" * 3000)
    assert vault.get("s", "u") == "ä" * 3000
    vault.forget("s", "u")
    vault.forget("s", "u")
    assert vault.get("s", "u") is None


def test_keyring_itself_chooses_the_back_end() -> None:
    vault = KeyringVault()
    assert vault.name == "tests.memory_keyring.MemoryKeyring"


@pytest.mark.parametrize("backend", UNSAFE, ids=lambda backend: type(backend).__name__)
@pytest.mark.parametrize("chained", [False, True])
def test_back_ends_that_keep_secrets_unsafely_are_refused(
    backend: KeyringBackend, chained: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = backend
    if chained:
        monkeypatch.setattr(chainer.ChainerBackend, "backends", [MemoryKeyring(), backend])
        chosen = made(chainer.ChainerBackend)
    vault = KeyringVault(chosen)
    for call in calls(vault):
        with pytest.raises(VaultError) as caught:
            call()
        assert caught.value.kind == "unsafe"
        assert "is not used" in str(caught.value)
        assert "CARTDESK_SMTP_PASSWORD" in str(caught.value)
    assert vault.name == "no keyring"
    if isinstance(backend, MemoryKeyring):
        assert backend.get_password("s", "u") is None


def test_a_chain_of_safe_back_ends_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = MemoryKeyring(), MemoryKeyring()
    monkeypatch.setattr(chainer.ChainerBackend, "backends", [first, second])
    vault = KeyringVault(made(chainer.ChainerBackend))
    vault.put("s", "u", "secret")
    assert first.get_password("s", "u") == "secret"


@pytest.mark.parametrize("lie", [None, "", "secre", "secret "])
def test_a_back_end_that_does_not_give_back_what_it_took_is_caught(lie: str | None) -> None:
    with pytest.raises(VaultError) as caught:
        KeyringVault(made(Lying, lie)).put("s", "u", "secret")
    assert caught.value.kind == "lost"


def test_a_back_end_that_does_not_delete_is_caught() -> None:
    with pytest.raises(VaultError, match="still holds the secret") as caught:
        backend = Lying("secret")
        backend.set_password("s", "u", "secret")
        backend.delete_password = lambda service, username: None  # type: ignore[method-assign]
        KeyringVault(backend).forget("s", "u")
    assert caught.value.kind == "denied"


class WindowsError(Exception):
    """What pywin32 raises: (number, function, text), and it is no OSError."""


WindowsError.__name__ = "error"


def windows(number: int, text: str) -> OSError:
    error = OSError(22, text)
    error.winerror = number  # type: ignore[attr-defined,unused-ignore]
    return error


class PromptDismissedException(Exception):
    """What secretstorage raises when the person says no."""


ERRORS: list[tuple[Exception, str, str, str]] = [
    (errors.NoKeyringError("no"), "linux", "none", "dbus-run-session"),
    (errors.InitError("Failed: Prompt dismissed"), "linux", "locked", "gnome-keyring-daemon"),
    (errors.KeyringLocked("Failed to unlock"), "linux", "locked", "Unlock it"),
    (errors.KeyringLocked("denied"), "darwin", "denied", "Always Allow"),
    (errors.KeyringError("(-25308, 'Unknown Error')"), "darwin", "locked", "security unlock"),
    (errors.PasswordSetError("(-25293, 'x')"), "darwin", "denied", "Always Allow"),
    (errors.PasswordSetError("no"), "linux", "denied", "Answer the keyring's question"),
    (PromptDismissedException("dismissed"), "linux", "denied", "Answer"),
    (WindowsError(1783, "CredWrite", "stub received bad data"), "win32", "too-long", "1280"),
    (windows(1783, "bad data"), "win32", "too-long", "1280"),
    (WindowsError(8, "CredWrite", "not enough memory"), "win32", "too-long", "1280"),
    (WindowsError(1312, "CredWrite", "no logon session"), "win32", "none", "Log in to Windows"),
    (WindowsError(5, "CredWrite", "Access is denied"), "win32", "denied", "Credential Manager"),
    (ConnectionResetError(104, "reset by peer"), "linux", "none", "reset by peer"),
    (FileNotFoundError(2, "no bus"), "linux", "none", "no bus"),
    (RuntimeError("No recommended backend"), "linux", "denied", "No recommended backend"),
    (ValueError("odd \x1b[2J"), "linux", "denied", "ValueError"),
]


@pytest.mark.parametrize(("error", "platform", "kind", "words"), ERRORS, ids=range(len(ERRORS)))
def test_every_error_is_one_of_the_named_kinds_with_what_to_do(
    error: Exception, platform: str, kind: str, words: str
) -> None:
    vault = KeyringVault(made(Failing, error), platform)
    for call in calls(vault):
        with pytest.raises(VaultError) as caught:
            call()
        assert caught.value.kind == kind
        assert words in str(caught.value)
        assert "CARTDESK_WC_KEY" in str(caught.value)
        assert "\x1b" not in str(caught.value)


def test_no_keyring_at_all_is_said_with_what_to_do() -> None:
    with pytest.raises(VaultError, match="No keyring can be reached") as caught:
        KeyringVault(made(fail.Keyring), "linux").get("s", "u")
    assert caught.value.kind == "none"


def test_a_back_end_that_cannot_even_be_loaded_is_no_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keyring

    def missing() -> KeyringBackend:
        raise ModuleNotFoundError("No module named 'nowhere'")

    monkeypatch.setattr(keyring, "get_keyring", missing)
    with pytest.raises(VaultError, match="No module named 'nowhere'") as caught:
        KeyringVault().put("s", "u", "x")
    assert caught.value.kind == "none"


def test_an_error_never_repeats_the_secret() -> None:
    vault = KeyringVault(Failing(ValueError("cannot store hunter2")))
    with pytest.raises(VaultError) as caught:
        vault.put("s", "u", "hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


# Where secrets are looked up.


@pytest.fixture
def vault() -> KeyringVault:
    return KeyringVault(MemoryKeyring())


def test_the_environment_counts_first_and_is_emptied(vault: KeyringVault) -> None:
    vault.put(shop_service(SHOP), "consumer_key", "ck_kept")
    vault.put(shop_service(SHOP), "consumer_secret", "cs_kept")
    environ = {
        "CARTDESK_WC_KEY": "ck_1",
        "CARTDESK_WC_SECRET": "cs_1",
        "CARTDESK_SMTP_PASSWORD": "pw",
        "PATH": "/bin",
    }
    secrets = Secrets(vault, environ)
    assert environ == {"PATH": "/bin"}
    assert secrets.shop_key(SHOP) == ("ck_1", "cs_1")
    assert secrets.mail_password(HOST, "ana") == "pw"
    assert secrets.where_shop_key(SHOP) == "environment"
    assert secrets.where_mail_password(HOST, "ana") == "environment"
    assert secrets.known() == {"ck_1", "cs_1", "pw"}


def test_the_real_environment_is_the_default(
    vault: KeyringVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTDESK_SMTP_PASSWORD", "pw")
    secrets = Secrets(vault)
    assert "CARTDESK_SMTP_PASSWORD" not in os.environ
    assert secrets.mail_password(HOST, "ana") == "pw"


@pytest.mark.parametrize("name", ["CARTDESK_WC_KEY", "CARTDESK_WC_SECRET"])
def test_half_a_key_in_the_environment_is_named(vault: KeyringVault, name: str) -> None:
    with pytest.raises(VaultError, match=f"{name} is set but"):
        Secrets(vault, {name: "x"}).shop_key(SHOP)


def test_the_session_counts_before_the_keyring_and_dies_with_it(vault: KeyringVault) -> None:
    secrets = Secrets(vault, {})
    secrets.keep_mail_password(HOST, "ana", "kept")
    secrets.keep_mail_password(HOST, "ana", "typed", session_only=True)
    assert secrets.mail_password(HOST, "ana") == "typed"
    assert secrets.where_mail_password(HOST, "ana") == "this session"
    assert Secrets(vault, {}).mail_password(HOST, "ana") == "kept"
    secrets.keep_mail_password(HOST, "ana", "newer")
    assert secrets.mail_password(HOST, "ana") == "newer"
    assert secrets.where_mail_password(HOST, "ana") == vault.name


def test_keys_are_kept_apart_by_shop_host_and_login(vault: KeyringVault) -> None:
    secrets = Secrets(vault, {})
    secrets.keep_shop_key(f"{SHOP}/", "ck_1", "cs_1")
    secrets.keep_shop_key(f"{SHOP}/second", "ck_2", "cs_2")
    secrets.keep_mail_password(HOST, "ana", "one")
    secrets.keep_mail_password(HOST, "bob", "two")
    assert secrets.shop_key("https://SHOP.example") == ("ck_1", "cs_1")
    assert secrets.shop_key(f"{SHOP}/second") == ("ck_2", "cs_2")
    assert secrets.shop_key("https://other.example") is None
    assert secrets.mail_password(HOST.upper(), "ana") == "one"
    assert secrets.mail_password(HOST, "bob") == "two"
    assert mail_service(HOST) == "cartdesk:smtp:smtp.shop.example"
    assert shop_service(SHOP) == "cartdesk:woocommerce:https://shop.example"


def test_the_mailbox_has_a_password_of_its_own(vault: KeyringVault) -> None:
    settings = Settings(
        mail=MailSettings(HOST, login="ana"), imap=ImapSettings("IMAP.shop.example", login="bob")
    )
    secrets = Secrets(vault, {})
    secrets.keep_mail_password(HOST, "ana", "for sending")
    assert secrets.mailbox_password(settings) is None
    assert secrets.where_mailbox_password(settings) == ""
    secrets.keep_mailbox_password("imap.shop.example", "bob", "for reading")
    assert secrets.mailbox_password(settings) == "for reading"
    assert secrets.where_mailbox_password(settings) == vault.name
    assert vault.get("cartdesk:imap:imap.shop.example", "bob") == "for reading"
    once = Secrets(vault, {"CARTDESK_IMAP_PASSWORD": "for once"})
    assert once.mailbox_password(settings) == "for once"
    assert once.where_mailbox_password(settings) == "environment"
    assert once.mail_password(HOST, "ana") == "for sending"
    secrets.forget_mailbox_password("imap.shop.example", "bob")
    assert secrets.mailbox_password(settings) is None


def test_the_password_for_sending_opens_the_mailbox_only_where_the_merchant_said_so(
    vault: KeyringVault,
) -> None:
    mail = MailSettings(HOST, login="ana")
    secrets = Secrets(vault, {})
    secrets.keep_mail_password(HOST, "ana", "for both")

    def password(imap: ImapSettings) -> tuple[str | None, bool]:
        settings = Settings(mail=mail, imap=imap)
        return secrets.mailbox_password(settings), bool(secrets.where_mailbox_password(settings))

    same = ImapSettings("imap.shop.example", same_password=True)
    assert password(same) == ("for both", True)
    assert password(replace(same, login="ana")) == ("for both", True)
    assert password(replace(same, login="bob")) == (None, False)
    assert password(replace(same, same_password=False)) == (None, False)
    secrets.keep_mailbox_password("imap.shop.example", "ana", "own")
    assert password(same) == ("own", True)


def test_forgetting_leaves_nothing_anywhere(vault: KeyringVault) -> None:
    secrets = Secrets(vault, {"CARTDESK_SMTP_PASSWORD": "once"})
    settings = Settings(shop=ShopSettings(SHOP), mail=MailSettings(HOST, login="ana"))
    settings = replace(settings, imap=ImapSettings("imap.shop.example", login="ana"))
    assert secrets.kept(settings) == ()
    assert secrets.given == ("CARTDESK_SMTP_PASSWORD",)
    secrets.keep_shop_key(SHOP, "ck_2", "cs_2")
    secrets.keep_mail_password(HOST, "ana", "pw", session_only=True)
    secrets.keep_mail_password(HOST, "bob", "other")
    secrets.keep_mailbox_password("imap.shop.example", "ana", "for reading")
    found = secrets.kept(settings)
    assert len(found) == 3
    assert "pw" not in repr(found)
    for one in found:
        secrets.forget(one)
    assert secrets.kept(settings) == ()
    again = Secrets(vault, {})
    assert again.shop_key(SHOP) is None
    assert again.mail_password(HOST, "ana") is None
    assert again.mailbox_password(settings) is None
    assert again.mail_password(HOST, "bob") == "other"


def test_a_key_of_which_one_half_is_not_kept_leaves_no_half_behind() -> None:
    class OneOnly(MemoryKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            if username == "consumer_secret":
                raise errors.PasswordSetError("full")
            super().set_password(service, username, password)

    backend = OneOnly()
    with pytest.raises(VaultError, match="full"):
        Secrets(KeyringVault(backend), {}).keep_shop_key(SHOP, "ck_1", "cs_1")
    assert backend.get_password(shop_service(SHOP), "consumer_key") is None


def test_a_keyring_that_cannot_be_asked_is_an_error_not_a_missing_secret() -> None:
    secrets = Secrets(KeyringVault(Failing(errors.KeyringLocked("locked")), "linux"), {})
    with pytest.raises(VaultError):
        secrets.mail_password(HOST, "ana")
    assert secrets.where_mail_password(HOST, "ana") == ""
    secrets.keep_mail_password(HOST, "ana", "typed", session_only=True)
    assert secrets.mail_password(HOST, "ana") == "typed"


def test_no_repr_shows_a_secret(vault: KeyringVault) -> None:
    secrets = Secrets(vault, {"CARTDESK_SMTP_PASSWORD": "hunter2"})
    session = SessionVault()
    session.put("s", "u", "hunter2")
    assert "hunter2" not in f"{secrets!r} {secrets} {session!r} {session} {vault!r}"

"""The keyring of the operating system, and a place in memory for one session."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cartdesk.domain.ports import VaultError
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_NAMES = {
    "keyring.backends.SecretService": "GNOME keyring (Secret Service)",
    "keyring.backends.libsecret": "GNOME keyring (Secret Service)",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}
# null forgets without a word, the others keep secrets in plain text or prompt on the terminal.
_UNSAFE_MODULES = ("keyring.backends.null", "keyrings.alt", "keyrings.cryptfile")
_OTHER_WAYS = (
    "Or give the secrets for one run in CARTDESK_WC_KEY, CARTDESK_WC_SECRET and "
    "CARTDESK_SMTP_PASSWORD, or type them at each start."
)
_START = {
    "darwin": "Log in at the screen of the Mac; over SSH: security unlock-keychain.",
    "win32": "Log in to Windows with your own account, not as a service.",
}
_START_LINUX = (
    "Start one (GNOME Keyring, KWallet or KeePassXC); on a server without a screen: "
    "dbus-run-session with gnome-keyring-daemon --unlock."
)
_UNLOCK = {
    "darwin": "Unlock the login keychain in Keychain Access (over SSH: security unlock-keychain).",
    "win32": "Log in to Windows again, then try once more.",
}
_UNLOCK_LINUX = (
    "Unlock it in Passwords and Keys, KWallet or KeePassXC; on a server without a screen: "
    "gnome-keyring-daemon --unlock."
)
_ALLOW = {
    "darwin": "Choose Always Allow when macOS asks, or mend it in Keychain Access.",
    "win32": "Look in Credential Manager (Control Panel) whether it may be changed.",
}
_ALLOW_LINUX = "Answer the keyring's question with yes, then try once more."
_TRIES = 5


class KeyringVault:
    """The operating system's keyring. Every secret put is read back and compared.

    ``backend`` and ``platform`` are for tests; normally keyring chooses and this system counts.
    """

    def __init__(self, backend: KeyringBackend | None = None, platform: str = sys.platform) -> None:
        self._chosen = backend
        self._platform = platform

    @property
    def name(self) -> str:
        """Name the keyring in words; "no keyring" when there is none that can be used."""
        try:
            return _name(self._backend())
        except VaultError:
            return "no keyring"

    def get(self, service: str, user: str) -> str | None:
        """Give the secret, or None when there is none. Raises :class:`VaultError`."""
        backend = self._backend()
        try:
            secret: str | None = backend.get_password(service, user)
        except Exception as error:  # the back ends let errors of their own libraries through
            raise self._problem(error) from None
        return secret

    def put(self, service: str, user: str, secret: str) -> None:
        """Keep a secret and read it back to be sure. Raises :class:`VaultError`."""
        backend = self._backend()
        try:
            backend.set_password(service, user, secret)
        except Exception as error:  # as above
            raise self._problem(error, secret) from None
        if self.get(service, user) != secret:
            raise VaultError(
                "lost",
                f"{_name(backend)} took the secret but gave back something else, so it is not kept "
                f"there. {_OTHER_WAYS}",
            )

    def forget(self, service: str, user: str) -> None:
        """Delete a secret; nothing happens when there is none. Raises :class:`VaultError`."""
        backend = self._backend()
        for _ in range(_TRIES):  # a Secret Service may hold the same item more than once
            if self.get(service, user) is None:
                return
            try:
                backend.delete_password(service, user)
            except Exception as error:  # as above
                raise self._problem(error) from None
        raise VaultError(
            "denied",
            f"{_name(backend)} still holds the secret after it was deleted. Delete "
            f"{clean(service)} there yourself.",
        )

    def _backend(self) -> KeyringBackend:
        backend = self._chosen
        if backend is None:
            try:
                import keyring

                backend = self._chosen = keyring.get_keyring()
            except Exception as error:  # PYTHON_KEYRING_BACKEND or keyringrc.cfg may name anything
                raise self._no_keyring(f" ({_said(error)})") from None
        if unsafe := [name for name in map(_path, _parts(backend)) if _is_unsafe(name)]:
            raise VaultError(
                "unsafe",
                f"The keyring {clean(unsafe[0])} does not keep secrets safely, so it is not used. "
                f"Remove it (pip uninstall keyrings.alt keyrings.cryptfile) or unset "
                f"PYTHON_KEYRING_BACKEND. {_OTHER_WAYS}",
            )
        if all(".fail." in _path(part) for part in _parts(backend)):
            raise self._no_keyring()
        return backend

    def _no_keyring(self, reason: str = "") -> VaultError:
        start = _START.get(self._platform, _START_LINUX)
        return VaultError("none", f"No keyring can be reached{reason}. {start} {_OTHER_WAYS}")

    def _problem(self, error: Exception, secret: str = "") -> VaultError:
        """Map an error of any back end to one of the named kinds, with what to do.

        The Windows and D-Bus back ends raise errors of libraries that are not installed
        everywhere, so they are known by name and number.
        """
        kinds = {kind.__name__ for kind in type(error).__mro__}
        number = getattr(error, "winerror", None) or next(iter(error.args), None)
        said = _said(error, secret)
        name = _name(self._backend())
        if number == 1783 or (number == 8 and "error" in kinds):
            return VaultError(
                "too-long",
                f"The secret is too long for {name} (Windows takes 1280 characters). {_OTHER_WAYS}",
            )
        if kinds & {"NoKeyringError", "SecretServiceNotAvailableException"} or number == 1312:
            return self._no_keyring()
        locked = {"KeyringLocked", "InitError", "LockedException"}
        if "-25308" in said or (kinds & locked and self._platform != "darwin"):
            unlock = _UNLOCK.get(self._platform, _UNLOCK_LINUX)
            return VaultError("locked", f"{name} is locked. {unlock} {_OTHER_WAYS}")
        if isinstance(error, OSError):  # the keyring's own process went away
            return self._no_keyring(f" ({said})")
        allow = _ALLOW.get(self._platform, _ALLOW_LINUX)
        return VaultError("denied", f"{name} refused ({said}). {allow} {_OTHER_WAYS}")


class SessionVault:
    """Secrets kept in memory until the program ends."""

    name = "this session"

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], str] = {}

    def get(self, service: str, user: str) -> str | None:
        """Give the secret, or None when there is none."""
        return self._held.get((service, user))

    def put(self, service: str, user: str, secret: str) -> None:
        """Keep a secret until the program ends."""
        self._held[service, user] = secret

    def forget(self, service: str, user: str) -> None:
        """Delete a secret; nothing happens when there is none."""
        self._held.pop((service, user), None)

    def __repr__(self) -> str:
        """Say how many secrets there are, never which."""
        return f"SessionVault({len(self._held)} secrets)"


def _parts(backend: Any) -> list[Any]:
    """Give the back ends behind a chain, or the back end itself."""
    if type(backend).__module__ == "keyring.backends.chainer":
        return list(backend.backends) or [backend]
    return [backend]


def _path(backend: Any) -> str:
    """Name the first class of a back end's ancestry that is unsafe, or else its own class."""
    paths = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(backend).__mro__]
    return next(filter(_is_unsafe, paths), paths[0])


def _is_unsafe(path: str) -> bool:
    return path.startswith(_UNSAFE_MODULES) or "plaintext" in path.lower()


def _name(backend: Any) -> str:
    names = [
        next(
            (name for module, name in _NAMES.items() if type(part).__module__.startswith(module)),
            clean(f"{type(part).__module__}.{type(part).__qualname__}"),
        )
        for part in _parts(backend)
    ]
    return " and ".join(dict.fromkeys(names))


def _said(error: Exception, secret: str = "") -> str:
    text = str(error)
    if secret:
        text = text.replace(secret, "***")
    return clean(f"{type(error).__name__}: {text}" if text else type(error).__name__, 160)

"""The vault against a real Secret Service (GNOME keyring), on a session bus of its own.

Each test starts a private bus and runs a few lines of Python under it, so neither the bus nor
the keyring of the person who runs the tests is ever reached.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NEEDED = ("dbus-run-session", "gnome-keyring-daemon", "dbus-send", "secret-tool")
MISSING = [tool for tool in NEEDED if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or bool(MISSING),
    reason=f"needs Linux with dbus-daemon, gnome-keyring and libsecret-tools; missing: {MISSING}",
)

UNLOCKED = "printf testpass | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
NEVER_UNLOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null"
NO_DAEMON = ":"
LOCK = (
    "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets "
    "org.freedesktop.Secret.Service.Lock "
    "array:objpath:/org/freedesktop/secrets/collection/login >/dev/null"
)
BUS_WITHOUT_SERVICES = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
PROLOGUE = """\
import json, subprocess
from cartdesk.adapters.vault import KeyringVault
from cartdesk.domain.ports import VaultError
vault = KeyringVault()
def lock():
    subprocess.run({lock!r}, shell=True, check=True)
def kind(call, *words):
    try:
        return [call(*words)]
    except VaultError as error:
        return [error.kind, str(error)]
def tell(*found):
    print(json.dumps(found))
"""

Session = Callable[..., Any]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Run lines of Python under a private bus, after a daemon was started as given."""

    def run(lines: str, daemon: str = UNLOCKED, bus: str | None = None) -> Any:
        home = tmp_path / "person"
        (home / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
        keep = ("PATH", "LANG", "VIRTUAL_ENV")
        environ = {name: os.environ[name] for name in keep if name in os.environ} | {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_DATA_HOME": str(home / "share"),
            "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path),
            "PYTHON": sys.executable,
            "LINES": PROLOGUE.format(lock=LOCK) + lines,
        }
        options = []
        if bus is not None:
            config = tmp_path / "bus.conf"
            config.write_text(bus)
            options = [f"--config-file={config}"]
        done = subprocess.run(
            [
                "dbus-run-session",
                *options,
                "--",
                "sh",
                "-c",
                f'{daemon}\nexec "$PYTHON" -c "$LINES"',
            ],
            env=environ,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_a_secret_is_kept_read_back_and_forgotten(session: Session) -> None:
    found = session("""
long = "ä" * 50_000
vault.put("cartdesk:smtp:smtp.shop.example", "ana", "pass wörd")
vault.put("cartdesk:smtp:smtp.shop.example", "bob", long)
kept = vault.get("cartdesk:smtp:smtp.shop.example", "ana")
tool = subprocess.run(["secret-tool", "lookup", "service", "cartdesk:smtp:smtp.shop.example",
                       "username", "ana"], capture_output=True, text=True).stdout
whole = vault.get("cartdesk:smtp:smtp.shop.example", "bob") == long
vault.forget("cartdesk:smtp:smtp.shop.example", "ana")
vault.forget("cartdesk:smtp:smtp.shop.example", "ana")
tell(vault.name, kept, tool, whole, vault.get("cartdesk:smtp:smtp.shop.example", "ana"))
""")
    assert found == ["GNOME keyring (Secret Service)", "pass wörd", "pass wörd", True, None]


def test_a_secret_is_still_there_in_the_next_session_and_not_in_plain_text(
    session: Session, tmp_path: Path
) -> None:
    session('vault.put("s", "u", "kept-for-tomorrow"); tell()')
    files = [path for path in (tmp_path / "person").rglob("*") if path.is_file()]
    assert any(path.suffix == ".keyring" for path in files)
    assert not any(b"kept-for-tomorrow" in path.read_bytes() for path in files)
    assert session('tell(vault.get("s", "u"))') == ["kept-for-tomorrow"]


def test_both_halves_of_a_shop_key_survive_a_restart(session: Session) -> None:
    lines = """
from cartdesk.adapters.secrets import Secrets
secrets = Secrets(vault, {})
"""
    session(lines + 'secrets.keep_shop_key("https://shop.example", "ck_1", "cs_1"); tell()')
    found = session(
        lines + 'tell(secrets.shop_key("https://shop.example"), '
        'secrets.where_shop_key("https://shop.example"))'
    )
    assert found == [["ck_1", "cs_1"], "GNOME keyring (Secret Service)"]


def test_a_locked_keyring_is_said_to_be_locked(session: Session) -> None:
    found = session("""
vault.put("s", "u", "secret")
lock()
tell(kind(vault.get, "s", "u"), kind(vault.put, "s", "u", "x"), kind(vault.forget, "s", "u"))
""")
    assert [kind for kind, _ in found] == ["locked"] * 3
    assert "is locked. Unlock it" in found[0][1]


def test_a_keyring_that_was_never_unlocked_is_locked(session: Session) -> None:
    found = session(
        'tell(kind(vault.get, "s", "u"), kind(vault.put, "s", "u", "x"))', NEVER_UNLOCKED
    )
    assert [kind for kind, _ in found] == ["locked"] * 2


def test_a_bus_without_a_secret_service_has_no_keyring(session: Session) -> None:
    found = session(
        'tell(vault.name, kind(vault.get, "s", "u"), kind(vault.put, "s", "u", "x"))',
        NO_DAEMON,
        BUS_WITHOUT_SERVICES,
    )
    assert found[0] == "no keyring"
    assert [kind for kind, _ in found[1:]] == ["none"] * 2
    assert "dbus-run-session" in found[1][1]


def test_a_daemon_that_dies_in_between_is_an_error_of_a_named_kind(session: Session) -> None:
    found = session("""
import os, signal
vault.put("s", "u", "secret")
asked = subprocess.run(
    ["dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus",
     "/org/freedesktop/DBus", "org.freedesktop.DBus.GetConnectionUnixProcessID",
     "string:org.freedesktop.secrets"], capture_output=True, text=True, check=True).stdout
os.kill(int(asked.split()[-1]), signal.SIGKILL)  # the daemon of this private bus, no other
tell(kind(vault.get, "s", "u"))
""")
    assert found[0][0] in {"locked", "none"}  # the bus may start a new one, which is locked

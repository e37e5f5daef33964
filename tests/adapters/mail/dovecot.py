"""A real Dovecot on loopback, for one test run, without any right of the system's.

Mail is put into the Maildirs directly, as a delivery agent does.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cartdesk.domain.settings import Encryption, ImapSettings
from tests.adapters.mail.certificates import Authority

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
PASSWORD = "open sesame ő"
USERS = 60
_NOBODY = 65534
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
auth_mechanisms = plain login
auth_failure_delay = 0
disable_plaintext_auth = no
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/passwords
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
mail_location = maildir:~/Maildir
namespace inbox {{
  inbox = yes
  separator = .
  mailbox Sent {{
    special_use = \\Sent
  }}
  mailbox Lähetetyt {{
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Account:
    """One user's mailbox."""

    def __init__(self, server: Dovecot, login: str) -> None:
        self._server, self.login = server, login
        self.folder = server.folder / "mail" / login / "Maildir"
        self._numbers = count(1)
        self._make(self.folder)

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            for part in ("cur", "new", "tmp"):
                (folder / part).mkdir(parents=True)
            self._server.own(self.folder.parent)

    def deliver(self, message: bytes, *, at: datetime, folder: str = "") -> None:
        """Put a message into the inbox, or into another folder, which is made."""
        place = self.folder / f".{_utf7(folder)}" if folder else self.folder
        self._make(place)
        path = place / "new" / f"{next(self._numbers)}.test"
        path.write_bytes(message.replace(b"\r\n", b"\n"))
        os.utime(path, (at.timestamp(), at.timestamp()))
        self._server.own(path)

    def files(self) -> list[str]:
        """Give the name of every message file: its flags and folder stand in it."""
        found = (path for path in self.folder.rglob("*.test*") if path.is_file())
        return sorted(str(path.relative_to(self.folder)) for path in found)

    def settings(self, encryption: Encryption = Encryption.TLS) -> ImapSettings:
        """Give the settings that open it."""
        server = self._server
        port = server.tls_port if encryption is Encryption.TLS else server.plain_port
        ca_file = str(server.authority.file)
        return ImapSettings("127.0.0.1", port, encryption, self.login, ca_file=ca_file)


class Dovecot:
    """The server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = Authority(folder)
        self._users = iter(f"user{number}" for number in range(USERS))
        self.root = os.getuid() == 0
        self.uid = _NOBODY if self.root else os.getuid()
        self.gid = _NOBODY if self.root else os.getgid()

    def account(self) -> Account:
        """Give a new user with an empty inbox."""
        return Account(self, next(self._users))

    def own(self, path: Path) -> None:
        """Give a path and what is below it to the user Dovecot runs as."""
        if self.root:
            for each in (path, *path.rglob("*")):
                os.chown(each, self.uid, self.gid)

    @contextmanager
    def running(self) -> Iterator[Dovecot]:
        """Run it until the block is left."""
        self.authority.server()  # writes the file with key and certificate
        self.plain_port, self.tls_port = _free_port(), _free_port()
        names = pwd.getpwuid(self.uid)
        config = self.folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=self.folder,
                certificate=self.folder / "127.0.0.110.pem",
                user=names.pw_name,
                group=grp.getgrgid(self.gid).gr_name,
                uid=self.uid,
                gid=self.gid,
                plain=self.plain_port,
                tls=self.tls_port,
            )
        )
        users = "".join(f"user{number}:{{PLAIN}}{PASSWORD}\n" for number in range(USERS))
        (self.folder / "passwords").write_text(users)
        (self.folder / "mail").mkdir()
        self.own(self.folder)
        given: dict[str, Any] = {}
        if self.root:
            given = {"user": self.uid, "group": self.gid, "extra_groups": []}
        process = subprocess.Popen(
            [str(PROGRAM), "-F", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            **given,
        )
        try:
            self._wait(process)
            yield self
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # a second quicker than asking all of them
            process.wait(10)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.plain_port), 5) as connection:
                    if connection.recv(4) == b"* OK":
                        return
            except ConnectionRefusedError:
                time.sleep(0.01)
        log = self.folder / "log"
        raise RuntimeError(f"Dovecot did not start: {log.read_text() if log.exists() else ''}")


@pytest.fixture(scope="session")
def imap() -> Iterator[Dovecot]:
    """Give the server to the tests that import this; skip them where it is not installed."""
    if PROGRAM is None:
        pytest.skip("Dovecot is not installed (on Debian: apt install dovecot-imapd)")
    with dovecot() as running:
        yield running


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Run a Dovecot in a folder with a short name: sockets cannot have a long one."""
    folder = Path(tempfile.mkdtemp(prefix="imap-", dir="/tmp"))
    try:
        with Dovecot(folder).running() as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _utf7(folder: str) -> str:
    return folder.replace("ä", "&AOQ-")

"""A mail server as a process of its own that takes every letter and keeps none.

``python -m tests.bench.mail_server`` writes its port and serves until standard input closes.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

HOST = "127.0.0.1"
LOGIN, PASSWORD = "bench", "bench"


class _Taker:
    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        return "250 2.0.0 OK"


class _Session(Session):
    """A session whose ``login_data`` is a plain attribute: aiosmtpd's own warns at every login."""

    login_data: Any = None


class _Connection(SMTP):
    def _create_session(self) -> Session:
        return _Session(self.loop)


def _anybody(*_: object) -> AuthResult:
    return AuthResult(success=True)


async def _serve() -> None:
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        return _Connection(
            _Taker(),
            hostname="localhost",
            auth_require_tls=False,  # loopback only
            authenticator=_anybody,
            loop=loop,
        )

    server = await loop.create_server(connection, HOST, 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@contextmanager
def mail_server() -> Iterator[int]:
    """Start the server and give its port."""
    command = [sys.executable, "-m", "tests.bench.mail_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve())

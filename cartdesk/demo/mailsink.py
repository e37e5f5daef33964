"""A mail server on 127.0.0.1 that keeps every letter in a Maildir and sends none on."""

from __future__ import annotations

import asyncio
import mailbox
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Arrival = Callable[[str, bytes], None]


class MailSink:
    """An SMTP server with a login of its own. Use it with ``async with`` or start and stop.

    ``refusals`` maps an address to the reply it gets at RCPT, such as "550 5.1.1 no such
    user"; ``arrived`` is called with recipient and message once a letter is in the Maildir.
    """

    login = "demo"

    def __init__(
        self,
        maildir: Path,
        *,
        refusals: Mapping[str, str] | None = None,
        arrived: Arrival | None = None,
    ) -> None:
        self.maildir = maildir
        self.password = secrets.token_urlsafe(12)
        self.host = "127.0.0.1"
        self.port = 0
        self.refusals = dict(refusals or {})
        self.arrived: Arrival = arrived or (lambda _recipient, _message: None)
        self.delivered = 0
        self._box: mailbox.Maildir | None = None
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()

    async def start(self) -> None:
        """Listen on a free port and make the Maildir."""
        self.maildir.parent.mkdir(parents=True, exist_ok=True)
        self._box = mailbox.Maildir(self.maildir, create=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self, loop), self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, end open connections and close the Maildir."""
        if self._server is None:
            return
        self._server.close()
        ended = [connection.end() for connection in list(self._open)]
        await asyncio.gather(*ended, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None
        if self._box is not None:
            self._box.close()

    async def __aenter__(self) -> MailSink:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        """Check the login (called by aiosmtpd)."""
        right = isinstance(data, LoginPassword) and secrets.compare_digest(
            data.login + b"\0" + data.password, f"{self.login}\0{self.password}".encode()
        )
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail only after the login."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse the addresses that are to be refused."""
        refusal = self.refusals.get(address.lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Put the letter into the Maildir."""
        content = envelope.original_content or b""
        if self._box is None:
            return "451 4.3.0 The server is stopping"
        self._box.add(content)
        self.delivered += 1
        for recipient in envelope.rcpt_tos:
            self.arrived(recipient, content)
        return f"250 2.0.0 OK: queued as {self.delivered}"


class _Session(Session):
    """A session whose ``login_data`` is a plain attribute: aiosmtpd's own warns at every login."""

    login_data: Any = None


class _Connection(SMTP):
    """One SMTP connection that can be ended from outside."""

    def __init__(self, sink: MailSink, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            sink,
            hostname="localhost",
            ident="cartdesk demo",
            enable_SMTPUTF8=True,
            auth_require_tls=False,  # loopback only
            authenticator=sink.authenticate,
            loop=loop,
        )
        self._all = sink._open

    def _create_session(self) -> Session:
        return _Session(self.loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._all.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._all.discard(self)
        super().connection_lost(error)

    async def end(self) -> None:
        """Close the connection and wait until its handler is done."""
        task: asyncio.Task[None] | None = self._handler_coroutine
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

"""An SMTP connection that sends the body and the final dot apart.

The standard library writes both at once and raises the same error for a connection that died
before the dot (the letter certainly did not go out, RFC 5321 4.1.1.4) and after it (only the
server knows). Here they are two steps.
"""

from __future__ import annotations

import base64
import re
import smtplib
import socket
import ssl
from typing import Any

_LONGEST_LINE = 8192
_MOST_LINES = 200
_REPLY = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?\n")
_LINE_START_DOT = re.compile(rb"(?m)^\.")


class Garbled(smtplib.SMTPServerDisconnected):
    """The server said something that is no SMTP reply; the connection was closed."""


class LetterConnection(smtplib.SMTP):
    """smtplib's connection with two-phase data, strict replies and one try at a login."""

    stage = "connect"
    in_letter = False  # between 354 and the reply to the final dot

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply. Raises ``SMTPServerDisconnected`` unless it is a whole, proper one."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        if self.file is None:
            self.file = self.sock.makefile("rb")
        said: list[bytes] = []
        try:
            for _ in range(_MOST_LINES):
                line = self.file.readline(_LONGEST_LINE + 1)
                if not line:
                    raise smtplib.SMTPServerDisconnected("the server closed the connection")
                reply = _REPLY.fullmatch(line)
                if reply is None:
                    raise Garbled(f"the server said {line[:80]!r}")
                said.append((reply[3] or b"").strip())
                if reply[2] != b"-":
                    return int(reply[1]), b"\n".join(said)
            raise Garbled("the server's answer has no end")
        except OSError as error:
            self.close()
            if isinstance(error, smtplib.SMTPServerDisconnected):
                raise
            raise smtplib.SMTPServerDisconnected(str(error) or type(error).__name__) from error

    def send(self, s: Any) -> None:
        """Write, keeping the reason when that fails."""
        try:
            super().send(s)
        except smtplib.SMTPServerDisconnected as error:
            reason = error.__context__
            if isinstance(reason, OSError):
                raise smtplib.SMTPServerDisconnected(str(reason)) from reason
            raise

    def ehlo(self, name: str = "") -> tuple[int, bytes]:
        """Say EHLO. Raises ``SMTPHeloError`` when refused, as nothing below would be told."""
        code, text = super().ehlo(name)
        if not 200 <= code <= 299:
            raise smtplib.SMTPHeloError(code, text)
        return code, text

    def login(
        self, user: str, password: str, *, initial_response_ok: bool = True
    ) -> tuple[int, bytes]:
        """Log in once, with AUTH PLAIN or else LOGIN.

        The standard library tries each method in turn, which for a wrong password is up to three
        failed logins and may lock the account, and it takes ASCII only; RFC 4616 says UTF-8.

        Raises:
            SMTPNotSupportedError: the server offers neither.
            SMTPAuthenticationError: the server refused.
        """
        self.ehlo_or_helo_if_needed()
        self.stage = "login"
        offered = self.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            method, answers = "PLAIN", [f"\0{user}\0{password}"]
        elif "LOGIN" in offered:
            method, answers = "LOGIN", [user, password]
        else:
            raise smtplib.SMTPNotSupportedError("AUTH PLAIN and LOGIN are not offered")
        code, text = self.docmd("AUTH", method)
        for answer in answers:
            if code == 334:
                code, text = self.docmd(base64.b64encode(answer.encode()).decode())
        if not 200 <= code <= 299:
            raise smtplib.SMTPAuthenticationError(code, text)
        return code, text

    def begin(self, sender: str, recipient: str, message: bytes) -> tuple[str, int, bytes] | None:
        """Say MAIL, RCPT and DATA; give (stage, code, text) of a refusal, or None."""
        options = f" SIZE={len(message)}" if self.has_extn("size") else ""
        if not message.isascii() and self.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        for stage, command, wanted in (
            ("mail", f"MAIL FROM:<{sender}>{options}", 2),
            ("rcpt", f"RCPT TO:<{recipient}>", 2),
            ("data", "DATA", 3),
        ):
            self.stage = stage
            code, text = self.docmd(command)
            if code // 100 != wanted:
                return stage, code, text
        self.in_letter = True
        return None

    def write_body(self, message: bytes) -> None:
        """Write the message with its leading dots doubled (RFC 5321 4.5.2), without the end."""
        body = _LINE_START_DOT.sub(b"..", message)
        if self.sock is not None:  # or the dot waits until the body was acknowledged (Nagle)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send(body if body.endswith(b"\r\n") else body + b"\r\n")

    def spoke_early(self) -> bytes | None:
        """Look, without waiting, whether the server spoke or went before the dot.

        None: it listens. Otherwise what it said, empty when the connection is closed.
        """
        if self.sock is None:
            return b""
        waiting = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            held = self.file.peek(512) if self.file else b""  # read ahead with the last reply
            return bytes(held or self.sock.recv(512))
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError:
            return b""
        finally:
            self.sock.settimeout(waiting)

    def write_dot(self, timeout: float) -> None:
        """Write the end of the letter; from here on only the reply tells what became of it.

        When this raises, the end was not written as a whole, so the server cannot take the letter.
        """
        if self.sock is not None:
            self.sock.settimeout(timeout)
        self.send(b".\r\n")

    def final_reply(self, timeout: float) -> tuple[int, bytes]:
        """Read the reply to the dot; ``timeout`` counts again afterwards."""
        reply = self.getreply()
        self.in_letter = False
        if self.sock is not None:
            self.sock.settimeout(timeout)
        return reply


class TlsLetterConnection(LetterConnection, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

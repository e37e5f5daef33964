"""The mail account: yagmail's connection and login, and a dialog of our own.

yagmail's ``send()`` is never used: when the reply to the final dot is lost, version 0.16 logs
in again and sends up to three copies. Its ``login()`` is used with everything given: a TLS
context that verifies (its default does not), a time limit (it has none), a password (without
one it asks on the terminal).

Import this module where a mailer is made, not at start-up: yagmail takes its time to load.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import time
from collections.abc import Callable
from typing import Any, NoReturn

import yagmail

from cartdesk.adapters.mail.smtp_connection import LetterConnection, TlsLetterConnection
from cartdesk.adapters.mail.smtp_errors import CA_SETTING, explain
from cartdesk.adapters.mail.smtp_replies import scope_of
from cartdesk.adapters.mail.tls import verifying_context
from cartdesk.adapters.redact import redact
from cartdesk.domain.ports import Accepted, Envelope, NotSent, Outcome, Refused, Unknown
from cartdesk.domain.settings import Encryption, MailSettings, is_loopback
from cartdesk.domain.text import clean
from cartdesk.domain.views import Finding, Verdict

_EHLO_NAME = "[127.0.0.1]"  # the real name of this computer is nobody's business
_QUIT_SECONDS = 5
_BARE_BREAK = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without < and >


class Account(yagmail.SMTP):  # type: ignore[misc]
    """yagmail's client cut down to connection and login; ``smtp`` is a LetterConnection."""

    smtp: LetterConnection | None

    def __init__(self, settings: MailSettings, password: str, timeout: float) -> None:
        given: dict[str, Any] = {"timeout": timeout, "local_hostname": _EHLO_NAME}
        starttls: bool | dict[str, Any] = False
        if settings.encryption is Encryption.TLS:
            given["context"] = verifying_context(settings.ca_file, CA_SETTING)
        elif settings.encryption is Encryption.STARTTLS:
            starttls = {"context": verifying_context(settings.ca_file, CA_SETTING)}
        super().__init__(
            user={settings.login: settings.login},  # a plain text without @ would get @gmail.com
            password=password,
            host=settings.host,
            port=settings.port,
            smtp_starttls=starttls,
            smtp_ssl=settings.encryption is Encryption.TLS,
            smtp_set_debuglevel=0,
            smtp_skip_login=not settings.login,
            soft_email_validation=False,
            **given,
        )

    @property
    def connection(self) -> type[LetterConnection]:
        """The class yagmail's login makes the connection with."""
        return TlsLetterConnection if self.ssl else LetterConnection

    def set_logging(self, log_level: int | None = None, file_path_name: str | None = None) -> None:
        """Log nothing: yagmail's own handler would write into the screen."""
        super().set_logging(None)

    @staticmethod
    def handle_password(user: str, password: str | None) -> str:
        """Give the password as it is; never look in a keyring, never ask on the terminal."""
        if password is None:
            raise ValueError("a password must be given")
        return password

    def close(self) -> None:
        """Say QUIT and close, ignoring errors; in a letter QUIT would become part of it."""
        self.is_closed = True
        connection, self.smtp = self.smtp, None
        if connection is None:
            return
        with contextlib.suppress(OSError, ValueError):
            if connection.sock is not None and not connection.in_letter:
                connection.sock.settimeout(_QUIT_SECONDS)
                connection.quit()
        connection.close()

    def send(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Not for use: it may send several copies."""
        raise NotImplementedError("yagmail's send() may send a letter more than once")

    prepare_send = _attempt_send = send_unsent = feedback = send


class SmtpMailer:
    """One mail account; see :class:`cartdesk.domain.ports.Mailer`.

    One login serves a whole batch. A RSET before each letter shows that the connection still
    lives; when it does not, there is one new login, before anything of the letter was said.

    Args:
        settings: host, port, encryption, login and ca_file.
        password: never None; empty only without a login.
        timeout: seconds for each step before the final dot.
        dot_timeout: seconds to wait for the reply to the final dot (RFC 5321 4.5.3.2.6: 10 min,
            as a shorter wait leads to letters sent twice).
    """

    def __init__(
        self,
        settings: MailSettings,
        password: str,
        *,
        timeout: float = 30,
        dot_timeout: float = 600,
    ) -> None:
        self._settings = settings
        self._password = password
        self._timeout = timeout
        self._dot_timeout = dot_timeout
        self._account: Account | None = None

    def __repr__(self) -> str:
        """Name the account, not the password."""
        return f"SmtpMailer({self._settings.login} at {self._settings.host})"

    def open(self) -> Refused | NotSent | None:
        """Connect, verify the server and log in; None when ready to send."""
        self.close()
        settings = self._settings
        if not settings.host:
            return NotSent("connect", "No mail server is set yet. Set one up under Settings.")
        if settings.encryption is Encryption.NONE and not is_loopback(settings.host):
            return NotSent(
                "connect",
                f"Without encryption the password could be read on the way to {settings.host}. "
                'Set encryption to "tls" or "starttls".',
            )
        if settings.login and not self._password:
            return NotSent("login", f"No password is known for {settings.login}.")
        account = None
        try:
            account = Account(settings, self._password, self._timeout)
            account.login()
            if account.smtp is not None:
                account.smtp.ehlo_or_helo_if_needed()
        except (OSError, ValueError) as error:
            stage = account.smtp.stage if account and account.smtp else "connect"
            if account is not None:
                account.close()
            return self._not_open(stage, error)
        self._account = account
        return None

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
        """Send one letter to one recipient.

        ``before_dot`` is called when the body is written and must return before the final dot
        goes out. When it raises, the connection is closed without the dot (so the server drops
        the letter) and the exception passes through.

        Returns:
            Accepted for any 2xx after the dot; Refused for the server's 4xx or 5xx at any
            stage, and with code 0 for a letter that no server could take; NotSent when the
            connection failed before the whole dot was written; Unknown when it failed later.
        """
        sender, recipient = _on_the_wire(envelope.sender), _on_the_wire(envelope.recipient)
        if not sender or not recipient:
            bad = clean(envelope.recipient if sender else envelope.sender)
            return Refused("rcpt", 0, f"{bad} is no address that mail servers take.", "letter")
        if _BARE_BREAK.search(envelope.message):
            return Refused("data", 0, "The letter has a broken line end.", "letter")
        failed = None if self._is_alive() else self.open()
        if failed is not None:
            return failed
        connection = self._account.smtp if self._account else None
        if connection is None:
            return NotSent("connect", "The connection to the mail server was closed.")
        outcome: Outcome | None = None
        try:
            outcome = self._dialog(connection, sender, recipient, envelope.message, before_dot)
            return outcome
        finally:
            if not isinstance(outcome, Accepted | Refused) or outcome.code == 421:
                self.close()

    def close(self) -> None:
        """Say QUIT and close, ignoring errors."""
        if self._account is not None:
            self._account.close()
        self._account = None

    def probe(self) -> Finding:
        """Connect, verify TLS, log in, NOOP, QUIT: everything but a letter."""
        failed = self.open()
        if failed is None:
            failed = self._noop()
        self.close()
        host, login = self._settings.host, self._settings.login
        if failed is None:
            how = "without encryption" if self._settings.encryption is Encryption.NONE else "by TLS"
            who = f" as {login}" if login else ""
            return Finding("mail", Verdict.OK, f"{host} can be reached {how} and lets us in{who}.")
        if isinstance(failed, NotSent):
            return Finding("mail", Verdict.STOP, failed.text)
        mend = "Try again in some minutes." if failed.temporary else "Ask your mail provider."
        if failed.stage == "login" and not failed.temporary:
            mend = (
                "Check login and password. Many providers want an app password, made in their "
                "web settings, instead of the usual one."
            )
        sentence = f"{host} refused ({failed.stage}): {failed.code} {failed.text}"
        return Finding("mail", Verdict.STOP, sentence, mend)

    def _dialog(
        self,
        connection: LetterConnection,
        sender: str,
        recipient: str,
        message: bytes,
        before_dot: Callable[[], None],
    ) -> Outcome:
        try:
            refusal = connection.begin(sender, recipient, message)
            if refusal is not None:
                return self._refused(*refusal, sender, recipient)
            connection.write_body(message)
        except smtplib.SMTPServerDisconnected as error:
            return NotSent(connection.stage, self._why(error))
        before_dot()
        early = connection.spoke_early()
        if early is not None:
            self.close()
            if re.match(rb"[45]\d\d[ \r-]", early):
                return self._refused("data", int(early[:3]), early[4:], sender, recipient)
            return NotSent("data", "The mail server closed the connection before the letter's end.")
        try:
            connection.write_dot(self._dot_timeout)
        except smtplib.SMTPServerDisconnected as error:
            return NotSent("dot", self._why(error))
        began = time.monotonic()
        try:
            code, text = connection.final_reply(self._timeout)
        except smtplib.SMTPServerDisconnected as error:
            return Unknown(time.monotonic() - began, self._why(error))
        if 200 <= code <= 299:
            return Accepted(code, self._words(text))
        if code >= 400:
            return self._refused("dot", code, text, sender, recipient)
        return Unknown(time.monotonic() - began, f"The server said {code} {self._words(text)}")

    def _is_alive(self) -> bool:
        connection = self._account.smtp if self._account else None
        if connection is None:
            return False
        try:
            code, _ = connection.rset()
        except smtplib.SMTPServerDisconnected:
            code = 0
        if 200 <= code <= 299:
            return True
        self.close()
        return False

    def _noop(self) -> Refused | NotSent | None:
        if self._account is None or self._account.smtp is None:
            return NotSent("connect", "The connection to the mail server was closed.")
        try:
            code, text = self._account.smtp.noop()
        except smtplib.SMTPServerDisconnected as error:
            return NotSent("connect", self._why(error))
        return None if 200 <= code <= 299 else self._refused("connect", code, text)

    def _refused(
        self, stage: str, code: int, text: bytes | str, sender: str = "", recipient: str = ""
    ) -> Refused:
        words = self._words(text)
        return Refused(stage, code, words, scope_of(stage, code, words, sender, recipient))

    def _words(self, text: bytes | str) -> str:
        decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return clean(redact(decoded, (self._password,))) or "(no reason given)"

    def _why(self, error: OSError | ValueError) -> str:
        return self._words(explain(error, self._settings.host, self._settings.port))

    def _not_open(self, stage: str, error: OSError | ValueError) -> Refused | NotSent:
        if isinstance(error, smtplib.SMTPResponseException):
            return self._refused(stage, error.smtp_code, error.smtp_error)
        return NotSent(stage, self._why(error))


def _on_the_wire(address: str) -> str | None:
    """Write an address as SMTP takes it (the domain by IDNA); None when it cannot be."""
    local, _, domain = address.rpartition("@")
    try:
        wire = f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    return wire if len(wire) <= 254 and _ADDRESS.fullmatch(wire) else None

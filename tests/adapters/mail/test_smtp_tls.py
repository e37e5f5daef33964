"""The password is only given to a server whose certificate was verified."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.domain.ports import Accepted, Envelope, NotSent, Refused
from cartdesk.domain.settings import Encryption, MailSettings
from cartdesk.domain.views import Verdict
from tests.adapters.mail.faulty_smtp import EHLO_BARE, Fault, FaultySmtp
from tests.faults.tally import Tally

PASSWORD = "open sesame ő"
LETTER = b"From: shop@shop.example\r\nTo: ana@example.org\r\nSubject: Hi\r\n\r\n.\r\nHello\r\n"
BOTH = pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])


class TlsServer:
    """aiosmtpd with a certificate, in a thread; remembers letters and passwords."""

    def __init__(self, certificate: Path, encryption: Encryption) -> None:
        self.letters: list[bytes] = []
        self.passwords: list[bytes] = []
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        self._implicit = context if encryption is Encryption.TLS else None
        self._starttls = context if encryption is Encryption.STARTTLS else None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> TlsServer:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result()
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *args: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(envelope.content)
        return "250 2.0.0 queued"

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        self.passwords.append(data.password)
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    async def _serve(self) -> asyncio.Server:
        def session() -> SMTP:
            return SMTP(
                self,
                hostname="faulty.example",
                tls_context=self._starttls,
                require_starttls=self._starttls is not None,
                auth_require_tls=self._starttls is not None,
                auth_required=self._starttls is not None,
                authenticator=self._authenticate,
                loop=self._loop,
            )

        return await self._loop.create_server(session, "127.0.0.1", 0, ssl=self._implicit)

    async def _stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two authorities, and certificates that are good, expired and of another host."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    def authority(name: str) -> None:
        openssl(
            *f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
            f"-addext keyUsage=critical,keyCertSign -subj /CN={name} "
            f"-keyout {name}.key -out {name}.pem".split()
        )

    def server(name: str, issuer: str, names: str, days: int = 30) -> None:
        openssl(
            *f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} "
            f"-keyout {name}.key -out {name}.csr".split()
        )
        (folder / f"{name}.ext").write_text(
            f"subjectAltName={names}\nbasicConstraints=critical,CA:FALSE\n"
            "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
        )
        openssl(
            *f"x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial "
            f"-days {days} -extfile {name}.ext -out {name}.crt".split()
        )
        both = (folder / f"{name}.crt").read_text() + (folder / f"{name}.key").read_text()
        (folder / f"{name}.both").write_text(both)

    authority("ca")
    authority("stranger")
    server("good", "ca", "DNS:localhost,IP:127.0.0.1")
    server("untrusted", "stranger", "DNS:localhost,IP:127.0.0.1")
    server("other-host", "ca", "DNS:mail.other.example")
    server("expired", "ca", "DNS:localhost,IP:127.0.0.1", days=-1)
    return folder


@pytest.fixture
def settings(certificates: Path) -> Iterator[MailSettings]:
    yield MailSettings(host="localhost", login="ana", ca_file=str(certificates / "ca.pem"))


@pytest.fixture
def unheard(record_property: Callable[[str, object], None]) -> Callable[[bool], None]:
    """Count a wire that nobody vouches for; no password may be heard on it."""
    tally = Tally(record_property)

    def note(heard: bool) -> None:
        tally.add("T-17", also={"passwords on an unverified wire": int(heard)})
        assert not heard

    return note


def mailer_for(
    settings: MailSettings, port: int, encryption: Encryption, *, password: str = PASSWORD
) -> SmtpMailer:
    account = MailSettings(
        host="127.0.0.1",
        port=port,
        encryption=encryption,
        login=settings.login,
        ca_file=settings.ca_file,
    )
    return SmtpMailer(account, password, timeout=5, dot_timeout=5)


def nothing() -> None:
    """A journal that is quick."""


def shows_password(wire: bytes) -> bool:
    """Tell whether what went over an unencrypted wire holds the password in any form."""
    forms = (PASSWORD, f"\0ana\0{PASSWORD}", f"ana\0ana\0{PASSWORD}")
    plain = [form.encode() for form in forms]
    return any(form in wire or base64.b64encode(form) in wire for form in plain)


@BOTH
def test_a_batch_goes_over_one_verified_connection(
    certificates: Path, settings: MailSettings, encryption: Encryption
) -> None:
    with TlsServer(certificates / "good.both", encryption) as server:
        mailer = mailer_for(settings, server.port, encryption)
        assert mailer.open() is None
        for number in range(3):
            letter = Envelope(number, "shop@shop.example", "ana@example.org", LETTER)
            assert mailer.send(letter, nothing) == Accepted(250, "2.0.0 queued")
        mailer.close()
    assert server.letters == [LETTER] * 3
    assert server.passwords == [PASSWORD.encode()]


@BOTH
def test_the_probe_says_that_tls_was_verified(
    certificates: Path, settings: MailSettings, encryption: Encryption
) -> None:
    with TlsServer(certificates / "good.both", encryption) as server:
        finding = mailer_for(settings, server.port, encryption).probe()
    assert finding.verdict is Verdict.OK
    assert "by TLS" in finding.sentence
    assert server.letters == []


@BOTH
@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("untrusted", "comes from an authority this computer does not trust"),
        ("other-host", "belongs to another"),
        ("expired", "has expired"),
    ],
)
def test_no_password_for_a_certificate_that_does_not_hold(
    certificates: Path,
    settings: MailSettings,
    encryption: Encryption,
    certificate: str,
    words: str,
    unheard: Callable[[bool], None],
) -> None:
    with TlsServer(certificates / f"{certificate}.both", encryption) as server:
        outcome = mailer_for(settings, server.port, encryption).open()
    assert isinstance(outcome, NotSent)
    assert outcome.stage == "connect"
    assert words in outcome.text
    assert "The password was not sent" in outcome.text
    unheard(bool(server.passwords))


@BOTH
def test_without_an_own_authority_only_the_systems_are_trusted(
    certificates: Path, encryption: Encryption, unheard: Callable[[bool], None]
) -> None:
    with TlsServer(certificates / "good.both", encryption) as server:
        outcome = mailer_for(MailSettings(login="ana"), server.port, encryption).open()
    assert isinstance(outcome, NotSent)
    unheard(bool(server.passwords))


def test_a_refused_password_is_said_once(certificates: Path, settings: MailSettings) -> None:
    with TlsServer(certificates / "good.both", Encryption.TLS) as server:
        outcome = mailer_for(settings, server.port, Encryption.TLS, password="wrong").open()
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.code, outcome.scope) == ("login", 535, "account")
    assert server.passwords == [b"wrong"]


@pytest.mark.parametrize(
    "ehlo",
    [
        Fault(EHLO_BARE),
        Fault(None),
        Fault(b"250-x\r\n250-XXXXXXXA\r\n250 AUTH PLAIN LOGIN\r\n"),
    ],
)
def test_starttls_taken_out_on_the_way_stops_before_the_password(
    settings: MailSettings, ehlo: Fault, unheard: Callable[[bool], None]
) -> None:
    with FaultySmtp({"ehlo": [ehlo]}) as server:
        outcome = mailer_for(settings, server.port, Encryption.STARTTLS).open()
    assert isinstance(outcome, NotSent)
    assert "STARTTLS" in outcome.text
    assert server.verbs == ["ehlo", "quit"]
    unheard(shows_password(bytes(server.wire)))


def test_starttls_refused_stops_before_the_password(
    settings: MailSettings, unheard: Callable[[bool], None]
) -> None:
    offer = Fault(b"250-x\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n")
    with FaultySmtp({"ehlo": [offer, offer]}) as server:  # it knows no STARTTLS and says 500
        outcome = mailer_for(settings, server.port, Encryption.STARTTLS).open()
    assert outcome == Refused("connect", 500, "5.5.1 what?", "account")
    assert server.verbs == ["ehlo", "starttls", "quit"]
    unheard(shows_password(bytes(server.wire)))


def test_a_plain_server_on_the_tls_port_gets_no_password(
    settings: MailSettings, unheard: Callable[[bool], None]
) -> None:
    with FaultySmtp() as server:
        outcome = mailer_for(settings, server.port, Encryption.TLS).open()
    assert isinstance(outcome, NotSent)
    assert 'Port 587 usually wants encryption "starttls"' in outcome.text
    assert "auth" not in server.verbs
    unheard(shows_password(bytes(server.wire)))


class Tap:
    """A wire that is listened to, between the mailer and a server."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.heard = bytearray()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Tap:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._thread.join()
        self._listener.close()

    def _listen(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._to)) as server:
            ways = [
                threading.Thread(target=self._carry, args=(client, server)),
                threading.Thread(target=self._carry, args=(server, client)),
            ]
            for way in ways:
                way.start()
            for way in ways:
                way.join()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self.heard += data
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@BOTH
@pytest.mark.parametrize("certificate", ["untrusted", "other-host", "expired", "good"])
def test_whoever_listens_on_the_wire_hears_no_password(
    certificates: Path,
    settings: MailSettings,
    encryption: Encryption,
    certificate: str,
    unheard: Callable[[bool], None],
) -> None:
    with (
        TlsServer(certificates / f"{certificate}.both", encryption) as server,
        Tap(server.port) as tap,
    ):
        mailer = mailer_for(settings, tap.port, encryption)
        assert (mailer.open() is None) is (certificate == "good")
        mailer.close()
    assert tap.heard
    unheard(shows_password(bytes(tap.heard)))


def test_an_authority_file_that_is_none_is_named(tmp_path: Path) -> None:
    junk = tmp_path / "ca.pem"
    junk.write_text("this is no certificate")
    with FaultySmtp() as server:
        settings = MailSettings(login="ana", ca_file=str(junk))
        outcome = mailer_for(settings, server.port, Encryption.TLS).open()
    assert isinstance(outcome, NotSent)
    assert str(junk) in outcome.text
    assert server.connections == 0

"""The dialog with a mail server, and exactly what is known after each way it can fail."""

from __future__ import annotations

import base64
import logging
import smtplib
import socket
from collections.abc import Callable, Iterator

import pytest
import yagmail
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.mail.providers import presets
from cartdesk.adapters.mail.smtp import Account, SmtpMailer
from cartdesk.adapters.mail.smtp_connection import LetterConnection
from cartdesk.domain.ports import Accepted, Envelope, NotSent, Outcome, Refused, Unknown
from cartdesk.domain.settings import Encryption, MailSettings
from cartdesk.domain.views import Verdict
from tests.adapters.mail.faulty_smtp import EHLO_BARE, Fault, FaultySmtp

PASSWORD = "correct horse ä"
LETTER = (
    b"From: shop@shop.example\r\nTo: ana@example.org\r\nSubject: Hi\r\n\r\n.\r\n..two\r\nbye\r\n"
)
QUICK = 0.15  # seconds; only tests in which the server is silent wait that long
SLOW = 5.0


def envelope(number: int = 1, message: bytes = LETTER) -> Envelope:
    return Envelope(number, "shop@shop.example", f"ana{number}@example.org", message)


def mailer_for(server: FaultySmtp, timeout: float = SLOW, login: str = "ana") -> SmtpMailer:
    settings = MailSettings(
        host="127.0.0.1", port=server.port, encryption=Encryption.NONE, login=login
    )
    return SmtpMailer(settings, PASSWORD, timeout=timeout, dot_timeout=timeout)


def nothing() -> None:
    """A journal that is quick."""


def until_gone(server: FaultySmtp) -> Callable[[], None]:
    """Give a journal that takes until the server has gone away."""

    def wait() -> None:
        assert server.gone.wait(SLOW)

    return wait


class Journal:
    """Counts how often the journal before the final dot was written."""

    def __init__(self, then: Callable[[], object] = nothing) -> None:
        self.written = 0
        self.then = then

    def __call__(self) -> None:
        self.written += 1
        self.then()


@pytest.fixture
def server() -> Iterator[FaultySmtp]:
    with FaultySmtp() as running:
        yield running


def test_a_letter_arrives_byte_for_byte(server: FaultySmtp) -> None:
    mailer, journal = mailer_for(server), Journal()
    assert mailer.open() is None
    assert mailer.send(envelope(), journal) == Accepted(250, "2.0.0 queued as 1")
    mailer.close()
    assert server.accepted == [LETTER]
    assert journal.written == 1
    assert b"MAIL FROM:<shop@shop.example> SIZE=%d\r\n" % len(LETTER) in server.wire
    assert b"RCPT TO:<ana1@example.org>\r\n" in server.wire


def test_a_batch_uses_one_login_and_a_rset_before_each_letter(server: FaultySmtp) -> None:
    mailer = mailer_for(server)
    outcomes = [mailer.send(envelope(number), nothing) for number in range(4)]
    mailer.close()
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert server.connections == 1
    letter = ["mail", "rcpt", "data"]
    assert server.verbs == ["ehlo", "auth", *letter, *(["rset", *letter] * 3), "quit"]


LINES = st.lists(st.sampled_from([b".", b"..", b".a", b"a.b", b"", b"\xc3\xa4", b" ."]), max_size=6)


@given(lines=LINES)
def test_leading_dots_never_change_or_end_a_letter(lines: list[bytes]) -> None:
    message = b"Subject: x\r\n\r\n" + b"".join(line + b"\r\n" for line in lines)
    with FaultySmtp() as server:
        mailer = mailer_for(server)
        assert isinstance(mailer.send(envelope(1, message), nothing), Accepted)
        mailer.close()
    assert server.accepted == [message]


def test_a_letter_in_utf_8_says_so_to_the_server(server: FaultySmtp) -> None:
    mailer = mailer_for(server)
    mailer.send(envelope(1, "Subject: x\r\n\r\nä\r\n".encode()), nothing)
    mailer.close()
    assert b" BODY=8BITMIME\r\n" in server.wire


# Before the dot: the letter certainly did not go out.

BEFORE = {
    "greeting": "connect",
    "ehlo": "connect",
    "auth": "login",
    "mail": "mail",
    "rcpt": "rcpt",
    "data": "data",
}
WAYS = [
    Fault(then="rst"),
    Fault(then="fin"),
    Fault(then="silence"),
    Fault(b"\xff\xfe hello\r\n"),
    Fault(b"2"),
    Fault(b"250-one\r\n", then="fin"),
    Fault(b"250 " + b"x" * 99_999 + b"\r\n"),
    Fault(b"999 what\r\n"),
    Fault(b"250-a\r\n" * 300),
]


@pytest.mark.parametrize("way", WAYS, ids=range(len(WAYS)))
@pytest.mark.parametrize("stage", BEFORE)
def test_a_connection_lost_before_the_dot_means_not_sent(stage: str, way: Fault) -> None:
    journal = Journal()
    waits = way.then == "silence" or way.say == b"2"
    with FaultySmtp({stage: [way]}) as server:
        mailer = mailer_for(server, QUICK if waits else SLOW)
        outcome = mailer.send(envelope(), journal)
        mailer.close()
    assert isinstance(outcome, NotSent)
    assert outcome.stage == BEFORE[stage]
    assert outcome.text
    assert (server.accepted, server.dots, journal.written, server.connections) == ([], 0, 0, 1)


BODY = b"Subject: x\r\n\r\n" + b"0123456789abcdef0123456789abc.\r\n" * 128
OFFSETS = range(0, 4096 + 1, 64)


@pytest.mark.parametrize("then", ["rst", "fin"])
def test_a_connection_lost_at_any_byte_of_the_body_means_not_sent(then: str) -> None:
    with FaultySmtp({"body": [Fault(then=then, after=at) for at in OFFSETS]}) as server:
        mailer = mailer_for(server)

        def send() -> Outcome:
            server.gone.clear()
            return mailer.send(envelope(1, BODY), until_gone(server))

        outcomes = [send() for _ in OFFSETS]
        assert {(type(outcome), getattr(outcome, "stage", "")) for outcome in outcomes} <= {
            (NotSent, "data"),
            (NotSent, "dot"),
        }
        assert (server.accepted, server.dots) == ([], 0)
        assert isinstance(mailer.send(envelope(1, BODY), nothing), Accepted)
        mailer.close()
    assert server.accepted == [BODY]


def test_a_refusal_in_the_middle_of_the_body_is_the_servers_own_word() -> None:
    early = Fault(b"552 5.3.4 message too big\r\n", then="fin", after=64)
    with FaultySmtp({"body": [early]}) as server:
        mailer = mailer_for(server)
        outcome = mailer.send(envelope(1, BODY), until_gone(server))
    assert outcome == Refused("data", 552, "5.3.4 message too big", "account")
    assert server.dots == 0


def test_an_answer_given_before_the_dot_is_never_taken_for_the_answer_to_it() -> None:
    with FaultySmtp({"data": [Fault(b"354 go on\r\n250 2.0.0 taken\r\n")]}) as server:
        outcome = mailer_for(server).send(envelope(), nothing)
    assert isinstance(outcome, NotSent)
    assert server.accepted == []


# After the dot: only the server knows, unless it says so.

UNKNOWN = [
    (Fault(then="rst"), "broke"),
    (Fault(then="fin"), "closed"),
    (Fault(then="silence"), "no answer in time"),
    (Fault(b"\x00\x01 garbage\r\n"), "garbage"),
    (Fault(b"OK\r\n"), "OK"),
    (Fault(b"2500 ok\r\n"), "2500"),
    (Fault(b"250 ok", then="fin"), "250 ok"),
    (Fault(b"25", then="rst"), "broke"),
    (Fault(b"250 " + b"x" * 99_999 + b"\r\n"), "xxx"),
    (Fault(b"250-first\r\n", then="fin"), "closed"),
    (Fault(b"250-first\r\nnonsense\r\n"), "nonsense"),
    (Fault(b"250-again\r\n" * 300), "no end"),
    (Fault(b"354 more please\r\n"), "354 more"),
    (Fault(b"100 hm\r\n"), "100 hm"),
]


@pytest.mark.parametrize(("fault", "said"), UNKNOWN, ids=range(len(UNKNOWN)))
def test_a_lost_answer_to_the_dot_is_unknown_and_never_tried_again(fault: Fault, said: str) -> None:
    journal = Journal()
    with FaultySmtp({"dot": [fault]}) as server:
        mailer = mailer_for(server, QUICK if fault.then == "silence" else SLOW)
        outcome = mailer.send(envelope(), journal)
        mailer.close()
    assert isinstance(outcome, Unknown)
    assert 0 <= outcome.seconds < SLOW
    assert said in outcome.text
    assert (server.dots, server.connections, journal.written) == (1, 1, 1)


@pytest.mark.parametrize(
    ("reply", "code", "text"),
    [
        (b"250 ok\r\n", 250, "ok"),
        (b"250\r\n", 250, "(no reason given)"),
        (b"250 ok\n", 250, "ok"),
        (b"200 fine\r\n", 200, "fine"),
        (b"251 will forward\r\n", 251, "will forward"),
        (b"252 cannot verify\r\n", 252, "cannot verify"),
        (b"299 odd\r\n", 299, "odd"),
        (b"250-one\r\n250 two\r\n", 250, "one two"),
        (b"250 \x1b[2Jgone\r\n", 250, "\ufffd[2Jgone"),
    ],
)
@pytest.mark.parametrize("then", ["", "fin"])
def test_any_2xx_after_the_dot_means_accepted(
    reply: bytes, code: int, text: str, then: str
) -> None:
    with FaultySmtp({"dot": [Fault(reply, then)]}) as server:
        mailer = mailer_for(server)
        assert mailer.send(envelope(), nothing) == Accepted(code, text)
        mailer.close()
    assert server.accepted == [LETTER]


# The server's own no, or not now.

LETTER_ROWS = [
    ("rcpt", "450 4.2.0 greylisted, try again later"),
    ("rcpt", "450 4.2.1 The user you are trying to contact is receiving mail at a rate that"),
    ("rcpt", "450 please wait"),
    ("rcpt", "451 4.7.1 Greylisting in action, please come back later"),
    ("rcpt", "451 greylisted"),
    ("rcpt", "451 4.7.1 Try again later"),
    ("rcpt", "452 4.2.2 mailbox full"),
    ("rcpt", "550 5.1.1 no such user"),
    ("rcpt", "550 no such user here"),
    ("rcpt", "550-5.1.1 The email account that you tried to reach\r\n550 5.1.1 does not exist"),
    ("rcpt", "550 5.1.2 bad destination system"),
    ("rcpt", "550 5.2.1 mailbox disabled"),
    ("rcpt", "550 5.4.1 Recipient address rejected: Access denied"),
    ("rcpt", "551 user not local"),
    ("rcpt", "552 5.2.2 mailbox over quota"),
    ("rcpt", "552 mailbox full: quota exceeded"),
    ("rcpt", "553 mailbox name not allowed"),
    ("rcpt", "553 5.1.3 bad address syntax"),
    ("rcpt", "554 5.1.1 unknown"),
    ("rcpt", "550 5.1.1 <ana1@example.org> from <shop@shop.example>: unknown"),
    ("rcpt", "550 sorry, no mailbox here by that name (#5.1.1)"),
    ("rcpt", "450 4.7.1 sender greylisted, try again later"),
    ("dot", "451 4.7.1 greylisted"),
    ("dot", "550 5.1.1 user unknown"),
    ("dot", "451 local error"),
    ("dot", "450 4.2.0 try again later"),
    ("dot", "552 5.2.2 The recipient's mailbox is full"),
    ("data", "451 4.2.0 try again"),
]
ACCOUNT_ROWS = [
    ("greeting", "421 too many connections"),
    ("greeting", "554 5.7.1 your IP is blocked"),
    ("ehlo", "421 4.3.2 shutting down"),
    ("ehlo", "501 bad name"),
    ("auth", "454 4.7.0 too many login attempts"),
    ("auth", "530 5.7.0 must issue a STARTTLS command first"),
    ("auth", "534 5.7.9 application-specific password required"),
    ("auth", "535 5.7.8 username and password not accepted"),
    ("auth", "535 5.7.139 basic authentication is disabled"),
    ("auth", "501 malformed"),
    ("mail", "421 4.4.2 timeout"),
    ("mail", "451 4.3.0 try again"),
    ("mail", "530 5.7.0 authentication required"),
    ("mail", "550 5.4.5 daily sending quota exceeded"),
    ("mail", "552 5.3.4 message too big"),
    ("mail", "553 5.7.1 sender address rejected: not owned by user"),
    ("rcpt", "421 4.7.0 try again later, closing connection"),
    ("rcpt", "450 4.7.1 you send too fast: rate limited"),
    ("rcpt", "451 4.7.28 unusual rate of unsolicited mail"),
    ("rcpt", "451 4.7.500 server busy"),
    ("rcpt", "452 4.5.3 too many recipients"),
    ("rcpt", "550 5.4.5 Daily user sending limit exceeded"),
    ("rcpt", "550 5.7.1 relaying denied"),
    ("rcpt", "550 relay not permitted"),
    ("rcpt", "550 5.7.233 tenant exceeded its external recipient rate"),
    ("rcpt", "550 5.1.8 sender address rejected"),
    ("rcpt", "550 5.1.0 <shop@shop.example>: Sender address rejected: User unknown"),
    ("rcpt", "550 5.1.1 <SHOP@shop.example>: User unknown"),
    ("rcpt", "550 5.1.2 Sender rejected"),
    ("rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    ("rcpt", "550 Please log in first"),
    ("rcpt", "550 You have sent your allotment of messages"),
    ("rcpt", "550 Account disabled for sending"),
    ("dot", "550 5.1.1 <shop@shop.example>: no such user"),
    ("rcpt", "550 Outgoing mail quota exceeded"),
    ("rcpt", "554 5.7.1 daily message limit reached"),
    ("data", "421 bye"),
    ("data", "554 5.5.1 no valid recipients"),
    ("data", "550 5.7.1 blocked by policy"),
    ("dot", "421 4.3.0 closing"),
    ("dot", "450 4.7.0 30 messages per minute exceeded"),
    ("dot", "451 4.3.0 mail system is full"),
    ("dot", "550 5.3.0 Outgoing mail quota reached"),
    ("dot", "550 5.4.5 Daily sending limit exceeded"),
    ("dot", "550 5.7.515 access denied, sending domain does not meet the required level"),
    ("dot", "552 5.3.4 message too big"),
    ("dot", "554 5.7.1 spam message rejected"),
    ("dot", "554 transaction failed"),
]
STAGES = {"greeting": "connect", "ehlo": "connect", "auth": "login"}
REFUSALS = [(*row, "letter") for row in LETTER_ROWS] + [(*row, "account") for row in ACCOUNT_ROWS]


@pytest.mark.parametrize(("stage", "reply", "scope"), REFUSALS)
def test_a_refusal_is_told_by_stage_code_and_scope(stage: str, reply: str, scope: str) -> None:
    journal = Journal()
    with FaultySmtp({stage: [Fault(f"{reply}\r\n".encode())]}) as server:
        mailer = mailer_for(server)
        outcome = mailer.send(envelope(), journal)
        again = mailer.send(envelope(2), nothing)
        mailer.close()
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.scope) == (STAGES.get(stage, stage), scope)
    assert outcome.code == int(reply[:3])
    assert outcome.temporary == reply.startswith("4")
    said = " ".join(line[4:] for line in reply.splitlines())
    assert outcome.text == said
    assert journal.written == (1 if stage == "dot" else 0)
    # The refused letter is out of the way of the next one, on the same connection if possible.
    assert isinstance(again, Accepted)
    assert server.accepted == [LETTER]
    same = stage in {"mail", "rcpt", "data", "dot"} and outcome.code != 421
    assert server.connections == (1 if same else 2)


def test_the_table_of_refusals_is_long_enough_to_mean_something() -> None:
    assert len(REFUSALS) >= 60


def test_one_wrong_password_is_one_failed_login_and_shows_no_password() -> None:
    encoded = base64.b64encode(f"\0ana\0{PASSWORD}".encode()).decode()
    reply = f"535 5.7.8 no: {PASSWORD} / {base64.b64encode(PASSWORD.encode()).decode()}\r\n"
    with FaultySmtp({"auth": [Fault(reply.encode()), Fault(reply.encode())]}) as server:
        outcome = mailer_for(server).open()
    assert outcome == Refused("login", 535, "5.7.8 no: *** / ***", "account")
    assert server.verbs.count("auth") == 1
    assert encoded.encode() in server.wire  # UTF-8, as RFC 4616 wants


# The journal.


def test_a_journal_that_fails_keeps_the_dot_back(server: FaultySmtp) -> None:
    def full_disk() -> None:
        raise OSError("no space left on device")

    mailer = mailer_for(server)
    with pytest.raises(OSError, match="no space left"):
        mailer.send(envelope(), full_disk)
    assert server.gone.wait(SLOW)
    assert (server.dots, server.accepted) == (0, [])
    assert server.wire.endswith(b"bye\r\n")  # it would have become part of the letter
    assert isinstance(mailer.send(envelope(2), nothing), Accepted)
    mailer.close()


def test_the_journal_is_written_after_the_body_and_before_the_dot(server: FaultySmtp) -> None:
    mailer, seen = mailer_for(server), []
    mailer.send(envelope(), lambda: seen.append((server.dots, "data" in server.verbs)))
    mailer.close()
    assert seen == [(0, True)]


# Connections that die between letters.


def test_a_connection_that_died_while_idle_is_renewed_once() -> None:
    with FaultySmtp({"rset": [None, Fault(then="rst")]}) as server:
        mailer = mailer_for(server)
        outcomes = [mailer.send(envelope(number), nothing) for number in range(4)]
        mailer.close()
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert (server.connections, len(server.accepted)) == (2, 4)


def test_a_login_refused_at_the_reconnect_stops_the_account() -> None:
    refused = Fault(b"535 5.7.8 no\r\n")
    with FaultySmtp({"rset": [Fault(b"421 idle\r\n")], "auth": [None, refused]}) as server:
        mailer = mailer_for(server)
        assert isinstance(mailer.send(envelope(), nothing), Accepted)
        assert mailer.send(envelope(2), nothing) == Refused("login", 535, "5.7.8 no", "account")
        mailer.close()
    assert (server.connections, len(server.accepted)) == (2, 1)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("broken", range(5))
def test_one_broken_letter_of_a_batch_leaves_the_others_sent_once(stage: str, broken: int) -> None:
    with FaultySmtp({stage: [None] * broken + [Fault(then="rst")]}) as server:
        mailer = mailer_for(server)
        outcomes = [
            mailer.send(envelope(number, LETTER + b"%d\r\n" % number), nothing)
            for number in range(5)
        ]
        mailer.close()
    wanted = Unknown if stage == "dot" else NotSent
    assert [type(outcome) for outcome in outcomes] == [
        wanted if number == broken else Accepted for number in range(5)
    ]
    assert server.accepted == [
        LETTER + b"%d\r\n" % number for number in range(5) if number != broken
    ]


def test_an_error_in_quit_is_nobodys_business() -> None:
    for fault in (Fault(then="rst"), Fault(b"500 no\r\n"), Fault(b"\xff\r\n")):
        with FaultySmtp({"quit": [fault]}) as server:
            mailer = mailer_for(server)
            assert isinstance(mailer.send(envelope(), nothing), Accepted)
            mailer.close()
            mailer.close()


# What never reaches a server.


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@x.org",
        "a b@x.org",
        "a@x.org>\r\nRCPT TO:<b@x.org",
        "ä@x.org",
        "<a@x.org",
    ],
)
def test_an_address_that_is_none_is_refused_here(server: FaultySmtp, address: str) -> None:
    outcome = mailer_for(server).send(Envelope(1, "shop@shop.example", address, LETTER), nothing)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.scope) == (0, "letter")
    assert server.connections == 0


def test_a_domain_in_another_script_is_written_by_idna(server: FaultySmtp) -> None:
    mailer = mailer_for(server)
    outcome = mailer.send(Envelope(1, "shop@shop.example", "ana@ähtäri.fi", LETTER), nothing)
    mailer.close()
    assert isinstance(outcome, Accepted)
    assert b"RCPT TO:<ana@xn--htri-koac.fi>" in server.wire


@pytest.mark.parametrize("message", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\n"])
def test_bare_line_breaks_cannot_smuggle_a_second_letter(
    server: FaultySmtp, message: bytes
) -> None:
    outcome = mailer_for(server).send(envelope(1, message), nothing)
    assert isinstance(outcome, Refused)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("settings", "password", "words"),
    [
        (MailSettings(), "x", "No mail server is set"),
        (MailSettings(host="smtp.example.org", encryption=Encryption.NONE), "x", "encryption"),
        (MailSettings(host="127.0.0.1", port=9, login="ana"), "", "No password is known for ana"),
        (MailSettings(host="127.0.0.1", ca_file="/nowhere/ca.pem"), "", "/nowhere/ca.pem"),
    ],
)
def test_a_setting_that_cannot_work_is_named_before_any_connection(
    settings: MailSettings, password: str, words: str
) -> None:
    outcome = SmtpMailer(settings, password).open()
    assert isinstance(outcome, NotSent)
    assert words in outcome.text


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = MailSettings(host="127.0.0.1", port=port, encryption=Encryption.NONE)
    outcome = SmtpMailer(settings, "", timeout=SLOW).open()
    assert outcome == NotSent("connect", f"127.0.0.1 takes no connections on port {port}.")


def test_a_server_without_logins_is_not_used() -> None:
    with FaultySmtp({"ehlo": [Fault(EHLO_BARE)]}) as server:
        outcome = mailer_for(server).open()
    assert isinstance(outcome, NotSent)
    assert (outcome.stage, server.verbs) == ("login", ["ehlo", "quit"])
    assert "no login with a password" in outcome.text


# The probe, and what yagmail is used for.


def test_the_probe_logs_in_and_sends_nothing(server: FaultySmtp) -> None:
    finding = mailer_for(server).probe()
    assert (finding.topic, finding.verdict) == ("mail", Verdict.OK)
    assert "lets us in as ana" in finding.sentence
    assert server.verbs == ["ehlo", "auth", "noop", "quit"]


def test_the_probe_tells_what_to_do_about_a_refused_login() -> None:
    with FaultySmtp({"auth": [Fault(b"535 5.7.8 bad credentials\r\n")]}) as server:
        finding = mailer_for(server).probe()
    assert finding.verdict is Verdict.STOP
    assert "535 5.7.8 bad credentials" in finding.sentence
    assert "app password" in finding.mend


def test_yagmail_still_means_what_is_used_of_it(
    server: FaultySmtp, capfd: pytest.CaptureFixture[str]
) -> None:
    """login() makes ``connection``, keeps it as ``smtp``, gives it the login as it is."""
    assert isinstance(yagmail.SMTP.connection, property)
    assert {"login", "close", "handle_password", "set_logging", "send"} <= set(dir(yagmail.SMTP))
    settings = MailSettings(
        host="127.0.0.1", port=server.port, encryption=Encryption.NONE, login="no-at-sign"
    )
    account = Account(settings, PASSWORD, SLOW)
    account.login()
    assert type(account.smtp) is LetterConnection
    assert account.smtp.timeout == SLOW
    assert account.smtp.local_hostname == "[127.0.0.1]"
    assert account.smtp.debuglevel == 0
    account.close()
    assert account.smtp is None
    assert base64.b64encode(f"\0no-at-sign\0{PASSWORD}".encode()) in server.wire
    assert b"EHLO [127.0.0.1]\r\n" in server.wire.replace(b"ehlo", b"EHLO")
    logging.getLogger("yagmail.log").error("nobody must see this")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "name", ["send", "_attempt_send", "send_unsent", "prepare_send", "feedback"]
)
def test_yagmails_own_sending_cannot_be_used(name: str) -> None:
    account = Account(MailSettings(host="127.0.0.1", login="ana"), PASSWORD, SLOW)
    with pytest.raises(NotImplementedError, match="more than once"):
        getattr(account, name)()
    with pytest.raises(ValueError, match="password"):
        account.handle_password("ana", None)


def test_no_text_made_of_a_mailer_shows_the_password(server: FaultySmtp) -> None:
    mailer = mailer_for(server)
    mailer.open()
    assert PASSWORD not in repr(mailer) + str(mailer)
    mailer.close()


def test_the_standard_librarys_errors_still_have_the_shape_they_are_read_by() -> None:
    assert issubclass(smtplib.SMTPServerDisconnected, OSError)
    assert issubclass(smtplib.SMTPHeloError, smtplib.SMTPResponseException)


def test_presets_are_encrypted_and_leave_room_below_the_providers_limit() -> None:
    assert 5 <= len(presets()) <= 7
    for preset in presets():
        assert preset.encryption is not Encryption.NONE
        assert (preset.port, preset.encryption) in {
            (465, Encryption.TLS),
            (587, Encryption.STARTTLS),
        }
        assert preset.daily_cap <= 400

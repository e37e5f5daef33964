"""The mailbox: a real Dovecot, and servers that break or lie."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.mail.imap import ImapMailbox
from cartdesk.domain.ports import (
    Answers,
    Found,
    HeardKind,
    MailboxError,
    NotFound,
    Unavailable,
)
from cartdesk.domain.settings import Encryption, ImapSettings
from cartdesk.domain.views import Verdict
from tests.adapters.mail.certificates import Authority
from tests.adapters.mail.dovecot import PASSWORD, Account, Dovecot, imap
from tests.adapters.mail.fake_imap import FakeImap, drop
from tests.adapters.mail.letters_back import OTHER, OURS, answer, report

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
LETTER = f"From: hello@shop.example\nMessage-ID: {OURS}\nSubject: Hi\n\nHello\n".encode()
BOTH = pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])


__all__ = ["imap"]


@pytest.fixture
def account(imap: Dovecot) -> Account:
    return imap.account()


def mailbox(settings: ImapSettings, password: str = PASSWORD, **given: float) -> ImapMailbox:
    return ImapMailbox(settings, password, **({"timeout": 5} | given))


def since(box: ImapMailbox, mark: str = "", *ours: str) -> Answers:
    return box.answers_to(ours or (OURS,), NOW - timedelta(hours=2), mark)


# a real server


@pytest.mark.parametrize("encryption", list(Encryption))
def test_a_letter_in_the_sent_folder_is_found(account: Account, encryption: Encryption) -> None:
    account.deliver(
        LETTER.replace(b"Hi", b"Another").replace(b"<5f0", b"<0"), at=NOW, folder="Sent"
    )
    account.deliver(LETTER, at=NOW, folder="Sent")
    assert mailbox(account.settings(encryption)).find_sent(OURS) == Found("Sent", NOW)


def test_a_letter_that_is_not_there_is_not_found(account: Account) -> None:
    account.deliver(LETTER.replace(b"<", b"<x"), at=NOW, folder="Sent")  # ours is a part of it
    account.deliver(LETTER, at=NOW)  # in the inbox it proves nothing
    assert mailbox(account.settings()).find_sent(OURS) == NotFound("Sent")


def test_the_sent_folder_may_have_any_name(account: Account) -> None:
    account.deliver(LETTER, at=NOW, folder="Lähetetyt")
    assert mailbox(account.settings()).find_sent(OURS) == Found("Lähetetyt", NOW)


def test_the_merchant_may_name_the_sent_folder(account: Account) -> None:
    account.deliver(LETTER, at=NOW, folder='Out "box"')
    account.deliver(LETTER.replace(b"<", b"<x"), at=NOW, folder="Sent")
    named = replace(account.settings(), sent_folder='Out "box"')
    assert mailbox(named).find_sent(OURS) == Found('Out "box"', NOW)


def test_without_a_sent_folder_it_says_so(account: Account) -> None:
    found = mailbox(account.settings()).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert "does not say which folder holds sent mail" in found.sentence
    wrong = mailbox(replace(account.settings(), sent_folder="Gone")).find_sent(OURS)
    assert isinstance(wrong, Unavailable)
    assert "does not show the folder “Gone”" in wrong.sentence
    assert "imap.sent_folder" in wrong.sentence


def test_reports_and_answers_are_heard_oldest_first_and_the_others_not(account: Account) -> None:
    account.deliver(answer(), at=NOW + timedelta(minutes=3))
    account.deliver(report(action="delayed", status="4.4.1"), at=NOW + timedelta(minutes=1))
    account.deliver(report(), at=NOW + timedelta(minutes=2))
    account.deliver(answer(Auto_Submitted="auto-replied"), at=NOW)
    account.deliver(report(OTHER), at=NOW)
    account.deliver(answer(OTHER, text=f"about {OURS}"), at=NOW)
    account.deliver(answer(), at=NOW - timedelta(days=30))  # before the time asked for
    found = since(mailbox(account.settings()))
    assert [(one.kind, one.at - NOW) for one in found.heard] == [
        (HeardKind.AUTO_REPLY, timedelta()),
        (HeardKind.DELAY, timedelta(minutes=1)),
        (HeardKind.BOUNCE, timedelta(minutes=2)),
        (HeardKind.REPLY, timedelta(minutes=3)),
    ]
    assert len({one.key for one in found.heard}) == 4


def test_with_a_mark_only_what_came_later_is_read(account: Account) -> None:
    box = mailbox(account.settings())
    empty = since(box)
    assert empty.heard == ()
    account.deliver(answer(), at=NOW)
    first = since(box, empty.mark)
    assert len(first.heard) == 1
    assert since(box, first.mark).heard == ()
    account.deliver(report(), at=NOW - timedelta(days=9))  # came in late, bears an old time
    assert [one.kind for one in since(box, first.mark).heard] == [HeardKind.BOUNCE]
    assert len(since(box, "77:1").heard) == 1  # the mark of another mailbox: by time again


def test_nothing_in_the_mailbox_changes_not_even_what_is_unread(account: Account) -> None:
    account.deliver(answer(), at=NOW)
    account.deliver(LETTER, at=NOW, folder="Sent")
    before = account.files()
    box = mailbox(account.settings())
    assert box.probe().verdict is Verdict.OK
    box.find_sent(OURS)
    assert since(box).heard
    assert account.files() == before
    assert all("/new/" in f"/{name}" for name in before)


def test_of_a_large_message_only_the_beginning_is_read(account: Account) -> None:
    account.deliver(answer(text="Yes please\n" + "x" * 70 + "\n" * 2_000_000), at=NOW)
    (heard,) = since(mailbox(account.settings())).heard
    assert heard.text.startswith("Yes please")
    assert len(heard.text) <= 2000


def test_hostile_headers_neither_break_nor_hide_the_others(account: Account) -> None:
    account.deliver(b"References: " + b"<" * 100_000 + b"\r\n\r\n", at=NOW)
    account.deliver(b"\xff\xfe: \x00\r\nContent-Type: multipart/report; boundary*=x''%\r\n", at=NOW)
    account.deliver(b"In-Reply-To: <\x1b]0;x\x07>\r\n\r\n", at=NOW)
    account.deliver(b"", at=NOW)
    account.deliver(answer(), at=NOW)
    assert [one.kind for one in since(mailbox(account.settings())).heard] == [HeardKind.REPLY]


def test_many_new_messages_are_looked_through_quickly(account: Account) -> None:
    for _ in range(500):
        account.deliver(answer(OTHER), at=NOW)
    account.deliver(answer(), at=NOW)
    began = time.monotonic()
    assert len(since(mailbox(account.settings())).heard) == 1
    assert time.monotonic() - began < 5


def test_a_wrong_password_is_said_in_words_without_showing_it(account: Account) -> None:
    box = mailbox(account.settings(), "hunter2")
    with pytest.raises(MailboxError, match="did not let user") as caught:
        since(box)
    assert caught.value.kind == "login"
    assert "app password" in str(caught.value)
    assert "hunter2" not in f"{caught.value} {box!r} {box.probe()} {box.find_sent(OURS)}"


def test_the_probe_tells_what_is_missing(account: Account) -> None:
    finding = mailbox(account.settings()).probe()
    assert finding.verdict is Verdict.WARN  # it has no folder of sent mail yet
    assert "does not say which folder" in finding.sentence
    account.deliver(LETTER, at=NOW, folder="Sent")
    finding = mailbox(account.settings()).probe()
    assert finding.verdict is Verdict.OK
    assert "by TLS" in finding.sentence
    gone = mailbox(replace(account.settings(), inbox="Nowhere")).probe()
    assert gone.verdict is Verdict.STOP
    assert "imap.inbox" in gone.sentence


@BOTH
def test_a_certificate_that_is_not_trusted_gets_no_password(
    account: Account, encryption: Encryption
) -> None:
    stranger = replace(account.settings(encryption), ca_file="")
    found = mailbox(stranger).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert "an authority this computer does not trust. The password was not sent" in found.sentence
    assert "imap.ca_file" in found.sentence


# servers that lie


def fake(server: FakeImap, encryption: Encryption = Encryption.NONE) -> ImapSettings:
    return ImapSettings("127.0.0.1", server.port, encryption, "ana")


@pytest.mark.parametrize(("name", "days"), [("127.0.0.1", 10), ("mail.other.example", 10)])
def test_not_one_byte_goes_to_a_server_whose_certificate_does_not_hold(
    tmp_path: Path, name: str, days: float
) -> None:
    authority = Authority(tmp_path)
    with FakeImap(context=authority.server(name, days)) as server:
        trusted = str(authority.file) if name != "127.0.0.1" else ""
        settings = replace(fake(server, Encryption.TLS), ca_file=trusted)
        found = mailbox(settings).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert "The password was not sent" in found.sentence
    assert server.heard == b""


@pytest.mark.parametrize(
    ("greeting", "answers"),
    [
        (b"* OK ready\r\n", {"CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"}),
        (
            b"* OK ready\r\n",
            {
                "CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\n",
                "STARTTLS": b"{tag} NO not today\r\n",
            },
        ),
        (b"* PREAUTH welcome\r\n", {"CAPABILITY": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n"}),
    ],
    ids=["taken out", "refused", "preauth"],
)
def test_without_starttls_no_password_is_sent(greeting: bytes, answers: dict[str, bytes]) -> None:
    with FakeImap(answers, greeting=greeting) as server:
        found = mailbox(fake(server, Encryption.STARTTLS)).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert b"AUTH" not in server.heard
    assert b"LOGIN" not in server.heard


def test_a_plain_server_on_the_tls_port_gets_no_password() -> None:
    with FakeImap() as server:
        found = mailbox(fake(server, Encryption.TLS)).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert 'wants encryption "starttls"' in found.sentence
    assert b"AUTH" not in server.heard


def test_in_plain_text_only_this_computer_is_spoken_to() -> None:
    found = mailbox(ImapSettings("imap.shop.example", 143, Encryption.NONE, "ana")).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert "could be read on the way" in found.sentence


def test_a_server_that_is_down_is_said_so() -> None:
    with FakeImap() as server:
        gone = fake(server)
    found = mailbox(gone).find_sent(OURS)
    assert found == Unavailable(f"127.0.0.1 takes no connections on port {gone.port}.")
    with pytest.raises(MailboxError, match="takes no connections"):
        since(mailbox(gone))
    assert mailbox(gone).probe().verdict is Verdict.STOP


def test_an_authority_file_that_is_none_is_named(tmp_path: Path) -> None:
    junk = tmp_path / "ca.pem"
    junk.write_text("this is no certificate")
    with FakeImap() as server:
        settings = replace(fake(server, Encryption.TLS), ca_file=str(junk))
        found = mailbox(settings).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert f"{junk} (imap.ca_file)" in found.sentence


@pytest.mark.parametrize("message_id", ["", "<a b@c>", '<a"@c>', "<a\r\nDELETE INBOX@c>", "x"])
def test_only_a_message_id_is_looked_for(message_id: str) -> None:
    with FakeImap() as server:
        assert isinstance(mailbox(fake(server)).find_sent(message_id), Unavailable)
    assert server.heard == b""


SEARCHED = b"* SEARCH 7\r\n"
FETCHED = b"* 1 FETCH (UID 7 BODY[] {%d}\r\n"
NESTED = b"Content-Type: message/rfc822\r\n\r\n" * 3_000


@pytest.mark.parametrize(
    "answers",
    [
        {"EXAMINE": b"\xff\x00\r\n"},
        {"EXAMINE": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 99999999999999999999] x\r\n{tag} BAD\r\n"},
        {"UID SEARCH": b"* SEARCH 1 -7 x \xff 99999999999999999999999999\r\n"},
        {"UID SEARCH": SEARCHED, "UID FETCH": FETCHED % 9_000_000_000},
        {
            "UID SEARCH": SEARCHED,
            "UID FETCH": b"* 1 FETCH (UID 7 BODY[] {" + b"9" * 5000 + b"}\r\n",
        },
        {"UID SEARCH": SEARCHED, "UID FETCH": b"* 1 FETCH (UID 8 BODY[] {1}\r\nx)\r\n{tag} OK\r\n"},
        {"UID SEARCH": SEARCHED, "UID FETCH": b"* 1 FETCH (UID 7 BODY[] NIL)\r\n{tag} OK\r\n"},
        {"UID SEARCH": SEARCHED, "UID FETCH": b"* 1 FETCH\r\n{tag} OK\r\n"},
        {"UID SEARCH": SEARCHED, "UID FETCH": b"* BYE I am tired\r\n"},
        {"UID SEARCH": b"a1 OK who are you\r\n"},
        {"UID SEARCH": b"{tag} NO I do not search\r\n"},
        {"EXAMINE": b"* " + b"x" * 1_100_000 + b"\r\n"},
        {
            "UID SEARCH": SEARCHED,
            "UID FETCH": FETCHED % len(NESTED) + NESTED + b")\r\n{tag} OK done\r\n",
        },
    ],
)
def test_answers_that_make_no_sense_end_in_a_sentence_or_in_nothing(
    answers: dict[str, bytes],
) -> None:
    with FakeImap(answers) as server:
        try:
            found = since(mailbox(fake(server), timeout=0.3))
        except MailboxError as error:
            assert str(error).startswith("127.0.0.1 ") or "connection to 127.0.0.1" in str(error)
            assert PASSWORD not in str(error)
        else:
            assert found.heard == ()


def test_a_list_of_folders_cannot_smuggle_in_a_command() -> None:
    names = b'* LIST (\\Sent) "." {14}\r\nSent\r\nX DELETE\r\n'
    with FakeImap({"LIST": names}) as server:
        found = mailbox(fake(server)).find_sent(OURS)
    assert isinstance(found, Unavailable)
    assert b"DELETE" not in server.heard


@pytest.mark.parametrize(
    "endless", [drop(0.05), drop(0, b"* OK " + b"x" * 60_000 + b"\r\n")], ids=["drip", "flood"]
)
def test_a_server_without_an_end_is_left(endless: Callable[[], bytes]) -> None:
    with FakeImap(endless=endless) as server:
        began = time.monotonic()
        with pytest.raises(MailboxError) as caught:
            since(mailbox(fake(server), deadline=1))
        assert time.monotonic() - began < 3
    assert caught.value.kind == "connect"


def test_a_server_without_plain_gets_one_quoted_login() -> None:
    hello = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
    with FakeImap(greeting=hello) as server:
        mailbox(fake(server), 'a"\\b').probe()
    assert b'LOGIN "ana" "a\\"\\\\b"\r\n' in server.heard
    for password in ("naïve", "a\r\nb"):
        with FakeImap(greeting=hello) as server:
            finding = mailbox(fake(server), password).probe()
        assert finding.verdict is Verdict.STOP
        assert b"LOGIN " not in server.heard

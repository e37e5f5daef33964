"""What came back about a letter is known by its Message-ID alone, whatever else is in it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.mail.imap_reading import may_concern, message_id_of, read_answer
from cartdesk.domain.ports import Heard, HeardKind
from tests.adapters.mail.letters_back import OTHER, OURS, answer, report

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def read(raw: bytes, *ours: str) -> Heard | None:
    return read_answer(raw, set(ours or (OURS,)), key="1:1", at=NOW)


def test_a_person_who_replies_is_heard_with_the_words() -> None:
    heard = read(answer())
    assert heard == Heard(
        HeardKind.REPLY,
        OURS,
        "1:1",
        NOW,
        sender="ana@example.org",
        name="Ana Virtanen",
        subject="Re: You left something",
        text="Does it come in blue?",
        own_id="<answer-1@example.org>",
    )


def test_in_a_thread_the_letter_answered_counts_else_the_newest() -> None:
    second = "<second@shop.example>"
    both = f"{OURS} {second} {OTHER}"
    heard = read(answer(OURS, References=both), OURS, second)
    assert heard is not None and heard.message_id == OURS
    heard = read(answer(both, header="References"), OURS, second)
    assert heard is not None and heard.message_id == second


@pytest.mark.parametrize(
    "raw",
    [
        answer(OTHER),
        answer(OURS[:-1] + "x>"),
        answer(OTHER, text=f"In-Reply-To: {OURS}\n\nYour letter {OURS} bounced: 550 5.1.1"),
        answer(OTHER, subject=f"Re: {OURS}", Comments=OURS),
        report(OTHER),
        report(OTHER, text=f"Final-Recipient: ana\nMessage-ID: {OURS}\nStatus: 5.1.1"),
        report(OTHER, said=f"550 5.1.1 Message-ID: {OURS}"),
        answer(OTHER) + report(OURS),
    ],
    ids=[
        "another letter",
        "nearly ours",
        "ours in the text",
        "ours in the subject and a comment",
        "a report of another",
        "a report that talks of ours",
        "a report that quotes ours",
        "ours behind another's answer",
    ],
)
def test_what_does_not_name_our_letter_where_it_counts_is_nothing(raw: bytes) -> None:
    assert read(raw) is None


@pytest.mark.parametrize(
    "returned",
    ["message/rfc822", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers"],
)
def test_a_report_is_matched_by_the_headers_it_returns(returned: str) -> None:
    heard = read(report(returned=returned))
    assert heard is not None
    assert (heard.kind, heard.message_id, heard.status) == (HeardKind.BOUNCE, OURS, "5.1.1")
    assert heard.final_recipient == "ana@example.org"
    assert heard.said.startswith("550 5.1.1 <ana@example.org>: Recipient address rejected")


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", HeardKind.BOUNCE),
        ("Failed ", "4.4.7", HeardKind.BOUNCE),
        ("delayed", "4.4.1", HeardKind.DELAY),
        ("delivered", "2.0.0", HeardKind.DELIVERED),
        ("relayed", "2.0.0", HeardKind.DELIVERED),
        ("", "5.2.2", HeardKind.BOUNCE),
        ("", "4.2.2 (mailbox full)", HeardKind.DELAY),
        ("gone fishing", "nothing", HeardKind.AUTO_REPLY),
    ],
)
def test_the_report_says_what_became_of_the_letter(
    action: str, status: str, kind: HeardKind
) -> None:
    heard = read(report(action=action, status=status))
    assert heard is not None
    assert heard.kind is kind


def test_a_read_receipt_is_no_reply_and_no_bounce() -> None:
    receipt = report(kind="disposition-notification").replace(
        b"message/delivery-status", b"message/disposition-notification"
    )
    heard = read(receipt)
    assert heard is not None
    assert heard.kind is HeardKind.AUTO_REPLY


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
    ],
)
def test_an_absence_note_is_no_reply(headers: dict[str, str]) -> None:
    heard = read(answer(**headers))
    assert heard is not None
    assert heard.kind is HeardKind.AUTO_REPLY


def test_a_person_whose_program_says_so_is_still_a_person() -> None:
    heard = read(answer(Auto_Submitted="no"))
    assert heard is not None
    assert heard.kind is HeardKind.REPLY


def test_a_forwarded_report_is_what_the_person_wrote_and_not_a_bounce() -> None:
    inside = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    inside += b"Content-Type: text/plain\r\n\r\nLook at this\r\n--b\r\n"
    inside += b"Content-Type: message/rfc822\r\n\r\n" + report() + b"\r\n--b--\r\n"
    head = f"From: ana@example.org\r\nIn-Reply-To: {OURS}\r\n".encode()
    heard = read(head + inside)
    assert heard is not None
    assert (heard.kind, heard.text) == (HeardKind.REPLY, "Look at this")


def test_the_sender_is_the_address_and_not_what_is_written_beside_it() -> None:
    sender = "=?utf-8?q?=3Chello=40shop=2Eexample=3E?= <eve@evil.example>"
    raw = answer().replace(b"Ana Virtanen <Ana@Example.org>", sender.encode())
    heard = read(raw)
    assert heard is not None
    assert (heard.sender, heard.name) == ("eve@evil.example", "<hello@shop.example>")


def test_codes_for_the_terminal_do_not_get_through() -> None:
    evil = "\x1b]52;c;aGk=\x07\x9b2J\u202egnp.exe"
    raw = (
        f"From: {evil} <ana@example.org>\r\nSubject: {evil}\r\nIn-Reply-To: {OURS}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{evil}\r\n"
    ).encode()
    heard = read(raw)
    assert heard is not None
    shown = f"{heard.sender}{heard.name}{heard.subject}{heard.text}"
    assert not set("\x1b\x07\x9b\u202e") & set(shown)


def test_letters_in_other_charsets_can_be_read_and_unknown_ones_do_no_harm() -> None:
    head = (
        f"From: a@b.example\r\nIn-Reply-To: {OURS}\r\nContent-Transfer-Encoding: 8bit\r\n".encode()
    )
    latin = read(head + b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\nK\xe4yk\xf6?\r\n")
    assert latin is not None and latin.text == "Käykö?"
    strange = read(head + b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH\r\n")
    assert strange is not None and strange.text == "nuqneH"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed" + b"; a" * 80_000 + b"\r\n\r\nx",
        b"References: " + b"<" * 250_000 + b"\r\n\r\n",
        b"References: " + b"<a@b> " * 40_000 + b"\r\n\r\n",
        b"Subject: " + b"=?utf-8?q?" * 20_000 + b"\r\n\r\n",
        b"From: " + b"(" * 200_000 + b"\r\n\r\n",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(4_000)
        )
        + b"\r\n" * 20_000,
        b"Content-Type: message/rfc822\r\n\r\n" * 7_000,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n" + b"a: b\r\n\r\n" * 25_000,
    ],
    ids=["parameters", "brackets", "ids", "words", "comments", "nested", "forwards", "blocks"],
)
def test_a_message_built_to_take_for_ever_is_read_in_no_time(raw: bytes) -> None:
    began = time.process_time()
    named = f"In-Reply-To: {OURS}\r\n".encode() + raw
    assert may_concern(named[:128_000], {OURS})
    assert message_id_of(named[:128_000]) == ""
    heard = read(named[:128_000])
    assert time.process_time() - began < 2
    assert heard is not None
    assert heard.message_id == OURS


LINES = st.lists(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [
                b"Content-Type: multipart/report; boundary=b",
                b"Content-Type: message/delivery-status",
                b"Content-Type: text/rfc822-headers; charset=\xff",
                b"Content-Type: text/plain; charset*=utf-7''x",
                b"Content-Transfer-Encoding: base64",
                b"Content-Transfer-Encoding: x-uuencode",
                f"In-Reply-To: {OURS}".encode(),
                f"Message-ID: {OURS}".encode(),
                b"Action: failed",
                b"Status: 5.1.1",
                b"From: =?x?q?=FF?= <\xff@\x00>",
                b"Subject: =?utf-8?b?====?=",
                b"--b",
                b"--b--",
                b"",
            ]
        ),
    ),
    max_size=30,
)


@given(LINES)
def test_whatever_arrives_is_read_or_left_alone(lines: list[bytes]) -> None:
    raw = b"\r\n".join(lines)
    heard = read(raw)
    assert heard is None or heard.message_id == OURS
    may_concern(raw, {OURS})
    message_id_of(raw)


@given(LINES)
def test_a_reply_is_heard_whatever_else_is_in_it(lines: list[bytes]) -> None:
    heard = read(f"In-Reply-To: {OURS}\r\n".encode() + b"\r\n".join(lines))
    assert heard is not None
    assert heard.message_id == OURS

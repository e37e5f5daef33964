"""A letter becomes a lawful message, and nobody's words become a header."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartdesk.adapters.mail.message import Unmailable, build, new_message_id, parts
from cartdesk.domain.model import Rendered
from cartdesk.domain.settings import SenderSettings
from cartdesk.domain.text import clean

NOW = datetime(2026, 11, 21, 12, 2, 3, tzinfo=UTC)
SENDER = SenderSettings(name="Maija of Oak & Tin", email="hello@shop.example")
LETTER = Rendered("You left something", "Hello Ana,\n\nbye\n", "<p>Hello Ana,</p>\n")
ID = "<0b8a1f0e-3f3a-4b8e-9d55-9a9b4c0a7f11@shop.example>"
HEADERS = [
    *("Date", "From", "To", "Subject", "Message-ID", "List-Unsubscribe"),
    *("MIME-Version", "Content-Type"),
]


def made(rendered: Rendered = LETTER, **changes: Any) -> bytes:
    given_: dict[str, Any] = {
        "sender": SENDER,
        "to_name": "Ana Petrova",
        "to_email": "ana@example.org",
        "message_id": ID,
        "date": NOW,
        "stop_token": "k3j9d8s7",
    }
    return build(rendered, **(given_ | changes))


def read(message: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(message, policy=SMTP)
    assert isinstance(parsed, EmailMessage)
    return parsed


def raw_header(message: bytes, name: str) -> str:
    head = message.partition(b"\r\n\r\n")[0].decode("ascii")
    found = re.search(rf"^{name}: ([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)", head, re.MULTILINE)
    assert found
    return found[1].strip()


def assert_lawful(message: bytes) -> None:
    """RFC 5322: 7-bit, CRLF, no line over 998, every header once, none that we did not write."""
    message.decode("ascii")
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")
    assert max(map(len, message.split(b"\r\n"))) <= 998
    parsed = read(message)
    assert [name for name in parsed if name not in HEADERS] == []
    assert len(set(parsed.keys())) == len(parsed.keys())
    assert not parsed.defects
    body = parsed.get_content_type()
    assert body == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_a_message_reads_as_it_was_written() -> None:
    message = made()
    assert_lawful(message)
    parsed = read(message)
    assert parsed["From"] == "Maija of Oak & Tin <hello@shop.example>"
    assert parsed["To"] == "Ana Petrova <ana@example.org>"
    assert parsed["Subject"] == "You left something"
    assert parsed["Date"].datetime == NOW
    assert raw_header(message, "Date") == "Sat, 21 Nov 2026 12:02:03 +0000"
    assert parsed["Message-ID"] == ID
    assert parsed["List-Unsubscribe"] == "<mailto:hello@shop.example?subject=unsub-k3j9d8s7>"
    shown = parts(message)
    assert shown.text == LETTER.text
    assert shown.html == LETTER.html
    assert ("To", "Ana Petrova <ana@example.org>") in shown.headers
    assert [name for name, _ in shown.headers] == HEADERS


def test_nothing_in_a_message_tracks_or_asks_a_server() -> None:
    message = made().lower()
    for word in (b"list-unsubscribe-post", b"http:", b"https:", b"<img", b"x-mailer"):
        assert word not in message


def test_the_same_letter_gives_the_same_headers() -> None:
    first, second = made(), made()
    assert parts(first).headers[:-1] == parts(second).headers[:-1]
    assert parts(first).text == parts(second).text


def test_answers_go_where_the_merchant_wants_and_so_do_stops() -> None:
    sender = replace(SENDER, reply_to="answers@shop.example")
    parsed = read(made(sender=sender))
    assert parsed["From"].addresses[0].addr_spec == "hello@shop.example"
    assert parsed["Reply-To"].addresses[0].addr_spec == "answers@shop.example"
    assert "answers@shop.example" in parsed["List-Unsubscribe"]
    assert read(made(sender=replace(SENDER, reply_to=SENDER.email)))["Reply-To"] is None


def test_a_thread_is_kept_however_long_it_is() -> None:
    ids = [new_message_id("a-rather-long-name-of-a-shop.example") for _ in range(30)]
    message = made(in_reply_to=ids[-1], references=ids)
    assert raw_header(message, "In-Reply-To") == ids[-1]
    named = raw_header(message, "References").split()
    assert named[0] == ids[0]
    assert named[-1] == ids[-1]
    assert "=?" not in raw_header(message, "References")
    assert max(map(len, message.split(b"\r\n"))) <= 998


def test_a_long_stop_address_is_never_encoded() -> None:
    local, domain = "a" * 60, ".".join(["b" * 50] * 3 + ["example"])
    message = made(sender=replace(SENDER, email=f"{local}@{domain}"))
    expected = f"<mailto:{local}@{domain}?subject=unsub-k3j9d8s7>"
    assert raw_header(message, "List-Unsubscribe") == expected
    assert_lawful(message)
    odd = made(sender=replace(SENDER, email="a+b%c?d&e@shop.example"))
    assert raw_header(odd, "List-Unsubscribe") == (
        "<mailto:a+b%25c%3Fd%26e@shop.example?subject=unsub-k3j9d8s7>"
    )


def test_a_message_id_is_new_each_time_and_under_the_senders_domain() -> None:
    made_ids = {new_message_id("ähtäri.example") for _ in range(50)}
    assert len(made_ids) == 50
    assert all(re.fullmatch(r"<[0-9a-f-]{36}@xn--htri-koac\.example>", one) for one in made_ids)
    with pytest.raises(Unmailable, match="Settings"):
        new_message_id("")


def test_domains_of_any_script_are_written_in_ascii() -> None:
    message = made(to_email="ana@straße.example", sender=replace(SENDER, email="a@ähtäri.example"))
    assert read(message)["To"].addresses[0].addr_spec == "ana@xn--strae-oqa.example"
    assert "xn--htri-koac.example" in raw_header(message, "List-Unsubscribe")
    assert_lawful(message)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "no e-mail address"),
        ("ana", "cannot be used"),
        ("ana@", "cannot be used"),
        ("@example.org", "cannot be used"),
        ("ana@example", "cannot be used"),
        ("ana@example..org", "cannot be used"),
        ("ana@-example.org", "cannot be used"),
        ("ana@localhost", "cannot be used"),
        ("ana@[127.0.0.1]", "cannot be used"),
        ("ana petrova@example.org", "cannot be used"),
        ("ana@example.org, b@evil.example", "cannot be used"),
        ("ana@example.org;b@evil.example", "cannot be used"),
        ("<ana@example.org>", "cannot be used"),
        ("Ana <ana@example.org>", "cannot be used"),
        ('"ana b"@example.org', "cannot be used"),
        ("ana@evil.example@example.org", "cannot be used"),
        ("öljy@example.com", "cannot be used"),
        ("a" * 65 + "@example.org", "cannot be used"),
        ("ana@" + "a" * 250 + ".org", "cannot be used"),
        ("=?utf-8?q?x?=@example.org", "forgery"),
        ("ana@example.org\r\nBcc: b@evil.example", "line break"),
        ("ana@exam\x00ple.org", "line break"),
        ("ana(comment)@example.org", "cannot be used"),
        ("ana\u200b@example.org", "cannot be used"),
    ],
)
def test_a_bad_address_is_refused_in_words(address: str, reason: str) -> None:
    with pytest.raises(Unmailable, match=reason) as refused:
        made(to_email=address)
    assert "Nothing was sent" in str(refused.value)
    assert str(refused.value).isprintable()
    with pytest.raises(Unmailable, match="Settings, under Sender"):
        made(sender=replace(SENDER, email=address))


BREAKS = ["\r\n", "\n", "\r", "\r\n ", "\n\t", "\r\n\r\n", "\0", "\x0b", "\x0c", "\x85", "\u2028"]
PAYLOADS = [f"Ana{gap}Bcc: b@evil.example" for gap in [*BREAKS, "\u2029", "\x1b", "\x1e"]] + [
    "Ana\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>",
    "Ana\r\n.\r\nMAIL FROM:<x@evil.example>",
    "\r\nBcc: b@evil.example",
    "Bcc: b@evil.example\r\n",
    "=?utf-8?q?spoof?=",
    "=?utf-8?q?a=0D=0ABcc:_b@evil.example?=",
    "=?utf-8?b?QmNjOiBiQGV2aWwuZXhhbXBsZQ==?=",
    "Ana =?us-ascii?q?=0a?= B",
    "\ud800",
]
HARMLESS = [
    'Ana" <b@evil.example>, "x',
    "Ana <b@evil.example>",
    "b@evil.example, Ana",
    "Ana; Bcc: b@evil.example",
    "Ana\\",
    '\\"',
    "(comment) Ana",
    "Ana%0D%0ABcc: b@evil.example",
    "Ana\\r\\nBcc: b@evil.example",
    "Ana\u202eevil",
    "undisclosed-recipients:;",
    "<>",
    ",",
    "{{7*7}}",
    "[b]Ana[/b]",
    "Jörg “the man” Müller-Ähtäri, the second of his name and the last one",
    "🦄" * 60,
    "x" * 400,
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_could_start_a_header_is_refused(payload: str) -> None:
    for attempt in (
        {"to_name": payload},
        {"sender": replace(SENDER, name=payload)},
        {"to_email": payload},
        {"sender": replace(SENDER, reply_to=payload)},
        {"rendered": replace(LETTER, subject=payload)},
    ):
        with pytest.raises(Unmailable) as refused:
            made(**attempt)
        assert str(refused.value).isprintable()


@pytest.mark.parametrize("payload", [*PAYLOADS, "", "x", "<a>", "<a@b> <c@d>", "<a b@c>", "<ä@b>"])
def test_only_our_own_tokens_and_ids_reach_the_headers(payload: str) -> None:
    for attempt in (
        {"message_id": payload},
        {"references": [payload]},
        {"stop_token": payload if len(payload) > 1 else "a b"},
    ):
        with pytest.raises(ValueError):
            made(**attempt)


@pytest.mark.parametrize("payload", HARMLESS)
def test_a_strange_name_stays_a_name(payload: str) -> None:
    message = made(replace(LETTER, subject=payload[:150]), to_name=payload)
    assert_lawful(message)
    parsed = read(message)
    assert len(parsed["To"].addresses) == 1
    assert parsed["To"].addresses[0].addr_spec == "ana@example.org"


names = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ab ,\"\\()<>@;:.éß🦄_'-=", max_size=80),
).map(clean)


@settings(max_examples=200, deadline=None)
@given(names, names, st.text(max_size=400), st.text(max_size=400))
def test_every_name_and_text_comes_back_as_it_was(
    name: str, subject: str, text: str, html: str
) -> None:
    rendered = Rendered(subject or "x", text, html)
    try:
        message = made(rendered, to_name=name)
    except Unmailable:
        assert "=?" in name + subject
        return
    assert_lawful(message)
    to_name, address = parseaddr(" ".join(raw_header(message, "To").split()))
    assert address == "ana@example.org"
    expected = " ".join(name.split())[:64].strip()
    assert str(make_header(decode_header(to_name))) == expected
    shown = parts(message)
    assert dict(shown.headers)["Subject"] == " ".join(rendered.subject.split())
    assert shown.text.rstrip().splitlines() == text.rstrip().splitlines()
    assert shown.html.rstrip().splitlines() == html.rstrip().splitlines()


def test_long_lines_and_lone_dots_survive() -> None:
    text = ".\n" + "é" * 3000 + "\nFrom here on\n..\n"
    message = made(replace(LETTER, text=text, html=f"<p>{'x' * 5000}</p>\n"))
    assert_lawful(message)
    assert max(map(len, message.split(b"\r\n"))) <= 120
    assert parts(message).text == text
    assert parts(message).html == f"<p>{'x' * 5000}</p>\n"


def test_a_date_without_a_zone_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="aware"):
        made(date=datetime(2026, 11, 21))  # noqa: DTZ001

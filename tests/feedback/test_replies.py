"""What people answer to letters, read from a real mailbox: kept once, and never by trickery."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest

from cartdesk.adapters.mail.imap import ImapMailbox
from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.one_click import links, token_of
from cartdesk.domain.feedback.views import FeedbackFilter, Piece, PieceState, Source, Tab
from cartdesk.domain.model import ReminderState
from cartdesk.domain.ports import Mailbox
from tests.adapters.mail.dovecot import PASSWORD, Account, Dovecot, imap
from tests.adapters.mail.letters_back import OTHER, answer, report
from tests.work.unsure import Heard, heard

__all__ = ["imap"]
QUOTED = "\n\nOn Tue, 17 Nov 2026 at 10:12, Oak <shop@shop.example> wrote:\n> You left\n> these\n"


@pytest.fixture
def account(imap: Dovecot) -> Account:
    return imap.account()


@pytest.fixture
def mailbox(account: Account) -> Mailbox:
    return ImapMailbox(account.settings(), PASSWORD, timeout=5)


async def letter_id(booth: Heard) -> str:
    letter = await booth.letter()
    assert letter is not None
    return letter.message_id


async def pieces(booth: Heard, **wanted: object) -> tuple[Piece, ...]:
    chosen = FeedbackFilter(**wanted)  # type: ignore[arg-type]
    return (await booth.desk.feedback.page(chosen)).rows


async def gets_another(booth: Heard) -> bool:
    """Tell whether the second letter comes due in its time."""
    booth.clock.advance(timedelta(days=1, hours=1))
    await booth.desk.poll()
    second = await booth.letter(step=2)
    return second is not None and second.state is ReminderState.READY


def mail(subject: str, text: str = "", *, sender: str = "Ana <ana@example.org>") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "shop@shop.example", subject
    message["Message-ID"] = "<tap-1@example.org>"
    message.set_content(text)
    return message.as_bytes()


async def test_a_reply_is_kept_in_its_writers_own_words_and_waits_for_an_answer(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        ours = await letter_id(booth)
        came = booth.clock.now()
        raw = answer(
            ours,
            text="Shipping is too expensive for me." + QUOTED,
            References=f"<first@shop.example> {ours}",
            Reply_To="Ana at work <ana.work@example.org>",
        )
        account.deliver(raw, at=came)
        booth.clock.advance(timedelta(hours=3))
        await booth.desk.poll()
        (piece,) = await pieces(booth, tab=Tab.WAITING)
        assert piece.text == "Shipping is too expensive for me."
        assert (piece.source, piece.state) == (Source.REPLY, PieceState.WAITING)
        assert (piece.who, piece.email, piece.cart_id) == ("Ana Virtanen", "ana@example.org", 1)
        assert {found.reason for found in piece.reasons} == {Reason.SHIPPING_COST}
        assert piece.waiting_since is not None
        assert abs(piece.waiting_since - came) < timedelta(seconds=2)
        assert piece.thread is not None
        assert piece.thread.message_id == "<answer-1@example.org>"
        assert piece.thread.references == ("<first@shop.example>", ours)
        assert piece.thread.answers == ours
        assert piece.thread.address == "ana.work@example.org"
        assert piece.thread.subject == "Re: You left something"
        assert (await booth.desk.queue()).replies == 1
        assert not await gets_another(booth)


async def test_one_mail_is_one_piece_also_when_the_mailbox_is_numbered_anew(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        raw = answer(await letter_id(booth))
        account.deliver(raw, at=booth.clock.now())
        await booth.desk.poll()
        await booth.ledger(lambda book: book.state.put("mailbox.marks", None))
        account.deliver(raw, at=booth.clock.now())
        for _ in range(2):
            await booth.desk.poll()
        assert len(await pieces(booth)) == 1
        assert (await booth.timeline()).count("wrote back") == 1


async def test_the_links_in_the_letter_that_was_sent_lead_back_to_it(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, smtp):
        assert await gets_another(booth)
        second = await booth.letter(step=2)
        assert second is not None
        text = (await booth.desk.preview(second.id)).rendered
        assert text is not None
        subjects = re.findall(r"mailto:shop@shop\.example\?subject=(\S+%5Br%3A\S+)", text.text)
        assert len(subjects) == 7
        assert all(subject in text.html for subject in subjects)
        await booth.desk.send_now([second.id])
        account.deliver(mail(unquote(subjects[2])), at=booth.clock.now())
        await booth.desk.poll()
        (piece,) = await pieces(booth)
        assert (piece.text, piece.source) == ("Delivery takes too long", Source.ONE_CLICK)
        booth.clock.advance(timedelta(days=3))
        await booth.desk.poll()
        assert await booth.letter(step=3) is None
        assert smtp.dots == 2


@pytest.mark.parametrize("language", ["en", "fi", "hu"])
async def test_a_tapped_reason_ends_the_round_without_any_words(
    tmp_path: Path, account: Account, mailbox: Mailbox, language: str
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        token = token_of(await letter_id(booth))
        label, url = links("shop@shop.example", token, language)[0]
        account.deliver(mail(unquote(url.partition("subject=")[2])), at=booth.clock.now())
        await booth.desk.poll()
        (piece,) = await pieces(booth)
        assert (piece.source, piece.text, piece.cart_id) == (Source.ONE_CLICK, label, 1)
        assert {found.reason for found in piece.reasons} == {Reason.SHIPPING_COST}
        assert piece.state is PieceState.NEW  # a tap asks nothing
        assert not await gets_another(booth)


async def test_words_beside_a_tapped_reason_wait_for_an_answer(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        token = token_of(await letter_id(booth))
        text = "Could you send it as a letter?\n\nSent from my iPhone"
        account.deliver(mail(f"Re: price [R:{token}-PRICE]", text), at=booth.clock.now())
        await booth.desk.poll()
        (piece,) = await pieces(booth)
        assert piece.text == "Could you send it as a letter?"
        assert (piece.source, piece.state) == (Source.ONE_CLICK, PieceState.WAITING)
        assert Reason.PRICE in {found.reason for found in piece.reasons}


@pytest.mark.parametrize(
    ("subject", "text"),
    [("unsub-{token}", ""), ("Re: Something", "STOP\n\nSent from my phone"), ("Vs: x", "Lopeta!")],
)
async def test_who_asks_for_no_more_letters_gets_none(
    tmp_path: Path, account: Account, mailbox: Mailbox, subject: str, text: str
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        ours = await letter_id(booth)
        raw = mail(subject.format(token=token_of(ours)), text)
        if text:
            raw = b"In-Reply-To: " + ours.encode() + b"\n" + raw
        account.deliver(raw, at=booth.clock.now())
        said = await booth.desk.poll()
        assert "1 person wants no more letters" in said.sentence
        assert (await booth.desk.cart(1)).person.stopped == "asked by mail for no more letters"
        assert await pieces(booth) == ()
        assert not await gets_another(booth)


FORGED = {
    "another shop's letter": answer(OTHER),
    "its token": mail(f"Price [r:{token_of(OTHER)}-price]"),
    "a guessed token": mail("Price [r:0123456789-price]"),
    "a token in the text": mail("Price", "[r:{token}-price] unsub-{token}"),
    "a token with words around": mail("unsub-{token} or not"),
    "a stop for another": mail(f"unsub-{token_of(OTHER)}"),
    "out of office": answer("{id}", text="I am away", Auto_Submitted="auto-replied"),
    "a report": report("{id}", action="delayed", status="4.4.1"),
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED)
async def test_what_no_reader_of_the_letter_wrote_is_not_heard(
    tmp_path: Path, account: Account, mailbox: Mailbox, raw: bytes
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        ours = await letter_id(booth)
        token = token_of(ours).encode()
        filled = raw.replace(b"{id}", ours.encode()).replace(b"{token}", token)
        account.deliver(filled, at=booth.clock.now())
        await booth.desk.poll()
        assert await pieces(booth) == ()
        assert await gets_another(booth)


def nested(ours: str, depth: int) -> bytes:
    head = f"From: a@example.org\nSubject: deep\nIn-Reply-To: {ours}\nMessage-ID: <{depth}@x.y>\n"
    body = "Content-Type: text/plain\n\ndeep down\n"
    for level in range(depth):
        mark = f"level{level}"
        kind = f'Content-Type: multipart/mixed; boundary="{mark}"'
        body = f"{kind}\n\n--{mark}\n{body}\n--{mark}--\n"
    return (head + body).encode()


def html_only(ours: str, html: str) -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["In-Reply-To"] = "a@example.org", "Re: x", ours
    message.set_content(html, subtype="html")
    return message.as_bytes()


async def test_attacks_by_mail_cost_a_moment_and_leave_clean_text(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        ours = await letter_id(booth)
        attacks = [
            answer(ours, text="Too dear.\n" + "x" * 1_000_000, sender="big@example.org"),
            answer(ours, text="\x1b]0;owned\x07 evil \u202etxt", sender="esc@example.org"),
            answer(ours, sender="=?utf-8?q?=1b[2J?= <hide@example.org>", subject="=?x?y?z?="),
            answer(ours, sender="a@b.example, c@d.example").replace(b"utf-8", b"no-such"),
            nested(ours, 300),
            nested(ours, 20),
            html_only(ours, "<style>x</style><p onclick=x>Hello <script>y</script>you</p>"),
            html_only(ours, "<div>" * 20_000 + "<img src=http://evil.example/x>"),
        ]
        for raw in attacks:
            account.deliver(raw, at=booth.clock.now())
        await booth.desk.poll()
        found = await pieces(booth)
        assert len(found) == len(attacks)
        for piece in found:
            assert len(piece.text) <= 5000
            shown = f"{piece.text}{piece.who}{piece.email}{piece.thread}"
            assert not set(shown) & {"\x1b", "\x07", "\u202e", "\0"}
        texts = {piece.text for piece in found}
        assert {"Hello you", "deep down"} <= texts
        assert not any("evil.example" in text or "script" in text for text in texts)
        before = account.files()
        await booth.desk.poll()
        assert account.files() == before  # nothing was moved, deleted or marked as read

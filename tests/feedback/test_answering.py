"""Answers to what people wrote: in the same thread, once, and by the outbox of all letters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.mail.imap_reading import read_answer
from cartdesk.adapters.mail.message import usable_ids
from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.adapters.shop.reading import read_order
from cartdesk.cli.exits import Exit
from cartdesk.desk import NotPossible
from cartdesk.domain.feedback import Mood, Reason
from cartdesk.domain.feedback.one_click import token_of
from cartdesk.domain.feedback.views import (
    FeedbackFilter,
    NewPiece,
    Piece,
    PieceState,
    Source,
    Tab,
    Thread,
)
from cartdesk.domain.letters.answer import AnswerProblem, canned, render_answer, subject_for
from cartdesk.domain.letters.fields import LetterFacts, facts_for
from cartdesk.domain.links import Link
from cartdesk.domain.model import Letter, Reminder, ReminderState, Shop
from cartdesk.domain.ports import Envelope, HeardKind, Outcome
from cartdesk.domain.ports import Heard as Came
from cartdesk.domain.settings import SenderSettings, Settings
from cartdesk.domain.views import Verdict
from cartdesk.work.feedback_landing import land
from cartdesk.work.invariants import violations
from cartdesk.work.listening import note_all
from cartdesk.work.restoring import doubt_letters
from tests.adapters.mail.faulty_smtp import FaultySmtp
from tests.cli.terminal import Terminal, open_terminal
from tests.faults.booth import PASSWORD, settings_for
from tests.faults.shop import START, unpaid
from tests.work.test_privacy import LIISA
from tests.work.unsure import LOST, Heard, heard

THEIRS = "<answer-1@example.org>"
WORDS = "Hello Ana,\n\nshipping is free from **80 €**.\n\nOak\n"


@asynccontextmanager
async def replied(
    directory: Path, *faults: object, **changes: object
) -> AsyncIterator[tuple[Heard, FaultySmtp, Piece]]:
    """Open a desk whose first letter was sent and answered by its reader."""
    async with heard(directory, None, *faults) as (booth, smtp):  # type: ignore[arg-type]
        letter = await booth.letter()
        assert letter is not None
        came = Came(
            HeardKind.REPLY,
            letter.message_id,
            "1",
            booth.clock.now(),
            letter.email,
            name="Ana [/] Ő",
            subject="Re: Your basket",
            text="Shipping is too expensive for me.\n<b>[x](http://evil.example)</b>",
            own_id=THEIRS,
            references=("<first@shop.example>", letter.message_id, "<bad id@x>", "nonsense"),
        )
        came = replace(came, **changes)  # type: ignore[arg-type]
        now = booth.clock.now()
        await booth.ledger(lambda b: note_all(b, [came], [letter], booth.settings, now))
        page = await booth.desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))
        yield booth, smtp, page.rows[0]


async def answered(booth: Heard, piece: Piece, words: str = WORDS) -> Reminder:
    """Write and approve an answer, to be sent by hand."""
    answer = await booth.desk.answers.keep(piece.id, words)
    await booth.desk.preview(answer.id)
    await booth.desk.approve(answer.id, hold=False)
    return answer


def mail(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


async def test_it_goes_into_the_same_thread_as_it_was_shown(tmp_path: Path) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        first = await booth.letter()
        assert first is not None
        draft = await booth.desk.answers.draft(piece.id)
        assert (draft.to, draft.subject) == (first.email, "Re: Your basket")
        assert {title for title, _ in draft.canned} >= {"Shipping costs too much", "Thank you"}
        answer = await answered(booth, piece)
        shown = await booth.desk.preview(answer.id)
        assert (await booth.desk.send_now([answer.id])).sent == 1

        assert smtp.accepted[-1] == shown.message
        got = mail(smtp.accepted[-1])
        assert got["In-Reply-To"] == THEIRS
        assert got["References"].split() == ["<first@shop.example>", first.message_id, THEIRS]
        assert got["Subject"] == "Re: Your basket"
        assert got["List-Unsubscribe"] is None
        text, html = part(got, "plain"), part(got, "html")
        assert "shipping is free from 80 €." in text
        assert "Oak Street 1" in text
        assert "Oak Street 1" in html
        assert "> Shipping is too expensive for me.\n> <b>[x](http://evil.example)</b>" in text
        assert "&lt;b&gt;[x](http://evil.example)" in html
        assert "unsub" not in html + text
        assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.ANSWERED
        page = await booth.desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))
        assert (page.waiting, page.oldest_waiting) == (0, None)
        with pytest.raises(NotPossible, match="answered already"):
            await booth.desk.answers.keep(piece.id, "again")


async def test_it_is_held_taken_back_changed_and_put_aside_like_any_letter(tmp_path: Path) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        desk, before = booth.desk, len(smtp.accepted)
        answer = await desk.answers.keep(piece.id, WORDS)
        (item,) = [x for x in (await desk.queue()).items if x.reminder.id == answer.id]
        assert (item.stop, item.reminder.letter) == (None, "answer")
        await desk.approve(answer.id)
        with pytest.raises(NotPossible, match="approved already"):
            await desk.answers.keep(piece.id, "Something else")
        assert await desk.tick() is None
        await desk.undo()
        changed = await desk.answers.keep(piece.id, "Hello, **other** words")
        assert changed.id == answer.id
        await desk.answers.discard(piece.id)
        assert (await desk.answers.of([piece.id]))[piece.id].state is ReminderState.SKIPPED
        assert (await desk.answers.draft(piece.id)).text == "Hello, **other** words"
        await desk.undo()
        await desk.approve(answer.id)
        booth.clock.advance(timedelta(seconds=21))
        report = await desk.tick()
        assert report is not None
        assert report.sent == 1
        assert len(smtp.accepted) == before + 1
        assert b"other words" in smtp.accepted[-1]


async def test_neither_a_purchase_nor_a_stop_forbids_it_and_the_stop_is_told(
    tmp_path: Path,
) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        await booth.desk.stop(1)
        booth.shop.records[1] |= {"status": "processing", "date_paid_gmt": "2026-11-21T12:00:00"}
        await booth.desk.poll()
        answer = await answered(booth, piece)
        checks = {check.rule: check for check in (await booth.desk.preview(answer.id)).checks}
        assert checks["not-stopped"].verdict is Verdict.WARN
        assert "gets no more reminders, but wrote to you" in checks["not-stopped"].sentence
        assert (await booth.desk.send_now([answer.id])).sent == 1
        assert mail(smtp.accepted[-1])["In-Reply-To"] == THEIRS


async def test_it_counts_for_the_daily_limit_but_for_no_gap_and_no_plan(tmp_path: Path) -> None:
    async with heard(tmp_path, None) as (booth, _):
        await booth.desk.feedback.add(Source.PHONE, "When does it arrive?", cart_id=1)
        (piece,) = (await booth.desk.feedback.page()).rows
        booth.clock.advance(timedelta(hours=23))
        answer = await answered(booth, piece)
        assert (await booth.desk.send_now([answer.id])).sent == 1
        first = await booth.letter()
        assert first is not None
        (cart,) = (await booth.desk.carts()).rows
        assert cart.letters_sent == 1
        sent = await booth.ledger.read(lambda b: b.outbox.sent_since(START))
        assert sent == 2  # both count for the limit
        booth.clock.advance(timedelta(hours=2))
        await booth.desk.poll()
        second = await booth.letter(step=2)
        assert second is not None
        gap = [c for c in (await booth.desk.preview(second.id)).checks if c.rule == "gap"]
        assert gap[0].verdict is Verdict.OK


async def test_an_answer_nobody_knows_of_is_asked_about_and_never_sent_again(
    tmp_path: Path,
) -> None:
    with FaultySmtp({"dot": [LOST]}) as lost:
        async with replied(tmp_path) as (booth, _, piece):
            old, booth.settings = booth.settings, settings_for(lost.port)
            answer = await answered(booth, piece)
            assert old.mail.port != lost.port
            report = await booth.desk.send_now([answer.id])
            assert (report.unsure, len(lost.accepted)) == (1, 0)
            assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.WAITING
            for _ in range(3):
                booth.clock.advance(timedelta(hours=25))
                assert await booth.desk.tick() is None
            with pytest.raises(NotPossible, match="Nobody knows"):
                await booth.desk.answers.draft(piece.id)
            with pytest.raises(NotPossible):
                await booth.desk.send_now([answer.id])
            await booth.desk.settle(answer.id, "sent")
            assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.ANSWERED
            assert len(lost.accepted) == 0


class _Killed(BaseException):
    pass


async def test_a_program_that_dies_at_the_dot_sends_no_second_copy(tmp_path: Path) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        answer = await answered(booth, piece)
        before = len(smtp.accepted)

        class Dies(SmtpMailer):
            def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
                super().send(envelope, before_dot)
                raise _Killed

        mailer, settings = booth.mailer, booth.settings
        booth.mailer = lambda: Dies(settings.mail, PASSWORD)
        async with booth.window() as dying:
            with pytest.raises(_Killed):
                await dying.send_now([answer.id])
        booth.mailer = mailer
        assert len(smtp.accepted) == before + 1
        async with booth.window() as after:
            await after.tick()
            now = (await after.answers.of([piece.id]))[piece.id]
            assert now.state is ReminderState.UNSURE
            with pytest.raises(NotPossible):
                await after.send_now([answer.id])
        assert len(smtp.accepted) == before + 1


async def test_an_answer_that_came_back_waits_again_and_can_be_written_anew(
    tmp_path: Path,
) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        answer = await answered(booth, piece)
        assert (await booth.desk.send_now([answer.id])).sent == 1
        assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.ANSWERED
        (sent,) = [one for one in await booth.letters() if one.id == answer.id]
        booth.clock.advance(timedelta(hours=1))
        now = booth.clock.now()
        bounce = Came(
            HeardKind.BOUNCE,
            sent.message_id,
            "b1",
            now,
            "mailer-daemon@example.org",
            status="5.2.2",
            said="552 mailbox full",
        )

        async def hear(key: str) -> str:
            one = replace(bounce, key=key)
            news = await booth.ledger(lambda b: note_all(b, [one], [sent], booth.settings, now))
            return news.sentence

        assert await hear("b1") == "1 of your answers came back"
        waiting = await booth.desk.feedback.piece(piece.id)
        assert (waiting.state, waiting.waiting_since) == (PieceState.WAITING, piece.written_at)
        draft = await booth.desk.answers.draft(piece.id)
        assert draft.trouble == "your answer came back: 552 mailbox full"
        assert draft.text == WORDS.strip()

        again = await answered(booth, piece, "Hello Ana,\n\nonce more.\n")
        assert (await booth.desk.send_now([again.id])).sent == 1
        assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.ANSWERED
        assert (
            await hear("b1") == await hear("b2") == ""
        )  # a report about the first one says nothing of the second
        assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.ANSWERED
        assert len({mail(raw)["Message-ID"] for raw in smtp.accepted[-2:]}) == 2
        assert await booth.ledger.read(violations) == ()


async def test_an_answered_piece_does_not_wait_again_when_the_mark_is_taken_back(
    tmp_path: Path,
) -> None:
    async with replied(tmp_path) as (booth, _, piece):
        answer = await answered(booth, piece)
        await booth.desk.feedback.handle(piece.id)
        assert (await booth.desk.send_now([answer.id])).sent == 1
        with pytest.raises(NotPossible, match="answered by now"):
            await booth.desk.undo()
        after = await booth.desk.feedback.piece(piece.id)
        assert (after.state, after.waiting_since) == (PieceState.ANSWERED, None)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.OK),
        ({"reply_to": "ANA1@example.org"}, Verdict.OK),
        ({"reply_to": "victim@else.example"}, Verdict.WARN),
        ({"sender": "ana@work.example"}, Verdict.WARN),
    ],
)
async def test_an_answer_to_a_stranger_is_told_before_it_goes(
    tmp_path: Path, changes: dict[str, str], verdict: Verdict
) -> None:
    async with replied(tmp_path, **changes) as (booth, _, piece):
        answer = await booth.desk.answers.keep(piece.id, WORDS)
        shown = await booth.desk.preview(answer.id)
        (check,) = [one for one in shown.checks if one.rule == "address"]
        assert check.verdict is verdict
        assert ("neither your letter nor their order" in check.sentence) is (
            verdict is Verdict.WARN
        )


async def test_a_begun_answer_leaves_the_queue_with_its_piece_and_comes_back_with_it(
    tmp_path: Path,
) -> None:
    async with replied(tmp_path) as (booth, _, piece):
        answer = await booth.desk.answers.keep(piece.id, WORDS)

        async def queued() -> list[int]:
            return [one.reminder.id for one in (await booth.desk.queue()).items]

        assert answer.id in await queued()
        await booth.desk.feedback.handle(piece.id)
        assert answer.id not in await queued()
        await booth.desk.undo()
        assert answer.id in await queued()
        after = await booth.desk.feedback.piece(piece.id)
        assert (after.state, after.waiting_since) == (PieceState.WAITING, piece.waiting_since)


async def test_an_answer_beside_a_letter_nobody_knows_of_says_so(tmp_path: Path) -> None:
    async with heard(tmp_path, None, LOST) as (booth, _):
        letter = await booth.letter()
        assert letter is not None
        assert letter.state is ReminderState.UNSURE
        piece = NewPiece(
            Source.CHAT, "1", booth.clock.now(), "How much is it?", email=letter.email, cart_id=1
        )
        await booth.ledger(lambda b: land(b, [piece], booth.clock.now()))
        (kept,) = (await booth.desk.feedback.page()).rows
        answer = await booth.desk.answers.keep(kept.id, WORDS)
        checks = (await booth.desk.preview(answer.id)).checks
        (check,) = [one for one in checks if one.rule == "unsure"]
        assert check.verdict is Verdict.WARN


async def test_erasing_the_person_stops_it(tmp_path: Path) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        answer = await answered(booth, piece)
        before = len(smtp.accepted)
        known = await booth.desk.known(cart_id=1)
        await booth.desk.erase(known)
        assert (await booth.desk.answers.of([piece.id]))[piece.id].source == ""
        with pytest.raises(NotPossible, match="what it answers is gone"):
            await booth.desk.send_now([answer.id])
        with pytest.raises(NotPossible, match="No e-mail address"):
            await booth.desk.answers.draft(piece.id)
        assert len(smtp.accepted) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("  \n ", "There is no text yet"),
        ("[here](javascript:alert(1))", ""),
        ("[here](ftp://x.example)", "A link leads to “ftp://x.example”"),
        ("x" * 8001, "longer than 8,000"),
    ],
)
async def test_words_that_cannot_go_are_refused_in_words(
    tmp_path: Path, words: str, said: str
) -> None:
    async with replied(tmp_path) as (booth, _, piece):
        if not said:  # no link is made of it, so it goes as the text it is
            assert (await booth.desk.answers.keep(piece.id, words)).source == words
            return
        with pytest.raises(NotPossible, match=said):
            await booth.desk.answers.keep(piece.id, words)


async def test_who_cannot_be_answered_is_told_why(tmp_path: Path) -> None:
    async with heard(tmp_path, None) as (booth, _):
        await booth.desk.feedback.add(Source.CHAT, "Nobody knows me")
        await booth.desk.feedback.add(Source.CHAT, "A stranger", email="who@else.example")
        page = await booth.desk.feedback.page()
        numbers = {piece.text: piece.id for piece in page.rows}
        with pytest.raises(NotPossible, match="No e-mail address is known"):
            await booth.desk.answers.draft(numbers["Nobody knows me"])
        with pytest.raises(NotPossible, match="Answer from your mail: who@else"):
            await booth.desk.answers.keep(numbers["A stranger"], WORDS)
        with pytest.raises(NotPossible, match="no piece of feedback 99"):
            await booth.desk.answers.draft(99)


# the pure part

SHOP = Shop("https://oak.example", "Oak & Tin", currency="EUR")


def piece(text: str = "x", subject: str = "", who: str = "Ana") -> Piece:
    thread = Thread(THEIRS, (), "<a@b.example>", subject, "ana@example.org") if subject else None
    return Piece(
        1, "k", Source.REPLY, START, text, Mood.NEUTRAL, PieceState.WAITING, who=who, thread=thread
    )


def facts(**sender: object) -> LetterFacts:
    base = SenderSettings("Maija", "hello@oak.example", "hello@oak.example", "Oak Street 1")
    settings = Settings(sender=replace(base, **sender))  # type: ignore[arg-type]
    return facts_for(read_order(unpaid(1, START)), SHOP, settings, Link("cart", "", ""))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Your basket", "Re: Your basket"),
        ("Re: AW: VS: Your basket", "Re: Your basket"),
        ("Re: Shipping costs too much [r:0123456789-shipping_cost]", "Re: Shipping costs too much"),
        ("=?utf-8?q?x?=", "Re: = ?utf-8?q?x?="),
        ("", "Oak & Tin"),
    ],
)
def test_the_subject_stays_and_forges_nothing(theirs: str, ours: str) -> None:
    assert subject_for(piece(subject=theirs), SHOP.name) == ours


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=60))
def test_whatever_was_said_or_answered_no_tag_of_theirs_is_in_the_page(
    said: str, words: str, who: str
) -> None:
    try:
        made = render_answer(
            words or "x", piece(said + "<img src=x>", who=who + "<i>"), "Re: x", facts(), SHOP
        )
    except AnswerProblem:
        return
    assert "<img" not in made.html
    assert "<i>" not in made.html
    assert "<script" not in made.html


@given(st.lists(st.text(max_size=60)))
def test_ids_of_strangers_cannot_begin_another_header(ids: list[str]) -> None:
    for one in usable_ids([*ids, "<a@b\r\nBcc: x@y.example>", "<ok@example.org>"]):
        assert "\n" not in one
        assert " " not in one


@pytest.mark.parametrize("language", ["en", "fi", "hu"])
def test_every_ready_made_answer_can_be_filled_in(language: str) -> None:
    found = Letterbox(None).answers(language)
    assert [one.name for one in found] == [one.name for one in Letterbox(None).answers()]
    filled: tuple[dict[str, object], ...] = (
        {},
        {"returns_days": 30, "free_shipping_from": "80", "delivery_time": "2-4"},
    )
    for full in filled:
        for letter in found:
            title, text = canned(letter, facts(**full))
            assert title
            assert text
            assert "{" not in text


def test_the_merchants_own_answers_stand_over_ours(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "answers"
    folder.mkdir(parents=True)
    (folder / "thank-you.md").write_text("# Own\n\nMine, {{ first_name }}!", "utf-8")
    (folder / "gift.md").write_text("No heading here.", "utf-8")
    (folder / "broken.md").write_text("# B\n\n{{ nonsense }}", "utf-8")
    found = {one.name: one for one in Letterbox(tmp_path).answers()}
    assert set(found) > {"thank-you", "gift", "broken", "returns"}
    assert canned(found["gift"], facts()) == ("gift", "No heading here.")
    assert canned(found["thank-you"], facts())[0] == "Own"
    with pytest.raises(AnswerProblem, match="no field nonsense"):
        canned(found["broken"], facts())
    assert Letter("x", "en", "# T\n\nBody").source


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        await opened.run("poll")
        yield opened


async def test_the_command_line_answers_and_send_sends_it_once(
    terminal: Terminal, tmp_path: Path
) -> None:
    await terminal.run("feedback", "add", "--email", LIISA, "--who", "Liisa", "When does it come?")
    listed = (await terminal.run("feedback", "--source", "phone", "--json")).json
    number = listed["page"]["rows"][0]["id"]
    missing = await terminal.run("feedback", "answer", number, "--text", tmp_path / "none.md")
    assert missing.code != Exit.OK
    assert "cannot be read" in missing.err
    words = tmp_path / "answer.md"
    words.write_text("Hello Liisa,\n\non **Friday**.\n", encoding="utf-8")
    said = await terminal.run("feedback", "answer", number, "--text", words)
    assert said.code == Exit.OK
    assert f"To: {LIISA}" in said.out
    assert "    on Friday." in said.out
    assert "“cartdesk send” sends it" in said.err
    assert f"answers {number}" in (await terminal.run("queue")).out
    before = terminal.mails()
    sent = await terminal.run("send", "--yes")
    assert "1 sent" in sent.err
    (new,) = [one for one in terminal.mails() if one not in before]
    assert mail(new)["To"].addresses[0].addr_spec == LIISA
    assert (await terminal.run("send", "--yes")).code != Exit.OK
    again = await terminal.run("feedback", "answer", number, "--text", words)
    assert "This was answered already" in again.err
    listed = (await terminal.run("feedback", "--tab", "answered", "--json")).json
    assert number in {row["id"] for row in listed["page"]["rows"]}


@pytest.mark.parametrize("subject", ["Re: Your basket", "unsub-{token}"])
async def test_words_beside_a_wish_to_stop_wait_for_an_answer(tmp_path: Path, subject: str) -> None:
    stop = "Stop.\n\n" if subject.startswith("Re") else ""
    question = "But first tell me where my refund is."
    async with heard(tmp_path, None) as (booth, _):
        letter = await booth.letter()
        assert letter is not None
        token = token_of(letter.message_id)
        raw = (
            f"From: Ana <{letter.email}>\nIn-Reply-To: {letter.message_id}\n"
            f"Message-ID: {THEIRS}\nSubject: {subject.format(token=token)}\n\n{stop}{question}\n"
        ).encode()
        now = booth.clock.now()
        came = read_answer(raw, [letter.message_id], key="1", at=now)
        assert came is not None
        news = await booth.ledger(lambda b: note_all(b, [came], [letter], booth.settings, now))
        assert (news.stops, news.replies) == (1, 1)
        assert (await booth.desk.cart(1)).person.stopped == "asked by mail for no more letters"
        (kept,) = (await booth.desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))).rows
        assert kept.text.endswith(question)
        assert (kept.state, kept.waiting_since) == (PieceState.WAITING, now)
        again = await booth.ledger(lambda b: note_all(b, [came], [letter], booth.settings, now))
        assert (again.stops, again.replies) == (0, 0)


OURS = "Shipping costs too much? Tell us, the basket waits for you."


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("", "Re: Shipping costs too much?"),
        (f"On Monday, Oak & Tin wrote:\n> {OURS}\n> Where is my parcel?", "Where is my parcel?"),
    ],
)
async def test_our_own_words_are_shown_but_never_read_as_theirs(
    tmp_path: Path, body: str, shown: str
) -> None:
    async with heard(tmp_path, None) as (booth, _):
        letter = await booth.letter()
        assert letter is not None
        raw = (
            f"From: Ana <{letter.email}>\nIn-Reply-To: {letter.message_id}\n"
            f"Message-ID: {THEIRS}\nSubject: Re: Shipping costs too much?\n\n{body}\n"
        ).encode()
        now = booth.clock.now()
        came = read_answer(raw, [letter.message_id], key="1", at=now)
        assert came is not None
        await booth.ledger(lambda b: note_all(b, [came], [letter], booth.settings, now))
        (kept,) = (await booth.desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))).rows
        assert shown in kept.text
        assert (kept.reasons, kept.mood, kept.language) == ((), Mood.NEUTRAL, "")
        assert (await booth.desk.feedback.summary()).bars == ()
        if not body:
            with pytest.raises(NotPossible, match="Only the subject"):
                await booth.desk.feedback.correct(kept.id, {Reason.DELIVERY})
            return
        await booth.desk.feedback.correct(kept.id, {Reason.DELIVERY})
        found = (await booth.desk.feedback.piece(kept.id)).reasons
        assert [one.reason for one in found] == [Reason.DELIVERY]
        await booth.desk.undo()
        assert (await booth.desk.feedback.piece(kept.id)).reasons == ()


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_of_a_mail_that_is_all_quotation_both_ends_are_kept(kind: str) -> None:
    lines = ["the first line", *["of our letter"] * 400, "the last line"]
    quoted = "\n".join(f"> {one}" for one in lines)
    if kind == "html":
        quoted = f"<style>x</style><blockquote>{'<br>'.join(lines)}</blockquote>"
    raw = f"In-Reply-To: <1@s>\nFrom: a@b.example\nContent-Type: text/{kind}\n\n{quoted}\n"
    came = read_answer(raw.encode(), ["<1@s>"], key="1", at=START)
    assert came is not None
    assert came.text == ""
    assert "the first line" in came.quoted
    assert "the last line" in came.quoted
    assert "[…]" in came.quoted
    assert len(came.quoted) < 2100


BASE = "From: Ana <a@b.example>\nIn-Reply-To: <1@s>\nMessage-ID: <r@b>\n"


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Subject: Automatic reply: Out of office", HeardKind.AUTO_REPLY),
        ("Subject: Poissaoloviesti: Re: tilaus", HeardKind.AUTO_REPLY),
        ("Subject: =?utf-8?q?Automatikus_v=C3=A1lasz=3A?= Kosara", HeardKind.AUTO_REPLY),
        ("Subject: x\nX-Auto-Response-Suppress: All", HeardKind.AUTO_REPLY),
        ("Subject: Re: Automatic reply: your shop is closed?", HeardKind.REPLY),
        ("Subject: Out of office chairs?", HeardKind.REPLY),
    ],
)
def test_an_absence_is_told_from_a_person(headers: str, kind: HeardKind) -> None:
    raw = f"{BASE}{headers}\n\nI am away until Monday.\n".encode()
    came = read_answer(raw, ["<1@s>"], key="1", at=START)
    assert came is not None
    assert came.kind is kind


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Drága a szállítás, és túl lassú. Mikor jön meg az őszi fűző?", "iso-8859-2"),
        ("Liian kallis toimitus, ääliöt. Château Õlu", "cp1252"),
        ("The price is too high for a crème brûlée", "cp1252"),
    ],
)
def test_a_text_without_a_charset_is_read_as_its_language_is_written(
    text: str, charset: str
) -> None:
    raw = f"{BASE}Subject: Re\n\n".encode() + text.encode(charset)
    came = read_answer(raw, ["<1@s>"], key="1", at=START)
    assert came is not None
    assert came.text == text


def test_a_tap_belongs_to_the_letter_whose_link_was_used() -> None:
    subject = f"Price [r:{token_of('<2@s>')}-price]"
    raw = f"{BASE}Subject: {subject}\n\n".encode()
    came = read_answer(raw, ["<1@s>", "<2@s>"], key="1", at=START)
    assert came is not None
    assert (came.message_id, came.reason) == ("<2@s>", "price")


async def test_after_a_restored_copy_the_merchant_is_told_to_look_first(tmp_path: Path) -> None:
    async with replied(tmp_path) as (booth, smtp, piece):
        answer = await answered(booth, piece)
        before = len(smtp.accepted)
        booth.clock.advance(timedelta(hours=1))
        now = booth.clock.now()
        await booth.ledger(lambda book: doubt_letters(book, now))
        kept = (await booth.desk.answers.of([piece.id]))[piece.id]
        assert kept.state is ReminderState.UNSURE  # it was on its way: a person is asked
        await booth.desk.settle(answer.id, "leave")
        assert (await booth.desk.feedback.piece(piece.id)).state is PieceState.ANSWERED
        assert len(smtp.accepted) == before

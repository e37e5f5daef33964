"""The merchant's part: notes typed in, pieces put aside or right, and everything taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import Book
from cartdesk.cli.exits import Exit
from cartdesk.desk import NotPossible
from cartdesk.domain.feedback import Mood, Reason
from cartdesk.domain.feedback.views import FeedbackFilter, PieceState, Source, Tab
from cartdesk.work.feedback_landing import land
from tests.cli.terminal import Terminal, open_terminal, shop_files
from tests.desks import Bench, open_bench
from tests.feedback.books import said
from tests.work.test_privacy import LIISA, found_in

LONG_AGO = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def test_a_note_typed_in_finds_its_person_and_open_cart(bench: Bench) -> None:
    feedback = bench.desk.feedback
    carts = await bench.desk.carts("liisa")
    done = await feedback.add(Source.PHONE, "Shipping is too expensive", email=LIISA.upper())
    assert done.sentence == "Kept the phone note"
    (piece,) = (await feedback.page(FeedbackFilter(source=Source.PHONE))).rows
    assert (piece.email, piece.state) == (LIISA, PieceState.NEW)
    assert piece.cart_id in {row.id for row in carts.rows}
    assert piece.person is not None
    assert [one.id for one in await feedback.of_person(piece.person)] == [piece.id]
    bar = (await feedback.summary()).bars[0]
    assert bar.reason is Reason.SHIPPING_COST
    assert bar.money == (piece.money,)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": "  "}, "There is no text"),
        ({"email": "nonsense"}, "nonsense is no e-mail address"),
        ({"cart_id": 999_999}, "There is no cart 999999"),
        ({"source": Source.REVIEW}, "Notes are typed in as chat, phone, social"),
    ],
)
async def test_a_note_that_cannot_be_kept_is_refused_in_words(
    bench: Bench, given: dict[str, object], words: str
) -> None:
    call = {"source": Source.CHAT, "text": "Hello", **given}
    with pytest.raises(NotPossible, match=words):
        await bench.desk.feedback.add(**call)  # type: ignore[arg-type]


async def test_handled_and_corrected_and_both_taken_back(bench: Bench) -> None:
    feedback = bench.desk.feedback
    await feedback.add(Source.CHAT, "It was the hedgehog")
    wanted = FeedbackFilter(source=Source.CHAT)
    (piece,) = (await feedback.page(wanted)).rows

    done = await feedback.handle(piece.id)
    assert (done.sentence, done.undo) == ("Marked as handled: chat, “It was the hedgehog”", True)
    assert (await feedback.piece(piece.id)).state is PieceState.HANDLED
    with pytest.raises(NotPossible, match="handled already"):
        await feedback.handle(piece.id)
    done = await feedback.correct(piece.id, {Reason.TRUST}, Mood.NEGATIVE)
    await feedback.add(Source.CHAT, "It was the hedgehog!!")
    for one in (await feedback.page(wanted)).rows:
        assert [found.reason for found in one.reasons] == [Reason.TRUST]
        assert one.mood is Mood.NEGATIVE

    assert (await bench.desk.undo()).sentence == "Took back the correction"
    assert not any(one.reasons for one in (await feedback.page(wanted)).rows)
    assert (await bench.desk.undo()).sentence == "Took back the mark"
    assert (await feedback.piece(piece.id)).state is PieceState.NEW
    with pytest.raises(NotPossible, match="no piece of feedback 12345"):
        await feedback.piece(12345)


async def test_a_waiting_piece_put_aside_waits_again_since_then_when_taken_back(
    bench: Bench,
) -> None:
    now = bench.world.clock.now()
    reply = said(1, "Hello?", source=Source.REPLY, state=PieceState.WAITING)
    await bench.desk._ledger(lambda book: land(book, [reply], now))
    (piece,) = (await bench.desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))).rows
    await bench.desk.feedback.handle(piece.id)
    assert (await bench.desk.queue()).replies == 0
    await bench.desk.undo()
    (again,) = (await bench.desk.feedback.page(FeedbackFilter(tab=Tab.WAITING))).rows
    assert again.waiting_since == piece.waiting_since


async def test_who_may_only_look_changes_nothing(bench: Bench) -> None:
    await bench.desk.feedback.add(Source.CHAT, "Hello")
    looking = bench.another(read_only=True)
    try:
        await looking.start()
        (piece,) = (await looking.feedback.page(FeedbackFilter(source=Source.CHAT))).rows
        for change in (
            looking.feedback.handle(piece.id),
            looking.feedback.correct(piece.id, set()),
            looking.feedback.add(Source.CHAT, "x"),
            looking.feedback.import_survey(Path("x.csv")),
        ):
            with pytest.raises(NotPossible, match="--read-only"):
                await change
    finally:
        await looking.close()


# The command line.


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        await opened.run("poll")
        yield opened


async def test_the_command_line_keeps_lists_and_filters(terminal: Terminal) -> None:
    text = "Shipping is too expensive"
    kept = await terminal.run("feedback", "add", "--source", "chat", "--who", "Bo", text)
    assert (kept.code, kept.err.strip()) == (Exit.OK, "Kept the chat note.")
    listed = await terminal.run("feedback", "--source", "chat")
    assert listed.code == Exit.OK
    assert "chat by Bo [negative] new (shipping_cost)" in listed.out
    assert f"    {text}" in listed.out
    assert "Offer free shipping" in listed.out
    assert "Reasons named in the last 30 days, and in the 30 before:" in listed.out
    said = await terminal.run("feedback", "--source", "telepathy")
    assert said.code != Exit.OK
    assert "There is no source “telepathy”: review, note, gateway" in said.err
    said = await terminal.run("feedback", "--words", "nobody said this")
    assert "Nobody has said anything of the kind so far." in said.err


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--days", "99999999999", "--days goes up to 3660; leave it out for all time."),
        ("--days", "3661", "--days goes up to 3660"),
        ("--language", "xx", "Languages are en, fi, hu, not “xx”."),
    ],
)
async def test_a_period_or_language_that_cannot_be_is_refused_in_words(
    terminal: Terminal, option: str, value: str, words: str
) -> None:
    said = await terminal.run("feedback", option, value)
    assert said.code == Exit.NOTHING
    assert words in said.err
    for fine in (("--days", "3660"), ("--language", "FI")):
        assert (await terminal.run("feedback", *fine)).code == Exit.OK


# Whoever goes takes their words along.


async def fill(terminal: Terminal) -> None:
    """Let Liisa have said something in every way there is."""
    await terminal.run("feedback", "add", "--email", LIISA, "--who", "Liisa M.", "A secret word")
    file = shop_files().ledger.parent / "survey.csv"
    file.write_text(f"Comment,Email\nsecret of a survey,{LIISA}\nsomebody met {LIISA},\n")
    await terminal.run("feedback", "import", file)
    file.unlink()
    book = Book(shop_files().ledger)
    cart = next(book.db.query("SELECT id FROM orders WHERE email = ? ORDER BY id", [LIISA]))["id"]
    reply = said(1, "secret reply", source=Source.REPLY, state=PieceState.WAITING, cart_id=cart)
    book.write(lambda book: land(book, [reply], LONG_AGO))
    book.close()


async def test_an_erased_persons_words_are_in_no_file_and_every_count_stays(
    terminal: Terminal,
) -> None:
    await fill(terminal)
    home = shop_files().ledger.parents[1]
    needles = [b"secret", LIISA.encode(), b"Liisa M."]
    assert len(found_in(home, needles)) == 3
    exported = (await terminal.run("export-person", LIISA)).json
    assert {row["source"] for row in exported["feedback"]} >= {"phone", "survey", "reply"}
    assert "A secret word" in str(exported["feedback"])

    def counts(listed: dict[str, dict[str, object]]) -> object:
        bars = listed["summary"]["bars"]
        assert isinstance(bars, list)
        return [(bar["reason"], bar["count"], bar["money"]) for bar in bars]

    before = (await terminal.run("feedback", "--json")).json
    said_erase = await terminal.run("erase", LIISA, "--yes")
    assert said_erase.code == Exit.OK, said_erase.err
    assert found_in(home, needles) == {}
    after = (await terminal.run("feedback", "--json")).json
    assert counts(after) == counts(before)
    assert after["summary"]["pieces"] == before["summary"]["pieces"]
    assert after["page"]["waiting"] == 0
    texts = [row["text"] for row in after["page"]["rows"]]
    assert f"somebody met {'*' * len(LIISA)}" in texts


async def test_no_later_look_or_import_brings_an_erased_persons_words_back(
    terminal: Terminal, tmp_path: Path
) -> None:
    await fill(terminal)
    await terminal.run("erase", LIISA, "--yes")
    await terminal.run("poll", "--full")
    file = tmp_path / "survey.csv"
    file.write_text(f"Comment,Email\nsecret of a survey,{LIISA}\nsecret and new,{LIISA}\n")
    said_import = await terminal.run("feedback", "import", file)
    assert "1 landed, 1 were there already" in said_import.err
    home = shop_files().ledger.parents[1]
    assert found_in(home, [b"secret", LIISA.encode()]) == {}


async def test_old_words_that_belong_to_no_order_go_by_themselves(bench: Bench) -> None:
    now = bench.world.clock.now()
    old = [
        said(1, "an old chat", who="Bo", email="bo@example.org"),
        said(2, "an old review", source=Source.REVIEW, who="Bo", email="bo@example.org"),
    ]
    await bench.desk._ledger(lambda book: land(book, old, LONG_AGO))
    await bench.desk._ledger(
        lambda book: book.db.execute(
            "UPDATE feedback SET written_at = ?, landed_at = ? WHERE key IN ('1', '2')",
            [LONG_AGO.isoformat(), LONG_AGO.isoformat()],
        )
    )
    await bench.desk.feedback.add(Source.CHAT, "a new chat", who="Bo")
    before = (await bench.desk.feedback.summary(days=365)).pieces
    await bench.desk._ledger(lambda book: book.persons.fade_words(now - timedelta(days=90), now))
    rows = (await bench.desk.feedback.page()).rows
    found = {row.text: (row.who, row.email) for row in rows}
    assert "an old chat" not in found
    assert found["an old review"] == ("", "")
    assert found["a new chat"] == ("Bo", "")
    assert (await bench.desk.feedback.summary(days=365)).pieces == before

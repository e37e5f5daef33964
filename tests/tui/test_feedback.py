"""The Feedback screen: what to mend first, who waits, and answering from the terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.widgets import Input, TextArea

from cartdesk.domain.feedback import Mood, Reason
from cartdesk.domain.feedback.filters import read_feedback_filter
from cartdesk.domain.feedback.views import FeedbackFilter, Source
from cartdesk.domain.model import ReminderState
from cartdesk.domain.text import clean_lines
from cartdesk.tui.answer import AnswerPreview, AnswerScreen
from cartdesk.tui.feedback import FeedbackScreen
from cartdesk.tui.feedback_look import flat, piece_facts, piece_row, piece_text
from cartdesk.tui.feedback_piece import PieceScreen
from cartdesk.tui.rows import RowList
from cartdesk.tui.text import Look, hang
from tests.tui.sample_desk import NOW, SHOP, SampleDesk
from tests.tui.sample_feedback import SampleFeedback, sample_pieces
from tests.tui.screens import NARROW, Press, sample, settled, text_of, toasts, until

LOOK = Look(SHOP, NOW, NOW)


async def press(pilot: Press, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def test_the_reason_under_the_cursor_shows_its_remedy_quotes_and_what_people_liked() -> None:
    async with sample() as pilot:
        await press(pilot, "3")
        shown = text_of(pilot)
        assert "Offer free shipping from a sum" in shown
        assert "“Shipping is too expensive for me." in shown
        assert "Liked" in shown
        assert "▲2" in shown
        await press(pilot, "tab", "j")
        assert "Help at once and offer another way to pay" in text_of(pilot)
        await press(pilot, "dollar_sign")
        first = text_of(pilot).splitlines()[2]
        assert "by money in the carts concerned" in text_of(pilot)
        assert "Shipping costs too much" in first


async def test_enter_on_a_reason_shows_only_its_pieces_and_escape_all_again() -> None:
    async with sample() as pilot:
        await press(pilot, "3", "tab", "enter")
        assert "[ALL 3]" in text_of(pilot)
        assert "only Shipping costs too much" in text_of(pilot)
        await press(pilot, "escape")
        assert "[ALL 8]" in text_of(pilot)


async def test_bars_and_lists_are_of_one_period_and_hide_nobody_who_waits() -> None:
    desk = SampleDesk()
    assert isinstance(desk.feedback, SampleFeedback)
    for number, days in ((5, 60), (1, 20)):
        piece = desk.feedback.pieces[number]
        before = piece.written_at - timedelta(days=days)
        desk.feedback.pieces[number] = replace(piece, written_at=before)
    async with sample(desk) as pilot:
        await press(pilot, "3", "tab", "enter")
        assert "[ALL 2]  in 30 days" in text_of(pilot)
        await press(pilot, "t")
        assert "[ALL 3]  in 90 days" in text_of(pilot)
        assert "90 days, by how often" in text_of(pilot)
        await press(pilot, "t", "t", "escape")
        assert "WAITING 2" in text_of(pilot)
        assert "[ALL 5]  in 7 days" in text_of(pilot)


async def test_every_piece_can_be_reached_by_going_on() -> None:
    desk = SampleDesk()
    assert isinstance(desk.feedback, SampleFeedback)
    for number in range(9, 451):
        desk.feedback.pieces[number] = replace(desk.feedback.pieces[2], id=number)
    async with sample(desk) as pilot:
        await press(pilot, "3")
        listing = pilot.app.screen.query_one("#list", RowList)
        assert "[WAITING 444]" in text_of(pilot)
        for reached in (200, 400, 444):
            assert listing.option_count == reached
            await press(pilot, "end")
        await press(pilot, "end")
        screen = pilot.app.screen
        assert isinstance(screen, FeedbackScreen)
        assert screen.piece is not None
        assert screen.piece.id == 450


async def test_hints_of_the_facts_stand_apart_and_say_that_nobody_said_them() -> None:
    async with sample() as pilot:
        await press(pilot, "3")
        assert "fifth of the total" not in text_of(pilot)
        await press(pilot, "v", "tab")
        shown = text_of(pilot)
        assert "WHAT FACTS HINT AT  nobody said this" in shown
        assert "WHAT PEOPLE SAY" not in shown
        await press(pilot, "j")
        assert "12 × Mobile" in text_of(pilot)
        await press(pilot, "v")
        assert "fifth of the total" not in text_of(pilot)


async def test_the_lists_turn_and_each_says_why_it_is_empty() -> None:
    desk = SampleDesk()
    async with sample(desk, NARROW) as pilot:
        await press(pilot, "3")
        assert "[WAITING 2]" in text_of(pilot)
        assert "waits 26 h" in text_of(pilot)
        await press(pilot, "left")
        assert "[NEW 1]" in text_of(pilot)
        await press(pilot, "m")
        assert "Nothing new. What people say next appears here." in text_of(pilot)
        assert "Marked as handled" in toasts(pilot)
        await press(pilot, "right", "right", "right")
        assert "[ALL 8]" in text_of(pilot)


async def test_words_sources_and_reasons_narrow_the_list_and_what_is_unknown_is_named() -> None:
    async with sample() as pilot:
        await press(pilot, "3", "slash", *"source:reply turku")
        await until(pilot, lambda: "WAITING 1" in text_of(pilot))
        assert "ALL 1" in text_of(pilot)
        await press(pilot, "escape", "slash", *"source:moon")
        await until(pilot, lambda: "there is no source moon" in text_of(pilot))
        await press(pilot, "escape", "f", "enter")
        assert "only reply" in text_of(pilot)


async def test_enter_opens_the_piece_with_the_persons_history() -> None:
    async with sample() as pilot:
        await press(pilot, "3", "enter")
        assert isinstance(pilot.app.screen, PieceScreen)
        shown = text_of(pilot)
        assert "2 orders, €136.50" in shown
        assert "ALSO SAID" in shown
        assert "“Shipping”, “expensive”" in shown
        await press(pilot, "o")
        await until(pilot, lambda: "STORY" in text_of(pilot))
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, FeedbackScreen)


async def test_a_correction_names_several_reasons_and_says_how_many_others_changed() -> None:
    desk = SampleDesk()
    async with sample(desk) as pilot:
        await press(pilot, "3", "c")
        assert "“Shipping”, “expensive”" in text_of(pilot)
        await press(pilot, "j", "space", "m", "enter")
        piece = await desk.feedback.piece(1)
        named = {found.reason for found in piece.reasons}
        assert named == {Reason.SHIPPING_COST, Reason.EXTRA_FEES}
        assert piece.mood is Mood.NEUTRAL
        assert "2 more with the same words" in toasts(pilot)
        assert "u to undo" in toasts(pilot)
        assert "as you corrected it" in text_of(pilot)


async def test_a_note_is_typed_in_with_its_place_and_a_wrong_one_says_why() -> None:
    desk = SampleDesk()
    async with sample(desk, NARROW) as pilot:
        await press(pilot, "3", "n", "ctrl+s")
        assert "Type what they said first." in text_of(pilot)
        await press(pilot, *"too dear", "f2")
        assert "social media" in text_of(pilot)
        pilot.app.screen.query_one("#note-cart", Input).value = "x1"
        await press(pilot, "ctrl+s")
        assert "A cart is a number" in text_of(pilot)
        pilot.app.screen.query_one("#note-cart", Input).value = "#7"
        await press(pilot, "ctrl+s")
        expected = {"who": "", "email": "", "cart_id": 7}
        assert desk.done[-1] == ("add", Source.SOCIAL, "too dear", expected)


async def test_an_answer_is_written_shown_and_approved() -> None:
    desk = SampleDesk()
    async with sample(desk, NARROW) as pilot:
        await press(pilot, "3", "a")
        assert isinstance(pilot.app.screen, AnswerScreen)
        assert "Shipping is too expensive for me." in text_of(pilot)
        await press(pilot, "f2", "enter")
        assert pilot.app.screen.query_one(TextArea).text.startswith(
            "Hello Ana,\n\nFrom €80 on it is free."
        )
        await press(pilot, "escape")
        assert "Throw your words away?" in text_of(pilot)
        await press(pilot, "n", "ctrl+s")
        assert isinstance(pilot.app.screen, AnswerPreview)
        await press(pilot, "a")
        assert ("approve", 901) in desk.done
        queue = await desk.queue()
        assert queue.items[-1].reminder.state is ReminderState.HELD


async def test_an_empty_answer_stays_in_the_editor_and_says_why() -> None:
    async with sample() as pilot:
        await press(pilot, "3", "a")
        pilot.app.screen.query_one(TextArea).text = " "
        await press(pilot, "ctrl+s")
        assert "There is no text yet." in text_of(pilot)
        assert isinstance(pilot.app.screen, AnswerScreen)


async def test_read_only_changes_nothing() -> None:
    async with sample(SampleDesk(read_only=True)) as pilot:
        await press(pilot, "3")
        for key in ("a", "m", "c", "n"):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, FeedbackScreen)


async def test_nothing_said_yet_says_what_will_stand_here() -> None:
    async with sample(SampleDesk(empty=True), NARROW) as pilot:
        await press(pilot, "3")
        assert "No feedback yet" in text_of(pilot)
        assert "cartdesk feedback import FILE" in text_of(pilot)
        await press(pilot, "n")
        assert "What somebody said" in text_of(pilot)


@pytest.mark.parametrize(
    ("text", "wanted", "note"),
    [
        ("mug", FeedbackFilter(words=("mug",)), ""),
        (
            "source:rep reason:ship",
            FeedbackFilter(source=Source.REPLY, reason=Reason.SHIPPING_COST),
            "",
        ),
        ("language:fi days:30", FeedbackFilter(language="fi", days=30), ""),
        ("product:serv", FeedbackFilter(product=7), ""),
        ("mood:pos", FeedbackFilter(mood=Mood.POSITIVE), ""),
        ("days:soon", FeedbackFilter(), "days: wants a number, as in days:30"),
        ("language:de", FeedbackFilter(), "language: wants one of en, fi, hu"),
        ("product:spoon", FeedbackFilter(), "there is no feedback on a product spoon"),
        ("http://x.example", FeedbackFilter(words=("http://x.example",)), ""),
        ("reason:", FeedbackFilter(), ""),
    ],
)
def test_what_is_typed_is_read_and_never_guessed(
    text: str, wanted: FeedbackFilter, note: str
) -> None:
    found = read_feedback_filter(text, FeedbackFilter(), ((7, "Oak serving board"),))
    assert (found.wanted, found.note) == (wanted, note)


@given(st.text(max_size=120))
def test_any_filter_is_read(text: str) -> None:
    read_feedback_filter(text, FeedbackFilter(), ((7, "Oak"),))


EVIL = st.sampled_from(
    ["[/]", "[@click=app.quit]", "[bold]", "\x1b]52;c;x\x07", "\u202e", "]", "[["]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.one_of(EVIL, st.text(max_size=20)), max_size=6).map("".join),
    st.lists(st.tuples(st.integers(-5, 80), st.integers(-5, 80)), max_size=4),
    st.integers(20, 120),
)
def test_whatever_a_piece_holds_it_is_shown_as_words_and_nothing_else(
    text: str, spans: list[tuple[int, int]], width: int
) -> None:
    before = sample_pieces(("x",), NOW)[0]
    found = tuple(replace(one, words=(text,), spans=tuple(spans)) for one in before.reasons)
    piece = replace(
        before, text=clean_lines(text), who=text, product=text, mood_words=(text,), reasons=found
    )
    shown = piece_text(piece)
    plain = clean_lines(text)
    assert flat(shown.plain) == flat(plain)
    row = piece_row(piece, None, LOOK, width)
    facts = hang(piece_facts(piece, None, LOOK), width)
    for content in (shown, row, facts):
        assert not any("@click" in str(span.style) for span in content.spans)
        assert "\x1b" not in content.plain
        assert "\u202e" not in content.plain
    assert row.plain.count("\n") == 1

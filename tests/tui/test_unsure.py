"""The question about an unsure letter shows proof as it is found; its default does no harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cartdesk.domain.views import Check, Verdict
from cartdesk.tui.rows import RowList
from tests.tui.sample_desk import NOW, SampleDesk
from tests.tui.screens import NARROW, WIDE, Press, sample, settled, text_of, until

HOSTILE = "it came back: \x1b[2J[@click=app.quit]550[/] \u202egnp"
FOUND = Check("sent-folder", Verdict.OK, "it lies in the folder “Sent”", at=NOW)
BOUNCE = Check("bounce", Verdict.STOP, "it came back (5.1.1): 550 User unknown")
FACT = Check("connection", Verdict.WARN, "the connection ended 4 s after the last byte")


@asynccontextmanager
async def asked(desk: SampleDesk, size: tuple[int, int] = WIDE) -> AsyncIterator[Press]:
    """Open the question about the unsure letter."""
    async with sample(desk, size) as pilot:
        rows = pilot.app.screen.query_one(RowList)
        rows.highlighted = [each.id for each in rows.options].index("107")
        await pilot.press("enter")
        await until(pilot, lambda: "Nobody knows whether" in text_of(pilot))
        yield pilot


async def press(pilot: Press, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await settled(pilot)


async def test_while_it_looks_the_person_can_answer_already() -> None:
    desk = SampleDesk()
    desk.may_find.clear()
    async with asked(desk) as pilot:
        await until(pilot, lambda: "Looking into your mailbox" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: bool(desk.done))
        desk.may_find.set()
        await settled(pilot)
    assert desk.done == [("settle", 107, "leave")]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_without_proof_the_facts_are_shown_and_nothing_is_added(
    size: tuple[int, int],
) -> None:
    desk = SampleDesk()
    async with asked(desk, size) as pilot:
        await until(pilot, lambda: "does not lie in the folder" in text_of(pilot))
        shown = text_of(pilot)
        assert "Server" in shown
        assert "go by the proof" not in shown
        assert "Leave it" in shown
        await press(pilot, "up", "enter")  # from the first choice to the last
        await until(pilot, lambda: bool(desk.done))
    assert desk.done == [("settle", 107, "again")]


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_with_proof_one_more_choice_and_no_second_letter(size: tuple[int, int]) -> None:
    desk = SampleDesk()
    desk.found = (FOUND, FACT)
    async with asked(desk, size) as pilot:
        await until(pilot, lambda: "It went out: go by the proof" in text_of(pilot))
        assert "it lies in the folder “Sent”" in text_of(pilot)
        await press(pilot, "down", "down", "enter")  # "again" is passed over
        await until(pilot, lambda: bool(desk.done))
    assert desk.done == [("settle", 107, "proof")]


async def test_when_proof_turns_up_the_cursor_stays_on_leaving_it() -> None:
    desk = SampleDesk()
    desk.may_find.clear()
    desk.found = (FOUND, FACT)
    async with asked(desk) as pilot:
        desk.may_find.set()
        await until(pilot, lambda: "go by the proof" in text_of(pilot))
        await press(pilot, "enter")
        await until(pilot, lambda: bool(desk.done))
    assert desk.done == [("settle", 107, "leave")]


async def test_a_letter_that_came_back_may_be_sent_again() -> None:
    desk = SampleDesk()
    desk.found = (BOUNCE, FACT)
    async with asked(desk) as pilot:
        await until(pilot, lambda: "It did not arrive: go by the proof" in text_of(pilot))
        await press(pilot, "down", "down", "enter")
        await until(pilot, lambda: bool(desk.done))
    assert desk.done == [("settle", 107, "again")]


async def test_words_from_outside_are_shown_as_words() -> None:
    desk = SampleDesk()
    desk.found = (Check("bounce", Verdict.STOP, HOSTILE), FACT)
    async with asked(desk) as pilot:
        await until(pilot, lambda: "[@click=app.quit]550[/]" in text_of(pilot))
        assert not set("\x1b\u202e") & set(text_of(pilot))
        await press(pilot, "escape")
        assert pilot.app.is_running
    assert desk.done == []

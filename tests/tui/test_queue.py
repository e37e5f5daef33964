"""The Queue's keys and questions, over fixed data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Button, Input, Static
from textual.widgets._toast import Toast

from cartdesk.domain.money import Money
from cartdesk.domain.views import Done, Progress, QueueItem
from cartdesk.tui.queue import QueueScreen
from cartdesk.tui.rows import RowList
from tests.tui.sample_desk import SampleDesk
from tests.tui.screens import NARROW, WIDE, Press, sample, settled, text_of, toasts, until


async def press(pilot: Press, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def list_of(pilot: Press) -> RowList:
    return pilot.app.screen.query_one(RowList)


def put_cursor(pilot: Press, reminder_id: int) -> None:
    listing = list_of(pilot)
    listing.highlighted = [each.id for each in listing.options].index(str(reminder_id))


async def test_people_whose_payment_just_failed_stand_first() -> None:
    async with sample() as pilot:
        lines = text_of(pilot).splitlines()
        first = next(place for place, line in enumerate(lines) if "▸" in line)
        assert "help now" in lines[first + 1]


async def test_a_letter_a_check_stops_cannot_be_approved_and_row_and_toast_say_why() -> None:
    desk = SampleDesk()
    async with sample(desk) as pilot:
        put_cursor(pilot, 104)
        await settled(pilot)
        assert "✗ No consent on this order" in text_of(pilot)
        assert "→ Ask the shopper, or choose who may get letters" in text_of(pilot)
        await press(pilot, "a")
        assert "No consent on this order" in toasts(pilot)
    assert not desk.done


async def test_a_failed_letter_shows_the_servers_words() -> None:
    async with sample(size=(160, 40)) as pilot:
        assert "550 5.1.1 mailbox unavailable" in text_of(pilot)


async def test_above_25_letters_the_number_must_be_typed() -> None:
    desk = ManyLetters()
    async with sample(desk) as pilot:
        await press(pilot, "A")
        assert "Approve 30 letters?" in text_of(pilot)
        assert any("and 25 more" in str(each.content) for each in pilot.app.screen.query(Static))
        await press(pilot, "y", "enter")
        assert not desk.done
        assert pilot.app.screen.query_one("#yes", Button).disabled
        pilot.app.screen.query_one(Input).value = ""
        await press(pilot, "3", "0", "enter")
        await until(pilot, lambda: bool(desk.done))
    assert desk.done[0][0] == "approve_all"
    assert len(desk.done[0]) == 31


class ManyLetters(SampleDesk):
    """A desk with 30 letters that may go."""

    def _make_items(self) -> list[QueueItem]:
        first = super()._make_items()[0]
        return [
            replace(
                first,
                reminder=replace(first.reminder, id=200 + place),
                row=self.row(place),
            )
            for place in range(30)
        ]


@pytest.mark.parametrize(("keys", "answer"), [((), "leave"), (("down", "down"), "again")])
async def test_an_unsure_letter_asks_with_the_facts_and_leaves_it_by_default(
    keys: tuple[str, ...], answer: str
) -> None:
    desk = SampleDesk()
    async with sample(desk) as pilot:
        put_cursor(pilot, 107)
        await press(pilot, "enter")
        assert "Nobody knows whether this letter went out" in text_of(pilot)
        assert "<20250603.1@oakandtin.example>" in text_of(pilot)
        await press(pilot, *keys, "enter")
        await until(pilot, lambda: bool(desk.done))
    assert desk.done == [("settle", 107, answer)]


async def test_marked_letters_go_together_after_a_question() -> None:
    desk = SampleDesk()
    async with sample(desk) as pilot:
        await press(pilot, "x", "x")
        assert "MARKED 2" in text_of(pilot)
        await press(pilot, "a")
        assert "Approve 2 letters?" in text_of(pilot)
        await press(pilot, "y")
        await until(pilot, lambda: bool(desk.done))
    assert desk.done == [("approve_all", 102, 100)]


class BegunAnswer(SampleDesk):
    """A desk with two letters that may go, and an answer somebody began to write."""

    def _make_items(self) -> list[QueueItem]:
        first = next(each for each in super()._make_items() if each.reminder.id == 100)
        half = replace(first.reminder, id=300, sequence="answer", letter="answer", step=7)
        row = replace(first.row, total=Money(2000, "EUR"))
        return [
            replace(first, reminder=replace(first.reminder, id=201), row=row),
            replace(first, reminder=half, row=row),
            replace(first, reminder=replace(first.reminder, id=202), row=row),
        ]


async def test_approve_all_leaves_answers_out_and_says_so() -> None:
    desk = BegunAnswer()
    async with sample(desk) as pilot:
        await press(pilot, "A")
        shown = text_of(pilot)
        assert "Approve 2 letters?" in shown
        assert "1 answer to a person left out" in shown
        assert "40.00" in shown
        await press(pilot, "y")
        await until(pilot, lambda: bool(desk.done))
    assert [(name, set(ids)) for name, *ids in desk.done] == [("approve_all", {201, 202})]


async def test_the_filter_shows_what_matches_says_when_nothing_does_and_escape_clears() -> None:
    async with sample() as pilot:
        await press(pilot, "slash", "t", "o", "m")
        await until(pilot, lambda: list_of(pilot).option_count == 1)
        await press(pilot, "z", "z")
        await until(pilot, lambda: list_of(pilot).option_count == 0)
        await press(pilot, "escape")
        await until(pilot, lambda: list_of(pilot).option_count == 8)
        assert list_of(pilot).has_focus


async def test_on_a_narrow_screen_enter_opens_the_letter_and_escape_goes_back() -> None:
    async with sample(size=NARROW) as pilot:
        assert "Subject" not in text_of(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: "Subject" in text_of(pilot))
        await press(pilot, "a")
        await until(pilot, lambda: "held: leaves in 20 s" in text_of(pilot))
        await press(pilot, "escape")
        await until(pilot, lambda: "HELD 2" in text_of(pilot))


async def test_the_mouse_chooses_opens_and_presses_keys() -> None:
    desk = SampleDesk()
    async with sample(desk) as pilot:
        await pilot.click(RowList, offset=(10, 3))
        await settled(pilot)
        assert list_of(pilot).key == "101"
        lines = text_of(pilot).splitlines()
        y = next(place for place, line in enumerate(lines) if "a Approve" in line)
        await pilot.click(offset=(lines[y].index("a Approve") + 3, y))
        await until(pilot, lambda: bool(desk.done))
        await pilot.click(offset=(lines[0].index("2 Carts"), 0))
        await until(pilot, lambda: "[2 Carts" in text_of(pilot))
    assert desk.done == [("approve", 101)]


async def test_leaving_a_changed_text_asks_first() -> None:
    async with sample() as pilot:
        await press(pilot, "e", "x", "escape")
        assert "Throw your changes away?" in text_of(pilot)
        await press(pilot, "n")
        assert "only this one" in text_of(pilot)
        await press(pilot, "escape", "y")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueScreen))


async def test_a_change_at_the_desk_never_touches_a_text_being_edited() -> None:
    async with sample() as pilot:
        await press(pilot, "e", "x", "y")
        await press(pilot, "ctrl+z")
        pilot.app.publish("poll")  # type: ignore[attr-defined]
        await until(pilot, lambda: "Queue changed meanwhile" in text_of(pilot))
        assert "only this one" in text_of(pilot)


async def test_read_only_offers_no_key_that_changes_anything() -> None:
    desk = SampleDesk(read_only=True)
    async with sample(desk) as pilot:
        assert "Approve" not in text_of(pilot)
        assert "read-only" in text_of(pilot)
        await press(pilot, "a", "s", "A", "S", "e", "d", "z")
    assert not desk.done


async def test_an_empty_queue_says_why_what_comes_and_one_key() -> None:
    async with sample(SampleDesk(empty=True)) as pilot:
        shown = text_of(pilot)
    assert "Nothing to send right now" in shown
    assert "The next letter is due today at 15:10" in shown
    assert "r asks the shop now" in shown
    assert "Approve" not in shown


async def test_long_work_shows_counts_and_other_screens_work_meanwhile() -> None:
    async with sample() as pilot:
        pilot.app.report(Progress("Sending", 3, 12))  # type: ignore[attr-defined]
        await until(pilot, lambda: "Sending 3 of 12 ━" in text_of(pilot))
        await press(pilot, "2")
        assert "Sending 3 of 12 ━" in text_of(pilot)
        assert "Ana Petrova" in text_of(pilot)
        await press(pilot, "ctrl+q")
        assert "a letter is being sent" in toasts(pilot)


@pytest.mark.parametrize("late", [False, True], ids=["at the start", "after an empty queue"])
@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_heading_stands_over_its_columns_from_the_first_paint_of_letters(
    size: tuple[int, int], late: bool
) -> None:
    desk = SampleDesk()
    letters = desk._items
    desk._items = [] if late else letters
    async with sample(desk, size=size) as pilot:
        if late:
            assert "Nothing to send right now" in text_of(pilot)
            desk._items = letters
            pilot.app.publish("poll")  # type: ignore[attr-defined]

        def over_its_column() -> bool:
            rows = text_of(pilot).splitlines()
            place = next((y for y, row in enumerate(rows) if " who " in row), 0)
            end = rows[place].find("total") + len("total")
            return place > 0 and rows[place + 1][:end].endswith(" €140.00")

        await until(pilot, over_its_column, 1)


async def test_i_says_why_the_cart_is_here_and_what_is_checked_before_sending() -> None:
    async with sample() as pilot:
        put_cursor(pilot, 104)
        await press(pilot, "i")
        shown = text_of(pilot)
        assert shown.index("WHY THIS CART IS HERE") < shown.index("Quiet for 72 min")
        assert shown.index("Quiet for 72 min") < shown.index("CHECKED BEFORE SENDING")
        assert "all fields filled" in shown


async def test_a_toast_is_one_line_keeps_its_undo_hint_and_goes_when_it_was_used() -> None:
    class Wordy(SampleDesk):
        async def approve(
            self, reminder_id: int, *, hold: bool = True, knowingly: bool = False
        ) -> Done:
            await super().approve(reminder_id)
            return Done(f"Approved the letter to {'somebody with a long name ' * 4}.", undo=True)

    async with sample(Wordy(), NARROW) as pilot:
        await press(pilot, "a")
        await until(pilot, lambda: "u to undo" in toasts(pilot))
        (toast,) = pilot.app.screen.query(Toast)
        await until(pilot, lambda: toast.size.height == 1)
        assert toasts(pilot).endswith("…  ·  u to undo")
        await press(pilot, "exclamation_mark")
        assert text_of(pilot).count("somebody with a long name") > 2
        await press(pilot, "escape", "u")
        await until(pilot, lambda: "Took back" in toasts(pilot))
        assert "Approved" not in toasts(pilot)


async def test_a_toast_does_not_lie_over_a_question() -> None:
    async with sample(size=NARROW) as pilot:
        await press(pilot, "A")
        pilot.app.notify("Something happened meanwhile.")
        await until(pilot, lambda: "Something happened" in text_of(pilot))
        (toast,) = pilot.app.screen.query(Toast)
        dialog = pilot.app.screen.query_one(".dialog")
        assert not toast.region.overlaps(dialog.region)

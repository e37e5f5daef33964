"""The group that gets no letter: decided once, never written to, seen, and counted for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.settings.file import SettingsError, SettingsFile
from cartdesk.desk import NotPossible
from cartdesk.domain.lifecycle.states import REMINDER_MOVES
from cartdesk.domain.metrics.groups import Group
from cartdesk.domain.model import CartState, ReminderState, Shop
from cartdesk.domain.settings import SequenceSettings
from cartdesk.domain.views import QueueItem, Verdict
from cartdesk.tui.carts import cart_row
from cartdesk.tui.queue_rows import Widths
from cartdesk.tui.text import Look
from cartdesk.work import experiments
from cartdesk.work.invariants import violations
from cartdesk.work.planning import settle
from tests.faults.booth import Booth
from tests.faults.shop import START, stamp, unpaid

RULES = SequenceSettings(holdout_percent=20)
DAY = timedelta(days=1)
MANY = 60


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with closing(Book(tmp_path / "ledger.sqlite3")) as opened:
        yield opened


def left(book: Book, *numbers: int, at: Any = START, **odd: Any) -> None:
    """Have checkouts be left behind three hours before a time."""
    records = [unpaid(number, at, **odd) for number in numbers]
    book.write(lambda book: book.orders.save(records, at))


def judged(book: Book, rules: SequenceSettings = RULES, at: Any = START) -> int:
    return book.write(lambda book: settle(book, rules, at)).due


def states(book: Book) -> dict[int, ReminderState]:
    """Give where the first letter of each cart stands."""
    every = book.read(lambda book: book.outbox.in_states(ReminderState))
    return {reminder.cart_id: reminder.state for reminder in every}


def out(book: Book) -> set[int]:
    return {cart for cart, state in states(book).items() if state is ReminderState.HELD_OUT}


def bought(book: Book, number: int, at: Any, total: str = "49.90", **odd: Any) -> None:
    """Have the person behind a cart pay it."""
    paid = {"status": "processing", "date_paid_gmt": stamp(at), "date_modified_gmt": stamp(at)}
    record = {**unpaid(number, START), **paid, "total": total, **odd}
    book.write(lambda book: book.orders.save([record], at))


def groups(book: Book, at: Any, design: str = "20") -> dict[str, Group]:
    return book.read(lambda book: book.experiments.groups("", design, "EUR", at))[0]


def of_person(number: int) -> dict[str, Any]:
    return {"billing": unpaid(number, START)["billing"]}


def test_nobody_is_held_out_unless_asked_for(book: Book) -> None:
    left(book, *range(1, MANY))
    assert judged(book, SequenceSettings()) == MANY - 1
    assert set(states(book).values()) == {ReminderState.READY}
    assert book.read(lambda book: book.experiments.designs()) == ()
    assert experiments.holdout_result(book, "EUR", START) is None


def test_about_the_share_asked_for_gets_no_letter_now_or_ever(book: Book) -> None:
    left(book, *range(1, MANY))
    due = judged(book)
    held = out(book)
    assert 3 <= len(held) <= 24  # 12 of 59 are to be expected
    assert due == MANY - 1 - len(held)
    for hours in range(1, 200, 9):  # all steps come due, and the poll and the tick go on
        judged(book, at=START + timedelta(hours=hours))
    assert out(book) == held
    assert violations(book) == ()
    # no move leads out of it: neither by hand nor by the program
    assert not [move for move in REMINDER_MOVES if move[0] is ReminderState.HELD_OUT]
    assert ReminderState.HELD_OUT not in REMINDER_MOVES.values()


def test_a_person_stays_in_the_group_whatever_is_set_later(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book)
    held = out(book)
    later = START + 40 * DAY
    again = {number: number + 1000 for number in range(1, MANY)}
    for number, new in again.items():
        left(book, new, at=later, **of_person(number))
    book.write(lambda book: book.marks.use("ab" * 32))  # even another key
    judged(book, replace(RULES, holdout_percent=0), at=later)
    assert {old for old, new in again.items() if new in out(book)} == held


def test_who_was_to_get_letters_before_there_was_a_group_is_in_neither(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book, SequenceSettings())
    left(book, *range(MANY, 2 * MANY), at=START + DAY)
    judged(book, at=START + DAY)
    assert out(book)
    assert all(number >= MANY for number in out(book))
    counted = groups(book, START + 90 * DAY)
    assert sum(group.persons for group in counted.values()) == MANY


def test_help_with_a_failed_payment_goes_to_everybody(book: Book) -> None:
    for number in range(1, MANY):  # of one total they would be a card test
        left(book, number, status="failed", total=f"{number}.90")
    assert judged(book) == MANY - 1
    assert out(book) == set()
    with_reminder = START + 30 * timedelta(hours=1)
    for reminder in book.read(lambda book: book.outbox.in_states({ReminderState.READY})):
        book.write(lambda book, r=reminder: book.outbox.move(r, "skip", START))  # type: ignore[misc]
    judged(book, at=with_reminder)
    held = {
        reminder.cart_id
        for reminder in book.read(lambda b: b.outbox.in_states({ReminderState.HELD_OUT}))
    }
    assert 3 <= len(held) <= 24


def test_each_person_counts_once_and_only_when_the_time_is_over(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book)
    held = sorted(out(book))
    written = sorted(set(range(1, MANY)) - set(held))
    bought(book, held[0], START + DAY, "20.00")
    bought(book, written[0], START + DAY, "10.00")
    bought(book, 5001, START + 2 * DAY, "7.50", **of_person(written[0]))  # once more, another order
    bought(book, 5002, START + DAY, currency="USD", **of_person(written[1]))  # other money
    bought(book, 5003, START + 31 * DAY, **of_person(written[2]))  # too late
    left(book, 6000, at=START + 5 * DAY, **of_person(written[3]))  # a second cart
    judged(book, at=START + 5 * DAY)
    early = book.read(lambda book: book.experiments.groups("", "20", "EUR", START + DAY))
    assert early == ({}, MANY - 1)
    assert groups(book, START + 40 * DAY) == {
        "holdout": Group("holdout", len(held), 1, (2000,)),
        "letters": Group("letters", len(written), 2, (1750,)),
    }


def test_who_was_erased_or_faded_away_still_counts(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book)
    held = sorted(out(book))
    bought(book, held[0], START + DAY)
    bought(book, held[1], START + DAY)
    later = START + 100 * DAY
    judged(book, at=later)
    before = groups(book, later)

    def forget(book: Book) -> None:
        for number in held[:1]:
            book.persons.erase(book.persons.find(cart_id=number), later)
        book.persons.fade(list(range(1, MANY)), later)

    book.write(forget)
    assert groups(book, later) == before
    rows = list(book.db.query("SELECT * FROM assignments"))
    assert len(rows) == MANY - 1
    assert "@" not in str(rows)
    assert "Ana" not in str(rows)


def test_a_robot_found_out_later_is_in_no_group(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book)
    email = {"email": "somebody@mailinator.com"}
    billing = unpaid(1, START)["billing"] | email
    left(book, 1, billing=billing, date_modified_gmt=stamp(START))
    judged(book, at=START + timedelta(hours=2))
    counted = groups(book, START + 40 * DAY)
    assert sum(group.persons for group in counted.values()) == MANY - 2


def test_persons_of_another_share_are_not_mixed_in(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book)
    left(book, *range(MANY, 3 * MANY), at=START + DAY)
    judged(book, replace(RULES, holdout_percent=10), at=START + DAY)
    found = experiments.holdout_result(book, "EUR", START + 60 * DAY)
    assert found is not None
    assert found.lift.percent == 10
    assert found.since == START + DAY
    assert found.lift.letters.persons + found.lift.held.persons == 2 * MANY
    assert experiments.holdout_result(book, "USD", START + 60 * DAY).lift.rate is None  # type: ignore[union-attr]


def test_a_version_is_kept_and_each_of_a_persons_carts_gets_the_same(book: Book) -> None:
    left(book, *range(1, 201))
    choices = ("A", "B", "C")

    def give(book: Book, numbers: range, choices: tuple[str, ...]) -> list[str]:
        tracks = {t.id: t for each in book.orders.tracks(numbers).values() for t in each}
        return [
            experiments.version(book, tracks[number], "small-gift", choices, RULES, START)
            for number in numbers
        ]

    first = book.write(lambda book: give(book, range(1, 201), choices))
    assert {name: first.count(name) > 40 for name in choices} == dict.fromkeys(choices, True)
    again = book.write(lambda book: give(book, range(1, 201), (*choices, "D")))
    assert again == first
    without = book.write(lambda book: give(book, range(1, 201), ("A",)))
    assert set(without) == {"A"}
    found = experiments.versions_result(book, "small-gift", "EUR", START + 60 * DAY)
    assert found is not None
    assert [group.persons for group in found.versions.groups] == [first.count(x) for x in choices]
    assert len(found.versions.pairs) == 3
    assert experiments.versions_result(book, "any-questions", "EUR", START) is None


@pytest.mark.parametrize("value", ["21", "-1", "12.5", '"10"'])
def test_a_share_out_of_bounds_is_refused_with_a_sentence(tmp_path: Path, value: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"[sequence]\nholdout_percent = {value}\n")
    with pytest.raises(SettingsError, match="must be a whole number from 0 to 20"):
        SettingsFile(path).read()


def test_rows_name_who_is_held_out_with_a_sign_of_its_own(book: Book) -> None:
    left(book, *range(1, MANY))
    judged(book)
    look = Look(Shop("https://shop.example", currency="EUR"), START, START)
    number = min(out(book))
    row = book.read(lambda book: book.windows.rows([number]))[number]
    reminder = book.read(lambda book: book.outbox.of_carts([number]))[0]
    item = QueueItem(reminder, row, 3, None)
    for width in (30, 60, 138):
        assert "◇" in Widths.of([item], look).row(item, look, width, marked=False).plain
    assert (
        "held out · gets no letter"
        in Widths.of([item], look).row(item, look, 60, marked=False).plain
    )
    assert cart_row(row, look, 78).plain.startswith(" ◇ held out")
    bought(book, number, START + DAY)
    judged(book, at=START + DAY)
    row = book.read(lambda book: book.windows.rows([number]))[number]
    assert cart_row(row, look, 78).plain.startswith(" ✓ recovered")
    given = book.read(lambda book: book.persons.document(book.persons.find(cart_id=number)))
    assert [group["arm"] for group in given["groups"]] == ["holdout"]


async def test_the_desk_shows_who_is_held_out_and_why_and_lets_nobody_send(
    tmp_path: Path,
) -> None:
    booth = Booth(tmp_path, 9, carts=0)
    try:
        booth.clock.advance(timedelta(minutes=1))
        booth.settings = replace(booth.settings, sequence=RULES)
        desk = booth.desk
        desk._context.settings = booth.settings  # as if read from the file
        records = [unpaid(number, booth.clock.now()) for number in range(1, MANY)]
        now = booth.clock.now()
        await booth.ledger(lambda book: book.orders.save(records, now))
        await booth.ledger(lambda book: settle(book, RULES, now))
        queue = await desk.queue()
        held = [item for item in queue.items if item.reminder.state is ReminderState.HELD_OUT]
        assert queue.held_out == len(held) > 0
        assert list(queue.items[-len(held) :]) == held  # below everything that waits for a key
        assert queue.ready == MANY - 1 - len(held)
        one = held[0]
        assert one.row.held_out
        checks = await desk.why(one.row.id)
        assert checks[0].rule == "held-out"  # what matters stands first
        why = {check.rule: check for check in checks}
        assert why["held-out"].verdict is Verdict.STOP
        assert "gets no letter, 20 of 100" in why["held-out"].sentence
        preview = await desk.preview(one.reminder.id)
        assert any(check.rule == "held-out" for check in preview.checks)
        story = await desk.cart(one.row.id)
        assert not [moment for moment in story.timeline if moment.planned]
        assert any("Held out" in moment.sentence for moment in story.timeline)
        for attempt in (
            desk.approve(one.reminder.id),
            desk.approve(one.reminder.id, knowingly=True),
            desk.skip(one.reminder.id),
            desk.edit(one.reminder.id, "Subject: x\n\ny"),
            desk.later(one.reminder.id, booth.clock.now() + DAY),
        ):
            with pytest.raises(NotPossible):
                await attempt
        with pytest.raises(NotPossible, match="held out"):
            await desk.approve(one.reminder.id)
        rows = (await desk.carts()).rows
        assert sum(row.held_out for row in rows) == len(held)
        assert all(row.state is CartState.ABANDONED for row in rows)
        booth.clock.advance(5 * DAY)  # all letters would have been due: no longer news
        assert (await desk.queue()).held_out == 0
    finally:
        await booth.desk.close()

"""A clock that jumps, and a computer that sleeps: nothing is sent, lost or judged by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cartdesk.demo.web import Request
from cartdesk.desk import NotPossible
from cartdesk.domain.model import CartState, ReminderState, Shop
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.desks import open_bench
from tests.faults.booth import Booth, open_booth
from tests.faults.shop import HandClock
from tests.faults.tally import Tally

READY, HELD, SENT = ReminderState.READY, ReminderState.HELD, ReminderState.SENT
UNSURE, PLANNED = ReminderState.UNSURE, ReminderState.PLANNED


async def four_kinds_of_letters(booth: Booth) -> list[int]:
    """Leave one letter ready, one held, one put off and one unsure."""
    ids = await booth.ids()
    assert (await booth.desk.send_now([ids[3]])).unsure == 1
    await booth.desk.approve(ids[1])
    await booth.desk.later(ids[2], booth.clock.now() + timedelta(hours=2))
    await booth.desk.tick()
    assert await booth.states() == [READY, HELD, PLANNED, UNSURE]
    return ids


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (-timedelta(days=1), "went back by 23 h"),
        (-timedelta(minutes=10), "went back by 7 min"),
        (-timedelta(days=4000), "went back by"),
        (timedelta(days=365), "365 days ahead"),
        (timedelta(days=31), "31 days ahead"),
    ],
)
async def test_a_clock_that_cannot_be_right_stops_everything_until_it_is(
    step: timedelta, words: str, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"dot": [Fault(then="rst")]}) as server:
        async with open_booth(tmp_path, server.port, carts=4) as booth:
            ids = await four_kinds_of_letters(booth)
            before = booth.clock.now()
            booth.clock.advance(step)
            for _ in range(3):
                assert await booth.desk.tick() is None
                booth.clock.advance(timedelta(seconds=61))
            assert await booth.states() == [READY, HELD, PLANNED, UNSURE]
            assert words in booth.desk.status().problem
            assert booth.desk.status().mend
            with pytest.raises(NotPossible, match="clock"):
                await booth.desk.send_now([ids[0]])
            async with booth.window() as other:
                assert await other.tick() is None
                assert "clock" in other.status().problem
            assert (await booth.desk.cart(1)).row.state is CartState.ABANDONED
            assert server.dots == 1
            booth.clock.at = before + timedelta(seconds=30)  # somebody set it right
            report = await booth.desk.tick()
            assert report is not None
            assert report.sent == 1
            assert booth.desk.status().problem == ""
            assert await booth.states() == [READY, SENT, PLANNED, UNSURE]
    tally.add("T-12")


async def test_after_a_long_holiday_the_merchant_says_that_the_clock_is_right(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            await booth.desk.tick()
            with pytest.raises(NotPossible, match="not paused"):
                await booth.desk.resume()
            booth.clock.advance(timedelta(days=45))
            await booth.desk.tick()
            assert booth.desk.status().problem
            await booth.desk.resume()
            assert booth.desk.status().problem == ""
            await booth.desk.tick()
            assert (await booth.desk.cart(1)).row.state is CartState.LOST
            assert server.accepted == []
    tally.add("T-12")


async def test_the_shops_own_clock_settles_the_doubt(tmp_path: Path, tally: Tally) -> None:
    """Both after a holiday (the shop agrees) and with a wrong year (it does not)."""
    async with open_bench(tmp_path) as bench:
        await bench.desk.tick()
        states = {row.id: row.state for row in (await bench.desk.carts()).rows}
        wrong = HandClock(bench.world.clock.now() + timedelta(days=365))
        bench.desk._context.clock = bench.desk._clock = wrong
        await bench.desk.poll()
        assert bench.desk.status().problem
        assert {row.id: row.state for row in (await bench.desk.carts()).rows} == states
        bench.desk._context.clock = bench.desk._clock = bench.world.clock
        bench.world.clock.advance(timedelta(days=40))
        await bench.desk.tick()
        assert bench.desk.status().problem
        await bench.desk.poll()
        assert bench.desk.status().problem == ""
        assert bench.mails() == []
    tally.add("T-12", cases=2)


HELSINKI = ZoneInfo("Europe/Helsinki")
CHANGES = {
    "spring": datetime(2026, 3, 29, 1, tzinfo=UTC),  # 03:00 becomes 04:00
    "autumn": datetime(2026, 10, 25, 1, tzinfo=UTC),  # 04:00 becomes 03:00
}


@pytest.mark.parametrize("season", CHANGES)
async def test_summer_time_makes_nothing_due_early_or_late(
    season: str, tmp_path: Path, tally: Tally
) -> None:
    change = CHANGES[season]
    with FaultySmtp() as server:
        start = change - timedelta(minutes=30)
        async with open_booth(tmp_path, server.port, start=start) as booth:
            number = (await booth.one()).id
            booth.desk._context.shop = Shop("https://shop.example", zone="Europe/Helsinki")
            until = change + timedelta(minutes=30)
            await booth.desk.later(number, until)
            due = []
            for _ in range(8):
                booth.clock.advance(timedelta(minutes=10))
                assert await booth.desk.tick() is None
                due.append((await booth.states())[0] is READY)
            assert booth.desk.status().problem == ""
            assert due == [False] * 5 + [True] * 3  # an hour of real time, whatever the wall says
            tomorrow = booth.desk.later_choices()[1][1].astimezone(HELSINKI)
            assert (tomorrow.hour, tomorrow.minute) == (9, 0)
            assert server.accepted == []
    tally.add("T-12")


async def test_after_eight_hours_asleep_a_held_letter_is_ready_and_not_sent(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            await booth.desk.approve((await booth.one()).id)
            await booth.desk.tick()
            booth.clock.advance(timedelta(hours=8))
            assert await booth.desk.tick() is None
            assert await booth.states() == [READY]
            assert "nobody was there" in (await booth.one()).said
            assert server.connections == 0
    tally.add("T-12")


async def test_a_batch_that_sleeps_does_not_go_on_hours_later(tmp_path: Path, tally: Tally) -> None:
    class Sleeps(FaultySmtp):
        def next_fault(self, stage: str) -> Fault | None:
            if stage == "dot" and self.dots == 2:
                booth.clock.advance(timedelta(hours=8))
            return super().next_fault(stage)

    with Sleeps() as server:
        async with open_booth(tmp_path, server.port, carts=5) as booth:
            report = await booth.desk.send_now(await booth.ids())
            assert (report.sent, report.kept) == (2, 3)
            assert await booth.states() == [SENT, SENT, READY, READY, READY]
            assert "stood still for 8 h" in (await booth.letters())[2].said
    tally.add("T-12")


JUMPS = {
    "asleep for a night": timedelta(hours=8),
    "asleep for an hour": timedelta(hours=1),
    "set a year ahead": timedelta(days=365),
    "set back by a day": -timedelta(days=1),
}


class Drifts(FaultySmtp):
    """The computer sleeps, or its clock is set, when a stage of the dialog is first reached."""

    def __init__(self, stage: str, jump: Callable[[], None], then: str) -> None:
        super().__init__()
        self._stage, self._jump, self._then = stage, jump, then

    def next_fault(self, stage: str) -> Fault | None:
        if stage != self._stage:
            return super().next_fault(stage)
        self._stage = ""
        self._jump()
        return Fault(None if not self._then else b"", self._then)


@pytest.mark.parametrize("then", ["", "rst"], ids=["line holds", "line is gone"])
@pytest.mark.parametrize("stage", ["ehlo", "mail", "data", "dot"])
@pytest.mark.parametrize("jump", JUMPS)
async def test_a_computer_that_slept_during_a_dialog_sends_no_dot_afterwards(
    jump: str, stage: str, then: str, tmp_path: Path, tally: Tally
) -> None:
    """What the shop said before is hours old by then; only a dot that is out counts."""
    booths: list[Booth] = []
    with Drifts(stage, lambda: booths[0].clock.advance(JUMPS[jump]), then) as server:
        async with open_booth(tmp_path, server.port, carts=3) as booth:
            booths.append(booth)
            report = await booth.desk.send_now(await booth.ids())
            out = stage == "dot"
            first = (UNSURE if then else SENT) if out else READY
            assert (await booth.states())[0] is first
            assert (await booth.states())[1:] == [READY, READY]
            assert server.dots == int(out)
            assert report.sent == len(server.accepted) == int(out and not then)
    tally.add("T-12", asked=int(first is UNSURE))


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_computer_that_slept_in_a_hold_asks_for_the_key_again(
    jump: str, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port, carts=2) as booth:
            await booth.desk.tick()
            await booth.desk.approve((await booth.ids())[0])
            booth.clock.advance(JUMPS[jump])
            for _ in range(3):
                assert await booth.desk.tick() is None
                booth.clock.advance(timedelta(seconds=1))
            assert (await booth.states())[0] in {READY, HELD}
            assert server.connections == 0
    tally.add("T-12")


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("question", [1, 3])
async def test_a_computer_that_slept_during_a_pass_judges_and_sends_nothing_by_itself(
    question: int, jump: str, tmp_path: Path, tally: Tally
) -> None:
    """The shop's clock goes on while the computer sleeps; a clock that was set is ours alone."""
    async with open_bench(tmp_path) as bench:
        await bench.desk.poll()
        before = {row.id: row.state for row in (await bench.desk.carts()).rows}
        store, asked = bench.world.store, 0
        ours = HandClock(bench.world.clock.now())
        bench.desk._context.clock = bench.desk._clock = ours
        usual = store.before_each

        def drift(request: Request) -> None:
            nonlocal asked
            asked += 1
            usual(request)
            if asked == question:
                ours.advance(JUMPS[jump])
                if jump.startswith("asleep"):
                    bench.world.clock.advance(JUMPS[jump])

        store.before_each = drift
        await bench.desk.poll()
        assert asked >= question
        assert bench.mails() == []
        if jump.startswith("asleep"):
            assert bench.desk.status().problem == ""
        else:
            assert bench.desk.status().problem
            assert {row.id: row.state for row in (await bench.desk.carts()).rows} == before
        assert await bench.desk.tick() is None
        assert bench.mails() == []
    tally.add("T-12")

"""Programs killed at named points and at random, alone and in twos, with a treacherous server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.faults.postbox import Postbox, tricky
from tests.faults.programs import Alone, Programs
from tests.faults.session import POINTS
from tests.faults.siege import LONGEST, Siege
from tests.faults.tally import Tally

FEW = 20
CARTS = 24  # in one ledger; the next ledger begins when all their letters are through
LEAST_IN_DIALOG = 0.3  # or the kills prove nothing
MANY = 100  # with fewer, half of that: chance has its say


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    with Programs("tests.faults.session") as running:
        yield running


ON_DISK = {
    "before the claim": ("held", 0),
    "dot noted": ("sending-dot", 0),
    "dot sent": ("sending-dot", 1),
    "answer read": ("sending-dot", 1),
    "answer noted": ("sent", 1),
}


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(
    point: str, tmp_path: Path, programs: Programs, tally: Tally, thorough: bool
) -> None:
    state, taken = ON_DISK.get(point, ("sending-open", 0))
    for case in range(20 if thorough else 2):
        with Postbox() as postbox:
            siege = Siege(
                tmp_path / str(case), programs, postbox, carts=1, dice=random.Random(case)
            )
            program = siege.start(point)
            program.until_gone()
            assert program.code == -9, program.trouble
            postbox.quiet()
            assert (siege.states(), len(postbox.taken)) == ({state: 1}, taken)
            siege.finish()
            assert (siege.lost(), siege.double()) == (0, 0)
            assert siege.asked() == int(state == "sending-dot")
            tally.add("T-01", asked=siege.asked())


def test_a_kill_counts_as_during_a_dialog_only_for_the_program_that_led_it(
    tmp_path: Path, programs: Programs
) -> None:
    with Postbox() as postbox:
        siege = Siege(tmp_path / "x", programs, postbox, carts=1, dice=random.Random(0))
        sending = siege.start("dot noted")
        sending.until_gone()
        siege.count_kill(early=False, pid=sending.pid + 1)  # of one that waited beside it
        assert (siege.kills, siege.in_dialog) == (1, 0)
        siege.count_kill(early=False, pid=sending.pid)
        assert (siege.kills, siege.in_dialog) == (2, 1)
        siege.count_kill(early=True, pid=sending.pid)  # the letter lies there from before
        assert (siege.kills, siege.in_dialog) == (3, 1)
        siege.finish()


def besiege(
    folder: Path,
    programs: Programs,
    *,
    wanted: int,
    at_once: int,
    trick: Callable[[int], Callable[[], str]],
    name: str,
    tally: Tally,
    least: float = LEAST_IN_DIALOG,
) -> None:
    """Kill programs until as many were killed as wanted, over as many ledgers as it takes."""
    kills = in_dialog = before_ready = round_ = 0
    longest = LONGEST
    while kills < wanted:
        with Postbox(trick(round_)) as postbox:
            dice = random.Random(round_)
            siege = Siege(folder / str(round_), programs, postbox, carts=CARTS, dice=dice)
            siege.longest = longest
            while not siege.done and kills + siege.kills < wanted:
                siege.assault(at_once)
            siege.finish()
            count(siege, name, tally, sum(postbox.tricks.values()) - postbox.tricks[""])
        longest = siege.longest
        kills += siege.kills
        in_dialog += siege.in_dialog
        before_ready += siege.before_ready
        round_ += 1
    assert in_dialog >= least * kills * (1 if kills >= MANY else 0.5)
    assert before_ready


def count(siege: Siege, name: str, tally: Tally, broken: int = 0) -> None:
    """Count what became of a ledger whose letters are all through."""
    assert (siege.lost(), siege.double()) == (0, 0)
    tally.add(
        name,
        cases=siege.kills,
        lost=siege.lost(),
        double=siege.double(),
        asked=siege.asked(),
        also={
            "letters": CARTS,
            "during a dialog": siege.in_dialog,
            "before it was ready": siege.before_ready,
            **({"broken connections": broken} if broken else {}),
        },
    )


def test_killed_at_any_moment(tmp_path: Path, programs: Programs, kills: int, tally: Tally) -> None:
    besiege(
        tmp_path,
        programs,
        wanted=kills or FEW,
        at_once=1,
        trick=lambda _: str,
        name="T-02",
        tally=tally,
    )


def test_killed_at_any_moment_from_exec_on(
    tmp_path: Path, programs: Programs, kills: int, tally: Tally
) -> None:
    """Whole programs, which load for most of their short life."""
    with Postbox() as postbox:
        siege = Siege(tmp_path / "x", programs, postbox, carts=CARTS, dice=random.Random(0))
        began = time.monotonic()
        program = Alone(asdict(siege.plan()))
        program.until_gone()
        longest = time.monotonic() - began
        assert program.code == 0
        while siege.kills < (kills // 20 or 3) and not siege.done:
            siege.assault_alone(longest)
        assert siege.kills
        siege.finish()
        count(siege, "T-02", tally)


def test_killed_while_the_server_breaks_connections(
    tmp_path: Path, programs: Programs, kills: int, tally: Tally
) -> None:
    besiege(
        tmp_path,
        programs,
        wanted=kills or FEW,
        at_once=1,
        trick=tricky,
        name="T-03",
        tally=tally,
    )


def test_two_programs_at_once_killed_while_the_server_breaks_connections(
    tmp_path: Path, programs: Programs, kills: int, tally: Tally
) -> None:
    besiege(
        tmp_path,
        programs,
        wanted=kills or FEW,
        at_once=2,
        trick=tricky,
        name="T-04",
        tally=tally,
    )


def test_three_programs_at_once(
    tmp_path: Path, programs: Programs, kills: int, tally: Tally
) -> None:
    besiege(
        tmp_path,
        programs,
        wanted=kills // 10 or FEW // 2,
        at_once=3,
        trick=lambda _: str,
        name="T-04b",
        tally=tally,
        least=LEAST_IN_DIALOG / 3,  # only one of the three can be in a dialog
    )


@pytest.mark.parametrize("mistake", ["notes after sending", "tries again by itself"])
def test_a_program_that_knows_less_would_send_twice(
    mistake: str, tmp_path: Path, programs: Programs
) -> None:
    with Postbox() as postbox:
        siege = Siege(tmp_path / "x", programs, postbox, carts=1, dice=random.Random(0))
        program = siege.start("dot sent", mistake)
        program.until_gone()
        assert program.code == -9, program.trouble
        postbox.quiet()
        siege.finish(mistake)
        assert siege.double() == 1


def test_programs_without_a_lock_would_be_seen(tmp_path: Path, programs: Programs) -> None:
    with Postbox() as postbox:
        siege = Siege(tmp_path / "x", programs, postbox, carts=12, dice=random.Random(0))
        running = [siege.start(mistake="takes no lock") for _ in range(3)]
        for program in running:
            program.until_gone()
        assert siege.two_at_once

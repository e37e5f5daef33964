"""A real disk that is full, and a ledger this user may only read."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import LedgerProblem
from cartdesk.domain.model import ReminderState
from tests.adapters.mail.faulty_smtp import FaultySmtp
from tests.disks import mounted
from tests.faults.booth import Booth, open_booth
from tests.faults.tally import Tally
from tests.faults.test_ledger_faults import COMMITS, Stages

READY, HELD, SENT = ReminderState.READY, ReminderState.HELD, ReminderState.SENT
OPEN, DOT, UNSURE = ReminderState.OPEN, ReminderState.DOT, ReminderState.UNSURE
ROOT = Path(__file__).parents[2]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 2 MB of its own."""
    with mounted(tmp_path / "disk", 2048) as folder:
        yield folder


class Filler:
    """Takes all the room that a disk has left, to the last byte."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "films"

    def fill(self) -> None:
        with self._file.open("ab", buffering=0) as file, suppress(OSError):
            size = 65536
            while size:
                try:
                    file.write(b"x" * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC
                    size //= 2
        left = os.statvfs(self._file.parent).f_bavail
        assert left == 0

    def clear(self) -> None:
        self._file.unlink(missing_ok=True)


def short_log(booth: Booth) -> None:
    """Have no room left over in the log of changes, so that each commit needs more."""
    work = booth.ledger._book.db.execute
    booth.ledger._executor.submit(work, "PRAGMA wal_checkpoint(TRUNCATE)").result()


@pytest.mark.parametrize("commit", COMMITS)
async def test_a_disk_that_is_full_never_lets_a_dot_out_unnoted(
    commit: str, disk: Path, tally: Tally
) -> None:
    noted = commit == "answer"
    with Stages() as server:
        async with open_booth(disk / "shop", server.port, carts=3) as booth:
            ids, filler = await booth.ids(), Filler(disk)
            for number in ids:
                await booth.desk.approve(number, hold=False)
            short_log(booth)
            server.at[COMMITS[commit]] = filler.fill
            try:
                report = await booth.desk.send_now(ids)
            finally:
                filler.clear()
            assert server.dots == len(server.accepted) == int(noted)
            assert (report.sent, report.unsure, report.kept) == (0, noted, 3 - noted)
            assert "ledger could not be written" in report.sentence
            states = await booth.states()
            assert states[0] is {"claim": HELD, "dot": OPEN, "answer": DOT}[commit]
            assert states[1:] == [HELD, HELD]
            async with booth.window() as other:  # somebody made room
                first = (await booth.states())[0]
                assert first is {"claim": HELD, "dot": READY, "answer": UNSURE}[commit]
                if noted:
                    await other.settle(ids[0], "sent")
                left = [one.id for one in await booth.letters() if one.state is not SENT]
                assert (await other.send_now(left)).sent == 3 - noted
            assert await booth.states() == [SENT] * 3
            assert len(set(server.accepted)) == len(server.accepted) == 3
    tally.add("T-11", asked=int(noted))


async def test_a_full_disk_at_the_key_and_at_the_start_loses_nothing(
    disk: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(disk / "shop", server.port) as booth:
            number, filler = (await booth.one()).id, Filler(disk)
            short_log(booth)
            filler.fill()
            with pytest.raises(LedgerProblem, match="What it held before is safe"):
                await booth.desk.send_now([number])
            assert await booth.states() == [READY]
            assert server.connections == 0
            filler.clear()
            assert (await booth.desk.send_now([number])).sent == 1
    tally.add("T-11")


def test_a_ledger_of_mode_0400_is_said_in_words_and_waits(tmp_path: Path, tally: Tally) -> None:
    """Root writes such a file all the same, so here root gives that right away first."""
    bound = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []
    if bound and not shutil.which("setpriv"):
        pytest.skip("no setpriv command, and modes do not bind root")
    done = subprocess.run(
        [*bound, sys.executable, "-m", "tests.faults.read_only", str(tmp_path / "shop")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "may only be read, so nothing was opened or changed" in done.stdout
    tally.add("T-11", cases=2)

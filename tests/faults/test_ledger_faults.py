"""A ledger that cannot be written: locked, full or read-only, at each commit of a letter."""

from __future__ import annotations

import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import LedgerProblem
from cartdesk.domain.model import ReminderState
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.faults.booth import Booth, open_booth
from tests.faults.tally import Tally

READY, HELD, SENT = ReminderState.READY, ReminderState.HELD, ReminderState.SENT
DOT, UNSURE = ReminderState.DOT, ReminderState.UNSURE
COMMITS = {"claim": "ehlo", "dot": "data", "answer": "dot"}  # what the server does just before it


class Stages(FaultySmtp):
    """Does something when a stage is reached, before the server answers."""

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, Callable[[], object]] = {}

    def next_fault(self, stage: str) -> Fault | None:
        if stage in self.at:
            self.at.pop(stage)()
        return super().next_fault(stage)


class Locked:
    """Another program holds the write lock."""

    def __init__(self, booth: Booth) -> None:
        booth.ledger.call(lambda book: book.db.execute("PRAGMA busy_timeout = 20"))
        self._conn = sqlite3.connect(booth.path, isolation_level=None, check_same_thread=False)

    def begin(self) -> None:
        self._conn.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        self._conn.close()


class Full:
    """The disk takes no further byte: the log of changes cannot grow."""

    def __init__(self, booth: Booth) -> None:
        self._log = booth.path.with_name(f"{booth.path.name}-wal")
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def begin(self) -> None:
        size = self._log.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, self._limits[1]))

    def end(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)


class ReadOnly:
    """The file cannot be written any more."""

    def __init__(self, booth: Booth) -> None:
        self._ledger = booth.ledger

    def begin(self) -> None:
        self._set("PRAGMA query_only = 1")

    def end(self) -> None:
        self._set("PRAGMA query_only = 0")

    def _set(self, pragma: str) -> None:  # outside any transaction, on the ledger's own thread
        self._ledger._executor.submit(self._ledger._book.db.execute, pragma).result()


Trouble = type[Locked] | type[Full] | type[ReadOnly]


@contextmanager
def trouble_at(
    commit: str, kind: Trouble, server: Stages, booth: Booth
) -> Iterator[Locked | Full | ReadOnly]:
    """Let the ledger fail from one commit on, until the block is left."""
    trouble = kind(booth)
    server.at[COMMITS[commit]] = trouble.begin
    try:
        yield trouble
    finally:
        trouble.end()


@pytest.mark.parametrize("kind", [Locked, Full, ReadOnly])
@pytest.mark.parametrize("commit", COMMITS)
async def test_a_ledger_that_cannot_be_written_never_lets_a_dot_out_unnoted(
    commit: str, kind: Trouble, tmp_path: Path, tally: Tally
) -> None:
    with Stages() as server:
        async with open_booth(tmp_path, server.port, carts=3) as booth:
            ids = await booth.ids()
            with trouble_at(commit, kind, server, booth):
                report = await booth.desk.send_now(ids)
                noted = commit == "answer"
                assert server.dots == len(server.accepted) == int(noted)
                assert (report.sent, report.unsure, report.kept) == (0, noted, 3 - noted)
                assert "ledger could not be written" in report.sentence
                if noted:  # the server's own words are told, as they could not be kept
                    assert "queued as 1" in report.sentence
                states = await booth.states()
                assert (
                    states[0] is {"claim": HELD, "dot": ReminderState.OPEN, "answer": DOT}[commit]
                )
                assert states[1:] == [HELD, HELD]
            async with booth.window() as other:  # started anew when the ledger is well again
                first = (await booth.states())[0]
                assert first is {"claim": HELD, "dot": READY, "answer": UNSURE}[commit]
                if noted:
                    await other.settle(ids[0], "sent")
                left = [one.id for one in await booth.letters() if one.state is not SENT]
                assert (await other.send_now(left)).sent == 3 - noted
            assert await booth.states() == [SENT] * 3
            assert len(set(server.accepted)) == len(server.accepted) == 3
    tally.add("T-11", asked=int(noted))


async def test_a_lock_that_passes_soon_costs_nothing(tmp_path: Path, tally: Tally) -> None:
    with Stages() as server:
        async with open_booth(tmp_path, server.port) as booth:
            locked = Locked(booth)
            booth.ledger.call(lambda book: book.db.execute("PRAGMA busy_timeout = 2000"))
            server.at["dot"] = locked.begin
            timer = threading.Timer(0.2, locked.end)
            timer.start()
            report = await booth.desk.send_now(await booth.ids())
            timer.join()
            assert report.sent == 1
            assert await booth.states() == [SENT]
    tally.add("T-11")


async def test_a_ledger_that_is_full_from_the_start_is_said_in_words(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            full = Full(booth)
            full.begin()
            try:
                with pytest.raises(LedgerProblem, match="What it held before is safe"):
                    await booth.desk.send_now([number])
            finally:
                full.end()
            assert await booth.states() == [READY]
            assert server.connections == 0
    tally.add("T-11")

"""Power cuts: whatever of the unsynced writes is lost, a dot the server saw is never forgotten."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import Book
from cartdesk.domain.model import ReminderState
from cartdesk.work.invariants import violations
from tests.faults.disk import Disk, Event, Trace, can_watch
from tests.faults.power import LETTERS
from tests.faults.tally import Tally

ROOT = Path(__file__).parents[2]
FEW = 60
_AFTER_THE_DOT = {ReminderState.DOT, ReminderState.SENT}
Survive = Callable[[str, list[Event]], list[Event]]


def traced(folder: Path, synchronous: str = "") -> Trace:
    """Have a batch sent in another process whose writes are watched."""
    out = folder / "trace"
    subprocess.run(
        [sys.executable, "-m", "tests.faults.power", str(folder / "shop"), str(out), synchronous],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    found = pickle.loads(out.read_bytes())
    assert isinstance(found, Trace)
    return found


def first(count: int) -> Survive:
    """Only the first writes to each file reached the disk."""
    return lambda _, events: events[:count]


def torn(count: int, sectors: int) -> Survive:
    """Of the last write that reached the disk only some sectors did."""

    def survive(_: str, events: list[Event]) -> list[Event]:
        kept = events[:count]
        if kept and kept[-1][0] == "write":
            kind, name, offset, data = kept[-1]
            kept[-1] = (kind, name, offset, data[: sectors * 512])
        return kept

    return survive


def scattered(seed: int) -> Survive:
    """The disk wrote in its own order: any of the writes may be missing."""
    dice = random.Random(seed)
    return lambda _, events: [event for event in events if dice.random() < 0.5]


def cuts(trace: Trace) -> Iterator[tuple[Callable[[], dict[str, bytes]], frozenset[str]]]:
    """Give every state a power cut may leave, with the dots the server had seen by then.

    The files are made when they are asked for, before the next state is.
    """
    disk, seen = Disk(trace.files), frozenset[str]()
    for number, event in enumerate(trace.events):
        if event[0] == "dot":
            seen |= {event[1]}
        else:
            disk.follow(event)
        longest = max(map(len, disk.pending.values()), default=0)
        for survive in (
            first(0),
            first(longest),
            torn(longest, 1),
            torn(longest, 3),
            scattered(number),
        ):
            yield partial(disk.after_cut, survive), seen


def forgotten(files: dict[str, bytes], seen: frozenset[str], folder: Path) -> list[str]:
    """Start the program on what a cut left; give the letters whose dot it does not know of."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with closing(Book(folder / "ledger.sqlite3")) as book:
        assert book.integrity() == "ok"
        assert violations(book, sender_lives=True) == ()
        letters = book.outbox.in_states(ReminderState)
        assert len(letters) == LETTERS
    return [
        letter.message_id
        for letter in letters
        if letter.message_id in seen and letter.state not in _AFTER_THE_DOT
    ]


watched = pytest.mark.skipif(not can_watch(), reason="this Python hides its SQLite")


@watched
def test_after_a_power_cut_no_dot_the_server_saw_is_forgotten(
    tmp_path: Path, tally: Tally, thorough: bool
) -> None:
    trace = traced(tmp_path)
    assert sum(event[0] == "dot" for event in trace.events) == LETTERS
    everything = range(5 * len(trace.events))
    assert len(everything) >= 500
    chosen = set(everything if thorough else random.Random(0).sample(everything, FEW))
    tried: set[bytes] = set()
    for number, (cut, seen) in enumerate(cuts(trace)):
        if number not in chosen:
            continue
        files = cut()
        mark = hashlib.sha256(pickle.dumps((sorted(files.items()), sorted(seen)))).digest()
        if mark not in tried:
            tried.add(mark)
            assert forgotten(files, seen, tmp_path / "cut") == []
            shutil.rmtree(tmp_path / "cut")
    if thorough:
        assert len(tried) >= 500
    tally.add("T-19", cases=len(tried))


@watched
def test_the_cuts_would_show_a_ledger_that_does_not_sync(tmp_path: Path) -> None:
    """``synchronous = NORMAL``, which many guides advise, forgets dots; so this test can fail."""
    trace = traced(tmp_path, "NORMAL")
    worst = max(len(forgotten(*cut, tmp_path / f"cut{n}")) for n, cut in enumerate(last(trace)))
    assert worst > 0


def last(trace: Trace) -> list[tuple[dict[str, bytes], frozenset[str]]]:
    """Give the states right after each dot."""
    disk, seen, found = Disk(trace.files), frozenset[str](), []
    for event in trace.events:
        if event[0] == "dot":
            seen |= {event[1]}
            found.append((disk.after_cut(first(0)), seen))
        else:
            disk.follow(event)
    return found


@pytest.mark.parametrize("size", [0, 1, 100, 512])
def test_the_disk_of_these_tests_forgets_what_was_not_synced(size: int) -> None:
    disk = Disk({"a": b"old"})
    disk.follow(("write", "a", 0, b"n" * size))
    assert disk.after_cut(first(0)) == {"a": b"old"}
    assert disk.after_cut(first(1)) == {"a": (b"n" * size + b"old"[size:])}
    disk.follow(("sync", "a"))
    assert disk.after_cut(first(0)) == disk.after_cut(first(1))

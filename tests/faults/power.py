"""Sends a batch while every write and sync of the ledger is watched; run as its own process.

Usage: python -m tests.faults.power FOLDER TRACE [SYNCHRONOUS]
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from pathlib import Path

from tests.faults.booth import open_booth
from tests.faults.disk import Trace, Watch
from tests.faults.postbox import Postbox

LETTERS = 8


class Notes(Postbox):
    """Notes each dot among the writes."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def take(self, letter: bytes) -> None:
        super().take(letter)
        self._watch.events.append(("dot", self.taken[-1][0]))


async def record(folder: Path, synchronous: str) -> Trace:
    """Send a batch and give what the disk saw."""
    watch = Watch()
    watch.begin()
    with Notes(watch) as postbox:
        async with open_booth(folder, postbox.port, carts=LETTERS) as booth:
            ids = await booth.ids()
            for number in ids:
                await booth.desk.approve(number, hold=False)
            execute = booth.ledger._book.db.execute
            for pragma in (
                "PRAGMA wal_checkpoint(TRUNCATE)",
                "PRAGMA wal_autocheckpoint = 25",  # so that it happens in the middle, and often
                *([f"PRAGMA synchronous = {synchronous}"] if synchronous else []),
            ):
                booth.ledger._executor.submit(execute, pragma).result()
            names = (booth.path, booth.path.with_name(f"{booth.path.name}-wal"))
            files = {path.name: path.read_bytes() for path in names}
            watch.on = True
            report = await booth.desk.send_now(ids)
            watch.on = False
            assert report.sent == LETTERS
    return Trace(files, list(watch.events))


if __name__ == "__main__":
    trace = asyncio.run(record(Path(sys.argv[1]), sys.argv[3] if len(sys.argv) > 3 else ""))
    Path(sys.argv[2]).write_bytes(pickle.dumps(trace))
    os._exit(0)

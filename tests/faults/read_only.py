"""A desk whose ledger's mode is 0400, first while it is open and then at the start.

Usage: python -m tests.faults.read_only FOLDER, as a user whom file modes bind.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cartdesk.adapters.ledger import LedgerProblem
from cartdesk.domain.model import ReminderState
from tests.adapters.mail.faulty_smtp import FaultySmtp
from tests.faults.booth import open_booth

READY, SENT = ReminderState.READY, ReminderState.SENT


async def main(folder: Path) -> None:
    """Send with a ledger that became read-only; then start with it; then mend it."""
    with FaultySmtp() as server:
        async with open_booth(folder, server.port, carts=3) as booth:
            ids = await booth.ids()
            booth.path.chmod(0o400)
            assert not os.access(booth.path, os.W_OK)
            report = await booth.desk.send_now(ids[:1])
            assert report.sent == len(server.accepted) == 1  # an open file stays open
            assert await booth.states() == [SENT, READY, READY]
            booth.path.chmod(0o600)
        booth.path.chmod(0o400)
        try:
            async with booth.window() as desk:
                await desk.send_now(ids[1:])
        except LedgerProblem as problem:
            print(problem)
        else:
            raise AssertionError("nobody was told")
        assert len(server.accepted) == 1
        booth.path.chmod(0o600)
        async with booth.window() as desk:
            assert (await desk.send_now(ids[1:])).sent == 2
        assert len(set(server.accepted)) == len(server.accepted) == 3


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

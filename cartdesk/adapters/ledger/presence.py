"""Who has the ledger open: a kernel lock that ends with the program that holds it."""

from __future__ import annotations

import os
from pathlib import Path

from cartdesk.adapters.ledger.problem import LedgerProblem


class Presence:
    """A lock beside the ledger: shared by all windows, or held alone to put a file in its place.

    Windows needs none: there a file that is open cannot be replaced.
    """

    def __init__(self, ledger: Path, *, alone: bool = False) -> None:
        """Take the lock.

        Raises:
            LedgerProblem: Another program holds it in a way that does not go together with this.
        """
        self._handle: int | None = None
        if os.name != "posix":
            return
        import fcntl

        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        handle = os.open(ledger.with_suffix(".open.lock"), flags, 0o600)
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise LedgerProblem(
                "Another cartdesk window is open. Close it first; nothing was changed."
                if alone
                else "The ledger is being restored just now. Start again in a moment."
            ) from None
        self._handle = handle

    def end(self) -> None:
        """Let the lock go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

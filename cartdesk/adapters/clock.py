"""The clock of this computer."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The real time; tests and the demo give ``Desk`` a clock that can be moved."""

    def now(self) -> datetime:
        """Give the current time, aware, in UTC."""
        return datetime.now(UTC)

    def wall(self) -> datetime:
        """Give the same: no hour is shortened here."""
        return self.now()

    def monotonic(self) -> float:
        """Give seconds that never step back."""
        return time.monotonic()

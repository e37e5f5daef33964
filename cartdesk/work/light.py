"""The sync light: when the shop was asked, when it will be, and what went wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from cartdesk.domain.ports import Clock, StoreError
from cartdesk.domain.settings import SyncSettings
from cartdesk.domain.views import Light, Progress, SyncStatus

LONGEST_WAIT = timedelta(minutes=30)


class SyncLight:
    """Keeps the state of the light; after failures it waits twice as long each time."""

    def __init__(self, clock: Clock, rules: SyncSettings) -> None:
        self._clock = clock
        self._interval = timedelta(minutes=rules.every_minutes)
        self._failures = 0
        self._before = SyncStatus(Light.NEVER)
        self.status = self._before

    def was_asked(self, at: datetime) -> None:
        """Show when an earlier session asked last; the shop is asked again at once."""
        self.status = SyncStatus(Light.FRESH, last=at, next=self._clock.now())

    def asking(self) -> None:
        """The shop is being asked."""
        self._before = self.status
        self.status = replace(self.status, light=Light.ASKING, progress=None)

    def progress(self, progress: Progress) -> None:
        """So far it came."""
        self.status = replace(self.status, progress=progress)

    def answered(self) -> None:
        """The shop answered everything."""
        now = self._clock.now()
        self._failures = 0
        self.status = SyncStatus(Light.FRESH, last=now, next=now + self._interval)

    def failed(self, error: StoreError) -> None:
        """The shop could not be asked; a time it named itself is kept."""
        self._failures += 1
        longest = max(LONGEST_WAIT, self._interval)
        wait = min(self._interval * 2 ** min(self._failures, 8), longest)
        if error.retry_after is not None:
            wait = timedelta(seconds=error.retry_after)
        self.status = SyncStatus(
            Light.OFFLINE,
            last=self._before.last,
            next=self._clock.now() + wait,
            problem=str(error),
            mend=error.mend,
        )

    def left(self) -> None:
        """The question was given up; nothing is known anew."""
        self.status = self._before

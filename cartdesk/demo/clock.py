"""The story's time: real time made faster, or moved by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class StoryClock:
    """A :class:`cartdesk.domain.ports.Clock` that runs ``speed`` times as fast as real time.

    ``speed`` 0 stands still, so that a test moves it with :meth:`advance` alone.
    """

    def __init__(
        self,
        start: datetime | None = None,
        speed: float = 1.0,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start at ``start`` (aware; the present when left out)."""
        self._start = start or datetime.now(UTC)
        self._told = timedelta(0)
        self._by_hand = timedelta(0)
        self._real = real
        self._mark = real()
        self._speed = speed

    @property
    def speed(self) -> float:
        """Story seconds in one real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._told = self._elapsed()
        self._mark = self._real()
        self._speed = speed

    def now(self) -> datetime:
        """Give the story's time, aware, in UTC."""
        return self._start + self._elapsed()

    def wall(self) -> datetime:
        """Give the present, moved on by what :meth:`advance` moved the story by hand."""
        return datetime.now(UTC) + self._by_hand

    def monotonic(self) -> float:
        """Give the story's seconds since its start; they never step back."""
        return self._elapsed().total_seconds()

    def advance(self, step: timedelta) -> None:
        """Move the story forward by hand. Raises ValueError for a step back."""
        if step < timedelta(0):
            raise ValueError("a story cannot go back in time")
        self._told += step
        self._by_hand += step

    def _elapsed(self) -> timedelta:
        return self._told + timedelta(seconds=(self._real() - self._mark) * self._speed)

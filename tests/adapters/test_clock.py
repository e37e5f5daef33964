"""The real clock gives aware UTC times and seconds that never step back."""

from __future__ import annotations

from datetime import UTC, datetime

from cartdesk.adapters.clock import SystemClock
from cartdesk.domain.ports import Clock


def test_the_clock_is_aware_utc_and_its_seconds_never_step_back() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert before <= clock.wall() <= datetime.now(UTC)
    assert clock.now().tzinfo is clock.wall().tzinfo is UTC
    first = clock.monotonic()
    assert clock.monotonic() >= first

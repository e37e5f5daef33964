"""Quicker key presses for the screens' tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def short_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for idleness every 4 ms instead of 20: these tests wait for what becomes so anyway."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.004)

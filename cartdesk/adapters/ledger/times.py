"""Times as the ledger keeps them: UTC, ISO 8601, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def write(time: datetime) -> str:
    """Give the text of an aware time: "2026-11-21T19:11:25.000000+00:00"."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def write_or_none(time: datetime | None) -> str | None:
    """Give the text of a time, or None."""
    return None if time is None else write(time)


def read(text: str) -> datetime:
    """Give the aware time of a text written by :func:`write`."""
    return datetime.fromisoformat(text)


def read_or_none(text: str | None) -> datetime | None:
    """Give the time, or None."""
    return None if text is None else datetime.fromisoformat(text)

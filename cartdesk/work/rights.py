"""Rights others had to what is the merchant's alone: noted, so that it can be told later too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.views import Finding, Verdict

MENDED = "rights.mended"
_TOLD = timedelta(days=30)
_MEND = "If others use this computer, find out what opened it: a backup program, or chmod."


def note(book: Book, mended: Sequence[str], now: datetime) -> None:
    """Write down what was mended at this start."""
    book.events.add(MENDED, now, data={"said": " ".join(mended)})


def told_of(book: Book, now: datetime) -> list[Finding]:
    """Tell what was mended last, for a month."""
    event = book.events.newest(MENDED)
    if event is None or now - event.at > _TOLD:
        return []
    said = f"Mended on {event.at:%Y-%m-%d}: {event.data.get('said', '')}"
    return [Finding("rights", Verdict.WARN, said, _MEND)]

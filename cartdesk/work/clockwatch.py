"""Whether this computer's clock can be believed.

What is due, too old or held long enough is judged by the clock. After a flat battery or a
wrong key it may stand in another year; then nothing is judged and nothing is sent until it is
right again, or the shop or the merchant says that it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.text import span

SEEN = "clock.seen"
MEND = "Set this computer's clock. If it is right, ask the shop (r): it knows the time too."
_BACK = timedelta(minutes=5)
_AHEAD = timedelta(days=30)
_AGREES = timedelta(hours=1)


def doubt(book: Book, now: datetime) -> str:
    """Say why the clock cannot be right, from when the ledger was last judged; "" if it can."""
    text = book.state.get(SEEN)
    if text is None:
        return ""
    passed = now - datetime.fromisoformat(text)
    if passed < -_BACK:
        return f"This computer's clock went back by {span(-passed)}, so nothing is judged or sent."
    if passed > _AHEAD:
        return (
            f"This computer's clock is {span(passed)} ahead of when cartdesk was last used, so "
            "nothing is judged or sent."
        )
    return ""


def note(book: Book, now: datetime) -> None:
    """Keep the latest time that was believed."""
    text = book.state.get(SEEN)
    if text is None or datetime.fromisoformat(text) < now:
        trust(book, now)


def trust(book: Book, now: datetime) -> None:
    """Believe the clock from here on, whatever it showed before."""
    book.state.put(SEEN, now.isoformat())


def heard(book: Book, now: datetime, shop: datetime) -> str:
    """Weigh the shop's time against a doubt: "" when the clock is believed (now)."""
    if abs(shop - now) <= _AGREES:
        trust(book, now)
        return ""
    found = doubt(book, now)
    if not found:
        note(book, now)
    return found

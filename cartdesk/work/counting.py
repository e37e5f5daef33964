"""Figures and exports."""

from __future__ import annotations

from datetime import timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.figures import coverage, headline, kept_apart
from cartdesk.domain.formats import money
from cartdesk.domain.model import Lane
from cartdesk.domain.views import Metrics
from cartdesk.work.facts import Desktop

EXPORTS = ("carts", "letters", "events")


def metrics(book: Book, days: int, currency: str, desktop: Desktop) -> Metrics:
    """Give the five headline figures of a period beside the period before."""
    used = book.windows.currencies()
    currency = currency or desktop.shop.currency or (used[0] if used else "EUR")
    length = timedelta(days=days)
    until, since = desktop.now, desktop.now - length
    seen = coverage(desktop.shop, book.windows.ever_in_lane(Lane.DRAFT))
    apart = kept_apart(book.windows.kept_apart(since, until))
    return Metrics(
        days=days,
        currency=currency,
        since=since,
        until=until,
        figures=headline(
            book.windows.figures(currency, since, until),
            book.windows.figures(currency, since - length, since),
            currency,
            lambda amount: money(amount, desktop.shop),
        ),
        coverage=" ".join(filter(None, (seen, apart))),
    )


def rows(book: Book, what: str, after: int) -> list[dict[str, object]]:
    """Give the next rows of an export after an id; an empty list ends it."""
    if what == "carts":
        return book.windows.export(after)
    if what == "letters":
        return book.outbox.export(after)
    if what == "events":
        return book.events.export(after)
    raise ValueError(f"There is no export {what!r}; choose {', '.join(EXPORTS)}.")

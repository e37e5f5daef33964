"""Exports: whole tables, a few hundred rows at a time."""

from __future__ import annotations

from cartdesk.adapters.ledger import Book

EXPORTS = ("carts", "letters", "events")


def rows(book: Book, what: str, after: int) -> list[dict[str, object]]:
    """Give the next rows of an export after an id; an empty list ends it."""
    if what == "carts":
        return book.windows.export(after)
    if what == "letters":
        return book.outbox.export(after)
    if what == "events":
        return book.events.export(after)
    raise ValueError(f"There is no export {what!r}; choose {', '.join(EXPORTS)}.")

"""Ledgers with feedback in them, of recorded orders, notes and reviews."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.reading_shop import read_note, read_review
from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.views import FeedbackFilter, NewPiece, Piece, Source
from cartdesk.work.feedback_landing import gather, land

RECORDINGS = Path(__file__).parents[1] / "recordings"
NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def body(name: str) -> Any:
    """Give what a shop answered."""
    return json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))["response"]["body"]


def order(number: int, **changes: Any) -> dict[str, Any]:
    """Give a checkout that was left, as a shop shows it."""
    draft = body("order_draft_full")
    email = changes.pop("email", f"p{number}@example.org")
    billing = {**draft["billing"], "email": email}
    return {
        **draft,
        "id": number,
        "number": str(number),
        "customer_note": "",
        "billing": billing,
        **changes,
    }


def save(book: Book, *records: dict[str, Any]) -> None:
    """Keep orders."""
    book.write(lambda book: book.orders.save(records, NOW))


def synced(book: Book) -> None:
    """Let a ledger hold what the recorded shop said: reviews, an order's note, a failure."""
    reviews = [read_review(record) for record in body("reviews_all")]
    failed = body("order_classic_failed")
    notes = [read_note(record, failed["id"]) for record in body("notes_classic_failed")]
    draft = order(500, customer_note="Liian kalliit toimituskulut.\nKiitos!")

    def keep(book: Book) -> None:
        book.orders.save([failed, draft], NOW)
        book.cache.keep_reviews(reviews)
        book.cache.keep_notes(notes)

    book.write(keep)


def gathered(book: Book, now: datetime = NOW) -> None:
    """Land everything that can be."""
    while book.write(lambda book: gather(book, now)):
        pass


def said(
    number: int,
    text: str,
    *,
    source: Source = Source.CHAT,
    ago: timedelta = timedelta(hours=1),
    **more: Any,
) -> NewPiece:
    """Make a piece."""
    return NewPiece(source, str(number), NOW - ago, text, **more)


def kept(book: Book, *new: NewPiece) -> int:
    """Land pieces."""
    return book.write(lambda book: land(book, new, NOW))


def every(book: Book, **wanted: Any) -> dict[str, Piece]:
    """Give all pieces by their texts."""
    page = book.read(lambda book: book.feedback.page(FeedbackFilter(**wanted), NOW, 500, 0))
    return {piece.text: piece for piece in page.rows}


def reasons(piece: Piece) -> set[Reason]:
    """Give the reasons a piece names."""
    return {found.reason for found in piece.reasons}

"""What people said, from wherever it comes into the ledger: read once, kept once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.reading import read_email
from cartdesk.domain.feedback import Correction, Found, Mood, Reading, Reason, read_feedback
from cartdesk.domain.feedback.views import NewPiece, PieceState, Source, Thread
from cartdesk.domain.model import Note, Reminder, Review
from cartdesk.domain.ports import Heard
from cartdesk.domain.text import clean, clean_lines

HISTORY = timedelta(days=14)  # what is older when it first comes is not put before anybody
_NOTES_SINCE = timedelta(days=60)  # notes of older failures are not asked for any more
AT_ONCE = 200  # pieces in one transaction, so that nobody waits long for the ledger
# "failed", "declined", "refused", "error" in the languages shops are kept in; notes are
# written in the site's language
_FAILURE = re.compile(
    r"fail|declin|refus|reject|denied|error|insufficient|expired|epäonn|hylä|virhe|evätty"
    r"|sikertelen|elutasít|hiba|fehl|abgelehnt|échou|erreur|mislukt|geweiger|misslyck|nekad"
    r"|fallid|rechaz|rifiut|fallit|odrzuc|niepowod|selhal|zamít",
    re.IGNORECASE,
)
# a change of status and nothing else, as English shops write it
_ONLY_STATUS = re.compile(r"Order status changed from [^.]{1,40} to [^.]{1,40}\.?")


def read_piece(new: NewPiece, correction: Correction | None) -> Reading:
    """Read a piece: what the merchant said of it, what its writer tapped, then what it says.

    The stars of a review tell the mood where its words do not.
    """
    if new.source is Source.GATEWAY:
        return Reading((Found(Reason.PAYMENT_FAILED),))
    if correction is None and new.thread is not None and new.thread.unread:
        return Reading(tuple(Found(reason) for reason in new.given))
    if correction is not None:
        ordered = tuple(Found(reason) for reason in Reason if reason in correction.reasons)
        found = read_feedback(new.text, new.language)
        return Reading(ordered, correction.mood, language=found.language, corrected=True)
    found = read_feedback(new.text, new.language)
    named = {one.reason for one in found.reasons}
    given = tuple(Found(reason) for reason in new.given if reason not in named)
    found = replace(found, reasons=(*given, *found.reasons))
    if new.rating and found.mood is Mood.NEUTRAL and new.rating != 3:
        mood = Mood.POSITIVE if new.rating > 3 else Mood.NEGATIVE
        return replace(found, mood=mood, mood_words=(f"{new.rating} of 5 stars",))
    return found


def land(book: Book, new: Iterable[NewPiece], now: datetime) -> int:
    """Keep pieces that are not known yet; gives how many."""
    return book.feedback.land(new, read_piece, now)


def gather(book: Book, now: datetime) -> bool:
    """Land some of what the shop said that has not landed yet; False when nothing is left."""
    reviews = book.feedback.new_reviews(AT_ONCE)
    notes = book.feedback.new_notes(AT_ONCE)
    shop_notes = book.feedback.new_shop_notes(now - _NOTES_SINCE)
    land(book, [_review(one, now) for one in reviews], now)
    land(
        book,
        [
            NewPiece(
                Source.NOTE,
                str(row["id"]),
                row["created_at"],
                row["note"],
                _fresh(row["created_at"], now),
                who=row["name"],
                email=row["email"],
                cart_id=row["id"],
            )
            for row in notes
        ],
        now,
    )
    land(book, [_gateway(note, email) for note, email in shop_notes if tells_failure(note)], now)
    full = AT_ONCE in {len(reviews), len(notes)}
    return full and bool(reviews or notes)


def tells_failure(note: Note) -> bool:
    """Tell whether a note of the shop says why a payment failed."""
    words = _ONLY_STATUS.sub("", note.text).strip()
    return bool(words) and bool(_FAILURE.search(note.text))


def _fresh(written_at: datetime, now: datetime) -> PieceState:
    return PieceState.HANDLED if written_at < now - HISTORY else PieceState.NEW


def _review(review: Review, now: datetime) -> NewPiece:
    return NewPiece(
        Source.REVIEW,
        str(review.id),
        review.written_at,
        review.text,
        _fresh(review.written_at, now),
        who=review.reviewer,
        email=review.email,
        product_id=review.product_id,
        product=review.product,
        rating=review.rating or None,
    )


def _gateway(note: Note, email: str) -> NewPiece:
    return NewPiece(
        Source.GATEWAY,
        str(note.id),
        note.written_at,
        note.text,
        PieceState.HANDLED,  # there is nobody to answer
        email=email,
        cart_id=note.order_id,
    )


def reply_key(book: Book, heard: Heard) -> str:
    """Name a reply for ever, also when its mailbox is numbered anew."""
    if not heard.own_id:
        return book.feedback.opaque(heard.sender, heard.subject, heard.text)
    return book.feedback.opaque(heard.own_id, heard.sender)


def land_reply(book: Book, heard: Heard, letter: Reminder, now: datetime) -> bool:
    """Keep what a person wrote back, or tapped; False when it is known already."""
    reasons = tuple(reason for reason in Reason if reason == heard.reason)
    own_words = bool(heard.text) or not reasons
    # the subject and the quotation are ours: shown, so that the merchant may judge, never read
    unread = not heard.text and not heard.reason
    words = heard.text or (heard.quoted if unread else "") or heard.subject
    piece = NewPiece(
        Source.ONE_CLICK if heard.reason else Source.REPLY,
        reply_key(book, heard),
        min(heard.at, now),
        words,
        PieceState.WAITING if own_words else PieceState.NEW,
        who=heard.name,
        email=heard.sender,
        cart_id=letter.cart_id,
        given=reasons,
        thread=Thread(
            message_id=heard.own_id,
            references=heard.references,
            answers=heard.message_id,
            subject=heard.subject,
            address=read_email(heard.reply_to) or heard.sender,
            unread=unread,
        ),
    )
    return bool(land(book, [piece], now))


def typed_in(
    book: Book,
    source: Source,
    text: str,
    now: datetime,
    *,
    who: str = "",
    email: str = "",
    cart_id: int | None = None,
    product: str = "",
    at: datetime | None = None,
) -> NewPiece:
    """Make a piece of what the merchant typed in; a person's newest open cart is found for it."""
    return NewPiece(
        source,
        book.feedback.opaque(now.isoformat(), text),
        at or now,
        clean_lines(text),
        who=clean(who, 100),
        email=email,
        cart_id=cart_id if cart_id is not None else book.feedback.cart_of(email),
        product=clean(product, 200),
    )

"""Answering a piece of feedback: what the editor begins with, and what may be answered."""

from __future__ import annotations

from dataclasses import dataclass

from cartdesk.domain.feedback.views import Piece, Source
from cartdesk.domain.model import Reminder


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What an editor begins with.

    ``text`` is what was written before, or a greeting and a name; ``canned`` are title and text
    of the ready-made answers in the person's language; ``reminder`` is the answer as it stands
    in the outbox, None before it was kept the first time. ``trouble`` says what became of it
    before, or which ready-made answer could not be read.
    """

    piece: Piece
    to: str
    subject: str
    language: str
    text: str
    canned: tuple[tuple[str, str], ...] = ()
    reminder: Reminder | None = None
    trouble: str = ""


def address_of(piece: Piece) -> str:
    """Give where an answer goes, or "": Reply-To, or From, of the mail; else what is known."""
    return (piece.thread.address if piece.thread else "") or piece.email


def why_not(piece: Piece) -> str:
    """Say why a piece cannot be answered by mail, or ""."""
    if piece.source is Source.GATEWAY:
        return "A payment gateway wrote this note, so there is nobody to answer."
    if not address_of(piece):
        return "No e-mail address is known of this person, so no answer can be sent from here."
    return ""

"""Pieces of feedback as rows of the ledger, and the conditions that choose them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.times import read, read_or_none, write
from cartdesk.domain.feedback.reading import Found, Reading
from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.views import (
    FeedbackFilter,
    NewPiece,
    Piece,
    PieceState,
    Source,
    Thread,
)
from cartdesk.domain.feedback.wording import wording
from cartdesk.domain.money import Money

if TYPE_CHECKING:
    from sqlite_utils import Database

_SELECT = """
SELECT f.*, o.number, o.currency, o.total, coalesce(o.person,
    (SELECT p.person FROM orders p WHERE p.email = f.email AND p.email != '' LIMIT 1)) AS person
FROM feedback f LEFT JOIN orders o ON o.id = f.cart_id
"""
COLUMNS = (
    "source, key, written_at, landed_at, text, who, email, cart_id, product_id, product, rating, "
    "language, mood, mood_words, given, corrected, wording, state, waiting_since, thread, words"
)
SAID = "f.source != 'gateway'"  # a gateway's note is nobody's word
PLACES = ", ".join(f":{name}" for name in COLUMNS.split(", "))


def row_of(new: NewPiece, reading: Reading, now: datetime) -> dict[str, Any]:
    """Give the row of a piece that lands."""
    waiting = write(new.written_at) if new.state is PieceState.WAITING else None
    return {
        "source": new.source,
        "key": new.key,
        "written_at": write(new.written_at),
        "landed_at": write(now),
        "text": new.text,
        "who": new.who,
        "email": new.email,
        "cart_id": new.cart_id,
        "product_id": new.product_id,
        "product": new.product,
        "rating": new.rating,
        "given": json.dumps(new.given),
        "wording": wording(new.text) if new.text else "",
        "state": new.state,
        "waiting_since": waiting,
        "thread": json.dumps(asdict(new.thread)) if new.thread else "",
        "words": folded(new),
        **labels(reading),
        "language": reading.language or new.language,
    }


def labels(reading: Reading) -> dict[str, Any]:
    """Give the columns that hold what a piece says."""
    return {
        "language": reading.language,
        "mood": reading.mood,
        "mood_words": json.dumps(reading.mood_words),
        "corrected": int(reading.corrected),
    }


def folded(new: NewPiece) -> str:
    """Give the text the filter looks in."""
    return " ".join((new.who, new.email, new.product, new.text)).casefold()


def keep_reasons(db: Database, piece: int, reading: Reading) -> None:
    """Keep the reasons of a piece instead of those it had."""
    db.execute("DELETE FROM feedback_reasons WHERE feedback_id = ?", [piece])
    db.conn.executemany(
        "INSERT INTO feedback_reasons VALUES (?, ?, ?, ?)",
        [
            (piece, one.reason, json.dumps(one.words), json.dumps(one.spans))
            for one in reading.reasons
        ],
    )


def pieces(db: Database, where: str, values: Sequence[Any] | dict[str, Any]) -> tuple[Piece, ...]:
    """Give pieces by a condition on ``f`` and ``o``, with its order and limit."""
    rows = list(db.query(f"{_SELECT} WHERE {where}", values))
    reasons = reasons_of(db, [row["id"] for row in rows])
    return tuple(_piece(row, reasons.get(row["id"], ())) for row in rows)


def by_ids(db: Database, ids: Iterable[int]) -> dict[int, Piece]:
    """Give pieces by id."""
    wanted = json.dumps(list(ids))
    found = pieces(db, "f.id IN (SELECT value FROM json_each(?))", [wanted])
    return {piece.id: piece for piece in found}


def reasons_of(db: Database, ids: Sequence[int]) -> dict[int, tuple[Found, ...]]:
    """Give the reasons of pieces, in the order of :class:`Reason`."""
    found: dict[int, dict[Reason, Found]] = {}
    for row in db.query(
        "SELECT * FROM feedback_reasons WHERE feedback_id IN (SELECT value FROM json_each(?))",
        [json.dumps(ids)],
    ):
        reason = Reason(row["reason"])
        spans = tuple((start, end) for start, end in json.loads(row["spans"]))
        one = Found(reason, tuple(json.loads(row["words"])), spans)
        found.setdefault(row["feedback_id"], {})[reason] = one
    return {
        piece: tuple(named[reason] for reason in Reason if reason in named)
        for piece, named in found.items()
    }


def _piece(row: dict[str, Any], reasons: tuple[Found, ...]) -> Piece:
    money = None if row["total"] is None else Money(row["total"], row["currency"])
    return Piece(
        id=row["id"],
        key=row["key"],
        source=Source(row["source"]),
        written_at=read(row["written_at"]),
        text=row["text"],
        mood=Mood(row["mood"]),
        state=PieceState(row["state"]),
        reasons=reasons,
        mood_words=tuple(json.loads(row["mood_words"])),
        corrected=bool(row["corrected"]),
        who=row["who"],
        email=row["email"],
        person=row["person"],
        cart_id=row["cart_id"],
        cart_number=row["number"] or "",
        money=money,
        product_id=row["product_id"],
        product=row["product"],
        language=row["language"],
        rating=row["rating"],
        waiting_since=read_or_none(row["waiting_since"]),
        thread=_thread(row["thread"]),
    )


def _thread(text: str) -> Thread | None:
    if not text:
        return None
    data = json.loads(text)
    return Thread(**{**data, "references": tuple(data["references"])})


def conditions(wanted: FeedbackFilter, now: datetime) -> tuple[str, dict[str, Any]]:
    """Turn a filter without its tab into a condition on ``f`` and its values."""
    parts, values = ["1"], dict[str, Any]()
    for column, value in (
        ("source", wanted.source),
        ("mood", wanted.mood),
        ("product_id", wanted.product),
        ("language", wanted.language),
    ):
        if value:
            parts.append(f"f.{column} = :{column}")
            values[column] = value
    if wanted.reason:
        parts.append(
            "EXISTS (SELECT 1 FROM feedback_reasons r "
            "WHERE r.feedback_id = f.id AND r.reason = :reason)"
        )
        values["reason"] = wanted.reason
        if wanted.source is not Source.GATEWAY:  # the bars of reasons hold what people say
            parts.append(SAID)
    if wanted.days:
        parts.append("f.written_at >= :since")
        values["since"] = write(now - timedelta(days=wanted.days))
    for number, word in enumerate(wanted.words):
        parts.append(f"instr(f.words, :word{number})")
        values[f"word{number}"] = word.casefold()
    return " AND ".join(parts), values

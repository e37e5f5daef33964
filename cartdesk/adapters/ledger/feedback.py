"""Feedback in the ledger: each piece lands once, is read once, and is looked after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger import feedback_counts as counts
from cartdesk.adapters.ledger.feedback_privacy import forget
from cartdesk.adapters.ledger.feedback_rows import (
    COLUMNS,
    PLACES,
    SAID,
    by_ids,
    conditions,
    keep_reasons,
    labels,
    pieces,
    row_of,
)
from cartdesk.adapters.ledger.marks import Marks
from cartdesk.adapters.ledger.times import read_or_none, write
from cartdesk.domain.feedback.reading import Correction, Reading
from cartdesk.domain.feedback.reasons import Mood, Reason
from cartdesk.domain.feedback.views import (
    FeedbackChoices,
    FeedbackFilter,
    FeedbackPage,
    FeedbackSummary,
    NewPiece,
    Piece,
    PieceState,
    Source,
    Tab,
    Thread,
)
from cartdesk.domain.feedback.wording import wording
from cartdesk.domain.model import Note, Review

if TYPE_CHECKING:
    from sqlite_utils import Database

Read = Callable[[NewPiece, Correction | None], Reading]
_TABS = {
    Tab.NEW: "state = 'new'",
    Tab.WAITING: "state = 'waiting'",
    Tab.ANSWERED: f"state IN ('answered', 'handled') AND {SAID}",
    Tab.ALL: "1",
}


class Feedback:
    """The tables ``feedback``, ``feedback_reasons`` and ``corrections``."""

    def __init__(self, db: Database, marks: Marks) -> None:
        self._db = db
        self._marks = marks

    # landing

    def opaque(self, *parts: str) -> str:
        """Give a key that names a piece by what it holds without telling what that is."""
        content = "\0".join(parts).encode("utf-8", "replace")
        key = bytes.fromhex(self._marks.key())
        return hashlib.blake2b(content, key=key, digest_size=16).hexdigest()

    def known(self, source: Source, key: str) -> bool:
        """Tell whether a piece has landed."""
        sql = "SELECT 1 FROM feedback WHERE source = ? AND key = ?"
        return any(self._db.query(sql, [source, key]))

    def land(self, new: Iterable[NewPiece], read: Read, now: datetime) -> int:
        """Keep pieces and give how many were new; what changed its text is read anew.

        A survey's line may also have its columns mapped anew; its state stays.

        Of persons who were erased nothing but the count is kept, and what was erased stays so.
        """
        every = list(new)
        erased = self._marks.erased(one.email for one in every)
        return sum(self._land_one(one, one.email in erased, read, now) for one in every)

    def _land_one(self, new: NewPiece, erased: bool, read: Read, now: datetime) -> bool:
        sql = "SELECT * FROM feedback WHERE source = ? AND key = ?"
        before = next(self._db.query(sql, [new.source, new.key]), None)
        if before is not None and (before["erased_at"] or not _changed(before, new, now)):
            return False
        reading = read(new, self.correction(new.text))
        row = row_of(new, reading, now)
        if before is not None:
            if new.written_at == now:  # it names no time, and stays at when it came
                row["written_at"] = before["written_at"]
            mapped = ", ".join(f"{name} = :{name}" for name in (*_MAPPED, "cart_id"))
            also = f", {mapped}" if new.source is Source.SURVEY else ""
            self._db.execute(
                "UPDATE feedback SET text = :text, wording = :wording, words = :words, "
                "language = :language, mood = :mood, mood_words = :mood_words, "
                f"corrected = :corrected, rating = :rating{also} WHERE id = :id",
                {**row, "id": before["id"]},
            )
            keep_reasons(self._db, before["id"], reading)
            if erased:
                forget(self._db, [before["id"]], now)
            return False
        cursor = self._db.execute(f"INSERT INTO feedback ({COLUMNS}) VALUES ({PLACES})", row)
        piece = int(cursor.lastrowid or 0)
        keep_reasons(self._db, piece, reading)
        if erased:
            forget(self._db, [piece], now)
        return True

    # what the shop said that has not landed yet

    def new_reviews(self, limit: int) -> tuple[Review, ...]:
        """Give reviews that have not landed, or were changed since."""
        rows = self._db.query(
            "SELECT r.* FROM reviews r LEFT JOIN feedback f "
            "ON f.source = 'review' AND f.key = CAST(r.id AS TEXT) "
            "WHERE (f.id IS NULL AND r.text != '') "
            "OR (f.text != r.text AND f.erased_at IS NULL) ORDER BY r.id LIMIT ?",
            [limit],
        )
        return tuple(Review(**{**row, "written_at": _time(row["written_at"])}) for row in rows)

    def new_notes(self, limit: int) -> list[dict[str, Any]]:
        """Give id, note, name, email and created_at of orders whose note has not landed as it is.

        What is kept apart (robots, the shop's own orders) is left out.
        """
        found = self._db.query(
            "SELECT o.id FROM orders o LEFT JOIN feedback f "
            "ON f.source = 'note' AND f.key = CAST(o.id AS TEXT) WHERE o.note != '' "
            "AND (f.id IS NULL OR (f.text != o.note AND f.erased_at IS NULL))",
        )
        ids = json.dumps([row["id"] for row in found])
        return [
            {**row, "created_at": _time(row["created_at"])}
            for row in self._db.query(
                "SELECT id, note, name, email, created_at FROM orders "
                "WHERE id IN (SELECT value FROM json_each(?)) AND junk = '' LIMIT ?",
                [ids, limit],
            )
        ]

    def new_shop_notes(self, since: datetime) -> tuple[tuple[Note, str], ...]:
        """Give notes the shop itself wrote since then on orders that failed, if not landed."""
        rows = self._db.query(
            "SELECT n.*, o.email FROM notes n JOIN orders o ON o.id = n.order_id "
            "WHERE o.lane = 'failed' AND o.junk = '' AND o.erased_at IS NULL "
            "AND n.to_customer = 0 AND n.author IN ('WooCommerce', 'system') "
            "AND NOT EXISTS (SELECT 1 FROM feedback f WHERE f.source = 'gateway' "
            "AND f.key = CAST(n.id AS TEXT)) AND n.written_at >= ? ORDER BY n.id",
            [write(since)],
        )
        return tuple(
            (
                Note(
                    id=row["id"],
                    order_id=row["order_id"],
                    written_at=_time(row["written_at"]),
                    author=row["author"],
                    text=row["text"],
                ),
                row["email"],
            )
            for row in rows
        )

    def cart_of(self, email: str) -> int | None:
        """Give the newest checkout of a person that they left, or have not finished."""
        rows = self._db.query(
            "SELECT id FROM orders WHERE email = ? AND email != '' "
            "AND (abandoned_at IS NOT NULL OR placed_at IS NULL) ORDER BY created_at DESC LIMIT 1",
            [email],
        )
        return next((int(row["id"]) for row in rows), None)

    def order_of(self, email: str) -> int | None:
        """Give the newest order of an address, whatever became of it."""
        rows = self._db.query(
            "SELECT id FROM orders WHERE email = ? AND email != '' "
            "ORDER BY created_at DESC LIMIT 1",
            [email],
        )
        return next((int(row["id"]) for row in rows), None)

    def cart_by_number(self, number: str) -> tuple[int, str, str] | None:
        """Give id, name and e-mail address of an order by its number."""
        rows = self._db.query(
            "SELECT id, name, email FROM orders WHERE number = ? AND erased_at IS NULL LIMIT 1",
            [number],
        )
        return next(((row["id"], row["name"], row["email"]) for row in rows), None)

    # looking

    def piece(self, number: int) -> Piece | None:
        """Give one piece."""
        return by_ids(self._db, [number]).get(number)

    def page(self, wanted: FeedbackFilter, now: datetime, limit: int, offset: int) -> FeedbackPage:
        """Give a window of pieces, and how many each tab has under the same filter."""
        where, values = conditions(wanted, now)
        every = counts.by_state(self._db, where, values)
        by_state = counts.by_state(self._db, f"{where} AND {SAID}", values)
        answered, aside = by_state.get("answered", 0), by_state.get("handled", 0)
        number = {
            Tab.NEW: every.get("new", 0),
            Tab.WAITING: every.get("waiting", 0),
            Tab.ANSWERED: answered + aside,
            Tab.ALL: sum(every.values()),
        }
        order = "f.waiting_since, f.id" if wanted.tab is Tab.WAITING else "f.written_at DESC, f.id"
        rows = pieces(
            self._db,
            f"{where} AND {_TABS[wanted.tab].replace('state', 'f.state')} AND "
            f"{KNOWN} ORDER BY {order} LIMIT :limit OFFSET :offset",
            {**values, "limit": limit, "offset": offset},
        )
        return FeedbackPage(
            rows=rows,
            matching=number[wanted.tab],
            new=number[Tab.NEW],
            waiting=number[Tab.WAITING],
            answered=answered,
            every=number[Tab.ALL],
            oldest_waiting=self._oldest_waiting(where, values),
            put_aside=aside,
        )

    def _oldest_waiting(self, where: str, values: dict[str, Any]) -> datetime | None:
        """Give since when the one who waits longest of some waits; None when nobody does."""
        sql = (
            f"SELECT min(f.waiting_since) AS at FROM feedback f WHERE {where} AND f.state = :state"
        )
        return read_or_none(next(self._db.query(sql, {**values, "state": "waiting"}))["at"])

    def of_person(self, person: int, limit: int = 100) -> tuple[Piece, ...]:
        """Give what a person said, the newest first."""
        return pieces(
            self._db,
            f"{KNOWN} AND (o.person = :person OR f.email IN (SELECT email FROM orders "
            "WHERE person = :person AND email != '')) ORDER BY f.written_at DESC LIMIT :limit",
            {"person": person, "limit": limit},
        )

    def summary(self, wanted: FeedbackFilter, since: datetime, until: datetime) -> FeedbackSummary:
        """Give the bars and what people liked, against the period of equal length before."""
        return counts.summary(self._db, wanted, since, until)

    def choices(self, wanted: FeedbackFilter, now: datetime) -> FeedbackChoices:
        """Give what a filter can be set to."""
        return counts.choices(self._db, wanted, now)

    # looking after

    def mark(self, number: int, state: PieceState, since: datetime | None = None) -> None:
        """Put a piece into a state; ``since`` is when somebody began to wait for an answer."""
        self._db.execute(
            "UPDATE feedback SET state = ?, waiting_since = ? WHERE id = ?",
            [state, None if since is None else write(since), number],
        )

    def correction(self, text: str) -> Correction | None:
        """Give what the merchant said of this wording, or None."""
        sql = "SELECT reasons, mood FROM corrections WHERE wording = ?"
        for row in self._db.query(sql, [wording(text)] if text else [""]):
            reasons = frozenset(Reason(code) for code in json.loads(row["reasons"]))
            return Correction(reasons, Mood(row["mood"]))
        return None

    def correct(
        self, text: str, correction: Correction | None, read: Read, now: datetime
    ) -> tuple[int, ...]:
        """Remember what a wording means (None: forget it) and read all such pieces anew.

        Gives their ids.
        """
        key = wording(text)
        if correction is None:
            self._db.execute("DELETE FROM corrections WHERE wording = ?", [key])
        else:
            codes = json.dumps(sorted(correction.reasons))
            self._db.execute(
                "INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?)",
                [key, codes, correction.mood, write(now)],
            )
        same = list(
            self._db.query("SELECT * FROM feedback WHERE wording = ? AND wording != ''", [key])
        )
        for row in same:
            reading = read(_again(row), correction)
            self._db.execute(
                "UPDATE feedback SET language = :language, mood = :mood, "
                "mood_words = :mood_words, corrected = :corrected WHERE id = :id",
                {**labels(reading), "id": row["id"]},
            )
            keep_reasons(self._db, row["id"], reading)
        return tuple(row["id"] for row in same)


KNOWN = "f.erased_at IS NULL"
_MAPPED = ("written_at", "who", "email", "product", "given")  # what columns of a survey hold


def _changed(before: dict[str, Any], new: NewPiece, now: datetime) -> bool:
    """Tell whether a piece says something else than when it came."""
    if new.source is not Source.SURVEY:
        return bool(before["text"] != new.text)
    at = before["written_at"] if new.written_at == now else write(new.written_at)
    given = json.dumps(new.given)
    said = (new.text, new.rating, at, new.who, new.email, new.product, given)
    return said != tuple(before[name] for name in ("text", "rating", *_MAPPED))


def _again(row: dict[str, Any]) -> NewPiece:
    """Give a kept piece as it came, to be read anew."""
    thread = json.loads(row["thread"]) if row["thread"] else None
    return NewPiece(
        source=Source(row["source"]),
        key=row["key"],
        written_at=datetime.fromisoformat(row["written_at"]),
        text=row["text"],
        rating=row["rating"],
        language=row["language"],
        given=tuple(Reason(code) for code in json.loads(row["given"])),
        thread=None if thread is None else Thread(**{**thread, "references": ()}),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)

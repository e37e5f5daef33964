"""Reminders: from due, through the hold and the final dot, to sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.events import Events
from cartdesk.adapters.ledger.marks import Marks
from cartdesk.adapters.ledger.times import read, read_or_none, write, write_or_none
from cartdesk.domain.addresses import forms
from cartdesk.domain.lifecycle import states
from cartdesk.domain.lifecycle.judging import LetterFact
from cartdesk.domain.lifecycle.schedule import ANSWER, Due
from cartdesk.domain.model import CartState, Reminder, ReminderState
from cartdesk.domain.ports import Envelope

if TYPE_CHECKING:
    from sqlite_utils import Database

COLUMNS = (
    "id, cart_id, sequence, step, letter, state, due_at, email, held_until, not_before, "
    "approved_at, sent_at, message_id, subject, sha256, attempts, said, source, language"
)
_COUNTED = "('sent', 'unsure', 'settled')"
_REPLIED = "r.id IN (SELECT reminder_id FROM events WHERE kind = 'letter.replied')"
_DONE = "('sent', 'unsure', 'settled', 'skipped', 'refused')"
# an answer is no step of a plan; that its reader wrote back ends the plan all the same
_STATE = f"CASE r.sequence WHEN '{ANSWER}' THEN 'skipped' ELSE r.state END AS state"
_IN_PLAN = f"(r.sequence != '{ANSWER}' OR {_REPLIED})"


_TOLD = ("said", "sha256")  # so that nobody changes what was approved and its hash unseen
_ANSWERED = frozenset({ReminderState.SENT, ReminderState.SETTLED})


class Moved(Exception):
    """A reminder was no longer in the state it was expected in; nothing was changed."""


class Outbox:
    """The table of reminders. Every change of state is a compare-and-set and leaves an event."""

    def __init__(self, db: Database, events: Events, marks: Marks) -> None:
        self._db = db
        self._events = events
        self._marks = marks

    def plan(self, cart_id: int, due: Due, now: datetime) -> int | None:
        """Write down that a letter is due; None when this step already has its reminder.

        One that was cancelled because its cart did not lead any more comes back to life.
        """
        known = self._where(
            "cart_id = ? AND sequence = ? AND step = ?", [cart_id, due.sequence, due.step]
        )
        if known and known[0].state is not ReminderState.CANCELLED:
            return None
        if known:
            number = known[0].id
            self._db.execute(
                "UPDATE reminders SET state = 'ready', said = '' WHERE id = ?", [number]
            )
        else:
            cursor = self._db.execute(
                "INSERT INTO reminders (cart_id, sequence, step, letter, state, due_at) "
                "VALUES (?, ?, ?, ?, 'ready', ?)",
                [cart_id, due.sequence, due.step, due.letter, write(due.at)],
            )
            number = int(cursor.lastrowid or 0)
        data = {"letter": due.letter, "step": due.step}
        self._events.add("letter.ready", now, cart_id=cart_id, reminder_id=number, data=data)
        return number

    def get(self, reminder_id: int) -> Reminder | None:
        """Give one reminder."""
        return next(iter(self._where("id = ?", [reminder_id])), None)

    def of_carts(self, cart_ids: Iterable[int]) -> tuple[Reminder, ...]:
        """Give the reminders of some carts, oldest first."""
        return self._where(
            "cart_id IN (SELECT value FROM json_each(?))", [json.dumps(sorted(cart_ids))]
        )

    def in_states(self, states: Iterable[ReminderState]) -> tuple[Reminder, ...]:
        """Give the reminders in some states, oldest due first."""
        return self._where(
            "state IN (SELECT value FROM json_each(?)) ORDER BY due_at, id",
            [json.dumps(sorted(states))],
        )

    def maybe_out_since(self, since: datetime) -> tuple[Reminder, ...]:
        """Give the letters that left, or may have left, since then, and those on their way."""
        return self._where(
            "message_id != '' AND coalesce(sent_at, approved_at) >= ? AND (sent_at IS NOT NULL "
            "OR state IN ('sending-open', 'sending-dot')) ORDER BY id",
            [write(since)],
        )

    def held_due(self, wall: datetime) -> tuple[Reminder, ...]:
        """Give the held letters whose hold is over."""
        return self._where("state = 'held' AND held_until <= ?", [write(wall)])

    def put_off_due(self, now: datetime) -> tuple[Reminder, ...]:
        """Give the letters put off until now or earlier."""
        return self._where(
            "state IN ('planned', 'deferred') AND coalesce(not_before, due_at) <= ?", [write(now)]
        )

    def _where(self, where: str, values: Sequence[object]) -> tuple[Reminder, ...]:
        rows = self._db.query(
            f"SELECT {COLUMNS} FROM reminders WHERE {where}",
            list(values),
        )
        return tuple(read_reminder(row) for row in rows)

    def move(
        self,
        reminder: Reminder,
        event: str,
        at: datetime,
        **columns: object,
    ) -> ReminderState:
        """Make one move of a reminder, with other columns in the same statement.

        The number of tries is compared too, so that a mail thread left over from an earlier try
        cannot speak for a later one.

        Raises:
            IllegalMove: The state machine has no such move.
            Moved: Another window, or the mail thread, was faster.
        """
        state = states.step(reminder.state, event, maybe_out=reminder.sent_at is not None)
        values = {key: _value(value) for key, value in columns.items()}
        settings = ", ".join(["state = :state", *(f"{key} = :{key}" for key in values)])
        cursor = self._db.execute(
            f"UPDATE reminders SET {settings} "
            "WHERE id = :id AND state = :was AND attempts = :tries",
            {
                "state": state,
                "id": reminder.id,
                "was": reminder.state,
                "tries": reminder.attempts,
                **values,
            },
        )
        if cursor.rowcount != 1:
            raise Moved(f"letter {reminder.id} is no longer {reminder.state}")
        if reminder.sequence == ANSWER and state in _ANSWERED:
            self._db.execute(
                "UPDATE feedback SET state = 'answered', waiting_since = NULL WHERE id = ?",
                [reminder.step],
            )
        told = {name: columns[name] for name in _TOLD if columns.get(name)}
        self._events.add(
            f"letter.{event}",
            at,
            cart_id=reminder.cart_id,
            reminder_id=reminder.id,
            data={"state": state, **told},
        )
        return state

    def answer(self, cart_id: int, piece: int, email: str, source: str, now: datetime) -> int:
        """Write down an answer to a piece of feedback; it waits for a person's key."""
        cursor = self._db.execute(
            "INSERT INTO reminders (cart_id, sequence, step, letter, state, due_at, email, source) "
            "VALUES (?, ?, ?, ?, 'ready', ?, ?, ?)",
            [cart_id, ANSWER, piece, ANSWER, write(now), email, source],
        )
        number = int(cursor.lastrowid or 0)
        data = {"letter": ANSWER, "step": piece}
        self._events.add("letter.ready", now, cart_id=cart_id, reminder_id=number, data=data)
        return number

    def answer_returned(self, reminder: Reminder, said: str, at: datetime) -> None:
        """Let an answer that came back be written anew; its piece waits again, since it came.

        Args:
            reminder: The answer, sent or settled.
            said: Why it came back.
            at: Now.
        """
        self.move(reminder, "returned", at, sent_at=None, said=said)
        self._db.execute(
            "UPDATE feedback SET state = 'waiting', waiting_since = written_at "
            "WHERE id = ? AND state = 'answered'",
            [reminder.step],
        )

    def answers(self, pieces: Iterable[int]) -> dict[int, Reminder]:
        """Give the answers to some pieces of feedback, by piece."""
        found = self._where(
            "sequence = ? AND step IN (SELECT value FROM json_each(?))",
            [ANSWER, json.dumps(sorted(pieces))],
        )
        return {reminder.step: reminder for reminder in found}

    def rewrite(self, reminder: Reminder, source: str, language: str, at: datetime) -> None:
        """Give a waiting letter its own text and language; empty ones go back to the rule."""
        self._db.execute(
            "UPDATE reminders SET source = ?, language = ? WHERE id = ?",
            [source, language, reminder.id],
        )
        self._events.add("letter.edited", at, cart_id=reminder.cart_id, reminder_id=reminder.id)

    def envelope(self, reminder_id: int) -> Envelope | None:
        """Give the frozen bytes of an approved letter."""
        rows = self._db.query(
            "SELECT sender, email, message FROM reminders WHERE id = ? AND message IS NOT NULL",
            [reminder_id],
        )
        return next(
            (Envelope(reminder_id, row["sender"], row["email"], row["message"]) for row in rows),
            None,
        )

    def facts_by_person(self, persons: Iterable[int]) -> dict[int, tuple[LetterFact, ...]]:
        """Give the letters that left for each person, and the steps skipped or refused.

        A letter belongs to a person by its cart or by the address it went to.
        """
        wanted = json.dumps(sorted(persons))
        rows = self._db.query(
            f"""
            SELECT o.person, r.id, r.cart_id, r.sequence, r.step, {_STATE},
                   coalesce(r.sent_at, r.approved_at, r.due_at) AS at, {_REPLIED} AS replied
            FROM reminders r JOIN orders o ON o.id = r.cart_id
            WHERE r.state IN {_DONE} AND {_IN_PLAN}
            AND o.person IN (SELECT value FROM json_each(:wanted))
            UNION
            SELECT o.person, r.id, r.cart_id, r.sequence, r.step, {_STATE},
                   coalesce(r.sent_at, r.approved_at, r.due_at) AS at, {_REPLIED} AS replied
            FROM reminders r JOIN orders o ON o.email = r.email AND o.email != ''
            WHERE r.state IN {_COUNTED} AND {_IN_PLAN}
            AND o.person IN (SELECT value FROM json_each(:wanted))
            """,
            {"wanted": wanted},
        )
        found: dict[int, list[LetterFact]] = {}
        for row in rows:
            state, at = ReminderState(row["state"]), read(row["at"])
            replied = bool(row["replied"])
            fact = LetterFact(row["cart_id"], row["sequence"], row["step"], state, at, replied)
            found.setdefault(row["person"], []).append(fact)
        return {person: tuple(facts) for person, facts in found.items()}

    def with_cart_state(self, cart_ids: Iterable[int]) -> tuple[tuple[Reminder, CartState], ...]:
        """Give the unfinished reminders of some carts, with the carts' states; no answers."""
        rows = self._db.query(
            "SELECT r.id, o.state AS cart_state FROM reminders r JOIN orders o "
            "ON o.id = r.cart_id WHERE r.state IN ('planned', 'ready', 'held', 'deferred') "
            f"AND r.sequence != '{ANSWER}' "
            "AND r.cart_id IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(cart_ids))],
        )
        states = {row["id"]: CartState(row["cart_state"]) for row in rows}
        found = self._where("id IN (SELECT value FROM json_each(?))", [json.dumps(list(states))])
        return tuple((reminder, states[reminder.id]) for reminder in found)

    def export(self, after: int, limit: int = 500) -> list[dict[str, object]]:
        """Give up to ``limit`` reminders with an id above ``after``, without their bytes."""
        return list(
            self._db.query(
                f"SELECT {COLUMNS} FROM reminders WHERE id > ? ORDER BY id LIMIT ?",
                [after, limit],
            )
        )

    def sent_since(self, since: datetime) -> int:
        """Count the letters that left, or may have, since then."""
        rows = self._db.query(
            f"SELECT count(*) AS n FROM reminders WHERE state IN {_COUNTED} AND sent_at >= ?",
            [write(since)],
        )
        return int(next(rows)["n"])

    def suppress(self, email: str, reason: str, at: datetime) -> None:
        """Never write to this address again."""
        self.suppress_all([(email, reason, write(at))])

    def suppress_all(self, stops: Iterable[tuple[str, str, str]]) -> None:
        """Take over stops: address (or mark), reason and time as text."""
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO suppressions (email, reason, at) VALUES (?, ?, ?)",
            [(form, reason, at) for email, reason, at in stops for form in forms(email)],
        )

    def unsuppress(self, email: str) -> None:
        """Take a suppression back."""
        self._db.execute(
            "DELETE FROM suppressions WHERE email IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(forms(email)))],
        )

    def suppressed(self, emails: Iterable[str]) -> str:
        """Give why the first suppressed one of some addresses must not be written to, or ""."""
        emails = forms(*emails)
        rows = self._db.query(
            "SELECT reason FROM suppressions WHERE email IN (SELECT value FROM json_each(?)) "
            "ORDER BY at",
            [json.dumps([*sorted(emails), *self._marks.of(emails)])],
        )
        return next((str(row["reason"]) for row in rows), "")

    def suppressed_persons(self, persons: Iterable[int]) -> frozenset[int]:
        """Give those of some persons who must not be written to."""
        rows = self._db.query(
            "SELECT DISTINCT o.person FROM orders o "
            "JOIN suppressions s ON s.email IN (o.email, o.known_as) "
            "WHERE o.person IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(persons))],
        )
        return frozenset(row["person"] for row in rows)


def _value(value: object) -> object:
    return write_or_none(value) if isinstance(value, datetime) else value


def read_reminder(row: dict[str, Any]) -> Reminder:
    """Give the reminder of a row with :data:`COLUMNS`."""
    return Reminder(
        **{
            **row,
            "state": ReminderState(row["state"]),
            "due_at": read(row["due_at"]),
            "held_until": read_or_none(row["held_until"]),
            "not_before": read_or_none(row["not_before"]),
            "approved_at": read_or_none(row["approved_at"]),
            "sent_at": read_or_none(row["sent_at"]),
        }
    )

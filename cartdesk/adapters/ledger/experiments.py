"""Which group or version each person was given, and what each group brought."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.events import Events
from cartdesk.adapters.ledger.times import write
from cartdesk.domain.lifecycle.schedule import Due
from cartdesk.domain.metrics.groups import Group

if TYPE_CHECKING:
    from sqlite_utils import Database

HOLDOUT = "holdout"
LETTERS = "letters"
_IN = "IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Arm:
    """What a person was given, and from what (``design``) it was chosen."""

    name: str
    design: str


@dataclass(frozen=True, slots=True)
class Design:
    """An experiment of the ledger and when it chose first and last."""

    letter: str
    design: str
    first: datetime
    last: datetime
    persons: int


class Experiments:
    """The table of assignments, and the reminders that are held out.

    A person has the arm that was chosen first, by whatever cart; later changes of the settings
    change nothing. Rows name carts, never persons, so erasing somebody leaves the counts.
    """

    def __init__(self, db: Database, events: Events) -> None:
        self._db = db
        self._events = events

    def arms(self, persons: Iterable[int], letter: str = "") -> dict[int, Arm]:
        """Give what some persons were given for a letter; "": whether they get any at all."""
        rows = self._db.query(
            "SELECT o.person, a.arm, a.design FROM assignments a JOIN orders o ON o.id = a.cart_id "
            f"WHERE a.letter = ? AND a.cart_id IN (SELECT id FROM orders WHERE person {_IN}) "
            "ORDER BY a.id DESC",
            [letter, json.dumps(sorted(persons))],
        )
        return {row["person"]: Arm(row["arm"], row["design"]) for row in rows}

    def reminded(self, persons: Iterable[int]) -> frozenset[int]:
        """Give those of some persons to whom a reminder was planned before, whatever became of it.

        Help with a failed payment is no reminder.
        """
        rows = self._db.query(
            "SELECT DISTINCT o.person FROM orders o JOIN reminders r ON r.cart_id = o.id "
            f"WHERE r.sequence = 'recovery' AND o.person {_IN}",
            [json.dumps(sorted(persons))],
        )
        return frozenset(row["person"] for row in rows)

    def assign(self, cart_id: int, letter: str, arm: Arm, now: datetime, until: datetime) -> None:
        """Write down what the person behind a cart was given; a second time changes nothing."""
        self._db.execute(
            "INSERT OR IGNORE INTO assignments "
            "(cart_id, letter, design, arm, planned_at, until, currency) "
            "SELECT id, ?, ?, ?, ?, ?, currency FROM orders WHERE id = ?",
            [letter, arm.design, arm.name, write(now), write(until), cart_id],
        )

    def hold_out(self, cart_id: int, due: Due, now: datetime) -> bool:
        """Write down that a letter would be due, and never will be; False when it was before."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO reminders (cart_id, sequence, step, letter, state, due_at) "
            "VALUES (?, ?, ?, ?, 'held-out', ?)",
            [cart_id, due.sequence, due.step, due.letter, write(due.at)],
        )
        if not cursor.rowcount:
            return False
        self._events.add(
            "letter.held-out",
            now,
            cart_id=cart_id,
            reminder_id=int(cursor.lastrowid or 0),
            data={"letter": due.letter, "step": due.step, "state": "held-out"},
        )
        return True

    def held_out_since(self, since: datetime) -> list[int]:
        """Give the carts that are still abandoned and whose letter was held out since then."""
        rows = self._db.query(
            "SELECT r.cart_id FROM reminders r JOIN orders o ON o.id = r.cart_id "
            "WHERE r.state = 'held-out' AND r.due_at >= ? AND o.state = 'abandoned' "
            "ORDER BY r.due_at DESC",
            [write(since)],
        )
        return [row["cart_id"] for row in rows]

    def designs(self, letter: str = "") -> tuple[Design, ...]:
        """Give every experiment with a letter ("": the holdout), the newest first."""
        rows = self._db.query(
            "SELECT design, min(planned_at) AS first, max(planned_at) AS last, count(*) AS n "
            "FROM assignments WHERE letter = ? GROUP BY design ORDER BY last DESC",
            [letter],
        )
        return tuple(
            Design(
                letter,
                row["design"],
                datetime.fromisoformat(row["first"]),
                datetime.fromisoformat(row["last"]),
                row["n"],
            )
            for row in rows
        )

    def groups(
        self,
        letter: str,
        design: str,
        currency: str,
        now: datetime,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[dict[str, Group], int]:
        """Count persons and what they bought, by arm.

        Each person counts once, in the arm chosen first. They came back when they placed any
        order after it was chosen and before their time was over; what they spent is that of
        these orders in ``currency``, before refunds. Who was erased still counts; who turned
        out to be a robot does not.

        Args:
            letter: The letter whose versions are compared; "" is the holdout.
            design: The experiment, as :meth:`designs` gives it.
            currency: Of the carts; persons with carts in another are not counted.
            now: The time; only persons whose time to come back is over are counted.
            since: Only persons of whom it was chosen from then on.
            until: Only persons of whom it was chosen before.

        Returns:
            The groups by arm, and how many persons still have time to come back.
        """
        begin = write(since) if since else ""
        end = write(until) if until else write(now + timedelta(days=1))
        rows = self._db.query(
            """
            WITH firsts AS MATERIALIZED (
              SELECT o.person, min(a.id) AS id, a.arm, a.design, a.currency, a.planned_at, a.until
              FROM assignments a JOIN orders o ON o.id = a.cart_id
              WHERE a.letter = :letter AND o.state != 'junk' GROUP BY o.person)
            SELECT arm, over, count(*) AS persons, sum(orders > 0) AS returned,
              json_group_array(spent) FILTER (WHERE spent > 0) AS spent
            FROM (
              SELECT f.arm, f.until <= :now AS over, count(b.placed_at) AS orders,
                sum(CASE WHEN b.currency = f.currency THEN b.total END) AS spent
              FROM firsts f LEFT JOIN orders b ON b.person = f.person AND b.placed_at IS NOT NULL
                AND b.placed_at >= f.planned_at AND b.placed_at < f.until
              WHERE f.design = :design AND f.currency = :currency
                AND f.planned_at >= :begin AND f.planned_at < :end
              GROUP BY f.id)
            GROUP BY arm, over ORDER BY arm
            """,
            {
                "letter": letter,
                "design": design,
                "currency": currency,
                "begin": begin,
                "end": end,
                "now": write(now),
            },
        )
        found: dict[str, Group] = {}
        waiting = 0
        for row in rows:
            if row["over"]:
                spent = tuple(sorted(json.loads(row["spent"])))
                found[row["arm"]] = Group(row["arm"], row["persons"], row["returned"], spent)
            else:
                waiting += int(row["persons"])
        return found, waiting

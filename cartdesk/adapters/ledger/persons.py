"""One person in the ledger: everything kept about them, and what is left when they go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.anonymous import anonymous
from cartdesk.adapters.ledger import feedback_privacy, scrubbing
from cartdesk.adapters.ledger.marks import ERASED, Marks, customer
from cartdesk.adapters.ledger.orders import packed
from cartdesk.adapters.ledger.times import write
from cartdesk.adapters.shop.reading import Unreadable, read_order
from cartdesk.domain.addresses import forms
from cartdesk.domain.traces import Traces

if TYPE_CHECKING:
    from sqlite_utils import Database

_IN = "IN (SELECT value FROM json_each(?))"
# What of an event is no word of or about a person: the rest of its data goes.
_KEPT = ("state", "since", "order", "evidence", "letter", "step")
_BUSY = "('planned', 'ready', 'held', 'sending-open', 'sending-dot', 'deferred', 'unsure')"


@dataclass(frozen=True, slots=True)
class Known:
    """Who is meant, and where the ledger knows them.

    ``names`` holds full names and telephone numbers: with ``emails`` the strings that tell of
    the person outside the ledger too.
    """

    emails: frozenset[str] = frozenset()
    customers: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()
    orders: tuple[int, ...] = ()
    letters: tuple[int, ...] = ()
    reviews: tuple[int, ...] = ()
    others: int = 0  # further rows: stops, unreadable records, answers of the shop

    def __bool__(self) -> bool:
        return bool(self.orders or self.reviews or self.others)

    def __add__(self, other: Known) -> Known:
        return Known(
            emails=self.emails | other.emails,
            customers=self.customers | other.customers,
            names=self.names | other.names,
            orders=tuple(sorted({*self.orders, *other.orders})),
            letters=tuple(sorted({*self.letters, *other.letters})),
            reviews=tuple(sorted({*self.reviews, *other.reviews})),
            others=self.others + other.others,
        )

    @property
    def strings(self) -> tuple[str, ...]:
        """Everything the person is called, longest first."""
        return tuple(sorted({*self.emails, *self.names}, key=lambda text: (-len(text), text)))


class Persons:
    """Finds, shows and forgets persons."""

    def __init__(self, db: Database, marks: Marks) -> None:
        self._db = db
        self._marks = marks

    def find(self, email: str = "", cart_id: int = 0) -> Known:
        """Find a person by any form of an e-mail address, or by one of their carts."""
        written = json.dumps(sorted(forms(email)))
        start = self._column(
            "SELECT person FROM orders WHERE erased_at IS NULL AND "
            f"(id = ? OR email {_IN} OR (known_as != '' AND known_as {_IN}) OR id IN "
            f"(SELECT cart_id FROM reminders WHERE email {_IN}))",
            [cart_id, written, written, written],
        )
        return self._known(start, {email} - {""})

    def _known(self, persons: Sequence[int], emails: set[str]) -> Known:
        rows = self._rows(
            f"SELECT id, email, known_as, customer_id, name, raw FROM orders WHERE person {_IN} "
            "AND erased_at IS NULL",
            [json.dumps(persons)],
        )
        orders = tuple(row["id"] for row in rows)
        letters = self._rows(
            f"SELECT id, email FROM reminders WHERE cart_id {_IN}", [json.dumps(orders)]
        )
        emails = emails | {row["email"] for row in (*rows, *letters)}
        emails = set(forms(*emails, *(row["known_as"] for row in rows)))
        phones = {phone for row in rows if (phone := _phone(row["raw"]))}
        addresses = json.dumps(sorted(emails))
        others = self._column(
            f"SELECT (SELECT count(*) FROM suppressions WHERE email {_IN}) "
            f"+ (SELECT count(*) FROM customers WHERE email {_IN})",
            [addresses] * 2,
        )
        said = feedback_privacy.of_person(self._db, emails, orders)
        called = {row["name"] for row in rows} | {row["who"] for row in said}
        names = (called | phones) - {""}
        unreadable = scrubbing.unreadable(self._db, {*emails, *names}, orders)
        return Known(
            emails=frozenset(emails),
            customers=frozenset(row["customer_id"] for row in rows) - {0},
            names=frozenset(names),
            orders=orders,
            letters=tuple(row["id"] for row in letters),
            reviews=tuple(self._column(f"SELECT id FROM reviews WHERE email {_IN}", [addresses])),
            others=others[0] + len(said) + len(unreadable),
        )

    def document(self, known: Known) -> dict[str, list[dict[str, Any]]]:
        """Give everything kept about a person, table by table, as it is kept."""
        orders, emails = json.dumps(known.orders), json.dumps(sorted(known.emails))
        asked = {
            "orders": (f"SELECT * FROM orders WHERE id {_IN} ORDER BY id", orders),
            "letters": (f"SELECT * FROM reminders WHERE cart_id {_IN} ORDER BY id", orders),
            "events": (f"SELECT * FROM events WHERE cart_id {_IN} ORDER BY id", orders),
            "groups": (f"SELECT * FROM assignments WHERE cart_id {_IN} ORDER BY id", orders),
            "notes": (f"SELECT * FROM notes WHERE order_id {_IN} ORDER BY id", orders),
            "reviews": (f"SELECT * FROM reviews WHERE email {_IN} ORDER BY id", emails),
            "stops": (f"SELECT * FROM suppressions WHERE email {_IN}", emails),
            "customer": (f"SELECT * FROM customers WHERE email {_IN}", emails),
        }
        found = {name: self._rows(sql, [value]) for name, (sql, value) in asked.items()}
        said = feedback_privacy.of_person(self._db, known.emails, known.orders)
        unreadable = scrubbing.unreadable(self._db, known.strings, known.orders)
        return {**found, "unreadable": unreadable, "feedback": said}

    def erase(self, known: Known, now: datetime) -> None:
        """Forget a person for good: only marks stay, which keep them out and unwritten to."""
        self._forget(known, now)
        scrubbing.scrub(self._db, known.strings, known.orders)
        self._drop_stops(known)
        names = [*known.emails, *(customer(number) for number in known.customers)]
        self._marks.leave(names, ERASED, now)

    def fade(self, persons: Sequence[int], now: datetime) -> None:
        """Forget persons of whom nothing has been heard for long; a stop of theirs stays."""
        known = self._known(persons, set())
        stops = self._rows(
            f"SELECT email, reason, at FROM suppressions WHERE email {_IN}",
            [json.dumps(sorted(known.emails))],
        )
        traces = Traces(known.strings)
        self._forget(known, now)
        self._drop_stops(known)
        for row in stops:
            reason = traces.blank(row["reason"])
            reason = reason if "@" not in reason else "the address was refused"
            self._marks.leave([row["email"]], reason, datetime.fromisoformat(row["at"]))

    def after(self, person: int, most: int) -> list[int]:
        """Give the next persons by number."""
        return self._column(
            "SELECT DISTINCT person FROM orders WHERE person > ? ORDER BY person LIMIT ?",
            [person, most],
        )

    def faded(self, persons: Sequence[int], before: datetime) -> list[int]:
        """Give those of some persons who were not heard of since then.

        Who has a letter that waits or is unsure is not among them.
        """
        return self._column(
            "SELECT person FROM orders WHERE person IN (SELECT value FROM json_each(:persons)) "
            "AND erased_at IS NULL GROUP BY person "
            "HAVING max(max(modified_at, created_at, coalesce(quiet_since, ''), "
            "coalesce(placed_at, ''))) < :before "
            "AND NOT max(state IN ('open', 'abandoned')) AND NOT EXISTS "
            "(SELECT 1 FROM reminders r JOIN orders o ON o.id = r.cart_id "
            f"WHERE o.person = orders.person AND (r.state IN {_BUSY} OR r.sent_at >= :before))",
            {"persons": json.dumps(persons), "before": write(before)},
        )

    def fade_words(self, before: datetime, now: datetime) -> None:
        """Take names off old reviews, and old words that belong to no order."""
        at = write(before)
        feedback_privacy.fade(self._db, before, now)
        self._db.execute(
            "UPDATE reviews SET reviewer = '', email = '' WHERE written_at < ? "
            "AND (reviewer != '' OR email != '')",
            [at],
        )
        self._db.execute("UPDATE quarantine SET raw = '{}' WHERE seen_at < ?", [at])
        self._db.execute("DELETE FROM customers WHERE fetched_at < ?", [at])
        self._db.execute("UPDATE events SET data = '{}' WHERE kind LIKE 'mail.%' AND at < ?", [at])

    def _forget(self, known: Known, now: datetime) -> None:
        ids = json.dumps(known.orders)
        for row in self._rows(f"SELECT id, raw FROM orders WHERE id {_IN}", [ids]):
            self._empty(row["id"], row["raw"], now)
        self._db.execute(
            "UPDATE reminders SET email = '', message = NULL, subject = '', sha256 = '', "
            "message_id = '', source = '', said = CASE said WHEN '' THEN '' ELSE 'erased' END "
            f"WHERE cart_id {_IN}",
            [ids],
        )
        kept = ", ".join(f"'$.{name}', json_extract(data, '$.{name}')" for name in _KEPT)
        self._db.execute(
            f"UPDATE events SET data = json_patch('{{}}', json_set('{{}}', {kept})) "
            f"WHERE cart_id {_IN} OR reminder_id {_IN}",
            [ids, json.dumps(known.letters)],
        )
        feedback_privacy.forget_person(self._db, known.emails, known.orders, now)
        self._db.execute(f"DELETE FROM notes WHERE order_id {_IN}", [ids])
        self._db.execute(
            f"UPDATE reviews SET reviewer = '', email = '', text = '' WHERE id {_IN}",
            [json.dumps(known.reviews)],
        )
        self._db.execute(
            f"DELETE FROM customers WHERE email {_IN}", [json.dumps(sorted(known.emails))]
        )

    def _empty(self, order_id: int, raw: str, now: datetime) -> None:
        record = anonymous(json.loads(raw))
        cart = read_order(record)
        text, mark = packed(record)
        self._db.execute(
            "UPDATE orders SET number = ?, email = '', customer_id = 0, name = ?, items = ?, "
            "campaign = '', coupons = '', note = '', source = '', words = ?, hash = ?, raw = ?, "
            "erased_at = ? WHERE id = ?",
            [
                cart.number,
                cart.name,
                sum(line.quantity for line in cart.lines),
                f"{cart.number} {cart.name}",
                mark,
                text,
                write(now),
                order_id,
            ],
        )

    def _drop_stops(self, known: Known) -> None:
        self._db.execute(
            f"DELETE FROM suppressions WHERE email {_IN}", [json.dumps(sorted(known.emails))]
        )

    def _rows(self, sql: str, values: Sequence[Any] | dict[str, Any]) -> list[dict[str, Any]]:
        return list(self._db.query(sql, values))

    def _column(self, sql: str, values: Sequence[Any] | dict[str, Any]) -> list[Any]:
        return [next(iter(row.values())) for row in self._db.query(sql, values)]


def _phone(raw: str) -> str:
    try:
        return read_order(json.loads(raw)).phone
    except (Unreadable, ValueError):
        return ""

"""The facts behind the figures, brought up to date for whoever changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cartdesk.adapters.ledger.junk import Junk
from cartdesk.adapters.ledger.times import read, read_or_none
from cartdesk.adapters.shop.reading import read_order
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.metrics.facts import Fact, LetterFacts, OrderFact, facts_of
from cartdesk.domain.metrics.traits import dearest, device_of, language_of, not_a_checkout
from cartdesk.domain.model import Cart, CartState, Evidence, Lane, ReminderState

if TYPE_CHECKING:
    from sqlite_utils import Database

    from cartdesk.adapters.ledger.state import State

COLUMNS = tuple(one.name for one in fields(Fact))
_values = attrgetter(*COLUMNS)
_BASIS = "figures.basis"
_FORMAT = 3  # another one lets every ledger count anew
_PLACES = {reason.value: place for place, reason in enumerate(Reason)}
_IN = "IN (SELECT value FROM json_each(?))"
_ORDER = (
    "id, person, status, state, lane, reached, country, currency, total, created_at, quiet_since, "
    "abandoned_at, placed_at, recovered_by, evidence, junk, let_back, raw"
)
_VERSION = """coalesce((SELECT a.arm FROM assignments a WHERE a.letter = r.letter AND a.cart_id IN
    (SELECT id FROM orders WHERE person = (SELECT person FROM orders WHERE id = r.cart_id))
    AND a.planned_at <= r.sent_at ORDER BY a.id LIMIT 1), '') AS version"""
_GATEWAY = "gateway"  # its notes are nobody's word
_FIRST = "(SELECT min(at) FROM events e WHERE e.reminder_id = r.id AND e.kind = 'letter.{}')"


class Facts:
    """The table of facts, and whose are out of date."""

    def __init__(self, db: Database, state: State) -> None:
        self._db = db
        self._state = state
        self._junk = Junk(db, state)

    def are_based_on(self, zone: ZoneInfo, lost_after: timedelta) -> bool:
        """Tell whether the facts were made with this zone and this look-back."""
        return self._state.get(_BASIS) == self._basis(zone, lost_after)

    def begin_anew(self, zone: ZoneInfo, lost_after: timedelta) -> None:
        """Forget all facts, so that everything is counted anew with this zone and look-back."""
        for table in ("facts", "sums", "stale_persons", "stale_days"):
            self._db.execute(f"DELETE FROM figures_{table}")
        self._db.execute("INSERT INTO figures_stale_persons SELECT DISTINCT person FROM orders")
        self._state.put(_BASIS, self._basis(zone, lost_after))

    def _basis(self, zone: ZoneInfo, lost_after: timedelta) -> str:
        staff = self._junk.staff()
        return f"{_FORMAT} {zone.key} {lost_after.days} {staff.email} {staff.domain}"

    def are_fresh(self) -> bool:
        """Tell whether nothing changed since the facts and their sums were made."""
        rows = self._db.conn.execute(
            "SELECT EXISTS (SELECT 1 FROM figures_stale_persons) "
            "OR EXISTS (SELECT 1 FROM figures_stale_days)"
        )
        return not next(rows)[0]

    def stale(self, most: int) -> list[int]:
        """Give persons whose facts are out of date."""
        return self._column("SELECT person FROM figures_stale_persons LIMIT ?", [most])

    def renew(self, persons: Collection[int], zone: ZoneInfo, lost_after: timedelta) -> None:
        """Make the facts of some persons anew, and mark the days that changed by it."""
        wanted = json.dumps(sorted(persons))
        orders = self._orders(f"person {_IN}", wanted)
        ids = json.dumps([order.id for order in orders])
        others = {order.recovered_by for order in orders} - {order.id for order in orders} - {None}
        bringing = [*orders, *self._orders(f"id {_IN}", json.dumps(list(others)))]
        brought_back = self._column(
            f"SELECT recovered_by FROM orders WHERE recovered_by {_IN} AND state = 'recovered'",
            [ids],
        )
        made = facts_of(
            orders,
            self._letters(ids),
            {order.id: order for order in bringing},
            frozenset(brought_back),
            zone,
            lost_after,
        )
        self._replace(ids, {_values(fact) for fact in made})
        self._db.execute(f"DELETE FROM figures_stale_persons WHERE person {_IN}", [wanted])

    def _replace(self, ids: str, new: set[tuple[Any, ...]]) -> None:
        conn = self._db.conn
        old = set(
            conn.execute(
                f"SELECT {', '.join(COLUMNS)} FROM figures_facts WHERE order_id {_IN}", [ids]
            )
        )
        gone, come = old - new, new - old
        conn.executemany(
            "DELETE FROM figures_facts WHERE order_id = ? AND kind = ? AND reminder_id = ?",
            [fact[:3] for fact in gone],
        )
        conn.executemany(
            f"INSERT INTO figures_facts VALUES ({', '.join('?' * len(COLUMNS))})", list(come)
        )
        day = COLUMNS.index("day")
        conn.executemany(
            "INSERT OR IGNORE INTO figures_stale_days VALUES (?)",
            [(number,) for number in {fact[day] for fact in gone | come}],
        )

    def _orders(self, where: str, value: str) -> list[OrderFact]:
        found, names = [], dict[int, str]()
        staff, reasons = self._junk.staff(), self._reasons(where, value)
        for row in self._db.query(f"SELECT {_ORDER} FROM orders WHERE {where}", [value]):
            cart = read_order(json.loads(row["raw"]))
            apart = "" if row["let_back"] else not_a_checkout(cart, staff)
            found.append(_order(row, cart, apart, reasons.get(row["id"], "")))
            names.update((line.product_id, line.name) for line in cart.lines if line.name)
        self._db.conn.executemany(
            "INSERT INTO figures_products VALUES (?, ?) ON CONFLICT (id) DO UPDATE "
            "SET name = excluded.name WHERE name != excluded.name",
            list(names.items()),
        )
        return found

    def _reasons(self, where: str, value: str) -> dict[int, str]:
        """Give the reason somebody named for each cart, if any.

        Of several it is the one said first, and of those named at once the one that stands
        first in the list of reasons, so that a cart counts once.
        """
        rows = self._db.conn.execute(
            "SELECT f.cart_id, f.written_at, f.id, r.reason FROM feedback f "
            "JOIN feedback_reasons r ON r.feedback_id = f.id WHERE f.source != ? "
            f"AND f.cart_id IN (SELECT id FROM orders WHERE {where})",
            [_GATEWAY, value],
        )
        said = sorted(
            (row[0], row[1], row[2], _PLACES.get(row[3], len(_PLACES)), row[3]) for row in rows
        )
        return {cart: reason for cart, *_, reason in reversed(said)}

    def _letters(self, ids: str) -> list[LetterFacts]:
        rows = self._db.query(
            "SELECT id, cart_id, step, letter, language, state, sent_at, "
            f"coalesce({_FIRST.format('refused')}, {_FIRST.format('came-back')}) AS refused_at, "
            f"{_FIRST.format('bounced')} AS bounced_at, {_FIRST.format('replied')} AS replied_at, "
            f"{_VERSION} "
            f"FROM reminders r WHERE cart_id {_IN} AND sequence != 'answer'",
            [ids],
        )
        return [_letter(row) for row in rows]

    def _column(self, sql: str, values: Sequence[object]) -> list[int]:
        return [int(row[0]) for row in self._db.conn.execute(sql, list(values))]

    def product_names(self, ids: Iterable[str]) -> dict[str, str]:
        """Give the names of products by the text of their ids."""
        rows = self._db.query(
            f"SELECT id, name FROM figures_products WHERE id {_IN}",
            [json.dumps([int(number) for number in ids if number.isdigit()])],
        )
        return {str(row["id"]): row["name"] for row in rows}


def _order(row: dict[str, Any], cart: Cart, apart: str, reason: str) -> OrderFact:
    refunded = cart.refunded.minor if cart.refunded else 0
    if row["status"] == "refunded":  # a record without the list of refunds says it so
        refunded = row["total"] or 0
    return OrderFact(
        id=row["id"],
        person=row["person"],
        state=CartState(row["state"]),
        lane=Lane(row["lane"]),
        reached=row["reached"],
        country=row["country"],
        currency=row["currency"],
        total=row["total"],
        created_at=read(row["created_at"]),
        quiet_since=read_or_none(row["quiet_since"]),
        abandoned=row["abandoned_at"] is not None,
        placed_at=read_or_none(row["placed_at"]),
        recovered_by=row["recovered_by"],
        evidence=Evidence(row["evidence"]) if row["evidence"] else None,
        junk=row["junk"],
        device=device_of(cart),
        language=language_of(cart),
        product=dearest(cart),
        refunded=min(refunded, row["total"] or 0),
        discount=cart.discount.minor if cart.discount else 0,
        apart=apart,
        reason=reason,
    )


def _letter(row: dict[str, Any]) -> LetterFacts:
    return LetterFacts(
        id=row["id"],
        cart_id=row["cart_id"],
        step=row["step"],
        letter=row["letter"],
        language=row["language"],
        state=ReminderState(row["state"]),
        sent_at=read_or_none(row["sent_at"]),
        refused_at=read_or_none(row["refused_at"]),
        bounced_at=read_or_none(row["bounced_at"]),
        replied_at=read_or_none(row["replied_at"]),
        version=row["version"],
    )

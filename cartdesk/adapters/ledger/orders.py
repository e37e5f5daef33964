"""Orders as the shop showed them, the persons behind them, and what became of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.anonymous import anonymous
from cartdesk.adapters.ledger.junk import Junk
from cartdesk.adapters.ledger.marks import Marks, customer
from cartdesk.adapters.ledger.times import read, read_or_none, write, write_or_none
from cartdesk.adapters.shop.reading import (
    Unreadable,
    read_email,
    read_known_as,
    read_order,
    without_private,
)
from cartdesk.domain import junk
from cartdesk.domain.addresses import forms, match_key
from cartdesk.domain.junk import Staff
from cartdesk.domain.lifecycle import judging, touching
from cartdesk.domain.lifecycle.judging import Assessment, Track
from cartdesk.domain.model import Cart, CartState, Lane
from cartdesk.domain.ports import Record

if TYPE_CHECKING:
    from sqlite_utils import Database

UTM_SOURCE = "_wc_order_attribution_utm_source"
UTM_CAMPAIGN = "_wc_order_attribution_utm_campaign"
_ADDRESSES = re.compile(r"[^\s\"<>()\[\]\\,;:]{1,64}@[^\s\"<>()\[\]\\,;:]{1,255}")
_UNDECIDED = (CartState.OPEN, CartState.ABANDONED, CartState.MERGED, CartState.STOPPED)
_TRACK = (
    "id, lane, state, created_at, quiet_since, bought_at, first_seen, items, email, campaign, "
    "coupons, CASE WHEN let_back THEN '' ELSE junk END AS junk"
)


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving a page of records did: how many it held, which orders are new or changed.

    ``older`` were left as they are, since the ledger holds them with a later date.
    """

    seen: int
    changed: tuple[int, ...]
    quarantined: int
    older: tuple[int, ...] = ()


class Orders:
    """The table of orders."""

    def __init__(self, db: Database, marks: Marks, junk: Junk) -> None:
        self._db = db
        self._marks = marks
        self._junk = junk

    def save(self, records: Sequence[Record], now: datetime, *, fresh: bool = False) -> Saved:
        """Keep records of the shop; newer ones replace older ones, never the other way round.

        Answers may overtake one another. ``fresh`` says that these cannot have been: then an
        older date is believed too, as a shop whose clock was put back gives it.

        A record that cannot be read goes to the quarantine with the reason and stops nothing.
        One of somebody who was erased is kept without the person.
        """
        staff = self._junk.staff()
        erased = self._marks.erased(name for record in records for name in _names(record))
        known = self._known(record.get("id") for record in records)
        rows: dict[int, dict[str, Any]] = {}
        quarantined = 0
        stirred: dict[int, str] = {}
        back: list[int] = []
        older: list[int] = []
        for record in records:
            kept = without_private(record)
            before = known.get(record["id"]) if type(record.get("id")) is int else None
            since = before["erased_at"] if before else None
            if since is None and not erased.isdisjoint(_names(record)):
                since = write(now)
            try:
                kept = anonymous(kept) if since else kept
            except Unreadable as reason:
                quarantined += self._quarantine_nobody(record.get("id"), str(reason), now)
                continue
            raw, mark = packed(kept)
            if before is not None and before["hash"] == mark:
                back += [before["id"]] if before["gone_at"] else []
                continue
            try:
                cart = read_order(kept)
            except Unreadable as reason:
                number = record.get("id")
                if self._marks.erased(_ADDRESSES.findall(raw.lower())):
                    quarantined += self._quarantine_nobody(number, str(reason), now)
                else:
                    quarantined += self._quarantine(number, str(reason), raw, mark, now)
                continue
            if before is not None and write(cart.modified_at) < before["modified_at"]:
                older.append(cart.id)
                if not fresh:
                    continue
            came_back = self._came_back(kept, before)
            rows[cart.id] = {
                **_row(cart, before, raw, mark, now, came_back=came_back),
                "erased_at": since,
                "known_as": _known_as(kept),
                "reached": _reached(cart, before, erased=since is not None),
                "source": "" if since else self._junk.source(record),
                "junk": _junk(cart, before, staff, erased=since is not None),
            }
            status_before = before["status"] if before else ""
            if not came_back and touching.may_be_stirred(cart.status, status_before):
                stirred[cart.id] = write(cart.modified_at)
        self._upsert(list(rows.values()))
        self._db.conn.executemany(
            "UPDATE orders SET gone_at = NULL WHERE id = ?", [(number,) for number in back]
        )
        changed = tuple(rows)
        self._junk.find_card_tests(list(rows.values()))
        self._stop_again(row[name] for row in rows.values() for name in ("email", "known_as"))
        self._regroup([number for number, row in rows.items() if not row["erased_at"]])
        self._move_on(stirred)
        return Saved(len(records), changed, quarantined, tuple(older))

    def _came_back(self, kept: Record, before: Mapping[str, Any] | None) -> bool:
        """Tell whether an unfinished order shows its shopper's own doing."""
        if before is None or kept["status"] not in judging.UNFINISHED:
            return False
        rows = self._db.query("SELECT raw FROM orders WHERE id = ?", [before["id"]])
        return any(touching.came_back(json.loads(row["raw"]), kept) for row in rows)

    def _move_on(self, stirred: Mapping[int, str]) -> None:
        """Have orders of which only the status moved be quiet since then, unless bought since."""
        self._db.conn.executemany(
            "UPDATE orders SET quiet_since = ? WHERE id = ? AND NOT EXISTS (SELECT 1 FROM orders b "
            "WHERE b.person = orders.person AND b.bought_at > orders.quiet_since)",
            [(since, number) for number, since in stirred.items()],
        )

    def _upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Twice as fast as sqlite-utils' own, which makes an SQL text of every few rows."""
        if rows:
            names = list(rows[0])
            self._db.conn.executemany(
                f"INSERT INTO orders ({', '.join(names)}) "
                f"VALUES ({', '.join(f':{name}' for name in names)}) ON CONFLICT (id) "
                f"DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in names)}",
                rows,
            )

    def _known(self, ids: Iterable[object]) -> dict[int, dict[str, Any]]:
        wanted = [number for number in ids if type(number) is int and abs(number) < 2**63]
        rows = self._db.query(
            "SELECT id, hash, status, modified_at, quiet_since, placed_at, bought_at, first_seen, "
            "lane, state, cancelled_by, person, gone_at, erased_at, junk, reached FROM orders "
            "WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(wanted)],
        )
        return {row["id"]: row for row in rows}

    def _quarantine(self, order_id: object, reason: str, raw: str, mark: str, now: datetime) -> int:
        number = order_id if type(order_id) is int and abs(order_id) < 2**63 else None
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO quarantine (order_id, seen_at, reason, hash, raw) "
            "VALUES (?, ?, ?, ?, ?)",
            [number, write(now), reason, mark, raw.encode("utf-8", "replace").decode()],
        )
        return int(cursor.rowcount > 0)

    def _quarantine_nobody(self, order_id: object, reason: str, now: datetime) -> int:
        """Note that a record of somebody who was erased cannot be read, and nothing of it."""
        reason = reason.partition(":")[0]
        _, mark = packed({"id": order_id if type(order_id) is int else None, "reason": reason})
        return self._quarantine(order_id, reason, "{}", mark, now)

    def _stop_again(self, emails: Iterable[str]) -> None:
        """Have a stop that outlived its person count as any other when the person comes back."""
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO suppressions (email, reason, at) VALUES (?, ?, ?)",
            self._marks.stops(emails),
        )

    def quarantined(self) -> tuple[tuple[int | None, str], ...]:
        """Give the order id and reason of every unreadable record, newest first."""
        rows = self._db.query("SELECT order_id, reason FROM quarantine ORDER BY id DESC")
        return tuple((row["order_id"], row["reason"]) for row in rows)

    def _regroup(self, changed: Sequence[int]) -> None:
        """Give all orders that share an e-mail or customer id, however far, one person."""
        rows = self._connected(changed)
        parent = {row["id"]: row["id"] for row in rows}

        def root(number: int) -> int:
            while parent[number] != number:
                parent[number] = parent[parent[number]]
                number = parent[number]
            return number

        first: dict[str, int] = {}
        for row in rows:
            for key in _keys(row):
                one, other = root(row["id"]), root(first.setdefault(key, row["id"]))
                parent[max(one, other)] = min(one, other)
        moved = [(root(row["id"]), row["id"]) for row in rows if root(row["id"]) != row["person"]]
        self._db.conn.executemany("UPDATE orders SET person = ? WHERE id = ?", moved)

    def _connected(self, changed: Sequence[int]) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        asked: set[str] = set()
        new = self._rows_where(
            "id IN (SELECT value FROM json_each(:x)) OR person IN "
            "(SELECT person FROM orders WHERE id IN (SELECT value FROM json_each(:x)))",
            list(changed),
        )
        while new:
            found.update((row["id"], row) for row in new)
            keys = {key for row in new for key in _keys(row)} - asked
            asked |= keys
            emails = sorted(forms(*(key[1:] for key in keys if key[0] == "e")))
            customers = [int(key[1:]) for key in keys if key[0] == "c"]
            rows = self._rows_where(
                "known_as != '' AND known_as IN (SELECT value FROM json_each(:x))", emails
            ) + self._rows_where(
                "customer_id != 0 AND customer_id IN (SELECT value FROM json_each(:x))", customers
            )
            new = [row for row in rows if row["id"] not in found]
        return [found[number] for number in sorted(found)]

    def _rows_where(self, where: str, values: Sequence[object]) -> list[dict[str, Any]]:
        if not values:
            return []
        return list(
            self._db.query(
                "SELECT id, known_as, customer_id, person FROM orders "
                f"WHERE erased_at IS NULL AND ({where})",
                {"x": json.dumps(values)},
            )
        )

    def cart(self, order_id: int) -> Cart | None:
        """Give one order as the shop showed it last."""
        for row in self._db.query("SELECT raw FROM orders WHERE id = ?", [order_id]):
            return read_order(json.loads(row["raw"]))
        return None

    def quiet_since(self, order_id: int) -> datetime | None:
        """Give the last change of an order while it was unfinished; None: never seen so."""
        rows = self._db.query("SELECT quiet_since FROM orders WHERE id = ?", [order_id])
        return next((read_or_none(row["quiet_since"]) for row in rows), None)

    def person_of(self, order_id: int) -> int | None:
        """Give the person an order belongs to."""
        rows = self._db.query("SELECT person FROM orders WHERE id = ?", [order_id])
        return next((int(row["person"]) for row in rows), None)

    def emails_of(self, person: int) -> frozenset[str]:
        """Give every address a person's orders hold."""
        rows = self._db.query(
            "SELECT DISTINCT email FROM orders WHERE person = ? AND email != ''", [person]
        )
        return frozenset(row["email"] for row in rows)

    def open_ids(self, since: datetime) -> list[int]:
        """Give the ids of unfinished checkouts that changed since then and are not gone."""
        rows = self._db.query(
            "SELECT id FROM orders "
            "WHERE state IN ('open', 'abandoned', 'merged', 'stopped', 'junk') "
            "AND modified_at >= ? AND gone_at IS NULL ORDER BY id",
            [write(since)],
        )
        return [row["id"] for row in rows]

    def gone(self, ids: Sequence[int], now: datetime) -> None:
        """Write down that the shop no longer has these orders; they stay in the ledger."""
        self._db.execute(
            "UPDATE orders SET gone_at = ? WHERE gone_at IS NULL AND id IN "
            "(SELECT value FROM json_each(?))",
            [write(now), json.dumps(list(ids))],
        )

    def undecided_persons(self) -> frozenset[int]:
        """Give the persons whose checkouts the rules must look at.

        That is whoever has one that changed since, or one whose state the clock alone can
        change.
        """
        rows = self._db.query(
            "SELECT person FROM orders WHERE unjudged "
            "UNION SELECT person FROM orders WHERE state IN (?, ?, ?, ?)",
            list(_UNDECIDED),
        )
        return frozenset(row["person"] for row in rows)

    def all_judged(self) -> None:
        """Write down that the rules have looked at every change."""
        self._db.execute("UPDATE orders SET unjudged = 0 WHERE unjudged")

    def doubt(self, order_id: int) -> None:
        """Have the rules look at an order's person again."""
        self._db.execute("UPDATE orders SET unjudged = 1 WHERE id = ?", [order_id])

    def tracks(self, persons: Iterable[int]) -> dict[int, list[Track]]:
        """Give what the rules need of every order of some persons, by person."""
        rows = self._db.query(
            f"SELECT person, {_TRACK} FROM orders "
            "WHERE person IN (SELECT value FROM json_each(?)) ORDER BY id",
            [json.dumps(sorted(persons))],
        )
        found: dict[int, list[Track]] = {}
        for row in rows:
            found.setdefault(row["person"], []).append(_track(row))
        return found

    def judge(self, order_id: int, found: Assessment) -> None:
        """Keep what became of a cart."""
        self._db.execute(
            "UPDATE orders SET state = ?, abandoned_at = coalesce(?, abandoned_at), "
            "recovered_by = ?, recovered_at = ?, evidence = CASE WHEN erased_at IS NULL THEN ? "
            "ELSE coalesce(evidence, ?) END WHERE id = ?",
            [
                found.state,
                write_or_none(found.abandoned_at),
                found.recovered_by,
                write_or_none(found.recovered_at),
                found.evidence,
                found.evidence,
                order_id,
            ],
        )

    def cancelled_undecided(self, since: datetime) -> list[int]:
        """Give cancelled orders since then of which nobody knows yet who cancelled them."""
        rows = self._db.query(
            "SELECT id FROM orders WHERE status = 'cancelled' AND cancelled_by = '' "
            "AND erased_at IS NULL AND modified_at >= ? ORDER BY id",
            [write(since)],
        )
        return [row["id"] for row in rows]

    def failed_without_notes(self, since: datetime) -> list[int]:
        """Give failed orders since then whose notes were not asked for yet."""
        rows = self._db.query(
            "SELECT id FROM orders WHERE status = 'failed' AND modified_at >= ? "
            "AND erased_at IS NULL "
            "AND id NOT IN (SELECT order_id FROM notes) ORDER BY id",
            [write(since)],
        )
        return [row["id"] for row in rows]

    def cancelled(self, order_id: int, by: str) -> None:
        """Keep who cancelled an order; only the time limit leaves it an unfinished checkout."""
        if by == "time-limit":
            self._db.execute(
                "UPDATE orders SET cancelled_by = ?, unjudged = 1, lane = 'cancelled', "
                "quiet_since = coalesce(quiet_since, created_at) WHERE id = ?",
                [by, order_id],
            )
        else:
            self._db.execute(
                "UPDATE orders SET cancelled_by = ?, unjudged = 1, lane = 'none' WHERE id = ?",
                [by, order_id],
            )


def packed(record: Record) -> tuple[str, str]:
    """Give a record as the ledger keeps it, and its fingerprint."""
    raw = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
    return raw, hashlib.blake2b(raw.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _known_as(record: Record) -> str:
    billing = record.get("billing")
    return read_known_as(billing.get("email")) if isinstance(billing, dict) else ""


def _names(record: Record) -> tuple[str, str, str]:
    """Give what somebody who was erased would be known by."""
    billing, number = record.get("billing"), record.get("customer_id")
    email = read_email(billing.get("email")) if isinstance(billing, dict) else ""
    return email, _known_as(record), customer(number) if type(number) is int else ""


def _keys(row: Mapping[str, Any]) -> list[str]:
    known_as = row["known_as"]
    keys = [f"e{match_key(known_as) or known_as}"] if known_as else []
    return [*keys, f"c{row['customer_id']}"] if row["customer_id"] else keys


def _row(
    cart: Cart,
    before: Mapping[str, Any] | None,
    raw: str,
    mark: str,
    now: datetime,
    *,
    came_back: bool,
) -> dict[str, Any]:
    cancelled_by = before["cancelled_by"] if before and cart.status == "cancelled" else ""
    placed = judging.is_placed(cart.status)
    bought_at = _bought_at(cart, before)
    lane = judging.lane_of(cart.status, cancelled_by)
    quiet_since = before["quiet_since"] if before else None
    if cart.status in judging.UNFINISHED and cart.status != "cancelled":
        unmoved = before is not None and before["modified_at"] == write(cart.modified_at)
        if before is None and cart.status in touching.STIRRED:
            quiet_since = write(cart.created_at)
        elif quiet_since is None or came_back:
            quiet_since = write(now if unmoved else cart.modified_at)
    elif before is not None and (bought_at or (cart.status == "cancelled" and not cancelled_by)):
        lane = Lane(before["lane"])
    placed_at = before["placed_at"] or before["bought_at"] if before else None
    if placed and placed_at is None:
        placed_at = write(cart.paid_at or (cart.modified_at if before else cart.created_at))
    ours = cart.meta.get(UTM_SOURCE) == "cartdesk"
    words = (cart.number, cart.name, cart.email, cart.city, *(line.name for line in cart.lines))
    return {
        "id": cart.id,
        "number": cart.number,
        "status": cart.status,
        "lane": lane,
        "state": before["state"] if before else _first_state(bought_at is not None, quiet_since),
        "person": before["person"] if before else cart.id,
        "email": cart.email,
        "customer_id": cart.customer_id,
        "name": cart.name,
        "country": cart.country,
        "currency": cart.currency,
        "total": cart.total.minor if cart.total else None,
        "items": sum(line.quantity for line in cart.lines),
        "created_at": write(cart.created_at),
        "modified_at": write(cart.modified_at),
        "quiet_since": quiet_since,
        "placed_at": placed_at if placed else None,
        "bought_at": bought_at,
        "first_seen": before["first_seen"] if before else write(now),
        "cancelled_by": cancelled_by,
        "campaign": cart.meta.get(UTM_CAMPAIGN, "") if ours else "",
        "coupons": " ".join(cart.coupons),
        "note": cart.customer_note,
        "unjudged": 1,
        "gone_at": None,
        "words": " ".join(words).casefold(),
        "hash": mark,
        "raw": raw,
    }


def _bought_at(cart: Cart, before: Mapping[str, Any] | None) -> str | None:
    found = judging.bought_at(
        status=cart.status,
        paid_at=cart.paid_at,
        modified_at=cart.modified_at,
        known=read_or_none(before["bought_at"]) if before else None,
        status_before=before["status"] if before else "",
    )
    return write_or_none(found)


def _junk(cart: Cart, before: Mapping[str, Any] | None, staff: Staff, *, erased: bool) -> str:
    """Say why a checkout is kept apart; of who was erased only what was known before is left."""
    if judging.is_placed(cart.status):
        return ""
    if erased:
        return before["junk"] if before else ""
    return junk.reason(cart, staff)


def _reached(cart: Cart, before: Mapping[str, Any] | None, *, erased: bool) -> str:
    """Say how far the address got while the order was unfinished, as was known last."""
    if erased or cart.status not in judging.UNFINISHED:
        return before["reached"] if before else ""
    if not cart.email:
        return "nothing"
    return "address" if cart.address_complete else "email"


def _first_state(bought: bool, quiet_since: str | None) -> CartState:
    if bought:
        return CartState.PLACED
    return CartState.OPEN if quiet_since else CartState.CLOSED


def _track(row: Mapping[str, Any]) -> Track:
    return Track(
        id=row["id"],
        lane=Lane(row["lane"]),
        state=CartState(row["state"]),
        created_at=read(row["created_at"]),
        quiet_since=read_or_none(row["quiet_since"]),
        placed_at=read_or_none(row["bought_at"]),
        first_seen=read(row["first_seen"]),
        has_items=row["items"] > 0,
        email=row["email"],
        campaign=row["campaign"],
        coupons=tuple(row["coupons"].split()),
        junk=row["junk"],
    )

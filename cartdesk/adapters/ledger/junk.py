"""What is kept apart in the ledger: bursts of failed payments, the staff, and what was let back.

Where an order came from is kept only of failed ones, and only as a keyed hash: enough to tell
that several came from one place, not enough to tell which. The key is random and of this ledger.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.state import State
from cartdesk.adapters.ledger.times import read, write
from cartdesk.domain.junk import CARD_TEST, FROM_ONE_SOURCE, STAFF, Failure, Staff, card_tests
from cartdesk.domain.money import Money
from cartdesk.domain.ports import Record

if TYPE_CHECKING:
    from sqlite_utils import Database

KEY = "source.key"
_STAFF = "staff"


class Junk:
    """The columns ``source``, ``junk`` and ``let_back`` of the orders."""

    def __init__(self, db: Database, state: State) -> None:
        self._db = db
        self._state = state

    def source(self, record: Record) -> str:
        """Give the keyed hash of the address a failed order came from; "" for any other order.

        Addresses of private networks say nothing: behind a proxy every order has the same one.
        """
        address = record.get("customer_ip_address")
        if record.get("status") != "failed" or not isinstance(address, str):
            return ""
        try:
            if not ipaddress.ip_address(address.strip()).is_global:
                return ""
        except ValueError:
            return ""
        key = self._state.get(KEY)
        if key is None:
            key = secrets.token_hex(32)
            self._state.put(KEY, key)
        return hashlib.blake2b(
            address.strip().encode(), key=bytes.fromhex(key), digest_size=12
        ).hexdigest()

    def staff(self) -> Staff:
        """Give the shop's own people."""
        text = self._state.get(_STAFF)
        return Staff(**json.loads(text)) if text else Staff()

    def staff_is(self, staff: Staff) -> None:
        """Keep who the shop's own people are, and keep their unfinished checkouts apart."""
        if staff == self.staff():
            return
        self._state.put(_STAFF, json.dumps(asdict(staff)))
        rows = self._db.query(
            "SELECT id, email FROM orders WHERE junk = '' AND email != '' AND placed_at IS NULL"
        )
        self._mark([row["id"] for row in rows if staff.holds(row["email"])], STAFF)

    def find_card_tests(self, rows: Sequence[dict[str, Any]]) -> None:
        """Keep the bursts apart that failed orders, just saved, belong to."""
        times = sorted(row["created_at"] for row in rows if row["status"] == "failed")
        if not times:
            return
        near = (write(read(times[0]) - FROM_ONE_SOURCE), write(read(times[-1]) + FROM_ONE_SOURCE))
        failed = self._db.query(
            "SELECT id, created_at, source, currency, total, email, junk FROM orders "
            "WHERE status = 'failed' AND erased_at IS NULL AND created_at BETWEEN ? AND ?",
            near,
        )
        found = {row["id"]: row for row in failed}
        tests = card_tests([_failure(row) for row in found.values()])
        self._mark([number for number in tests if not found[number]["junk"]], CARD_TEST)

    def let_back(self, order_id: int, *, back: bool) -> None:
        """Have a checkout count as a shopper's whatever speaks against it, or no longer so."""
        self._db.execute(
            "UPDATE orders SET let_back = ?, unjudged = 1 WHERE id = ?", [int(back), order_id]
        )

    def _mark(self, ids: Sequence[int], reason: str) -> None:
        self._db.conn.executemany(
            "UPDATE orders SET junk = ?, unjudged = 1 WHERE id = ?",
            [(reason, number) for number in ids],
        )


def _failure(row: dict[str, Any]) -> Failure:
    total = None if row["total"] is None else Money(row["total"], row["currency"])
    return Failure(row["id"], read(row["created_at"]), row["source"], total, row["email"])

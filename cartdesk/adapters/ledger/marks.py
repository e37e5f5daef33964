"""Who must not be known any more, as keyed hashes: enough to keep away, not enough to name.

The key is random and of this ledger, so a hash says nothing to anybody who has not got both.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger.times import write
from cartdesk.domain.addresses import forms

if TYPE_CHECKING:
    from sqlite_utils import Database

    from cartdesk.adapters.ledger.state import State

KEY = "privacy.key"
ERASED = "erased: nothing is kept of this person"
_SIGN = "#"  # no e-mail address begins with it, so both can be told apart


class Marks:
    """Keyed hashes among the suppressions, beside the addresses in clear."""

    def __init__(self, db: Database, state: State) -> None:
        self._db = db
        self._state = state

    def of(self, names: Iterable[str]) -> list[str]:
        """Give the marks of e-mail addresses or customers; none while no mark was ever left."""
        key = self._state.get(KEY)
        return [] if key is None else [_mark(name, key) for name in forms(*names)]

    def key(self) -> str:
        """Give the key of this ledger, which is made when it is first needed."""
        key = self._state.get(KEY)
        if key is None:
            key = secrets.token_hex(32)
            self._state.put(KEY, key)
        return key

    def use(self, key: str) -> None:
        """Take over the key of the ledger this is a copy of."""
        self._state.put(KEY, key)

    def leave(self, names: Iterable[str], reason: str, at: datetime) -> None:
        """Leave marks that go on suppressing."""
        key = self.key()
        self._db.conn.executemany(
            "INSERT OR REPLACE INTO suppressions (email, reason, at) VALUES (?, ?, ?)",
            [(_mark(name, key), reason, write(at)) for name in forms(*names)],
        )

    def erased(self, names: Iterable[str]) -> frozenset[str]:
        """Give those of some e-mail addresses or customers that were erased."""
        key = self._state.get(KEY)
        if key is None:
            return frozenset()
        marks = {_mark(form, key): name for name in names for form in forms(name)}
        rows = self._db.query(
            "SELECT email FROM suppressions WHERE reason = ? "
            "AND email IN (SELECT value FROM json_each(?))",
            [ERASED, json.dumps(list(marks))],
        )
        return frozenset(marks[row["email"]] for row in rows)

    def stops(self, emails: Iterable[str]) -> list[tuple[str, str, str]]:
        """Give address, reason and time where a mark that is no erasing says stop."""
        key = self._state.get(KEY)
        if key is None:
            return []
        marks = {_mark(form, key): email for email in emails for form in forms(email)}
        rows = self._db.query(
            "SELECT email, reason, at FROM suppressions WHERE reason != ? "
            "AND email IN (SELECT value FROM json_each(?))",
            [ERASED, json.dumps(list(marks))],
        )
        return [(marks[row["email"]], row["reason"], row["at"]) for row in rows]


def customer(number: int) -> str:
    """Name a registered customer so that a mark can be left of them; "" for a guest."""
    return f"customer {number}" if number else ""


def _mark(name: str, key: str) -> str:
    return (
        _SIGN + hashlib.blake2b(name.encode(), key=bytes.fromhex(key), digest_size=20).hexdigest()
    )

"""Taking a person out of what is not theirs: records kept aside, and the words of others.

Addresses, names and telephone numbers are compared here and not in SQL, as SQLite knows upper
and lower case of ASCII only (https://www.sqlite.org/lang_corefunc.html#lower).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger import feedback_privacy
from cartdesk.adapters.ledger.orders import packed
from cartdesk.domain.traces import Traces

if TYPE_CHECKING:
    from sqlite_utils import Database

# Where others, the mail server and cartdesk itself may name a person, beside what is theirs.
PLACES = (
    ("events", "data"),
    ("state", "value"),
    ("reminders", "said"),
    ("suppressions", "reason"),
    ("notes", "text"),
    ("reviews", "text"),
    ("reviews", "reviewer"),
    *feedback_privacy.PLACES,
)


def unreadable(db: Database, strings: Iterable[str], orders: Sequence[int]) -> list[dict[str, Any]]:
    """Give the records kept aside that name a person, or are an order of theirs."""
    traces, theirs = Traces(strings), frozenset(orders)
    return [
        row
        for row in db.query("SELECT * FROM quarantine WHERE raw != '{}' ORDER BY id")
        if row["order_id"] in theirs or traces.in_record(_json_or_text(row["raw"]))
    ]


def scrub(db: Database, strings: Sequence[str], orders: Sequence[int]) -> None:
    """Blank what a person is called wherever others wrote it; records kept aside are emptied."""
    traces = Traces(strings)
    for row in unreadable(db, strings, orders):
        # its fingerprint stays, so that the shop does not bring it back
        db.execute(
            "UPDATE quarantine SET raw = '{}', reason = ? WHERE id = ?",
            [row["reason"].partition(":")[0], row["id"]],
        )
    for table, column in PLACES:
        values = db.query(f"SELECT DISTINCT {column} AS value FROM {table}")
        for value in [row["value"] for row in values]:
            blanked = _blanked(value, traces)
            if blanked != value:
                db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", [blanked, value])
    for row in list(db.query("SELECT id, note, raw FROM orders WHERE note != ''")):
        if traces.within(row["note"]):
            _blank_note(db, row, traces)


def _blank_note(db: Database, row: dict[str, Any], traces: Traces) -> None:
    """Blank what somebody else wrote at checkout; the hash stays, so that it stays blank."""
    record = json.loads(row["raw"])
    record["customer_note"] = traces.blank_all(record.get("customer_note"))
    db.execute(
        "UPDATE orders SET note = ?, raw = ? WHERE id = ?",
        [traces.blank(row["note"]), packed(record)[0], row["id"]],
    )


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _blanked(value: Any, traces: Traces) -> Any:
    """Blank a text, or the texts in one that is JSON."""
    if not isinstance(value, str):
        return value
    found = _json_or_text(value) if value[:1] in {"{", "[", '"'} else value
    blanked = traces.blank_all(found)
    if blanked == found:
        return value
    return blanked if found is value else json.dumps(blanked)

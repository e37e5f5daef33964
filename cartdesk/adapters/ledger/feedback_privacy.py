"""What the ledger keeps of a person's feedback, and what is left of it when they go.

When a person goes, source, day, reasons, mood and stars stay, so that no count changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.times import write

if TYPE_CHECKING:
    from sqlite_utils import Database

PLACES = tuple(("feedback", column) for column in ("text", "words", "thread", "who"))
"""Where others may name a person."""
_THEIRS = (
    "(email IN (SELECT value FROM json_each(:emails)) AND email != '') "
    "OR cart_id IN (SELECT value FROM json_each(:carts))"
)


def forget(db: Database, ids: Sequence[int], now: datetime) -> None:
    """Forget who said what; source, time, reasons, mood, stars and state stay as counts."""
    chosen = json.dumps(list(ids))
    db.execute(
        "UPDATE feedback SET text = '', who = '', email = '', thread = '', words = '', "
        "wording = '', mood_words = '[]', waiting_since = NULL, erased_at = ?, "
        "state = CASE state WHEN 'answered' THEN 'answered' ELSE 'handled' END "
        "WHERE id IN (SELECT value FROM json_each(?))",
        [write(now), chosen],
    )
    db.execute(
        "UPDATE feedback_reasons SET words = '[]', spans = '[]' "
        "WHERE feedback_id IN (SELECT value FROM json_each(?))",
        [chosen],
    )


def of_person(db: Database, emails: Collection[str], carts: Sequence[int]) -> list[dict[str, Any]]:
    """Give every piece of a person, by their addresses and orders, with its reasons."""
    rows = db.query(
        "SELECT *, (SELECT json_group_array(reason) FROM feedback_reasons "
        f"WHERE feedback_id = id) AS reasons FROM feedback WHERE erased_at IS NULL AND ({_THEIRS}) "
        "ORDER BY id",
        _values(emails, carts),
    )
    return list(rows)


def forget_person(
    db: Database, emails: Collection[str], carts: Sequence[int], now: datetime
) -> None:
    """Forget a person's words and name."""
    forget(db, [row["id"] for row in of_person(db, emails, carts)], now)


def fade(db: Database, before: datetime, now: datetime) -> None:
    """Take names off old reviews, and forget old pieces that belong to no order.

    Those that belong to an order are forgotten with its person.
    """
    db.execute(
        "UPDATE feedback SET who = '', email = '', words = '' WHERE source = 'review' "
        "AND written_at < ? AND (who != '' OR email != '')",
        [write(before)],
    )
    old = db.query(
        "SELECT id FROM feedback WHERE source != 'review' AND cart_id IS NULL "
        "AND landed_at < ? AND erased_at IS NULL",
        [write(before)],
    )
    forget(db, [row["id"] for row in old], now)


def _values(emails: Collection[str], carts: Sequence[int]) -> dict[str, str]:
    return {"emails": json.dumps(sorted(emails)), "carts": json.dumps(list(carts))}

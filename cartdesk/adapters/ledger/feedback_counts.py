"""Feedback counted: bars by reason, money in the carts concerned, what a filter would show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartdesk.adapters.ledger.feedback_rows import SAID, by_ids, conditions
from cartdesk.adapters.ledger.left import LEFT
from cartdesk.adapters.ledger.times import write
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.views import (
    FeedbackChoices,
    FeedbackFilter,
    FeedbackSummary,
    Piece,
    ReasonBar,
    Source,
)
from cartdesk.domain.model import CartState
from cartdesk.domain.money import Money, sums

if TYPE_CHECKING:
    from sqlite_utils import Database

_QUOTES = 3
_PRAISE = 5
_PRODUCTS = 50
_PERIOD = "f.written_at >= :from AND f.written_at < :until"
_JOINED = "feedback f JOIN feedback_reasons r ON r.feedback_id = f.id"


def _listed(states: Iterable[CartState]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


_LEFT = _listed(LEFT)
# The cart that stands for a merged one: the next of the person, unless they bought in between.
_STANDS = f"""
CASE WHEN o.state != '{CartState.MERGED}' THEN o.id ELSE (
    SELECT l.id FROM orders l WHERE l.person = o.person
    AND (l.quiet_since, l.id) > (o.quiet_since, o.id)
    AND l.state IN ({_listed(LEFT | {CartState.OPEN, CartState.RECOVERED})})
    AND NOT EXISTS (SELECT 1 FROM orders p WHERE p.person = o.person
        AND p.placed_at > o.quiet_since AND p.placed_at <= l.quiet_since)
    ORDER BY l.quiet_since, l.id LIMIT 1) END
"""


# Who said it: the person, else the address, else who has the letter that is answered.
_SPEAKER = """coalesce(
    o.person,
    (SELECT p.person FROM orders p WHERE p.email = f.email AND p.email != '' LIMIT 1),
    nullif(f.email, ''),
    nullif(iif(f.thread = '', '', json_extract(f.thread, '$.answers')), ''),
    'piece ' || f.id)
"""


def by_state(db: Database, where: str, values: dict[str, Any]) -> dict[str, int]:
    """Count the pieces of each state under a condition, without those that were erased."""
    rows = db.query(
        f"SELECT f.state, count(*) AS n FROM feedback f WHERE {where} AND f.erased_at IS NULL "
        "GROUP BY f.state",
        values,
    )
    return {row["state"]: row["n"] for row in rows}


def summary(
    db: Database, wanted: FeedbackFilter, since: datetime, until: datetime
) -> FeedbackSummary:
    """Count what was said from ``since`` up to ``until``, and in the same time before.

    What was erased still counts; gateways' notes do not, unless they alone are asked for.
    """
    where, values = conditions(replace(wanted, days=0), until)
    if wanted.source is not Source.GATEWAY:
        where = f"{where} AND {SAID}"
    now = {**values, "from": write(since), "until": write(until)}
    before = {**values, "from": write(since - (until - since)), "until": write(since)}
    inside = f"{where} AND {_PERIOD}"
    count, earlier = _by_reason(db, inside, now), _by_reason(db, inside, before)
    money, quotes = _money(db, inside, now), _quotes(db, inside, now)
    total = _totals(db, inside, now)
    bars = [
        ReasonBar(
            reason=reason,
            count=count.get(reason, 0),
            before=earlier.get(reason, 0),
            money=sums(amount for amount, _ in money.get(reason, ())),
            carts=sum(carts for _, carts in money.get(reason, ())),
            remedy=reason.remedy,
            quotes=quotes.get(reason, ()),
        )
        for reason in Reason
        if reason in count or reason in earlier
    ]
    bars.sort(key=lambda bar: (-bar.count, -bar.before))
    return FeedbackSummary(
        since=since,
        until=until,
        bars=tuple(bars),
        praise=_praise(db, inside, now),
        pieces=total["pieces"],
        unknown=total["unknown"],
        positive=total["positive"],
        before=_totals(db, inside, before)["pieces"],
    )


def _by_reason(db: Database, where: str, values: dict[str, Any]) -> dict[Reason, int]:
    """Count who named each reason, everybody once however often they did."""
    rows = db.query(
        f"SELECT r.reason, count(DISTINCT {_SPEAKER}) AS n FROM {_JOINED} "
        f"LEFT JOIN orders o ON o.id = f.cart_id WHERE {where} GROUP BY r.reason",
        values,
    )
    return {Reason(row["reason"]): row["n"] for row in rows}


def _totals(db: Database, where: str, values: dict[str, Any]) -> dict[str, int]:
    row = next(
        db.query(
            "SELECT count(*) AS pieces, coalesce(sum(f.mood = 'positive'), 0) AS positive, "
            "coalesce(sum(NOT EXISTS (SELECT 1 FROM feedback_reasons r "
            f"WHERE r.feedback_id = f.id)), 0) AS unknown FROM feedback f WHERE {where}",
            values,
        )
    )
    return dict(row)


def _money(
    db: Database, where: str, values: dict[str, Any]
) -> dict[Reason, list[tuple[Money | None, int]]]:
    """Add up the carts that are left and that a reason was named for, each once a reason."""
    rows = db.query(
        f"WITH named AS (SELECT DISTINCT r.reason, f.cart_id FROM {_JOINED} WHERE {where}), "
        f"meant AS (SELECT DISTINCT n.reason, {_STANDS} AS id FROM named n "
        "JOIN orders o ON o.id = n.cart_id) "
        "SELECT m.reason, o.currency, sum(o.total) AS total, count(*) AS carts FROM meant m "
        f"JOIN orders o ON o.id = m.id WHERE o.state IN ({_LEFT}) AND o.junk = '' "
        "GROUP BY m.reason, o.currency",
        values,
    )
    found: dict[Reason, list[tuple[Money | None, int]]] = {}
    for row in rows:
        total = None if row["total"] is None else Money(row["total"], row["currency"])
        found.setdefault(Reason(row["reason"]), []).append((total, row["carts"]))
    return found


def _quotes(db: Database, where: str, values: dict[str, Any]) -> dict[Reason, tuple[Piece, ...]]:
    rows = list(
        db.query(
            "SELECT reason, id FROM (SELECT r.reason, f.id, row_number() OVER "
            "(PARTITION BY r.reason ORDER BY f.written_at DESC, f.id) AS place "
            f"FROM {_JOINED} WHERE {where} AND f.text != '') WHERE place <= {_QUOTES} "
            "ORDER BY reason, place",
            values,
        )
    )
    known = by_ids(db, {row["id"] for row in rows})
    return {
        Reason(code): tuple(known[row["id"]] for row in rows if row["reason"] == code)
        for code in {row["reason"] for row in rows}
    }


def _praise(db: Database, where: str, values: dict[str, Any]) -> tuple[Piece, ...]:
    ids = _ids(
        db,
        f"SELECT f.id FROM feedback f WHERE {where} AND f.mood = 'positive' AND f.text != '' "
        f"ORDER BY f.written_at DESC, f.id LIMIT {_PRAISE}",
        values,
    )
    known = by_ids(db, ids)
    return tuple(known[number] for number in ids)


def choices(db: Database, wanted: FeedbackFilter, now: datetime) -> FeedbackChoices:
    """Give what each part of a filter can be set to while the others stay as they are."""

    def counted(column: str, kept: FeedbackFilter, limit: int = 100) -> list[tuple[Any, int]]:
        where, values = conditions(kept, now)
        table = _JOINED if column == "r.reason" else "feedback f"
        if column == "r.reason" and wanted.source is not Source.GATEWAY:
            where = f"{where} AND {SAID}"
        rows = db.query(
            f"SELECT {column} AS value, count(*) AS n FROM {table} "
            f"WHERE {where} AND f.erased_at IS NULL AND {column} != '' "
            f"GROUP BY {column} ORDER BY n DESC, value LIMIT {limit}",
            values,
        )
        return [(row["value"], row["n"]) for row in rows]

    products = [
        one for one in counted("f.product_id", replace(wanted, product=0), _PRODUCTS) if one[0]
    ]
    names = _product_names(db, [number for number, _ in products])
    return FeedbackChoices(
        sources=tuple((Source(s), n) for s, n in counted("f.source", replace(wanted, source=None))),
        reasons=tuple((Reason(r), n) for r, n in counted("r.reason", replace(wanted, reason=None))),
        products=tuple((number, names.get(number, ""), n) for number, n in products),
        languages=tuple(counted("f.language", replace(wanted, language=""))),
    )


def _product_names(db: Database, ids: Sequence[int]) -> dict[int, str]:
    marks = ", ".join("?" * len(ids))
    rows = db.query(
        f"SELECT product_id, max(product) AS name FROM feedback WHERE product_id IN ({marks}) "
        "GROUP BY product_id",
        list(ids),
    )
    return {row["product_id"]: row["name"] for row in rows}


def _ids(db: Database, sql: str, values: dict[str, Any]) -> list[int]:
    return [int(row["id"]) for row in db.query(sql, values)]

"""Every figure counted a second time: plain loops over the ledger's raw rows, slow and simple.

Nothing of the counting in the program is used here, so that an error there shows. What is counted
is what the rules decided about each order (its state, the order that brought it back, by what
evidence, since when it was quiet): whether they decide rightly is proved in tests of their own.
Money, refunds, discounts, products, devices, days, letters, versions, reasons, what came through no
checkout and what could be seen at all are derived here from the raw records and events.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]
NO_CENTS = {"JPY"}
PROPERTIES = (
    "stage",
    "country",
    "device",
    "loyalty",
    "product",
    "band",
    "hour",
    "weekday",
    "step",
    "letter",
    "version",
    "language",
    "reason",
)


REASONS = ("shipping_cost", "payment_failed", "price", "later", "other")


@dataclass
class Happening:
    """One thing that happened."""

    what: str
    at: datetime
    order: int
    currency: str
    money: int = 0
    refunded: int = 0
    discount: int = 0
    minutes: int | None = None
    why: str = ""
    properties: dict[str, str] = field(default_factory=dict)


def everything(conn: sqlite3.Connection, zone: str, lost_after_days: int) -> list[Happening]:
    """Walk through all orders and letters and write down what happened."""
    orders = {row["id"]: row for row in _rows(conn, "SELECT * FROM orders ORDER BY id")}
    letters = _rows(conn, "SELECT * FROM reminders ORDER BY id")
    events = _rows(conn, "SELECT * FROM events WHERE kind LIKE 'letter.%' ORDER BY id")
    bought: dict[int, list[datetime]] = defaultdict(list)
    for order in orders.values():
        order["record"] = json.loads(order["raw"])
        if order["placed_at"]:
            bought[order["person"]].append(datetime.fromisoformat(order["placed_at"]))
    sent_to: dict[int, list[Row]] = defaultdict(list)
    for letter in letters:
        if letter["sent_at"] and letter["state"] in ("sent", "unsure", "settled"):
            sent_to[orders[letter["cart_id"]]["person"]].append(letter)
    staff = _staff(conn)
    reasons = _reasons(conn)
    given = _rows(conn, "SELECT * FROM assignments WHERE letter != '' ORDER BY id DESC")
    for letter in letters:
        person = orders[letter["cart_id"]]["person"]
        letter["version"] = ""
        for arm in given:  # the first that was given stands last
            whose = orders[arm["cart_id"]]["person"]
            theirs = whose == person and arm["letter"] == letter["letter"]
            if theirs and letter["sent_at"] and arm["planned_at"] <= letter["sent_at"]:
                letter["version"] = arm["arm"]
    about: dict[int, list[Row]] = defaultdict(list)
    for event in events:
        about[event["reminder_id"]].append(event)
    brought_back = {
        order["recovered_by"] for order in orders.values() if order["state"] == "recovered"
    }

    found: list[Happening] = []
    for order in orders.values():
        earlier = bought[order["person"]]
        why = _made_elsewhere(order, staff)
        if why and order["state"] != "junk":
            if moment := order["placed_at"] or order["quiet_since"]:
                at = datetime.fromisoformat(moment)
                found.append(_happening("apart", at, order, order, earlier))
                found[-1].why = why
                found[-1].properties["product"] = ""
            continue
        found += _of_cart(order, orders, earlier, sent_to[order["person"]], lost_after_days)
        if order["placed_at"]:
            at = datetime.fromisoformat(order["placed_at"])
            what = "back" if order["id"] in brought_back else "direct"
            one = _happening(what, at, order, order, earlier)
            one.properties |= {"stage": "placed", "loyalty": _loyalty(earlier, at)}
            found.append(one)
    for letter in letters:
        found += _of_letter(letter, orders[letter["cart_id"]], bought, about[letter["id"]])
    for one in found:
        local = one.at.astimezone(ZoneInfo(zone))
        one.properties["reason"] = reasons.get(one.order, "")
        one.properties |= {"hour": str(local.hour), "weekday": str(local.weekday() + 1)}
    return found


def _of_cart(
    order: Row,
    orders: dict[int, Row],
    bought: list[datetime],
    letters: list[Row],
    lost_after_days: int,
) -> list[Happening]:
    if order["quiet_since"] is None:
        return []
    quiet = datetime.fromisoformat(order["quiet_since"])
    if order["state"] == "junk":
        apart = _happening("apart", quiet, order, order, bought)
        apart.why = order["junk"]
        apart.properties["product"] = ""
        return [apart]
    if order["state"] not in ("abandoned", "recovered", "lost", "stopped"):
        return []
    if order["abandoned_at"] is None:
        return []
    left = _happening("decided", quiet, order, order, bought)
    if order["lane"] == "draft":
        left.properties["device"] = ""
    started = datetime.fromisoformat(order["created_at"])
    left.minutes = max(0, int((quiet - started).total_seconds() // 60))
    if order["state"] == "abandoned":
        left.what = "recoverable" if order["reached"] in ("email", "address") else "mute"
    if order["state"] == "lost":
        given_up = quiet + timedelta(days=lost_after_days)
        return [left, _happening("lost", given_up, order, order, bought)]
    by = orders.get(order["recovered_by"])
    if order["state"] != "recovered" or by is None or by["placed_at"] is None:
        return [left]
    at = datetime.fromisoformat(by["placed_at"])
    what = {
        "coupon": "strict",
        "campaign": "strict",
        "same-order": "loose",
        "within-5-days": "loose",
    }.get(order["evidence"] or "", "themselves")
    back = _happening(what, at, order, by, bought)
    back.minutes = max(0, int((at - quiet).total_seconds() // 60))
    last = None
    for letter in letters:
        moment = datetime.fromisoformat(letter["sent_at"])
        if quiet <= moment <= at and (last is None or _when(letter) >= _when(last)):
            last = letter
    if last is not None and what != "themselves":
        back.properties |= _letters_properties(last, order)
    return [left, back]


def _of_letter(
    letter: Row, order: Row, bought: dict[int, list[datetime]], events: list[Row]
) -> list[Happening]:
    first: dict[str, datetime] = {}
    for event in events:
        kind = event["kind"].removeprefix("letter.")
        moment = datetime.fromisoformat(event["at"])
        first[kind] = min(moment, first.get(kind, moment))
    moments = {"bounced": first.get("bounced"), "replied": first.get("replied")}
    if letter["sent_at"] and letter["state"] in ("sent", "unsure", "settled"):
        moments["sent"] = datetime.fromisoformat(letter["sent_at"])
    if letter["state"] == "refused":
        moments["refused"] = first.get("refused", first.get("came-back"))
    found = []
    for what, at in moments.items():
        if at is not None:
            one = _happening(what, at, order, order, bought[order["person"]])
            one.money = one.refunded = one.discount = 0
            one.properties |= _letters_properties(letter, order)
            found.append(one)
    return found


def _happening(what: str, at: datetime, cart: Row, paid: Row, bought: list[datetime]) -> Happening:
    """Write down one thing about a cart, with the money of the order that was paid."""
    money = paid["total"] or 0
    is_order = paid is not cart or what in ("direct", "back", "strict", "loose", "themselves")
    valued = cart if cart["currency"] == paid["currency"] else paid
    quiet = cart["quiet_since"] and datetime.fromisoformat(cart["quiet_since"])
    known = quiet and cart["reached"] != "nothing"
    return Happening(
        what,
        at,
        cart["id"],
        paid["currency"],
        money,
        _refunded(paid) if is_order else 0,
        _discount(paid) if is_order else 0,
        properties={
            "stage": _stage(cart),
            "country": cart["country"],
            "device": _device(cart["record"]),
            "loyalty": _loyalty(bought, quiet) if known else "",
            "product": _product(cart["record"]),
            "band": _band(valued["total"], valued["currency"]),
            "step": "",
            "letter": "",
            "version": "",
            "language": _language(cart["record"]),
            "reason": "",
        },
    )


def _letters_properties(letter: Row, order: Row) -> dict[str, str]:
    return {
        "step": str(letter["step"]),
        "letter": letter["letter"],
        "version": letter["version"],
        "language": letter["language"] or _language(order["record"]),
    }


def _staff(conn: sqlite3.Connection) -> Row:
    found = _rows(conn, "SELECT value FROM state WHERE key = 'staff'")
    return dict(json.loads(found[0]["value"])) if found else {"email": "", "domain": ""}


def _made_elsewhere(order: Row, staff: Row) -> str:
    """Say why an order came through no checkout of the shop."""
    if order["let_back"]:
        return ""
    email, via = order["email"], order["record"].get("created_via", "")
    own = email and (email == staff["email"] or email.rpartition("@")[2] == staff["domain"])
    if own or via == "admin":
        return "made by the shop itself"
    elsewhere = "no checkout: a renewal, a till or another program"
    return elsewhere if via not in ("", "checkout", "store-api") else ""


def _reasons(conn: sqlite3.Connection) -> dict[int, str]:
    """Give the first reason somebody named for each cart; a gateway is nobody."""
    found: dict[int, str] = {}
    pieces = _rows(conn, "SELECT * FROM feedback WHERE cart_id IS NOT NULL")
    for piece in sorted(pieces, key=lambda one: (one["written_at"], one["id"])):
        named = _rows(conn, "SELECT * FROM feedback_reasons")
        these = {one["reason"] for one in named if one["feedback_id"] == piece["id"]}
        if these and piece["source"] != "gateway":
            found.setdefault(piece["cart_id"], next(one for one in REASONS if one in these))
    return found


def _when(letter: Row) -> tuple[str, int]:
    return letter["sent_at"], letter["id"]


def _stage(order: Row) -> str:
    if order["lane"] == "draft":
        return "-".join(filter(None, ("draft", order["reached"])))
    return "" if order["lane"] == "none" else str(order["lane"])


def _loyalty(bought: list[datetime], before: datetime) -> str:
    count = len([moment for moment in bought if moment < before])
    return {0: "new", 1: "returning", 2: "returning"}.get(count, "loyal")


def _meta(record: Row) -> dict[str, str]:
    return {
        item["key"]: item["value"]
        for item in record.get("meta_data") or []
        if isinstance(item.get("value"), str)
    }


def _device(record: Row) -> str:
    device = _meta(record).get("_wc_order_attribution_device_type", "")
    return device if device in ("Desktop", "Mobile", "Tablet") else ""


def _language(record: Row) -> str:
    return _meta(record).get("wpml_language", "")[:2].lower()


def _minor(text: object, currency: str) -> int:
    return int(Decimal(str(text or 0)) * (1 if currency in NO_CENTS else 100))


def _product(record: Row) -> str:
    best, product = -1, ""
    for line in record.get("line_items") or []:
        total = _minor(line.get("total"), "EUR") + _minor(line.get("total_tax"), "EUR")
        if line.get("product_id") and total > best:
            best, product = total, str(line["product_id"])
    return product


def _refunded(order: Row) -> int:
    total = order["total"] or 0
    if order["status"] == "refunded":
        return int(total)
    parts = [
        abs(_minor(one.get("total"), order["currency"]))
        for one in order["record"].get("refunds") or []
    ]
    return min(int(total), sum(parts))


def _discount(order: Row) -> int:
    record, currency = order["record"], order["currency"]
    return _minor(record.get("discount_total"), currency) + _minor(
        record.get("discount_tax"), currency
    )


def _band(minor: int | None, currency: str) -> str:
    if minor is None:
        return ""
    whole = minor // (1 if currency in NO_CENTS else 100)
    lower = 0
    step = 10
    while step <= whole:
        for edge in (step, 2 * step, 5 * step):
            if edge <= whole:
                lower = edge
        step *= 10
    return str(lower)


# Adding up.

Totals = dict[str, tuple[int, int]]
MEASURES = {
    "abandoned": ("recoverable", "mute", "decided"),
    "recoverable": ("recoverable",),
    "waiting": ("recoverable", "mute"),
    "recovered": ("strict", "loose"),
    "strict": ("strict",),
    "by_themselves": ("themselves",),
    "lost": ("lost",),
    "placed": ("direct", "back"),
    "direct": ("direct",),
    "sent": ("sent",),
    "refused": ("refused",),
    "bounced": ("bounced",),
    "replied": ("replied",),
    "kept_apart": ("apart",),
}


def totals(found: Iterable[Happening]) -> dict[str, Any]:
    """Count, and add up the money, by measure."""
    several = list(found)
    sums: dict[str, Any] = {}
    for measure, whats in MEASURES.items():
        these = [one for one in several if one.what in whats]
        sums[measure] = (len(these), sum(one.money for one in these))
    orders = [one for one in several if one.what in ("direct", "back")]
    returns = [one for one in several if one.what in ("strict", "loose")]
    sums["refunded"] = sum(one.refunded for one in orders)
    sums["recovered_refunded"] = sum(one.refunded for one in returns)
    sums["discount"] = sum(one.discount for one in returns)
    return sums


def recount(
    conn: sqlite3.Connection,
    *,
    zone: str,
    lost_after_days: int,
    since: date,
    until: date,
    currency: str,
) -> dict[str, Any]:
    """Count all figures of some days in one currency."""
    whole = everything(conn, zone, lost_after_days)
    place = ZoneInfo(zone)

    def during(first: date, end: date) -> list[Happening]:
        return [one for one in whole if first <= one.at.astimezone(place).date() < end]

    inside = during(since, until)
    now = [one for one in inside if one.currency == currency]
    then = [one for one in during(since - (until - since), since) if one.currency == currency]
    days: dict[date, list[Happening]] = defaultdict(list)
    for one in now:
        days[one.at.astimezone(place).date()].append(one)
    groups: dict[str, dict[str, list[Happening]]] = {name: defaultdict(list) for name in PROPERTIES}
    for one in now:
        for name in PROPERTIES:
            groups[name][one.properties[name]].append(one)
    known = {
        date.fromisoformat(row["day"]): row["visits"]
        for row in _rows(conn, "SELECT * FROM visits")
        if since <= date.fromisoformat(row["day"]) < until
    }
    visited = [
        one
        for one in inside
        if one.what in ("direct", "back") and one.at.astimezone(place).date() in known
    ]
    midnight = [
        datetime(d.year, d.month, d.day, tzinfo=place).astimezone(UTC) for d in (since, until)
    ]
    return {
        "tally": totals(now),
        "before": totals(then),
        **_known(conn, whole, place, since - (until - since), lost_after_days, totals(then)),
        "series": {day: totals(several) for day, several in days.items()},
        "breakdowns": {
            name: {key: totals(several) for key, several in keys.items()}
            for name, keys in groups.items()
        },
        "to_abandon": _quartiles(now, ("recoverable", "mute", "decided")),
        "to_return": _quartiles(now, ("strict", "loose")),
        "mobile": _mobile(now),
        "conversion": (len(visited), sum(known.values()), len(known)),
        "kept_apart": dict(Counter(one.why for one in inside if one.what == "apart")),
        "unreadable": sum(
            midnight[0] <= datetime.fromisoformat(row["seen_at"]) < midnight[1]
            for row in _rows(conn, "SELECT * FROM quarantine")
        ),
    }


def _known(
    conn: sqlite3.Connection,
    whole: list[Happening],
    place: ZoneInfo,
    first: date,
    lost_after_days: int,
    then: dict[str, Any],
) -> dict[str, Any]:
    """Tell which counts of the time before can be known: what came before the first look cannot."""

    def day(moment: datetime) -> date:
        return moment.astimezone(place).date()

    looks = [
        day(datetime.fromisoformat(row["at"]))
        for row in _rows(conn, "SELECT at FROM events WHERE kind = 'sync.done'")
    ]
    if not looks:
        names = ("abandoned", "placed", "lost", "sent")
        return {"before_shown": {name: then[name][0] for name in names}, "since": (None, None)}
    looked = min(looks)
    orders = max(looked - timedelta(days=365), min([looked, *(day(one.at) for one in whole)]))
    drafts = any(row["lane"] == "draft" for row in _rows(conn, "SELECT lane FROM orders"))
    carts = looked if drafts else orders
    known = {
        "abandoned": first >= carts,
        "placed": first >= orders,
        "lost": first - timedelta(days=lost_after_days) >= carts,
        "sent": first >= looked,
    }
    return {
        "before_shown": {name: then[name][0] if yes else None for name, yes in known.items()},
        "since": (looked, orders),
    }


def _quartiles(found: list[Happening], whats: tuple[str, ...]) -> tuple[int | None, ...]:
    minutes = sorted(one.minutes for one in found if one.what in whats and one.minutes is not None)
    count = len(minutes)
    if not count:
        return (None, None, None, 0)
    return (*(minutes[-(-quarter * count // 4) - 1] for quarter in (1, 2, 3)), count)


def _mobile(found: list[Happening]) -> tuple[float | None, int, float | None]:
    ended = [one for one in found if one.what in ("recoverable", "mute", "decided", "direct")]
    known = [one for one in ended if one.properties["device"]]
    mobile = [one for one in known if one.properties["device"] in ("Mobile", "Tablet")]
    left = [one for one in mobile if one.what != "direct"]
    abandoned = [one for one in ended if one.what != "direct"]
    dark = [one for one in abandoned if not one.properties["device"]]
    return (
        len(left) / len(mobile) if mobile else None,
        len(known),
        len(dark) / len(abandoned) if abandoned else None,
    )


def _rows(conn: sqlite3.Connection, sql: str) -> list[Row]:
    cursor = conn.execute(sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor]

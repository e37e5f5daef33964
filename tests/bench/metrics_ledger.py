"""A ledger that has lived for a year: carts, orders, letters and what was noted of each."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.times import write
from cartdesk.domain.model import Shop

YEAR = timedelta(days=365)
_COUNTRIES = ("FI", "FI", "FI", "DE", "SE", "HU", "AT", "NL", "FR", "ES", "IT", "PL", "GB", "")
_FATES = ("lost",) * 11 + ("recovered",) * 4 + ("abandoned",) + ("placed",) * 4
_LANES = ("draft", "draft", "unpaid", "failed", "cancelled")
_REACHED = ("nothing", "email", "address", "address")
_EVIDENCE = ("campaign", "same-order", "within-5-days", "by-themselves", "by-themselves")
_LETTERS = ("friendly-reminder", "any-questions", "small-gift")
_PRODUCTS = 400


def write_year(path: Path, carts: int, events: int) -> None:
    """Write a ledger with so many carts and events over the last year and its half before."""
    chance = random.Random(1)
    now = datetime.now(UTC).replace(microsecond=0)
    book = Book(path)
    try:
        book.write(lambda book: _fill(book, chance, now, carts, events))
        book.write(lambda book: book.state.keep_shop(Shop("http://127.0.0.1:9", currency="EUR")))
    finally:
        book.close()


def _fill(book: Book, chance: random.Random, now: datetime, carts: int, events: int) -> None:
    rows: list[dict[str, Any]] = []
    letters: list[dict[str, Any]] = []
    noted: list[tuple[str, str, int]] = []
    for number in range(1, carts + 1):
        at = now - YEAR * (1 - number / carts) - timedelta(minutes=chance.randrange(1, 900))
        fate = chance.choice(_FATES)
        rows.append(_order(chance, number, at, fate))
        for step in range(1, chance.choice((0, 1, 2, 3)) + 1):
            sent = at + timedelta(hours=24 * step - 20)
            if fate != "placed":
                letters.append(_letter(len(letters) + 1, number, step, sent))
    places = range(events)
    for place in places:
        cart = 1 + place * carts // events
        noted.append((rows[cart - 1]["created_at"], "cart.asked", cart))
    conn = book.db.conn
    for table, several in (("orders", rows), ("reminders", letters)):
        names = list(several[0])
        conn.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) "
            f"VALUES ({', '.join(f':{name}' for name in names)})",
            several,
        )
    conn.executemany("INSERT INTO events (at, kind, cart_id) VALUES (?, ?, ?)", noted)


def _order(chance: random.Random, number: int, at: datetime, fate: str) -> dict[str, Any]:
    bought = fate in {"recovered", "placed"}
    total = chance.randrange(500, 40_000)
    paid = at + timedelta(hours=chance.randrange(2, 90)) if fate == "recovered" else at
    status = "processing" if bought else "pending"
    currency = "EUR" if number % 10 else "USD"
    lines = [
        {"product_id": product, "name": f"Product {product}", "quantity": 1, "total": str(price)}
        for product, price in (
            (chance.randrange(1, _PRODUCTS), chance.randrange(1, 90)) for _ in range(3)
        )
    ]
    meta = {
        "key": "_wc_order_attribution_device_type",
        "value": chance.choice(("Mobile", "Desktop")),
    }
    country = chance.choice(_COUNTRIES)
    raw = {
        "id": number,
        "status": status,
        "currency": currency,
        "total": f"{total / 100:.2f}",
        "discount_total": "2.00" if number % 5 == 0 else "0.00",
        "discount_tax": "0.00",
        "refunds": [{"id": 1, "total": "-5.00"}] if bought and number % 12 == 0 else [],
        "date_created_gmt": at.isoformat(),
        "date_modified_gmt": paid.isoformat(),
        "billing": {"email": f"p{number % 60_000}@example.org", "country": country},
        "meta_data": [meta] if bought or number % 3 else [],
        "line_items": lines,
    }
    return {
        "id": number,
        "number": str(number),
        "status": status,
        "lane": "none" if fate == "placed" else chance.choice(_LANES),
        "state": fate,
        "person": 1 + number % 60_000,
        "email": f"p{number % 60_000}@example.org",
        "customer_id": 0,
        "name": "Ana Petrova",
        "country": country,
        "currency": currency,
        "total": total,
        "items": 3,
        "created_at": write(at - timedelta(minutes=int(chance.expovariate(1 / 25)))),
        "modified_at": write(paid),
        "quiet_since": None if fate == "placed" else write(at),
        "placed_at": write(paid) if bought else None,
        "first_seen": write(at),
        "abandoned_at": None if fate == "placed" else write(at),
        "recovered_by": number if fate == "recovered" else None,
        "recovered_at": write(paid) if fate == "recovered" else None,
        "evidence": chance.choice(_EVIDENCE) if fate == "recovered" else None,
        "reached": chance.choice(_REACHED),
        "unjudged": 0,
        "words": "ana petrova",
        "hash": str(number),
        "raw": json.dumps(raw),
    }


def _letter(number: int, cart: int, step: int, sent: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "cart_id": cart,
        "sequence": "recovery",
        "step": step,
        "letter": _LETTERS[step - 1],
        "state": "sent",
        "due_at": write(sent),
        "sent_at": write(sent),
        "language": ("en", "fi", "hu")[cart % 3],
    }

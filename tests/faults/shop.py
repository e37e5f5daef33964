"""A shop that answers at once from a dictionary, and a clock that is set by hand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cartdesk.domain.model import Note, Product, Review, Shop
from cartdesk.domain.ports import Page, Record, StoreError

ADDRESS = "https://shop.example"
START = datetime(2026, 3, 3, 12, tzinfo=UTC)


class HandClock:
    """Time that stands still until it is set; ``wall`` and ``now`` are one, as in real use."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    def advance(self, step: timedelta) -> None:
        self.at += step


def stamp(time: datetime) -> str:
    """Write a time as WooCommerce does."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _plain(text: str) -> str:
    """Fold as the shop's database compares: letters of any width and case are alike."""
    return unicodedata.normalize("NFKC", text).casefold()


def unpaid(number: int, now: datetime, **other: Any) -> Record:
    """Make an order that was placed three hours ago and never paid."""
    then = stamp(now - timedelta(hours=3))
    return {
        "id": number,
        "number": str(number),
        "status": "pending",
        "currency": "EUR",
        "date_created_gmt": then,
        "date_modified_gmt": then,
        "date_paid_gmt": None,
        "total": "49.90",
        "customer_id": 0,
        "created_via": "checkout",
        "payment_url": f"{ADDRESS}/checkout/order-pay/{number}/?pay_for_order=true&key=wc_{number}",
        "needs_payment": True,
        "billing": {
            "first_name": "Ana",
            "last_name": f"Number {number}",
            "email": f"ana{number}@example.org",
            "address_1": "Oak Street 1",
            "city": "Turku",
            "country": "US",
        },
        "line_items": [
            {"product_id": 7, "name": "Oak tray", "quantity": 1, "total": "49.90", "total_tax": "0"}
        ],
        "meta_data": [],
        **other,
    }


class StubShop:
    """A :class:`cartdesk.domain.ports.Store` over ``records``; ``down`` makes it unreachable."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.records = {int(record["id"]): record for record in records}
        self.down = False
        self.asked = 0

    async def orders(self, query: Mapping[str, str]) -> Page:
        self._answer()
        email, customer = _plain(query.get("search", "")), query.get("customer")
        since = query.get("modified_after", "")
        found = [
            record
            for record in self.records.values()
            if (not email or email in _plain(record["billing"].get("email") or ""))
            and (customer is None or str(record["customer_id"]) == customer)
            and (record["date_modified_gmt"] or since) >= since
        ]
        found.sort(key=lambda record: record["date_created_gmt"] or "", reverse=True)
        size, number = int(query.get("per_page", "10")), int(query.get("page", "1"))
        shown = found[(number - 1) * size : number * size]
        return Page(tuple(shown), len(found), -(-len(found) // size), None)

    async def order(self, order_id: int) -> Record | None:
        self._answer()
        return self.records.get(order_id)

    async def notes(self, order_id: int) -> tuple[Note, ...]:
        return ()

    async def reviews(self, after: datetime | None) -> tuple[Review, ...]:
        return ()

    async def products(self, ids: Sequence[int]) -> tuple[Product, ...]:
        return ()

    async def is_paying_customer(self, email: str) -> bool | None:
        return None

    async def shop(self) -> Shop:
        return Shop(ADDRESS)

    async def can_write(self) -> bool | None:
        return False

    async def close(self) -> None:
        """Nothing is open."""

    def change(self, number: int, now: datetime, **fields: Any) -> None:
        """Change an order, as a shopper or the shop would."""
        changed = stamp(now)
        self.records[number] = {**self.records[number], "date_modified_gmt": changed, **fields}

    def _answer(self) -> None:
        self.asked += 1
        if self.down:
            raise StoreError("unreachable", "The shop cannot be reached.", passing=True)

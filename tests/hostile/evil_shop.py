"""The demo shop in bad hands: every text it gives tries something."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cartdesk.demo.shoppers import CONSENT_KEY
from cartdesk.demo.web import Request, Response
from cartdesk.demo.world import World
from cartdesk.domain.senders import SCHEDULED_META, SENT_META
from tests.desks import Bench
from tests.hostile.tricks import EMAILS, SAID, SHORT, TEXTS, URLS

# What a shop must give for anything to be shown at all; each of these is spoilt in some orders.
_KEPT = frozenset(
    {"id", "status", "currency", "type", "stock_status", "namespace", "timezone_string"}
    | {"payment_method", "created_via", "total", "total_tax", "quantity", "product_id"}
    | {"subtotal", "country", "discount_total", "discount_tax", "shipping_total", "shipping_tax"}
    | {"slug"}
)
_LINKS = frozenset(
    ("payment_url", "src", "permalink", "product_permalink", "home", "url", "link", "href")
)
_META_KEPT = frozenset({CONSENT_KEY, SENT_META, SCHEDULED_META})
_SETTINGS_SPOILT = frozenset(
    {"woocommerce_price_thousand_sep", "woocommerce_price_decimal_sep", "woocommerce_currency_pos"}
)
VERSION = "10.9.[@click=app.quit]x[/]\x1b]0;x\x07"  # of which the first 20 characters are read


class Evil:
    """Puts a trick into every text of every answer; the tricks take turns.

    Args:
        world: The shop.
        pay_links: Whether the links to pay are left as they are.
        writable: Addresses that are left as they are; of the others every second one is spoilt.
    """

    def __init__(
        self, world: World, *, pay_links: bool, writable: frozenset[str] = frozenset()
    ) -> None:
        self._shop = world.address
        self._turn = 0
        self._pay_links = pay_links
        self._writable = writable

    def __call__(self, request: Request, answer: Response) -> Response:
        try:
            value = json.loads(answer.body)
        except ValueError:
            return answer
        if answer.status != 200:
            return replace(answer, body=json.dumps({**value, "message": SAID}).encode())
        if "/settings/" in request.path:
            value = self._settings(value)
        elif "/system_status" in request.path:
            value = self._system_status(value)
        else:
            value = self._spoilt("", value)
        return replace(answer, body=json.dumps(value).encode())

    def _settings(self, rows: Any) -> Any:
        for row in rows:
            if row.get("id") in _SETTINGS_SPOILT:
                row["value"] = self._next(SHORT)
        return rows

    def _system_status(self, status: Any) -> Any:
        found: dict[str, Any] = self._spoilt("", status)
        found["environment"] = {**found.get("environment", {}), "version": VERSION}
        told = {"currency": "EUR", "currency_symbol": self._text(), "number_of_decimals": 2}
        found["settings"] = {**found.get("settings", {}), **told}
        plugins = [f"{text[:300]}/x.php" for text in TEXTS]
        found["active_plugins"] = ["woocommerce/woocommerce.php", *plugins]
        return found

    def _spoilt(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            if "meta_data" in value:
                return self._order(value)
            return {name: self._spoilt(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            more = [self._text()] if key == "namespaces" else []
            return [self._spoilt(key, inner) for inner in value] + more
        if not isinstance(value, str) or key in _KEPT or key.startswith("date_"):
            return value
        if key == "payment_url" and self._pay_links:
            return value
        if key in {"email", "reviewer_email"}:
            return self._email(value)
        if key in _LINKS:
            return self._next(URLS).replace("{shop}", self._shop)
        if key == "namespaces":
            return value
        return self._text()

    def _order(self, order: dict[str, Any]) -> dict[str, Any]:
        """Spoil an order: its coupons too, and its meta data but for what makes it writable.

        One order has the same tricks each time it is asked for, or it would seem to change.
        """
        found: dict[str, Any] = {}
        for name, value in order.items():
            self._turn = zlib.crc32(f"{order.get('id')} {name}".encode())
            if name == "meta_data":
                found[name] = [*map(self._meta, value), self._meta({"id": 1, "key": self._text()})]
            elif name == "coupon_lines":
                found[name] = [*value, {"id": 1, "code": self._text(), "discount": "0"}]
            else:
                found[name] = self._spoilt(name, value)
        return found

    def _meta(self, entry: dict[str, Any]) -> dict[str, Any]:
        return entry if entry["key"] in _META_KEPT else {**entry, "value": self._text()}

    def _email(self, address: str) -> str:
        if not address or address in self._writable or zlib.crc32(address.encode()) % 2:
            return address
        return self._next(EMAILS)

    def _text(self) -> str:
        found = self._next(TEXTS)
        if len(found) > 100_000 and self._turn % 40:
            return found[:2000]  # a hundred of them in one answer are a matter for its size
        return found

    def _next(self, tricks: Sequence[str]) -> str:
        self._turn += 1
        return tricks[self._turn % len(tricks)]


@asynccontextmanager
async def evil_bench(
    directory: Path, *, hours: float = 3, pay_links: bool = False
) -> AsyncIterator[Bench]:
    """A desk over such a shop, some hours into its story; nothing was asked yet."""
    async with World(directory, speed=0) as world:
        world.clock.advance(timedelta(hours=hours))
        known = frozenset(order.email for order in world.shop.orders.values())
        world.store.faults.append(Evil(world, pay_links=pay_links, writable=known))
        for number, order in enumerate(sorted(world.shop.orders.values(), key=lambda o: -o.id)):
            if number < 60:
                order.customer_note = "please ring twice"
                world.shop.touch(order)
        yield Bench(world, directory)

"""Checkouts that were left, of recorded orders, in a ledger judged by the real rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cartdesk.adapters.ledger import Book
from cartdesk.domain.model import Product, Shop
from cartdesk.domain.settings import SenderSettings, SequenceSettings, Settings
from cartdesk.work.facts import Desktop
from cartdesk.work.planning import settle
from tests.feedback.books import NOW, order

SHOP = Shop("https://shop.example", currency="EUR", country="FI")
YESTERDAY = "2026-11-20T12:00:00"
SINCE, UNTIL = NOW - timedelta(days=30), NOW + timedelta(hours=1)


def left(number: int, **changes: Any) -> dict[str, Any]:
    """Give a checkout of yesterday without a coupon: 41.26 for six things, 6.15 shipping."""
    times = {"date_created_gmt": YESTERDAY, "date_modified_gmt": YESTERDAY}
    plain = {"coupon_lines": [], "discount_total": "0.00", "discount_tax": "0.00"}
    return order(number, **{**times, **plain, **changes})


def keep(book: Book, *records: dict[str, Any], now: datetime = NOW) -> None:
    """Keep orders and judge them."""

    def work(book: Book) -> None:
        book.orders.save(records, now)
        settle(book, SequenceSettings(), now)

    book.write(work)


def coffee(**changes: Any) -> Product:
    """Give the product that costs 3.15 a piece in those checkouts."""
    known: dict[str, Any] = {
        "id": 14,
        "name": "House coffee 500 g",
        "kind": "simple",
        "status": "publish",
        "purchasable": True,
        "in_stock": True,
        "stock": None,
        "price": "3.15",
    }
    return Product(**{**known, **changes})


def stocked(book: Book, *products: Product) -> None:
    """Let the ledger know what the shop says of products."""
    book.write(lambda book: book.cache.keep_products(products, NOW))


def desktop(free_from: str = "", shop: Shop = SHOP) -> Desktop:
    """Give the present."""
    settings = Settings(sender=SenderSettings(free_shipping_from=free_from))
    return Desktop(shop, settings, NOW, NOW)

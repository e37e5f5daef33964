"""Ledgers that are full already: unfinished checkouts as a shop gives them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.reading import FIELDS
from cartdesk.demo.catalog import BUYABLE
from cartdesk.demo.orders import order_record
from cartdesk.demo.people import somebody
from cartdesk.demo.rest import chosen
from cartdesk.demo.shop import ShopData
from cartdesk.domain.model import Shop
from cartdesk.domain.ports import Record
from cartdesk.domain.settings import SequenceSettings
from cartdesk.work.planning import settle

ADDRESS = "http://127.0.0.1:9"  # the discard port: nobody serves there
YEAR = timedelta(days=365)
_AT_ONCE = 500
_STATUSES = ("checkout-draft", "pending", "failed")


def write_carts(path: Path, number: int, over: timedelta = YEAR) -> None:
    """Write a new ledger with ``number`` carts from ``over`` ago until an hour ago, all judged."""
    now = datetime.now(UTC)
    book = Book(path)
    try:
        records = unfinished(number, now, over)
        for begin in range(0, number, _AT_ONCE):
            some = tuple(islice(records, _AT_ONCE))
            seen = now - over * (1 - begin / number)  # each batch was seen when it was new
            book.write(partial(_save, some, seen))
        book.write(lambda book: settle(book, SequenceSettings(), now))
        book.write(lambda book: book.state.keep_shop(Shop(ADDRESS, "Oak & Tin", currency="EUR")))
        book.write(lambda book: book.events.add("sync.done", now))
    finally:
        book.close()


def _save(records: Sequence[Record], seen: datetime, book: Book) -> None:
    book.orders.save(records, seen)


def unfinished(number: int, now: datetime, over: timedelta = YEAR) -> Iterator[Record]:
    """Give unpaid orders, oldest first, with the fields cartdesk asks for."""
    chance = random.Random(1)
    shop = ShopData()
    fields = tuple(FIELDS.split(","))
    for place in range(number):
        at = now - timedelta(hours=1) - over * (1 - (place + 1) / number)
        items = tuple((item.id, 1) for item in chance.sample(BUYABLE, chance.choice((1, 2, 3))))
        order = shop.open_order(at, items, chance.choice(_STATUSES))
        order.email, order.address = somebody(chance, place)
        yield chosen(order_record(order, ADDRESS, shop.woo), fields)

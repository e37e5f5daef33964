"""The last question before a letter goes: has this person bought meanwhile?"""

from __future__ import annotations

import asyncio

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.reading import FIELDS
from cartdesk.domain.ports import Clock, Page, Store
from cartdesk.domain.settings import SequenceSettings
from cartdesk.work.planning import Settled, settle

_NEWEST = {
    "status": "any",
    "orderby": "date",
    "order": "desc",
    "per_page": "20",
    "_fields": FIELDS,
}


async def recheck(
    cart_id: int, store: Store, ledger: LedgerThread, rules: SequenceSettings, clock: Clock
) -> Settled:
    """Ask the shop for the order itself and the newest orders of the person behind it.

    What it answers goes into the ledger and is judged at once, so a letter whose reason is
    gone is cancelled by the same rules as after any poll.

    Raises:
        StoreError: The shop could not be asked; then nothing was learnt and nothing may go.
    """
    cart = await ledger.read(lambda book: book.orders.cart(cart_id))
    searches: list[dict[str, str]] = []
    if cart is not None and cart.email:
        searches.append({"search": cart.email})
    if cart is not None and cart.customer_id:
        searches.append({"customer": str(cart.customer_id)})
    order, *pages = await asyncio.gather(
        store.order(cart_id), *(store.orders({**_NEWEST, **search}) for search in searches)
    )
    records = [record for page in pages if isinstance(page, Page) for record in page.records]
    if isinstance(order, dict):
        records.append(order)
    now = clock.now()

    def keep(book: Book) -> Settled:
        book.orders.save(records, now)
        if order is None:
            book.orders.gone([cart_id], now)
        book.events.add("cart.asked", now, cart_id=cart_id)
        return settle(book, rules, now)

    return await ledger(keep)

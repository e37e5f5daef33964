"""The last question before a letter goes: has this person bought meanwhile?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.shop.reading import FIELDS, Unreadable, read_order
from cartdesk.domain.lifecycle import judging
from cartdesk.domain.model import Cart, Note, Shop
from cartdesk.domain.ports import Page, Record, Store
from cartdesk.work.context import Context
from cartdesk.work.planning import Settled, settle

_NEWEST = {
    "status": "any",
    "orderby": "date",
    "order": "desc",
    "per_page": "20",
    "_fields": FIELDS,
}
_DRAFT = "checkout-draft"


async def recheck(cart_id: int, store: Store, context: Context) -> Settled:
    """Ask the shop for the order itself and the newest orders of the person behind it.

    What it answers goes into the ledger and is judged at once, so a letter whose reason is
    gone is cancelled by the same rules as after any poll. An order that the shop no longer
    has was taken away by a person, unless it was a draft: shops clear those by themselves.

    Raises:
        StoreError: The shop could not be asked; then nothing was learnt and nothing may go.
    """
    ledger, rules = context.ledger, context.settings.sequence
    known = await ledger.read(lambda book: book.orders.cart(cart_id))
    searches = _searches(known)
    order, records = await asyncio.gather(store.order(cart_id), _newest(store, searches))
    # the shopper may have logged in or corrected the address since
    records += await _newest(store, _searches(_read(order)) - searches)
    now = context.clock.now()

    def keep(book: Book) -> bool:
        book.orders.save(records, now)
        if order is not None:
            book.orders.save([order], now, fresh=True)
        else:
            book.orders.gone([cart_id], now)
            if known is not None and known.status != _DRAFT:
                book.orders.cancelled(cart_id, "person")
        book.events.add("cart.asked", now, cart_id=cart_id)
        since = now - timedelta(days=rules.lost_after_days)
        return cart_id in book.orders.cancelled_undecided(since)

    if await ledger(keep):
        await who_cancelled(cart_id, store, ledger, context.shop)
    return await ledger(lambda book: settle(book, rules, now))


async def who_cancelled(order_id: int, store: Store, ledger: LedgerThread, shop: Shop) -> None:
    """Learn from an order's notes who cancelled it, and keep that. Raises StoreError."""
    notes: tuple[Note, ...] = await store.notes(order_id)

    def keep(book: Book) -> None:
        book.cache.keep_notes(notes)
        cart = book.orders.cart(order_id)
        if cart is not None:
            by = judging.cancelled_by(
                created_at=cart.created_at,
                cancelled_at=cart.modified_at,
                created_via=cart.created_via,
                hold_minutes=shop.hold_minutes,
                notes=[note.text for note in notes],
            )
            book.orders.cancelled(order_id, by)

    await ledger(keep)


def _searches(cart: Cart | None) -> set[tuple[str, str]]:
    """Give the questions that find a person's other orders."""
    if cart is None:
        return set()
    found = {("search", cart.email)} if cart.email else set()
    return found | ({("customer", str(cart.customer_id))} if cart.customer_id else set())


async def _newest(store: Store, searches: Iterable[tuple[str, str]]) -> list[Record]:
    pages: list[Page] = await asyncio.gather(
        *(store.orders({**_NEWEST, key: value}) for key, value in sorted(searches))
    )
    return [record for page in pages for record in page.records]


def _read(order: Record | None) -> Cart | None:
    try:
        return None if order is None else read_order(order)
    except Unreadable:
        return None

"""The last question before a letter goes: has this person bought meanwhile?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.shop.order_changes import bare
from cartdesk.adapters.shop.reading import FIELDS, Unreadable, read_known_as, read_order
from cartdesk.domain.addresses import forms, match_key
from cartdesk.domain.lifecycle import judging
from cartdesk.domain.model import Cart, Note, Shop
from cartdesk.domain.ports import Record, Store
from cartdesk.work.context import Context
from cartdesk.work.planning import settle

_PER_PAGE = 100  # the most WooCommerce gives at once
_MOST_PAGES = 10
_PER_PAGE = 100  # the most WooCommerce gives at once
_MOST_PAGES = 10
_NEWEST = {
    "status": "any",
    "orderby": "date",
    "order": "desc",
    "dates_are_gmt": "true",
    "per_page": str(_PER_PAGE),
    "_fields": FIELDS,
}
_CLOCKS_DIFFER = timedelta(days=1)  # the shop's and this computer's, generously
_DRAFT = "checkout-draft"
_UNREAD_OWN = "what the shop says of this order could not be read"
_UNREAD_OTHER = "an order that may be this person's could not be read"
_TOO_MANY = "the shop finds more orders for this person than can be looked through"

Search = tuple[str, str]


async def recheck(cart_id: int, store: Store, context: Context) -> str:
    """Ask the shop for the order itself and for what the person behind it ordered since.

    What it answers goes into the ledger and is judged at once, so a letter whose reason is
    gone is cancelled by the same rules as after any poll. An order that the shop no longer
    has was taken away by a person, unless it was a draft: shops clear those by themselves.

    Returns:
        Why the answers are not enough to send a letter on, or "": a purchase could stand in
        an answer that cannot be read, or behind those that were.

    Raises:
        StoreError: The shop could not be asked; then nothing was learnt and nothing may go.
    """
    ledger, rules = context.ledger, context.settings.sequence
    known, since = await ledger.read(
        lambda book: (book.orders.cart(cart_id), book.orders.quiet_since(cart_id))
    )
    searches = _searches(known)
    order, others = await asyncio.gather(store.order(cart_id), _others(store, searches, since))
    own = _read(order)
    # the shopper may have logged in or corrected the address since
    more = _searches(own) - searches
    others += await _others(store, more, since)
    records = [record for found in others for record in found or ()]
    now = context.clock.now()

    def keep(book: Book) -> bool:
        book.orders.save(records, now, fresh=True)
        if order is None:
            book.orders.gone([cart_id], now)
            if known is not None and known.status != _DRAFT:
                book.orders.cancelled(cart_id, "person")
        elif own is None or own.id == cart_id:
            book.orders.save([order], now, fresh=True)
        book.events.add("cart.asked", now, cart_id=cart_id)
        oldest = now - timedelta(days=rules.lost_after_days)
        return cart_id in book.orders.cancelled_undecided(oldest)

    if await ledger(keep):
        await who_cancelled(cart_id, store, ledger, context.shop)
    await ledger(lambda book: settle(book, rules, now))
    if order is not None and (own is None or own.id != cart_id):
        return _UNREAD_OWN
    if any(_read(record) is None and _may_be(record, searches | more) for record in records):
        return _UNREAD_OTHER
    return _TOO_MANY if None in others else ""


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


def _searches(cart: Cart | None) -> set[Search]:
    """Give the questions that find a person's other orders."""
    if cart is None:
        return set()
    found = {("search", form) for form in forms(cart.email)}
    return found | ({("customer", str(cart.customer_id))} if cart.customer_id else set())


async def _others(
    store: Store, searches: Iterable[Search], since: datetime | None
) -> list[list[Record] | None]:
    """Give what each question finds; None for one whose answer does not end."""
    return await asyncio.gather(*(_all(store, search, since) for search in sorted(searches)))


async def _all(store: Store, search: Search, since: datetime | None) -> list[Record] | None:
    """Read all pages of what changed since a checkout went quiet.

    The search for an address finds every longer one that holds it, so a purchase may stand
    behind many orders of other people.
    """
    key, value = search
    question = {**_NEWEST, key: value}
    if since is not None:
        question["modified_after"] = bare(since - _CLOCKS_DIFFER)
    found: list[Record] = []
    for number in range(1, _MOST_PAGES + 1):
        page = await store.orders({**question, "page": str(number)})
        found += page.records
        if len(page.records) < _PER_PAGE:
            return found
    return None


def _may_be(record: Record, searches: set[Search]) -> bool:
    """Tell whether a record that cannot be read may be an order of the person asked about."""
    billing = record.get("billing")
    email = read_known_as(billing.get("email")) if isinstance(billing, dict) else ""
    if not email or email in {match_key(value) for key, value in searches if key == "search"}:
        return True
    return ("customer", str(record.get("customer_id"))) in searches


def _read(order: Record | None) -> Cart | None:
    try:
        return None if order is None else read_order(order)
    except Unreadable:
        return None

"""Asking the shop: what changed, who cancelled, what customers said, who paid before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.sync import Sync
from cartdesk.domain.junk import Staff
from cartdesk.domain.model import ReminderState, Shop
from cartdesk.domain.ports import Store, StoreError
from cartdesk.domain.views import PollReport, Progress
from cartdesk.work import clockwatch
from cartdesk.work.context import Context
from cartdesk.work.facts import CUSTOMER_KEPT
from cartdesk.work.planning import Settled, settle
from cartdesk.work.rechecking import who_cancelled

SHOP_KEPT = timedelta(hours=24)
REVIEWS_KEPT = timedelta(hours=1)
MOST_NOTES = 30  # asked for in one poll; the rest follow with the next
MOST_CUSTOMERS = 20
PRODUCTS_ASKED = timedelta(hours=6)
PRODUCTS_OF = timedelta(days=30)  # carts left in them
MOST_PRODUCTS = 100  # one page of the shop's list


class Poller:
    """One pass over the shop, and what follows from it in the ledger."""

    def __init__(self, context: Context, store: Store) -> None:
        self._context = context
        self._store = store
        self._ledger = context.ledger
        self._clock = context.clock
        self._settings = context.settings
        self._sync = Sync(store, context.ledger, context.clock, context.settings.sync)

    async def poll(self, report: Callable[[Progress], None], *, full: bool) -> PollReport:
        """Bring the ledger up to date and judge what changed. Raises StoreError."""
        shop = self._context.shop = await self._shop()
        staff = Staff.of(self._settings.sender.email, self._settings.shop.address)
        await self._ledger(lambda book: book.junk.staff_is(staff))
        result = await self._sync.run(report, full=full)
        await self._cancelled_by(shop)
        await self._failed_notes()
        now = self._clock.now()
        rules = self._settings.sequence

        def judge(book: Book) -> Settled:
            wrong = clockwatch.heard(book, now, result.server_time)
            settled = Settled() if wrong else settle(book, rules, now)
            book.events.add("sync.done", now, data={"seen": result.seen})
            return settled

        settled = await self._ledger(judge)
        await self._customers()
        await self._reviews()
        await self._products()
        return PollReport(
            seen=result.seen,
            changed=result.changed,
            quarantined=result.quarantined,
            abandoned=settled.abandoned,
            recovered=settled.recovered,
            due=settled.due,
            sentence=_sentence(settled, result.quarantined, result.warnings),
        )

    async def _shop(self) -> Shop:
        known = await self._ledger.read(lambda book: book.state.shop())
        asked = await self._ledger.read(lambda book: book.events.newest("shop.asked"))
        now = self._clock.now()
        if known is not None and asked is not None and now - asked.at < SHOP_KEPT:
            return known
        shop = await self._store.shop()

        def keep(book: Book) -> None:
            book.state.keep_shop(shop)
            book.events.add("shop.asked", now)

        await self._ledger(keep)
        return shop

    async def _cancelled_by(self, shop: Shop) -> None:
        since = self._clock.now() - timedelta(days=self._settings.sequence.look_back_days)
        ids = await self._ledger.read(lambda book: book.orders.cancelled_undecided(since))
        for number in ids[:MOST_NOTES]:
            await who_cancelled(number, self._store, self._ledger, shop)

    async def _failed_notes(self) -> None:
        since = self._clock.now() - timedelta(days=self._settings.sequence.look_back_days)
        ids = await self._ledger.read(lambda book: book.orders.failed_without_notes(since))
        for number in ids[:MOST_NOTES]:
            await self._keep_notes(number)

    async def _keep_notes(self, order_id: int) -> None:
        notes = await self._store.notes(order_id)
        await self._ledger(lambda book: book.cache.keep_notes(notes))

    async def _customers(self) -> None:
        """Learn whether the registered persons behind ready letters paid before."""
        since = self._clock.now() - CUSTOMER_KEPT

        def unknown(book: Book) -> list[str]:
            waiting = book.outbox.in_states({ReminderState.READY})
            carts = [book.orders.cart(reminder.cart_id) for reminder in waiting]
            emails = {cart.email for cart in carts if cart and cart.customer_id and cart.email}
            return [one for one in sorted(emails) if book.cache.customer(one, since) is None]

        for email in (await self._ledger.read(unknown))[:MOST_CUSTOMERS]:
            try:
                await self._customer(email)
            except StoreError:
                return  # the rule "earlier customers" then rests on the ledger's own orders

    async def _customer(self, email: str) -> None:
        paying = await self._store.is_paying_customer(email)
        if paying is not None:
            now = self._clock.now()
            await self._ledger(lambda book: book.cache.keep_customer(email, paying, now))

    async def _reviews(self) -> None:
        asked = await self._ledger.read(lambda book: book.events.newest("reviews.asked"))
        now = self._clock.now()
        if asked is not None and now - asked.at < REVIEWS_KEPT:
            return
        newest = await self._ledger.read(lambda book: book.cache.newest_review())
        try:
            reviews = await self._store.reviews(newest)
        except StoreError:
            return  # reviews can be switched off in a shop; carts must not wait for them

        def keep(book: Book) -> None:
            book.cache.keep_reviews(reviews)
            book.events.add("reviews.asked", now)

        await self._ledger(keep)

    async def _products(self) -> None:
        """Learn stock and price of what lies in most of the carts that were left."""
        asked = await self._ledger.read(lambda book: book.events.newest("products.asked"))
        now = self._clock.now()
        if asked is not None and now - asked.at < PRODUCTS_ASKED:
            return
        ids = await self._ledger.read(
            lambda book: book.left.products(now - PRODUCTS_OF, MOST_PRODUCTS)
        )
        if not ids:
            return
        try:
            products = await self._store.products(ids)
        except StoreError:
            return  # they only give hints

        def keep(book: Book) -> None:
            book.cache.keep_products(products, now)
            book.events.add("products.asked", now)

        await self._ledger(keep)


def _sentence(settled: Settled, quarantined: int, warnings: tuple[str, ...]) -> str:
    parts = [
        f"{count} {one if count == 1 else many}"
        for count, one, many in (
            (settled.abandoned, "cart newly abandoned", "carts newly abandoned"),
            (settled.recovered, "shopper came back", "shoppers came back"),
            (settled.due, "letter is due", "letters are due"),
            (settled.cancelled, "letter no longer needed", "letters no longer needed"),
            (quarantined, "record could not be read", "records could not be read"),
        )
        if count
    ]
    text = ", ".join(parts) or "Nothing new"
    return ". ".join([text, *warnings])

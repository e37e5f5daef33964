"""Everything the demo shop knows, kept in memory, and the moves an order can make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cartdesk.demo.catalog import BY_ID
from cartdesk.demo.orders import STATUSES, Order, order_record, whole_second
from cartdesk.demo.rest import Json, chosen, dumps

OLD_VERSION = "10.5.0"  # a draft appears when the checkout page opens
NEW_VERSION = "10.9.1"  # an order appears when "Place order" is pressed


@dataclass(frozen=True, slots=True)
class OrderNote:
    """One note on an order, in the site's language."""

    id: int
    order_id: int
    at: datetime
    text: str
    author: str = "WooCommerce"
    to_customer: bool = False


@dataclass(frozen=True, slots=True)
class ShopReview:
    """One product review; ``html`` is what REST gives."""

    id: int
    at: datetime
    product_id: int
    reviewer: str
    email: str
    rating: int
    html: str
    status: str = "approved"


@dataclass(frozen=True, slots=True)
class Customer:
    """One registered customer."""

    id: int
    email: str
    since: datetime
    first_name: str
    last_name: str
    address: dict[str, str]
    paying: bool = False


class ShopData:
    """The orders, notes, reviews and customers of the shop.

    ``version`` counts every change, so that a list of ids can be kept until one happens.
    """

    def __init__(self, woo: str = OLD_VERSION, name: str = "Oak & Tin") -> None:
        self.woo = woo
        self.name = name
        self.address = ""
        self.orders: dict[int, Order] = {}
        self.notes: dict[int, list[OrderNote]] = {}
        self.reviews: list[ShopReview] = []
        self.customers: dict[str, Customer] = {}
        self.hold_minutes = 60
        self.version = 0
        self._next_id = 1001
        self._next_note = 1
        self._json: dict[tuple[str, ...], dict[int, bytes]] = {}

    @property
    def drafts_at_checkout(self) -> bool:
        """Whether opening the checkout page makes a draft (WooCommerce up to about 10.7)."""
        return tuple(map(int, self.woo.split(".")[:2])) < (10, 8)

    def record(self, order: Order) -> Json:
        """Give the whole JSON of an order."""
        return order_record(order, self.address, self.woo)

    def json(self, order: Order, fields: tuple[str, ...]) -> bytes:
        """Give an order as JSON bytes with some fields (none: all), kept until it changes."""
        kept = self._json.setdefault(fields, {})
        found = kept.get(order.id)
        if found is None:
            record = self.record(order)
            found = kept[order.id] = dumps(chosen(record, fields) if fields else record)
        return found

    def touch(self, order: Order, at: datetime | None = None) -> None:
        """Note that an order changed (at a time, when that moves its date_modified)."""
        if at is not None:
            order.modified = whole_second(at)
        self.version += 1
        for kept in self._json.values():
            kept.pop(order.id, None)

    def open_order(
        self, at: datetime, items: Iterable[tuple[int, int]], status: str = "checkout-draft"
    ) -> Order:
        """Make an order with the next free id."""
        if status not in STATUSES:
            raise ValueError(status)
        moment = whole_second(at)
        order = Order(self._next_id, status, moment, moment, tuple(items))
        self._next_id += 1
        self.orders[order.id] = order
        self.touch(order)
        return order

    def delete(self, order: Order) -> None:
        """Delete an order for good, as the daily job does with old drafts."""
        self.touch(order)
        del self.orders[order.id]
        self.notes.pop(order.id, None)

    def note(self, order: Order, at: datetime, text: str, author: str = "WooCommerce") -> None:
        """Write a note; date_modified does not move."""
        notes = self.notes.setdefault(order.id, [])
        notes.append(OrderNote(self._next_note, order.id, whole_second(at), text, author))
        self._next_note += 1

    def move(self, order: Order, status: str, at: datetime, words: str = "") -> None:
        """Change the status, with the note WooCommerce writes about it."""
        if order.status not in {"checkout-draft", status}:
            change = f"from {STATUSES[order.status]} to {STATUSES[status]}."
            self.note(order, at, f"{words} Order status changed {change}".strip())
        order.status = status
        self.touch(order, at)

    def place(self, order: Order, at: datetime, method: str, via: str = "store-api") -> None:
        """Press "Place order": the order waits for its payment, its stock is held."""
        order.payment_method, order.created_via = method, via
        self.move(order, "pending", at)
        managed = [
            f"<br>- {BY_ID[product].name} ({BY_ID[product].sku}) &times; {quantity}"
            for product, quantity in order.items
            if BY_ID[product].stock is not None
        ]
        if managed and self.hold_minutes:
            text = f"Stock hold of {self.hold_minutes} minutes applied to: {''.join(managed)}"
            self.note(order, at, text)

    def pay(self, order: Order, at: datetime, method: str = "card") -> None:
        """Take the money; by bank transfer the order waits on hold for it."""
        order.payment_method = method
        if method == "bacs":
            self.move(order, "on-hold", at, "Awaiting BACS payment.")
            return
        if method != "cod":
            order.paid = whole_second(at)
        self.move(order, "processing", at, "Payment received.")
        known = self.customers.get(order.email)
        if known:
            self.customers[order.email] = replace(known, paying=True)

    def sweep_unpaid(self, at: datetime) -> None:
        """Cancel what waits too long for its payment; orders of the block checkout stay."""
        if not self.hold_minutes:
            return
        oldest = at - timedelta(minutes=self.hold_minutes)
        for order in list(self.orders.values()):
            waits = order.status == "pending" and order.created_via == "checkout"
            if waits and order.modified <= oldest:
                self.move(order, "cancelled", at, "Unpaid order cancelled - time limit reached.")

    def sweep_drafts(self, at: datetime) -> None:
        """Delete drafts left alone for a day, at most 20 in one go."""
        oldest = at.astimezone(UTC) - timedelta(days=1)
        stale = [
            order
            for order in self.orders.values()
            if order.status == "checkout-draft" and order.modified <= oldest
        ]
        for order in stale[:20]:
            self.delete(order)

    def review(
        self, at: datetime, product_id: int, who: tuple[str, str], rating: int, html: str
    ) -> None:
        """Publish a review by ``who`` (name, e-mail)."""
        number = len(self.reviews) + 1
        self.reviews.append(ShopReview(number, whole_second(at), product_id, *who, rating, html))

    def register(self, at: datetime, email: str, address: dict[str, str]) -> Customer:
        """Open a customer account."""
        known = self.customers.get(email)
        if known is None:
            name = (address.get("first_name", ""), address.get("last_name", ""))
            number = len(self.customers) + 2  # 1 is the merchant
            known = Customer(number, email, whole_second(at), *name, address)
            self.customers[email] = known
        return known

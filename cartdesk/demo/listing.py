"""Which orders a query asks for, in which order: WooCommerce's rules for GET /orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cartdesk.demo.orders import STATUSES, Order
from cartdesk.demo.rest import Parameters
from cartdesk.demo.shop import ShopData

_STATUS_WORDS = ("any", "trash", "auto-draft", *STATUSES)
_ORDER_BY = ("date", "id", "include", "title", "slug", "modified")
_KEPT_ANSWERS = 8


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """The part of a query that chooses and sorts; paging and fields come after it."""

    status: tuple[str, ...]
    order_by: str
    ascending: bool
    include: tuple[int, ...]
    exclude: tuple[int, ...]
    modified_after: datetime | None
    modified_before: datetime | None
    after: datetime | None
    before: datetime | None
    search: str
    customer: str
    created_via: tuple[str, ...]

    @classmethod
    def read(cls, given: Parameters) -> OrderQuery:
        """Read the query of a request. Raises RestError as WordPress words it."""
        return cls(
            status=given.each("status", _STATUS_WORDS) or ("any",),
            order_by=given.choice("orderby", _ORDER_BY),
            ascending=given.choice("order", ("desc", "asc")) == "asc",
            include=given.numbers("include"),
            exclude=given.numbers("exclude"),
            modified_after=given.moment("modified_after"),
            modified_before=given.moment("modified_before"),
            after=given.moment("after"),
            before=given.moment("before"),
            search=given.text("search").lower(),
            customer=given.text("customer"),
            created_via=given.words("created_via"),
        )

    def test(self, drafts_by_name: bool) -> Callable[[Order], bool]:
        """Give the rule an order must meet.

        ``drafts_by_name``: drafts are shown only when asked for by name (newer versions).
        """
        status = set(self.status)
        if "any" in status:
            status |= set(STATUSES) - ({"checkout-draft"} if drafts_by_name else set())
        include, exclude = set(self.include), set(self.exclude)

        def wanted(order: Order) -> bool:
            return (
                order.status in status
                and (not include or order.id in include)
                and order.id not in exclude
                and (self.modified_after is None or order.modified > self.modified_after)
                and (self.modified_before is None or order.modified < self.modified_before)
                and (self.after is None or order.created > self.after)
                and (self.before is None or order.created < self.before)
                and (not self.search or self.search in _searched(order))
                and (not self.customer or str(order.customer_id) == self.customer)
                and (not self.created_via or order.created_via in self.created_via)
            )

        return wanted

    def sort_key(self) -> Callable[[Order], tuple[object, ...]]:
        """Give what the orders are sorted by."""
        if self.order_by == "modified":
            return lambda order: (order.modified, order.id)
        if self.order_by == "include" and self.include:
            place = {number: index for index, number in enumerate(self.include)}
            return lambda order: (place[order.id],)
        if self.order_by == "date":
            return lambda order: (order.created, order.id)
        return lambda order: (order.id,)


def _searched(order: Order) -> str:
    names = (order.address.get("first_name", ""), order.address.get("last_name", ""))
    return f"{order.id} {order.email} {' '.join(names)}".lower()


class Listing:
    """Answers queries, keeping the last few lists of ids until the shop changes."""

    def __init__(self, shop: ShopData) -> None:
        self._shop = shop
        self._version = -1
        self._kept: dict[OrderQuery, list[Order]] = {}

    def find(self, query: OrderQuery) -> list[Order]:
        """Give the orders of a query, sorted."""
        if self._version != self._shop.version or len(self._kept) >= _KEPT_ANSWERS:
            self._kept.clear()
            self._version = self._shop.version
        found = self._kept.get(query)
        if found is None:
            wanted = query.test(drafts_by_name=not self._shop.drafts_at_checkout)
            backwards = not query.ascending and query.order_by != "include"
            found = sorted(
                filter(wanted, self._shop.orders.values()),
                key=query.sort_key(),
                reverse=backwards,
            )
            self._kept[query] = found
        return found

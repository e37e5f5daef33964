"""wc/v3/orders and its notes."""

from __future__ import annotations

from cartdesk.demo.listing import Listing, OrderQuery
from cartdesk.demo.orders import STATUSES, Order, gmt, local
from cartdesk.demo.rest import Json, RestError, dumps
from cartdesk.demo.route import BASE, MANY, ONE, READ, Call, Route, link, no_route
from cartdesk.demo.shop import OrderNote, ShopData

_DEFAULTS = {"dp": "2", "context": "view"}


def order_routes(shop: ShopData) -> tuple[Route, ...]:
    """Give the routes about orders."""
    orders = _Orders(shop)
    return (
        Route("/orders", MANY, False, orders.list),
        Route("/orders/statuses", READ, False, orders.statuses),
        Route("/reports/orders/totals", READ, False, orders.totals),
        Route(r"/orders/(\d+)", ONE, True, orders.one),
        Route(r"/orders/(\d+)/notes", MANY, False, orders.notes),
    )


class _Orders:
    def __init__(self, shop: ShopData) -> None:
        self._shop = shop
        self._listing = Listing(shop)

    def list(self, call: Call) -> bytes:
        if call.writing:
            raise no_route()
        query = OrderQuery.read(call.given)
        found = self._listing.find(query)
        fields = call.fields
        statuses = {f"status[{place}]": status for place, status in enumerate(query.status)}
        defaults = statuses | _DEFAULTS
        return call.paged(found, lambda order: self._shop.json(order, fields), defaults)

    def statuses(self, call: Call) -> bytes:
        return call.every([{"slug": slug, "name": name} for slug, name in STATUSES.items()])

    def totals(self, call: Call) -> bytes:
        counted = dict.fromkeys(STATUSES, 0)
        for order in self._shop.orders.values():
            counted[order.status] += 1
        rows = [
            {"slug": slug, "name": name, "total": counted[slug]} for slug, name in STATUSES.items()
        ]
        return call.every(rows)

    def one(self, call: Call) -> bytes:
        order = self._known(call, "Invalid ID.")
        if call.writing:
            raise no_route()
        if not call.fields:
            return self._shop.json(order, ())
        return call.one(self._shop.record(order))

    def notes(self, call: Call) -> bytes:
        order = self._known(call, "Invalid order ID.")
        if call.writing:
            raise no_route()
        kind = call.given.choice("type", ("any", "customer", "internal"))
        notes = [
            self._note(note)
            for note in self._shop.notes.get(order.id, [])
            if kind == "any" or (kind == "customer") == note.to_customer
        ]
        return call.every(notes) if call.fields else dumps(notes)

    def _known(self, call: Call, message: str) -> Order:
        order = self._shop.orders.get(int(call.parts[0]))
        if order is None:
            raise RestError(404, "woocommerce_rest_shop_order_invalid_id", message)
        return order

    def _note(self, note: OrderNote) -> Json:
        base = f"{self._shop.address}{BASE}/orders/{note.order_id}"
        return {
            "id": note.id,
            "author": note.author,
            "date_created": local(note.at),
            "date_created_gmt": gmt(note.at),
            "note": note.text,
            "customer_note": note.to_customer,
            "_links": {
                "self": [link(f"{base}/notes/{note.id}", "GET, DELETE")],
                "collection": [{"href": f"{base}/notes"}],
                "up": [{"href": base}],
            },
        }

"""wc/v3/products, reviews, customers and coupons."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from html import escape

from cartdesk.demo.api_checkout import coupon_records
from cartdesk.demo.catalog import BY_ID, PRODUCTS, Product, product_record, variation_record
from cartdesk.demo.orders import gmt, local
from cartdesk.demo.rest import Json, RestError
from cartdesk.demo.route import BASE, MANY, ONE, Call, Route, link, no_route
from cartdesk.demo.shop import Customer, ShopData, ShopReview

_OPENED = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_EMPTY_ADDRESS = dict.fromkeys(
    [
        "first_name",
        "last_name",
        "company",
        "address_1",
        "address_2",
        "city",
        "postcode",
        "country",
        "state",
        "phone",
    ],
    "",
)


def goods_routes(shop: ShopData, now: Callable[[], datetime]) -> tuple[Route, ...]:
    """Give the routes about products, reviews, customers and coupons."""
    goods = _Goods(shop, now)
    return (
        Route("/products", MANY, False, goods.products),
        Route("/products/reviews", MANY, False, goods.reviews),
        Route(r"/products/(\d+)", ONE, True, goods.product),
        Route(r"/products/(\d+)/variations", MANY, False, goods.variations),
        Route("/customers", MANY, False, goods.customers),
        Route("/coupons", MANY, False, goods.coupons),
    )


class _Goods:
    def __init__(self, shop: ShopData, now: Callable[[], datetime]) -> None:
        self._shop = shop
        self._now = now

    def products(self, call: Call) -> bytes:
        if call.writing:
            raise no_route()
        include = call.given.numbers("include")
        found = [
            product
            for product in reversed(PRODUCTS)
            if not product.parent and (not include or product.id in include)
        ]
        return call.records(found, self._product)

    def product(self, call: Call) -> bytes:
        product = self._known(call)
        if call.writing:
            raise no_route()
        return call.one(self._product(product))

    def variations(self, call: Call) -> bytes:
        parent = self._known(call)
        if call.writing:
            raise no_route()
        found = [product for product in reversed(PRODUCTS) if product.parent == parent.id]
        return call.records(found, self._variation)

    def reviews(self, call: Call) -> bytes:
        if call.writing:
            raise no_route()
        status = call.given.text("status", "approved")
        after, before = call.given.moment("after"), call.given.moment("before")
        newest = call.given.choice("order", ("desc", "asc")) == "desc"
        found = [
            review
            for review in sorted(self._shop.reviews, key=lambda each: each.at, reverse=newest)
            if status in (review.status, "all")
            and (after is None or review.at > after)
            and (before is None or review.at < before)
        ]
        return call.records(found, self._review)

    def customers(self, call: Call) -> bytes:
        if call.writing:
            raise no_route()
        email = call.given.text("email").lower()
        found = [
            customer
            for customer in self._shop.customers.values()
            if not email or customer.email.lower() == email
        ]
        return call.records(found, self._customer)

    def coupons(self, call: Call) -> bytes:
        if call.writing:  # the demo shop makes no coupons, and says what a bare request gets
            message = "Missing parameter(s): code"
            raise RestError(400, "rest_missing_callback_param", message, params=["code"])
        given = call.given.text("code")
        every = coupon_records(self._shop, self._now)
        return call.records([one for one in every if given in ("", one["code"])], _as_it_is)

    def _known(self, call: Call) -> Product:
        product = BY_ID.get(int(call.parts[0]))
        if product is None:
            raise RestError(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        return product

    def _product(self, product: Product) -> Json:
        stars = [
            each.rating
            for each in self._shop.reviews
            if each.product_id == product.id and each.status == "approved"
        ]
        average = sum(stars) / len(stars) if stars else 0.0
        rated = {"average_rating": f"{average:.2f}", "rating_count": len(stars)}
        return product_record(product, self._shop.address, *_opened()) | rated

    def _variation(self, product: Product) -> Json:
        return variation_record(product, self._shop.address, *_opened())

    def _review(self, review: ShopReview) -> Json:
        product = BY_ID[review.product_id]
        base = f"{self._shop.address}{BASE}/products"
        return {
            "id": review.id,
            "date_created": local(review.at),
            "date_created_gmt": gmt(review.at),
            "product_id": product.id,
            "product_name": escape(product.name).replace("&amp;", "&#038;"),
            "product_permalink": self._shop.address + product.permalink,
            "status": review.status,
            "reviewer": review.reviewer,
            "reviewer_email": review.email,
            "review": review.html,
            "rating": review.rating,
            "verified": False,
            "reviewer_avatar_urls": {size: _avatar(review.email, size) for size in _SIZES},
            "_links": {
                "self": [link(f"{base}/reviews/{review.id}")],
                "collection": [{"href": f"{base}/reviews"}],
                "up": [{"href": f"{base}/{product.id}"}],
            },
        }

    def _customer(self, customer: Customer) -> Json:
        base = f"{self._shop.address}{BASE}/customers"
        billing = {name: customer.address.get(name, "") for name in _EMPTY_ADDRESS}
        seen = {"key": "wc_last_active", "value": str(int(customer.since.timestamp()))}
        return {
            "id": customer.id,
            "date_created": local(customer.since),
            "date_created_gmt": gmt(customer.since),
            "date_modified": local(customer.since),
            "date_modified_gmt": gmt(customer.since),
            "email": customer.email,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "role": "customer",
            "username": customer.email.partition("@")[0],
            "billing": billing | {"email": customer.email},
            "shipping": dict(_EMPTY_ADDRESS),
            "is_paying_customer": customer.paying,
            "avatar_url": _avatar(customer.email, "96"),
            "meta_data": [{"id": customer.id * 10} | seen],
            "_links": {
                "self": [link(f"{base}/{customer.id}")],
                "collection": [{"href": base}],
            },
        }


def _as_it_is(record: Json) -> Json:
    return record


_SIZES = ("24", "48", "96")


def _opened() -> tuple[datetime, datetime]:
    here, there = local(_OPENED), gmt(_OPENED)
    assert here and there  # noqa: S101 - a given time is always written
    return datetime.fromisoformat(here), datetime.fromisoformat(there)


def _avatar(email: str, size: str) -> str:
    digest = hashlib.sha256(email.encode()).hexdigest()
    return f"https://secure.gravatar.com/avatar/{digest}?s={size}&d=mm&r=g"

"""A WooCommerce shop over its REST API (``wc/v3``): the questions cartdesk asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from cartdesk.adapters.shop import answers
from cartdesk.adapters.shop.address import read_address
from cartdesk.adapters.shop.answers import Answer
from cartdesk.adapters.shop.connection import Connection, Limits
from cartdesk.adapters.shop.reading import FIELDS, Unreadable, read_url
from cartdesk.adapters.shop.reading_shop import read_note, read_product, read_review, read_shop
from cartdesk.adapters.shop.shop_json import BadJson, parse_list, parse_object
from cartdesk.domain.model import Note, Product, Review, Shop
from cartdesk.domain.ports import Clock, Page, Record, StoreError

Read = TypeVar("Read")
PER_PAGE = 100  # the most WooCommerce gives at once
_MOST_ROWS = 10_000  # in one answer; lists that are not paged are far shorter
_MOST_REVIEW_PAGES = 20
_INDEX = "name,home,gmt_offset,timezone_string,namespaces"
_PRODUCT = (
    "id,name,type,status,purchasable,stock_status,manage_stock,stock_quantity,"
    "backorders_allowed,permalink,images,image,parent_id,price,average_rating"
)
_REVIEW = "id,date_created_gmt,product_id,product_name,reviewer,reviewer_email,rating,review"
_NOTE = "id,date_created_gmt,author,note,customer_note"
_STATUS = (
    "environment.version,environment.language,settings.currency,settings.number_of_decimals,"
    "settings.currency_position,settings.thousand_separator,settings.decimal_separator,"
    "active_plugins"
)
LACKING = frozenset(
    {"no-rights", "not-found", "woocommerce-off", "rest-closed", "bad-question", "unexpected"}
)
"""Kinds of refusal that are about one question; others may be answered."""


class WooCommerce:
    """One shop. Reads only; see :class:`cartdesk.domain.ports.Store` for what it promises."""

    def __init__(
        self,
        address: str,
        key: str,
        secret: str,
        *,
        clock: Clock,
        ca_file: str = "",
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare to ask a shop; nothing is connected yet.

        Args:
            address: The shop's home page as the merchant typed it.
            key: Consumer key (``ck_...``).
            secret: Consumer secret (``cs_...``).
            clock: For signatures and waiting times.
            ca_file: PEM file of the shop's own certificate authority; "" for public ones.
            limits: Time and size limits.
            sleep: How to wait between two tries.

        Raises:
            StoreError: ``bad-address`` or ``http-forbidden``.
        """
        self._shop = read_address(address)
        self._connection = Connection(
            self._shop, key, secret, clock=clock, ca_file=ca_file, limits=limits, sleep=sleep
        )

    async def orders(self, query: Mapping[str, str]) -> Page:
        """Ask for a list of orders as raw records, with ``query`` as WooCommerce names it.

        What a plugin prints before the list is cut off and given as ``warning``. A row that is
        no object comes as ``{"unreadable": row}``, so that it is quarantined like any other
        record that cannot be read.
        """
        asked = {"per_page": str(PER_PAGE), "_fields": FIELDS, **query}
        return await self._connection.get("wc/v3/orders", asked, self._page)

    async def order(self, order_id: int) -> Record | None:
        """Ask for one order as it is now; None when the shop no longer has it."""
        return await self._object_or_none(f"wc/v3/orders/{order_id}", {"_fields": FIELDS})

    async def notes(self, order_id: int) -> tuple[Note, ...]:
        """Ask for the notes of one order, oldest first; none when the order is gone."""
        try:
            rows = await self._connection.get(
                f"wc/v3/orders/{order_id}/notes", {"_fields": _NOTE}, self._list
            )
        except StoreError as error:
            if error.kind == "not-found":
                return ()
            raise
        notes = _readable(lambda row: read_note(row, order_id), rows)
        return tuple(sorted(notes, key=lambda note: (note.written_at, note.id)))

    async def reviews(self, after: datetime | None) -> tuple[Review, ...]:
        """Ask for the approved reviews written after a time (None: the newest 100)."""
        query = {"status": "approved", "per_page": str(PER_PAGE), "_fields": _REVIEW}
        if after is None:
            newest = await self._connection.get("wc/v3/products/reviews", query, self._list)
            return tuple(_readable(read_review, newest))
        # With its zone: a naive time would be the shop's own.
        query |= {"after": after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "order": "asc"}
        found: dict[int, Review] = {}
        for page in range(1, _MOST_REVIEW_PAGES + 1):
            rows = await self._connection.get(
                "wc/v3/products/reviews", query | {"page": str(page)}, self._list
            )
            found.update((review.id, review) for review in _readable(read_review, rows))
            if len(rows) < PER_PAGE:
                break
        return tuple(found.values())

    async def products(self, ids: Sequence[int]) -> tuple[Product, ...]:
        """Ask for products and variations by id; unknown ones are left out.

        A list of products never holds variations, so ids it leaves out are asked one by one.
        """
        wanted = sorted({number for number in ids if number > 0})
        found: dict[int, Product] = {}
        for start in range(0, len(wanted), PER_PAGE):
            some = wanted[start : start + PER_PAGE]
            query = {"include": _commas(some), "per_page": str(PER_PAGE), "_fields": _PRODUCT}
            rows = await self._connection.get("wc/v3/products", query, self._list)
            found.update((product.id, product) for product in _readable(read_product, rows))
        missing = [number for number in wanted if number not in found]
        singles = await _together(
            self._object_or_none(f"wc/v3/products/{number}", {"_fields": _PRODUCT})
            for number in missing
        )
        found.update(
            (product.id, product)
            for product in _readable(read_product, (row for row in singles if row))
        )
        return tuple(found[number] for number in wanted if number in found)

    async def is_paying_customer(self, email: str) -> bool | None:
        """Tell whether a registered customer with this e-mail paid before; None: unknown."""
        query = {"email": email, "role": "all", "_fields": "id,email,is_paying_customer"}
        try:
            rows = await self._connection.get("wc/v3/customers", query, self._list)
        except StoreError as error:
            if error.kind in LACKING:
                return None
            raise
        return any(
            str(row.get("email", "")).casefold() == email.casefold()
            and row.get("is_paying_customer") is True
            for row in rows
        )

    async def shop(self) -> Shop:
        """Ask what the shop says of itself, as far as the key may see it."""
        index = await self._connection.get("", {"_fields": _INDEX}, self._object, keys=False)
        namespaces = index.get("namespaces")
        if isinstance(namespaces, list) and "wc/v3" not in namespaces:
            raise answers.woocommerce_off(self._shop)
        groups = ("general", "products", "advanced")
        general, products, advanced = await _together(map(self._settings, groups))
        status = await self._status()
        shop = read_shop(index, general, products, status, self._shop.base)
        cart_url, checkout_url = await self._pages(advanced)
        return replace(shop, cart_url=cart_url, checkout_url=checkout_url)

    async def can_write(self) -> bool | None:
        """Tell whether the key may change the shop, without changing it; None: unknown.

        It asks to create a coupon and leaves out the coupon's code. WooCommerce checks the
        key's permission before anything else and refuses a read-only key with 401. A key that
        may write gets 400 (``rest_missing_callback_param``), because WordPress checks required
        parameters before it calls what would create the coupon: nothing can come of it.
        """
        try:
            await self._connection.post("wc/v3/coupons", b"{}")
        except StoreError as error:
            return {"no-write-permission": False, "no-rights": False, "bad-question": True}.get(
                error.kind
            )
        return True

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def _settings(self, group: str) -> Sequence[Record]:
        query = {"_fields": "id,value"}
        try:
            return await self._connection.get(f"wc/v3/settings/{group}", query, self._list)
        except StoreError as error:
            if error.kind in LACKING:
                return []
            raise

    async def _status(self) -> Record:
        try:
            return await self._connection.get(
                "wc/v3/system_status", {"_fields": _STATUS}, self._object
            )
        except StoreError as error:
            if error.kind in LACKING or error.passing:  # it is slow on some shops
                return {}
            raise

    async def _pages(self, advanced: Iterable[Record]) -> tuple[str, str]:
        """Where the shop's cart and checkout pages are, as far as anybody may know."""
        values = {row.get("id"): row.get("value") for row in advanced}
        ids = [str(values.get(f"woocommerce_{name}_page_id")) for name in ("cart", "checkout")]
        query = {"include": ",".join(filter(str.isdecimal, ids)), "_fields": "id,link"}
        if not query["include"]:
            return "", ""
        try:
            rows = await self._connection.get("wp/v2/pages", query, self._list, keys=False)
        except StoreError:
            return "", ""
        links = {str(row.get("id")): row.get("link") for row in rows}
        return read_url(links.get(ids[0])), read_url(links.get(ids[1]))

    async def _object_or_none(self, path: str, query: Mapping[str, str]) -> Record | None:
        try:
            return await self._connection.get(path, query, self._object)
        except StoreError as error:
            if error.kind == "not-found":
                return None
            raise

    def _page(self, answer: Answer) -> Page:
        try:
            rows, warning = parse_list(answer.body)
        except BadJson as error:
            raise answers.not_json(self._shop, answer, str(error)) from None
        if len(rows) > _MOST_ROWS:
            raise answers.too_many(self._shop, len(rows))
        return Page(
            records=tuple(row if isinstance(row, dict) else {"unreadable": row} for row in rows),
            total=answer.number("x-wp-total"),
            pages=answer.number("x-wp-totalpages"),
            server_time=answer.server_time,
            warning=warning,
        )

    def _list(self, answer: Answer) -> Sequence[Record]:
        return self._page(answer).records

    def _object(self, answer: Answer) -> Record:
        try:
            return parse_object(answer.body)
        except BadJson as error:
            raise answers.not_json(self._shop, answer, str(error)) from None


async def _together(questions: Iterable[Coroutine[Any, Any, Read]]) -> list[Read]:
    """Ask at once; when one fails, the others are given up before its error is raised."""
    tasks = [asyncio.ensure_future(question) for question in questions]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _commas(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def _readable(read: Callable[[Record], Read], rows: Iterable[Record]) -> list[Read]:
    """Read what can be read; notes, reviews and products that cannot are passed over."""
    found = []
    for row in rows:
        with suppress(Unreadable):
            found.append(read(row))
    return found

"""Looks at a shop's settings and public pages: few questions, and nothing is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from cartdesk.adapters.shop.address import read_address
from cartdesk.adapters.shop.audit_look import Look
from cartdesk.adapters.shop.audit_visits import visits
from cartdesk.adapters.shop.audit_zones import zones
from cartdesk.adapters.shop.certificate import certificate_ends
from cartdesk.adapters.shop.connection import Connection, Limits
from cartdesk.adapters.shop.reading import Unreadable
from cartdesk.adapters.shop.reading_audit import (
    read_coupons,
    read_gateways,
    read_pages,
    read_settings,
)
from cartdesk.adapters.shop.reading_shop import read_product
from cartdesk.adapters.shop.woocommerce import LACKING
from cartdesk.domain.feedback.audit_facts import ShopFacts
from cartdesk.domain.model import Product
from cartdesk.domain.ports import Clock

SECONDS = 60.0  # for the whole
LIMITS = Limits(connect=10.0, read=15.0, total=20.0, pauses=())  # a question is asked once
_GROUPS = {
    "general": "general settings",
    "account": "account settings",
    "tax": "tax settings",
    "advanced": "page settings",
}
_PAGE = {"per_page": "100"}
_COUPONS = {
    **_PAGE,
    "_fields": "id,code,status,date_expires_gmt,usage_count,usage_limit,minimum_amount,"
    "email_restrictions",
}
_PRODUCTS = {
    **_PAGE,
    "_fields": "id,name,type,status,purchasable,stock_status,average_rating",
}


class ShopAudit:
    """One shop, asked by GET alone."""

    def __init__(
        self,
        address: str,
        key: str,
        secret: str,
        *,
        clock: Clock,
        ca_file: str = "",
        limits: Limits = LIMITS,
    ) -> None:
        """Prepare to ask a shop; nothing is connected yet.

        Args:
            address: The shop's home page.
            key: Consumer key; reading is enough.
            secret: Consumer secret.
            clock: For signatures.
            ca_file: PEM file of the shop's own certificate authority; "" for public ones.
            limits: Of one question.

        Raises:
            StoreError: ``bad-address`` or ``http-forbidden``.
        """
        self._shop = read_address(address)
        self._ca_file = ca_file
        self._limits = limits
        self._connection = Connection(
            self._shop, key, secret, clock=clock, ca_file=ca_file, limits=limits
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    async def look(
        self,
        report: Callable[[str], None],
        products: Sequence[int] = (),
        *,
        seconds: float = SECONDS,
    ) -> tuple[ShopFacts, dict[int, Product]]:
        """Look at everything, and give what was found with what is known of some products.

        Args:
            report: Told what is looked at next.
            products: Ids of products, 100 at most.
            seconds: After them, what is left is named as not seen.

        Raises:
            StoreError: The shop cannot be asked at all, or answers nothing.
        """
        look = Look(self._connection, asyncio.get_running_loop().time() + seconds, report)
        report("the shop's settings")
        groups = await asyncio.gather(*(self._settings(look, group) for group in _GROUPS))
        if look.refusal is not None and not look.answered and look.refusal.kind not in LACKING:
            raise look.refusal
        settings = {name: value for group in groups for name, value in group.items()}
        currency = settings.get("woocommerce_currency", "")
        report("ways to pay and to ship, codes and pages")
        gateways, coupons, pages, known, (served, complete) = await asyncio.gather(
            look.rows("ways to pay", "wc/v3/payment_gateways", {"_fields": "id,title,enabled"}),
            look.rows("coupons", "wc/v3/coupons", _COUPONS),
            look.rows(
                "pages", "wp/v2/pages", {**_PAGE, "_fields": "id,slug,link,title"}, keys=False
            ),
            self._products(look, products),
            zones(look, currency),
        )
        found = None if pages is None else read_pages(pages)
        ends = await self._certificate(look)
        seen = await visits(look, found or (), settings)
        if look.refusal is not None and not look.answered:
            raise look.refusal
        facts = ShopFacts(
            settings=settings,
            gateways=None if gateways is None else read_gateways(gateways),
            zones=served,
            zones_complete=complete,
            coupons=None if coupons is None else read_coupons(coupons, currency),
            pages=found,
            visits=seen,
            encrypted=self._shop.secure,
            certificate_ends=ends,
            unseen=tuple(look.unseen),
            requests=look.asked,
        )
        return facts, known

    async def _settings(self, look: Look, group: str) -> dict[str, str]:
        query = {"_fields": "id,value"}
        rows = await look.rows(_GROUPS[group], f"wc/v3/settings/{group}", query)
        return read_settings(rows or ())

    async def _products(self, look: Look, ids: Sequence[int]) -> dict[int, Product]:
        if not ids:
            return {}
        query = {**_PRODUCTS, "include": ",".join(map(str, ids))}
        rows = await look.rows("the products left most often", "wc/v3/products", query)
        found = {}
        for row in rows or ():
            with suppress(Unreadable):
                product = read_product(row)
                found[product.id] = product
        return found

    async def _certificate(self, look: Look) -> datetime | None:
        if not self._shop.secure:
            return None
        look.report("the certificate")
        seconds = self._limits.connect
        return await look.part(
            "the certificate",
            lambda: asyncio.to_thread(certificate_ends, self._shop, self._ca_file, seconds),
        )

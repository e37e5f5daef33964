"""One order of the demo shop, and how WooCommerce writes it as JSON."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cartdesk.demo.catalog import BY_ID, TAX, price
from cartdesk.demo.rest import Json

ZONE = ZoneInfo("Europe/Helsinki")
SHIPPING_CENTS = 615  # with tax
STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "checkout-draft": "Draft",
}
GATEWAYS = {
    "bacs": "Direct bank transfer",
    "cheque": "Check payments",
    "cod": "Cash on delivery",
    "card": "Card",
    "bankpay": "Online bank",
}
_PAYABLE = frozenset({"pending", "failed", "checkout-draft"})
_ADDRESS = (
    "first_name",
    "last_name",
    "company",
    "address_1",
    "address_2",
    "city",
    "state",
    "postcode",
    "country",
)
_EMPTY_HASH = hashlib.md5(b"[]", usedforsecurity=False).hexdigest()
_PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
_COMPUTER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)


def whole_second(moment: datetime) -> datetime:
    """Cut a time to the second, the shop's finest unit."""
    return moment.astimezone(UTC).replace(microsecond=0)


def local(moment: datetime | None) -> str | None:
    """Write a time as the shop's own."""
    return moment.astimezone(ZONE).replace(tzinfo=None).isoformat() if moment else None


def gmt(moment: datetime | None) -> str | None:
    """Write a time as UTC, without a Z as WooCommerce does."""
    return moment.replace(tzinfo=None).isoformat() if moment else None


@dataclass(slots=True)
class Order:
    """One order or draft. Times are aware UTC in whole seconds.

    ``items`` are (product or variation id, quantity). ``address`` holds the billing fields
    typed so far. ``odd`` replaces top-level fields of the JSON, for tests of odd shops.
    """

    id: int
    status: str
    created: datetime
    modified: datetime
    items: tuple[tuple[int, int], ...]
    email: str = ""
    address: dict[str, str] = field(default_factory=dict)
    created_via: str = "store-api"
    payment_method: str = "bacs"
    customer_id: int = 0
    customer_note: str = ""
    paid: datetime | None = None
    completed: datetime | None = None
    coupon: str = ""  # 10 % off
    mobile: bool = False
    meta: dict[str, str] = field(default_factory=dict)
    odd: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The secret word in the pay link."""
        digest = hashlib.sha256(f"order {self.id}".encode()).hexdigest()
        return f"wc_order_{digest[:13]}"

    @property
    def needs_payment(self) -> bool:
        """Whether the pay link still takes money."""
        return self.status in _PAYABLE and self.cents > 0

    @property
    def cents(self) -> int:
        """What the shopper pays, with tax and shipping."""
        goods = sum(BY_ID[product].cents * quantity for product, quantity in self.items)
        return goods - (goods // 10 if self.coupon else 0) + (SHIPPING_CENTS if goods else 0)

    @property
    def pay_path(self) -> str:
        """The path and query of the pay link."""
        return f"/checkout/order-pay/{self.id}/?pay_for_order=true&key={self.key}"


def _split(cents: int) -> tuple[int, int]:
    """Split an amount with tax into net and tax."""
    net = round(cents / TAX)
    return net, cents - net


def order_record(order: Order, address: str, version: str) -> Json:
    """Give an order as /orders/<id> shows it, for a shop at ``address``."""
    lines = [_line(order, place, address) for place in range(len(order.items))]
    goods = sum(BY_ID[product].cents * quantity for product, quantity in order.items)
    discount = goods // 10 if order.coupon else 0
    shipping, shipping_tax = _split(SHIPPING_CENTS if goods else 0)
    off, off_tax = _split(discount)
    cart_tax = _split(goods - discount)[1]
    billing = {name: order.address.get(name, "") for name in _ADDRESS}
    phone = order.address.get("phone", "")
    href = f"{address}/wp-json/wc/v3/orders"
    record: Json = {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": "EUR",
        "version": version,
        "prices_include_tax": True,
        "date_created": local(order.created),
        "date_modified": local(order.modified),
        "discount_total": price(off),
        "discount_tax": price(off_tax),
        "shipping_total": price(shipping),
        "shipping_tax": price(shipping_tax),
        "cart_tax": price(cart_tax),
        "total": price(order.cents),
        "total_tax": price(cart_tax + shipping_tax),
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": billing | {"email": order.email, "phone": phone},
        "shipping": billing | {"phone": phone},
        "payment_method": order.payment_method,
        "payment_method_title": GATEWAYS.get(order.payment_method, "") if order.address else "",
        "transaction_id": "",
        "customer_ip_address": "127.0.0.1",
        "customer_user_agent": _PHONE if order.mobile else _COMPUTER,
        "created_via": order.created_via,
        "customer_note": order.customer_note,
        "date_completed": local(order.completed),
        "date_paid": local(order.paid),
        "cart_hash": hashlib.md5(str(order.items).encode(), usedforsecurity=False).hexdigest(),
        "number": str(order.id),
        "meta_data": _meta(order),
        "line_items": lines,
        "tax_lines": [_tax_line(order, cart_tax, shipping_tax)],
        "shipping_lines": [_shipping_line(order, shipping, shipping_tax, lines)],
        "fee_lines": [],
        "coupon_lines": [_coupon_line(order, off, off_tax)] if order.coupon else [],
        "refunds": [{"id": order.id, "reason": "", "total": f"-{price(order.cents)}"}]
        if order.status == "refunded"
        else [],
        "payment_url": address + order.pay_path,
        "is_editable": order.status in {"pending", "on-hold"},
        "needs_payment": order.needs_payment,
        "needs_processing": True,
        "date_created_gmt": gmt(order.created),
        "date_modified_gmt": gmt(order.modified),
        "date_completed_gmt": gmt(order.completed),
        "date_paid_gmt": gmt(order.paid),
        "currency_symbol": "€",
        "_links": {
            "self": [
                {
                    "href": f"{href}/{order.id}",
                    "targetHints": {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
                }
            ],
            "collection": [{"href": href}],
            "email_templates": [
                {"embeddable": True, "href": f"{href}/{order.id}/actions/email_templates"}
            ],
        },
    }
    return record | order.odd


def _line(order: Order, place: int, address: str) -> Json:
    product_id, quantity = order.items[place]
    product = BY_ID[product_id]
    before = product.cents * quantity
    after = before - (before // 10 if order.coupon else 0)
    subtotal, subtotal_tax = _split(before)
    total, total_tax = _split(after)
    meta = {"id": order.id * 30 + place, "key": "size", "value": product.option}
    shown = {"display_key": "Size", "display_value": product.option}
    return {
        "id": order.id * 10 + place,
        "name": product.name,
        "product_id": product.parent or product.id,
        "variation_id": product.id if product.parent else 0,
        "quantity": quantity,
        "tax_class": "",
        "subtotal": price(subtotal),
        "subtotal_tax": price(subtotal_tax),
        "total": price(total),
        "total_tax": price(total_tax),
        "taxes": [{"id": 1, "total": price(total_tax), "subtotal": price(subtotal_tax)}],
        "meta_data": [meta | shown] if product.parent else [],
        "sku": product.sku,
        "global_unique_id": "",
        "price": round(after / 100 / TAX / quantity, 6),
        "image": {
            "id": str(1000 + (product.parent or product.id)),
            "src": address + product.image,
        },
        "parent_name": BY_ID[product.parent].name if product.parent else None,
    }


def _tax_line(order: Order, cart_tax: int, shipping_tax: int) -> Json:
    return {
        "id": order.id * 10 + 7,
        "rate_code": "FI-ALV-1",
        "rate_id": 1,
        "label": "ALV",
        "compound": False,
        "tax_total": price(cart_tax),
        "shipping_tax_total": price(shipping_tax),
        "rate_percent": 25.5,
        "meta_data": [],
    }


def _shipping_line(order: Order, net: int, tax: int, lines: list[Json]) -> Json:
    items = ", ".join(f"{line['name']} &times; {line['quantity']}" for line in lines)
    shown = {"key": "Items", "value": items, "display_key": "Items", "display_value": items}
    return {
        "id": order.id * 10 + 8,
        "method_title": "Posti",
        "method_id": "flat_rate",
        "instance_id": "1",
        "total": price(net),
        "total_tax": price(tax),
        "taxes": [{"id": 1, "total": price(tax), "subtotal": ""}],
        "tax_status": "taxable",
        "meta_data": [{"id": order.id * 10 + 1} | shown],
    }


def _coupon_line(order: Order, off: int, off_tax: int) -> Json:
    info = f'[50,"{order.coupon}","percent",10]'
    shown = {"value": info, "display_key": "coupon_info", "display_value": info}
    return {
        "id": order.id * 10 + 9,
        "code": order.coupon,
        "discount": price(off),
        "discount_tax": price(off_tax),
        "meta_data": [{"id": order.id * 10 + 2, "key": "coupon_info"} | shown],
        "discount_type": "percent",
        "nominal_amount": 10,
        "free_shipping": False,
    }


def _meta(order: Order) -> list[Json]:
    values = {"is_vat_exempt": "no"} | order.meta
    if order.created_via == "store-api":
        for name in ("_coupons_hash", "_fees_hash", "_shipping_hash", "_taxes_hash"):
            values[name] = _EMPTY_HASH
    return [
        {"id": order.id * 40 + place, "key": key, "value": values[key]}
        for place, key in enumerate(sorted(values))
    ]


def attribution(query: dict[str, str], entry: str, at: datetime, mobile: bool) -> dict[str, str]:
    """Give the order-attribution meta of a purchase that began with a visit to ``entry``.

    The meta keys are those WooCommerce's own order attribution writes.
    """
    source = "utm" if "utm_source" in query else "typein"
    values = {
        "source_type": source,
        "utm_source": query.get("utm_source", "(direct)"),
        "session_entry": entry,
        "session_start_time": (at - timedelta(minutes=4)).strftime("%Y-%m-%d %H:%M:%S"),
        "session_pages": "4",
        "session_count": "2",
        "user_agent": _PHONE if mobile else _COMPUTER,
        "device_type": "Mobile" if mobile else "Desktop",
    }
    for name in ("utm_medium", "utm_campaign", "utm_content"):
        if name in query:
            values[name] = query[name]
    return {f"_wc_order_attribution_{name}": value for name, value in values.items()}

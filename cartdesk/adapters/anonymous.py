"""An order without the person behind it: what is left is enough to count it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartdesk.adapters.shop.reading import read_order
from cartdesk.domain import junk
from cartdesk.domain.lifecycle.judging import is_placed
from cartdesk.domain.metrics.traits import DEVICE, LANGUAGES, device_of, language_of
from cartdesk.domain.model import Cart
from cartdesk.domain.money import Money
from cartdesk.domain.ports import Record

NOBODY = "(anonymous)"


def anonymous(record: Mapping[str, Any]) -> Record:
    """Reduce an order's record to what counts, as a record again.

    That is status, sums, times, country, products, kind of device and language.

    Only what was understood is written, so nothing can hide in a field nobody reads.

    Raises:
        Unreadable: The record cannot be a cart.
    """
    cart = read_order(record)
    return {
        "id": cart.id,
        "number": str(cart.id),
        "status": cart.status,
        "currency": cart.currency,
        "total": _text(cart.total),
        "discount_total": _text(cart.discount),
        "refunds": [{"total": _text(cart.refunded)}] if cart.refunded else [],
        "created_via": cart.created_via,
        "date_created_gmt": cart.created_at.isoformat(),
        "date_modified_gmt": cart.modified_at.isoformat(),
        "date_paid_gmt": cart.paid_at.isoformat() if cart.paid_at else None,
        "billing": {"last_name": NOBODY, "country": cart.country},
        "line_items": _products(cart),
        "meta_data": [
            {"key": key, "value": value}
            for key, value in ((DEVICE, device_of(cart)), (LANGUAGES[0], language_of(cart)))
            if value
        ],
    }


def _products(cart: Cart) -> list[Record]:
    if junk.reason(cart) and not is_placed(cart.status):
        return []  # without its address it would be counted as a person's
    return [
        {
            "product_id": line.product_id,
            "variation_id": line.variation_id,
            "quantity": line.quantity,
            "total": _text(line.total),
        }
        for line in cart.lines
    ]


def _text(amount: Money | None) -> str | None:
    return str(amount.amount) if amount else None

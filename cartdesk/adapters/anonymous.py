"""An order without the person behind it: what is left is enough to count it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cartdesk.adapters.shop.reading import read_order
from cartdesk.domain import junk
from cartdesk.domain.model import Cart
from cartdesk.domain.ports import Record

NOBODY = "(anonymous)"


def anonymous(record: Mapping[str, Any]) -> Record:
    """Reduce an order's record to status, sum, times, country and products, as a record again.

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
        "total": str(cart.total.amount) if cart.total else None,
        "date_created_gmt": cart.created_at.isoformat(),
        "date_modified_gmt": cart.modified_at.isoformat(),
        "date_paid_gmt": cart.paid_at.isoformat() if cart.paid_at else None,
        "billing": {"last_name": NOBODY, "country": cart.country},
        "line_items": _products(cart),
    }


def _products(cart: Cart) -> list[Record]:
    if junk.reason(cart):  # without its address it would be counted as a person's
        return []
    return [
        {
            "product_id": line.product_id,
            "variation_id": line.variation_id,
            "quantity": line.quantity,
        }
        for line in cart.lines
    ]

"""Which changes of an unfinished order are the shopper's own doing.

An order's time of change moves for much else: plugins write meta data, a payment provider lets
an old payment lapse, and WooCommerce gives the earlier orders of a guest who registers to the
new account. Somebody who did nothing has not come back to the checkout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPED = (
    "total",
    "discount_total",
    "shipping_total",
    "currency",
    "customer_note",
    "payment_method",
)
_LINE = ("product_id", "variation_id", "quantity", "total")


STIRRED = frozenset({"pending", "failed"})


def came_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Tell whether the shopper changed something between two records of ``wc/v3/orders``.

    That is what they see and fill in: address, goods, sums, coupons, note and way of paying.
    """
    return _doing(before) != _doing(after)


def may_be_stirred(status: str, status_before: str) -> bool:
    """Tell whether a status alone may be the shopper's doing: a payment begun or refused.

    It is not when the person bought since the checkout went quiet: then an old payment lapsed,
    or an old order is seen for the first time (``status_before`` is "").
    """
    return status in STIRRED and status != status_before


def _doing(record: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        [record.get(name) or "" for name in _TYPED],
        _filled(record.get("billing")),
        _filled(record.get("shipping")),
        [[line.get(name) or 0 for name in _LINE] for line in _objects(record.get("line_items"))],
        [coupon.get("code") for coupon in _objects(record.get("coupon_lines"))],
    )


def _filled(address: object) -> dict[str, object]:
    if not isinstance(address, dict):
        return {}
    return {name: value for name, value in address.items() if value}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []

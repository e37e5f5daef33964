"""Old orders: what a shop that has been open for a while holds; one seed always gives the same."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from cartdesk.demo.catalog import BUYABLE
from cartdesk.demo.orders import Order, attribution, whole_second
from cartdesk.demo.people import somebody
from cartdesk.demo.shop import ShopData

_FATES = (
    ("completed", 70),
    ("processing", 5),
    ("on-hold", 2),
    ("refunded", 3),
    ("timed-out", 10),
    ("failed", 6),
    ("cancelled", 2),
    ("pending", 2),
)
_CONSENT = "_marketing_consent"


_BOUGHT = frozenset({"completed", "processing", "on-hold", "refunded"})


def fill(
    shop: ShopData,
    n: int,
    seed: int,
    start: datetime,
    end: datetime,
    *,
    all_bought: bool = False,
) -> None:
    """Put ``n`` orders between two times into the shop, oldest first.

    Some people come back; three in five gave consent. Recent orders are still being packed,
    older ones are completed. With ``all_bought`` no order is left unpaid.
    """
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    people = [somebody(chance, number) for number in range(max(1, n * 2 // 3))]
    moments = sorted(start + (end - start) * chance.random() for _ in range(n))
    fates = [fate for fate in _FATES if fate[0] in _BOUGHT or not all_bought]
    names, weights = zip(*fates, strict=True)
    for moment in moments:
        email, address = chance.choice(people)
        items = tuple(
            (product.id, chance.choice((1, 1, 1, 2, 3)))
            for product in chance.sample(BUYABLE, chance.choice((1, 1, 2, 2, 3)))
        )
        order = shop.open_order(moment, items)
        order.email, order.address = email, address
        order.mobile = chance.random() < 0.6
        if chance.random() < 0.6:
            order.meta[_CONSENT] = "yes"
        if chance.random() < 0.3:
            order.customer_id = shop.register(moment, email, address).id
        _live(shop, order, chance.choices(names, weights)[0], end, chance)


def _live(shop: ShopData, order: Order, fate: str, end: datetime, chance: random.Random) -> None:
    """Let one order meet its fate, no later than ``end``."""

    def later(low: float, high: float) -> datetime:
        return whole_second(min(end, order.created + timedelta(hours=chance.uniform(low, high))))

    classic = fate == "timed-out" or (fate != "pending" and chance.random() < 0.3)
    via = "checkout" if classic else "store-api"  # the block checkout's are never cancelled
    placed = later(0.02, 0.2)
    order.meta |= attribution({}, f"{shop.address}/", placed, order.mobile)
    shop.place(order, placed, "bankpay", via)
    if fate == "pending":
        return
    if fate == "timed-out":
        shop.move(order, "cancelled", later(1.1, 2), "Unpaid order cancelled - time limit reached.")
    elif fate == "cancelled":
        shop.move(order, "cancelled", later(0.2, 3), "Order cancelled by customer.")
    elif fate == "failed":
        shop.move(order, "failed", later(0.2, 0.3), "The card was declined.")
    else:
        shop.pay(order, later(0.2, 0.3), "bacs" if fate == "on-hold" else "card")
        if fate in {"completed", "refunded"} and end - order.created > timedelta(days=3):
            order.completed = later(24, 72)
            shop.move(order, "completed", order.completed)
        if fate == "refunded" and order.completed:
            shop.move(order, "refunded", later(90, 200))

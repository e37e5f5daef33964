"""What this shop lets anyone see, and what was kept out of every figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from cartdesk.domain.metrics.views import Coverage, Span
from cartdesk.domain.metrics.wording import day_text
from cartdesk.domain.model import Shop


class Needs(Enum):
    """What must have been seen on a day for a figure of it to mean anything."""

    ORDERS = "orders"  # the shop keeps them
    CHECKOUTS = "checkouts"  # the shop deletes unfinished ones after a day
    GIVEN_UP = "given up"  # checkouts of as long ago as one is given up after
    LETTERS = "letters"  # before cartdesk there were none


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far back anything can be known; None: no such border.

    ``looked`` is the day of the first look at the shop, ``orders`` the first day whose orders
    were asked for and there was one. ``drafts`` tells whether the shop shows checkouts before
    "Place order": WooCommerce deletes these after a day, so those of days before the first look
    can never be known. Without them the shop's orders are all there ever is.
    """

    looked: date | None = None
    orders: date | None = None
    drafts: bool = True
    lost_after: timedelta = timedelta()
    today: date | None = None

    def covers(self, span: Span) -> frozenset[Needs]:
        """Tell what could be seen in all of a span."""
        found = set()
        checkouts = self.looked if self.drafts else self.orders
        for needs, border, day in (
            (Needs.ORDERS, self.orders, span.since),
            (Needs.CHECKOUTS, checkouts, span.since),
            (Needs.GIVEN_UP, checkouts, span.since - self.lost_after),
            (Needs.LETTERS, self.looked, span.since),
        ):
            if border is None or day >= border:
                found.add(needs)
        return frozenset(found)


def coverage(
    shop: Shop,
    span: Span,
    horizon: Horizon,
    *,
    kept_apart: Sequence[tuple[str, int]],
    unreadable: int,
) -> Coverage:
    """Say which checkouts are in the figures of a span and of the one before.

    WooCommerce's block checkout makes a draft order when the checkout page opens up to about
    version 10.7; later versions, and the classic checkout, make an order only at "Place order".
    """
    parts = []
    if kept_apart:
        each = ", ".join(f"{reason}: {count}" for reason, count in kept_apart)
        total = sum(count for _, count in kept_apart)
        parts.append(f"Kept apart, in no figure: {total} ({each}).")
    if unreadable:
        parts.append(f"Not readable, in no figure: {unreadable}.")
    first = span.before().since
    looked = horizon.looked if horizon.looked and first < horizon.looked else None
    sentence = what_is_seen(shop, drafts_seen=horizon.drafts, since=looked)
    if span.last == horizon.today:
        sentence += " Today counts as far as it went, against a whole day before."
    if horizon.orders is not None and first < horizon.orders:
        sentence += f" Orders are known since {day_text(horizon.orders, year=True)}."
    return Coverage(
        sentence,
        " ".join(parts),
        tuple(kept_apart),
        unreadable,
        horizon.looked,
        horizon.orders,
    )


def what_is_seen(shop: Shop, *, drafts_seen: bool, since: date | None = None) -> str:
    """Say which checkouts this shop shows through its REST interface, and since when."""
    if drafts_seen:
        seen = (
            f", seen since {day_text(since, year=True)}; before that only orders" if since else ""
        )
        return (
            f"This shop shows checkouts from the moment the checkout page opens{seen}. Carts "
            "that never reach the checkout are not visible."
        )
    version = shop.version or "an unknown version"
    return (
        f"This shop (WooCommerce {version}) has shown no checkout before “Place order” so far: "
        "only unpaid, failed and cancelled orders can be seen and counted."
    )

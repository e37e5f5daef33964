"""What this shop lets anyone see, and what was kept out of every figure."""

from __future__ import annotations

from collections.abc import Sequence

from cartdesk.domain.metrics.views import Coverage
from cartdesk.domain.model import Shop


def coverage(
    shop: Shop, *, drafts_seen: bool, kept_apart: Sequence[tuple[str, int]], unreadable: int
) -> Coverage:
    """Say which checkouts are in the figures.

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
    return Coverage(
        what_is_seen(shop, drafts_seen=drafts_seen), " ".join(parts), tuple(kept_apart), unreadable
    )


def what_is_seen(shop: Shop, *, drafts_seen: bool) -> str:
    """Say which checkouts this shop shows through its REST interface."""
    if drafts_seen:
        return (
            "This shop shows checkouts from the moment the checkout page opens. Carts that "
            "never reach the checkout are not visible."
        )
    version = shop.version or "an unknown version"
    return (
        f"This shop (WooCommerce {version}) has shown no checkout before “Place order” so far: "
        "only unpaid, failed and cancelled orders can be seen and counted."
    )

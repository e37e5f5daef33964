"""The five headline figures and what this shop lets anyone see."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money
from cartdesk.domain.views import Figure

Write = Callable[[Money], str]


def headline(
    now: Mapping[str, int], before: Mapping[str, int], currency: str, write: Write
) -> tuple[Figure, ...]:
    """Give the five figures of a period beside those of the period before.

    Args:
        now: Counts and sums in minor units, as the ledger gives them.
        before: The same for the period before.
        currency: The one currency they are in.
        write: How this shop writes money.
    """

    def money(minor: int) -> str:
        return write(Money(minor, currency))

    def figure(name: str, value: Callable[[Mapping[str, int]], str], explained: str) -> Figure:
        return Figure(name, value(now), value(before), explained)

    return (
        figure(
            "Checkout abandonment rate",
            lambda f: share(f["abandoned"], f["abandoned"] + f["placed"] - _came_back(f)),
            "Abandoned checkouts of the period, divided by abandoned plus placed ones. An order "
            "that brought an abandoned cart back is counted once, as abandoned. Only checkouts "
            "this shop lets cartdesk see are in it.",
        ),
        figure(
            "Abandoned",
            lambda f: f"{f['abandoned']} · {money(f['abandoned_sum'])}",
            "Checkouts with items that stayed unpaid and quiet for the cut-off, by the time of "
            "their last change, and their totals. Merged carts of one person count once.",
        ),
        figure(
            "Recovered by letters",
            lambda f: (
                f"{f['loose']} · {money(f['loose_sum'])} "
                f"(strict {f['strict']} · {money(f['strict_sum'])})"
            ),
            "Orders that brought a cart back after a letter. Strict: our link's campaign stands "
            "on the order. Loose adds the same order paid after a letter, and another order by "
            "the person within 5 days of one.",
        ),
        figure(
            "Came back by themselves",
            lambda f: f"{f['themselves']} · {money(f['themselves_sum'])}",
            "Abandoned carts whose person bought without a letter that could have caused it. "
            "Never credited to letters.",
        ),
        figure(
            "Average order value",
            lambda f: money(round(f["placed_sum"] / f["placed"])) if f["placed"] else "–",
            "Totals of the orders placed in the period, divided by their number. Refunds are "
            "not taken off yet.",
        ),
    )


def _came_back(figures: Mapping[str, int]) -> int:
    return figures["loose"] + figures["themselves"]


def share(part: int, whole: int) -> str:
    """Write a share in per cent, or "–" when there is nothing to divide by."""
    return f"{100 * part / whole:.1f} %" if whole > 0 else "–"


def kept_apart(reasons: Mapping[str, int]) -> str:
    """Say how many checkouts were left out of every figure, and why; "" for none."""
    if not reasons:
        return ""
    each = ", ".join(f"{reason}: {count}" for reason, count in reasons.items())
    return f"Kept apart, in no figure: {sum(reasons.values())} ({each})."


def coverage(shop: Shop, drafts_seen: bool) -> str:
    """Say which checkouts this shop lets anyone see through its REST interface.

    WooCommerce's block checkout makes a draft order when the checkout page opens up to about
    version 10.7; later versions, and the classic checkout, make an order only at "Place order".
    """
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

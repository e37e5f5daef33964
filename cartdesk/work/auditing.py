"""The audit: what the shop shows, beside the checkouts the ledger says were left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.shop.shop_audit import SECONDS, ShopAudit
from cartdesk.domain.feedback.audit import judge
from cartdesk.domain.feedback.audit_facts import AuditReport, LeftFacts
from cartdesk.work.facts import Desktop
from cartdesk.work.silent import left_carts

PERIOD = timedelta(days=90)  # the usual retention: what is older has lost its details
MOST_PRODUCTS = 5


async def audit(
    ledger: LedgerThread,
    shop: ShopAudit,
    desktop: Desktop,
    report: Callable[[str], None],
    *,
    seconds: float = SECONDS,
) -> AuditReport:
    """Look at the shop and judge it by the checkouts left in the last 90 days.

    Args:
        ledger: Where those checkouts are; nothing is written to it.
        shop: The shop to ask.
        desktop: Settings and the present.
        report: Told what is looked at next.
        seconds: For the whole; what is left then is named as not seen.

    Raises:
        StoreError: The shop cannot be asked, or answers nothing.
    """
    left = await ledger.read(lambda book: left_facts(book, desktop))
    most = Counter(number for cart in left.carts for number, _ in cart.products if number)
    wanted = [number for number, _ in most.most_common(MOST_PRODUCTS)]
    found, products = await shop.look(report, wanted, seconds=seconds)
    return judge(found, replace(left, products=products), desktop.now)


def left_facts(book: Book, desktop: Desktop) -> LeftFacts:
    """Gather what the ledger knows of the checkouts left in the period, in every currency."""
    until = desktop.now + timedelta(seconds=1)
    since = until - PERIOD
    carts = tuple(
        cart
        for currency in book.left.currencies(since, until)
        for cart in left_carts(book, since, until, currency, desktop)
    )
    return LeftFacts(
        since=since,
        until=until,
        shop=desktop.shop,
        carts=carts,
        said=book.left.named({cart.id for cart in carts}),
        mentions=book.left.mentions(since, until),
    )

"""What can be learnt of a shop for ``doctor`` and the set-up: rights, kind, coverage, clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from cartdesk.domain.metrics.coverage import what_is_seen
from cartdesk.domain.model import Shop
from cartdesk.domain.ports import Page, Store, StoreError
from cartdesk.domain.senders import OWN_RECOVERY, active_plugins
from cartdesk.domain.text import span
from cartdesk.domain.views import Finding, Verdict

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP
_CLOCKS = timedelta(minutes=5)


def refused(topic: str, error: StoreError) -> Finding:
    """Give the shop's refusal as a finding."""
    return Finding(topic, STOP, str(error), error.mend)


async def examine_shop(
    store: Store, now: datetime, *, secure: bool, drafts_known: bool = False
) -> tuple[Shop | None, list[Finding]]:
    """Ask a shop for everything worth knowing before it is relied on; changes nothing there.

    Args:
        store: The shop, with the key to be judged.
        now: The time on this computer, to compare the shop's clock with.
        secure: Whether it is asked over https.
        drafts_known: Whether the ledger ever saw a checkout before "Place order".

    Returns:
        The shop (None when it refused; then nothing more was asked) and what was found.
    """
    try:
        newest = await store.orders(
            {"per_page": "50", "status": "any", "_fields": "id,status,created_via"}
        )
        drafts = await store.orders({"per_page": "1", "status": "checkout-draft", "_fields": "id"})
        shop = await store.shop()
    except StoreError as error:
        return None, [refused("shop", error)]
    how = "over https" if secure else "without encryption (this computer only)"
    name = f"{shop.name} ({shop.address})" if shop.name else shop.address
    orders = f"{newest.total} orders" if newest.total is not None else "orders"
    seen = drafts_known or bool(drafts.records)
    return shop, [
        Finding("shop", OK, f"{name} answers {how}; the key may read {orders}."),
        await _rights(store),
        _version(shop),
        _kind(newest),
        _hold(shop),
        Finding("coverage", OK if seen else WARN, what_is_seen(shop, drafts_seen=seen)),
        _clock(shop, newest, now),
        *other_senders(shop),
    ]


async def _rights(store: Store) -> Finding:
    try:
        writes = await store.can_write()
    except StoreError as error:
        return Finding("key", WARN, f"Whether the key may write could not be learnt: {error}")
    if writes is None:
        return Finding("key", OK, "The key may read. Whether it may write cannot be told.")
    if not writes:
        return Finding("key", OK, "The key may read and nothing else: just what cartdesk needs.")
    return Finding(
        "key",
        WARN,
        "The key may also change the shop, which cartdesk never needs.",
        "In WooCommerce > Settings > Advanced > REST API set its permission to Read.",
    )


def _version(shop: Shop) -> Finding:
    if not shop.version:
        return Finding("version", WARN, "The shop does not tell its WooCommerce version.")
    return Finding("version", OK, f"WooCommerce {shop.version}.")


def release(shop: Shop) -> tuple[int, ...]:
    """Give the first two numbers of the shop's version; (0, 0) when it is not known."""
    parts = [part for part in shop.version.split(".")[:2] if part.isdecimal()]
    return tuple(map(int, parts)) if len(parts) == 2 else (0, 0)


def _kind(newest: Page) -> Finding:
    ways = [record.get("created_via") for record in newest.records]
    block, classic = ways.count("store-api"), ways.count("checkout")
    if not block and not classic:
        return Finding("checkout", OK, "No order tells yet which kind of checkout the shop has.")
    if block and classic:
        kind = f"both kinds of checkout are used: block ({block}) and classic ({classic})"
    else:
        kind = "the block checkout is used" if block else "the classic checkout is used"
    return Finding("checkout", OK, f"By the newest {len(ways)} orders {kind}.")


def _hold(shop: Shop) -> Finding:
    if shop.hold_minutes is None:
        return Finding("unpaid orders", OK, "How long unpaid orders are kept cannot be seen.")
    if not shop.hold_minutes:
        return Finding("unpaid orders", OK, "Unpaid orders are not cancelled by time.")
    return Finding(
        "unpaid orders",
        OK,
        f"Unpaid orders of the classic checkout are cancelled after {shop.hold_minutes} to "
        f"{2 * shop.hold_minutes} minutes; cartdesk still counts and writes to them.",
    )


def _clock(shop: Shop, newest: Page, now: datetime) -> Finding:
    if newest.server_time is None:
        return Finding("clock", OK, f"Times are shown in the shop's zone, {shop.zone}.")
    apart = newest.server_time - now
    if abs(apart) <= _CLOCKS:
        return Finding(
            "clock", OK, f"The clocks agree; times are shown in the shop's zone, {shop.zone}."
        )
    way = "ahead of" if apart > timedelta() else "behind"
    return Finding(
        "clock",
        WARN,
        f"The shop's clock is {span(abs(apart))} {way} this computer's.",
        "Set this computer's clock by the network; if it is right, tell your web host.",
    )


def other_senders(shop: Shop) -> tuple[Finding, ...]:
    """Name what else in the shop may write to people who did not finish their checkout."""
    mend = "Switch its reminders off, or accept that people may get two letters."
    findings = [
        Finding("other senders", WARN, f"{name} is active and may also send reminders.", mend)
        for name in active_plugins(shop)
    ]
    if release(shop) >= OWN_RECOVERY:
        findings.append(
            Finding(
                "other senders",
                WARN,
                f"WooCommerce {shop.version} has a recovery e-mail of its own; it is off unless "
                "somebody switched it on.",
                "Look in WooCommerce > Settings > Emails, and leave it off.",
            )
        )
    if not findings:
        known = "No other sender of reminders is known to be active."
        findings.append(Finding("other senders", OK, known))
    return tuple(findings)

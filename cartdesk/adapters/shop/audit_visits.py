"""How the public pages of a shop answer a visitor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from statistics import median
from urllib.parse import urljoin, urlsplit

from cartdesk.adapters.shop.audit_look import TIME_OVER, Look
from cartdesk.domain.feedback.audit_facts import SitePage, Unseen, Visit
from cartdesk.domain.feedback.audit_pages import PROMISES, page_for
from cartdesk.domain.ports import StoreError

TRIES = 3  # of pages whose time is measured
_REDIRECTS = 3


async def visits(
    look: Look, pages: Sequence[SitePage], settings: Mapping[str, str]
) -> dict[str, Visit]:
    """Open home, checkout and the pages people rely on, one after another.

    Only pages of the shop's own origin are opened.
    """
    base = look.connection.address.base
    wanted = {"home": (f"{base}/", TRIES)}
    for page in pages:
        if str(page.id) == settings.get("woocommerce_checkout_page_id"):
            wanted["checkout"] = page.link, TRIES
    for name in PROMISES:
        promise = page_for(name, pages, settings.get(f"woocommerce_{name}_page_id", ""))
        if promise is not None:
            wanted[name] = promise.link, 1
    found = {}
    for name, (link, tries) in wanted.items():
        if _origin(link) != _origin(base):
            why = "It is not at the shop's own address."
        else:
            look.report(f"the page “{name}”")
            visit = await _visit(look, link, tries)
            if visit is not None:
                found[name] = visit
                continue
            why = TIME_OVER
        look.unseen.append(Unseen(f"the page “{name}”", why))
    return found


async def _visit(look: Look, link: str, tries: int) -> Visit | None:
    """Open a page some times; the first failure is enough."""
    took: list[float] = []
    status = 0
    for _ in range(tries):
        try:
            async with asyncio.timeout_at(look.ends):
                status, seconds = await _open(look, link)
        except StoreError as error:
            return Visit(link, None, 0, len(took) + 1, str(error).rstrip("."))
        except TimeoutError:
            break
        look.answered += 1
        took.append(seconds)
        if not 200 <= status < 300:
            break
    return Visit(link, median(took), status, len(took)) if took else None


async def _open(look: Look, link: str) -> tuple[int, float]:
    """Open a page and go along where the shop leads: an empty checkout leads to the basket."""
    whole, status, origin = 0.0, 0, _origin(link)
    for _ in range(1 + _REDIRECTS):
        look.asked += 1
        status, leads_to, seconds = await look.connection.visit(link)
        whole += seconds
        link = urljoin(link, leads_to)
        if not 300 <= status < 400 or not leads_to or _origin(link) != origin:
            break
    return status, whole


def _origin(link: str) -> tuple[str, str]:
    parts = urlsplit(link)
    return parts.scheme, parts.netloc.casefold()

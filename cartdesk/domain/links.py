"""The link in a letter that leads back to the basket.

How the three kinds behave was seen on a running WooCommerce 10.5: a pay link always answers
200, so ``needs_payment`` decides; paying a draft without an address makes an order nobody
can ship; ``/checkout-link/`` (10.0 and later) fails as a whole when one product cannot be
bought and empties the basket the visitor has at that moment.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from cartdesk.domain.model import Cart, Product, Reminder, Shop

LONGEST = 2000  # characters of a URL that every browser and mail program still opens
_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\s\\<>\"`^{|}]")
_PAYABLE = frozenset({"pending", "failed"})


@dataclass(frozen=True, slots=True)
class Link:
    """A way back to the basket. ``note`` says in a sentence why it is of this kind.

    ``foreign`` is the host of a payment link that was refused because it does not lead to
    the shop; it is empty in the normal case.
    """

    kind: Literal["pay", "checkout-link", "cart"]
    url: str
    note: str
    foreign: str = ""


def campaign(reminder: Reminder) -> dict[str, str]:
    """Give the campaign parameters by which the shop's order attribution knows a letter."""
    return {
        "utm_campaign": f"{reminder.sequence}-{reminder.step}",
        "utm_content": str(reminder.id),
    }


def way_back(
    cart: Cart,
    shop: Shop,
    products: Mapping[int, Product],
    *,
    extra_hosts: Iterable[str] = (),
    utm: Mapping[str, str],
) -> Link:
    """Choose the best link that leads this shopper back: pay page, checkout link or cart page.

    A draft's own pay page is the second choice: WooCommerce deletes drafts a day or two after
    their last change, and the link with them.

    Args:
        cart: The cart as the shop showed it last.
        shop: The shop; its address decides which links are trusted.
        products: What is known of products and variations, by id.
        extra_hosts: Other hosts the merchant trusts ("www.shop.example").
        utm: ``utm_campaign`` and ``utm_content``, see :func:`campaign`.
    """
    hosts = tuple(extra_hosts)
    foreign, why_not_pay = _pay_obstacle(cart, shop, hosts)
    checkout, why_not_checkout = _checkout_link(cart, shop, products, utm)
    draft = cart.status == "checkout-draft"
    if not why_not_pay and not (draft and checkout):
        note = "The shop's own page to pay this order."
        return Link("pay", _tagged(cart.payment_url, utm), note)
    if checkout:
        first = why_not_pay or "The shop deletes this draft in a day or two."
        note = f"{first} The checkout link puts the same products into the basket."
        return Link("checkout-link", checkout, note, foreign)
    own = shop.cart_url and on_origin(shop.cart_url, shop.address, hosts)
    url = _tagged(shop.cart_url if own else f"{shop.address}/cart/", utm)
    note = f"{why_not_pay} {why_not_checkout} The cart page shows the basket on the same device."
    return Link("cart", url, note, foreign)


def on_origin(url: str, shop_address: str, extra_hosts: Iterable[str] = ()) -> bool:
    """Tell whether a URL leads to the shop: same scheme, host and port, written plainly.

    Hosts are compared as they are written or in their IDNA form, never after any other
    normalisation, so a look-alike is another host. ``extra_hosts`` are hosts ("www.shop.
    example", "pay.shop.example:8443") that count as the shop's, with the shop's scheme.
    """
    found = _origin(url)
    own = _origin(shop_address)
    if found is None or own is None:
        return False
    trusted = {own}
    for host in extra_hosts:
        other = _origin(host if "://" in host else f"{own[0]}://{host}")
        if other is not None and other[0] in {own[0], "https"}:
            trusted.add(other)
    forms = {(scheme, form, port) for scheme, host, port in trusted for form in _forms(host)}
    return found in forms


def _origin(url: str) -> tuple[str, str, int] | None:
    """Split a plain absolute web address into scheme, host and port; None for anything else."""
    if not url.isprintable() or _UNSAFE.search(url) or len(url) > LONGEST:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or not _plain(parts):
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]


def _plain(parts: SplitResult) -> bool:
    """Tell whether nothing but a host and a port stands between ``//`` and the path."""
    place, host = parts.netloc, parts.hostname or ""
    # Lower-casing turns a few foreign letters (the Kelvin sign) into ASCII ones.
    folded = host.isascii() != place.isascii()
    return not (folded or set(place) & set("@%,;'()") or place.endswith(":") or host.endswith("."))


def _forms(host: str) -> tuple[str, ...]:
    """Give a trusted host as written and in its ASCII (IDNA) form."""
    try:
        coded = host.encode("idna")
        # The older IDNA makes "strasse" of "straße", which is somebody else's host.
        return (host, coded.decode("ascii")) if coded.decode("idna") == host else (host,)
    except UnicodeError:
        return (host,)


def _pay_obstacle(cart: Cart, shop: Shop, hosts: tuple[str, ...]) -> tuple[str, str]:
    """Say why the pay page cannot be used ("" when it can), after a refused foreign host."""
    if not cart.needs_payment or not cart.payment_url:
        return "", "The shop no longer takes a payment for this order."
    draft = cart.status == "checkout-draft"
    if draft and not cart.address_complete:
        return "", "The address is not complete, so paying would leave nothing to ship to."
    if not draft and cart.status not in _PAYABLE:
        return "", f"An order that is {cart.status} cannot be paid."
    if not on_origin(cart.payment_url, shop.address, hosts):
        host = _host(cart.payment_url)
        return host, f"The payment link leads to {host}, not to the shop, so it is not used."
    return "", ""


def _checkout_link(
    cart: Cart, shop: Shop, products: Mapping[int, Product], utm: Mapping[str, str]
) -> tuple[str, str]:
    """Give the checkout link, or "" and why there is none."""
    obstacle = _checkout_obstacle(cart, shop, products)
    if obstacle:
        return "", obstacle
    pairs = ",".join(f"{key}:{count}" for key, count in _quantities(cart).items())
    url = _tagged(f"{shop.address}/checkout-link/?products={pairs}", utm)
    return (url, "") if len(url) <= LONGEST else ("", "The basket is too long for a link.")


def _checkout_obstacle(cart: Cart, shop: Shop, products: Mapping[int, Product]) -> str:
    """Say why a checkout link would fail, or "" when it will work."""
    if _major(shop.version) < 10:
        return "Checkout links need WooCommerce 10.0 or later."
    if not cart.lines:
        return "The basket is empty."
    names = {line.variation_id or line.product_id: line.name for line in cart.lines}
    for key, count in _quantities(cart).items():
        obstacle = _product_obstacle(products.get(key), count)
        if obstacle:
            return f"{names[key] or 'A product'} {obstacle}."
    return ""


def _product_obstacle(product: Product | None, count: int) -> str:
    if product is None:
        return "is not known to the shop any more"
    if product.kind not in {"simple", "variation"}:
        return "needs a choice that a link cannot make"
    if product.status != "publish" or not product.purchasable or count < 1:
        return "cannot be bought now"
    if not product.in_stock:
        return "is out of stock"
    if product.stock is not None and count > product.stock:
        return f"is down to {product.stock} in stock"
    return ""


def _quantities(cart: Cart) -> Counter[int]:
    """Add up the quantities by the id a checkout link takes."""
    found: Counter[int] = Counter()
    for line in cart.lines:
        found[line.variation_id or line.product_id] += line.quantity
    return found


def _major(version: str) -> int:
    number = re.match(r"\d+", version)
    return int(number[0]) if number else 0


def _host(url: str) -> str:
    """Name the host of a refused link for a sentence; never fails."""
    try:
        return urlsplit(url).hostname or "an unknown place"
    except ValueError:
        return "an unknown place"


def _tagged(url: str, utm: Mapping[str, str]) -> str:
    """Add the campaign parameters, keeping the query and the fragment the URL has."""
    parts = urlsplit(url)
    ours = urlencode({"utm_source": "cartdesk", "utm_medium": "email", **utm})
    query = f"{parts.query}&{ours}" if parts.query else ours
    return urlunsplit(parts._replace(query=query))

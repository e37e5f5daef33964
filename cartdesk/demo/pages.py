"""The pages people see when they follow a link to the demo shop."""

from __future__ import annotations

import re
from html import escape

from cartdesk.demo.catalog import BY_ID, PRODUCTS, picture, price
from cartdesk.demo.shop import ShopData
from cartdesk.demo.web import Request

_HTML = "text/html; charset=UTF-8"
_FRAME = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    "<style>body{{font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em}}"
    "</style></head><body><h1>{title}</h1>{body}"
    "<p><small>A shop that exists only inside cartdesk's demo.</small></p></body></html>"
)

_TEXTS = {
    "/terms/": ("Terms & conditions", "We send within two days; what is paid is binding."),
    "/privacy-policy/": ("Privacy policy", "We keep what your order needs, and nothing else."),
}


def page(shop: ShopData, request: Request) -> tuple[int, str, bytes]:
    """Give status, content type and body of a page; every outside word is escaped."""
    path, query = request.path, dict(request.query)
    if path.endswith(".png") and path.startswith("/wp-content/"):
        return 200, "image/png", picture(path)
    pay = re.fullmatch(r"/checkout/order-pay/(\d+)/?", path)
    if pay:
        return _pay(shop, int(pay[1]), query.get("key", ""))
    if path.rstrip("/") == "/checkout-link":
        return _basket(shop, query)
    product = re.fullmatch(r"/product/([^/]+)/?", path)
    if product:
        found = [item for item in PRODUCTS if item.slug == product[1]]
        if found:
            text = f"<p>{price(found[0].cents)} €</p>"
            return 200, _HTML, _framed(found[0].name, text)
    if path in {"/", "/cart/", "/checkout/", "/my-account/", "/shop/"}:
        goods = "".join(f"<li>{escape(item.name)}</li>" for item in PRODUCTS if not item.parent)
        return 200, _HTML, _framed(shop.name, f"<ul>{goods}</ul>")
    if path in _TEXTS:
        title, text = _TEXTS[path]
        return 200, _HTML, _framed(title, f"<p>{escape(text)}</p>")
    return 404, _HTML, _framed("Page not found", "<p>There is nothing here.</p>")


def _framed(title: str, body: str) -> bytes:
    return _FRAME.format(title=escape(title), body=body).encode()


def _pay(shop: ShopData, number: int, key: str) -> tuple[int, str, bytes]:
    order = shop.orders.get(number)
    if order is None or order.key != key:
        text = "<p>Sorry, this order is invalid and cannot be paid for.</p>"
        return 200, _HTML, _framed("Pay for order", text)
    if not order.needs_payment:
        text = f"<p>This order&rsquo;s status is {escape(order.status)}: it cannot be paid for.</p>"
        return 200, _HTML, _framed("Pay for order", text)
    lines = "".join(
        f"<li>{escape(BY_ID[product].name)} &times; {quantity}</li>"
        for product, quantity in order.items
    )
    text = f"<ul>{lines}</ul><p>Total {price(order.cents)} €</p>"
    return 200, _HTML, _framed(f"Pay for order {order.id}", text)


def linked_items(text: str) -> tuple[tuple[int, int], ...]:
    """Read the products of a checkout link ("14:2,45"), leaving out what cannot be bought.

    As WooCommerce does, unknown ids are skipped; a product that needs a choice, is not for
    sale or is out of stock makes the whole link fail (an empty result).
    """
    items = []
    for part in text.split(","):
        number, _, quantity = part.partition(":")
        product = BY_ID.get(int(number)) if number.isdecimal() else None
        if product is None:
            continue
        count = int(quantity) if quantity.isdecimal() else 1
        short = product.stock is not None and product.stock < count
        if product.kind == "variable" or product.status != "publish" or short:
            return ()
        items.append((product.id, count))
    return tuple(items)


def _basket(shop: ShopData, query: dict[str, str]) -> tuple[int, str, bytes]:
    items = linked_items(query.get("products", ""))
    if not items:
        text = "<p>Some products in the link could not be added to your cart.</p>"
        return 200, _HTML, _framed("Your cart is empty", text)
    lines = "".join(
        f"<li>{escape(BY_ID[product].name)} &times; {quantity}</li>" for product, quantity in items
    )
    return 200, _HTML, _framed("Checkout", f"<ul>{lines}</ul>")

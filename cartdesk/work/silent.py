"""What the facts of left checkouts hint at, though nobody said it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.left import LEFT, LeftOrder
from cartdesk.domain.feedback.silent import Silent, SilentCode, facts_of, silent_reasons
from cartdesk.domain.feedback.silent_counts import LeftCart, SilentSummary, count_hints
from cartdesk.domain.model import Cart, Note, Product
from cartdesk.domain.money import Money, sums
from cartdesk.domain.views import CartDetail
from cartdesk.work.facts import Desktop

PRODUCTS_KEPT = timedelta(days=7)  # what is older says nothing of stock and price any more


def hints_of(
    cart: Cart, products: Mapping[int, Product], notes: Sequence[Note], desktop: Desktop
) -> tuple[Silent, ...]:
    """Give what the facts of one left checkout hint at, the strongest first."""
    return silent_reasons(
        facts_of(
            cart,
            products,
            notes,
            free_shipping_from=desktop.settings.sender.free_shipping_from,
            prices_now=_prices(cart, products, desktop),
        )
    )


def with_hints(
    book: Book, detail: CartDetail, products: Mapping[int, Product], desktop: Desktop
) -> CartDetail:
    """Give a cart's details with its hints; one that was bought or goes on has none."""
    if detail.row.state not in LEFT:
        return detail
    notes = book.left.shop_notes(detail.cart.id)
    return replace(detail, hints=hints_of(detail.cart, products, notes, desktop))


def left_carts(
    book: Book, since: datetime, until: datetime, currency: str, desktop: Desktop
) -> tuple[LeftCart, ...]:
    """Give the checkouts left in a period and not bought since, with their hints.

    Robots, card tests and carts a newer one of the same person stands for are left out.
    """
    orders = book.left.orders(since, until, currency)
    ids = {line.variation_id or line.product_id for one in orders for line in one.cart.lines}
    products = book.cache.products(sorted(ids - {0}), desktop.now - PRODUCTS_KEPT)
    return tuple(_left(one, products, desktop) for one in orders)


def silent_counts(
    book: Book, since: datetime, until: datetime, currency: str, desktop: Desktop
) -> SilentSummary:
    """Count what the facts hint at in checkouts of one currency that were left in a period."""
    left = left_carts(book, since, until, currency, desktop)
    return SilentSummary(since, until, currency, len(left), count_hints(left, currency))


def _left(order: LeftOrder, products: Mapping[int, Product], desktop: Desktop) -> LeftCart:
    cart = order.cart
    if order.reached:
        # what erasing took away was known when it was left
        known = order.reached != "nothing"
        email = cart.email or "known" if known else ""
        cart = replace(cart, email=email, address_complete=order.reached == "address")
    hints = hints_of(cart, products, order.notes, desktop)
    if order.erased and not order.reached:
        hints = tuple(hint for hint in hints if hint.code is not SilentCode.STAGE)
    return LeftCart(
        id=cart.id,
        country=order.country,
        total=order.total,
        hints=hints,
        products=tuple({line.product_id: line.name for line in cart.lines}.items()),
        payment_method=cart.payment_method,
        goods=next(iter(sums(line.total for line in cart.lines)), None),
    )


def _prices(cart: Cart, products: Mapping[int, Product], desktop: Desktop) -> dict[int, Money]:
    """Give today's prices where they can be compared with those in the basket.

    A basket holds what was paid with tax and after coupons. The shop's price is with the tax of
    its own country, or without tax, which only hides a small rise. Elsewhere the tax differs,
    and a discount lowers the basket's: both would look like a rise that never was.
    """
    shop = desktop.shop
    discounted = bool(cart.coupons) or bool(cart.discount and cart.discount.minor)
    at_home = cart.country in ("", shop.country) and cart.currency == shop.currency
    if discounted or not at_home:
        return {}
    read = {number: Money.read(one.price, cart.currency) for number, one in products.items()}
    return {number: price for number, price in read.items() if price is not None and price.minor}

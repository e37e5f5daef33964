"""Hints are found in the checkouts of a ledger, counted once each, and never called words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cartdesk.adapters.ledger import Book
from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.silent import SilentCode
from cartdesk.domain.feedback.silent_counts import SilentCount, SilentSummary
from cartdesk.domain.model import CartState, Note
from cartdesk.domain.money import Money
from cartdesk.tui.cart import CartScreen
from cartdesk.work.silent import hints_of, silent_counts
from tests.desks import open_bench
from tests.feedback.books import NOW
from tests.feedback.left import SHOP, SINCE, UNTIL, coffee, desktop, keep, left, stocked
from tests.tui.screens import demo


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    opened = Book(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def summary(book: Book, **more: Any) -> SilentSummary:
    currency = more.pop("currency", "EUR")
    there = desktop(**more)
    return book.read(lambda book: silent_counts(book, SINCE, UNTIL, currency, there))


def counts(book: Book, **more: Any) -> dict[SilentCode, SilentCount]:
    return {one.code: one for one in summary(book, **more).counts}


def test_each_hint_counts_a_checkout_once_with_its_money(book: Book) -> None:
    dear = {"shipping_total": "19.60", "shipping_tax": "0.00"}
    keep(book, left(1, **dear), left(2, **dear), left(3))
    found = counts(book)
    shipping = found[SilentCode.SHIPPING_SHARE]
    assert (shipping.carts, shipping.money, shipping.reason) == (
        2,
        Money(2 * 5341, "EUR"),
        Reason.SHIPPING_COST,
    )
    stage = found[SilentCode.STAGE]
    assert stage.carts == 3
    assert stage.details == (
        ("They left with the address filled in, before placing the order.", 3),
    )
    assert summary(book).carts == 3
    assert next(iter(found)) is SilentCode.SHIPPING_SHARE, "what speaks for a reason stands first"


def test_what_was_bought_replaced_or_is_another_currency_is_left_out(book: Book) -> None:
    paid = {"status": "processing", "date_paid_gmt": "2026-11-21T10:00:00"}
    twice = {"email": "twice@example.org"}
    later = {"date_created_gmt": "2026-11-20T13:00:00", "date_modified_gmt": "2026-11-20T13:00:00"}
    keep(book, left(1), left(2), left(3, **twice), left(4, **twice, **later))
    keep(book, left(2, **paid, date_modified_gmt="2026-11-21T10:00:00"), left(5, currency="SEK"))
    assert summary(book).carts == 2  # 1, and 4 for 3
    assert summary(book, currency="SEK").carts == 1


def test_a_raised_price_is_told_where_it_can_be_compared(book: Book) -> None:
    coupon = {"coupon_lines": [{"id": 1, "code": "ten"}], "discount_total": "2.00"}
    abroad = left(3)
    abroad["billing"] = {**abroad["billing"], "country": "DE"}
    keep(book, left(1), left(2, **coupon), abroad)
    stocked(book, coffee(price="3.15"))
    assert SilentCode.PRICE_RAISED not in counts(book)
    stocked(book, coffee(price="3.40"))
    raised = counts(book)[SilentCode.PRICE_RAISED]
    assert (raised.carts, raised.reason) == (1, Reason.PRICE)
    assert raised.details == (("House coffee 500 g", 1),)
    stocked(book, coffee(price=""))
    assert SilentCode.PRICE_RAISED not in counts(book)
    stocked(book, coffee(price="3.40"))
    swedish = replace(SHOP, currency="SEK")
    assert SilentCode.PRICE_RAISED not in counts(book, shop=swedish)


def test_sold_out_products_are_named(book: Book) -> None:
    keep(book, left(1), left(2))
    stocked(book, coffee(in_stock=False, stock=0))
    sold = counts(book)[SilentCode.SOLD_OUT]
    assert (sold.carts, sold.details) == (2, (("House coffee 500 g", 2),))


def test_nothing_is_said_of_stock_that_was_asked_for_long_ago(book: Book) -> None:
    keep(book, left(1))
    old = NOW - timedelta(days=8)
    book.write(lambda book: book.cache.keep_products([coffee(in_stock=False)], old))
    assert SilentCode.SOLD_OUT not in counts(book)


def test_the_gateways_words_count_and_the_merchants_do_not(book: Book) -> None:
    keep(book, left(1, status="failed", payment_method="card"))

    def note(author: str, text: str, to_customer: bool = False) -> None:
        one = Note(len(text), 1, NOW, author, text, to_customer)
        book.write(lambda book: book.cache.keep_notes([one]))

    def said() -> str:
        there = desktop()
        found = book.read(lambda book: book.left.orders(SINCE, UNTIL, "EUR"))
        hints = hints_of(found[0].cart, {}, found[0].notes, there)
        return next(one.sentence for one in hints if one.code is SilentCode.PAYMENT_REFUSED)

    note("ville", "Told her on the phone: insufficient funds")
    note("WooCommerce", "Your card has expired, please try again", to_customer=True)
    assert said() == "The payment by “card” failed."
    note("WooCommerce", "The card was declined: insufficient funds.")
    assert said() == "The payment by “card” failed: not enough money."
    refused = counts(book)[SilentCode.PAYMENT_REFUSED]
    assert (refused.carts, refused.details) == (1, (("card", 1),))


def test_erasing_a_person_changes_no_stage(book: Book) -> None:
    keep(book, left(1), left(2))
    before = counts(book)[SilentCode.STAGE]
    book.write(lambda book: book.persons.erase(book.persons.find("p1@example.org"), NOW))
    assert counts(book)[SilentCode.STAGE] == before


async def test_the_cart_screen_marks_hints_and_a_bought_cart_has_none(tmp_path: Path) -> None:
    async with demo(tmp_path) as shown:
        desk = shown.bench.desk
        page = await desk.carts()
        details = [await desk.cart(row.id) for row in page.rows]
        bought = {CartState.RECOVERED, CartState.PLACED, CartState.OPEN}
        assert not any(one.hints for one in details if one.row.state in bought)
        dear = next(one for one in details if one.hints and "Shipping is" in one.hints[0].sentence)
        await shown.app.push_screen(CartScreen(dear.cart.id, "carts"))
        await shown.sees("hint  Shipping is", "facts of the checkout; nobody")
        said = await desk.feedback.summary()
        silent = await desk.feedback.silent()
        assert Reason.SHIPPING_COST in {one.reason for one in silent.counts}
        assert Reason.SHIPPING_COST not in {one.reason for one in said.bars}, "nobody said it"
        assert await desk.feedback.silent() is silent, "nothing happened: it is not counted anew"
        await desk.stop(dear.cart.id)
        await shown.bench.pass_time(timedelta(hours=12))
        later = await desk.feedback.silent()
        assert later.until > silent.until
        assert later.carts > silent.carts


async def test_stock_and_price_are_asked_of_the_shop_by_themselves(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        found = await bench.desk._ledger.read(
            lambda book: book.cache.products(range(14, 50), SINCE - timedelta(days=365))
        )
        assert found
        assert all(Money.read(one.price, "EUR") for one in found.values())

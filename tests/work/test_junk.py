"""What no shopper left behind is kept apart, out of letters and figures, until it is let back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.demo.cast import ROBOT
from cartdesk.demo.orders import Order
from cartdesk.desk import NotPossible
from cartdesk.domain.metrics.views import Report, Sum
from cartdesk.domain.model import CartState
from cartdesk.domain.views import CartRow, Verdict
from tests.desks import Bench, open_bench

TESTER = "45.83.64.1"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


def left(bench: Bench, email: str, status: str = "checkout-draft", **odd: str) -> Order:
    """Have somebody leave a checkout behind just now."""
    order = bench.world.shop.open_order(bench.world.clock.now(), ((14, 1),), status)
    order.email = email
    order.address = {"first_name": "Test", "last_name": "Person", "country": "FI"}
    order.meta = {"_agreed": "yes"}
    order.odd = dict(odd)
    bench.world.shop.touch(order)
    return order


async def row(bench: Bench, order: Order) -> CartRow:
    return (await bench.desk.cart(order.id)).row


async def report(bench: Bench) -> Report:
    figures = bench.desk.figures
    return await figures.report(figures.last(30))


async def abandoned(bench: Bench) -> Sum:
    return (await report(bench)).tally.abandoned


async def queued(bench: Bench) -> set[int]:
    return {item.row.id for item in (await bench.desk.queue()).items}


@pytest.mark.parametrize(
    ("email", "odd", "words"),
    [
        (ROBOT, {}, "a robot"),
        ("somebody@mailinator.com", {}, "a throw-away address"),
        ("a..b@example.org", {}, "cannot be one"),
        ("ana.maria@example.org", {"total": "0.00"}, "nothing to pay"),
        ("hello@oakandtin.example", {}, "the shop itself"),
        ("phone.order@example.org", {"created_via": "admin"}, "the shop itself"),
    ],
)
async def test_junk_is_counted_apart_with_its_reason_and_gets_no_letter(
    bench: Bench, email: str, odd: dict[str, str], words: str
) -> None:
    bench.world.clock.advance(timedelta(hours=1))
    await bench.desk.poll()
    order = left(bench, email, **odd)
    await bench.desk.poll()
    bench.world.clock.advance(timedelta(hours=26))
    await bench.desk.poll()
    assert (await row(bench, order)).state is CartState.JUNK
    assert order.id not in await queued(bench)
    for words_of_filter in ("lane:junk", "state:junk"):
        page = await bench.desk.carts(words_of_filter)
        assert order.id in {found.id for found in page.rows}
        assert {found.state for found in page.rows} == {CartState.JUNK}
        assert page.note == ""
    check = next(one for one in await bench.desk.why(order.id) if one.rule == "kept-apart")
    assert check.verdict is Verdict.STOP
    assert words in check.sentence
    story = (await bench.desk.cart(order.id)).timeline
    assert any("Kept apart" in moment.sentence and words in moment.sentence for moment in story)
    coverage = (await report(bench)).coverage.apart
    assert "Kept apart, in no figure" in coverage
    assert words in coverage


async def test_what_was_let_back_counts_and_is_written_to_and_stays_so_until_taken_back(
    bench: Bench,
) -> None:
    order = left(bench, "somebody@mailinator.com")
    await bench.desk.poll()
    bench.world.clock.advance(timedelta(hours=3))
    await bench.desk.poll()
    before = await abandoned(bench)
    done = await bench.desk.let_back(order.id)
    assert done.undo
    assert (await row(bench, order)).state is CartState.ABANDONED
    assert await abandoned(bench) != before
    assert order.id in await queued(bench)
    with pytest.raises(NotPossible, match="not kept apart"):
        await bench.desk.let_back(order.id)

    # a change of the order and another window find it let back
    bench.world.shop.touch(order, bench.world.clock.now())
    await bench.desk.poll()
    again = bench.another()
    bench.world.clock.advance(timedelta(hours=2))
    await again.poll()
    assert (await again.cart(order.id)).row.state is CartState.ABANDONED
    await again.close()

    counted = await abandoned(bench)
    await bench.desk.undo()
    assert (await row(bench, order)).state is CartState.JUNK
    assert order.id not in await queued(bench)
    assert await abandoned(bench) != counted


async def test_only_what_is_kept_apart_can_be_let_back(bench: Bench) -> None:
    item = (await bench.sendable())[0]
    for number in (item.row.id, 999_999):
        with pytest.raises(NotPossible, match="not kept apart"):
            await bench.desk.let_back(number)


async def test_a_burst_of_failed_cards_is_kept_apart_when_it_is_seen_and_its_letters_go(
    bench: Bench,
) -> None:
    orders: list[Order] = []
    for number in range(5):
        order = left(
            bench,
            f"c{number}@example.org",
            "failed",
            customer_ip_address=TESTER,
            total=f"{1 + number}.00",
        )
        orders.append(order)
        await bench.desk.poll()
        bench.world.clock.advance(timedelta(minutes=14))
        if number == 3:  # the oldest is due by now: nobody could know yet
            bench.world.clock.advance(timedelta(seconds=1))
            await bench.desk.poll()
            assert orders[0].id in await queued(bench)
    await bench.desk.poll()
    assert {(await row(bench, order)).state for order in orders} == {CartState.JUNK}
    assert await queued(bench) & {order.id for order in orders} == set()
    assert "it looks like a card test" in (await report(bench)).coverage.apart

    # the address they came from is nowhere, not even its plain hash; one that is let back stays
    await bench.desk.let_back(orders[0].id)
    assert (await row(bench, orders[0])).state is CartState.ABANDONED
    held = b"".join(path.read_bytes() for path in bench.directory.rglob("*") if path.is_file())
    assert TESTER.encode() not in held


async def test_card_tests_by_many_addresses_for_one_total_and_real_failures_apart(
    bench: Bench,
) -> None:
    burst = [left(bench, f"c{number}@example.org", "failed", total="1.00") for number in range(5)]
    real = [
        left(bench, f"r{number}@example.org", "failed", total=f"{20 + number}.00")
        for number in range(6)
    ]
    await bench.desk.poll()
    assert {(await row(bench, order)).state for order in burst} == {CartState.JUNK}
    assert {(await row(bench, order)).state for order in real} == {CartState.OPEN}


async def test_an_address_that_is_mended_and_a_purchase_are_a_shoppers(bench: Bench) -> None:
    mended, bought = (left(bench, email) for email in ("ana@", "x@yopmail.com"))
    await bench.desk.poll()
    assert {(await row(bench, order)).state for order in (mended, bought)} == {CartState.JUNK}
    now = bench.world.clock.now() + timedelta(minutes=2)
    bench.world.clock.advance(timedelta(minutes=2))
    mended.email = "ana.lind@example.org"
    bench.world.shop.touch(mended, now)
    bench.world.shop.pay(bought, now)
    await bench.desk.poll()
    assert (await row(bench, mended)).state is CartState.OPEN
    assert (await row(bench, bought)).state is CartState.PLACED


async def test_erasing_the_person_leaves_the_count_of_what_is_kept_apart(bench: Bench) -> None:
    burst = [
        left(bench, f"c{number}@example.org", "failed", customer_ip_address=TESTER)
        for number in range(5)
    ]
    await bench.desk.poll()
    bench.world.clock.advance(timedelta(minutes=5))
    before = (await report(bench)).coverage, await abandoned(bench)
    for order in burst:
        await bench.desk.erase(await bench.desk.known(order.email))
    for again in (False, True):  # at once, and when the shop shows the orders once more
        if again:
            for order in burst:
                bench.world.shop.touch(order, bench.world.clock.now())
            await bench.desk.poll()
            bench.world.clock.advance(timedelta(minutes=1))
        assert {(await row(bench, order)).state for order in burst} == {CartState.JUNK}
        assert ((await report(bench)).coverage, await abandoned(bench)) == before
    carts = [found async for found in bench.desk.export("carts") if found["id"] == burst[0].id]
    assert [found["email"] for found in carts] == [""]

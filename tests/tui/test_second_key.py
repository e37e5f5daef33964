"""The second key where another sender wrote, and the key that lets a cart back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.domain.senders import SENT_META
from cartdesk.tui.rows import RowList
from tests.tui.screens import Shown, demo, until


@pytest.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    async with demo(tmp_path) as opened:
        yield opened


async def test_a_letter_beside_another_senders_asks_first_and_all_leaves_it_out(
    shown: Shown,
) -> None:
    listing = shown.app.screen.query_one(RowList)
    items = {str(x.reminder.id): x for x in (await shown.bench.desk.queue()).items}
    item = items[listing.key or ""]
    order, now = shown.world.shop.orders[item.row.id], shown.world.clock.now()
    order.meta[SENT_META] = str(int(now.timestamp()))
    shown.world.shop.touch(order, now)
    shown.world.clock.advance(timedelta(minutes=20))
    await shown.press("r")
    await shown.sees("! WooCommerce itself wrote to")
    assert listing.key == str(item.reminder.id)

    # one key is not enough: Cancel has the focus
    await shown.press("a")
    await shown.sees("WooCommerce itself wrote to this person 20 min ago", "all the same?")
    await shown.press("enter")
    assert "HELD" not in shown.text

    # approving all passes it over and says so
    await shown.press("A")
    await shown.sees("1 left out, as another sender wrote")
    await shown.press("n")
    assert "HELD" not in shown.text
    await shown.press("S")
    await shown.sees("WooCommerce itself wrote to this person 20 min ago")
    await shown.press("n")
    await shown.press("a", "y")
    await shown.sees("HELD 1", "sends in 20 s")
    shown.world.clock.advance(timedelta(seconds=21))
    shown.app.rounds.second()
    await until(shown.pilot, lambda: len(shown.bench.mails()) == 1)


async def test_one_key_lets_a_cart_back_in_the_list_and_in_the_cart_and_u_takes_it_back(
    shown: Shown,
) -> None:
    await shown.press("2")
    assert "Let back" not in shown.text  # the cursor is on a shopper's cart
    await shown.press("slash", *"lane:junk", "enter")
    await shown.sees("CARTS 1 of", "apart", "John Smith", "b Let back")
    await shown.press("b")
    await shown.sees("Let the cart back", "No cart matches")
    await shown.press("u")
    await shown.sees("CARTS 1 of")

    # the cart itself says why, and has the same key
    await shown.press("enter")
    await shown.sees("kept apart: a robot that tries the shop", "b Let back")
    await shown.press("b")
    await until(shown.pilot, lambda: "Let back" not in shown.text)
    await shown.sees("You let it back")


async def test_nothing_is_let_back_when_the_program_only_looks(tmp_path: Path) -> None:
    async with demo(tmp_path, read_only=True) as shown:
        await shown.press("2", "slash", *"lane:junk", "enter")
        await shown.sees("CARTS 1 of", "John Smith")
        assert "Let back" not in shown.text
        await shown.press("b", "enter")
        await shown.sees("kept apart: a robot")
        assert "Let back" not in shown.text

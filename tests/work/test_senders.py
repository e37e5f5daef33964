"""Where another sender wrote, a letter goes only knowingly."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.desk import NeedsYes
from cartdesk.domain.model import ReminderState
from cartdesk.domain.senders import SCHEDULED_META, SENT_META
from cartdesk.domain.views import QueueItem, Verdict
from tests.desks import Bench, open_bench

ANA = "ana@example.org"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def ana(bench: Bench) -> QueueItem:
    return next(item for item in (await bench.desk.queue()).items if item.row.email == ANA)


def write_to_ana(bench: Bench, cart_id: int, key: str = SENT_META) -> None:
    """Have WooCommerce write, or mean to; either moves the order's date_modified."""
    order, now = bench.world.shop.orders[cart_id], bench.world.clock.now()
    order.meta[key] = str(int(now.timestamp()))
    bench.world.shop.touch(order, now)


async def test_a_letter_beside_woocommerces_own_needs_a_second_yes(bench: Bench) -> None:
    item = await ana(bench)
    assert item.ask is None
    write_to_ana(bench, item.row.id)
    await bench.pass_time(timedelta(hours=3))
    item = await ana(bench)
    assert item.ask is not None
    assert "wrote to this person 3 h ago" in item.ask.sentence
    number = item.reminder.id
    check = next(x for x in (await bench.desk.preview(number)).checks if x.rule == "other-sender")
    assert check.verdict is Verdict.WARN
    for doing in (bench.desk.approve(number), bench.desk.send_now([number])):
        with pytest.raises(NeedsYes, match="Send another letter all the same"):
            await doing
    assert (await ana(bench)).reminder.state is ReminderState.READY
    await bench.desk.approve(number, knowingly=True)
    await bench.desk.send_now([number])
    assert len(bench.mails()) == 1


async def test_approving_all_leaves_such_letters_out_and_says_how_many(bench: Bench) -> None:
    item = await ana(bench)
    write_to_ana(bench, item.row.id, SCHEDULED_META)
    await bench.desk.poll()
    ids = [one.reminder.id for one in await bench.sendable()]
    done = await bench.desk.approve_all(ids)
    assert f"Approved {len(ids) - 1} letters; 1 left out, because another sender" in done.sentence
    assert (await ana(bench)).reminder.state is ReminderState.READY


async def test_what_woocommerce_sends_while_a_letter_is_held_keeps_it_back(bench: Bench) -> None:
    item = await ana(bench)
    await bench.desk.approve(item.reminder.id)
    bench.world.clock.advance(timedelta(seconds=10))
    write_to_ana(bench, item.row.id)
    bench.world.clock.advance(timedelta(seconds=15))
    await bench.desk.tick()
    assert bench.mails() == []
    item = await ana(bench)
    assert item.reminder.state is ReminderState.READY
    assert "WooCommerce itself has written meanwhile" in item.reminder.said
    assert item.ask is not None


async def test_an_active_plugin_needs_a_second_yes_only_once(
    bench: Bench,
) -> None:
    def keep(book: object) -> None:
        state = book.state  # type: ignore[attr-defined]
        state.keep_shop(replace(state.shop(), plugins=("mailpoet",)))

    desk = bench.another()
    await desk._ledger(keep)
    await desk.start()
    item = await ana(bench)
    checks = (await desk.preview(item.reminder.id)).checks
    assert "MailPoet is active" in next(x for x in checks if x.rule == "other-sender").sentence
    with pytest.raises(NeedsYes, match="MailPoet is active"):
        await desk.approve(item.reminder.id)
    await desk.approve(item.reminder.id, knowingly=True)
    other = next(one for one in await bench.sendable() if one.row.email != item.row.email)
    checks = (await desk.preview(other.reminder.id)).checks
    assert "MailPoet is active" in next(x for x in checks if x.rule == "other-sender").sentence
    await desk.approve(other.reminder.id)
    await desk.close()

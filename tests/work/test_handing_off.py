"""Handing a cart over to the merchant's phone, at a real desk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cartdesk.desk import NotPossible
from cartdesk.domain.handoffs import Way
from cartdesk.domain.settings import HelpSettings
from tests.desks import open_bench

FAILED = "m.okafor@example.com"


async def test_a_failed_payment_is_handed_over_and_stands_in_the_story(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        desk = bench.desk
        carts = {item.row.email: item.row for item in (await desk.queue()).items}
        ready = await desk.hand_offs.ready(carts[FAILED].id)
        assert ready.number.startswith("+358")
        assert "Your payment did not go through" in ready.text
        await desk.hand_offs.opened(carts[FAILED].id, Way.WHATSAPP)
        story = (await desk.cart(carts[FAILED].id)).timeline
        assert "whatsapp" in next(m.sentence for m in story if m.kind == "handoff.opened")
        assert not bench.mails()

        with pytest.raises(NotPossible, match="worth a call"):
            await desk.hand_offs.ready(carts["tom.weir@example.com"].id)
        await desk.stop(carts[FAILED].id)
        with pytest.raises(NotPossible, match="must not be contacted"):
            await desk.hand_offs.ready(carts[FAILED].id)
        with pytest.raises(NotPossible, match="no cart 999999"):
            await desk.hand_offs.ready(999_999)


async def test_the_merchant_says_what_is_dear(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        everything = replace(bench.settings, help=HelpSettings(high_value=0))
        other = bench.another(settings=everything)
        watcher = bench.another(read_only=True)
        try:
            row = next(
                i.row for i in (await other.queue()).items if i.row.email == "ana@example.org"
            )
            assert (await other.hand_offs.ready(row.id)).number.startswith("+358")
            with pytest.raises(NotPossible):
                await watcher.hand_offs.opened(row.id, Way.CALL)
        finally:
            await other.close()
            await watcher.close()

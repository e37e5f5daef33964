"""Figures through the desk: what a merchant sees after real polls, letters and erasures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.desk import NotPossible
from cartdesk.domain.metrics.views import Behind, Measure, Report
from cartdesk.domain.model import CartState
from tests.desks import Bench, open_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as bench:
        await bench.pass_time(timedelta(days=2), every=timedelta(hours=12))
        yield bench


async def year(bench: Bench) -> Report:
    return await bench.desk.figures.report(bench.desk.figures.last(365))


async def test_a_figure_opens_the_very_carts_it_counted(bench: Bench) -> None:
    report = await year(bench)
    figures = {one.key: one for one in (*report.headline, *report.figures)}
    assert figures["abandoned"].value
    assert figures["abandoned"].rows is not None
    behind = Behind(report.span, report.currency, figures["abandoned"].rows)
    found = await bench.desk.figures.rows(behind)
    assert len(found.rows) == found.counted == figures["abandoned"].value
    assert sum(row.total.minor for row in found.rows if row.total) == figures["abandoned"].money
    left = {CartState.ABANDONED, CartState.RECOVERED, CartState.LOST, CartState.STOPPED}
    assert {row.state for row in found.rows} <= left
    for row in report.breakdown("stage").rows:
        if row.key.startswith("draft-"):
            line = Behind(report.span, report.currency, Measure.ABANDONED, "stage", row.key)
            opened = await bench.desk.figures.rows(line, limit=1)
            assert opened.counted == row.tally.abandoned.count
            assert len(opened.rows) == 1
    with pytest.raises(KeyError):
        await bench.desk.figures.rows(Behind(report.span, "EUR", Measure.LOST, "raw; --", "x"))


async def test_what_opens_is_worth_the_money_of_the_figure(bench: Bench) -> None:
    report = await year(bench)
    told = [one for one in (*report.headline, *report.figures) if one.rows and one.money]
    assert {one.key for one in told} >= {"by-themselves", "placed", "lost"}
    for figure in told:
        assert figure.rows is not None
        found = await bench.desk.figures.rows(Behind(report.span, "EUR", figure.rows))
        assert found.minor == figure.money, figure.key
        back = figure.key in {"recovered", "strict", "by-themselves"}
        assert len(found.returns) == back * len(found.rows)
        if back:
            assert sum(one.minor for one in found.returns) == figure.money
            assert all(one.number for one in found.returns)


async def test_what_could_not_be_seen_before_is_not_compared(bench: Bench) -> None:
    figures = bench.desk.figures
    began = figures.last(1).since - timedelta(days=2)

    async def before(days: int) -> tuple[set[str], str]:
        report = await figures.report(figures.last(days))
        everything = (*report.headline, *report.figures)
        told = {one.key for one in everything if one.before is not None}
        assert all(one.money_before is None for one in everything if one.key not in told)
        assert report.coverage.looked_since == began
        return told, report.coverage.sentence

    told, sentence = await before(1)  # yesterday, cartdesk looked
    assert {"abandoned", "abandonment-rate", "sent", "placed"} <= told
    assert "since" not in sentence
    assert "Today counts as far as it went" in sentence
    told, sentence = await before(28)  # before, there are only the shop's orders
    assert {"placed", "average-order"} <= told
    assert not told & {"abandoned", "abandonment-rate", "recovered", "lost", "sent", "waiting"}
    assert f"since {began.day} {began:%b} {began.year}; before that only orders" in sentence
    told, sentence = await before(90)  # and before the first order there is nothing
    assert not told
    assert "Orders are known since" in sentence


async def test_erasing_many_changes_no_figure_not_even_after_the_next_polls(
    bench: Bench,
) -> None:
    before = await year(bench)
    assert {row.key for row in before.breakdown("device").rows} >= {"Mobile", "Desktop"}
    recent = sorted(bench.world.shop.orders)[-40:]
    emails = {bench.world.shop.orders[number].email for number in recent}
    for email in sorted(emails - {""}):
        await bench.desk.erase(await bench.desk.known(email))
    after = await year(bench)
    for one, other in zip(after.breakdowns, before.breakdowns, strict=True):
        assert one == other
    assert after == before
    for order in bench.world.shop.orders.values():
        if order.status != "checkout-draft":
            bench.world.shop.touch(order, bench.world.clock.now())
    await bench.desk.poll(full=True)
    after = await year(bench)
    for name in ("country", "device", "product", "band"):
        orders = {row.key: row.tally.placed for row in after.breakdown(name).rows}
        assert orders == {row.key: row.tally.placed for row in before.breakdown(name).rows}


async def test_conversion_is_of_the_days_whose_visits_are_known(bench: Bench) -> None:
    figures = bench.desk.figures
    report = await year(bench)
    assert report.conversion.rate is None
    busy = max(report.series, key=lambda one: one.tally.placed.count)
    read = await figures.import_visits(f"day,visits\n{busy.day},400\nnonsense,3\n")
    assert (read.kept, len(read.problems)) == (1, 1)
    conversion = (await year(bench)).conversion
    assert (conversion.visits, conversion.days) == (400, 1)
    assert conversion.orders >= busy.tally.placed.count > 0
    assert conversion.rate == conversion.orders / 400
    await figures.enter_visits(busy.day, 1)  # fewer than the orders: not all there were
    conversion = (await year(bench)).conversion
    assert (conversion.rate, conversion.visits) == (None, 1)
    await figures.enter_visits(busy.day, None)
    assert (await year(bench)).conversion.days == 0
    with pytest.raises(NotPossible, match="between 0 and"):
        await figures.enter_visits(busy.day, -1)
    with pytest.raises(NotPossible, match="has not come yet"):
        await figures.enter_visits(busy.day.replace(year=2999), 5)

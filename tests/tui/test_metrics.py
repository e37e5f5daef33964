"""The Metrics screen: every key, what opens, what is exported, and narrow and empty screens."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cartdesk.domain.metrics.bars import across, bars, binned
from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.tables import columns, ordered
from cartdesk.domain.metrics.views import Behind, Measure
from cartdesk.domain.metrics.wording import figure_text
from cartdesk.domain.model import Shop
from cartdesk.tui.app import CartdeskApp
from tests.tui.sample_desk import HOSTILE_NAMES, NOW, SampleDesk
from tests.tui.sample_figures import SampleFigures
from tests.tui.screens import NARROW, WIDE, Press, settled, text_of, toasts, until


async def press(pilot: Press, *keys: str) -> str:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)
    return text_of(pilot)


@asynccontextmanager
async def metrics(
    desk: SampleDesk | None = None, size: tuple[int, int] = NARROW, exports: Path | None = None
) -> AsyncIterator[tuple[Pilot[str], SampleFigures]]:
    desk = desk or SampleDesk()
    app = CartdeskApp(desk, clock=desk.clock, exports=exports)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, app.started.is_set)
        await press(pilot, "4")
        assert isinstance(desk.figures, SampleFigures)
        yield pilot, desk.figures


async def test_period_and_currency_go_round() -> None:
    async with metrics() as (pilot, _):
        assert "THE LAST 30 DAYS · EUR" in text_of(pilot)
        seen = [(await press(pilot, "t")).split("THE LAST ")[1][:3].split()[0] for _ in range(4)]
        assert seen == ["90", "365", "7", "30"]
        assert "· GBP" in await press(pilot, "c")
        assert "· EUR" in await press(pilot, "c")


async def test_each_headline_stands_beside_the_one_before_and_its_change_is_a_sign_and_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    desk = SampleDesk()
    report = await desk.figures.report(desk.figures.last(30))
    async with metrics(desk) as (pilot, _):
        shown = text_of(pilot)
        for figure in report.headline:
            assert figure.name in shown
        assert "▼ 8.2 points less  before: 73.8 %" in shown
        assert "This shop shows checkouts from the moment" in shown
        assert "Kept apart, in no figure: 5" in " ".join(shown.split())


async def test_i_explains_the_figure_under_the_cursor_or_the_table() -> None:
    async with metrics() as (pilot, _):
        shown = await press(pilot, "i")
        assert "Formula  Abandoned checkouts ÷ (abandoned + placed" in shown
        assert "rows; enter opens them" in shown
        assert "Recovered by letters" in await press(pilot, "escape", "j", "j", "i")
        await press(pilot, "escape", "G")
        assert "device unknown of" in text_of(pilot)
        assert "Quartiles  half within" in await press(pilot, "i")
        shown = await press(pilot, "escape", "tab", "right", "right", "i")
        assert "secret number of this" in shown
        assert "The billing country" in await press(pilot, "escape", "right", "right", "i")


async def test_enter_opens_the_carts_behind_a_figure_and_from_there_a_cart() -> None:
    async with metrics() as (pilot, figures):
        shown = await press(pilot, "j", "j", "enter")
        assert figures.asked[-1].measure is Measure.RECOVERED
        assert figures.asked[-1].span == figures.last(30)
        assert "RECOVERED BY LETTERS · 8 · €98.72" in shown
        assert "bought" in shown
        assert "€12.34" in shown
        assert "STORY" in await press(pilot, "enter")
        assert "RECOVERED BY LETTERS" in await press(pilot, "escape")
        assert "THE LAST 30 DAYS" in await press(pilot, "escape")


async def test_i_gives_the_numbers_a_rate_and_an_average_are_worked_out_of() -> None:
    desk = SampleDesk()
    report = await desk.figures.report(desk.figures.last(30))
    tally = report.tally
    async with metrics(desk, WIDE) as (pilot, _):
        shown = await press(pilot, "i")
        assert (
            f"Numbers  {tally.abandoned.count} ÷ ({tally.abandoned.count} + {tally.direct.count})"
        ) in shown
        shown = await press(pilot, "escape", "j", "j", "j", "j", "i")
        assert f") ÷ {tally.placed.count}" in shown


async def test_enter_on_a_rate_chooses_what_it_is_made_of_and_on_the_mobile_one_shows_devices() -> (
    None
):
    async with metrics() as (pilot, figures):
        shown = await press(pilot, "enter")
        assert "Checkout abandonment rate · open which?" in shown
        assert "recovered" not in shown.split("open which?")[1].split("THE LAST")[0]
        await press(pilot, "j", "enter")
        assert figures.asked[-1].measure is Measure.DIRECT
        await press(pilot, "escape", "G", "k", "k", "k", "enter")
        assert "BY DEVICE" in text_of(pilot)


async def test_numbers_have_the_separators_of_the_shop_on_every_view() -> None:
    class Continental(SampleDesk):
        async def shop(self) -> Shop:
            return replace(await super().shop(), decimal_separator=",", thousand_separator=".")

    async with metrics(Continental(), (140, 40)) as (pilot, _):
        for keys in ((), ("i",), ("escape", "right"), ("right", "right"), ("right",)):
            shown = await press(pilot, *keys)
            assert not re.findall(r"\d\.\d{1,2}(?!\d)", shown)
        assert re.search(r"\d,\d %", shown)


@pytest.mark.parametrize("size", [NARROW, (140, 40)])
async def test_each_count_of_carts_has_its_money_beside_it(size: tuple[int, int]) -> None:
    desk = SampleDesk()
    report = await desk.figures.report(desk.figures.last(30))
    write = Style.of(await desk.shop())
    async with metrics(desk, size) as (pilot, _):
        shown = text_of(pilot) + await press(pilot, "G")
        for figure in report.figures:
            if figure.money is not None:
                assert figure_text(figure, "EUR", write) in shown


async def test_enter_on_a_line_asks_what_of_it_and_opens_just_that() -> None:
    async with metrics() as (pilot, figures):
        shown = await press(pilot, "tab", *["right"] * 4, "enter")
        assert "Country: " in shown
        assert "· open which?" in shown
        await press(pilot, "j", "enter")
        asked = figures.asked[-1]
        assert (asked.breakdown, asked.measure) == ("country", Measure.RECOVERABLE)
        await press(pilot, "escape", "G", "enter", "enter")
        asked = figures.asked[-1]
        assert (asked.breakdown, asked.key) == ("", "")  # the last line is all of them


async def test_a_day_a_stage_and_what_was_kept_apart_open_too() -> None:
    async with metrics() as (pilot, figures):
        await press(pilot, "tab", "enter", "enter")
        asked = figures.asked[-1]
        assert asked.span.days == 1
        await press(pilot, "escape", "right", "j", "enter")
        assert (figures.asked[-1].breakdown, figures.asked[-1].key) == ("stage", "draft-email")
        shown = await press(pilot, "escape", "G", "k", "enter")
        assert "Stopped here: open which?" in shown
        await press(pilot, "enter")
        asked = figures.asked[-1]
        assert (asked.measure, asked.breakdown) == (Measure.ABANDONED, "stage")
        await press(pilot, "escape", "G", "enter")
        assert figures.asked[-1].measure is Measure.DIRECT
        shown = await press(pilot, "escape", "left", "left", "enter")
        assert "KEPT APART: IT LOOKS LIKE A CARD TEST" in shown
        asked = figures.asked[-1]
        assert (asked.measure, asked.breakdown) == (Measure.KEPT_APART, "apart")


async def test_o_sorts_by_each_column_and_the_rows_stay_the_same() -> None:
    async with metrics(size=(140, 40)) as (pilot, figures):
        report = await figures.report(figures.last(30))
        country = report.breakdown("country")
        await press(pilot, "tab", *["right"] * 4)
        assert "BY COUNTRY" in text_of(pilot)
        for column in columns(country):
            shown = await press(pilot, "o")
            assert f"sorted by {column.head}" in shown
            assert f"{column.head}▾" in shown
            lines = [line.split("│")[1] for line in shown.splitlines() if "│" in line]
            first = next(one for one in lines if one.startswith("▸") or one.startswith(" "))
            expected = [row.label for row in ordered(country, column)]
            found = [one[1:].split("  ")[0].strip() for one in lines[2 : 2 + len(expected)]]
            assert found == expected, first
        assert "sorted by country" in await press(pilot, "o")
        assert "sorted by" not in await press(pilot, "o")


async def test_b_chooses_a_table_and_the_arrows_go_round_them() -> None:
    async with metrics() as (pilot, _):
        assert "BY WEEKDAY" in await press(pilot, "b", *["j"] * 10, "enter")
        assert "BY HOUR" in await press(pilot, "left")
        assert "BY WEEKDAY" in await press(pilot, "right")
        assert "Checkout abandonment rate" in await press(pilot, "escape")
        assert "BY WEEKDAY" in await press(pilot, "tab")
        assert "Checkout abandonment rate" in await press(pilot, "tab")


async def test_two_panes_from_100_columns_on() -> None:
    async with metrics(size=(100, 30)) as (pilot, _):
        shown = text_of(pilot)
        assert "Checkout abandonment rate" in shown
        assert "BY DAY" in shown
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "BY DAY" not in text_of(pilot)
        assert "BY DAY" in await press(pilot, "tab")


async def test_the_comparisons_say_a_sentence_and_draw_their_bounds() -> None:
    async with metrics(size=WIDE) as (pilot, _):
        shown = " ".join((await press(pilot, "right", "right")).split())
        assert "DID THE LETTERS DO IT?" in shown
        assert "more carts are needed" in shown
        assert "17 persons still have time to come back" in shown
        assert "┼" in shown
        assert "●" in shown


async def test_the_methods_can_be_read_before_anything_is_compared() -> None:
    desk = SampleDesk()

    class Alone(SampleFigures):
        async def comparisons(self, currency: str) -> tuple[Comparison, ...]:
            return ()

    rows = (await desk.figures.rows(Behind(desk.figures.last(7), "EUR", Measure.LOST))).rows
    desk.figures = Alone(NOW.date(), rows)
    async with metrics(desk, WIDE) as (pilot, _):
        shown = " ".join((await press(pilot, "tab", "right", "right", "i")).split())
        assert "Nothing is compared yet" in shown
        assert "secret number" in shown


async def test_export_writes_two_private_files_and_never_over_others(tmp_path: Path) -> None:
    desk = SampleDesk(names=HOSTILE_NAMES)
    async with metrics(desk, exports=tmp_path) as (pilot, figures):
        await press(pilot, "E", "E")
        assert "Exported figures-2025-06-03-30-days-EUR" in toasts(pilot)
        report = await figures.report(figures.last(30))
    names = sorted(path.name for path in tmp_path.iterdir())
    stem = "figures-2025-06-03-30-days-EUR"
    assert names == sorted(f"{stem}{more}.{end}" for more in ("", "-2") for end in ("csv", "json"))
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())
    with (tmp_path / f"{stem}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert not [row for row in rows for cell in row.values() if cell.startswith(("=", "@", "+"))]
    for breakdown in report.breakdowns:
        for measure in breakdown.measures:
            lines = [r for r in rows if (r["table"], r["measure"]) == (breakdown.name, measure)]
            assert sum(int(row["value"]) for row in lines) == report.tally.sum(measure).count
    found = json.loads((tmp_path / f"{stem}.json").read_text(encoding="utf-8"))
    assert [one["key"] for one in found["headline"]] == [one.key for one in report.headline]
    assert len(found["comparisons"]) == 2


async def test_without_a_folder_nothing_is_exported() -> None:
    async with metrics() as (pilot, _):
        await press(pilot, "E")
        assert "There is no folder for exports here." in toasts(pilot)


async def test_what_counts_nothing_opens_nothing_and_says_so() -> None:
    async with metrics() as (pilot, figures):
        await press(pilot, *["j"] * 11, "enter")
        assert "counts nothing" in toasts(pilot)
        await press(pilot, "G", "k", "k", "enter")
        assert "Visits are numbers without carts" in toasts(pilot)
        assert not figures.asked


@pytest.mark.parametrize("size", [NARROW, (140, 40)])
async def test_an_empty_shop_is_told_why_and_what_next(size: tuple[int, int]) -> None:
    async with metrics(SampleDesk(empty=True), size) as (pilot, _):
        shown = await press(pilot, "o", "tab", "i", "enter", "b", "right", "escape", "E")
        assert "Nothing is counted yet" in shown
        assert "r asks the shop now" in shown
        assert "How counted" not in shown
        assert "THE LAST 90 DAYS" in await press(pilot, "t")


async def test_a_quiet_period_names_the_key_for_a_longer_one() -> None:
    class Quiet(SampleFigures):
        async def currencies(self) -> tuple[str, ...]:
            return ("EUR",)

    desk = SampleDesk()
    desk.figures = Quiet(NOW.date(), ())
    async with metrics(desk) as (pilot, _):
        assert "Nothing happened in these 30 days, nor before" in text_of(pilot)
        assert "t takes a longer period" in text_of(pilot)


def test_bars_show_every_value_and_the_last_bin_is_whole() -> None:
    rows = bars([0, 1, 1000], 3)
    assert [row[0] for row in rows] == [" ", " ", " "]
    assert rows[-1][1] == "▁"
    assert [row[2] for row in rows] == ["█", "█", "█"]
    assert across(1, 10_000, 8).startswith("▏")
    assert len(across(5, 10, 8)) == 8


@pytest.mark.parametrize("days", [1, 7, 30, 90, 365])
@pytest.mark.parametrize("room", [10, 30, 60])
async def test_bins_hold_every_day_once(days: int, room: int) -> None:
    figures = SampleDesk().figures
    report = await figures.report(figures.last(days))
    bins = binned(report.series, room)
    assert sum(one.days for one in bins) == days
    assert sum(one.abandoned for one in bins) == report.tally.abandoned.count
    assert sum(one.recovered for one in bins) == report.tally.recovered.count
    assert len(bins) <= max(room, 14)
    assert bins[-1].days == max(one.days for one in bins)

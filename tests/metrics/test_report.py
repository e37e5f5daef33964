"""The written report: whole, well-formed, harmless whatever things are called, and it adds up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cartdesk.domain.metrics.bars import bin_text, binned
from cartdesk.domain.metrics.comparing import drawn
from cartdesk.domain.metrics.digest import Digest
from cartdesk.domain.metrics.document import document
from cartdesk.domain.metrics.intervals import Interval
from cartdesk.domain.metrics.report_html import page
from cartdesk.domain.metrics.report_md import escaped, markdown
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.views import Change, Direction, Figure, Measure, Span, Unit
from cartdesk.domain.metrics.wording import (
    change_text,
    figure_text,
    is_better,
    minutes_text,
    span_text,
)
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money
from tests.tui.sample_figures import PRODUCTS, comparisons, nothing, report, things

SVG = "{http://www.w3.org/2000/svg}"
SHOP = Shop("https://oakandtin.example", "Oak & Tin", currency="EUR")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "](https://evil.example) ![x](http://evil.example/p.png) `code` **b**",
    "a | b | c\n# heading\n\n<https://evil.example>",
    "www.evil.example &amp; a@evil.example ]]> <!-- --> </style></svg>",
    "\x00\x1b[31m\u202e\ufffe",
)


write = Style.of(SHOP)


def digest(days: int = 30, name: str = "", *, empty: bool = False) -> Digest:
    until = date(2025, 6, 4)
    span = Span(until - timedelta(days=days), until, "Europe/Helsinki")
    renamed = {one: f"{one} {name}".strip() for one in (*PRODUCTS.values(), "GB")}
    make = nothing if empty else things
    found = report(span, rename=lambda one: renamed.get(one, one), make=make)
    compared = comparisons("EUR", write, (f"A {name}", f"B {name}")) if not empty else ()
    written = datetime(2025, 6, 4, 9, tzinfo=UTC)
    return Digest(f"Oak & Tin {name}".strip(), written, found, compared, write)


def parsed(text: str) -> ElementTree.Element:
    """Read the page as XML, which no unescaped text would survive."""
    head, _, rest = text.partition("\n")
    assert head == "<!DOCTYPE html>"
    return ElementTree.fromstring(rest)


def texts(root: ElementTree.Element) -> str:
    return " ".join(root.itertext())


@pytest.mark.parametrize("days", [1, 7, 30, 365])
def test_the_page_is_well_formed_and_its_plots_are_svg(days: int) -> None:
    found = digest(days)
    root = parsed(page(found))
    plots = list(root.iter(f"{SVG}svg"))
    assert len(plots) == 2 + sum(len(one.bounds) for one in found.comparisons)
    for plot in plots:
        assert plot.findtext(f"{SVG}title")
        width, height = (float(one) for one in plot.attrib["viewBox"].split()[2:])
        for bar in plot.iter(f"{SVG}rect"):
            assert 0 <= float(bar.attrib["x"]) <= width
            assert 0 <= float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height
            assert float(bar.attrib["width"]) >= 0
    for figure in (*found.report.headline, *found.report.figures):
        assert figure.name in texts(root)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_from_outside_is_markup_and_nothing_is_loaded(name: str) -> None:
    text = page(digest(7, name))
    root = parsed(text)
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        assert tag not in {"script", "img", "a", "iframe", "link", "object", "use", "image"}
        assert not [key for key in element.attrib if key.startswith("on")]
        assert not {"src", "href", "style", "action"} & element.attrib.keys()
    assert len(list(root.iter("style"))) == 1
    style = root.findtext("./head/style") or ""
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in text
    shown = re.sub(r"[\x00-\x08\x0e-\x1f\ufffe]", "\ufffd", name)
    assert shown in texts(root)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_name_at_all_leaves_the_page_well_formed(name: str) -> None:
    root = parsed(page(tiny(name)))
    assert {one.tag for one in root.iter("script")} == set()


def tiny(name: str) -> Digest:
    found = digest(1)
    return Digest(name, found.written, found.report, (), write)


@pytest.mark.parametrize("name", HOSTILE[:5])
def test_markdown_holds_no_markup_from_outside(name: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(digest(7, name)))
    inline = [child for token in tokens for child in token.children or []]
    kinds = {token.type for token in (*tokens, *inline)}
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "code_inline"}
    said = " ".join(child.content for child in inline)
    assert " ".join(name.split()) in said


@settings(max_examples=200)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    wanted = " ".join(text.split())
    tokens = MarkdownIt("commonmark").enable("table").parse(f"| x |\n|---|\n| {escaped(text)} |\n")
    inline = [token for token in tokens if token.type == "inline"]
    found = [
        "".join("" if one.type == "softbreak" else one.content for one in token.children or [])
        for token in inline
    ]
    assert (found[1] if len(found) > 1 else "") == wanted


def tables(
    root: ElementTree.Element,
) -> Iterator[tuple[str, list[str], list[list[str]], list[str]]]:
    for section in root.iter("section"):
        foot = section.find(".//tfoot/tr")
        if foot is None:
            continue
        heads = [one.text or "" for one in section.iterfind(".//thead/tr/th")]
        rows = [[cell.text or "" for cell in row] for row in section.iterfind(".//tbody/tr")]
        yield section.findtext("h2") or "", heads, rows, [cell.text or "" for cell in foot]


def test_every_table_adds_up_to_the_figures() -> None:
    found = digest(90)
    seen = 0
    names = {"abandoned": Measure.ABANDONED, "recovered": Measure.RECOVERED}
    names |= {"orders": Measure.PLACED, "sent": Measure.SENT, "lost": Measure.LOST}
    for title, heads, rows, foot in tables(parsed(page(found))):
        for place, head in enumerate(heads):
            if head in names:
                total = found.report.tally.sum(names[head]).count
                assert sum(int(row[place].replace(",", "")) for row in rows) == total, title
                assert foot[place] == f"{total:,}"
                seen += 1
    assert seen > 30


def test_what_does_not_fit_is_one_line_of_others() -> None:
    found = digest(30)
    country = found.report.breakdown("country")
    many = tuple(
        type(country.rows[0])(f"X{number}", f"X{number}", country.rows[0].tally)
        for number in range(40)
    )
    wide = type(country)(country.name, country.title, country.explained, country.measures, many)
    table = replace(found, report=replace(found.report, breakdowns=(wide,))).tables()[0]
    assert [row.label for row in table.rows][-1] == "28 others"
    each = country.rows[0].tally.abandoned.count
    assert int(table.rows[-1].cells[0]) == 28 * each
    assert int(table.whole.cells[0]) == 40 * each


def test_an_empty_shop_gets_a_whole_report() -> None:
    found = digest(7, empty=True)
    assert "nothing is compared" in texts(parsed(page(found)))
    assert "nothing is compared" in markdown(found)
    assert not found.tables()


def test_the_document_has_exact_money_and_adds_up() -> None:
    found = digest(30)
    made = document(found.report, found.comparisons)
    tally = found.report.tally
    assert made["headline"][1]["money"] == {
        "amount": f"{tally.abandoned.minor / 100:.2f}",
        "currency": "EUR",
    }
    assert sum(day["abandoned"]["count"] for day in made["days"]) == tally.abandoned.count
    for breakdown in made["breakdowns"]:
        for measure, whole in (("recovered", tally.recovered),):
            assert sum(row[measure]["count"] for row in breakdown["rows"]) == whole.count


def figure(value: float | None, before: float | None, unit: Unit = Unit.COUNT) -> Figure:
    return Figure("x", "X", unit, value, before, "")


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (figure(12, 10), "▲ 20 % more"),
        (figure(8, 10), "▼ 20 % less"),
        (figure(5, 5), "= as before"),
        (figure(5, 0), "▲ up from 0"),
        (figure(5, None), "nothing to compare with"),
        (figure(None, 5), "nothing to compare with"),
        (figure(500, 5), "▲ 100 times as much"),
        (figure(0.41, 0.38, Unit.SHARE), "▲ 3.0 points more"),
        (figure(0.41001, 0.41, Unit.SHARE), "▲ hardly more"),
        (figure(30, 60, Unit.MINUTES), "▼ 50 % shorter"),
        (figure(1000, 1001), "▼ hardly less"),
        (figure(-50_000, 30, Unit.MONEY), "▼ less"),
        (figure(500, -1, Unit.MONEY), "▲ more"),
    ],
)
def test_a_change_has_a_sign_and_words(one: Figure, said: str) -> None:
    assert change_text(one, write) == said
    assert Change.of(one.value, one.before).direction in Direction


def test_a_change_too_small_to_say_is_neither_good_nor_bad() -> None:
    lost = replace(figure(1000, 1001), rows=Measure.LOST)
    assert is_better(lost) is None
    assert is_better(replace(lost, before=1100)) is True
    assert is_better(replace(figure(5, 4, Unit.MONEY), key="per-letter")) is True
    assert is_better(replace(figure(5, 4, Unit.MONEY), key="discount", rows=Measure.SENT)) is None


@pytest.mark.parametrize(
    ("days", "said"), [(8, "a week, the first 1 day"), (9, "a week, the first 2 days")]
)
def test_a_bar_of_days_left_over_is_named(days: int, said: str) -> None:
    bins = binned(digest(days).report.series, 5)
    assert bin_text(bins) == said


def test_numbers_follow_the_separators_of_the_shop() -> None:
    style = Style.of(replace(SHOP, thousand_separator="\u00a0", decimal_separator=","))
    assert style.share(0.1234) == "12,3 %"
    assert style.count(1234567) == "1\u00a0234\u00a0567"
    assert [style.decimal(one, signed=True) for one in (6.06, -0.04, -3.1)] == [
        "+6,1",
        "0,0",
        "−3,1",
    ]
    assert style(Money(123456, "EUR")) == "€1\u00a0234,56"
    text = markdown(replace(digest(30), write=style)) + page(replace(digest(30), write=style))
    report = digest(30).report
    assert style.share(report.headline[0].value) in text
    assert f"{100 * (report.headline[0].value or 0):.1f} %" not in text
    dots = Style.of(replace(SHOP, thousand_separator=".", decimal_separator=""))
    assert dots.decimal(1234.5) == "1.234,5"


def test_values_are_written_in_their_unit() -> None:
    assert figure_text(figure(0.4123, None, Unit.SHARE), "EUR", write) == "41.2 %"
    assert figure_text(figure(1234.6, None, Unit.MONEY), "EUR", write) == "€12.35"
    assert figure_text(figure(-1234, None, Unit.MONEY), "EUR", write) == "−€12.34"
    assert figure_text(figure(1234, None), "EUR", write) == "1,234"
    assert figure_text(figure(None, None), "EUR", write) == "–"
    assert [minutes_text(one) for one in (0, 59, 60, 125, 1440, 3000)] == [
        "0 min",
        "59 min",
        "1 h",
        "2 h 5 min",
        "1 day",
        "2 days 2 h",
    ]
    assert span_text(Span(date(2024, 12, 31), date(2025, 1, 7), "UTC")) == (
        "31 Dec 2024 to 6 Jan 2025"
    )


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.integers(1, 90))
def test_a_drawn_interval_has_its_ends_and_zero(
    low: float, up: float, part: float, width: int
) -> None:
    high = min(1.0, low + up)
    text = drawn(Interval(low + (high - low) * part, low, high), width)
    assert len(text) == max(9, width)
    assert "●" in text

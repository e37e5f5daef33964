"""The report as one HTML page: no script, nothing loaded from anywhere, SVG plots in it.

The page forbids its own browser to load anything (Content Security Policy in a meta element,
https://www.w3.org/TR/CSP3/#meta-element), so that opening it tells nobody.
"""

from __future__ import annotations

from cartdesk.domain.metrics.bars import bin_text, binned
from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.digest import Digest, Table, TableRow
from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.markup import Markup, join, tag
from cartdesk.domain.metrics.svg import days_plot, funnel_plot, interval_plot
from cartdesk.domain.metrics.views import Figure
from cartdesk.domain.metrics.wording import day_text, is_better, span_text

_BARS = 92
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --ink: #23272e; --soft: #636b78; --paper: #fff; --card: #f5f3ee;
  --edge: #ddd8cd; --left: #c07a1e; --back: #2e7d4f; --good: #1f6b3a; --bad: #a8291f; }
@media (prefers-color-scheme: dark) { :root { --ink: #d7dae0; --soft: #9aa3b2; --paper: #15181d;
  --card: #1e232b; --edge: #333b47; --left: #e0af68; --back: #8cc38a; --good: #8cc38a;
  --bad: #e58080; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0; line-height: 1.2; }
h2 { font-size: 1.15rem; margin: 2.4rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
p { margin: .4rem 0; }
.soft, footer { color: var(--soft); }
.coverage { border-left: 4px solid var(--left); padding: .1rem 0 .1rem .8rem; margin: 1rem 0; }
.cards { display: grid; gap: .8rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem;
  padding: .7rem .9rem; overflow-wrap: anywhere; }
.card b { display: block; font-size: 1.45rem; line-height: 1.25; }
.card .money { font-size: 1rem; font-weight: 600; }
.card small { color: var(--soft); }
.better { color: var(--good); } .worse { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--edge); text-align: right; }
th:first-child, td:first-child { text-align: left; padding-left: 0; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-weight: 500; }
tfoot td { font-weight: 600; border-bottom: none; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .axis { fill: var(--soft); font-size: 12px; } svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .abandoned { fill: var(--left); } svg .recovered { fill: var(--back); }
svg .track { fill: var(--card); } svg .base, svg .zero { stroke: var(--edge); }
svg .zero { stroke: var(--soft); stroke-dasharray: 3 3; }
svg .interval { stroke: var(--ink); stroke-width: 2; } svg .middle-mark { fill: var(--left); }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0; color: var(--soft); }
.how { white-space: pre-line; color: var(--soft); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; background: none; }
  :root { --ink: #000; --soft: #444; --paper: #fff; --card: #fff; --edge: #bbb; --left: #b06a10;
    --back: #2e7d4f; }
  section, .card, tr, svg { break-inside: avoid; } h2, h3 { break-after: avoid; }
  * { print-color-adjust: exact; } }
"""


def page(digest: Digest) -> str:
    """Write the report."""
    report = digest.report
    bins = binned(report.series, _BARS)
    body = tag(
        "body",
        tag("h1", digest.title),
        tag(
            "p", f"{span_text(report.span)}, ", _soft(f"before: {span_text(report.span.before())}")
        ),
        tag("p", digest.coverage, class_="coverage"),
        tag("div", *(_card(digest, one) for one in report.headline), class_="cards"),
        _section(
            "Abandoned and recovered",
            _note(f"One bar is {bin_text(bins)}."),
            days_plot(bins, digest.write),
        ),
        _section("How far checkouts came", funnel_plot(report.funnel, digest.write))
        if report.funnel
        else "",
        _compared(digest),
        _more(digest) if report.figures else "",
        *map(_breakdown, digest.tables()),
        _counted(digest),
        tag("footer", tag("p", _footer(digest))),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", digest.title),
        tag("style", Markup(_STYLE)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _footer(digest: Digest) -> str:
    day = day_text(digest.written.date(), year=True)
    return f"Written by cartdesk on {day}. {digest.money_note} It holds no customer's data."


def _soft(words: str) -> Markup:
    return tag("span", words, class_="soft")


def _note(words: str) -> Markup:
    return tag("p", words, class_="soft")


def _section(title: str, *children: object) -> Markup:
    return tag("section", tag("h2", title), *children)


def _change(digest: Digest, figure: Figure) -> Markup:
    better = is_better(figure)
    kind = None if better is None else "better" if better else "worse"
    return tag("span", digest.change(figure), class_=kind)


def _card(digest: Digest, figure: Figure) -> Markup:
    value, _, money = digest.figure(figure).partition(" · ")
    return tag(
        "div",
        tag("div", figure.name),
        tag("b", value),
        tag("div", money, class_="money") if money else "",
        tag("div", _change(digest, figure)),
        tag("small", f"before: {digest.figure(figure, before=True)}"),
        class_="card",
    )


def _more(digest: Digest) -> Markup:
    rows = [
        tag(
            "tr",
            tag("td", one.name),
            tag("td", digest.figure(one)),
            tag("td", digest.figure(one, before=True)),
            tag("td", _change(digest, one)),
        )
        for one in digest.report.figures
    ]
    drawn = _table(("", "now", "before", "change"), rows)
    return _section("More figures", drawn, *map(_note, digest.notes()))


def _table(heads: tuple[str, ...], rows: list[Markup], foot: Markup | str = "") -> Markup:
    head = tag("thead", tag("tr", *(tag("th", one) for one in heads)))
    last = tag("tfoot", foot) if foot else ""
    return tag("div", tag("table", head, tag("tbody", *rows), last), class_="scroll")


def _row(row: TableRow) -> Markup:
    return tag("tr", tag("td", row.label), *(tag("td", cell) for cell in row.cells))


def _breakdown(table: Table) -> Markup:
    rows = [_row(row) for row in table.rows]
    drawn = _table(("", *table.heads), rows, _row(table.whole))
    return _section(table.title, _note(table.explained), drawn)


def _compared(digest: Digest) -> Markup:
    found = [_comparison(one, digest.write) for one in digest.comparisons]
    nothing = _note("No group is held out and no letter has versions, so nothing is compared.")
    return _section("Did the letters do it?", *(found or [nothing]))


def _comparison(found: Comparison, write: Write) -> Markup:
    rows = [
        TableRow(
            one.name,
            (write.count(one.persons), write.count(one.returned), one.rate, one.per_person),
        )
        for one in found.sides
    ]
    plots = [
        join(tag("p", f"{one.name}, of 100 persons"), interval_plot(one.interval, one.name, write))
        for one in found.bounds
    ]
    return join(
        tag("h3", found.title),
        *(tag("p", sentence) for sentence in found.sentences),
        _note(found.waiting_text) if found.waiting_text else "",
        _table(("", "persons", "bought", "rate", "money per person"), [_row(row) for row in rows]),
        *plots,
    )


def _counted(digest: Digest) -> Markup:
    report = digest.report
    pairs = [
        join(tag("dt", one.name), tag("dd", one.explained))
        for one in (*report.headline, *report.figures)
    ]
    how = [
        join(tag("h3", one.title), tag("p", one.how, class_="how")) for one in digest.comparisons
    ]
    return _section("How each figure is counted", tag("dl", *pairs), *how)

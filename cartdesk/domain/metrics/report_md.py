"""The report as Markdown (CommonMark with tables); nothing from outside can be markup in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cartdesk.domain.metrics.bars import bars, bin_text, binned
from cartdesk.domain.metrics.comparing import Comparison, drawn
from cartdesk.domain.metrics.digest import Digest, Table
from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.wording import day_text, span_text

# what can be markup within a line, and what GitHub's dialect makes a link of by itself
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|!~&@^$+=]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_BARS = 60


def markdown(digest: Digest) -> str:
    """Write the report."""
    return "\n".join(_lines(digest)) + "\n"


def escaped(text: str) -> str:
    """Escape text within a line, so that it shows as it is (CommonMark 0.31, 2.4)."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def _lines(digest: Digest) -> Iterator[str]:
    report = digest.report
    yield f"# {escaped(digest.title)}"
    yield ""
    yield f"{span_text(report.span)}, compared with {span_text(report.span.before())}. "
    yield escaped(digest.money_note)
    yield ""
    yield f"> {escaped(digest.coverage)}"
    yield ""
    heads = ("", "now", "before", "change")
    figures = (report.headline, report.figures)
    for name, some in zip(("In short", "More figures"), figures, strict=True):
        if name == "More figures":
            yield from _plots(digest)
        if some:
            yield f"## {name}"
            yield ""
            rows = [
                (one.name, digest.figure(one), digest.figure(one, before=True), digest.change(one))
                for one in some
            ]
            yield from _table(heads, rows)
    yield from (f"- {escaped(note)}" for note in digest.notes())
    yield ""
    yield "## Did the letters do it?"
    yield ""
    for comparison in digest.comparisons:
        yield from _comparison(comparison, digest.write)
    if not digest.comparisons:
        yield "No group is held out and no letter has versions, so nothing is compared."
        yield ""
    for table in digest.tables():
        yield from _breakdown(table)
    yield "## How each figure is counted"
    yield ""
    for one in (*report.headline, *report.figures):
        yield f"- **{escaped(one.name)}**: {escaped(one.explained)}"
    yield ""
    yield f"Written by cartdesk on {day_text(digest.written.date(), year=True)}."


def _plots(digest: Digest) -> Iterator[str]:
    bins, count = binned(digest.report.series, _BARS), digest.write.count
    yield f"## By day (one bar is {bin_text(bins)})"
    yield ""
    yield "```text"
    for name, values in (
        ("Abandoned", [one.abandoned for one in bins]),
        ("Recovered", [one.recovered for one in bins]),
    ):
        yield f"{name}, {count(sum(values))} in all, at most {count(max(values, default=0))} a bar"
        yield from (row.rstrip() for row in bars(values, 3))
    yield "```"
    yield ""
    stages = digest.report.funnel
    if stages:
        yield "## How far checkouts came"
        yield ""
        first = stages[0].reached
        rows = [
            (
                stage.label,
                count(stage.reached),
                digest.write.share(stage.reached / first if first else None),
                count(stage.ended),
            )
            for stage in stages
        ]
        yield from _table(("stage", "came so far", "of all", "ended here"), rows)


def _comparison(found: Comparison, write: Write) -> Iterator[str]:
    yield f"### {escaped(found.title)}"
    yield ""
    for sentence in (*found.sentences, found.waiting_text):
        if sentence:
            yield f"{escaped(sentence)}  "
    yield ""
    rows = [
        (one.name, write.count(one.persons), write.count(one.returned), one.rate, one.per_person)
        for one in found.sides
    ]
    yield from _table(("group", "persons", "bought", "rate", "money per person"), rows)
    for bound in found.bounds:
        yield "```text"
        yield f"{' '.join(bound.name.replace('`', ' ').split())}"
        yield drawn(bound.interval, _BARS)
        yield "```"
        yield ""


def _breakdown(table: Table) -> Iterator[str]:
    yield f"## {escaped(table.title)}"
    yield ""
    yield from _table(
        ("", *table.heads), [(row.label, *row.cells) for row in (*table.rows, table.whole)]
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(escaped, heads))} |"
    yield "|" + "---|" + "---:|" * (len(heads) - 1)
    for row in rows:
        yield f"| {' | '.join(map(escaped, row))} |"
    yield ""

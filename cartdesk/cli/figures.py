"""The figures without a screen: all of them as text or JSON, reports, and visits."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.cli.export import new_file
from cartdesk.cli.output import Out
from cartdesk.cli.trouble import Usage
from cartdesk.desk import NotPossible
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.tables import Column, columns, file_rows, ordered, total
from cartdesk.domain.metrics.visits import decoded, read_day
from cartdesk.domain.metrics.wording import beside, change_text, figure_text, span_text
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from cartdesk.domain.metrics.comparing import Comparison
    from cartdesk.domain.metrics.views import Breakdown, Figure, Report

_LARGEST_LIST = 10_000_000  # bytes of visits


async def metrics(call: Call) -> Exit:
    """Give all figures of a span."""
    from cartdesk.domain.metrics.document import document

    out, given = call.out, call.given
    report = await _report(call)
    wanted = _wanted(report, given.by)
    compared = await call.desk.figures.comparisons(report.currency)
    out.line(f"{span_text(report.span)}, in {report.currency}. {report.coverage.sentence}")
    if report.coverage.apart:
        out.line(report.coverage.apart)
    out.line()
    figures = (*report.headline, *report.figures)
    out.table(
        (report.currency, f"{report.span.days} DAYS", "BEFORE", "CHANGE"),
        [_figure(one, report, out) for one in figures],
    )
    for figure in figures:
        if more := beside(figure, report, Style.of(out.shop)):
            out.line(f"{figure.name}. {more[0]}: {more[1]}")
    for one in compared:
        _comparison(one, out)
    for breakdown in wanted:
        _breakdown(breakdown, report, out)
    out.document(document(report, compared))
    if not given.by:
        names = ", ".join(one.name for one in report.breakdowns)
        out.say(f"--by divides them, by: {names}, or all.")
    return Exit.OK


async def _report(call: Call) -> Report:
    figures, currency = call.desk.figures, call.given.currency.upper()
    known = await figures.currencies()
    if currency and currency not in known:
        have = f"There are orders in {', '.join(known)}." if known else "There are no orders yet."
        raise NotPossible(f"No order is in {currency}. {have}")
    return await figures.report(figures.last(call.given.days), currency)


def _wanted(report: Report, names: list[str]) -> list[Breakdown]:
    known = {one.name: one for one in report.breakdowns}
    if "all" in names:
        return list(known.values())
    if unknown := [name for name in names if name not in known]:
        raise Usage(f"Figures are not divided by {clean(unknown[0])}, but by {', '.join(known)}.")
    return [known[name] for name in names]


def _figure(figure: Figure, report: Report, out: Out) -> tuple[str, ...]:
    write = Style.of(out.shop)
    now = figure_text(figure, report.currency, write)
    before = figure_text(figure, report.currency, write, before=True)
    return figure.name, now, before, change_text(figure, write)


def _breakdown(found: Breakdown, report: Report, out: Out) -> None:
    shown, write = columns(found), Style.of(out.shop)
    order = shown[0] if found.name in {"country", "device", "product", "language"} else None

    def cells(column: Column, row: int) -> str:
        tally = total(found) if row < 0 else rows[row].tally
        return column.text(tally, report.currency, write)

    rows = ordered(found, order)
    places = [*range(len(rows)), -1] if rows else []
    out.line()
    out.table(
        (found.title.upper(), *(column.head.upper() for column in shown)),
        [
            (rows[at].label if at >= 0 else "all", *(cells(column, at) for column in shown))
            for at in places
        ],
    )


def _comparison(found: Comparison, out: Out) -> None:
    out.line()
    out.line(f"{found.title}, since {found.since:%Y-%m-%d}")
    for sentence in (*found.sentences, found.waiting_text):
        if sentence:
            out.line(sentence)
    out.table(
        ("GROUP", "PERSONS", "BOUGHT", "RATE", "MONEY PER PERSON"),
        [
            (one.name, str(one.persons), str(one.returned), one.rate, one.per_person)
            for one in found.sides
        ],
    )


async def rows_of_figures(call: Call) -> AsyncIterator[dict[str, object]]:
    """Give every number as a row of an export."""
    for row in file_rows(await _report(call)):
        yield row


async def report(call: Call) -> Exit:
    """Write a report; it is opened in the browser only when that was asked for."""
    from cartdesk.work.figure_files import rendered, write_report

    given = call.given
    if given.open and (given.format != "html" or given.output == "-"):
        raise Usage("--open shows a page: leave out --output - and --format md.")
    await _report(call)  # says it when there is no such currency
    digest = await call.desk.figures.digest(given.days, given.currency.upper())
    if given.output == "-":
        sys.stdout.write(rendered(digest, given.format))
        return Exit.OK
    if given.output:
        path = Path(given.output)
        with new_file(path) as stream:
            stream.write(rendered(digest, given.format))
    else:
        path = await asyncio.to_thread(write_report, call.place.paths.exports, digest, given.format)
    call.out.line_as_is(str(path))
    call.out.document({"file": path, "title": digest.title})
    if given.open:
        await _open(path.absolute(), call.out)
    return Exit.OK


async def _open(path: Path, out: Out) -> None:
    from cartdesk.adapters.browser import browse

    if not await asyncio.to_thread(browse, path.as_uri()):
        out.say("There is no browser here. Open the file yourself.")


async def visits(call: Call) -> Exit:
    """Keep the visits of a shop, from a CSV list or of one day, or list what is known."""
    given, figures, out = call.given, call.desk.figures, call.out
    if given.day:
        day = read_day(given.day)
        if day is None:
            raise Usage(f"“{clean(given.day, 40)}” is not a day. Write it as 2026-11-21.")
        if given.file is not None or (given.count is None) == (not given.forget):
            raise Usage("With --day give either --count N or --forget, and no file.")
        await figures.enter_visits(day, given.count)
        out.say(f"{'Kept' if given.count is not None else 'Forgot'} the visits of {day}.")
        return Exit.OK
    if given.count is not None or given.forget:
        raise Usage("--count and --forget need --day DAY.")
    if given.file is None:
        known = await figures.visits(figures.last(given.days))
        out.table(("DAY", "VISITS"), [(f"{day}", str(known[day])) for day in sorted(known)])
        out.document({day.isoformat(): number for day, number in sorted(known.items())})
        out.say("" if known else "No visits are known. “cartdesk visits FILE.csv” reads a list.")
        return Exit.OK
    found = await figures.import_visits(await asyncio.to_thread(_read, given.file))
    for problem in found.problems:
        out.say(problem)
    out.document(found)
    out.say(f"Kept the visits of {found.kept} day{'s' * (found.kept != 1)}.")
    return Exit.OK if found.kept else Exit.NOTHING


def _read(name: str) -> str:
    if name == "-":
        return sys.stdin.read(_LARGEST_LIST)
    with Path(name).expanduser().open("rb") as file:
        data = file.read(_LARGEST_LIST + 1)
    if len(data) > _LARGEST_LIST:
        raise Usage(f"{name} is larger than 10 MB; a list of visits has a short line a day.")
    return decoded(data)

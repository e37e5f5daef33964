"""Bringing a survey's results into the ledger, each line once however often they come."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.reading import read_email
from cartdesk.adapters.survey import SurveyProblem, Table, read_table
from cartdesk.domain.addresses import match_key
from cartdesk.domain.feedback.survey import (
    FIELDS,
    BadCell,
    BadLine,
    SurveyPreview,
    SurveyReport,
    SurveyRow,
    guess_columns,
    month_first,
    read_row,
)
from cartdesk.domain.feedback.views import NewPiece, PieceState, Source
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.feedback_landing import AT_ONCE, HISTORY, land

COLUMNS = "survey.columns"
_SHOWN = 5
_MOST_KEPT = 20  # files of different columns whose mapping is remembered


@dataclass(frozen=True, slots=True)
class _Read:
    """A file, read with a mapping."""

    table: Table
    columns: Mapping[str, str]
    rows: tuple[SurveyRow, ...]
    bad: tuple[BadLine, ...]
    note: str


async def preview(context: Context, file: Path, columns: Mapping[str, str] | None) -> SurveyPreview:
    """Show how a file would land; nothing is kept. Raises NotPossible for one that cannot."""
    read = await _read(context, file, columns)

    def known(book: Book) -> int:
        return sum(book.feedback.known(Source.SURVEY, key) for key, _ in _keyed(book, read))

    return SurveyPreview(
        headers=read.table.headers,
        columns=read.columns,
        rows=read.rows[:_SHOWN],
        total=len(read.rows),
        already=await context.ledger(known),
        bad=read.bad,
        encoding=read.table.encoding,
        separator=read.table.separator,
        note=read.note,
    )


async def import_file(
    context: Context, file: Path, columns: Mapping[str, str] | None
) -> SurveyReport:
    """Land a file and remember its columns. Raises NotPossible for one that cannot."""
    read = await _read(context, file, columns)
    now = context.clock.now()
    keyed = iter(await context.ledger(lambda book: list(_keyed(book, read))))
    landed = 0
    while some := list(islice(keyed, AT_ONCE)):
        landed += await context.ledger(
            lambda book, some=some: land(  # type: ignore[misc]
                book, [_piece(book, key, row, now) for key, row in some], now
            )
        )
    await context.ledger(lambda book: _remember(book, read.table.headers, read.columns))
    return SurveyReport(landed, len(read.rows) - landed, read.bad, read.note)


async def _read(context: Context, file: Path, columns: Mapping[str, str] | None) -> _Read:
    try:
        table = await asyncio.to_thread(read_table, file)
    except SurveyProblem as problem:
        raise NotPossible(str(problem)) from None
    remembered = await context.ledger.read(lambda book: _remembered(book, table.headers))
    if columns:
        used = {**(remembered or guess_columns(table.headers)), **columns}
    else:
        used = remembered or guess_columns(table.headers)
    _check(table, used)
    return _rows(table, used, context)


def _check(table: Table, columns: Mapping[str, str]) -> None:
    known = ", ".join(f"“{name}”" for name in table.headers)
    for field, column in columns.items():
        if field not in FIELDS:
            raise NotPossible(f"There is no field “{field}”. There are: {', '.join(FIELDS)}.")
        if column and column not in table.headers:
            raise NotPossible(f"The file has no column “{column}”. It has: {known}.")
    if not columns.get("text") and not columns.get("reason"):
        raise NotPossible(
            f"No column looks like what people wrote. The file has: {known}. "
            "Name it, as in --map text=Comment."
        )


def _rows(table: Table, columns: Mapping[str, str], context: Context) -> _Read:
    places = {field: table.headers.index(name) for field, name in columns.items() if name}
    cells = [
        (line, {field: row[at] for field, at in places.items() if at < len(row)})
        for line, row in table.rows
    ]
    american = month_first(one.get("date", "") for _, one in cells)
    rows: list[SurveyRow] = []
    bad = list(table.bad)
    zone, now = context.shop.tz, context.clock.now()
    for line, found in cells:
        try:
            row = read_row(line, found, zone, now, american=bool(american))
            address = read_email(row.email)
            if row.email and not address:
                raise BadCell(f"“{row.email[:60]}” is no e-mail address")
            rows.append(replace(row, email=address))
        except BadCell as why:
            bad.append(BadLine(line, str(why)))
    written, notes = dict(cells), list[str]()
    if american is None and any(row.at and "/" in written[row.line]["date"] for row in rows):
        notes.append("Dates such as 5/11/2026 were read as day and month.")
    unrated = sum(
        not row.rating and bool(written[row.line].get("rating", "").strip()) for row in rows
    )
    if unrated:
        notes.append(f"Ratings that are not from 1 to 5 were left out (lines: {unrated}).")
    return _Read(
        table, columns, tuple(rows), tuple(sorted(bad, key=lambda one: one.line)), " ".join(notes)
    )


def _keyed(book: Book, read: _Read) -> Iterator[tuple[str, SurveyRow]]:
    """Name each line by its cells, however they are mapped.

    Two people may say the same, so equal lines are counted.
    """
    seen: Counter[str] = Counter()
    lines = dict(read.table.rows)
    for row in read.rows:
        cells = zip(read.table.headers, lines[row.line], strict=False)  # a short line ends early
        filled = sorted((head.casefold(), cell) for head, cell in cells if cell.strip())
        name = book.feedback.opaque(*(part for pair in filled for part in pair))
        seen[name] += 1
        yield f"{name}-{seen[name]}", row


def _piece(book: Book, key: str, row: SurveyRow, now: datetime) -> NewPiece:
    order = book.feedback.cart_by_number(row.order) if row.order else None
    number, name, email = order or (book.feedback.cart_of(row.email), "", "")
    if order and row.email and match_key(row.email) != match_key(email):
        number, name = None, ""  # somebody else's order: a mistyped number, or one handed on
    at = row.at or now
    return NewPiece(
        Source.SURVEY,
        key,
        at,
        row.text,
        PieceState.HANDLED if at < now - HISTORY else PieceState.NEW,
        who=row.who or name,
        email=row.email or email,
        cart_id=number,
        product=row.product,
        rating=row.rating,
        given=(row.reason,) if row.reason else (),
    )


def _mark(headers: tuple[str, ...]) -> str:
    return "\t".join(headers).casefold()


def _mappings(book: Book) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(book.state.get(COLUMNS) or "{}")
    return found


def _remembered(book: Book, headers: tuple[str, ...]) -> dict[str, str] | None:
    return _mappings(book).get(_mark(headers))


def _remember(book: Book, headers: tuple[str, ...], columns: Mapping[str, str]) -> None:
    known = _mappings(book)
    known.pop(_mark(headers), None)
    kept = [*known.items(), (_mark(headers), dict(columns))][-_MOST_KEPT:]
    book.state.put(COLUMNS, json.dumps(dict(kept), ensure_ascii=False))

"""A survey's results as a CSV file: its character set, its separator, its lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cartdesk.domain.feedback.survey import BadLine
from cartdesk.domain.text import clean

LARGEST = 20_000_000  # bytes
_MOST_LINES = 60  # of one record; more means a quotation mark never closed
_SEPARATORS = (",", ";", "\t")
_LATIN_2 = b"\xf5\xfb\xd5\xdb"  # the long Hungarian o and u; in Western Europe õ and û, rare


class SurveyProblem(ValueError):
    """A file cannot be read at all; ``str()`` is a sentence for the merchant."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file's lines. ``rows`` are (line number, cells), ``bad`` what is no record."""

    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    bad: tuple[BadLine, ...]
    encoding: str
    separator: str


def read_table(file: Path) -> Table:
    """Read a file of comma, semicolon or tab separated values with a line of headers.

    Raises:
        SurveyProblem: It cannot be opened, is too large, or is no such file.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise SurveyProblem(f"{file} is larger than {LARGEST // 1_000_000} MB. Split it.")
        content = file.read_bytes()
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise SurveyProblem(f"{file} cannot be read: {reason}.") from None
    text, encoding = _decoded(content)
    if "\0" in text:
        raise SurveyProblem(f"{file} is no CSV file. Save the results as CSV and try again.")
    separator = _separator(text)
    records, bad = _records(text, separator)
    head = next(records, None)
    if head is None:
        raise SurveyProblem(f"{file} is empty.")
    headers = tuple(clean(cell, 80) for cell in head[1])
    twice = next((name for name in headers if name and headers.count(name) > 1), "")
    if twice:
        raise SurveyProblem(f"Two columns of {file} are called “{twice}”. Rename one.")
    rows = tuple((line, cells) for line, cells in records if any(cell.strip() for cell in cells))
    return Table(headers, rows, tuple(bad), encoding, separator)


def _decoded(content: bytes) -> tuple[str, str]:
    """Decode a file: by its mark, as UTF-8, or in what old spreadsheets write."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        name = "cp1250" if set(content) & set(_LATIN_2) else "cp1252"
        return content.decode(name, "replace"), name


def _separator(text: str) -> str:
    """Find the separator by the line of headers, outside quotation marks."""
    outside = "".join(text.lstrip().split("\n", 1)[0].split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _records(
    text: str, separator: str
) -> tuple[Iterator[tuple[int, tuple[str, ...]]], list[BadLine]]:
    """Give the records with the line each begins in; what is no record goes to the list."""
    bad: list[BadLine] = []

    def records() -> Iterator[tuple[int, tuple[str, ...]]]:
        lines = list(io.StringIO(text, newline=""))
        at = width = 0
        while at < len(lines):
            begin = at + 1
            try:
                cells, used = _record(lines[at : at + _MOST_LINES], separator)
            except csv.Error:
                why = "a quotation mark is never closed, or a cell is huge"
                bad.append(BadLine(begin, why))
                at += 1  # the lines after it may be whole
                continue
            at += used
            while len(cells) > max(width, 1) and width and not cells[-1].strip():
                cells.pop()
            width = width or len(cells)
            if len(cells) > width:
                why = f"it has {len(cells)} cells, but the file has {width} columns"
                bad.append(BadLine(begin, why))
            else:
                yield begin, tuple(cells)

    return records(), bad


def _record(lines: list[str], separator: str) -> tuple[list[str], int]:
    """Read one record and give how many lines it takes.

    A quotation mark astray on one line is read as it stands. Over several lines it may have
    taken other answers in, so there the marks must be right. Raises csv.Error.
    """
    reader = csv.reader(lines, delimiter=separator)
    cells = next(reader)
    used = reader.line_num
    if used > 1:
        next(csv.reader(lines[:used], delimiter=separator, strict=True))
    return cells, used

"""Reading a list of visits: a CSV file with a day and a number on each line."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Mapping
from datetime import date
from io import StringIO
from types import MappingProxyType

from cartdesk.domain.text import clean

_MOST_PROBLEMS = 20
_LARGEST = 10**9
_GROUPED = re.compile(r"\d{1,3}(?:[  ,.']\d{3})+")
_ORDERS = (  # what cannot be mistaken; 03/04/2026 can
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})\.?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
)


def decoded(data: bytes) -> str:
    """Give the text of a file: UTF-8, or UTF-16 as Excel's "Unicode text" is written."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8", "replace")


def read_visits(text: str, last: date = date.max) -> tuple[Mapping[date, int], tuple[str, ...]]:
    """Read visits by day from CSV text.

    The separator may be a comma, a semicolon or a tab; a first line of names is passed over; the
    first column is the day, the second the number. Days are written 2026-11-21, 20261121 or
    21.11.2026; slashes are read only with the year first, since 03/04 is April in one country
    and March in another. Two lines of one day are added up, as lists by channel have them. A line
    with two numbers is left out: nobody can tell whether 1,234 is one of them.

    Args:
        text: The list.
        last: The last day that can have had visits.

    Returns:
        The visits by day, and a sentence for every line that was left out (the first 20).
    """
    found: dict[date, int] = {}
    problems: list[str] = []
    left_out = 0
    first = True
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = _cells(line)
        day, visits = read_day(cells[0]), read_count(cells[1]) if len(cells) > 1 else None
        why = ""
        if day is None or visits is None:
            why = "" if first and day is None and visits is None else _why(cells, day)
        elif any(read_count(cell) is not None for cell in cells[2:]):
            why = "it has more than one number. Write 1,234 visits as 1234"
        elif day > last:
            why = f"{day} has not come yet"
        elif found.get(day, 0) + visits > _LARGEST:
            why = f"the visits of {day} would be more than a thousand million"
        else:
            found[day] = found.get(day, 0) + visits
        if why:
            left_out += 1
            problems.append(f"Line {number} was left out: {why}")
        first = False
    if left_out > _MOST_PROBLEMS:
        more = left_out - _MOST_PROBLEMS
        problems[_MOST_PROBLEMS:] = [f"{more} more lines were left out for such reasons."]
    if not found and not problems:
        problems.append("There is no line with a day and a number, as in 2026-11-21,340")
    return MappingProxyType(found), tuple(problems)


def read_day(text: str) -> date | None:
    """Read a day as people write it, if only one day can be meant."""
    for pattern in _ORDERS:
        if match := pattern.fullmatch(text.strip()):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                return None
    return None


def read_count(text: str) -> int | None:
    """Read a number of visits, with or without signs between the thousands."""
    digits = text.strip()
    if _GROUPED.fullmatch(digits):
        digits = re.sub(r"\D", "", digits)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 10:
        return None
    number = int(digits)
    return number if number <= _LARGEST else None


def _cells(line: str) -> list[str]:
    separator = max(";\t,", key=line.count)
    try:
        return next(csv.reader(StringIO(line), delimiter=separator), [""])
    except csv.Error:  # an endless cell
        return [line]


def _why(cells: list[str], day: date | None) -> str:
    if len(cells) < 2:
        return "it has no second column. A line holds a day and a number: 2026-11-21,340"
    if day is None:
        said = clean(cells[0], 40)
        return f"“{said}” is not a day that can be read. Write it as 2026-11-21"
    return f"“{clean(cells[1], 40)}” is not a number of visits. Write it as 340"

"""Writing all figures to files: a table for a spreadsheet and a document for scripts."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TextIO

from cartdesk.adapters.private_file import private_file
from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.digest import Digest
from cartdesk.domain.metrics.document import document
from cartdesk.domain.metrics.report_html import page
from cartdesk.domain.metrics.report_md import markdown
from cartdesk.domain.metrics.tables import file_rows
from cartdesk.domain.metrics.views import Report
from cartdesk.domain.spreadsheet import cells


def write_figures(
    folder: Path, report: Report, comparisons: Sequence[Comparison]
) -> tuple[Path, Path]:
    """Write two new private files of one name and give their paths: CSV and JSON.

    Raises:
        OSError: They cannot be written; nothing is left behind then.
    """
    span = report.span
    stem = f"figures-{span.last.isoformat()}-{span.days}-days-{report.currency}"
    for name in _names(stem):
        table, rest = folder / f"{name}.csv", folder / f"{name}.json"
        try:
            with private_file(table) as sheet, private_file(rest) as stream:
                write_table(report, sheet)
                json.dump(document(report, comparisons), stream, ensure_ascii=False, indent=2)
                stream.write("\n")
        except FileExistsError:  # of another time today
            continue
        return table, rest
    raise AssertionError  # there are numbers without end


def write_report(folder: Path, digest: Digest, form: str) -> Path:
    """Write a report to a new private file and give its path; ``form`` is "html" or "md".

    Raises:
        OSError: It cannot be written; nothing is left behind then.
    """
    span = digest.report.span
    stem = f"report-{span.last.isoformat()}-{span.days}-days-{digest.report.currency}"
    for name in _names(stem):
        path = folder / f"{name}.{form}"
        try:
            with private_file(path) as stream:
                stream.write(rendered(digest, form))
        except FileExistsError:
            continue
        return path
    raise AssertionError  # there are numbers without end


def rendered(digest: Digest, form: str) -> str:
    """Write a report as "html" or "md"."""
    return page(digest) if form == "html" else markdown(digest)


def _names(stem: str) -> Iterator[str]:
    yield stem
    for number in count(2):
        yield f"{stem}-{number}"


def write_table(report: Report, stream: TextIO) -> None:
    """Write every number as a line of CSV, with a head line; no text in it is a formula."""
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    for place, row in enumerate(file_rows(report)):
        if not place:
            writer.writerow(row)
        writer.writerow(cells(row))

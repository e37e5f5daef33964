"""Every figure equals a recount from the raw rows, and every division adds up to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import reduce
from operator import add
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.domain.metrics.views import Behind, Measure, Report, Tally
from tests.metrics.comparing import IF_KNOWN, plain
from tests.metrics.histories import HISTORIES, Life, Step, begin, judged
from tests.metrics.recount import recount

FEW = 40


def test_every_figure_equals_a_recount_whatever_happened(pytestconfig: pytest.Config) -> None:
    @settings(
        max_examples=int(pytestconfig.getoption("examples")) or FEW,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(HISTORIES, st.sampled_from((1, 7, 40, 365)))
    def lives(steps: Sequence[Step], days: int) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.sqlite3"
            life = begin(path)
            try:
                for step in steps:
                    step(life)
                judged(life)
                compare(life, path, days)
            finally:
                life.book.close()

    lives()


def compare(life: Life, path: Path, days: int) -> None:
    span = life.span(days)
    for currency in ("EUR", "USD", "JPY"):
        report = life.report(span, currency)
        with closing(sqlite3.connect(path)) as conn:
            expected = recount(
                conn,
                zone=life.zone,
                lost_after_days=life.rules.lost_after_days,
                since=span.since,
                until=span.until,
                currency=currency,
            )
        found = plain(report)
        for name in IF_KNOWN:
            if name not in found["breakdowns"]:
                assert set(expected["breakdowns"].pop(name)) <= {""}
        assert found == expected
        adds_up(report)
        opens(life, report)


def adds_up(report: Report) -> None:
    for breakdown in report.breakdowns:
        assert reduce(add, (row.tally for row in breakdown.rows), Tally()) == report.tally
    assert reduce(add, (day.tally for day in report.series), Tally()) == report.tally
    first, *_, last = report.funnel
    assert first.reached == report.tally.checkouts
    assert sum(stage.ended for stage in report.funnel) == report.tally.abandoned.count
    assert last.reached == report.tally.direct.count


def opens(life: Life, report: Report) -> None:
    """What opens behind a figure is as many rows as the figure says."""
    for reason, count in report.coverage.kept_apart:
        apart = Behind(report.span, report.currency, Measure.KEPT_APART, "apart", reason)
        assert opened(life, apart) == count
    for measure in Measure:
        behind = Behind(report.span, report.currency, measure)
        assert opened(life, behind) == report.tally.sum(measure).count
        for breakdown in (
            (*report.breakdowns[:4], *report.breakdowns[9:])
            if report.tally.sum(measure).count
            else ()
        ):
            for row in breakdown.rows:
                line = Behind(report.span, report.currency, measure, breakdown.name, row.key)
                assert opened(life, line) == row.tally.sum(measure).count


def opened(life: Life, behind: Behind) -> int:
    from cartdesk.work.figures import rows

    found = life.book.read(lambda book: rows(book, behind, 100, 0))
    assert len(found.rows) == min(100, found.counted)
    return found.counted

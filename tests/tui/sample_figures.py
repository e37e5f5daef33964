"""Figures that are fixed: two currencies, and as many days as are asked for."""

from __future__ import annotations

from datetime import date, timedelta

from cartdesk.domain.metrics import formulas
from cartdesk.domain.metrics.breakdowns import breakdowns, funnel, mobile_rate
from cartdesk.domain.metrics.formulas import Side
from cartdesk.domain.metrics.views import (
    Behind,
    Conversion,
    Coverage,
    Day,
    Quartiles,
    Report,
    RowsBehind,
    Span,
    Sum,
    Tally,
)
from cartdesk.domain.views import CartRow
from cartdesk.work.figures import Figures

NOW = Tally(
    abandoned=Sum(62, 521_000),
    recoverable=Sum(20, 171_000),
    waiting=Sum(24, 190_000),
    recovered=Sum(9, 61_240),
    strict=Sum(5, 30_110),
    by_themselves=Sum(4, 28_000),
    lost=Sum(17, 150_000),
    placed=Sum(51, 363_630),
    direct=Sum(38, 270_000),
    sent=Sum(38),
    replied=Sum(2),
    discount=1_200,
)
BEFORE = Tally(
    abandoned=Sum(66, 530_000),
    recovered=Sum(6, 38_800),
    strict=Sum(3, 20_000),
    by_themselves=Sum(5, 30_000),
    placed=Sum(45, 314_325),
    direct=Sum(34, 250_000),
    sent=Sum(31),
)
COVERAGE = "100 checkouts this shop lets us see."


class SampleFigures(Figures):
    """Figures without a ledger; ``shown`` are the rows behind every figure."""

    def __init__(self, shown: tuple[CartRow, ...], today: date) -> None:
        self._shown = shown
        self._today = today

    def last(self, days: int) -> Span:
        """So many days until today."""
        until = self._today + timedelta(days=1)
        return Span(until - timedelta(days=days), until, "Europe/Helsinki")

    async def currencies(self) -> tuple[str, ...]:
        """Two."""
        return ("EUR", "GBP")

    async def report(self, span: Span, currency: str = "") -> Report:
        """The same of any span, all of it on its last day."""
        quartiles = Quartiles(3, 8, 21, NOW.abandoned.count)
        sides = [
            Side(tally, mobile_rate({"Mobile": tally}), Conversion(None, 0, 0, 0), *[quartiles] * 2)
            for tally in (NOW, BEFORE)
        ]
        found = {"stage": {"draft-email": NOW}, "country": {"FI": NOW}, "device": {"Mobile": NOW}}
        days = [span.since + timedelta(days=number) for number in range(span.days)]
        return Report(
            span=span,
            currency=currency or "EUR",
            tally=NOW,
            before=BEFORE,
            headline=formulas.headline(*sides),
            figures=formulas.others(*sides),
            series=tuple(Day(day, NOW if day == days[-1] else Tally()) for day in days),
            funnel=funnel(found["stage"]),
            breakdowns=breakdowns(found, {}),
            to_abandon=quartiles,
            to_return=quartiles,
            mobile=sides[0].mobile,
            conversion=sides[0].conversion,
            coverage=Coverage(COVERAGE),
        )

    async def rows(self, asked: Behind, *, limit: int = 500, offset: int = 0) -> RowsBehind:
        """The same rows whatever is asked."""
        return RowsBehind(self._shown[offset : offset + limit], len(self._shown))

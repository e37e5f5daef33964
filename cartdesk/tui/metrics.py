"""Metrics: five headline figures against the period before, and what they cover."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cartdesk.domain.metrics import written
from cartdesk.domain.metrics.views import Figure, Report
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.text import MUTED, Look, line, stack

PERIODS = (7, 30, 90, 365)


class MetricsScreen(DeskScreen):
    """The figures of one period, in one currency."""

    MODE = "metrics"
    ABOUT = "Each figure stands beside the same figure of the period before. i says how it counts."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "period", "Period", tooltip="7, 30, 90 or 365 days"),
        Binding("c", "currency", "Currency", tooltip="The shop's next currency"),
        Binding("i", "explain", "How counted", tooltip="The formula of every figure"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._days = 30
        self._currency = ""
        self._currencies: tuple[str, ...] = ()
        self._explained = False
        self._metrics: Report | None = None

    def body(self) -> ComposeResult:
        """Lay out the line of the period, the figures and the coverage."""
        yield Static(id="counts")
        with VerticalScroll(id="figures"):
            for place in range(5):
                yield Static(id=f"figure-{place}", classes="figure")
            yield Static(id="coverage")

    async def load(self) -> None:
        """Read the figures."""
        figures = self.desk.figures
        self._currencies = await figures.currencies()
        self._metrics = await figures.report(figures.last(self._days), self._currency)
        self._show(self._metrics)
        self.refresh_bindings()

    def _show(self, metrics: Report) -> None:
        self.query_one("#counts", Static).update(period_line(metrics, self.look))
        for place in range(5):
            card = self.query_one(f"#figure-{place}", Static)
            card.display = place < len(metrics.headline)
            if card.display:
                figure = metrics.headline[place]
                texts = [
                    write(figure, metrics.currency, self.look.shop)
                    for write in (written.value, written.before)
                ]
                card.update(figure_card(figure, *texts, explained=self._explained))
        self.query_one("#coverage", Static).update(coverage_line(metrics))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the currency key when there is only one."""
        if action == "currency":
            return len(self._currencies) > 1
        return super().check_action(action, parameters)

    def action_period(self) -> None:
        """Go on to the next period."""
        self._days = PERIODS[(PERIODS.index(self._days) + 1) % len(PERIODS)]
        self.reload()

    def action_currency(self) -> None:
        """Go on to the next currency; sums never mix two."""
        shown = self._metrics.currency if self._metrics else ""
        place = self._currencies.index(shown) if shown in self._currencies else -1
        self._currency = self._currencies[(place + 1) % len(self._currencies)]
        self.reload()

    def action_explain(self) -> None:
        """Show or hide how each figure is counted."""
        self._explained = not self._explained
        if self._metrics:
            self._show(self._metrics)


def period_line(metrics: Report, look: Look) -> Content:
    """Say which days the figures are of."""
    currency = f" · {metrics.currency}" if metrics.currency else ""
    return line(
        (f"THE LAST {metrics.span.days} DAYS{currency}", "bold"),
        (f"  {metrics.span.since} to {metrics.span.last}", MUTED),
        ("  · t changes the period", MUTED),
    )


def figure_card(figure: Figure, value: str, before: str, *, explained: bool) -> Content:
    """Write one figure, the one before, and on demand how it is counted."""
    parts = [line((figure.name, MUTED)), line((value, "bold"), (f"  before: {before}", MUTED))]
    if explained:
        parts.append(line(figure.explained))
    return stack(*parts)


def coverage_line(metrics: Report) -> Content:
    """Say what the figures can know of, and what they cannot."""
    return line(
        ("Covers  ", MUTED), f"{metrics.coverage.sentence} {metrics.coverage.apart}".strip()
    )

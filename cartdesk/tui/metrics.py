"""Metrics: the figures on the left; days, funnel, tables and comparisons on the right."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.views import Behind, Figure, Measure, Report, Tally
from cartdesk.domain.metrics.wording import MEASURES
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.dialogs import Choose, Explain
from cartdesk.tui.metrics_headline import (
    coverage_line,
    covered,
    explained,
    figure_rows,
    period_line,
    style,
)
from cartdesk.tui.metrics_opening import BehindScreen, choose_measure, export
from cartdesk.tui.metrics_panes import PaneList, PaneScroll
from cartdesk.tui.metrics_plot import DaysPlot, day_columns, day_rows, stage_rows
from cartdesk.tui.metrics_tables import ComparedFacts, Order, TableView, apart_rows
from cartdesk.tui.metrics_target import targets
from cartdesk.tui.metrics_views import APART, COMPARED, DAYS, FUNNEL, View, order_text, views
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import MUTED, line, stack

PERIODS = (7, 30, 90, 365)
_BEHIND = {
    "abandonment-rate": (Measure.ABANDONED, Measure.DIRECT),
    "per-letter": (Measure.RECOVERED, Measure.SENT),
}


class MetricsScreen(DeskScreen):
    """The figures of one period, in one currency."""

    MODE = "metrics"
    ABOUT = (
        "Each figure stands beside the same figure of the period before. enter opens the carts "
        "behind it, i says how it is counted."
    )
    KEY_ORDER = (
        "select",
        "explain",
        "period",
        "order",
        "pane",
        "screen.view(1)",
        "choose",
        "export",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "explain", "How counted", tooltip="The formula and what it counted"),
        Binding("t", "period", "Period", tooltip="7, 30, 90 or 365 days"),
        Binding("tab,shift+tab", "pane", "Other pane", tooltip="Figures, or days and tables"),
        Binding("b", "choose", "Tables", tooltip="Choose a table from a list"),
        Binding("o", "order", "Order", tooltip="Sort the table by its next column"),
        Binding("c", "currency", "Currency", tooltip="The shop's next currency"),
        Binding("E", "export", "Export", tooltip="Write all figures as CSV and JSON"),
        Binding("escape", "back", "Figures", show=False, tooltip="Back to the figures"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._days = 30
        self._currency = ""
        self._currencies: tuple[str, ...] = ()
        self.report: Report | None = None
        self._compared: tuple[Comparison, ...] = ()
        self._view = DAYS
        self._orders: dict[str, Order] = {}
        self._table: TableView | None = None

    def body(self) -> ComposeResult:
        """Lay out the period, the two panes and the coverage."""
        yield Static(_counting(), id="counts")
        yield Static(id="coverage")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield PaneList(id="figures")
            with Vertical(id="right"):
                yield Static(id="view")
                yield DaysPlot(id="plot")
                yield Static(id="columns")
                yield PaneList(id="table")
                with PaneScroll(id="compared"):
                    yield ComparedFacts()
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Keys go to the figures."""
        super().on_mount()
        self._figures.focus()

    @property
    def _figures(self) -> RowList:
        return self.query_one("#figures", RowList)

    @property
    def _rows(self) -> RowList:
        return self.query_one("#table", RowList)

    @property
    def _is_right(self) -> bool:
        """Whether the keys go to the right pane."""
        return self.focused is not None and self.focused is not self._figures

    @property
    def _is_empty(self) -> bool:
        """Whether nothing at all was counted, now or before."""
        found = self.report
        if found is None:
            return True
        return found.tally == found.before == Tally() and not found.coverage.kept_apart

    async def load(self) -> None:
        """Read the figures, and what the groups brought when that is looked at."""
        desk = self.desk
        self._currencies = await desk.figures.currencies()
        report = await desk.figures.report(desk.figures.last(self._days), self._currency)
        if self._view == COMPARED:
            self._compared = await desk.figures.comparisons(report.currency)
        self.report = report
        self._show(report)

    def _show(self, report: Report) -> None:
        empty = self._is_empty
        self.query_one("#counts", Static).update(period_line(report))
        self.query_one("#coverage", Static).update(coverage_line(report))
        self.query_one("#panes").display = not empty
        self.query_one("#empty").display = empty
        self.query_one("#empty", Static).update(_empty(report, bool(self._currencies)))
        self._figures.show_rows(figure_rows(report, self.look))
        if self.focused is None and not empty:
            self._figures.focus()
        self.call_after_refresh(self._show_view)  # one pane at a time: each is quickly painted

    def _show_view(self) -> None:
        """Show the right pane."""
        report = self.report
        if report is None:
            return
        every = views(report)
        if self._view not in {one.name for one in every}:
            self._view = DAYS
        view = next(one for one in every if one.name == self._view)
        self._table = None
        if view.breakdown is not None:
            self._table = TableView(view.breakdown, report, self.look)
        self.query_one("#plot", DaysPlot).display = view.name == DAYS
        self.query_one("#plot", DaysPlot).show(report.series, style(self.look))
        self.query_one("#compared").display = view.name == COMPARED
        self.query_one(ComparedFacts).show(self._compared, style(self.look))
        self._rows.display = view.name != COMPARED
        self._rows.show_rows(self._rows_of(view, report))
        self._show_heads()
        self.refresh_bindings()

    def _rows_of(self, view: View, report: Report) -> list[Row]:
        if self._table is not None:
            return self._table.rows(self._order)
        if view.name == DAYS:
            return day_rows(report, style(self.look))
        return {FUNNEL: stage_rows, APART: apart_rows}.get(view.name, _no_rows)(
            report, style(self.look)
        )

    @property
    def _order(self) -> Order:
        return self._orders.get(self._view)

    @on(RowList.Sized)
    def _show_heads(self) -> None:
        """Write what stands above the rows; it follows their width."""
        report = self.report
        if report is None:
            return
        every = views(report)
        place = next(at for at, one in enumerate(every) if one.name == self._view)
        table, order = self._table, ""
        if table is not None:
            hidden = table.hidden(self._order, self._rows.room)
            order = order_text(self._order, table.breakdown.title, hidden)
        self.query_one("#view", Static).update(
            line(
                (every[place].title.upper(), "bold"),
                (f"  {place + 1} of {len(every)}{order}", MUTED),
            )
        )
        heads = self.query_one("#columns", Static)
        heads.display = self._table is not None or self._view == DAYS
        if self._table is not None:
            heads.update(self._table.heads(self._order, self._rows.room))
        else:
            heads.update(day_columns(self._rows.room))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the currency key when there is one currency, and those of what is not shown."""
        if action == "currency":
            return len(self._currencies) > 1
        if self._is_empty and action in {"explain", "pane", "choose", "view", "export"}:
            return False
        if action == "order":
            return self._table is not None
        if action == "back":
            return self._is_right
        return super().check_action(action, parameters)

    def action_period(self) -> None:
        """Go on to the next period."""
        self._days = PERIODS[(PERIODS.index(self._days) + 1) % len(PERIODS)]
        self.reload()

    def action_currency(self) -> None:
        """Go on to the next currency; sums never mix two."""
        shown = self.report.currency if self.report else ""
        place = self._currencies.index(shown) if shown in self._currencies else -1
        self._currency = self._currencies[(place + 1) % len(self._currencies)]
        self.reload()

    def action_pane(self) -> None:
        """Go to the other pane."""
        self._go(right=not self._is_right)

    def action_back(self) -> None:
        """Go to the figures."""
        self._go(right=False)

    def _go(self, *, right: bool) -> None:
        self.set_class(right, "-right")  # on a narrow screen one pane is shown
        pane = self.query_one("#compared") if self._view == COMPARED else self._rows
        (pane if right else self._figures).focus()
        self.refresh_bindings()

    def action_view(self, step: int) -> None:
        """Show the next or the previous of what the right pane can show."""
        if self.report is None:
            return
        names = [one.name for one in views(self.report)]
        here = names.index(self._view)
        first_look = not self.two_panes and not self._is_right
        self._turn_to(names[here if first_look else (here + step) % len(names)])

    def _turn_to(self, name: str) -> None:
        if name != self._view:
            self._rows.highlighted = None
            self._rows.scroll_home(animate=False)
        self._view = name
        if name == COMPARED:
            self.reload()
        self._show_view()
        if self._rows.highlighted is None and self._rows.option_count:
            self._rows.highlighted = 0
        if self._is_right or not self.two_panes:
            self._go(right=True)

    @work
    async def action_choose(self) -> None:
        """Choose what the right pane shows."""
        if self.report is None:
            return
        choices = [(one.name, line(one.title)) for one in views(self.report)]
        chosen = await self.app.push_screen_wait(Choose("Show which table?", choices))
        if chosen:
            self._turn_to(chosen)

    def action_order(self) -> None:
        """Sort the table by its next column."""
        if self._table is not None:
            orders = self._table.orders()
            place = orders.index(self._order)
            self._orders[self._view] = orders[(place + 1) % len(orders)]
            self._show_view()

    def action_explain(self) -> None:
        """Say how the figure under the cursor, or the table, is counted."""
        report = self.report
        if report is None:
            return
        if not self._is_right and (figure := self._figure):
            self.app.push_screen(Explain(figure.name, explained(figure, report, self.look)))
        else:
            view = next(one for one in views(report) if one.name == self._view)
            facts = view.explained(self._compared)
            self.app.push_screen(Explain(view.title, [*facts, ("Covers", covered(report))]))

    @property
    def _figure(self) -> Figure | None:
        report, key = self.report, self._figures.key
        every = (*report.headline, *report.figures) if report else ()
        return next((one for one in every if one.key == key), None)

    @on(OptionList.OptionSelected, "#figures")
    def _open_figure(self) -> None:
        """Open the carts behind a figure."""
        figure = self._figure
        if figure is None or self.report is None:
            return
        tally, measures = self.report.tally, _BEHIND.get(figure.key)
        if figure.key == "mobile-rate":
            self._turn_to("device")
            self._go(right=True)
        elif measures is not None:
            self._open_one(figure.name, measures)
        elif figure.rows is None:
            self.house.tell(
                "Visits are numbers without carts. The orders are behind “Orders placed”."
            )
        elif not tally.sum(figure.rows).count:
            self.house.tell("This figure counts nothing, so there is nothing to open.")
        else:
            asked = Behind(self.report.span, self.report.currency, figure.rows)
            self.app.push_screen(BehindScreen(asked, figure.name))

    @work
    async def _open_one(self, name: str, measures: tuple[Measure, ...]) -> None:
        """Open one of the two things a rate is made of."""
        report = self.report
        if report is None:
            return
        measure = await choose_measure(self.house, report.tally, name, measures)
        if measure:
            asked = Behind(report.span, report.currency, measure)
            title = f"{name}, {MEASURES[measure]}"
            await self.app.push_screen(BehindScreen(asked, title))

    @on(OptionList.OptionSelected, "#table")
    @work
    async def _open_row(self) -> None:
        """Open the carts behind a line of the right pane."""
        report, key = self.report, self._rows.key
        if report is None or key is None:
            return
        every = targets(report, self._view, self._table, key)
        if not every:
            self.house.tell("Nothing of its own is behind this line; o (order) sorts the table.")
            return
        found = every[0]
        if len(every) > 1:
            choices = [(str(at), line(one.title)) for at, one in enumerate(every)]
            chosen = await self.app.push_screen_wait(Choose("Stopped here: open which?", choices))
            if chosen is None:
                return
            found = every[int(chosen)]
        if found.tally is None:
            await self.app.push_screen(BehindScreen(found.asked, found.title))
        elif measure := await choose_measure(self.house, found.tally, found.title):
            title = f"{found.title}, {MEASURES[measure]}"
            asked = replace(found.asked, measure=measure)
            await self.app.push_screen(BehindScreen(asked, title))

    def action_export(self) -> None:
        """Write all figures to files."""
        if self.report is not None:
            doing = export(self.house, self.house.exports, self.report)
            self.run_worker(self.house.attempt(doing), group="export")


def _counting() -> Content:
    return line(("COUNTING", "bold"), ("  the first time this may take a minute or two", MUTED))


def _no_rows(_: Report, __: Style) -> list[Row]:
    return []


def _empty(report: Report, known: bool) -> Content:
    if not known:
        return stack(
            line(("Nothing is counted yet", "bold")),
            line(""),
            line("The figures begin with the first checkout the shop lets cartdesk see."),
            line(""),
            line(("r", "bold $primary"), " asks the shop now"),
        )
    return stack(
        line((f"Nothing happened in these {report.span.days} days, nor before", "bold")),
        line(""),
        line(f"No checkout in {report.currency} was abandoned or placed."),
        line(""),
        line(("t", "bold $primary"), " takes a longer period"),
    )

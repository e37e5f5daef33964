"""What the right pane of Metrics can show: days, the funnel, every table, the comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.tables import Column
from cartdesk.domain.metrics.views import Breakdown, Report
from cartdesk.tui.metrics_tables import Order
from cartdesk.tui.text import line

DAYS, FUNNEL, COMPARED, APART = "*days", "*funnel", "*compared", "*apart"
_ABOUT = {
    DAYS: "A cart stands on the day of its last change before it was abandoned, a recovered one "
    "and an order on the day the order was placed. The highest bar of each row fills it.",
    FUNNEL: "Checkouts that ended in this period, abandoned or placed at once, by how far they "
    "came. Each stage counts everybody who came so far or further.",
    APART: "Robots, card tests, throw-away and malformed addresses, empty totals and your own "
    "orders, of any currency. They are in no other figure; enter shows them.",
}


@dataclass(frozen=True, slots=True)
class View:
    """One of them. ``breakdown`` is that of a table, else None."""

    name: str
    title: str
    breakdown: Breakdown | None = None

    def explained(self, found: Sequence[Comparison]) -> list[tuple[str, Content]]:
        """Say how it is counted; of comparisons, which methods they use and from where."""
        if self.breakdown is not None:
            return [("Counted", line(self.breakdown.explained))]
        if self.name != COMPARED:
            return [("Counted", line(_ABOUT[self.name]))]
        facts: list[tuple[str, Content]] = []
        for title, how in [(one.title, one.how) for one in found] or _methods():
            facts.append(("", line((title, "bold"))))
            for paragraph in how.split("\n\n"):
                facts += [("", line(paragraph.replace("\n", " "))), ("", line(""))]
        return facts


def _methods() -> list[tuple[str, str]]:
    """Give the methods before anything is compared, so that one can decide whether to begin."""
    from cartdesk.domain.metrics.lift import HOW_HOLDOUT
    from cartdesk.domain.metrics.versions import HOW_VERSIONS

    return [
        ("Nothing is compared yet. A group without letters would be so:", HOW_HOLDOUT),
        ("Versions of a letter would be compared so:", HOW_VERSIONS),
    ]


def views(report: Report) -> tuple[View, ...]:
    """Give all of them in the order of the keys."""
    tables = (View(one.name, f"By {one.title.lower()}", one) for one in report.breakdowns)
    apart = [View(APART, "Kept apart")] if report.coverage.kept_apart else []
    return (
        View(DAYS, "By day"),
        View(FUNNEL, "How far checkouts came"),
        View(COMPARED, "Did the letters do it?"),
        *tables,
        *apart,
    )


def order_text(order: Order, title: str, hidden: int) -> str:
    """Say what a table is sorted by, and how many columns there is no room for."""
    said = ""
    if order is not None:
        said = f" · sorted by {order.head if isinstance(order, Column) else title.lower()}"
    if hidden:
        said += f" · {hidden} more column{'s' * (hidden > 1)} with o or a wider window"
    return said

"""The upper part of Feedback: reasons as bars, and beside them what would mend one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.silent_counts import SilentSummary
from cartdesk.domain.feedback.views import FeedbackSummary, ReasonBar
from cartdesk.tui import feedback_bars as bars
from cartdesk.tui.facts import Facts
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import MUTED, Fact, Look, line


class ReasonsPane(Vertical):
    """What people said as bars; or, never mixed with it, what the facts hint at."""

    class Chosen(Message):
        """A reason was opened."""

        def __init__(self, reason: Reason) -> None:
            super().__init__()
            self.reason = reason

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._summary: FeedbackSummary | None = None
        self._hints: SilentSummary | None = None
        self._look: Look | None = None
        self._chosen: Reason | None = None
        self._bars: dict[str, ReasonBar] = {}
        self.by_money = self.shows_hints = False

    def compose(self) -> ComposeResult:
        """Lay out a heading, the bars and the remedy."""
        yield Static(id="said-head", classes="head")
        with Horizontal(id="said-panes"):
            yield RowList(id="reasons")
            with VerticalScroll(id="remedy", can_focus=False):
                yield Facts(id="remedy-facts")

    @property
    def listing(self) -> RowList:
        """The list of bars."""
        return self.query_one("#reasons", RowList)

    def show(
        self,
        summary: FeedbackSummary,
        hints: SilentSummary | None,
        chosen: Reason | None,
        look: Look,
    ) -> None:
        """Show other figures; the cursor stays on its reason. ``hints`` None: not asked for."""
        self._summary, self._hints = summary, hints
        self._chosen, self._look = chosen, look
        self._paint()

    def turn(self, *, by_money: bool, shows_hints: bool) -> None:
        """Show money or count, what people said or what the facts hint at."""
        self.by_money, self.shows_hints = by_money, shows_hints
        self._paint()

    def _paint(self) -> None:
        summary, hints, look = self._summary, self._hints, self._look
        if summary is None or look is None or (self.shows_hints and hints is None):
            return
        days = (summary.until - summary.since).days
        head = self.query_one("#said-head", Static)
        if self.shows_hints and hints is not None:
            head.update(bars.hints_head(hints.carts, days))
            self.listing.show_rows(_hint_rows(hints, look))
        else:
            head.update(bars.reasons_head(summary, days, by_money=self.by_money))
            found = bars.sorted_bars(summary, by_money=self.by_money)
            self._bars = {bar.reason.value: bar for bar in found}
            self.listing.show_rows(self._rows(found, look))
        self._show_remedy()

    def _rows(self, found: Sequence[ReasonBar], look: Look) -> list[Row]:
        longest = bars.most(found, by_money=self.by_money)
        return [
            Row(
                bar.reason.value,
                partial(
                    bars.reason_row,
                    bar,
                    longest,
                    look,
                    by_money=self.by_money,
                    chosen=self._chosen is bar.reason,
                ),
                1,
            )
            for bar in found
        ]

    @on(OptionList.OptionHighlighted)
    def _show_remedy(self) -> None:
        summary, hints, look = self._summary, self._hints, self._look
        if summary is not None and look is not None:
            facts = self._facts(summary, hints, look)
            self.query_one("#remedy-facts", Facts).show_facts(facts)

    def _facts(
        self, summary: FeedbackSummary, hints: SilentSummary | None, look: Look
    ) -> list[Fact]:
        key = self.listing.key
        if self.shows_hints and hints is not None:
            found = next((one for one in hints.counts if f"hint-{one.code}" == key), None)
            return bars.hint_facts(found) if found else [_nothing(_NO_HINTS)]
        bar = self._bars.get(key or "")
        praise = bars.reason_facts(bar, summary, look)
        return praise if bar else [_nothing(_NO_REASONS), *praise]

    @on(OptionList.OptionSelected)
    def _opened(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        bar = self._bars.get(self.listing.key or "")
        if bar is not None and not self.shows_hints:
            self.post_message(self.Chosen(bar.reason))


_NO_HINTS = "The facts of the carts hint at nothing in this period."
_NO_REASONS = "Nobody named a reason in this period; t shows a longer one."


def _nothing(sentence: str) -> tuple[str, Content]:
    return "", line((sentence, MUTED))


def _hint_rows(hints: SilentSummary, look: Look) -> list[Row]:
    longest = max((one.carts for one in hints.counts), default=0)
    return [
        Row(f"hint-{one.code}", partial(bars.hint_row, one, longest, look), 1)
        for one in hints.counts
    ]

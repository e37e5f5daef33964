"""Feedback: why people leave, what they say, and what to mend first."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.feedback.filters import ReadFilter, read_feedback_filter
from cartdesk.domain.feedback.views import (
    FeedbackChoices,
    FeedbackFilter,
    FeedbackPage,
    Piece,
    Tab,
)
from cartdesk.domain.model import Reminder
from cartdesk.tui import feedback_look as looks
from cartdesk.tui.dialogs import Choose
from cartdesk.tui.facts import Facts
from cartdesk.tui.feedback_keys import PieceKeys
from cartdesk.tui.feedback_reasons import ReasonsPane
from cartdesk.tui.filtering import FilterLine
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import CARE, MUTED, line

_PERIODS = (7, 30, 90, 365)
_ALL_TIME = (Tab.NEW, Tab.WAITING)  # what is left to do shows however old it is
_AT_ONCE = 200  # pieces; the cursor on the last one brings as many more
_TABS = (Tab.NEW, Tab.WAITING, Tab.ANSWERED, Tab.ALL)
_EMPTY = {
    Tab.NEW: "Nothing new. What people say next appears here.",
    Tab.WAITING: "Nobody waits for an answer. Replies to letters appear here.",
    Tab.ANSWERED: "Nothing of these {days} days was answered or put aside.",
    Tab.ALL: "Nothing of these {days} days is here; t shows a longer time.",
}


class FeedbackScreen(PieceKeys):
    """Reasons as bars with what mends them, and below every piece with its state."""

    MODE = "feedback"
    ABOUT = (
        "Reasons above, with what would mend the one under the cursor; pieces below. tab goes "
        "from one to the other, enter on a reason shows only its pieces."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip="Words, source: reason: product: language:"),
        Binding("f", "choose", "Choose", tooltip="Choose a source, reason, product or language"),
        Binding(
            "right",
            "turn(1)",
            "New, waiting, answered",
            key_display="←→",
            priority=True,
            tooltip="Show the next list; the left arrow the one before",
        ),
        Binding("left", "turn(-1)", "List before", show=False, priority=True),
        Binding("tab,shift+tab", "pane", "Reasons, pieces", show=False, tooltip="The other list"),
        Binding("v", "facts", "Hints", tooltip="What the facts of carts hint at; nobody said it"),
        Binding("dollar_sign", "by_money", "By money", key_display="$", tooltip="Money or count"),
        Binding("t", "period", "Period", tooltip="7, 30, 90 or 365 days"),
        Binding("escape", "clear", "Clear", show=False, tooltip="Clear the filters"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._pieces: dict[str, Piece] = {}
        self._answers: dict[int, Reminder] = {}
        self._chosen = FeedbackFilter()
        self._tab: Tab | None = None
        self._days = 30
        self._limit, self._matching = _AT_ONCE, 0
        self._said = False  # whether anything matches, however old

    def body(self) -> ComposeResult:
        """Lay out reasons and remedy above, the lists and the piece below."""
        yield ReasonsPane(id="said")
        yield Static(id="counts")
        yield FilterLine("words  source:reply  reason:shipping  product:mug  language:fi  days:30")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Static(id="none", classes="head")
                yield RowList(id="list")
            with VerticalScroll(id="piece"):
                yield Facts(id="piece-facts")
                yield Static(classes="rule")
                yield Static(id="piece-text")
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Keys go to the list of pieces."""
        super().on_mount()
        self.query_one("#list", RowList).focus()

    # reading

    async def load(self) -> None:
        """Read the bars and the list; the cursors stay on their rows."""
        feedback, read = self.desk.feedback, await self._read()
        wanted = read.wanted
        if self._tab is None:
            counts = await feedback.page(wanted, limit=1)
            self._tab = Tab.WAITING if counts.waiting else Tab.NEW if counts.new else Tab.ALL
        page = await self._page(wanted, self._tab)
        about = replace(wanted, reason=None)  # the bars show every reason, whichever is chosen
        summary = await feedback.summary(about, days=self.days_of(wanted))
        hints = None  # every cart of the period is looked at for them, so only when they are shown
        if self._pane.shows_hints:
            hints = await feedback.silent(days=self.days_of(wanted))
        self._pane.show(summary, hints, self._chosen.reason, self.look)
        self._answers = await self.desk.answers.of([piece.id for piece in page.rows])
        self._matching = page.matching
        self._pieces = {str(piece.id): piece for piece in page.rows}
        self._paint(page, read)

    async def _page(self, wanted: FeedbackFilter, tab: Tab) -> FeedbackPage:
        """Read a list: what is new or waits whenever it was said, the rest of the period."""
        always, limits = tab in _ALL_TIME, (self._limit, 1)
        ever = await self.desk.feedback.page(replace(wanted, tab=tab), limit=limits[not always])
        inside = replace(wanted, tab=tab, days=self.days_of(wanted))
        period = await self.desk.feedback.page(inside, limit=limits[always])
        self._said = bool(ever.every)
        shown = ever if always else period
        return replace(
            shown,
            new=ever.new,
            waiting=ever.waiting,
            answered=period.answered,
            every=period.every,
            put_aside=period.put_aside,
            oldest_waiting=ever.oldest_waiting,
        )

    def days_of(self, wanted: FeedbackFilter) -> int:
        """Give the days that bars and lists show: as typed, else as chosen by key."""
        return wanted.days or self._days

    async def _read(self) -> ReadFilter:
        words = self.query_one(FilterLine).words
        products: tuple[tuple[int, str], ...] = ()
        if "product:" in words:
            choices = await self.desk.feedback.choices()
            products = tuple((number, name) for number, name, _ in choices.products)
        return read_feedback_filter(words, self._chosen, products)

    def _paint(self, page: FeedbackPage, read: ReadFilter) -> None:
        tab = self._tab or Tab.ALL
        filtered = read.wanted != FeedbackFilter()
        nothing = not self._said and not filtered
        for part in ("#said", "#panes", "#counts"):
            self.query_one(part).display = not nothing
        self.query_one("#empty").display = nothing
        self.query_one("#empty", Static).update(looks.nothing_yet())
        self.query_one("#counts", Static).update(_counts(page, tab, read, self))
        listing = self.query_one("#list", RowList)
        listing.show_rows([Row(key, partial(self._piece_row, key), 2) for key in self._pieces])
        none = self.query_one("#none", Static)
        none.display = not self._pieces
        none.update(looks.empty(self._why_none(tab, read), filtered=filtered))
        self._show_piece()
        if self.focused is None and not nothing:
            listing.focus()
        self.refresh_bindings()

    def _why_none(self, tab: Tab, read: ReadFilter) -> str:
        if tab in _ALL_TIME:
            return "Nothing matches." if read.wanted != FeedbackFilter() else _EMPTY[tab]
        return _EMPTY[tab].format(days=self.days_of(read.wanted))

    def _piece_row(self, key: str, width: int) -> Content:
        piece = self._pieces[key]
        return looks.piece_row(piece, self._answers.get(piece.id), self.look, width)

    @on(OptionList.OptionHighlighted, "#list")
    def _show_piece(self) -> None:
        """Show the piece under the cursor."""
        piece = self.piece
        answer = self._answers.get(piece.id) if piece else None
        facts = looks.piece_facts(piece, answer, self.look) if piece else ()
        self.query_one("#piece-facts", Facts).show_facts(facts)
        self.query_one("#piece-text", Static).update(looks.piece_text(piece))
        self.query_one("#piece .rule").display = piece is not None
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted, "#list")
    def _bring_more(self) -> None:
        """Read on when the cursor reaches the end of what was read."""
        shown = len(self._pieces)
        if shown < self._matching and self.query_one("#list", RowList).highlighted == shown - 1:
            self._limit = shown + _AT_ONCE
            self.reload()

    @property
    def _pane(self) -> ReasonsPane:
        return self.query_one(ReasonsPane)

    @property
    def piece(self) -> Piece | None:
        """The piece under the cursor."""
        return self._pieces.get(self.query_one("#list", RowList).key or "")

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the arrows to whatever is open above."""
        if action in {"turn", "pane"} and not self.is_current:
            return False
        return super().check_action(action, parameters)

    @on(OptionList.OptionSelected, "#list")
    async def _opened(self) -> None:
        from cartdesk.tui.feedback_piece import PieceScreen

        if piece := self.piece:
            await self.open(PieceScreen(piece))

    @on(ReasonsPane.Chosen)
    def _reason_chosen(self, event: ReasonsPane.Chosen) -> None:
        """Show only the pieces that name a reason, or all again."""
        reason = None if self._chosen.reason is event.reason else event.reason
        self._chosen = replace(self._chosen, reason=reason)
        if reason is not None:
            self._tab = Tab.ALL
        self.reload()

    def action_turn(self, step: int) -> None:
        """Show another list."""
        now = _TABS.index(self._tab or Tab.ALL)
        self.show_tab(_TABS[(now + step) % len(_TABS)])

    def show_waiting(self) -> None:
        """Show who waits for an answer, whatever was filtered before."""
        self._chosen = FeedbackFilter()
        self.query_one(FilterLine).close()
        self.show_tab(Tab.WAITING)

    def show_tab(self, tab: Tab) -> None:
        """Show a list by name."""
        self._tab, self._limit = tab, _AT_ONCE
        self.reload()

    def action_pane(self) -> None:
        """Go from the reasons to the pieces, or back."""
        reasons = self._pane.listing
        (self.query_one("#list", RowList) if reasons.has_focus else reasons).focus()

    def action_facts(self) -> None:
        """Show what the facts hint at, or again what people said."""
        pane = self._pane
        pane.turn(by_money=pane.by_money, shows_hints=not pane.shows_hints)
        self.reload()

    def action_by_money(self) -> None:
        """Draw the bars by money, or by count."""
        self._pane.turn(by_money=not self._pane.by_money, shows_hints=False)

    def action_period(self) -> None:
        """Go on to the next period."""
        self._days = _PERIODS[(_PERIODS.index(self._days) + 1) % len(_PERIODS)]
        self.reload()

    async def action_filter(self) -> None:
        """Type words to filter by."""
        await self.query_one(FilterLine).open()

    @work
    async def action_choose(self) -> None:
        """Choose one source, reason, product or language from those there are."""
        found = await self.house.attempt(
            self.desk.feedback.choices(replace(self._chosen, days=self._days))
        )
        if found is None:
            return
        offered = _offers(found, self._chosen)
        shown = [
            (str(place), line(name, (f"  {count}", MUTED)))
            for place, (name, _, count) in enumerate(offered)
        ]
        if not shown:
            self.house.tell("There is nothing to choose from yet.", trouble=True)
            return
        answer = await self.app.push_screen_wait(Choose("Show only", shown))
        if answer is not None:
            self._chosen = replace(offered[int(answer)][1], days=0)
            self._tab = Tab.ALL
            self.reload()

    def action_clear(self) -> None:
        """Clear the filters."""
        self._chosen = FeedbackFilter()
        self.query_one(FilterLine).close()
        self.reload()

    @property
    def chosen(self) -> FeedbackFilter:
        """What was chosen by key."""
        return self._chosen

    @on(FilterLine.Words)
    def _filtered(self) -> None:
        self.reload()

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        self.query_one("#list", RowList).focus()


def _counts(page: FeedbackPage, tab: Tab, read: ReadFilter, screen: FeedbackScreen) -> Content:
    chosen = screen.chosen
    names = [
        chosen.source or "",
        chosen.reason.title if chosen.reason else "",
        "one product" if chosen.product else "",
        chosen.language,
    ]
    only = ", ".join(filter(None, names))
    return line(
        looks.tabs_line(page, tab, screen.days_of(read.wanted), screen.look),
        (f"  only {only} · esc shows all" if only else "", MUTED),
        (f"  {read.note}" if read.note else "", CARE),
    )


def _offers(
    found: FeedbackChoices, chosen: FeedbackFilter
) -> list[tuple[str, FeedbackFilter, int]]:
    """Name what the list can be narrowed to, each with the filter it is and its count."""
    return [
        *((f"source    {s}", replace(chosen, source=s), n) for s, n in found.sources),
        *((f"reason    {r.title}", replace(chosen, reason=r), n) for r, n in found.reasons),
        *((f"product   {name}", replace(chosen, product=p), n) for p, name, n in found.products),
        *((f"language  {code}", replace(chosen, language=code), n) for code, n in found.languages),
    ]

"""The Queue: the letters that are due, and the one under the cursor to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import ReminderState
from cartdesk.domain.views import Queue, QueueItem
from cartdesk.tui.filtering import FilterLine
from cartdesk.tui.letter_keys import LetterKeys
from cartdesk.tui.queue_rows import Widths
from cartdesk.tui.review import ReviewPane, ReviewScreen
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import BAD, MUTED, line, stack

_ORDERS = ("due first", "largest basket first", "by name")


class QueueScreen(LetterKeys):
    """What the merchant came for: read a letter, press a key."""

    MODE = "queue"
    ABOUT = "Letters that are due. Read the one under the cursor; a sends it after a short hold."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", "approve_all", "Approve all", tooltip="Approve every letter shown (asks)"),
        Binding("x", "mark", "Mark", tooltip="Mark letters, then approve, send or skip them"),
        Binding("slash", "filter", "Filter", tooltip="Show only letters with these words"),
        Binding("o", "order", "Order", tooltip="Order by due time, basket or name"),
        Binding("c", "resume", "Send on", tooltip="Let letters go out again after a pause"),
        Binding("f", "replies", "Replies", tooltip="Go to who waits for an answer (Feedback)"),
        Binding("escape", "clear", "Clear", show=False, tooltip="Clear marks and the filter"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._queue = Queue((), 0, 0, 0, 0)
        self._items: dict[str, QueueItem] = {}
        self._marked: set[str] = set()
        self._order = 0
        self._widths = Widths(1, 5)

    def body(self) -> ComposeResult:
        """Lay out the list and the letter."""
        yield Static(id="paused")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Static(id="counts")
                yield FilterLine("words: a name, a number, an address")
                yield Static(id="columns")
                yield RowList(id="list")
            yield ReviewPane(id="review")
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Count held letters down."""
        super().on_mount()
        self.query_one(RowList).focus()
        self.set_interval(1, self._count_down)

    # reading

    async def load(self) -> None:
        """Read the queue and show it; the cursor stays on its letter."""
        self._queue = await self.desk.queue(self.query_one(FilterLine).words)
        ordered = sorted(self._queue.items, key=self._place)
        self._items = {str(item.reminder.id): item for item in ordered}
        self._marked &= self._items.keys()
        self._show_list()
        self.load_preview()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to go on only while sending is paused."""
        if action == "resume" and (not self._queue.paused or self.desk.read_only):
            return False
        if action == "replies" and not self._queue.replies:
            return False
        return super().check_action(action, parameters)

    async def action_replies(self) -> None:
        """Go to the people who wrote back and wait for an answer."""
        from cartdesk.tui.feedback import FeedbackScreen

        await self.app.switch_mode("feedback")
        if isinstance(self.app.screen, FeedbackScreen):
            self.app.screen.show_waiting()

    def action_resume(self) -> None:
        """Let letters go out again."""
        self.house.perform(self.desk.resume())

    def _place(self, item: QueueItem) -> tuple[object, ...]:
        """Keep people whose payment just failed on top, whatever the order."""
        keys: tuple[object, ...] = ()
        if self._order == 1:
            keys = (-(item.row.total.minor if item.row.total else 0),)
        elif self._order == 2:
            keys = ((item.row.name or "\uffff").casefold(),)
        return (not item.help_now, *keys)

    def _show_list(self) -> None:
        items, words = self._items.values(), self.query_one(FilterLine).words
        empty = not items and not words
        self.query_one("#panes").display = not empty
        self.query_one("#paused").display = bool(self._queue.paused)
        self.query_one("#paused", Static).update(
            line(("‖ ", BAD), self._queue.paused, ("  c lets letters go out again", MUTED))
        )
        self.query_one("#empty").display = empty
        self.query_one("#empty", Static).update(_empty(self._queue))
        self.query_one("#counts", Static).update(
            _counts(self._queue, len(self._marked), _ORDERS[self._order] if self._order else "")
        )
        self._widths = widths = Widths.of(items, self.look)
        listing = self.query_one(RowList)
        listing.show_rows([Row(key, partial(self._paint, key, widths)) for key in self._items])
        if not empty and self.focused is None:
            listing.focus()  # it lost the focus while there was nothing to show
        self._show_columns()

    @on(RowList.Sized)
    def _show_columns(self) -> None:
        """Write the heading to the width of the rows below it."""
        self.query_one("#columns", Static).update(
            self._widths.columns(self.query_one(RowList).room)
            if self._items
            else line(" " + self._queue.why_empty)
        )

    def _paint(self, key: str, widths: Widths, width: int) -> Content:
        return widths.row(self._items[key], self.look, width, marked=key in self._marked)

    @work(exclusive=True, group="preview")
    async def load_preview(self) -> None:
        """Show the letter under the cursor in the right pane."""
        item = self.item
        if not self.two_panes and item is not None:
            return
        with self.while_here():
            preview = None
            if item is not None:
                preview = await self.house.attempt(self.desk.preview(item.reminder.id))
            self.query_one(ReviewPane).show(preview, self.look)

    def _count_down(self) -> None:
        held = [
            key for key, item in self._items.items() if item.reminder.state is ReminderState.HELD
        ]
        if held and self.is_current:
            self.query_one(RowList).repaint(held)
            if self.item and str(self.item.reminder.id) in held:
                self.query_one(ReviewPane).tick(self.look)

    # the letter under the cursor

    @property
    def item(self) -> QueueItem | None:
        """The letter under the cursor."""
        return self._items.get(self.query_one(RowList).key or "")

    @property
    def chosen(self) -> Sequence[QueueItem]:
        """The marked letters, or the one under the cursor."""
        marked = [item for key, item in self._items.items() if key in self._marked]
        return marked or super().chosen

    @on(OptionList.OptionHighlighted, "#list")
    def _moved(self) -> None:
        self.load_preview()

    @on(OptionList.OptionSelected, "#list")
    async def _opened(self) -> None:
        item = self.item
        if item is None:
            return
        if item.reminder.state is ReminderState.UNSURE:
            self.action_approve()
        elif self.two_panes:
            from cartdesk.tui.cart import CartScreen

            await self.open(CartScreen(item.row.id, self.MODE))
        else:
            await self.open(ReviewScreen(item))

    # keys of the list

    @work
    async def action_approve_all(self) -> None:
        """Approve every letter shown that can be approved, after a question.

        Answers to people are left out: one that was begun waits here as well.
        """
        items = [item for item in self._items.values() if _may_go(item)]
        letters = [item for item in items if item.reminder.sequence != ANSWER]
        if items:
            await self.approve_many(letters, answers=len(items) - len(letters))
        else:
            self.house.tell("No letter shown can be approved; i says why.", trouble=True)

    def action_mark(self) -> None:
        """Mark or unmark the letter and go on to the next."""
        listing = self.query_one(RowList)
        if listing.key:
            self._marked ^= {listing.key}
            self._show_list()
            listing.action_cursor_down()

    async def action_filter(self) -> None:
        """Type words to filter by."""
        await self.query_one(FilterLine).open()

    def action_order(self) -> None:
        """Go on to the next order."""
        self._order = (self._order + 1) % len(_ORDERS)
        self.reload()

    def action_clear(self) -> None:
        """Clear marks, then the filter."""
        if self._marked:
            self._marked.clear()
            self._show_list()
        else:
            self.query_one(FilterLine).close()

    @on(FilterLine.Words)
    def _filtered(self) -> None:
        self.reload()

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        self.query_one(RowList).focus()


def _may_go(item: QueueItem) -> bool:
    return item.reminder.state is ReminderState.READY and item.stop is None


def _counts(queue: Queue, marked: int, order: str) -> Content:
    blocked = sum(item.stop is not None for item in queue.items)
    parts = [f"MARKED {marked}"] if marked else []
    parts += [f"READY {queue.ready}"]
    parts += [f"BLOCKED {blocked}"] if blocked else []
    parts += [f"HELD {queue.held}"] if queue.held else []
    parts += [f"FAILED {queue.failed}"] if queue.failed else []
    parts += [f"UNSURE {queue.unsure}"] if queue.unsure else []
    parts += [f"WITHOUT LETTERS {queue.held_out}"] if queue.held_out else []
    replies = "1 REPLY" if queue.replies == 1 else f"{queue.replies} REPLIES"
    parts += [replies] if queue.replies else []
    return line((" · ".join(parts), "bold"), (f" · {order}" if order else "", MUTED))


def _empty(queue: Queue) -> Content:
    return stack(
        line(("Nothing to send right now", "bold")),
        line(""),
        line(queue.why_empty),
        line(""),
        line(("r", "bold $primary"), " asks the shop now"),
    )

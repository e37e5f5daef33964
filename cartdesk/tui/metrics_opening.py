"""What can be opened from the figures: the very carts behind one, and files of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.metrics.tables import can_be_opened
from cartdesk.domain.metrics.views import Behind, Measure, Report, RowsBehind, Tally
from cartdesk.domain.metrics.wording import MEASURES, money_text, span_text
from cartdesk.domain.views import CartRow
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.carts import cart_columns, cart_row
from cartdesk.tui.dialogs import Choose
from cartdesk.tui.metrics_headline import style
from cartdesk.tui.metrics_returns import return_columns, return_row
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import MUTED, fit, line, stack

if TYPE_CHECKING:
    from cartdesk.tui.house import House

WINDOW = 500
_NAMES = {
    Measure.STRICT: "recovered, strict",
    Measure.DIRECT: "orders placed at once",
    Measure.BY_THEMSELVES: "back without a letter",
    Measure.SENT: "letters sent",
    Measure.REFUSED: "letters refused",
    Measure.BOUNCED: "letters come back",
    Measure.REPLIED: "letters answered",
}


class BehindScreen(PushedScreen):
    """The carts or orders behind a figure.

    Args:
        asked: Which ones.
        title: What they are, in words.
    """

    ABOUT = "The very carts or orders this figure counts, the newest first. enter opens one."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right_square_bracket", "window(1)", "Next", tooltip="The next 500 rows"),
        Binding("left_square_bracket", "window(-1)", "Previous", tooltip="The 500 rows before"),
    ]
    MODE = "metrics"

    def __init__(self, asked: Behind, title: str) -> None:
        super().__init__()
        self._asked, self._title = asked, title
        self._offset = 0
        self._found = RowsBehind((), 0)

    def body(self) -> ComposeResult:
        """Lay out title, columns and list."""
        yield Static(id="counts")
        yield Static(id="columns")
        yield RowList(id="list")
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Keys go to the list."""
        super().on_mount()
        self.query_one(RowList).focus()

    async def load(self) -> None:
        """Read a window of the rows."""
        found = await self.desk.figures.rows(self._asked, limit=WINDOW, offset=self._offset)
        self._found = found
        listing, look = self.query_one(RowList), self.look
        paints: list[Callable[[int], Content]] = [
            partial(return_row, row, one, look)
            for row, one in zip(found.rows, found.returns, strict=False)
        ] or [partial(cart_row, row, look) for row in found.rows]
        keys = _keys(found.rows)
        listing.show_rows([Row(key, paint, 1) for key, paint in zip(keys, paints, strict=True)])
        self._show_columns()
        self.query_one("#counts", Static).update(self._counts())
        empty = self.query_one("#empty", Static)
        empty.display = not found.rows
        listing.display = self.query_one("#columns").display = bool(found.rows)
        empty.update(_nothing())
        self.refresh_bindings()

    def _counts(self) -> Content:
        shown, counted = len(self._found.rows), self._found.counted
        count = style(self.look).count
        first, last = count(self._offset + 1), count(self._offset + shown)
        place = f" · {first}-{last} shown" if shown < counted else ""
        worth = money_text(self._found.minor or None, self._asked.currency, style(self.look))
        whole = f" · {worth}" if self._found.minor else ""
        return line(
            (f"{self._title.upper()} · {count(counted)}{whole}{place}", "bold"),
            (f"  {span_text(self._asked.span)}", MUTED),
        )

    @on(RowList.Sized)
    def _show_columns(self) -> None:
        room = self.query_one(RowList).room
        heads = return_columns if self._found.returns else cart_columns
        self.query_one("#columns", Static).update(heads(room))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the window keys when everything is shown."""
        if action == "window":
            return self._found.counted > WINDOW
        return super().check_action(action, parameters)

    def action_window(self, step: int) -> None:
        """Show the next or the previous window."""
        offset = self._offset + step * WINDOW
        if 0 <= offset < self._found.counted:
            self._offset = offset
            self.reload()

    @on(OptionList.OptionSelected, "#list")
    async def _opened(self) -> None:
        """Open the cart under the cursor."""
        from cartdesk.tui.cart import CartScreen

        if key := self.query_one(RowList).key:
            await self.app.push_screen(CartScreen(int(key.partition("/")[0]), self.MODE))


def _keys(rows: Sequence[CartRow]) -> Iterator[str]:
    """Give each row a key of its own: behind letters the same cart may stand twice."""
    seen: dict[int, int] = {}
    for row in rows:
        seen[row.id] = seen.get(row.id, 0) + 1
        yield f"{row.id}/{seen[row.id]}"


def _nothing() -> Content:
    return stack(
        line(("Nothing is behind this figure any more", "bold")),
        line(""),
        line("What it counted has changed since it was shown."),
        line(""),
        line(("esc", "bold $primary"), " goes back"),
    )


async def choose_measure(
    app: House, tally: Tally, title: str, measures: Sequence[Measure] = tuple(Measure)
) -> Measure | None:
    """Ask which of the things a line counts is meant; None when none, or nothing to open."""
    found = [one for one in can_be_opened(tally) if one in measures]
    if not found:
        app.tell("This line counts nothing, so there is nothing to open.", trouble=True)
        return None
    if len(found) == 1:
        return found[0]
    write = style(app.look)
    choices = [
        (
            one.value,
            line(
                fit(_NAMES.get(one, MEASURES[one]), 22),
                fit(write.count(tally.sum(one).count), 9, right=True),
            ),
        )
        for one in found
    ]
    chosen = await app.push_screen_wait(Choose(f"{title} · open which?", choices))
    return Measure(chosen) if chosen else None


async def export(app: House, folder: Path | None, report: Report) -> None:
    """Write all figures as CSV and as JSON into the folder of exports."""
    import asyncio

    from cartdesk.work.figure_files import write_figures

    if folder is None:
        app.tell("There is no folder for exports here.", trouble=True)
        return
    compared = await app.desk.figures.comparisons(report.currency)
    table, _ = await asyncio.to_thread(write_figures, folder, report, compared)
    app.tell(f"Exported {table.name} and .json to {table.parent}.")

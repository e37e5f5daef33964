"""All carts, a window of them at a time; filtering and ordering are the ledger's work."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.model import CartState, ReminderState
from cartdesk.domain.views import CartPage, CartRow
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.filtering import FilterLine
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import (
    CARE,
    CART_SIGNS,
    LANES,
    LETTER_SIGNS,
    MUTED,
    Look,
    fit,
    line,
    stack,
)

WINDOW = 500
_ORDERS = {
    "-quiet": "newest first",
    "quiet": "oldest first",
    "-total": "largest first",
    "name": "by name",
    "state": "by state",
    "number": "by number",
}
_HINT = "words, state:abandoned, lane:failed, country:FI, min:50"


class CartsScreen(DeskScreen):
    """Every cart the ledger knows, with its state."""

    MODE = "carts"
    ABOUT = "Every unfinished checkout. / filters by words, state:, lane:, country: and min:."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip=f"Filter: {_HINT}"),
        Binding("o", "order", "Order", tooltip="Newest, oldest, largest, name, state, number"),
        Binding("right_square_bracket", "window(1)", "Next", tooltip="The next 500 carts"),
        Binding("left_square_bracket", "window(-1)", "Previous", tooltip="The 500 carts before"),
        Binding("b", "let_back", "Let back", tooltip="Count a cart kept apart as a shopper's"),
        Binding("escape", "clear", "Clear", show=False, tooltip="Clear the filter"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._page = CartPage((), 0, 0)
        self._order = 0
        self._offset = 0

    def body(self) -> ComposeResult:
        """Lay out filter, note and list."""
        yield Static(id="counts")
        yield FilterLine(_HINT)
        yield Static(id="columns")
        yield RowList(id="list")
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Keys go to the list."""
        super().on_mount()
        self.query_one(RowList).focus()

    async def load(self) -> None:
        """Read a window of carts."""
        words, order = self.query_one(FilterLine).words, list(_ORDERS)[self._order]
        page = await self.desk.carts(words, limit=WINDOW, offset=self._offset, order=order)
        self._page = page
        listing, look = self.query_one(RowList), self.look
        listing.show_rows([Row(str(row.id), partial(cart_row, row, look), 1) for row in page.rows])
        self.query_one("#columns", Static).update(cart_columns(listing.room))
        self.query_one("#counts", Static).update(
            window_line(page, self._offset, _ORDERS[order] if self._order else "")
        )
        empty = self.query_one("#empty", Static)
        empty.display = not page.rows
        listing.display = self.query_one("#columns").display = bool(page.rows)
        if page.rows and self.focused is None:
            listing.focus()  # it lost the focus while there was nothing to show
        empty.update(_empty(page, words))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the window keys when everything is shown, and "let back" when nothing is apart."""
        if self.typing:
            return False
        if action == "let_back":
            return not self.desk.read_only and self.row is not None and _apart(self.row)
        if action == "window":
            return self._page.matching > WINDOW
        return super().check_action(action, parameters)

    @property
    def row(self) -> CartRow | None:
        """The cart under the cursor."""
        key = self.query_one(RowList).key if self.is_mounted else None
        return next((row for row in self._page.rows if str(row.id) == key), None)

    @on(OptionList.OptionHighlighted, "#list")
    def _moved(self) -> None:
        self.refresh_bindings()

    def action_let_back(self) -> None:
        """Count a cart that is kept apart as a shopper's again."""
        if self.row:
            self.house.perform(self.desk.let_back(self.row.id))

    @on(RowList.Sized)
    def _show_columns(self) -> None:
        """The columns follow the width."""
        listing = self.query_one(RowList)
        self.query_one("#columns", Static).update(cart_columns(listing.room))

    @on(OptionList.OptionSelected, "#list")
    async def _opened(self) -> None:
        """Open the cart under the cursor."""
        from cartdesk.tui.cart import CartScreen

        if key := self.query_one(RowList).key:
            await self.open(CartScreen(int(key), self.MODE))

    async def action_filter(self) -> None:
        """Type a filter."""
        await self.query_one(FilterLine).open()

    def action_order(self) -> None:
        """Go on to the next order."""
        self._order = (self._order + 1) % len(_ORDERS)
        self._offset = 0
        self.reload()

    def action_window(self, step: int) -> None:
        """Show the next or the previous window."""
        offset = self._offset + step * WINDOW
        if 0 <= offset < self._page.matching:
            self._offset = offset
            self.reload()

    def action_clear(self) -> None:
        """Clear the filter."""
        self.query_one(FilterLine).close()

    @on(FilterLine.Words)
    def _filtered(self) -> None:
        self._offset = 0
        self.reload()

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        self.query_one(RowList).focus()


def _apart(row: CartRow) -> bool:
    return row.state is CartState.JUNK


_FIXED = (("state", 11), ("number", 8))
_RIGHT = (("total", 12), ("letters", 7), ("quiet", 11))


def _columns(width: int) -> list[tuple[str, int]]:
    """Choose the columns for a width: name always, address, lane and country when they fit."""
    found = [*_FIXED, ("name", 0)]
    if width >= 130:
        found.append(("e-mail", 30))
    if width >= 96:
        found += [("lane", 14), ("country", 7)]
    found += _RIGHT
    rest = width - 1 - sum(wide for _, wide in found) - 2 * (len(found) - 1)
    return [(name, wide or max(8, rest)) for name, wide in found]


def cart_columns(width: int) -> Content:
    """Write the names of the columns."""
    right = {"total", "letters", "quiet"}
    parts = [fit(name, wide, right=name in right) for name, wide in _columns(width)]
    return line((" " + "  ".join(parts), MUTED))


def cart_row(row: CartRow, look: Look, width: int) -> Content:
    """Write one cart."""
    sign = CART_SIGNS[row.state]
    if row.held_out and row.state is CartState.ABANDONED:
        sign = LETTER_SIGNS[ReminderState.HELD_OUT]
    values: dict[str, tuple[str, str, bool]] = {
        "state": (f"{sign.mark} {sign.word}", sign.style, False),
        "number": (row.number, "", False),
        "name": (row.name or "(no name)", "" if row.name else MUTED, False),
        "e-mail": (row.email or "(no address)", MUTED, False),
        "lane": (LANES[row.lane], MUTED, False),
        "country": (row.country or "-", MUTED, False),
        "total": (look.money(row.total), "", True),
        "letters": (f"✉ {row.letters_sent}" if row.letters_sent else "-", MUTED, True),
        "quiet": (look.ago(row.quiet_since), MUTED, True),
    }
    parts: list[Content] = []
    for name, wide in _columns(width):
        text, style, right = values[name]
        parts.append(line("  " if parts else " ", (fit(text, wide, right=right), style)))
    return line(*parts)


def window_line(page: CartPage, offset: int, order: str) -> Content:
    """Say how much of how much is shown, and what of the filter was not understood."""
    shown = len(page.rows)
    if not shown:
        text = "CARTS"
    elif shown < page.matching:
        place = f"{offset + 1:,}-{offset + shown:,}" if offset else f"{shown:,}"
        text = f"CARTS {place} of {page.matching:,} shown, narrow with /"
    elif page.matching < page.total:
        text = f"CARTS {page.matching:,} of {page.total:,}"
    else:
        text = f"CARTS {page.total:,}"
    note = f"  ! {page.note}" if page.note else ""
    return line((text, "bold"), (f" · {order}" if order else "", MUTED), (note, CARE))


def _empty(page: CartPage, words: str) -> Content:
    if words:
        return stack(
            line(("No cart matches this filter", "bold")),
            line(""),
            line(f"There are {page.total:,} carts in all."),
            line(""),
            line(("esc", "bold $primary"), " clears the filter"),
        )
    return stack(
        line(("No carts yet", "bold")),
        line(""),
        line("The shop's unfinished checkouts appear here once it was asked."),
        line(""),
        line(("r", "bold $primary"), " asks the shop now"),
    )

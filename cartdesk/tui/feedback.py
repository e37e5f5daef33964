"""Feedback: what customers wrote, newest first, and the piece under the cursor."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static

from cartdesk.domain.feedback.views import FeedbackFilter, FeedbackPage, Piece, Source
from cartdesk.tui.base import DeskScreen
from cartdesk.tui.facts import Facts
from cartdesk.tui.filtering import FilterLine
from cartdesk.tui.rows import Row, RowList
from cartdesk.tui.text import CARE, MUTED, Look, cells, fit, line, paragraphs, stack


class FeedbackScreen(DeskScreen):
    """Reviews and the notes customers wrote."""

    MODE = "feedback"
    ABOUT = "What customers wrote: product reviews and notes on orders."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", tooltip="Show only pieces with these words"),
        Binding("y", "copy", "Copy", tooltip="Copy the text"),
        Binding("escape", "clear", "Clear", show=False, tooltip="Clear the filter"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._pieces: dict[str, Piece] = {}

    def body(self) -> ComposeResult:
        """Lay out the list and the piece."""
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Static(id="counts")
                yield FilterLine("words")
                yield RowList(id="list")
            with VerticalScroll(id="piece"):
                yield Facts()
                yield Static(classes="rule")
                yield Static(id="piece-text")
        yield Static(id="empty")

    def on_mount(self) -> None:
        """Keys go to the list."""
        super().on_mount()
        self.query_one(RowList).focus()

    async def load(self) -> None:
        """Read the pieces."""
        words = self.query_one(FilterLine).words.casefold().split()
        page = await self.desk.feedback.page(FeedbackFilter(words=tuple(words)))
        self._pieces = {str(piece.id): piece for piece in page.rows}
        any_at_all = bool(page.rows or words)
        self.query_one("#panes").display = any_at_all
        self.query_one("#empty").display = not any_at_all
        self.query_one("#empty", Static).update(_empty())
        self.query_one("#counts", Static).update(_counts(page))
        look = self.look
        rows = [Row(key, partial(piece_row, piece, look), 2) for key, piece in self._pieces.items()]
        self.query_one(RowList).show_rows(rows)
        self._show()

    @property
    def _piece(self) -> Piece | None:
        return self._pieces.get(self.query_one(RowList).key or "")

    @on(OptionList.OptionHighlighted)
    def _show(self) -> None:
        piece = self._piece
        self.query_one(Facts).show_facts(piece_facts(piece, self.look) if piece else ())
        self.query_one("#piece-text", Static).update(piece_text(piece))

    @on(OptionList.OptionSelected)
    async def _opened(self) -> None:
        """Open the cart the piece belongs to."""
        from cartdesk.tui.cart import CartScreen

        piece = self._piece
        if piece and piece.cart_id is not None:
            await self.app.push_screen(CartScreen(piece.cart_id, self.MODE))
        elif piece:
            self.house.tell("This piece belongs to no cart the desk knows.", trouble=True)

    async def action_filter(self) -> None:
        """Type words to filter by."""
        await self.query_one(FilterLine).open()

    def action_copy(self) -> None:
        """Copy the text."""
        if piece := self._piece:
            self.app.copy_to_clipboard(piece.text)
            self.house.tell("Copied the text.")

    def action_clear(self) -> None:
        """Clear the filter."""
        self.query_one(FilterLine).close()

    @on(FilterLine.Words)
    def _filtered(self) -> None:
        self.reload()

    @on(FilterLine.Left)
    def _filter_left(self) -> None:
        self.query_one(RowList).focus()


_KINDS = {
    Source.REVIEW: "product review",
    Source.NOTE: "note on an order",
    Source.GATEWAY: "payment gateway's note",
    Source.REPLY: "reply to a letter",
    Source.ONE_CLICK: "reason tapped in a letter",
    Source.CHAT: "live chat",
    Source.PHONE: "phone call",
    Source.SOCIAL: "social media",
    Source.SURVEY: "survey",
}


def stars(piece: Piece) -> str:
    """Write a rating as stars and a number."""
    return f"{'★' * piece.rating}{'☆' * (5 - piece.rating)}" if piece.rating else ""


def piece_row(piece: Piece, look: Look, width: int) -> Content:
    """Write one piece: who and when, and below it the beginning of the text."""
    when = look.ago(piece.written_at)
    source = stars(piece) or piece.source
    name = fit(piece.who or "(no name)", max(6, width - 4 - cells(when) - cells(source)))
    low = (piece.rating or 5) <= 2
    return stack(
        line(" ", name, " ", (source, CARE if low else ""), " ", (when, MUTED)),
        line("   ", (fit(piece.text.replace("\n", " "), width - 4), MUTED)),
    )


def piece_facts(piece: Piece, look: Look) -> list[tuple[str, Content]]:
    """Say who wrote what kind of piece, when and about what."""
    kind = _KINDS[piece.source]
    rating = f"  {stars(piece)} {piece.rating} of 5" if piece.rating else ""
    return [
        ("From", line((piece.who or "(no name)", "bold"))),
        ("Kind", line(kind, rating)),
        ("About", line(piece.about or "-")),
        ("Written", line(look.day(piece.written_at))),
    ]


def piece_text(piece: Piece | None) -> Content:
    """Write the text."""
    return paragraphs(piece.text) if piece else line(("Nothing is chosen.", MUTED))


def _counts(page: FeedbackPage) -> Content:
    parts = [
        f"NEW {page.new}",
        f"WAITING {page.waiting}",
        f"ANSWERED {page.answered}",
        f"ALL {page.every}",
    ]
    return line((" · ".join(parts), "bold"))


def _empty() -> Content:
    return stack(
        line(("No feedback yet", "bold")),
        line(""),
        line("Product reviews and the notes customers write on their orders appear here."),
        line(""),
        line(("r", "bold $primary"), " asks the shop now"),
    )

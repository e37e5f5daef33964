"""One piece of feedback: its words, what they mean, and the person behind it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from cartdesk.domain.feedback.views import Piece
from cartdesk.domain.views import CartDetail
from cartdesk.tui.base import PushedScreen
from cartdesk.tui.facts import Facts
from cartdesk.tui.feedback_keys import PieceKeys
from cartdesk.tui.feedback_look import history_facts, piece_facts, piece_text
from cartdesk.tui.text import BAD, CART_SIGNS, MUTED, Fact, Look, line

_CARTS = 8


class PieceScreen(PushedScreen, PieceKeys):
    """A piece of feedback with its person's orders, carts and other pieces."""

    MODE = "feedback"
    ABOUT = "What somebody said, in full, and what else is known of them."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "cart", "Cart", show=False, tooltip="Open the cart it is about"),
    ]

    def __init__(self, piece: Piece) -> None:
        super().__init__()
        self._piece = piece

    @property
    def piece(self) -> Piece:
        """The piece shown."""
        return self._piece

    def body(self) -> ComposeResult:
        """Lay out the words and the person, one below the other on a narrow screen."""
        with VerticalScroll(id="cart"):
            with VerticalScroll(id="cart-left"):
                yield Facts(id="piece-facts")
                yield Static(classes="rule")
                yield Static(id="piece-text")
            with VerticalScroll(id="cart-right"):
                yield Facts(id="piece-person")
                yield Facts(id="piece-history")

    async def load(self) -> None:
        """Read the piece, its answer and its person."""
        feedback, number = self.desk.feedback, self._piece.id
        self._piece = piece = await feedback.piece(number)
        answer = (await self.desk.answers.of([number])).get(number)
        detail = None if piece.cart_id is None else await self.desk.cart(piece.cart_id)
        others = () if piece.person is None else await feedback.of_person(piece.person)
        look = self.look
        self.query_one("#piece-facts", Facts).show_facts(piece_facts(piece, answer, look))
        self.query_one("#piece-text", Static).update(piece_text(piece))
        self.query_one("#piece-person", Facts).show_facts(person_facts(detail, look))
        rest = [one for one in others if one.id != number]
        heading: list[Fact] = [("", line(("ALSO SAID", "bold")))] if rest else []
        self.query_one("#piece-history", Facts).show_facts([*heading, *history_facts(rest, look)])
        self.refresh_bindings()


def person_facts(detail: CartDetail | None, look: Look) -> list[Fact]:
    """Say who the person is, what they bought and left, and what the cart's facts hint at."""
    if detail is None:
        return [("Person", line(("no order of this person is known", MUTED)))]
    person = detail.person
    bought = "never bought before"
    if person.orders_paid:
        orders = "1 order" if person.orders_paid == 1 else f"{person.orders_paid} orders"
        bought = f"{orders}, {' + '.join(look.money(each) for each in person.spent)}"
    found: list[Fact] = [
        ("Person", line((person.name or "(no name)", "bold"), f"  {person.country}")),
        ("", line(person.email or "(no address)")),
        ("Bought", line(bought)),
    ]
    if person.stopped:
        found.append(("Stopped", line((f"✗ {person.stopped}", BAD))))
    for place, row in enumerate(person.carts[:_CARTS]):
        sign = CART_SIGNS[row.state]
        state = line((f"{sign.mark} {sign.word}", sign.style))
        about = line(
            f"{row.number}  {look.money(row.total)}  ", state, f"  {look.ago(row.quiet_since)}"
        )
        found.append(("" if place else "Carts", about))
    hints = detail.hints
    for place, hint in enumerate(hints):
        found.append(("" if place else "Hints", line(hint.sentence)))
    if hints:
        found.append(("", line(("read from the facts of the cart; nobody said it", MUTED))))
    return [*found, ("", line(""))]

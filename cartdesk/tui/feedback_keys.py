"""The keys that act on a piece of feedback, wherever it is shown."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from cartdesk.domain.feedback.answers import why_not
from cartdesk.domain.feedback.views import Piece, PieceState, Source
from cartdesk.tui.base import DeskScreen

_CHANGING = frozenset({"answer", "handle", "correct", "note"})
_ON_A_PIECE = frozenset({"answer", "handle", "correct", "copy", "cart"})


class PieceKeys(DeskScreen):
    """A screen with a piece of feedback under its cursor."""

    KEY_ORDER = (
        "answer",
        "handle",
        "correct",
        "note",
        "filter",
        "turn(1)",
        "facts",
        "by_money",
        "choose",
        "period",
        "cart",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer", "Answer", tooltip="Answer by mail, in the same thread"),
        Binding("m", "handle", "Handled", tooltip="Put it aside: nothing is left to do"),
        Binding("c", "correct", "Correct", tooltip="Say what it means: reasons and mood"),
        Binding("n", "note", "New note", tooltip="Type in a chat, a call or a post"),
        Binding("o", "cart", "Cart", tooltip="Open the cart or order it is about"),
        Binding("y", "copy", "Copy", show=False, tooltip="Copy the text"),
    ]

    @property
    def piece(self) -> Piece | None:
        """The piece under the cursor."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide keys that need a piece when there is none, or change something when read-only."""
        if action in _CHANGING and self.desk.read_only:
            return False
        if action in _ON_A_PIECE and self.is_mounted and not self._fits(action):
            return False
        return super().check_action(action, parameters)

    def _fits(self, action: str) -> bool:
        piece = self.piece
        if piece is None:
            return False
        match action:
            case "answer":
                return piece.state is not PieceState.ANSWERED and not why_not(piece)
            case "handle":
                return piece.state in {PieceState.NEW, PieceState.WAITING}
            case "correct":
                return piece.source is not Source.GATEWAY and bool(piece.text)
            case "cart":
                return piece.cart_id is not None
        return True

    @work
    async def action_answer(self) -> None:
        """Write an answer to the piece."""
        from cartdesk.tui.answer import AnswerScreen

        if piece := self.piece:
            draft = await self.house.attempt(self.desk.answers.draft(piece.id))
            if draft is not None and self.is_current:
                await self.app.push_screen(AnswerScreen(draft))

    def action_handle(self) -> None:
        """Put the piece aside."""
        if piece := self.piece:
            self.house.perform(self.desk.feedback.handle(piece.id))

    @work
    async def action_correct(self) -> None:
        """Say what the piece means."""
        from cartdesk.tui.feedback_dialogs import CorrectDialog

        if piece := self.piece:
            answer = await self.app.push_screen_wait(CorrectDialog(piece))
            if answer is not None:
                reasons, mood = answer
                self.house.perform(self.desk.feedback.correct(piece.id, reasons, mood))

    @work
    async def action_note(self) -> None:
        """Type in what somebody said elsewhere."""
        from cartdesk.tui.feedback_dialogs import NoteDialog

        note = await self.app.push_screen_wait(NoteDialog())
        if note is not None:
            self.house.perform(
                self.desk.feedback.add(
                    note.source,
                    note.text,
                    who=note.who,
                    email=note.email,
                    cart_id=note.cart_id,
                )
            )

    async def action_cart(self) -> None:
        """Open the cart or order the piece is about."""
        from cartdesk.tui.cart import CartScreen

        if (piece := self.piece) and piece.cart_id is not None:
            await self.open(CartScreen(piece.cart_id, "feedback"))

    def action_copy(self) -> None:
        """Copy the text."""
        if piece := self.piece:
            self.app.copy_to_clipboard(piece.text)
            self.house.tell("Copied the text.")

"""Feedback as the merchant meets it: lists, bars, a piece put right, put aside or typed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.shop.reading import read_email
from cartdesk.domain.feedback import Correction, Mood, Reason
from cartdesk.domain.feedback.silent_counts import SilentSummary
from cartdesk.domain.feedback.survey import SurveyPreview, SurveyReport
from cartdesk.domain.feedback.views import (
    TYPED_IN,
    FeedbackChoices,
    FeedbackFilter,
    FeedbackPage,
    FeedbackSummary,
    Piece,
    PieceState,
    Source,
)
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.text import clean_lines
from cartdesk.domain.views import Done
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.feedback_landing import gather, land, read_piece, typed_in

if TYPE_CHECKING:
    from cartdesk.adapters.shop.shop_audit import ShopAudit
    from cartdesk.domain.feedback.audit_facts import AuditReport

EVERYTHING = FeedbackFilter()
Remember = Callable[[str, Callable[[], Awaitable[None]]], None]


class Feedback:
    """What people said.

    Args:
        context: The shop's desk.
        remember: Told what a key did, and how ``undo`` takes it back.
        writing: Raises NotPossible where nothing may be changed.
    """

    def __init__(self, context: Context, remember: Remember, writing: Callable[[], None]) -> None:
        self._context = context
        self._remember = remember
        self._writing = writing
        # what was counted last, since a screen asks at every key and nothing may have happened
        self._hints: dict[object, tuple[tuple[object, ...], SilentSummary]] = {}

    async def gather(self) -> None:
        """Land what the shop showed since the last time: reviews, notes, failed payments."""
        now = self._context.clock.now()
        while await self._context.ledger(lambda book: gather(book, now)):
            pass

    # looking

    async def page(
        self, wanted: FeedbackFilter = EVERYTHING, *, limit: int = 200, offset: int = 0
    ) -> FeedbackPage:
        """Give a window of pieces; those waiting stand oldest first, others newest first."""
        now = self._context.clock.now()
        return await self._context.ledger.read(
            lambda book: book.feedback.page(wanted, now, limit, offset)
        )

    async def piece(self, number: int) -> Piece:
        """Give one piece. Raises NotPossible when there is none."""
        found = await self._context.ledger.read(lambda book: book.feedback.piece(number))
        if found is None:
            raise NotPossible(f"There is no piece of feedback {number}.")
        return found

    async def of_person(self, person: int) -> tuple[Piece, ...]:
        """Give everything a person said, the newest first."""
        return await self._context.ledger.read(lambda book: book.feedback.of_person(person))

    async def summary(
        self, wanted: FeedbackFilter = EVERYTHING, *, days: int = 30
    ) -> FeedbackSummary:
        """Give the reasons of the last days as bars against as many days before, and praise."""
        until = self._context.clock.now() + timedelta(seconds=1)
        since = until - timedelta(days=wanted.days or days)
        return await self._context.ledger.read(
            lambda book: book.feedback.summary(wanted, since, until)
        )

    async def silent(self, *, days: int = 30, currency: str = "") -> SilentSummary:
        """Count what the facts of checkouts left in the last days hint at; nobody said it.

        Args:
            days: How many, up to now.
            currency: Of the checkouts; "" is the shop's own.
        """
        from cartdesk.work.silent import silent_counts

        desktop = self._context.desktop()
        until = desktop.now + timedelta(seconds=1)
        since, chosen = until - timedelta(days=days), currency or desktop.shop.currency
        wanted = (days, chosen, desktop.settings.sender.free_shipping_from)

        def count(book: Book) -> tuple[tuple[object, ...], SilentSummary]:
            key = (book.left.version(), desktop.now.replace(minute=0, second=0, microsecond=0))
            known = self._hints.get(wanted)
            if known is not None and known[0] == key:
                return known
            return key, silent_counts(book, since, until, chosen, desktop)

        self._hints[wanted] = await self._context.ledger.read(count)
        return self._hints[wanted][1]

    async def audit(self, shop: ShopAudit, report: Callable[[str], None]) -> AuditReport:
        """Look at the shop's settings and pages for the reasons people leave; writes nothing.

        Args:
            shop: The shop to ask.
            report: Told what is looked at next.

        Raises:
            StoreError: The shop cannot be asked, or answers nothing.
        """
        from cartdesk.work.auditing import audit

        return await audit(self._context.ledger, shop, self._context.desktop(), report)

    async def choices(self, wanted: FeedbackFilter = EVERYTHING) -> FeedbackChoices:
        """Give what each part of the filter can be set to, with counts."""
        now = self._context.clock.now()
        return await self._context.ledger.read(lambda book: book.feedback.choices(wanted, now))

    # keys

    async def handle(self, number: int) -> Done:
        """Put a piece aside. Raises NotPossible when there is nothing to put aside."""
        self._writing()
        now = self._context.clock.now()

        def put_aside(book: Book) -> tuple[Piece, Reminder | None]:
            piece = book.feedback.piece(number)
            if piece is None:
                raise NotPossible(f"There is no piece of feedback {number}.")
            if piece.state in {PieceState.HANDLED, PieceState.ANSWERED}:
                raise NotPossible(f"This piece is {piece.state} already.")
            book.feedback.mark(number, PieceState.HANDLED)
            answer = book.outbox.answers([number]).get(number)
            if answer is None or answer.state is not ReminderState.READY:
                return piece, None
            book.outbox.move(answer, "skip", now)  # what was begun waits in the Queue no more
            return piece, replace(answer, state=ReminderState.SKIPPED)

        piece, answer = await self._context.ledger(put_aside)
        self._remember("the mark", lambda: self._take_up_again(piece, answer))
        return Done(f"Marked as handled: {_named(piece)}", undo=True)

    async def _take_up_again(self, before: Piece, answer: Reminder | None) -> None:
        """Undo the mark, unless the piece was answered, or is gone, since then."""
        at = self._context.clock.now()

        def put_back(book: Book) -> None:
            piece = book.feedback.piece(before.id)
            if piece is None or piece.state is not PieceState.HANDLED:
                now = "gone" if piece is None else f"{piece.state} by now"
                raise NotPossible(f"Too late to take back the mark: the piece is {now}.")
            book.feedback.mark(before.id, before.state, before.waiting_since)
            if answer is not None:
                book.outbox.move(answer, "undo", at)

        await self._context.ledger(put_back)

    async def correct(
        self, number: int, reasons: Collection[Reason], mood: Mood | None = None
    ) -> Done:
        """Say what a piece means; the same wording means it from now on, here and later.

        Args:
            number: The piece.
            reasons: All of its reasons; none means that it names none.
            mood: None leaves it as it is.
        """
        self._writing()
        piece = await self.piece(number)
        if piece.source is Source.GATEWAY:
            raise NotPossible("A payment gateway wrote this note, so there is nothing to correct.")
        if not piece.text:
            raise NotPossible("This piece has no words to remember a correction by.")
        if piece.thread is not None and piece.thread.unread and piece.text == piece.thread.subject:
            raise NotPossible(
                "Only the subject of their mail is there, which may be yours: nothing to correct."
            )
        now, text = self._context.clock.now(), piece.text
        wanted = Correction(frozenset(reasons), mood or piece.mood)

        def put_right(book: Book) -> tuple[Correction | None, int]:
            before = book.feedback.correction(text)
            return before, len(book.feedback.correct(text, wanted, read_piece, now))

        before, same = await self._context.ledger(put_right)
        self._remember("the correction", lambda: self._correct_back(text, before))
        others = f", and {same - 1} more with the same words" if same > 1 else ""
        return Done(f"Corrected {_named(piece)}{others}", undo=True)

    async def _correct_back(self, text: str, before: Correction | None) -> None:
        now = self._context.clock.now()
        await self._context.ledger(
            lambda book: book.feedback.correct(text, before, read_piece, now)
        )

    async def add(
        self,
        source: Source,
        text: str,
        *,
        who: str = "",
        email: str = "",
        cart_id: int | None = None,
        product: str = "",
        at: datetime | None = None,
    ) -> Done:
        """Type in what somebody said in a chat, on the phone or in social media.

        Args:
            source: One of ``TYPED_IN``.
            text: What they said.
            who: Their name, if known.
            email: Their e-mail address, if known.
            cart_id: The order it is about; without one, the newest open cart of the address.
            product: The product it is about.
            at: When it was said; now without it.

        Raises:
            NotPossible: Nothing was said, or the address, order or source is wrong.
        """
        self._writing()
        if source not in TYPED_IN:
            raise NotPossible(f"Notes are typed in as {', '.join(TYPED_IN)}.")
        if not clean_lines(text):
            raise NotPossible("There is no text. Nothing was kept.")
        address = read_email(email)
        if email and not address:
            raise NotPossible(f"{email} is no e-mail address. Nothing was kept.")
        now = self._context.clock.now()

        def keep(book: Book) -> None:
            name, known = who, address
            if cart_id is not None:
                cart = book.orders.cart(cart_id)
                if cart is None:
                    raise NotPossible(f"There is no cart {cart_id}. Nothing was kept.")
                name, known = who or cart.name, address or cart.email
            piece = typed_in(
                book,
                source,
                text,
                now,
                who=name,
                email=known,
                cart_id=cart_id,
                product=product,
                at=at,
            )
            land(book, [piece], now)

        await self._context.ledger(keep)
        return Done(f"Kept the {source} note")

    # surveys

    async def survey(self, file: Path, columns: dict[str, str] | None = None) -> SurveyPreview:
        """Show how a survey's file would land; see :mod:`cartdesk.work.feedback_survey`."""
        from cartdesk.work.feedback_survey import preview

        return await preview(self._context, file, columns)

    async def import_survey(
        self, file: Path, columns: dict[str, str] | None = None
    ) -> SurveyReport:
        """Land a survey's results; what has landed before is passed over."""
        from cartdesk.work.feedback_survey import import_file

        self._writing()
        return await import_file(self._context, file, columns)


def _named(piece: Piece) -> str:
    words = piece.text.replace("\n", " ")
    return f"{piece.who or piece.source}, “{words[:30]}{'…' if len(words) > 30 else ''}”"

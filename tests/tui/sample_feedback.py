"""What people said at the sample desk, fixed, and answers to it that go nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cartdesk.desk import NotPossible
from cartdesk.domain.feedback import Found, Mood, Reason
from cartdesk.domain.feedback.answers import AnswerDraft, address_of, why_not
from cartdesk.domain.feedback.silent import SilentCode
from cartdesk.domain.feedback.silent_counts import SilentCount, SilentSummary
from cartdesk.domain.feedback.views import (
    FeedbackChoices,
    FeedbackFilter,
    FeedbackPage,
    FeedbackSummary,
    Piece,
    PieceState,
    ReasonBar,
    Source,
    Tab,
    Thread,
)
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.money import Money, sums
from cartdesk.domain.text import clean
from cartdesk.domain.views import Done
from cartdesk.work.answering import Answers
from cartdesk.work.feedback import EVERYTHING, Feedback

_SAID = (
    (Source.REPLY, 26, "Shipping is too expensive for me.\nI would buy if it was free.", "waiting"),
    (Source.REPLY, 3, "When will the board arrive in Turku?", "waiting"),
    (Source.REVIEW, 5, "Lovely wood, but shipping cost more than the board.", "new"),
    (Source.NOTE, 24, "Please leave it with the neighbour. [@click=app.quit]x[/]", "handled"),
    (Source.ONE_CLICK, 40, "Shipping costs too much", "handled"),
    (Source.REVIEW, 90, "The best mug I ever had, and so quick.", "handled"),
    (Source.PHONE, 130, "Maksu ei mennyt läpi kahdella kortilla.", "answered"),
    (Source.REVIEW, 216, "Smells.", "handled"),
)
_REASONS = (
    (Reason.SHIPPING_COST, ("Shipping", "expensive")),
    (Reason.DELIVERY, ("When", "arrive")),
    (Reason.SHIPPING_COST, ("shipping cost more",)),
    None,
    (Reason.SHIPPING_COST, ()),
    None,
    (Reason.PAYMENT_FAILED, ("Maksu ei mennyt läpi",)),
    None,
)
_MOODS = (-1, 0, 1, 0, 0, 1, -1, -1)
_STARS = {2: 4, 5: 5, 7: 2}


def sample_pieces(names: Sequence[str], now: datetime) -> tuple[Piece, ...]:
    """Make eight pieces of every kind."""
    found = []
    for place, (source, hours, text, state) in enumerate(_SAID):
        at, reason = now - timedelta(hours=hours), _REASONS[place]
        review = source is Source.REVIEW
        said = clean(text) if "[" in text else text
        spans = (
            [(said.find(word), said.find(word) + len(word)) for word in reason[1]] if reason else []
        )
        address = f"shopper{place}@example.org"
        found.append(
            Piece(
                place + 1,
                f"k{place}",
                source,
                at,
                said,
                (Mood.NEGATIVE, Mood.NEUTRAL, Mood.POSITIVE)[_MOODS[place] + 1],
                PieceState(state),
                (Found(reason[0], reason[1], tuple(spans)),) if reason else (),
                who=names[place % len(names)],
                email="" if place == 7 else address,
                person=None if review else place + 1,
                cart_id=None if review else place + 1,
                cart_number="" if review else str(1042 - 3 * place),
                money=None if review else Money(8400 - 700 * place, "EUR"),
                product=("Oak serving board", "Mug", "Polish")[place % 3] if review else "",
                product_id=10 + place % 3 if review else 0,
                language="fi" if place == 6 else "en",
                rating=_STARS.get(place),
                waiting_since=at if state == "waiting" else None,
                thread=Thread(
                    f"<a{place}@example.org>", (), "<o@shop.example>", "Re: Your basket", address
                )
                if source is Source.REPLY
                else None,
            )
        )
    return tuple(found)


class SampleFeedback(Feedback):
    """What people said, fixed but for what keys change."""

    def __init__(
        self, names: Sequence[str], now: datetime, done: list[tuple[object, ...]], *, empty: bool
    ) -> None:
        self._now, self._done = now, done
        found = () if empty else sample_pieces(names, now)
        self.pieces = {one.id: one for one in found}

    def _matching(self, wanted: FeedbackFilter) -> list[Piece]:
        return [
            piece
            for piece in self.pieces.values()
            if all(word in f"{piece.who} {piece.text}".casefold() for word in wanted.words)
            and wanted.source in {None, piece.source}
            and (wanted.reason is None or wanted.reason in {x.reason for x in piece.reasons})
            and wanted.product in {0, piece.product_id}
            and wanted.language in {"", piece.language}
            and (not wanted.days or piece.written_at >= self._now - timedelta(days=wanted.days))
        ]

    async def page(
        self, wanted: FeedbackFilter = EVERYTHING, *, limit: int = 200, offset: int = 0
    ) -> FeedbackPage:
        """Pieces of a tab."""
        found = self._matching(wanted)
        tabs = {
            Tab.NEW: [x for x in found if x.state is PieceState.NEW],
            Tab.WAITING: [x for x in found if x.state is PieceState.WAITING],
            Tab.ANSWERED: [
                x for x in found if x.state in {PieceState.ANSWERED, PieceState.HANDLED}
            ],
            Tab.ALL: found,
        }
        waits = [x.waiting_since for x in found if x.waiting_since]
        answered = sum(x.state is PieceState.ANSWERED for x in found)
        rows = tabs[wanted.tab]
        return FeedbackPage(
            tuple(rows[:limit]),
            len(rows),
            new=len(tabs[Tab.NEW]),
            waiting=len(tabs[Tab.WAITING]),
            answered=answered,
            put_aside=len(tabs[Tab.ANSWERED]) - answered,
            every=len(found),
            oldest_waiting=min(waits, default=None),
        )

    async def piece(self, number: int) -> Piece:
        """One of them."""
        return self.pieces[number]

    async def of_person(self, person: int) -> tuple[Piece, ...]:
        """What the person said, and one thing more."""
        return tuple(x for x in self.pieces.values() if x.person in {person, 4})

    async def summary(
        self, wanted: FeedbackFilter = EVERYTHING, *, days: int = 30
    ) -> FeedbackSummary:
        """Bars of what there is."""
        found = self._matching(wanted)
        bars = []
        for reason in Reason:
            named = [x for x in found if reason in {one.reason for one in x.reasons}]
            if named:
                money = sums(x.money for x in named)
                carts = sum(x.money is not None for x in named)
                before = 1 if reason is Reason.SHIPPING_COST else 2
                bars.append(
                    ReasonBar(
                        reason, len(named), before, money, carts, reason.remedy, tuple(named[:3])
                    )
                )
        bars.sort(key=lambda bar: -bar.count)
        happy = tuple(x for x in found if x.mood is Mood.POSITIVE)
        unknown = sum(not x.reasons for x in found)
        since = self._now - timedelta(days=wanted.days or days)
        return FeedbackSummary(
            since, self._now, tuple(bars), happy, len(found), unknown, len(happy), 5
        )

    async def silent(self, *, days: int = 30, currency: str = "") -> SilentSummary:
        """Two hints."""
        counts = (
            SilentCount(
                SilentCode.SHIPPING_SHARE,
                "Shipping was a fifth of the total or more",
                9,
                Money(41200, "EUR"),
                Reason.SHIPPING_COST,
            ),
            SilentCount(
                SilentCode.DEVICE,
                "The device they used",
                17,
                Money(98000, "EUR"),
                None,
                (("Mobile", 12), ("Desktop", 5)),
            ),
        )
        since = self._now - timedelta(days=days)
        return SilentSummary(since, self._now, "EUR", 23, counts if self.pieces else ())

    async def choices(self, wanted: FeedbackFilter = EVERYTHING) -> FeedbackChoices:
        """A few."""
        return FeedbackChoices(
            ((Source.REPLY, 2), (Source.REVIEW, 3)),
            ((Reason.SHIPPING_COST, 3),),
            ((10, "Oak serving board", 1),),
            (("en", 7), ("fi", 1)),
        )

    async def handle(self, number: int) -> Done:
        """Mark it."""
        self.pieces[number] = replace(
            self.pieces[number], state=PieceState.HANDLED, waiting_since=None
        )
        return Done("Marked as handled", undo=True)

    async def correct(
        self, number: int, reasons: Collection[Reason], mood: Mood | None = None
    ) -> Done:
        """Take it over."""
        piece = self.pieces[number]
        found = tuple(Found(reason) for reason in reasons)
        self.pieces[number] = replace(piece, reasons=found, mood=mood or piece.mood, corrected=True)
        return Done("Corrected it, and 2 more with the same words", undo=True)

    async def add(self, source: Source, text: str, **more: object) -> Done:
        """Remember the call."""
        self._done.append(("add", source, text, more))
        return Done(f"Kept the {source} note")


class SampleAnswers(Answers):
    """Answers that are kept and never leave."""

    def __init__(self, feedback: SampleFeedback, put: Callable[[Reminder], None]) -> None:
        self._feedback, self._put = feedback, put
        self.written: dict[int, Reminder] = {}

    async def of(self, pieces: Iterable[int]) -> dict[int, Reminder]:
        """Those written."""
        return {number: self.written[number] for number in pieces if number in self.written}

    async def draft(self, number: int) -> AnswerDraft:
        """A greeting and two ready-made answers."""
        piece = await self._feedback.piece(number)
        if why := why_not(piece):
            raise NotPossible(why)
        ready = (
            ("Shipping costs too much", "From €80 on it is free."),
            ("Thank you", "Thank you."),
        )
        return AnswerDraft(
            piece, address_of(piece), "Re: Your basket", "en", "Hello Ana,\n\n\n\nMaija\n", ready
        )

    async def keep(self, number: int, text: str) -> Reminder:
        """Keep it."""
        if not text.strip():
            raise NotPossible("There is no text yet. Write a few words, then try again.")
        piece = await self._feedback.piece(number)
        made = Reminder(
            900 + number,
            piece.cart_id or 1,
            "answer",
            number,
            "answer",
            ReminderState.READY,
            piece.written_at,
            source=text,
        )
        self.written[number] = made
        self._put(made)
        return made

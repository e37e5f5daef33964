"""Answers to what people wrote: written, shown as they will go, and sent like any letter.

An answer is a reminder of the sequence "answer" whose step is the number of the piece it
answers, so that one outbox keeps its promises for both: it is frozen at approval, held, claimed,
sent once, asked about when nobody can know. Rules about carts do not hold for it: neither does a
purchase stop it, nor does it count as a letter of a plan.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import Book
from cartdesk.domain.addresses import match_key
from cartdesk.domain.checks import AnswerFacts, before_answering
from cartdesk.domain.feedback.answers import AnswerDraft, address_of, why_not
from cartdesk.domain.language import ENGLISH, Tongue
from cartdesk.domain.links import Link
from cartdesk.domain.model import Cart, Letter, Reminder, ReminderState, Rendered
from cartdesk.domain.text import clean_lines
from cartdesk.domain.views import Check, Done
from cartdesk.work import pausing
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.facts import Desktop
from cartdesk.work.restoring import restored_at

if TYPE_CHECKING:
    from cartdesk.domain.feedback.views import Piece
    from cartdesk.domain.letters.fields import LetterFacts
    from cartdesk.work.composing import Identity
    from cartdesk.work.previewing import Previews

_DAY = timedelta(hours=24)
_BACK = {  # the moves after which an answer can be written anew
    ReminderState.SKIPPED: ("undo",),
    ReminderState.CANCELLED: ("undo",),
    ReminderState.REFUSED: ("skip", "undo"),
    ReminderState.DEFERRED: ("due",),
    ReminderState.PLANNED: ("due",),
}
_WHY_NOT = {
    ReminderState.HELD: "The answer is approved already. Take it back first (u in its time).",
    ReminderState.SENT: "This was answered already.",
    ReminderState.SETTLED: "This was answered already.",
    ReminderState.UNSURE: "Nobody knows whether the answer went out. Say so in the Queue (1).",
}


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer as it will go."""

    rendered: Rendered
    message: bytes
    tongue: Tongue


def piece_of(book: Book, reminder: Reminder) -> Piece | None:
    """Give the piece an answer is to, or None when it is gone or its person was erased."""
    piece = book.feedback.piece(reminder.step)
    return piece if piece is not None and address_of(piece) else None


def checks_of(book: Book, reminder: Reminder, desktop: Desktop) -> tuple[Check, ...]:
    """Give the checks of an answer, as things stand now."""
    from cartdesk.domain.feedback.language import guess_language

    piece = piece_of(book, reminder)
    to = "" if piece is None else address_of(piece)
    restored = restored_at(book)
    return before_answering(
        AnswerFacts(
            settings=desktop.settings,
            to=to,
            stopped=book.outbox.suppressed([to] if to else []),
            paused=pausing.sentence(book, desktop.now, desktop.shop.tz),
            theirs=piece.language if piece else "",
            ours=guess_language(reminder.source),
            sent_in_24_hours=book.outbox.sent_since(desktop.now - _DAY),
            restored=bool(restored and piece and piece.written_at < restored),
            stranger=piece is not None and _is_strange(book, piece, reminder.cart_id),
            unsure=_is_unsure(book, reminder),
        )
    )


def _is_unsure(book: Book, reminder: Reminder) -> bool:
    """Tell whether nobody knows if another letter to the same person went out."""
    person = book.orders.person_of(reminder.cart_id)
    carts = [track.id for track in book.orders.tracks([person])[person]] if person else []
    return any(
        one.state is ReminderState.UNSURE and one.id != reminder.id
        for one in book.outbox.of_carts([*carts, reminder.cart_id])
    )


def _is_strange(book: Book, piece: Piece, cart_id: int) -> bool:
    """Tell whether a mail wants its answer where neither our letter went nor the order is.

    Who got the letter may have handed it on, and anybody can name any address in Reply-To.
    """
    if piece.thread is None:
        return False
    cart = book.orders.cart(cart_id)
    letters = book.outbox.of_carts([cart_id])
    known = [one.email for one in letters if one.message_id == piece.thread.answers]
    known += [cart.email] if cart else []
    return match_key(address_of(piece)) not in {match_key(one) for one in known}


def compose(
    reminder: Reminder, piece: Piece, cart: Cart, context: Context, identity: Identity
) -> Composed:
    """Build the exact message of an answer.

    Raises:
        AnswerProblem: Its words cannot go so.
        Unmailable: No message can be built for this address.
    """
    from cartdesk.adapters.mail.message import build, usable_ids
    from cartdesk.domain.letters.answer import render_answer, subject_for

    facts = _letter_facts(piece, cart, context)
    subject = subject_for(piece, facts.shop_name)
    rendered = render_answer(reminder.source, piece, subject, facts, context.shop)
    thread = piece.thread
    ours = (thread.answers,) if thread else ()
    theirs = usable_ids([thread.message_id] if thread else [])
    references = usable_ids([*(thread.references if thread else ()), *ours, *theirs])
    message = build(
        rendered,
        sender=context.settings.sender,
        to_name=piece.who,
        to_email=address_of(piece),
        message_id=identity.message_id,
        date=identity.date,
        in_reply_to=next(iter((*theirs, *usable_ids(ours))), ""),
        references=references,
    )
    why = "they wrote in it" if piece.language == facts.language else "their order's language"
    return Composed(rendered, message, Tongue(facts.language, why))


def _letter_facts(piece: Piece, cart: Cart, context: Context) -> LetterFacts:
    from cartdesk.domain.language import language_of
    from cartdesk.domain.letters.fields import facts_for

    box = context.letterbox
    known = box.all_languages()
    language = piece.language
    if language not in known:
        language = language_of(cart, context.shop, known).language
    return facts_for(
        cart,
        context.shop,
        context.settings,
        Link("cart", "", ""),
        language,
        words=box.words(language),
        now=context.clock.now(),
    )


class Answers:
    """The merchant's answers.

    Args:
        context: The shop's desk.
        previews: Told when an answer's text changed, so that it gets an identity of its own.
        remember: Told what a key did, and how ``undo`` takes it back.
        writing: Raises NotPossible where nothing may be changed.
    """

    def __init__(
        self,
        context: Context,
        previews: Previews,
        remember: Callable[[str, Callable[[], Awaitable[None]]], None],
        writing: Callable[[], None],
    ) -> None:
        self._context = context
        self._previews = previews
        self._remember = remember
        self._writing = writing

    async def of(self, pieces: Iterable[int]) -> dict[int, Reminder]:
        """Give the answers to some pieces as they stand in the outbox, by piece."""
        wanted = tuple(pieces)
        return await self._context.ledger.read(lambda book: book.outbox.answers(wanted))

    async def draft(self, number: int) -> AnswerDraft:
        """Give what an editor begins with. Raises NotPossible when there is nobody to answer."""
        piece, cart, reminder = await self._context.ledger.read(lambda b: _known(b, number))
        if reminder is not None and reminder.state in _WHY_NOT:
            raise NotPossible(_WHY_NOT[reminder.state])
        return await asyncio.to_thread(self._draft, piece, cart, reminder)

    def _draft(self, piece: Piece, cart: Cart, reminder: Reminder | None) -> AnswerDraft:
        from cartdesk.domain.letters.answer import subject_for

        facts = _letter_facts(piece, cart, self._context)
        ready, trouble = self._canned(facts)
        name = str(facts.fields["sender_name"])
        empty = f"{facts.fields['greeting']}\n\n\n\n{name}\n"
        return AnswerDraft(
            piece=piece,
            to=address_of(piece),
            subject=subject_for(piece, facts.shop_name),
            language=facts.language,
            text=reminder.source if reminder and reminder.source else empty,
            canned=ready,
            reminder=reminder,
            trouble=(reminder.said if reminder else "") or trouble,
        )

    def _canned(self, facts: LetterFacts) -> tuple[tuple[tuple[str, str], ...], str]:
        from cartdesk.domain.letters.answer import canned

        found, trouble = [], ""
        try:
            letters: tuple[Letter, ...] = self._context.letterbox.answers(facts.language)
            letters = letters or self._context.letterbox.answers(ENGLISH)
        except ValueError as problem:
            return (), str(problem)
        for letter in letters:
            try:
                found.append(canned(letter, facts))
            except ValueError as problem:
                trouble = str(problem)
        return tuple(found), trouble

    async def keep(self, number: int, text: str) -> Reminder:
        """Keep the text of an answer; it waits in the Queue for its approval.

        Args:
            number: The piece it answers.
            text: What the merchant says, in Markdown.

        Raises:
            NotPossible: There is nobody to answer, no text, or the answer has left already.
        """
        self._writing()
        words = clean_lines(text, 20_000)
        piece, cart, _ = await self._context.ledger.read(lambda b: _known(b, number))
        await asyncio.to_thread(self._try, words, piece, cart)
        now = self._context.clock.now()

        def put(book: Book) -> Reminder:
            piece, cart, before = _known(book, number)
            if before is None:
                made = book.outbox.answer(cart.id, piece.id, address_of(piece), words, now)
            else:
                made = _ready_again(book, before, now)
                book.outbox.rewrite(made_of(book, made), words, "", now)
            return made_of(book, made)

        kept = await self._context.ledger(put)
        self._previews.renew(kept.id)
        return kept

    def _try(self, words: str, piece: Piece, cart: Cart) -> None:
        """Write the answer once to see that it can go so. Raises NotPossible."""
        from cartdesk.domain.letters.answer import AnswerProblem, render_answer, subject_for

        facts = _letter_facts(piece, cart, self._context)
        try:
            render_answer(
                words, piece, subject_for(piece, facts.shop_name), facts, self._context.shop
            )
        except AnswerProblem as problem:
            raise NotPossible(str(problem)) from None

    async def discard(self, number: int) -> Done:
        """Throw an answer that did not leave away. Raises NotPossible when there is none."""
        self._writing()
        reminder = (await self.of([number])).get(number)
        if reminder is None or reminder.state is not ReminderState.READY:
            raise NotPossible("There is no answer that waits.")
        now = self._context.clock.now()
        await self._context.ledger(lambda book: book.outbox.move(reminder, "skip", now))

        async def back() -> None:
            skipped = replace(reminder, state=ReminderState.SKIPPED)
            await self._context.ledger(lambda book: book.outbox.move(skipped, "undo", now))

        self._remember("the answer thrown away", back)
        return Done("Threw the answer away", undo=True)


def made_of(book: Book, number: int) -> Reminder:
    """Give an answer that is there."""
    found = book.outbox.get(number)
    if found is None:
        raise LookupError(f"there is no letter {number}")
    return found


def _ready_again(book: Book, reminder: Reminder, now: datetime) -> int:
    """Bring an answer back to where it can be written. Raises NotPossible when it left."""
    if reminder.state in _WHY_NOT or reminder.state not in {*_BACK, ReminderState.READY}:
        raise NotPossible(_WHY_NOT.get(reminder.state, "The answer is being sent just now."))
    for move in _BACK.get(reminder.state, ()):
        state = book.outbox.move(reminder, move, now, not_before=None, said="")
        reminder = replace(reminder, state=state)
    return reminder.id


def _known(book: Book, number: int) -> tuple[Piece, Cart, Reminder | None]:
    """Give a piece, the order its answer is kept with, and the answer. Raises NotPossible."""
    piece = book.feedback.piece(number)
    if piece is None:
        raise NotPossible(f"There is no piece of feedback {number}.")
    if why := why_not(piece):
        raise NotPossible(why)
    reminder = book.outbox.answers([number]).get(number)
    cart_id = reminder.cart_id if reminder else piece.cart_id
    cart_id = cart_id or book.feedback.order_of(piece.email)
    cart = book.orders.cart(cart_id) if cart_id is not None else None
    if cart is None:
        raise NotPossible(
            f"cartdesk knows no order of this person. Answer from your mail: {address_of(piece)}"
        )
    return piece, cart, reminder

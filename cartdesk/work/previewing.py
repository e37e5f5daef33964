"""A letter as it will go, and the way back it offers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import Book
from cartdesk.domain.checks import CartFacts
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.links import Link
from cartdesk.domain.model import Product, Reminder, ReminderState, Rendered
from cartdesk.domain.ports import StoreError
from cartdesk.domain.views import CartDetail, Check, Preview, Verdict
from cartdesk.work import checking, showing
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.facts import cart_facts

if TYPE_CHECKING:
    from cartdesk.work.composing import Draft, Identity

PRODUCTS_KEPT = timedelta(hours=24)
_NOT_FROZEN = frozenset(
    {
        ReminderState.PLANNED,
        ReminderState.READY,
        ReminderState.SKIPPED,
        ReminderState.CANCELLED,
    }
)


class Previews:
    """Shows letters before they go."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._identities: dict[int, Identity] = {}
        self._shown: dict[int, bytes] = {}

    def shown(self, reminder_id: int) -> bytes | None:
        """Give the bytes of a letter as they were shown last in this session."""
        return self._shown.get(reminder_id)

    def renew(self, reminder_id: int) -> None:
        """Give a letter's next showing an identity of its own, because its text changed."""
        self._identities.pop(reminder_id, None)
        self._shown.pop(reminder_id, None)

    async def reminder(self, reminder_id: int) -> Reminder:
        """Give a reminder. Raises NotPossible when there is none."""
        found = await self._context.ledger.read(lambda book: book.outbox.get(reminder_id))
        if found is None:
            raise NotPossible(f"There is no letter {reminder_id}.")
        return found

    async def facts(self, cart_id: int) -> CartFacts:
        """Give the facts about a cart. Raises NotPossible when there is none."""
        desktop = self._context.desktop()
        try:
            return await self._context.ledger.read(lambda b: cart_facts(b, cart_id, desktop))
        except LookupError as none:
            raise NotPossible(str(none.args[0])) from None

    async def letter(self, reminder_id: int) -> Preview:
        """Give a letter as it will go, with its checks; frozen once it was approved."""
        reminder = await self.reminder(reminder_id)
        facts = await self.facts(reminder.cart_id)
        desktop = self._context.desktop()

        def gather(book: Book) -> tuple[bytes, Preview]:
            judged = checking.judged(book, reminder, facts, desktop)
            envelope = book.outbox.envelope(reminder_id)
            shown = Preview(
                reminder=reminder,
                row=book.windows.rows([reminder.cart_id])[reminder.cart_id],
                steps=showing.steps_of(desktop),
                to=judged.to,
                sender=desktop.settings.sender.email,
                checks=judged.checks,
                rendered=None,
                message=b"",
                source=reminder.source,
            )
            return envelope.message if envelope else b"", shown

        frozen, shown = await self._context.ledger.read(gather)
        if frozen and reminder.state not in _NOT_FROZEN:
            return replace(shown, message=frozen, rendered=_parts(reminder, frozen))
        if reminder.sequence == ANSWER:
            return await self._answer(shown, facts)
        return await self._composed(shown, facts)

    async def _answer(self, shown: Preview, facts: CartFacts) -> Preview:
        """Show an answer to somebody as it will go."""
        from cartdesk.work import answering

        context, reminder = self._context, shown.reminder
        piece = await context.ledger.read(lambda book: answering.piece_of(book, reminder))
        if piece is None:
            return shown

        def compose() -> tuple[answering.Composed, Identity]:
            from cartdesk.work.composing import new_identity

            known = self._identities.get(reminder.id) or new_identity(context.desktop())
            return answering.compose(reminder, piece, facts.cart, context, known), known

        try:
            made, self._identities[reminder.id] = await asyncio.to_thread(compose)
        except (ValueError, LookupError) as problem:
            return replace(shown, checks=(*shown.checks, _broken(problem)))
        self._shown[reminder.id] = made.message
        return replace(shown, rendered=made.rendered, message=made.message, tongue=made.tongue)

    async def _composed(self, shown: Preview, facts: CartFacts) -> Preview:
        context = self._context
        products = await self.products(facts)
        answers = await self._previous_letter(shown.reminder)

        number, desktop = shown.reminder.id, context.desktop()

        def compose() -> tuple[Draft, Identity]:
            from cartdesk.work.composing import compose, new_identity

            known = self._identities.get(number) or new_identity(desktop)
            box = context.letterbox
            return compose(shown.reminder, facts, products, box, desktop, known, answers), known

        try:  # in a thread, because the first time it loads half a library
            draft, self._identities[number] = await asyncio.to_thread(compose)
        except (ValueError, LookupError) as problem:
            return replace(shown, checks=(*shown.checks, _broken(problem)))
        self._shown[number] = draft.message
        return replace(
            shown,
            checks=(*shown.checks, _link_check(draft.link)),
            rendered=draft.rendered,
            message=draft.message,
            source=draft.source,
            tongue=draft.tongue,
            languages=context.letterbox.languages(shown.reminder.letter),
        )

    async def _previous_letter(self, reminder: Reminder) -> str:
        def find(book: Book) -> str:
            letters = book.outbox.of_carts([reminder.cart_id])
            sent = [one for one in letters if one.sent_at is not None and one.message_id]
            return sent[-1].message_id if sent else ""

        return await self._context.ledger.read(find)

    async def products(self, facts: CartFacts) -> dict[int, Product]:
        """Give the cart's products, asking the shop for those not known for a day."""
        context = self._context
        ids = sorted({line.variation_id or line.product_id for line in facts.cart.lines} - {0})
        since = context.clock.now() - PRODUCTS_KEPT
        known = await context.ledger.read(lambda book: book.cache.products(ids, since))
        missing = [number for number in ids if number not in known]
        if not missing or context.store is None or not context.answers:
            return known
        try:
            found = await context.store.products(missing)
        except StoreError:
            return known  # the letter falls back to the cart page, and its check says so
        now = context.clock.now()
        await context.ledger(lambda book: book.cache.keep_products(found, now))
        return known | {product.id: product for product in found}

    async def cart(self, cart_id: int) -> CartDetail:
        """Give everything about one cart. Raises NotPossible when there is none."""
        from cartdesk.work.composing import link_of
        from cartdesk.work.silent import with_hints

        context, facts = self._context, await self.facts(cart_id)
        products: dict[int, Product] = {}
        link = Link("cart", "", "There is nothing to lead back to.")
        if facts.track.placed_at is None:
            example = Reminder(
                0, cart_id, "recovery", 1, "", ReminderState.PLANNED, context.clock.now()
            )
            products = await self.products(facts)
            link = link_of(example, facts, products, context.desktop())
        desktop = context.desktop()
        return await context.ledger.read(
            lambda book: with_hints(
                book, showing.detail(book, cart_id, link, desktop), products, desktop
            )
        )


def _parts(reminder: Reminder, message: bytes) -> Rendered:
    from cartdesk.adapters.mail.message import parts

    found = parts(message)
    return Rendered(reminder.subject, found.text, found.html)


def _link_check(link: Link) -> Check:
    if link.foreign:
        return Check(
            "link",
            Verdict.STOP,
            "the shop sends a payment link to another host",
            link.foreign,
            mend="if the host is yours, name it in extra_hosts in the settings file",
        )
    return Check("link", Verdict.OK, "link leads to your shop", link.kind)


def _broken(problem: Exception) -> Check:
    sentence = str(problem).rstrip(".")
    return Check("letter", Verdict.STOP, sentence, mend="edit the letter (e)")

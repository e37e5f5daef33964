"""Handing a cart over to the merchant's own phone: made ready, confirmed, and written down."""

from __future__ import annotations

from collections.abc import Callable

from cartdesk.domain.handoffs import HandOff, Way, hand_off, why_not
from cartdesk.domain.language import language_of
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.facts import cart_facts


class HandOffs:
    """Phone calls and messages about carts; none of them is ever made by cartdesk itself.

    ``writing`` refuses where nothing may be changed.
    """

    def __init__(self, context: Context, writing: Callable[[], None]) -> None:
        self._context = context
        self._writing = writing

    async def ready(self, cart_id: int) -> HandOff:
        """Make a hand-off ready.

        Raises:
            NotPossible: There is no such cart, it is not one to call about, the person must not
                be contacted, or the phone number cannot be one.
        """
        context, desktop = self._context, self._context.desktop()
        try:
            facts = await context.ledger.read(lambda book: cart_facts(book, cart_id, desktop))
        except LookupError as none:
            raise NotPossible(str(none.args[0])) from None
        cart, lane = facts.cart, facts.track.lane
        since = facts.track.quiet_since or cart.created_at
        bought = facts.last_bought_at is not None and facts.last_bought_at >= since
        reason = why_not(cart, lane, desktop.settings, bought=bought, stopped=facts.suppressed)
        if reason:
            raise NotPossible(reason)
        tongue = language_of(cart, desktop.shop, context.letterbox.all_languages())
        words = context.letterbox.words(tongue.language)
        found = hand_off(cart, lane, desktop.shop, desktop.settings, words)
        if found is None:
            raise NotPossible(f"“{cart.phone}” is not a valid phone number.")
        return found

    async def opened(self, cart_id: int, way: Way) -> HandOff:
        """Write down that the merchant goes over to the phone, with the person's consent.

        Raises:
            NotPossible: As :meth:`ready`, or nothing may be changed.
        """
        self._writing()
        found = await self.ready(cart_id)
        now = self._context.clock.now()
        data = {"way": way.value}
        await self._context.ledger(
            lambda book: book.events.add("handoff.opened", now, cart_id=cart_id, data=data)
        )
        return found

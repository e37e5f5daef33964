"""Who may get letters in which country, as the merchant decided, with the reasons kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from cartdesk.adapters.ledger import Book
from cartdesk.domain.consent import CountryRule
from cartdesk.domain.settings import Audience
from cartdesk.domain.text import clean
from cartdesk.work.context import Context, NotPossible
from cartdesk.work.facts import COUNTRY_RULES, country_rules

_SHORTEST_REASON = 10


class Consents:
    """The merchant's rules for countries; ``writing`` refuses where nothing may be changed."""

    def __init__(self, context: Context, writing: Callable[[], None]) -> None:
        self._context = context
        self._writing = writing

    async def rules(self) -> Mapping[str, CountryRule]:
        """Give what was decided, by country."""
        return await self._context.ledger.read(country_rules)

    async def decide(self, country: str, audience: Audience, reason: str) -> None:
        """Decide who may get letters in a country; ``UNDECIDED`` goes back to the usual rule.

        Raises:
            NotPossible: The country is no two letters, or no reason was given; or nothing may
                be changed.
        """
        self._writing()
        country, reason = country.strip().upper(), clean(reason, 500)
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise NotPossible("Name the country by its two letters, such as HU.")
        if audience is not Audience.UNDECIDED and len(reason) < _SHORTEST_REASON:
            raise NotPossible("Say in a few words why; the reason is kept with the rule.")
        now = self._context.clock.now()

        def change(book: Book) -> None:
            rules = country_rules(book)
            rules.pop(country, None)
            if audience is not Audience.UNDECIDED:
                rules[country] = CountryRule(audience, reason)
            kept = {
                name: {"audience": rule.audience, "reason": rule.reason}
                for name, rule in sorted(rules.items())
            }
            book.state.put(COUNTRY_RULES, json.dumps(kept) if kept else None)
            data = {"country": country, "audience": audience.value or "usual", "reason": reason}
            book.events.add("consent.decided", now, data=data)

        await self._context.ledger(change)

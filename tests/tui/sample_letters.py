"""Four fixed letters for layout work and snapshots; nothing is written anywhere."""

from __future__ import annotations

from cartdesk.desk import NotPossible
from cartdesk.domain.letters import example_facts
from cartdesk.domain.letters.judging import judge
from cartdesk.domain.letters.shelf import Opened, Saved, Shelved, Version
from cartdesk.domain.model import Cart
from cartdesk.domain.settings import Settings
from cartdesk.domain.views import Check
from cartdesk.work.letters import Example, LetterDesk

BROKEN = "Subject: Hello\n\nDear {{ nickname }},\n\n[Back]({{ link }})\n"


class SampleLetters(LetterDesk):
    """Letters, one of them the merchant's own, one with a draft and one that is broken."""

    def __init__(self, settings: Settings, source: str, carts: tuple[Cart, ...]) -> None:
        self._settings, self._source, self._carts = settings, source, carts

    async def shelf(self) -> tuple[Shelved, ...]:
        """Four letters."""
        found = (
            ("any-questions", False, False, self._source),
            (
                "friendly-reminder",
                True,
                False,
                f"{self._source}\n[Us](https://elsewhere.example)\n",
            ),
            ("payment-help", True, True, self._source),
            ("small-gift", True, False, BROKEN),
        )
        return tuple(
            Shelved("en", name, True, own, draft, source, self.checks(source))
            for name, own, draft, source in found
        )

    async def open(self, name: str, language: str) -> Opened:
        """One of them."""
        source = next(one.source for one in await self.shelf() if one.name == name)
        return Opened(language, name, source, source, self._source, draft=False)

    async def versions(self, name: str, language: str) -> tuple[Version, ...]:
        """None yet."""
        return ()

    async def example(self, name: str, language: str, place: int = 0) -> Example:
        """Give a made-up basket, of one of the carts while there are any."""
        place %= len(self._carts) + 1
        cart = self._carts[place] if place < len(self._carts) else None
        return Example(cart, example_facts(full=True), place, len(self._carts))

    def checks(self, source: str) -> tuple[Check, ...]:
        """Judge as the real desk does."""
        return judge(source, self._settings.shop.address)

    async def save(
        self, name: str, language: str, source: str, *, begun_from: str | None = None
    ) -> Saved:
        """Keep nothing."""
        raise NotPossible("Not saved: this is a sample.")

    async def new_letter(self, name: str, language: str) -> str:
        """Make nothing."""
        raise NotPossible("Not made: this is a sample.")

    def test_address(self) -> str:
        """Give the sample's address."""
        return self._settings.sender.email

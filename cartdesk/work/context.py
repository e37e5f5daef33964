"""What all of the work shares: the ledger, the shop, the clock and the settings."""

from __future__ import annotations

from dataclasses import dataclass

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.model import Shop
from cartdesk.domain.ports import Clock, Store
from cartdesk.domain.settings import Settings
from cartdesk.work.facts import Desktop


class NotPossible(Exception):
    """The merchant asked for something that cannot be done now; ``str()`` says why."""


class NeedsYes(NotPossible):
    """It can be done once the merchant answered a question with yes; ``str()`` asks it."""


@dataclass(slots=True)
class Context:
    """One shop's desk.

    ``shop`` is what the shop last said of itself; ``answers`` tells whether it did so the last
    time it was asked. While it does not, nothing a person waits for asks it.
    """

    settings: Settings
    ledger: LedgerThread
    clock: Clock
    letterbox: Letterbox
    store: Store | None
    shop: Shop
    answers: bool = True

    def desktop(self) -> Desktop:
        """Give shop, settings and the present for one question."""
        return Desktop(self.shop, self.settings, self.clock.now(), self.clock.wall())

"""The desk and the app over a ledger."""

from __future__ import annotations

from pathlib import Path

from cartdesk.adapters.clock import SystemClock
from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.desk import Desk
from cartdesk.domain.ports import Store
from cartdesk.tui.app import CartdeskApp
from tests.bench.homes import settings_for


def desk_over(ledger: Path, store: Store | None = None, address: str = "") -> Desk:
    """Give the desk of a shop, which sends no mail."""
    return Desk(
        settings=settings_for(address),
        ledger=LedgerThread(ledger),
        clock=SystemClock(),
        letterbox=Letterbox(None),
        store=store,
        mailer=None,
    )


def app_over(ledger: Path, store: Store | None = None, address: str = "") -> CartdeskApp:
    """Give the app of a shop; without an address it asks nobody."""
    return CartdeskApp(desk_over(ledger, store, address), clock=SystemClock())

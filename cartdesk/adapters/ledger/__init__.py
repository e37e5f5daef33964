"""The ledger: one SQLite file a shop, behind one thread, every query a named method."""

from __future__ import annotations

from cartdesk.adapters.ledger.book import Book
from cartdesk.adapters.ledger.orders import Saved
from cartdesk.adapters.ledger.problem import LedgerProblem
from cartdesk.adapters.ledger.thread import LedgerThread

__all__ = ["Book", "LedgerProblem", "LedgerThread", "Saved"]

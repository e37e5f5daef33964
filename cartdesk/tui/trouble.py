"""What may go wrong at the desk, as one line for the merchant."""

from __future__ import annotations

import sqlite3

from cartdesk.adapters.ledger import LedgerProblem
from cartdesk.desk import NotPossible
from cartdesk.domain.ports import StoreError, VaultError

EXPECTED = (NotPossible, StoreError, VaultError, LedgerProblem, sqlite3.Error, OSError)


def in_words(error: BaseException) -> str:
    """Say what happened and what mends it."""
    if isinstance(error, sqlite3.Error):
        return f"The ledger cannot be used now ({error}). Nothing was changed."
    return f"{error} {getattr(error, 'mend', '')}".strip()

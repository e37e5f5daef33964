"""What is said when the ledger cannot be used."""

from __future__ import annotations


class LedgerProblem(Exception):
    """The ledger cannot be used; ``str()`` says why and what to do."""

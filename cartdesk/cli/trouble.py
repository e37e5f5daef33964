"""Everything that may go wrong in a command: the sentence for it and the exit code."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from cartdesk.adapters.ledger import LedgerProblem
from cartdesk.adapters.paths import PathProblem
from cartdesk.adapters.redact import crash_sentence
from cartdesk.adapters.settings.file import SettingsError
from cartdesk.cli.exits import Exit
from cartdesk.desk import NotPossible
from cartdesk.domain.ports import StoreError, VaultError

_NO_SECRET = frozenset({"keyring", "no-key"})


class Usage(Exception):
    """The command cannot be understood as it stands; ``str()`` says what to do."""


class Crash(Exception):
    """A mistake of cartdesk's own; ``str()`` says where it is described."""

    def __init__(self, error: BaseException, log: Path | None) -> None:
        self.error = error
        known = f"What happened is written in {log}." if log else crash_sentence(error)
        super().__init__(
            f"cartdesk met a mistake of its own ({type(error).__name__}) and stopped. Your carts "
            f"and letters are safe in the ledger. {known}"
        )


EXPECTED = (
    NotPossible,
    Usage,
    SettingsError,
    PathProblem,
    StoreError,
    VaultError,
    LedgerProblem,
    sqlite3.Error,
    OSError,
)


def explain(error: Exception) -> tuple[str, Exit]:
    """Give the sentence for the merchant and the exit code of an error."""
    if isinstance(error, sqlite3.Error):
        return f"The ledger cannot be used now ({error}). Nothing was changed.", Exit.LEDGER
    sentence = f"{error} {getattr(error, 'mend', '')}".strip()
    if isinstance(error, Usage | PathProblem | SettingsError):
        return sentence, Exit.USAGE
    if isinstance(error, StoreError):
        return sentence, Exit.SECRETS if error.kind in _NO_SECRET else Exit.SHOP
    if isinstance(error, VaultError):
        return sentence, Exit.SECRETS
    if isinstance(error, LedgerProblem):
        return sentence, Exit.LEDGER
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{name}. Nothing else was done.", Exit.NOTHING
    if isinstance(error, (*EXPECTED, Crash)):
        return sentence, Exit.NOTHING
    return str(Crash(error, None)), Exit.NOTHING

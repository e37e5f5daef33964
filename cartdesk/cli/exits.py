"""What the command line's exit codes mean; scripts rely on them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a command ended."""

    OK = 0
    NOTHING = 1
    USAGE = 2
    SHOP = 3
    MAIL = 4
    LEDGER = 5
    SECRETS = 6
    INTERRUPTED = 130


EXIT = {
    Exit.OK: "done",
    Exit.NOTHING: "nothing was done, or it is not possible now",
    Exit.USAGE: "the command or the settings file is wrong",
    Exit.SHOP: "the shop could not be asked",
    Exit.MAIL: "a letter was refused, put off, kept, or nobody knows whether it went",
    Exit.LEDGER: "the ledger (the file with carts and letters) cannot be used",
    Exit.SECRETS: "a key or password is missing, or the keyring cannot be used",
    Exit.INTERRUPTED: "interrupted from the keyboard",
}


def table() -> str:
    """Give the table for ``--help``."""
    return "\n".join(f"  {code.value:>3}  {words}" for code, words in EXIT.items())

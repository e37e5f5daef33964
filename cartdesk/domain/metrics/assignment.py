"""Which group a person is in: a keyed hash, so that it is by chance and yet always the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

MOST_HELD_OUT = 20  # of 100
_HOLDOUT = b"holdout"
_VERSION = b"version"


def in_holdout(person: str, key: bytes, percent: int) -> bool:
    """Tell whether a person belongs to those who get no letter.

    Whoever is held out at a lower share is so at a higher one.

    Args:
        person: The address or customer the person is known by.
        key: The random secret of this ledger, 16 to 64 bytes: nobody else can tell the group.
        percent: How many of 100 are held out.

    Raises:
        ValueError: The share is not from 0 to 20.
    """
    if not 0 <= percent <= MOST_HELD_OUT:
        raise ValueError(f"The share held out must be from 0 to {MOST_HELD_OUT}, not {percent}.")
    return _chance(person, key, _HOLDOUT) < percent / 100


def version_for(person: str, key: bytes, letter: str, versions: Sequence[str]) -> str:
    """Give the version of a letter a person gets; "" when there is none to choose from.

    Each is given with the same chance, by letter anew, and apart from who is held out.
    """
    if not versions:
        return ""
    chance = _chance(f"{letter}\n{person}", key, _VERSION)
    return versions[int(chance * len(versions))]


def _chance(name: str, key: bytes, purpose: bytes) -> float:
    """Give a number from 0 up to, not including, 1, spread evenly over names."""
    digest = hashlib.blake2b(name.encode(), key=key, person=purpose, digest_size=6).digest()
    return int.from_bytes(digest) / 2**48

"""Which written forms of an e-mail address are one person's.

A letter goes to the address as it was typed. Who is meant is another question: an input method
that types full-width letters, a pasted invisible character or the two forms of an international
domain must not make a second person of somebody who bought, or who wants no letters.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 1000
_ACE = re.compile(r"(?:^|[@.])xn--", re.IGNORECASE)


def match_key(address: str) -> str:
    """Give the one form under which an address is compared, or "" when it has no two parts.

    Compatibility forms count as the plain letters (NFKC, Unicode annex 15), case is folded and
    the domain is in its ASCII form (RFC 3490).
    """
    if address.isascii():
        shown = address.strip().lower()
    else:
        visible = "".join(c for c in address[:_LONGEST] if unicodedata.category(c) != "Cf")
        shown = unicodedata.normalize("NFKC", visible).strip().casefold()
        shown = unicodedata.normalize("NFKC", shown)
    local, _, domain = shown.rpartition("@")
    return f"{local}@{_ascii(domain)}" if local and domain else ""


def forms(*addresses: str) -> frozenset[str]:
    """Give every form in which addresses may be written down: as they are, plain, and ASCII."""
    found = {address for address in addresses if address}
    for address in tuple(found):
        key = match_key(address)
        if key:
            found.add(key)
        if key and _ACE.search(key):
            local, _, domain = key.rpartition("@")
            found.add(f"{local}@{_shown(domain)}")
    return frozenset(found)


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii").lower()
    except UnicodeError:  # a label that is too long or empty: no domain, but still comparable
        return domain


def _shown(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return domain

"""Checkouts that no shopper left behind: robots, card tests, addresses nobody reads, staff.

They are kept apart: never written to and in no rate. The merchant can let each one back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cartdesk.domain.model import Cart
from cartdesk.domain.money import Money

ROBOT = "a robot that tries the shop"
CARD_TEST = "it looks like a card test: many payments failed in a short time"
THROW_AWAY = "a throw-away address"
MALFORMED = "the e-mail address cannot be one"
NO_TOTAL = "there is nothing to pay"
STAFF = "made by the shop itself"

_ROBOTS = frozenset({"storebotmail.joonix.net"})  # Google's, which shops as "John Smith"
_THROW_AWAY = frozenset(
    {
        "10minutemail.com",
        "dispostable.com",
        "fakeinbox.com",
        "getairmail.com",
        "getnada.com",
        "grr.la",
        "guerrillamail.com",
        "guerrillamail.net",
        "guerrillamail.org",
        "guerrillamailblock.com",
        "maildrop.cc",
        "mailinator.com",
        "mailinator.net",
        "mailnesia.com",
        "mintemail.com",
        "mohmal.com",
        "sharklasers.com",
        "spamgourmet.com",
        "temp-mail.org",
        "tempmail.com",
        "throwawaymail.com",
        "trashmail.com",
        "trashmail.de",
        "yopmail.com",
        "yopmail.fr",
    }
)
MANY = 5
FROM_ONE_SOURCE = timedelta(hours=1)
OF_ONE_TOTAL = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Staff:
    """The shop's own people: the sender's address, and its domain when it is the shop's own.

    The domain of a sender at a public mail service says nothing, so it counts only where the
    shop itself lives.
    """

    email: str = ""
    domain: str = ""

    @classmethod
    def of(cls, email: str, shop_address: str) -> Staff:
        """Make it of the sender's address and the address of the shop."""
        address, domain = email.strip().lower(), _domain(email.strip().lower())
        host = (urlsplit(shop_address).hostname or "").removeprefix("www.").removeprefix("shop.")
        return cls(address, domain if domain and domain == host else "")

    def holds(self, email: str) -> bool:
        """Tell whether an address is one of the shop's own people."""
        return bool(email) and (email == self.email or self.domain == _domain(email) != "")


def reason(cart: Cart, staff: Staff | None = None) -> str:
    """Say why an unfinished checkout is kept apart by what stands in it, or ""."""
    domain = _domain(cart.email)
    if domain in _ROBOTS:
        return ROBOT
    if cart.created_via == "admin" or (staff is not None and staff.holds(cart.email)):
        return STAFF
    if cart.email_malformed or (cart.email and not _well_formed(cart.email)):
        return MALFORMED
    if any(domain == one or domain.endswith(f".{one}") for one in _THROW_AWAY):
        return THROW_AWAY
    if cart.lines and cart.total is not None and cart.total.minor == 0:
        return NO_TOTAL
    return ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An order whose payment failed. ``source`` is the same for orders from one connection."""

    order_id: int
    at: datetime
    source: str = ""
    total: Money | None = None
    email: str = ""


def card_tests(failures: Sequence[Failure]) -> frozenset[int]:
    """Give the failed orders that came in a burst, as those who try stolen cards make them.

    That is at least 5 from one source within an hour, or at least 5 of one total by as many
    e-mail addresses within half an hour.
    """
    found: set[int] = set()
    sources: dict[str, list[Failure]] = {}
    totals: dict[Money, list[Failure]] = {}
    for failure in sorted(failures, key=lambda one: (one.at, one.order_id)):
        if failure.source:
            sources.setdefault(failure.source, []).append(failure)
        if failure.total is not None and failure.total.minor and failure.email:
            totals.setdefault(failure.total, []).append(failure)
    for same in sources.values():
        found |= _bursts(same, FROM_ONE_SOURCE, lambda one: one.order_id)
    for same in totals.values():
        found |= _bursts(same, OF_ONE_TOTAL, lambda one: one.email)
    return frozenset(found)


def _bursts(
    failures: Sequence[Failure], length: timedelta, key: Callable[[Failure], object]
) -> set[int]:
    """Give those of failures in order of time that have many others of another key near."""
    found: set[int] = set()
    near: Counter[object] = Counter()
    first = marked = 0
    for last, failure in enumerate(failures):
        near[key(failure)] += 1
        while failure.at - failures[first].at > length:
            near[key(failures[first])] -= 1
            near += Counter()  # drops what is counted no more
            first += 1
        if len(near) >= MANY:
            found.update(one.order_id for one in failures[max(first, marked) : last + 1])
            marked = last + 1
    return found


def _domain(email: str) -> str:
    return email.rpartition("@")[2] if "@" in email else ""


def _well_formed(email: str) -> bool:
    """Tell whether the dots and hyphens of an address stand where RFC 5321 lets them."""
    local, _, domain = email.rpartition("@")
    if not local or local.startswith(".") or local.endswith(".") or ".." in email:
        return False
    names = domain.split(".")
    if any(not name or name.startswith("-") or name.endswith("-") for name in names):
        return False
    return not names[-1].isdigit()

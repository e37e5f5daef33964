"""Reasons a reader names with one tap: ``mailto:`` links, and the mails that come of them.

A link opens a mail whose subject holds the reason in the reader's language and a token, as in
``Shipping costs too much [r:1f0c9ab2d4-shipping_cost]``. The token is a short hash of the
letter's Message-ID, which is random and known only to its reader and the ledger. So no server
is needed, and nobody can answer for somebody else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

_MOST = 1000  # characters of a subject that are looked at
_TAP = re.compile(r"\[r:([0-9a-f]{10})-([a-z_]{2,30})\]")
_STOP = re.compile(r"(?:^|:)unsub-([0-9a-f]{10})$")  # after "Re:" and the like, if any
_LONGEST_STOP = 60  # characters of a line that asks for no more letters and nothing else
_PROGRAM = re.compile(r"(?i)this (?:message|e-?mail) was automatically generated\b.{0,60}$")
_STOP_WORDS = frozenset(
    [
        *("stop", "stop please", "please stop", "unsubscribe", "remove me"),
        *("lopeta", "lopettakaa", "peruuta"),
        *("leiratkozás", "leiratkozas", "leiratkozom", "leiratkozok"),
    ]
)

# What may stop somebody before they buy, as a reader would say it; the codes are those of Reason.
OFFERED: Mapping[str, Mapping[str, str]] = {
    "en": {
        "shipping_cost": "Shipping costs too much",
        "price": "The price is too high",
        "delivery": "Delivery takes too long",
        "payment_method": "My way to pay is missing",
        "technical": "Something did not work",
        "product_question": "I have a question",
        "later": "I will buy later",
    },
    "fi": {
        "shipping_cost": "Toimituskulut ovat liian suuret",
        "price": "Hinta on liian korkea",
        "delivery": "Toimitus kestää liian kauan",
        "payment_method": "Maksutapani puuttuu",
        "technical": "Jokin ei toiminut",
        "product_question": "Minulla on kysymys",
        "later": "Ostan myöhemmin",
    },
    "hu": {
        "shipping_cost": "Drága a szállítás",
        "price": "Túl magas az ár",
        "delivery": "Túl lassú a szállítás",
        "payment_method": "Hiányzik a fizetési módom",
        "technical": "Valami nem működött",
        "product_question": "Kérdésem van",
        "later": "Később veszem meg",
    },
}


@dataclass(frozen=True, slots=True)
class Tap:
    """A reason that was tapped: the letter's token, the reason's code, and the words."""

    token: str
    reason: str
    words: str


def token_of(message_id: str) -> str:
    """Give the token of a letter: ten hexadecimal digits."""
    return hashlib.blake2b(message_id.encode(), digest_size=5).hexdigest()


def links(email: str, token: str, language: str = "en") -> tuple[tuple[str, str], ...]:
    """Give label and ``mailto:`` address (RFC 6068) of each reason, English where unknown.

    Args:
        email: Where the answer goes; without one there are no links.
        token: See :func:`token_of`; without one there are no links.
        language: The reader's.
    """
    if not email or not token:
        return ()
    to = quote(email, safe="@+")
    return tuple(
        (label, f"mailto:{to}?subject={quote(f'{label} [r:{token}-{reason}]', safe='')}")
        for reason, label in OFFERED.get(language, OFFERED["en"]).items()
    )


def read_tap(subject: str) -> Tap | None:
    """Find the tapped reason in a subject whose encoded words are decoded; None without one.

    Mail programs add "Re:" or "AW:", fold long subjects and change the case of letters.
    """
    subject = subject[:_MOST]
    found = _TAP.search(_tight(subject))
    if found is None:
        return None
    words = re.sub(r"(?i)\[\s*r\s*:.*?\]", "", subject, count=1, flags=re.DOTALL)
    return Tap(found[1], found[2], _without_prefix(" ".join(words.split())))


def read_stop(subject: str) -> str:
    """Give the token of a letter's stop request (``unsub-1f0c9ab2d4``), or ""."""
    found = _STOP.search(_tight(subject[:_MOST]))
    return found[1] if found else ""


def asks_to_stop(text: str) -> bool:
    """Tell whether a reply's first line asks for no more letters and says nothing else."""
    first = text.strip().partition("\n")[0]
    return len(first) <= _LONGEST_STOP and _bare(first) in _STOP_WORDS


def beyond_stop(text: str, name: str = "") -> str:
    """Give what a request for no more letters says besides; "" when that is all it says.

    The writer's own name below it, and what a mail program writes into the request it makes by
    itself (as Gmail does for List-Unsubscribe, RFC 2369), are no words of theirs.
    """
    rest = text.strip()
    if asks_to_stop(rest):
        rest = rest.partition("\n")[2]
    lines = [line for line in rest.split("\n") if not _PROGRAM.match(line.strip())]
    rest = "\n".join(lines).strip()
    names = {_bare(name), *_bare(name).split()}
    return "" if _bare(rest) in {"", *names} else rest


def _bare(words: str) -> str:
    return words.strip(" .!,\"'“”„*\n").casefold()


def _tight(subject: str) -> str:
    return re.sub(r"\s+", "", subject).casefold()


def _without_prefix(words: str) -> str:
    """Take off "Re:", "AW:", "VS:" and their like, however many there are."""
    return re.sub(r"^(?:[^\W\d_]{1,5}(?:\[\d+\])?:\s*)+", "", words)

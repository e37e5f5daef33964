"""A pause of all sending: the mail server spoke about the account, not about a letter.

Every other letter would get the same answer, and asking on may cost the account. So the
letters are kept and nothing is sent until the pause is over or the merchant ends it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.mail.providers import presets
from cartdesk.adapters.mail.smtp_replies import reason_of
from cartdesk.domain.ports import Refused

PAUSED = "mail.paused"
SLOW_UNTIL = "mail.slow_until"
_LENGTHS = {
    "busy": timedelta(minutes=1),
    "rate": timedelta(minutes=15),
    "limit": timedelta(hours=24),  # providers count the last 24 hours, not the calendar day
}
_WHY = {
    "busy": "the mail server is busy",
    "rate": "the mail server asks for fewer letters at a time",
    "limit": "your mail account has reached its limit for now",
    "login": "the mail server does not let your account in",
    "policy": "the mail server does not take your letters",
    "alike": "two letters in a row were refused in the same words",
}
_MENDS = {
    "login": "Check login and password in Settings; many providers want an app password",
    "policy": "Read what it says, and ask your mail provider",
    "alike": "If both addresses are wrong, let it go on; else ask your mail provider",
}
_SLOW_FOR = timedelta(hours=24)
_SLOWEST_START = 6.0  # seconds between letters once a server asked to go slower


@dataclass(frozen=True, slots=True)
class Pause:
    """Why nothing is sent, in the server's words, and until when (None: until told).

    ``help`` is the provider's page about it, or "".
    """

    reason: str
    said: str
    until: datetime | None
    help: str = ""


def begin(
    book: Book, refused: Refused, now: datetime, host: str = "", *, reason: str = ""
) -> Pause:
    """Pause everything after an answer about the account at a mail host.

    ``reason`` is a word of :func:`reason_of` or "alike"; "" reads it from the answer.
    """
    reason = reason or reason_of(refused.stage, refused.code, refused.text)
    length = _LENGTHS.get(reason)
    page = next((one.help for one in presets() if one.host == host), "")
    pause = Pause(
        reason,
        f"{refused.code} {refused.text}",
        now + length if length else None,
        page if reason == "login" else "",
    )
    until = pause.until.isoformat() if pause.until else None
    kept = {"reason": reason, "said": pause.said, "until": until, "help": pause.help}
    book.state.put(PAUSED, json.dumps(kept))
    if reason == "rate":
        book.state.put(SLOW_UNTIL, (now + _SLOW_FOR).isoformat())
    book.events.add("mail.paused", now, data=kept)
    return pause


def current(book: Book, now: datetime) -> Pause | None:
    """Give the pause that holds now, if any."""
    text = book.state.get(PAUSED)
    if text is None:
        return None
    kept = json.loads(text)
    until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
    if until is not None and until <= now:
        return None
    return Pause(kept["reason"], kept["said"], until, kept.get("help", ""))


def end(book: Book, now: datetime) -> bool:
    """End the pause, because the merchant says so; tells whether there was one."""
    paused = current(book, now) is not None
    book.state.put(PAUSED, None)
    if paused:
        book.events.add("mail.resumed", now)
    return paused


def in_words(pause: Pause, now: datetime, zone: tzinfo) -> str:
    """Say why nothing is sent, until when, and what to do."""
    until = "until you let it go on"
    if pause.until is not None:
        at = pause.until.astimezone(zone)
        same_day = at.date() == now.astimezone(zone).date()
        until = f"until {at:%H:%M}" if same_day else f"until {at:%A %H:%M}"
    mend = f". {_MENDS[pause.reason]}" if pause.reason in _MENDS else ""
    page = f" ({pause.help})" if pause.help else ""
    why = f"{_WHY[pause.reason]}: {pause.said.rstrip('.')}{mend}{page}"
    return f"sending is paused {until}, because {why}"


def sentence(book: Book, now: datetime, zone: tzinfo) -> str:
    """Say in words what pause holds now; "" when letters may go."""
    pause = current(book, now)
    return "" if pause is None else in_words(pause, now, zone)


def pace(book: Book, seconds: float, now: datetime) -> float:
    """Give the seconds between two letters: twice as many for a day after a "too fast"."""
    text = book.state.get(SLOW_UNTIL)
    if text is None or datetime.fromisoformat(text) <= now:
        return seconds
    return max(2 * seconds, _SLOWEST_START) if seconds else seconds

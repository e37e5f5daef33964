"""What the story's shoppers write back: replies, tapped reasons, and a program's answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from urllib.parse import parse_qs, urlsplit

from cartdesk.demo.cast import Part

_MAILTO = re.compile(r"mailto:[^\s<>\")]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody does some hours after a letter came.

    Attributes:
        letter: Which of their letters they answer, counted from 1.
        hours: How long after it came.
        text: What they write; "" when they only tap a reason.
        tap: The code of the reason they tap in it, or "".
        by_machine: Whether a program answers for them.
    """

    letter: int
    hours: float
    text: str = ""
    tap: str = ""
    by_machine: bool = False


REPLIES = {
    "lena.gross@example.net": Reply(
        1, 2, "Shipping to Germany costs more than one of the bowls.\nIs there a cheaper way?"
    ),
    "alex.smith-jones@example.net": Reply(
        1, 3, "[@click=app.quit]Hello[/]\nWhen would it arrive in Leeds?"
    ),
    "vaino.nieminen@example.com": Reply(2, 1, tap="shipping_cost"),
    "aino.korhonen@example.com": Reply(
        2, 4, "Toimituskulut ovat aivan liian kalliit, muuten ostaisin heti."
    ),
    "ines.silva@example.net": Reply(2, 2, tap="payment_method"),
    "onni.korhonen@example.com": Reply(
        1, 5, "Toimiiko pannu induktiolla? Siksi en vielä tilannut."
    ),
    "kofi.mensah@example.org": Reply(1, 6, "Thank you, that worked at once. Lovely shop!"),
    "m.okafor@example.com": Reply(1, 0.02, "I am out of the office until Monday.", by_machine=True),
    "jussi.makinen@example.org": Reply(2, 1, tap="price"),
}


def written(reply: Reply, part: Part, letter: EmailMessage, at: datetime, number: int) -> bytes:
    """Write a reply as a mail program does: in the thread, with the letter quoted below.

    A tapped reason is the mail its link in the letter opens, or nothing (b"") without one.
    """
    mail = EmailMessage()
    mail["From"] = formataddr((f"{part.first} {part.last}".strip(), part.email))
    mail["To"] = letter["From"]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<reply-{number}@{part.email.rpartition('@')[2]}>"
    body = letter.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    if reply.tap:
        subject = _tapped(text, reply.tap)
        if not subject:
            return b""
        mail["Subject"] = subject
        mail.set_content(reply.text)
        return mail.as_bytes()
    mail["Subject"] = f"Re: {letter['Subject']}"
    mail["In-Reply-To"] = letter["Message-ID"]
    mail["References"] = letter["Message-ID"]
    if reply.by_machine:
        mail["Auto-Submitted"] = "auto-replied"
    quoted = "\n".join(f"> {line}" for line in text.splitlines()[:12])
    mail.set_content(f"{reply.text}\n\nOn {at:%d %b %Y}, {letter['From']} wrote:\n{quoted}\n")
    return mail.as_bytes()


def _tapped(text: str, reason: str) -> str:
    """Give the subject of the link in a letter that names a reason, or ""."""
    for link in _MAILTO.findall(text):
        subject = "".join(parse_qs(urlsplit(link).query).get("subject", ()))
        if f"-{reason}]" in subject:
            return subject
    return ""

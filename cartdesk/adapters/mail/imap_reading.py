"""Messages in the inbox that are about one of our letters; anybody may have written them.

A message is about a letter when it names its Message-ID: in In-Reply-To or References (RFC 5322
3.6.4), or in the headers a delivery report returns (RFC 3462, RFC 3464); or when its subject holds
the letter's token, as the links in a letter make it. Text never counts, or anybody could stop
letters to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, HeaderParser
from email.policy import Compat32
from email.utils import parseaddr

from cartdesk.adapters.mail.reply_text import decoded, own_words, quoted_words
from cartdesk.domain.feedback.one_click import Tap, asks_to_stop, read_stop, read_tap, token_of
from cartdesk.domain.ports import Heard, HeardKind
from cartdesk.domain.text import clean

_LONGEST_HEADER = 8_000  # the standard library takes quadratic time to read parameters
_MOST_PARTS = 40  # and one level of Python for each part within a part
_MOST_IDS = 30
_NESTING = re.compile(rb"(?i)multipart/|message/")
# what the standard library raises for messages that no mail program makes
_STRANGE = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
_ID = re.compile(r"<[^<>\s]{3,250}>")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPORT = "multipart/report"
_RETURNED = frozenset(
    {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}  # RFC 3462, 6533
)
_RETURNED_WHOLE = frozenset({"message/rfc822", "message/global"})
_STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ACTIONS = {
    "failed": HeardKind.BOUNCE,
    "delayed": HeardKind.DELAY,
    "delivered": HeardKind.DELIVERED,
    "relayed": HeardKind.DELIVERED,
    "expanded": HeardKind.DELIVERED,
}
_BY_CLASS = {"5": HeardKind.BOUNCE, "4": HeardKind.DELAY, "2": HeardKind.DELIVERED}
# the last is what Exchange sets on the answers it makes (MS-OXCMAIL)
_MACHINES_ONLY = ("x-autoreply", "x-autorespond", "x-auto-response-suppress")
_AWAY = re.compile(  # as Outlook, Exchange and Gmail begin the subject of an absence note
    r"(?:automatic reply|auto-?reply|out of office|automaattinen vastaus|poissaoloviesti"
    r"|poissaoloilmoitus|automatikus válasz|házon kívül|automatische antwort|autosvar"
    r"|réponse automatique)\s*:",
    re.IGNORECASE,
)
_MACHINES = frozenset({"auto_reply", "bulk", "junk", "list"})


@dataclass(frozen=True, slots=True)
class _Report:
    kind: HeardKind
    status: str = ""
    recipient: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class _About:
    """The letter a message is about ("" for none), the reason tapped in it, or a wish to stop."""

    letter: str = ""
    tap: Tap | None = None
    stop: bool = False


class _Short(Compat32):
    """Cuts each header to a length that is quick to read."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_HEADER]


_POLICY = _Short()
_HEADERS = BytesHeaderParser(policy=_POLICY)  # looks for no parts, which may nest without end


def may_concern(headers: bytes, ours: Collection[str]) -> bool:
    """Tell from a message's headers whether to read it: it names a letter, or is a report."""
    found = _HEADERS.parsebytes(headers)
    return found.get_content_type() == _REPORT or _about(found, ours).letter != ""


def message_id_of(headers: bytes) -> str:
    """Give the Message-ID a message bears, with its angle brackets, or ""."""
    return next(_ids(_HEADERS.parsebytes(headers), "message-id"), "")


def read_answer(raw: bytes, ours: Collection[str], *, key: str, at: datetime) -> Heard | None:
    """Read a message; None when it is about none of our letters.

    Args:
        raw: Its beginning, at most some hundred kilobytes.
        ours: The Message-IDs of our letters.
        key: What names it in its mailbox.
        at: When it arrived.
    """
    message = _parsed(raw)
    parts = _children(message)
    about = _About()
    if message.get_content_type() == _REPORT:
        about = _About(next((i for part in parts for i in _returned(part) if i in ours), ""))
    else:
        parts = ()
    about = about if about.letter else _about(message, ours)
    if not about.letter:
        return None
    name, sender = _address(_header(message, "from"))
    text = own_words(message)
    report = _report(parts)
    if not parts and not _by_machine(message):
        stop = about.stop or (not about.tap and asks_to_stop(text))
        report = _Report(HeardKind.STOP if stop else HeardKind.REPLY)
    subject = _words(_header(message, "subject"))
    return Heard(
        kind=report.kind,
        message_id=about.letter,
        key=key,
        at=at,
        sender=clean(sender, 254).casefold(),
        name=clean(_words(name), 100),
        subject=clean(about.tap.words if about.tap else subject, 200),
        text=text,
        status=report.status,
        final_recipient=report.recipient,
        said=report.said,
        reason=about.tap.reason if about.tap else "",
        own_id=clean(next(_ids(message, "message-id"), ""), 260),
        references=tuple(clean(one, 260) for one in _ids(message, "references"))[-_MOST_IDS:],
        reply_to=clean(_address(_header(message, "reply-to"))[1], 254),
        quoted="" if text else quoted_words(message),
    )


def _parsed(raw: bytes) -> Message:
    """Parse a message; one built to take for ever is read without its parts."""
    if len(_NESTING.findall(raw)) > _MOST_PARTS:
        raw = raw.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
    return message_from_bytes(raw, policy=_POLICY)


def _children(message: Message) -> tuple[Message, ...]:
    payload = message.get_payload() if message.is_multipart() else ()
    return tuple(payload)


def _header(message: Message, name: str) -> str:
    return " ".join(str(value) for value in message.get_all(name, ()))


def _ids(message: Message, *names: str) -> Iterator[str]:
    for name in names:
        yield from _ID.findall(_header(message, name))


def _about(message: Message, ours: Collection[str]) -> _About:
    """Tell which letter of ours a message answers, and what its subject asks or names."""
    subject = _words(_header(message, "subject"))
    tap, stop = read_tap(subject), read_stop(subject)
    token = tap.token if tap else stop
    tokens = {token_of(one): one for one in ours} if token else {}
    by_token = tokens.get(token, "")
    letter = by_token or _named(message, ours)  # the token tells which letter's link was used
    return _About(letter, tap if by_token else None, stop=bool(stop and by_token))


def _named(message: Message, ours: Collection[str]) -> str:
    """Give the letter of ours a message answers; the newest of a thread stands last."""
    answered = [found for found in _ids(message, "in-reply-to") if found in ours]
    thread = [found for found in _ids(message, "references") if found in ours]
    return next(iter((*answered, *reversed(thread))), "")


def _returned(part: Message) -> Iterator[str]:
    """Give the Message-ID of the message a part of a report returns."""
    kind = part.get_content_type()
    if kind in _RETURNED_WHOLE:
        for inner in _children(part):
            yield from _ids(inner, "message-id")
    elif kind in _RETURNED:
        headers = next(iter(_children(part)), None)
        found = headers or HeaderParser(policy=_POLICY).parsestr(decoded(part))
        yield from _ids(found, "message-id")


def _report(parts: Collection[Message]) -> _Report:
    """Read what a delivery report says of the first recipient it speaks of."""
    for part in parts:
        if part.get_content_type() not in _STATUSES:
            continue
        for block in _children(part):
            status = _STATUS.search(_header(block, "status"))
            code = status[1] if status else ""
            action = _header(block, "action").strip().casefold()
            kind = _ACTIONS.get(action) or _BY_CLASS.get(code[:1])
            if kind is not None:
                recipient = clean(_typed(block, "final-recipient"), 254)
                said = clean(_typed(block, "diagnostic-code"), 300)
                return _Report(kind, code, recipient, said)
    return _Report(HeardKind.AUTO_REPLY)


def _typed(block: Message, name: str) -> str:
    """Give the value of a field such as ``rfc822; ana@example.org`` without its type."""
    before, sign, after = _header(block, name).partition(";")
    return after if sign else before


def _by_machine(message: Message) -> bool:
    """Tell whether a program answered (RFC 3834, and what was used before it)."""
    submitted = _header(message, "auto-submitted").split("(")[0].strip().casefold()
    old = _header(message, "precedence").strip().casefold()
    return (
        submitted not in {"", "no"}
        or old in _MACHINES
        or any(message.get(name) for name in _MACHINES_ONLY)
        or _AWAY.match(_words(_header(message, "subject")).strip()) is not None
    )


def _address(value: str) -> tuple[str, str]:
    """Give name and address of a header; the name is still encoded, or it could feign one."""
    try:
        return parseaddr(value)
    except _STRANGE:
        return value, ""


def _words(value: str) -> str:
    """Decode the encoded words of a header, where they can be."""
    try:
        return str(make_header(decode_header(value)))
    except _STRANGE:
        return value

"""Messages in the inbox that are about one of our letters; anybody may have written them.

A message is about a letter when it names its Message-ID: in In-Reply-To or References (RFC 5322
3.6.4), or in the headers a delivery report returns (RFC 3462, RFC 3464). Text never counts, or
anybody could stop letters to anybody.
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
from email.parser import HeaderParser
from email.policy import Compat32
from email.utils import parseaddr

from cartdesk.domain.ports import Heard, HeardKind
from cartdesk.domain.text import clean, clean_lines

_LONGEST_HEADER = 8_000  # the standard library takes quadratic time to read parameters
_MOST_PARTS = 40  # and one level of Python for each part within a part
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
_MACHINES = frozenset({"auto_reply", "bulk", "junk", "list"})


@dataclass(frozen=True, slots=True)
class _Report:
    kind: HeardKind
    status: str = ""
    recipient: str = ""
    said: str = ""


class _Short(Compat32):
    """Cuts each header to a length that is quick to read."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_LONGEST_HEADER]


_POLICY = _Short()


def may_concern(headers: bytes, ours: Collection[str]) -> bool:
    """Tell from a message's headers whether to read it: it names a letter, or is a report."""
    found = message_from_bytes(headers, policy=_POLICY)
    return found.get_content_type() == _REPORT or _named(found, ours) != ""


def message_id_of(headers: bytes) -> str:
    """Give the Message-ID a message bears, with its angle brackets, or ""."""
    return next(_ids(message_from_bytes(headers, policy=_POLICY), "message-id"), "")


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
    if message.get_content_type() == _REPORT:
        about = next((i for part in parts for i in _returned(part) if i in ours), "")
    else:
        parts, about = (), ""
    about = about or _named(message, ours)
    if not about:
        return None
    name, sender = _address(_header(message, "from"))
    report = _report(parts)
    if not parts and not _by_machine(message):
        report = _Report(HeardKind.REPLY)
    return Heard(
        kind=report.kind,
        message_id=about,
        key=key,
        at=at,
        sender=clean(sender, 254).casefold(),
        name=clean(_words(name), 100),
        subject=clean(_words(_header(message, "subject")), 200),
        text=clean_lines(_plain_text(message), 2000),
        status=report.status,
        final_recipient=report.recipient,
        said=report.said,
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
        found = headers or HeaderParser(policy=_POLICY).parsestr(_decoded(part))
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
        or any(message.get(name) for name in ("x-autoreply", "x-autorespond"))
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


def _plain_text(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            return _decoded(part)
    return ""


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except _STRANGE:
        return ""
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except _STRANGE:
        return payload.decode("utf-8", "replace")

"""Letters as RFC 5322 messages: the exact bytes that are frozen at approval and sent."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.header import Header, decode_header, make_header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy

from cartdesk.domain.letters.fields import stop_address
from cartdesk.domain.model import Rendered
from cartdesk.domain.settings import SenderSettings
from cartdesk.domain.text import clean

_YOURS = "Correct it in Settings, under Sender."
_THEIRS = "Nothing was sent. Skip this letter, or reach the customer another way."
_TOKEN = re.compile(r"[A-Za-z0-9_-]{4,32}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,200}@[!-;=?-~]{1,250}>")
_MOST_REFERENCES = 10
_LONGEST_NAME = 64
_NOT_IN_HEADERS = frozenset({"Cc", "Cs", "Zl", "Zp"})


class Unmailable(ValueError):
    """No message can be made for this address or name; ``str()`` is for the merchant."""


@dataclass(frozen=True, slots=True)
class MessageParts:
    """A message taken apart for showing: decoded headers in order, text part, HTML part."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


class _Policy(EmailPolicy):
    """SMTP's rules, with names and subjects folded and encoded as a whole.

    Python 3.11 to 3.13 lose a space where a long name or subject is cut, and encode a long
    value without spaces (RFC 2047): then no mail program recognises the address in
    List-Unsubscribe or the ids of a thread.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        key = name.lower()
        if key == "subject":
            folded = _encoded(value, name)
        elif isinstance(value, AddressHeader):
            folded = _folded_address(value.addresses[0], name)
        elif key == "references":
            folded = value.replace(" ", "\r\n ")
        elif key in {"list-unsubscribe", "in-reply-to", "message-id"}:
            folded = value
        else:
            return super().fold_binary(name, value)
        return f"{name}: {folded}\r\n".encode("ascii")


def _encoded(text: str, header: str) -> str:
    """Fold a text and, unless it is ASCII, encode it by RFC 2047."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=header, maxlinelen=76).encode(linesep="\r\n")


def _folded_address(address: Address, header: str) -> str:
    if address.display_name.isascii():
        return str(address)
    return f"{_encoded(address.display_name, header)}\r\n <{address.addr_spec}>"


_POLICY = _Policy(linesep="\r\n", max_line_length=78)


def new_message_id(domain: str) -> str:
    """Make a Message-ID nobody else has, under the sender's domain."""
    return f"<{uuid.uuid4()}@{_ascii_domain(domain)}>"


def usable_ids(ids: Iterable[str]) -> tuple[str, ...]:
    """Give those Message-IDs of a stranger's mail that may stand in a header, each once."""
    return tuple(dict.fromkeys(one for one in ids if _MESSAGE_ID.fullmatch(one)))


def build(
    rendered: Rendered,
    *,
    sender: SenderSettings,
    to_name: str,
    to_email: str,
    message_id: str,
    date: datetime,
    stop_token: str = "",
    in_reply_to: str = "",
    references: Sequence[str] = (),
) -> bytes:
    """Put a letter into a message: plain text first, HTML as the alternative.

    Args:
        rendered: The filled-in letter.
        sender: The merchant; answers go to ``reply_to`` when it differs from ``email``.
        to_name: The shopper's name, "" for none.
        to_email: The shopper's address.
        message_id: From :func:`new_message_id`; the same letter keeps it for ever.
        date: The aware time of writing.
        stop_token: What ties a stop request to this letter: 4 to 32 letters and digits; ""
            for mail that answers somebody, which offers no stop.
        in_reply_to: The Message-ID this letter answers.
        references: The Message-IDs of the thread, oldest first.

    Returns:
        Bytes with CRLF line ends, 7-bit, no line over 998 bytes.

    Raises:
        Unmailable: An address, a name or the subject cannot stand in a message.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a message must be aware")
    if stop_token and not _TOKEN.fullmatch(stop_token):
        raise ValueError("a stop token is 4 to 32 letters and digits")
    own = _mailbox(sender.name, sender.email, _YOURS)
    answers = _mailbox(sender.name, sender.reply_to or sender.email, _YOURS)
    message = EmailMessage(policy=_POLICY)
    message["Date"] = date
    message["From"] = own
    message["To"] = _mailbox(to_name, to_email, _THEIRS)
    if answers.addr_spec != own.addr_spec:
        message["Reply-To"] = answers
    message["Subject"] = _plain(rendered.subject, "subject", "Change the letter's first line.")
    message["Message-ID"] = _message_id(message_id)
    if in_reply_to:
        message["In-Reply-To"] = _message_id(in_reply_to)
    if references:
        thread = [_message_id(reference) for reference in references]
        newest = thread[1:][1 - _MOST_REFERENCES :]  # the first one names the thread
        message["References"] = " ".join([thread[0], *newest])
    if stop_token:
        message["List-Unsubscribe"] = f"<{stop_address(answers.addr_spec, stop_token)}>"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    # "=_" cannot stand in quoted-printable text (RFC 2045 6.7), so the parts never hold it.
    message.set_boundary("=_" + hashlib.blake2b(message_id.encode(), digest_size=12).hexdigest())
    return message.as_bytes()


def parts(message: bytes) -> MessageParts:
    """Take a message apart for the preview: what a mail program would show."""
    parsed = message_from_bytes(message, policy=SMTP)
    return MessageParts(
        headers=tuple((name, _decoded(value)) for name, value in parsed.raw_items()),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
    )


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _decoded(raw: str) -> str:
    # The header objects of Python 3.11 put a space between two encoded words of a name.
    return str(make_header(decode_header("".join(raw.splitlines()))))


def _mailbox(name: str, email: str, mend: str) -> Address:
    """Make a mailbox of a name and an address, the domain in its ASCII form."""
    from email_validator import EmailNotValidError, validate_email

    if not email:
        raise Unmailable(f"There is no e-mail address. {mend}")
    _refuse_codes(email, "address", mend)
    try:
        valid = validate_email(email, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        reason = f"The address “{clean(email, 80)}” cannot be used. {clean(str(error))}"
        raise Unmailable(f"{reason} {mend}") from None
    return Address(_plain(name, "name", mend)[:_LONGEST_NAME], addr_spec=valid.ascii_email or "")


def _plain(text: str, what: str, mend: str) -> str:
    """Give text fit for a header."""
    _refuse_codes(text, what, mend)
    return " ".join(clean(text).split())


def _refuse_codes(text: str, what: str, mend: str) -> None:
    """Refuse what could start another header, or be decoded into another text."""
    if any(unicodedata.category(char) in _NOT_IN_HEADERS for char in text):
        raise Unmailable(f"The {what} “{clean(text, 80)}” holds a line break or code. {mend}")
    if "=?" in text:
        raise Unmailable(f"The {what} “{clean(text, 80)}” holds “=?”, a sign of a forgery. {mend}")


def _message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text):
        raise ValueError(f"not a Message-ID: {clean(text, 80)}")
    return text


def _ascii_domain(domain: str) -> str:
    """Give a domain as it is written in a header; raises :class:`Unmailable`."""
    return _mailbox("", f"id@{domain}", _YOURS).domain

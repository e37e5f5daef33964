"""What the desk asks of the outside world; the adapters keep these promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from cartdesk.domain.model import Note, Product, Review, Shop

Record = dict[str, Any]


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Give the current time, aware, in UTC."""

    def wall(self) -> datetime:
        """Give the time on the merchant's own wall, aware, in UTC.

        It differs from :meth:`now` only where a story's hours are shortened: holds before
        sending, countdowns and pauses between letters are counted in it.
        """

    def monotonic(self) -> float:
        """Give seconds that never step back."""


class StoreError(Exception):
    """The shop could not be asked. ``str()`` is a sentence for the merchant.

    ``kind`` names the row of the error table (wrong-key, no-rights, firewall, tls ...),
    ``mend`` says what to do, ``retry_after`` is in seconds when the shop named a time, and
    ``passing`` tells that the same question may succeed later by itself.
    """

    def __init__(
        self,
        kind: str,
        sentence: str,
        *,
        mend: str = "",
        retry_after: float | None = None,
        passing: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.mend = mend
        self.retry_after = retry_after
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: raw records, the totals the shop states, and its clock (UTC)."""

    records: tuple[Record, ...]
    total: int | None
    pages: int | None
    server_time: datetime | None
    warning: str = ""  # what the shop printed before the JSON


class Store(Protocol):
    """A shop. Every method raises :class:`StoreError`; nothing here writes to the shop."""

    async def orders(self, query: Mapping[str, str]) -> Page:
        """Ask for a list of orders as raw records, with ``query`` as WooCommerce names it."""

    async def order(self, order_id: int) -> Record | None:
        """Ask for one order as it is now; None when the shop no longer has it."""

    async def notes(self, order_id: int) -> tuple[Note, ...]:
        """Ask for the notes of one order, oldest first."""

    async def reviews(self, after: datetime | None) -> tuple[Review, ...]:
        """Ask for the approved reviews written after a time (None: the newest 100)."""

    async def products(self, ids: Sequence[int]) -> tuple[Product, ...]:
        """Ask for products and variations by id; unknown ones are left out."""

    async def is_paying_customer(self, email: str) -> bool | None:
        """Tell whether a registered customer with this e-mail paid before; None: unknown."""

    async def shop(self) -> Shop:
        """Ask what the shop says of itself, as far as the key may see it."""

    async def can_write(self) -> bool | None:
        """Tell whether the key may change the shop, without changing it; None: unknown."""

    async def close(self) -> None:
        """Close the connections."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A frozen message: its bytes never change after approval."""

    reminder_id: int
    sender: str
    recipient: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the letter (any 2xx after the final dot)."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server answered no (5xx) or later (4xx), so the letter certainly did not go out.

    ``stage`` is connect, login, mail, rcpt, data or dot. ``scope`` is "letter" when the
    answer is about this letter or its address, "account" when every other letter would get
    it too (limit, rate, login, policy): the batch stops and the letters are kept.
    """

    stage: str
    code: int
    text: str
    scope: str

    @property
    def temporary(self) -> bool:
        """Whether the server asked to try again later."""
        return 400 <= self.code < 500


@dataclass(frozen=True, slots=True)
class NotSent:
    """The connection failed before the final dot: the letter certainly did not go out."""

    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection died after the final dot: nobody can know. ``seconds`` since the dot."""

    seconds: float
    text: str


Outcome = Accepted | Refused | NotSent | Unknown


class Mailer(Protocol):
    """One mail account. All calls block and belong in a worker thread."""

    def open(self) -> Refused | NotSent | None:
        """Connect, verify the server and log in; None when ready to send."""

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
        """Send one letter to one recipient.

        ``before_dot`` is called after the body was written and must return before the final
        dot goes out; when it raises, the dot is not sent and the exception passes through.
        """

    def close(self) -> None:
        """Say QUIT and close, ignoring errors."""


@dataclass(frozen=True, slots=True)
class Found:
    """The letter lies in the folder of sent mail, so it went out."""

    folder: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class NotFound:
    """The letter does not lie in the folder of sent mail, which proves nothing."""

    folder: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The mailbox could not be asked; ``sentence`` says why and what to do."""

    sentence: str


class HeardKind(StrEnum):
    """What a message that came back about one of our letters is."""

    REPLY = "reply"  # a person wrote it
    STOP = "stop"  # a person asks for no more letters
    AUTO_REPLY = "auto-reply"  # a program did: out of office, read receipt
    BOUNCE = "bounce"  # the letter could not be delivered
    DELAY = "delay"  # a mail server still tries
    DELIVERED = "delivered"  # a mail server says that it arrived


@dataclass(frozen=True, slots=True)
class Heard:
    """One message in the inbox that is about one of our letters.

    ``message_id`` is our letter's, ``key`` names the message in its mailbox for ever.
    ``sender`` is an address, ``name`` what stands beside it; ``text`` is what was written, without
    what it quotes, and ``reason`` the code of a reason tapped in the letter. ``own_id`` is the
    message's own Message-ID and ``references`` those of its thread, ``reply_to`` where answers
    go. For reports ``status`` is the code of RFC 3463 such as 5.1.1, ``final_recipient``
    the address it is about and ``said`` the words of the server that refused. ``quoted`` is the
    beginning and the end of a mail in which nothing stands outside of what it quotes. Anybody
    who got the letter could have forged all of it.
    """

    kind: HeardKind
    message_id: str
    key: str
    at: datetime
    sender: str
    name: str = ""
    subject: str = ""
    text: str = ""
    status: str = ""
    final_recipient: str = ""
    said: str = ""
    reason: str = ""
    own_id: str = ""
    references: tuple[str, ...] = ()
    reply_to: str = ""
    quoted: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What was heard, oldest first, and a ``mark`` of how far the inbox was read."""

    heard: tuple[Heard, ...]
    mark: str


class MailboxError(Exception):
    """The mailbox could not be read. ``str()`` is a sentence for the merchant.

    ``kind``: connect, login, folder or protocol.
    """

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Mailbox(Protocol):
    """The merchant's mailbox, only ever read. All calls block and belong in a worker thread."""

    def find_sent(self, message_id: str) -> Found | NotFound | Unavailable:
        """Look for one of our letters in the folder of sent mail."""

    def answers_to(self, message_ids: Sequence[str], since: datetime, mark: str = "") -> Answers:
        """Read what came into the inbox about some of our letters.

        A message is about a letter when it names its Message-ID as the one it answers, or
        returns it in a delivery report; what is written in it never counts.

        Args:
            message_ids: Of our letters, with their angle brackets.
            since: Where to begin without a mark; whole days are read.
            mark: What an earlier answer gave: only what came in later is read.

        Raises:
            MailboxError: The mailbox cannot be read now.
        """


class VaultError(Exception):
    """The keyring could not be used. ``kind``: none, locked, denied, too-long, lost, unsafe."""

    def __init__(self, kind: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Vault(Protocol):
    """Where secrets are kept. All calls may block (the system may ask the person)."""

    @property
    def name(self) -> str:
        """Name the place in words for the screen ("GNOME keyring (Secret Service)")."""

    def get(self, service: str, user: str) -> str | None:
        """Give the secret, or None when there is none. Raises :class:`VaultError`."""

    def put(self, service: str, user: str, secret: str) -> None:
        """Keep a secret and read it back to be sure. Raises :class:`VaultError`."""

    def forget(self, service: str, user: str) -> None:
        """Delete a secret; nothing happens when there is none. Raises :class:`VaultError`."""

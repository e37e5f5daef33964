"""What the desk shows of feedback: pieces, pages of them, bars by reason, filters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cartdesk.domain.money import Money

if TYPE_CHECKING:
    from cartdesk.domain.feedback.reading import Found
    from cartdesk.domain.feedback.reasons import Mood, Reason


class Source(StrEnum):
    """Where a piece of feedback came from."""

    REVIEW = "review"  # a product review in the shop
    NOTE = "note"  # what a customer wrote on an order
    GATEWAY = "gateway"  # what a payment gateway noted on a failed order: nobody said it
    REPLY = "reply"  # a mail that answers one of our letters
    ONE_CLICK = "one-click"  # a reason tapped in one of our letters
    CHAT = "chat"  # typed in by the merchant
    PHONE = "phone"  # typed in by the merchant
    SOCIAL = "social"  # typed in by the merchant
    SURVEY = "survey"  # imported from a survey's results


TYPED_IN = (Source.CHAT, Source.PHONE, Source.SOCIAL)
SAID = tuple(source for source in Source if source is not Source.GATEWAY)


class PieceState(StrEnum):
    """What the merchant has done with a piece."""

    NEW = "new"  # not looked after yet
    WAITING = "waiting"  # somebody waits for an answer
    ANSWERED = "answered"  # an answer went out
    HANDLED = "handled"  # the merchant put it aside, or it was history when it came


class Tab(StrEnum):
    """The lists of the Feedback screen."""

    NEW = "new"  # new, the newest first
    WAITING = "waiting"  # waiting for an answer, the oldest first
    ANSWERED = "answered"  # answered or handled, the newest first
    ALL = "all"  # everything, the newest first


@dataclass(frozen=True, slots=True)
class Thread:
    """What an answer in the same thread of mails needs; all of it anybody's word.

    ``message_id`` and ``references`` hold their angle brackets (RFC 5322 3.6.4),
    ``answers`` is the Message-ID of our letter, ``address`` where an answer goes. ``unread``
    tells that the piece shows a subject or a quotation: words that may be ours, never read.
    """

    message_id: str
    references: tuple[str, ...]
    answers: str
    subject: str
    address: str
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing somebody said (or a gateway noted).

    ``key`` is unique in its source. ``person`` is the number of the person in the ledger,
    ``cart_id`` the order it is about and ``money`` what that order is worth. ``waiting_since``
    is set while the state is waiting. ``corrected`` tells that the merchant set reasons or
    mood, for this piece or for the same wording before.
    """

    id: int
    key: str
    source: Source
    written_at: datetime
    text: str
    mood: Mood
    state: PieceState
    reasons: tuple[Found, ...] = ()
    mood_words: tuple[str, ...] = ()
    corrected: bool = False
    who: str = ""
    email: str = ""
    person: int | None = None
    cart_id: int | None = None
    cart_number: str = ""
    money: Money | None = None
    product_id: int = 0
    product: str = ""
    language: str = ""  # "en", "fi", "hu", or "" when it is not known
    rating: int | None = None  # stars, 1 to 5
    waiting_since: datetime | None = None
    thread: Thread | None = None

    @property
    def about(self) -> str:
        """What it is about, in words; "" when nobody said."""
        return self.product or (f"order {self.cart_number}" if self.cart_number else "")


@dataclass(frozen=True, slots=True)
class NewPiece:
    """A piece on its way into the ledger, as its source gives it; see :class:`Piece`.

    ``given`` are reasons the writer named without words to read, as a tap in a letter does.
    """

    source: Source
    key: str
    written_at: datetime
    text: str
    state: PieceState = PieceState.NEW
    who: str = ""
    email: str = ""
    cart_id: int | None = None
    product_id: int = 0
    product: str = ""
    language: str = ""
    rating: int | None = None
    given: tuple[Reason, ...] = ()
    thread: Thread | None = None


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """Which pieces are meant; the empty filter means all. ``days`` 0 is all time.

    ``words`` are folded and must all be found in name, address, product or text.
    """

    tab: Tab = Tab.ALL
    source: Source | None = None
    reason: Reason | None = None
    mood: Mood | None = None
    product: int = 0
    language: str = ""
    days: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackPage:
    """A window of pieces; the counts are of each tab under the same filter.

    ``answered`` and ``put_aside`` share a tab; gateways' notes are in no tab but ALL.
    ``oldest_waiting`` is since when the one who waits longest of these waits.
    """

    rows: tuple[Piece, ...]
    matching: int
    new: int
    waiting: int
    answered: int
    every: int
    oldest_waiting: datetime | None = None
    put_aside: int = 0


@dataclass(frozen=True, slots=True)
class ReasonBar:
    """How many people named a reason in a period, each once, and what it may cost.

    ``money`` is what the carts concerned were worth, each cart once, currency by currency, the
    largest sum first; ``before`` is the count of the period before; ``quotes`` are the newest
    pieces that name it.
    """

    reason: Reason
    count: int
    before: int
    money: tuple[Money, ...]
    carts: int
    remedy: str
    quotes: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """What people said in a period: bars (the most named first) and what they liked.

    ``pieces`` counts all that was said, ``unknown`` what no reason was found in; ``before``
    counts the period before.
    """

    since: datetime
    until: datetime
    bars: tuple[ReasonBar, ...]
    praise: tuple[Piece, ...]
    pieces: int
    unknown: int
    positive: int
    before: int


@dataclass(frozen=True, slots=True)
class FeedbackChoices:
    """What a filter can be set to, each with how many pieces it would show."""

    sources: tuple[tuple[Source, int], ...]
    reasons: tuple[tuple[Reason, int], ...]
    products: tuple[tuple[int, str, int], ...]  # id, name, count
    languages: tuple[tuple[str, int], ...]

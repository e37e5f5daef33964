"""A shop's figures as the screens, the command line and the report get them.

Everything is counted in one currency, in days of the shop's time zone, and each thing on the
day it happened: a cart when it was abandoned, a return when its order was placed, an order when
it was placed, a letter when it left. Money is in minor units; writing it is the screens' matter
(:func:`cartdesk.domain.formats.money`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum

from cartdesk.domain.views import CartRow


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days of the shop's time zone: from ``since`` until the day before ``until``."""

    since: date
    until: date
    zone: str

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)

    def before(self) -> Span:
        """Give the span of the same length that ends where this one begins."""
        return Span(self.since - timedelta(days=self.days), self.since, self.zone)


class Measure(StrEnum):
    """What can be counted, and opened to the rows behind it."""

    ABANDONED = "abandoned"  # carts abandoned on these days, whatever became of them
    RECOVERABLE = "recoverable"  # of these: undecided, with an address a letter can go to
    WAITING = "waiting"  # of the abandoned: undecided, whether an address is known or not
    RECOVERED = "recovered"  # returns credited to letters (loose: all four kinds of evidence)
    STRICT = "strict"  # of these: our coupon or our campaign stands on the order
    BY_THEMSELVES = "by-themselves"  # returns no letter is credited with
    LOST = "lost"  # carts whose look-back ended on these days
    PLACED = "placed"  # orders placed on these days
    DIRECT = "direct"  # of these: orders that brought no abandoned cart back
    SENT = "sent"  # letters that left
    REFUSED = "refused"  # letters the mail server refused for good
    BOUNCED = "bounced"  # letters that came back
    REPLIED = "replied"  # letters that were answered
    KEPT_APART = "kept-apart"  # robots, card tests and the like: in no other measure


@dataclass(frozen=True, slots=True)
class Sum:
    """How many, and how much money in minor units.

    The money of carts is their total, of orders and returns the total of the order before
    refunds (a total has the discount taken off already). Of letters it is 0.
    """

    count: int = 0
    minor: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.count + other.count, self.minor + other.minor)


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything that can be added up; one field each of :class:`Measure` and three of money."""

    abandoned: Sum = Sum()
    recoverable: Sum = Sum()
    waiting: Sum = Sum()
    recovered: Sum = Sum()
    strict: Sum = Sum()
    by_themselves: Sum = Sum()
    lost: Sum = Sum()
    placed: Sum = Sum()
    direct: Sum = Sum()
    sent: Sum = Sum()
    refused: Sum = Sum()
    bounced: Sum = Sum()
    replied: Sum = Sum()
    kept_apart: Sum = Sum()
    refunded: int = 0  # of the placed orders, minor units
    recovered_refunded: int = 0  # of the orders behind ``recovered``
    discount: int = 0  # given on the orders behind ``recovered``, tax included

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))

    def sum(self, measure: Measure) -> Sum:
        """Give one measure."""
        found = getattr(self, measure.name.lower())
        return found if isinstance(found, Sum) else Sum()

    @property
    def checkouts(self) -> int:
        """Checkouts that ended: abandoned, or placed without having been abandoned."""
        return self.abandoned.count + self.direct.count

    @property
    def abandonment_rate(self) -> float | None:
        """The share of checkouts that were abandoned, 0 to 1; None without checkouts."""
        return self.abandoned.count / self.checkouts if self.checkouts else None

    @property
    def average_order(self) -> float | None:
        """Money of placed orders net of refunds, by order, in minor units."""
        placed = self.placed
        return (placed.minor - self.refunded) / placed.count if placed.count else None

    @property
    def recovered_before_discount(self) -> int:
        """What the orders behind ``recovered`` would have brought without the discount."""
        return self.recovered.minor + self.discount

    @property
    def recovered_net(self) -> int:
        """What the orders behind ``recovered`` brought: net of discounts and refunds."""
        return self.recovered.minor - self.recovered_refunded

    @property
    def per_letter(self) -> float | None:
        """Recovered money, net of discounts and refunds, by letter sent, in minor units."""
        return self.recovered_net / self.sent.count if self.sent.count else None


class Direction(StrEnum):
    """Where a figure went since the span before."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    UNKNOWN = "unknown"  # there is nothing to compare with


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure changed. ``percent`` is None when the figure before was 0 or unknown."""

    direction: Direction
    percent: float | None = None

    @classmethod
    def of(cls, value: float | None, before: float | None) -> Change:
        """Compare a figure with the one before."""
        if value is None or before is None:
            return cls(Direction.UNKNOWN)
        percent = 100 * (value - before) / abs(before) if before else None
        if value == before:
            return cls(Direction.SAME, 0.0)
        return cls(Direction.UP if value > before else Direction.DOWN, percent)


class Unit(StrEnum):
    """What the number of a figure is."""

    SHARE = "share"  # 0 to 1
    COUNT = "count"
    MONEY = "money"  # minor units; an average may have a fraction
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, the same of the span before, and how it is counted.

    ``before`` is None too when what it counts could not be seen in all of the span before.
    ``money`` is the sum beside a count, in minor units. ``rows`` names the carts behind it,
    None where there are none; ``counted`` is how many they are.
    """

    key: str
    name: str
    unit: Unit
    value: float | None
    before: float | None
    explained: str
    money: int | None = None
    money_before: int | None = None
    rows: Measure | None = None
    counted: int = 0

    @property
    def change(self) -> Change:
        """How it changed."""
        return Change.of(self.value, self.before)


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One line of a breakdown. ``key`` opens its rows; "" is what is not known."""

    key: str
    label: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Breakdown:
    """All of a span, divided by one property; the tallies add up to the whole.

    ``measures`` are those the division says something about, the first to sort by.
    """

    name: str
    title: str
    explained: str
    measures: tuple[Measure, ...]
    rows: tuple[BreakdownRow, ...]


@dataclass(frozen=True, slots=True)
class Quartiles:
    """A quarter, a half and three quarters took at most so many minutes; None without any."""

    quartile1: int | None
    median: int | None
    quartile3: int | None
    counted: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel: how many checkouts came at least so far, and how many ended here."""

    key: str
    label: str
    reached: int
    ended: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the plot; days without anything are there too."""

    day: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class MobileRate:
    """The abandonment rate on phones and tablets, of those who pressed "Place order".

    ``rate`` and ``unknown`` are shares (0 to 1) or None. ``known`` counts the checkouts, abandoned
    or placed, whose device is known; ``unknown`` is the share of the abandoned without one.
    """

    rate: float | None
    known: int
    unknown: float | None


@dataclass(frozen=True, slots=True)
class Conversion:
    """Orders placed by visit, in all currencies, on the days whose visits are known."""

    rate: float | None
    orders: int
    visits: int
    days: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the figures can know of. ``kept_apart`` are the reasons and how many, most first.

    ``sentence`` tells which checkouts this shop lets anyone see; ``apart`` says what was kept
    apart and could not be read, or is "". ``looked_since`` is the day of cartdesk's first look,
    ``orders_since`` the first day whose orders are known (None: no such border).
    """

    sentence: str
    apart: str = ""
    kept_apart: tuple[tuple[str, int], ...] = ()
    unreadable: int = 0
    looked_since: date | None = None
    orders_since: date | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about one span in one currency, beside the span before."""

    span: Span
    currency: str
    tally: Tally
    before: Tally
    headline: tuple[Figure, ...]  # five
    figures: tuple[Figure, ...]  # all the others
    series: tuple[Day, ...]
    funnel: tuple[Stage, ...]
    breakdowns: tuple[Breakdown, ...]
    to_abandon: Quartiles
    to_return: Quartiles
    mobile: MobileRate
    conversion: Conversion
    coverage: Coverage

    def breakdown(self, name: str) -> Breakdown:
        """Give one breakdown. Raises KeyError for a name that is none."""
        return {one.name: one for one in self.breakdowns}[name]


@dataclass(frozen=True, slots=True)
class Behind:
    """Which rows are meant: a measure of a span, or one line of a breakdown of it.

    ``breakdown`` is a breakdown's name and ``key`` one of its rows' keys; "" means all.
    """

    span: Span
    currency: str
    measure: Measure
    breakdown: str = ""
    key: str = ""


RETURNS = frozenset({Measure.RECOVERED, Measure.STRICT, Measure.BY_THEMSELVES})
"""What counts carts by the orders that brought them back."""


@dataclass(frozen=True, slots=True)
class Returned:
    """The order that brought a cart back: its number, and what it counts with in minor units."""

    number: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """A window of the carts or orders behind a figure, newest first; ``counted`` is all of them.

    Behind letters stands the cart of each, so that a cart with two letters stands there twice.
    ``minor`` is the money of all of them in minor units, as the figure has it (0: none);
    ``returns`` holds the order that brought each row back, () where nothing came back.
    """

    rows: tuple[CartRow, ...]
    counted: int
    minor: int = 0
    returns: tuple[Returned, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitsRead:
    """What became of a list of visits: days kept, and a sentence for each line left out."""

    kept: int
    problems: tuple[str, ...] = ()

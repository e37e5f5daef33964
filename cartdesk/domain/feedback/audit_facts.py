"""What an audit of a shop rests on, and what it finds; None everywhere means: not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median_low

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.silent_counts import LeftCart
from cartdesk.domain.formats import money
from cartdesk.domain.model import Product, Shop
from cartdesk.domain.money import Money
from cartdesk.domain.views import Verdict


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way to pay that is switched on. To which countries it is offered REST does not tell."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Method:
    """A way to ship that is switched on.

    ``free`` ones may need a sum (``minimum``) or a coupon (``by_coupon``: nothing else will do).
    """

    title: str
    free: bool = False
    minimum: Money | None = None
    by_coupon: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """A shipping zone. ``countries`` is None for the rest of the world; see ``places_known``."""

    name: str
    methods: tuple[Method, ...]
    countries: frozenset[str] | None
    places_known: bool = True


@dataclass(frozen=True, slots=True)
class Coupon:
    """A published coupon that is for everybody; sums are those of the goods it needs."""

    code: str
    expires_at: datetime | None = None
    used: int = 0
    limit: int | None = None
    minimum: Money | None = None


@dataclass(frozen=True, slots=True)
class SitePage:
    """A page anybody can read."""

    id: int
    slug: str
    title: str
    link: str


@dataclass(frozen=True, slots=True)
class Visit:
    """How a public page answered: the median of ``tries`` in seconds until the answer began.

    ``status`` is of the last answer, 0 without one; ``trouble`` says what went wrong.
    """

    link: str
    seconds: float | None
    status: int
    tries: int = 1
    trouble: str = ""

    @property
    def fine(self) -> bool:
        """Whether a page was shown."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part of the shop that could not be looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What the shop says of itself, and how its pages answer.

    ``settings`` are WooCommerce's own by their ids; ``visits`` are named home, checkout, terms,
    returns and privacy. Without ``zones_complete`` there are more zones than these.
    ``encrypted`` tells whether the shop is visited over HTTPS.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    gateways: tuple[Gateway, ...] | None = None
    zones: tuple[Zone, ...] | None = None
    zones_complete: bool = True
    coupons: tuple[Coupon, ...] | None = None
    pages: tuple[SitePage, ...] | None = None
    visits: Mapping[str, Visit] = field(default_factory=dict)
    encrypted: bool = True
    certificate_ends: datetime | None = None
    unseen: tuple[Unseen, ...] = ()
    requests: int = 0

    @property
    def ships_nothing(self) -> bool:
        """Whether shipping is switched off, as in a shop of downloads."""
        return self.settings.get("woocommerce_ship_to_countries") == "disabled"


@dataclass(frozen=True, slots=True)
class LeftFacts:
    """What the ledger knows of the checkouts left in a period and not bought since.

    ``said`` holds, by reason, the carts whose shoppers named it, ``mentions`` how many pieces
    of feedback did, with a cart or without. ``shop`` tells its own currency and how it writes
    amounts.
    """

    since: datetime
    until: datetime
    shop: Shop
    carts: tuple[LeftCart, ...] = ()
    said: Mapping[Reason, frozenset[int]] = field(default_factory=dict)
    mentions: Mapping[Reason, int] = field(default_factory=dict)
    products: Mapping[int, Product] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        """The shop's own currency."""
        return self.shop.currency

    def written(self, amount: Money) -> str:
        """Write an amount as the shop does."""
        return money(amount, self.shop)

    @property
    def usual(self) -> Money | None:
        """The median of the goods in the left baskets of the shop's own currency."""
        goods = [cart.goods for cart in self.carts if cart.goods and cart.goods.minor]
        sums = [each.minor for each in goods if each.currency == self.currency]
        return Money(median_low(sums), self.currency) if sums else None

    def by_country(self) -> tuple[tuple[str, frozenset[int]], ...]:
        """Give the left carts by country, most carts first; those without one are left out."""
        found: dict[str, set[int]] = {}
        for cart in self.carts:
            if cart.country:
                found.setdefault(cart.country, set()).add(cart.id)
        ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
        return tuple((country, frozenset(ids)) for country, ids in ordered)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule says. ``about`` are the carts it concerns, in the words of ``counted``.

    Without ``about`` these are the carts somebody named the reason for, or whose facts hint at it.
    """

    rule: str
    reason: Reason
    verdict: Verdict
    sentence: str
    mend: str = ""
    about: frozenset[int] | None = None
    counted: str = ""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One finding with the money of the carts counted for it, currency by currency.

    ``said`` is how many pieces of feedback named the reason; ``counted`` says which carts the
    money is of. A cart may be counted for several findings, so the sums must not be added up.
    """

    rule: str
    reason: Reason
    verdict: Verdict
    sentence: str
    mend: str
    carts: int
    money: tuple[Money, ...]
    said: int
    counted: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was found, what to mend first at the top, and what could not be looked at."""

    since: datetime
    until: datetime
    carts: int
    findings: tuple[AuditFinding, ...]
    unseen: tuple[Unseen, ...]
    requests: int

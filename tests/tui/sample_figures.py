"""Figures of a made-up shop: every thing that happened has each property once, so all adds up."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from cartdesk.domain.metrics.adding import (
    DIMENSIONS,
    MINUTES,
    Cell,
    quartiles,
    tallies_by_key,
    tally_of,
)
from cartdesk.domain.metrics.breakdowns import breakdowns, funnel, mobile_rate
from cartdesk.domain.metrics.compared import of_holdout, of_versions
from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.facts import KINDS, Kind, band
from cartdesk.domain.metrics.formulas import Side, headline, others
from cartdesk.domain.metrics.groups import Group, Write
from cartdesk.domain.metrics.lift import lift
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.metrics.versions import compare
from cartdesk.domain.metrics.views import (
    RETURNS,
    Behind,
    Conversion,
    Coverage,
    Day,
    Measure,
    Report,
    Returned,
    RowsBehind,
    Span,
)
from cartdesk.domain.model import Shop
from cartdesk.domain.views import CartRow
from cartdesk.work.figures import Figures

ZONE = "Europe/Helsinki"
SINCE = datetime(2025, 1, 7, tzinfo=UTC)
PRODUCTS = {"1": "Oak serving board, large", "2": "Beeswax polish 200 ml", "3": "Ash spoon"}
_CHOICES: dict[str, Sequence[str]] = {
    "stage": ("draft-nothing", "draft-email", "draft-email", "draft-address", "unpaid", "failed"),
    "country": ("FI", "FI", "FI", "GB", "DE", "SE", ""),
    "device": ("Desktop", "Mobile", "Mobile", "Tablet", ""),
    "loyalty": ("new", "new", "returning", "loyal", ""),
    "product": ("1", "2", "2", "3", ""),
    "language": ("en", "fi", ""),
}
_LETTERS = ("friendly-reminder", "any-questions", "small-gift")
_ABANDONED = (Kind.RECOVERABLE, Kind.MUTE, Kind.DECIDED)
_ABOUT_LETTERS = {Kind.SENT, Kind.BOUNCED, Kind.REPLIED, Kind.REFUSED, Kind.STRICT, Kind.LOOSE}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that happened on a day, with its money and its properties."""

    day: date
    kind: Kind
    minor: int
    refunded: int
    discount: int
    traits: dict[str, str]

    def cell(self, dimension: str = "") -> Cell:
        """Give it as a sum of one."""
        key = self.traits[dimension] if dimension else ""
        return Cell(dimension, key, self.kind, 1, self.minor, self.refunded, self.discount)


def things(since: date, days: int, seed: int = 1) -> list[Thing]:
    """Make what happened on some days."""
    chance = random.Random(since.toordinal() * seed)
    kinds = [*_ABANDONED * 3, *[Kind.DIRECT] * 5, *[Kind.LOST] * 3, *[Kind.SENT] * 9]
    kinds += [Kind.LOOSE, Kind.BACK, Kind.STRICT, Kind.BY_THEMSELVES, Kind.REPLIED]
    return [
        _thing(chance, since + timedelta(days=number), chance.choice(kinds))
        for number in range(days)
        for _ in range(chance.choice((0, 3, 6, 9, 14)))
    ]


def _thing(chance: random.Random, day: date, kind: Kind) -> Thing:
    letter = chance.randrange(3) if kind in _ABOUT_LETTERS else -1
    about_carts = kind not in {Kind.SENT, Kind.BOUNCED, Kind.REPLIED, Kind.REFUSED}
    minor = chance.randrange(900, 19900) if about_carts else 0
    back = kind in {Kind.LOOSE, Kind.STRICT}
    traits = {name: chance.choice(keys) for name, keys in _CHOICES.items()}
    if kind in {Kind.DIRECT, Kind.BACK}:
        traits["stage"] = "placed"
    traits |= {
        "band": band(minor, "EUR"),
        "hour": str(min(23, int(chance.triangular(6, 24, 20)))),
        "weekday": str(day.isoweekday()),
        "step": str(letter + 1) if letter >= 0 else "",
        "letter": _LETTERS[letter] if letter >= 0 else "",
        "version": "",
        "reason": "",
        "apart": "",
        MINUTES: str(int(chance.expovariate(1 / 40))) if kind in _ABANDONED or back else "",
    }
    refunded = minor // 2 if kind is Kind.DIRECT and chance.random() < 0.05 else 0
    return Thing(day, kind, minor, refunded, minor // 10 if back else 0, traits)


def nothing(since: date, days: int) -> list[Thing]:
    """Make days on which nothing happened."""
    return []


def report(
    span: Span,
    currency: str = "EUR",
    *,
    rename: Callable[[str], str] = str,
    make: Callable[[date, int], list[Thing]] = things,
) -> Report:
    """Make a report of a span; ``rename`` changes the names of products and countries."""
    found = make(span.since, span.days)
    before = make(span.before().since, span.days)
    keyed = {
        name: tallies_by_key(thing.cell(name) for thing in found)
        for name in DIMENSIONS
        if name not in {"apart", MINUTES}
    }
    keyed["country"] = {
        rename(key) if key else "": tally for key, tally in keyed["country"].items()
    }
    now, then = _side(found), _side(before)
    days = (span.since + timedelta(days=number) for number in range(span.days))
    return Report(
        span,
        currency,
        now.tally,
        then.tally,
        headline(now, then),
        others(now, then),
        tuple(Day(day, tally_of(one.cell() for one in found if one.day == day)) for day in days),
        funnel(keyed["stage"]),
        breakdowns(keyed, {key: rename(name) for key, name in PRODUCTS.items()}),
        now.to_abandon,
        now.to_return,
        now.mobile,
        now.conversion,
        Coverage(
            "This shop shows checkouts from the moment the checkout page opens. Carts that never "
            "reach the checkout are not visible.",
            "Kept apart, in no figure: 5 (it looks like a card test: 3, robot: 2).",
            (("it looks like a card test", 3), ("robot", 2)),
        )
        if found
        else Coverage("Nothing was seen yet."),
    )


def _side(found: Sequence[Thing]) -> Side:
    minutes = [one.cell(MINUTES) for one in found if one.traits[MINUTES]]
    orders = sum(one.kind in KINDS[Measure.PLACED] for one in found)
    return Side(
        tally_of(one.cell() for one in found),
        mobile_rate(tallies_by_key(one.cell("device") for one in found)),
        Conversion(orders / 4200 if found else None, orders, 4200, 30),
        quartiles(minutes, KINDS[Measure.ABANDONED]),
        quartiles(minutes, KINDS[Measure.RECOVERED]),
    )


def comparisons(currency: str, write: Write, names: Sequence[str] = ()) -> tuple[Comparison, ...]:
    """Compare made-up groups; ``names`` are those of the versions of a letter."""
    spent = tuple(range(3000, 9000, 200))
    held = lift(
        Group("letters", 208, 30, spent), Group("holdout", 24, 2, (4200, 5100)), 10, currency
    )
    names = names or ("plain subject", "subject with the name")
    groups = [Group(names[0], 98, 14, spent[:14]), Group(names[1], 101, 15, spent[15:30])]
    return (
        of_holdout(held, SINCE, 17, write),
        of_versions("friendly-reminder", compare(groups, currency), SINCE, 0, write),
    )


@lru_cache(maxsize=64)
def _kept(span: Span, currency: str, names: tuple[str, ...], empty: bool) -> Report:
    places = [*PRODUCTS.values(), "GB"]

    def rename(name: str) -> str:
        return names[places.index(name) % len(names)] if names and name in places else name

    return report(span, currency, rename=rename, make=nothing if empty else things)


class SampleFigures(Figures):
    """Stands where the desk has its figures."""

    def __init__(self, today: date, rows: Sequence[CartRow], names: Sequence[str] = ()) -> None:
        self._today, self._rows, self._names = today, rows, names
        self.asked: list[Behind] = []

    def last(self, days: int) -> Span:
        """Give the last days."""
        until = self._today + timedelta(days=1)
        return Span(until - timedelta(days=days), until, ZONE)

    async def currencies(self) -> tuple[str, ...]:
        """Two currencies, or none."""
        return ("EUR", "GBP") if self._rows else ()

    async def report(self, span: Span, currency: str = "") -> Report:
        """Give the figures."""
        return _kept(span, currency or "EUR", tuple(self._names), not self._rows)

    async def renew(self) -> None:
        """Nothing changes."""

    async def rows(self, asked: Behind, *, limit: int = 500, offset: int = 0) -> RowsBehind:
        """Give the same rows behind everything."""
        self.asked.append(asked)
        rows = tuple(self._rows[offset : offset + limit])
        returns: tuple[Returned, ...] = ()
        if asked.measure in RETURNS:
            returns = tuple(Returned(f"9{row.number}", 1234, asked.currency) for row in rows)
        return RowsBehind(rows, len(self._rows), 1234 * len(returns), returns)

    async def comparisons(self, currency: str) -> tuple[Comparison, ...]:
        """Compare groups."""
        shop = Shop("", currency=currency)
        write = Style.of(shop)
        return comparisons(currency, write, self._names) if self._rows else ()

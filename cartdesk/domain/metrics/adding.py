"""Adding up sums of facts into tallies, and reading quartiles off them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import accumulate

from cartdesk.domain.metrics.facts import KINDS, Kind
from cartdesk.domain.metrics.views import Measure, Quartiles, Sum, Tally

ALL = ""
MINUTES = "minutes"
DIMENSIONS = (
    "stage",
    "country",
    "device",
    "loyalty",
    "product",
    "band",
    "hour",
    "weekday",
    "step",
    "letter",
    "version",
    "language",
    "reason",
    "apart",
    MINUTES,
)
"""Properties of the facts that sums are kept by; ``ALL`` is all facts together."""


@dataclass(slots=True)  # thousands are made at once: freezing each takes as long again
class Cell:
    """One sum: of a kind of facts with one key of one dimension (money in minor units)."""

    dimension: str
    key: str
    kind: str  # a Kind
    count: int
    minor: int
    refunded: int
    discount: int


_MEASURES = tuple(Measure)
_PLACES: dict[str, tuple[int, ...]] = {
    kind: tuple(place for place, measure in enumerate(_MEASURES) if kind in KINDS[measure])
    for kind in Kind
}
_ORDERS = frozenset(KINDS[Measure.PLACED])
_RETURNS = frozenset(KINDS[Measure.RECOVERED])
_NONE = Sum()


def tally_of(cells: Iterable[Cell]) -> Tally:
    """Add up sums of different kinds."""
    counts, minors = [0] * len(_MEASURES), [0] * len(_MEASURES)
    refunded = recovered_refunded = discount = 0
    for cell in cells:
        for place in _PLACES[cell.kind]:
            counts[place] += cell.count
            minors[place] += cell.minor
        if cell.kind in _ORDERS:
            refunded += cell.refunded
        elif cell.kind in _RETURNS:
            recovered_refunded += cell.refunded
            discount += cell.discount
    sums = {
        measure: Sum(count, minor)
        for measure, count, minor in zip(_MEASURES, counts, minors, strict=True)
        if count
    }.get
    return Tally(
        abandoned=sums(Measure.ABANDONED, _NONE),
        recoverable=sums(Measure.RECOVERABLE, _NONE),
        waiting=sums(Measure.WAITING, _NONE),
        recovered=sums(Measure.RECOVERED, _NONE),
        strict=sums(Measure.STRICT, _NONE),
        by_themselves=sums(Measure.BY_THEMSELVES, _NONE),
        lost=sums(Measure.LOST, _NONE),
        placed=sums(Measure.PLACED, _NONE),
        direct=sums(Measure.DIRECT, _NONE),
        sent=sums(Measure.SENT, _NONE),
        refused=sums(Measure.REFUSED, _NONE),
        bounced=sums(Measure.BOUNCED, _NONE),
        replied=sums(Measure.REPLIED, _NONE),
        kept_apart=sums(Measure.KEPT_APART, _NONE),
        refunded=refunded,
        recovered_refunded=recovered_refunded,
        discount=discount,
    )


def tallies_by_key(cells: Iterable[Cell]) -> dict[str, Tally]:
    """Add up sums of one dimension, key by key."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.key, []).append(cell)
    return {key: tally_of(theirs) for key, theirs in found.items()}


def unknown(cells: Iterable[Cell], everything: Iterable[Cell]) -> list[Cell]:
    """Give what the keys of a dimension leave of everything, under the key ""."""
    left = {
        cell.kind: Cell("", "", cell.kind, cell.count, cell.minor, cell.refunded, cell.discount)
        for cell in everything
    }
    for cell in cells:
        rest = left[cell.kind]
        rest.count -= cell.count
        rest.minor -= cell.minor
        rest.refunded -= cell.refunded
        rest.discount -= cell.discount
    return [cell for cell in left.values() if cell.count]


def quartiles(cells: Iterable[Cell], kinds: Collection[Kind]) -> Quartiles:
    """Read the quartiles of whole minutes off how often each number of minutes came.

    A quartile is the smallest number of minutes that at least so large a share did not exceed
    (the inverse of the empirical distribution, R's type 1), so it is a time that really came.
    """
    counts: dict[int, int] = {}
    for cell in cells:
        if cell.kind in kinds:
            counts[int(cell.key)] = counts.get(int(cell.key), 0) + cell.count
    minutes = sorted(counts)
    passed = list(accumulate(counts[minute] for minute in minutes))
    total = passed[-1] if passed else 0

    def at(quarters: int) -> int | None:
        return next(
            (
                minute
                for minute, so_far in zip(minutes, passed, strict=True)
                if 4 * so_far >= quarters * total
            ),
            None,
        )

    return Quartiles(at(1), at(2), at(3), total)

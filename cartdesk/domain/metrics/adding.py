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


@dataclass(frozen=True, slots=True)
class Cell:
    """One sum: of a kind of facts with one key of one dimension (money in minor units)."""

    dimension: str
    key: str
    kind: Kind
    count: int
    minor: int
    refunded: int
    discount: int


_MEASURES: dict[Kind, tuple[Measure, ...]] = {
    kind: tuple(measure for measure, kinds in KINDS.items() if kind in kinds) for kind in Kind
}
_NONE = Sum()


def tally_of(cells: Iterable[Cell]) -> Tally:
    """Add up sums of different kinds."""
    sums: dict[Measure, Sum] = {}
    refunded = recovered_refunded = discount = 0
    for cell in cells:
        one = Sum(cell.count, cell.minor)
        for measure in _MEASURES[cell.kind]:
            sums[measure] = sums[measure] + one if measure in sums else one
        if cell.kind in KINDS[Measure.PLACED]:
            refunded += cell.refunded
        elif cell.kind in KINDS[Measure.RECOVERED]:
            recovered_refunded += cell.refunded
            discount += cell.discount
    return Tally(
        abandoned=sums.get(Measure.ABANDONED, _NONE),
        recoverable=sums.get(Measure.RECOVERABLE, _NONE),
        waiting=sums.get(Measure.WAITING, _NONE),
        recovered=sums.get(Measure.RECOVERED, _NONE),
        strict=sums.get(Measure.STRICT, _NONE),
        by_themselves=sums.get(Measure.BY_THEMSELVES, _NONE),
        lost=sums.get(Measure.LOST, _NONE),
        placed=sums.get(Measure.PLACED, _NONE),
        direct=sums.get(Measure.DIRECT, _NONE),
        sent=sums.get(Measure.SENT, _NONE),
        refused=sums.get(Measure.REFUSED, _NONE),
        bounced=sums.get(Measure.BOUNCED, _NONE),
        replied=sums.get(Measure.REPLIED, _NONE),
        kept_apart=sums.get(Measure.KEPT_APART, _NONE),
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

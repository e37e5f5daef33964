"""The results of experiments as comparisons that every output shows alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cartdesk.domain.metrics import lift, versions
from cartdesk.domain.metrics.comparing import Bounds, Comparison, Side
from cartdesk.domain.metrics.groups import Group, Write
from cartdesk.domain.metrics.wording import money_text


def of_holdout(found: lift.Lift, since: datetime, waiting: int, write: Write) -> Comparison:
    """Give the comparison of persons with letters and persons held out."""
    groups = (("with letters", found.letters), ("held out", found.held))
    bounds = [Bounds("with letters less held out", found.rate)] if found.rate else []
    bounds += [Bounds("the same, if you look every day", found.daily)] if found.daily else []
    return Comparison(
        f"Letters beside a group without ({found.percent} of 100 held out)",
        since,
        waiting,
        tuple(_side(name, group, found.currency, write) for name, group in groups),
        tuple(bounds),
        (lift.verdict_sentence(found, write), lift.money_sentence(found, write)),
        lift.HOW_HOLDOUT,
    )


def of_versions(
    letter: str, found: versions.Versions, since: datetime, waiting: int, write: Write
) -> Comparison:
    """Give the comparison of the versions of one letter."""
    return Comparison(
        f"Versions of {letter}",
        since,
        waiting,
        tuple(_side(group.name, group, found.currency, write) for group in found.groups),
        tuple(
            Bounds(f"{pair.first.name} less {pair.other.name}", pair.orders)
            for pair in found.pairs
            if pair.first.persons and pair.other.persons
        ),
        tuple(_sentences(found, write)),
        versions.HOW_VERSIONS,
    )


def _sentences(found: versions.Versions, write: Write) -> Iterator[str]:
    for pair in found.pairs:
        yield versions.verdict_sentence(pair, write)
        yield versions.money_sentence(pair, found.currency, write)


def _side(name: str, group: Group, currency: str, write: Write) -> Side:
    return Side(
        name,
        group.persons,
        group.returned,
        write.share(group.rate),
        money_text(group.per_person, currency, write),
    )

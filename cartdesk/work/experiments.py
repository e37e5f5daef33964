"""Giving persons their group when a letter is planned, and what the groups brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.experiments import HOLDOUT, LETTERS, Arm
from cartdesk.domain.lifecycle.judging import Track
from cartdesk.domain.lifecycle.schedule import RECOVERY, Due
from cartdesk.domain.metrics.assignment import in_holdout, version_for
from cartdesk.domain.metrics.groups import Group
from cartdesk.domain.settings import SequenceSettings

if TYPE_CHECKING:  # what compares is needed by the Metrics screen only
    from cartdesk.domain.metrics.lift import Lift
    from cartdesk.domain.metrics.versions import Versions


@dataclass(frozen=True, slots=True)
class HoldoutResult:
    """What the letters did.

    ``since`` is when the share held out was first as it is; ``waiting`` persons are not counted
    yet, because they still have time to come back.
    """

    lift: Lift
    since: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class VersionsResult:
    """How the versions of a letter compare; see :class:`HoldoutResult` for the rest."""

    letter: str
    versions: Versions
    since: datetime
    waiting: int


def held_out(
    book: Book, due: Sequence[tuple[Track, int, Due]], rules: SequenceSettings, now: datetime
) -> frozenset[int]:
    """Give whoever of those a letter is due to is held out; decide it where it is not yet.

    It is decided when the first reminder is planned, for all of a person's carts, now and
    later. Who was to get one before there was a group keeps getting them, and is in neither.

    Args:
        book: The ledger, open for writing.
        due: The carts, their persons and the letters that are due now.
        rules: With ``holdout_percent``.
        now: The time.
    """
    due = [one for one in due if one[2].sequence == RECOVERY]
    if not due:
        return frozenset()
    persons = [person for _, person, _ in due]
    arms = book.experiments.arms(persons)
    fresh = [one for one in due if one[1] not in arms] if rules.holdout_percent else []
    if fresh:
        before = book.experiments.reminded(person for _, person, _ in fresh)
        key = bytes.fromhex(book.marks.key())
        for track, person, _ in fresh:
            if person not in before and person not in arms:
                apart = in_holdout(track.email, key, rules.holdout_percent)
                arm = Arm(HOLDOUT if apart else LETTERS, str(rules.holdout_percent))
                book.experiments.assign(track.id, "", arm, now, _until(track, rules, now))
                arms[person] = arm
    return frozenset(person for person in persons if person in arms and _is_out(arms[person]))


def share_held_out(book: Book, person: int) -> int:
    """Give how many of 100 are held out with a person; 0 when the person is not held out."""
    arm = book.experiments.arms([person]).get(person)
    return int(arm.design) if arm is not None and _is_out(arm) else 0


def version(
    book: Book,
    track: Track,
    letter: str,
    choices: Sequence[str],
    rules: SequenceSettings,
    now: datetime,
) -> str:
    """Give the version of a letter for the person behind a cart; decided once, then kept.

    A version that is no longer among the choices is chosen anew, which is not counted.
    "" when there is nothing to choose from.
    """
    person = book.orders.person_of(track.id)
    if person is None or not choices:
        return ""
    known = book.experiments.arms([person], letter).get(person)
    if known is not None and known.name in choices:
        return known.name
    chosen = version_for(track.email, bytes.fromhex(book.marks.key()), letter, choices)
    if known is None:
        arm = Arm(chosen, "\n".join(choices))
        book.experiments.assign(track.id, letter, arm, now, _until(track, rules, now))
    return chosen


def holdout_result(
    book: Book,
    currency: str,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> HoldoutResult | None:
    """Compare persons with letters and those held out, at the share that was set last.

    Persons of another share are not mixed in: their chances were others.

    Returns:
        The comparison; None when there never was such a group.
    """
    from cartdesk.domain.metrics.lift import lift

    design = next(iter(book.experiments.designs()), None)
    if design is None:
        return None
    groups, waiting = book.experiments.groups(
        "", design.design, currency, now, since=since, until=until
    )
    letters = groups.get(LETTERS, Group(LETTERS, 0, 0))
    held = groups.get(HOLDOUT, Group(HOLDOUT, 0, 0))
    return HoldoutResult(lift(letters, held, int(design.design), currency), design.first, waiting)


def versions_result(
    book: Book,
    letter: str,
    currency: str,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> VersionsResult | None:
    """Compare the versions of a letter given out last; None when there never were any."""
    from cartdesk.domain.metrics.versions import compare

    design = next(iter(book.experiments.designs(letter)), None)
    if design is None:
        return None
    found, waiting = book.experiments.groups(
        letter, design.design, currency, now, since=since, until=until
    )
    groups = [found.get(name, Group(name, 0, 0)) for name in design.design.split("\n")]
    return VersionsResult(letter, compare(groups, currency), design.first, waiting)


def _is_out(arm: Arm) -> bool:
    return arm.name == HOLDOUT


def _until(track: Track, rules: SequenceSettings, now: datetime) -> datetime:
    return (track.quiet_since or now) + timedelta(days=rules.lost_after_days)

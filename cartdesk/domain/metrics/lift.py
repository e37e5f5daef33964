"""Did the letters do it? Persons who got letters beside a group that got none."""

from __future__ import annotations

from dataclasses import dataclass

from cartdesk.domain.metrics import betting
from cartdesk.domain.metrics.betting import Ahead, Outlook
from cartdesk.domain.metrics.groups import Group, Write, between, carts, hundred, money_bounds
from cartdesk.domain.metrics.intervals import LEVEL, Interval, money_difference, newcombe
from cartdesk.domain.money import Money

HOW_HOLDOUT = """\
When a reminder is due to a person for the first time, a secret number of this ledger decides \
whether they get letters or are held out; they stay in that group for good. The groups differ in \
nothing but the letters, so the difference in who bought is what letters do. Everybody counts \
whose letter was due, also if you skipped it or your rules on who may be written to kept it \
back, in both groups alike, and only once their time to come back is over. Such persons make the \
difference smaller than what a letter does that goes out. \
Help with a failed payment is sent to both groups and is outside of this.

The bounds hold the truth in 90 of 100 shops like yours. For persons: Newcombe 1998 (method 10, \
Wilson's score intervals). For money: the share who bought (Wilson) times what they spent, taken \
to be roughly log-normal (Zou, Huo and Taleban 2009; Donner and Zou 2012); with fewer than 5 \
orders nothing is said about money. Money is what their orders came to, discounts taken off; \
refunds and costs are not.

Whoever looks every day and believes the first good day is often wrong. So a difference is called \
sure only by a second test that allows looking at any time (betting on each person: Turner, Ly and \
Grünwald 2024; Waudby-Smith and Ramdas 2024). With letters that do nothing, it errs in at most 10 \
of 100 shops, however often you look. The number of carts needed is what this test would take if \
the rates stayed as they are and the next persons are split as they should be; with fewer than 10 \
persons in a group or 5 returns in all it is not said. Nothing at all is said when the groups are \
not of the sizes the chance given makes (Lindon and Malek 2022)."""


@dataclass(frozen=True, slots=True)
class Lift:
    """What letters did: persons with letters beside persons held out.

    ``rate`` is the difference of the shares who came back and ``money`` that of the minor units
    per person (None: too few orders), as they stand today. ``daily`` is the difference of the
    shares on all days together, ``ahead`` where that stands and what it takes to tell them apart.
    """

    letters: Group
    held: Group
    percent: int
    currency: str
    rate: Interval | None
    daily: Interval | None
    money: Interval | None
    ahead: Ahead | None

    @property
    def sure(self) -> bool:
        """Whether the groups differ, even for somebody who looked every day."""
        return self.daily is not None and self.daily.tells_apart


def lift(letters: Group, held: Group, percent: int, currency: str, level: float = LEVEL) -> Lift:
    """Compare persons who got letters with those held out.

    Args:
        letters: Persons whose time to come back is over, who were to get letters.
        held: The same of those held out.
        percent: How many of 100 were held out; the same for everybody counted.
        currency: Of what was spent.
        level: How often the intervals hold the truth.
    """
    if not letters.persons or not held.persons:
        return Lift(letters, held, percent, currency, None, None, None, None)
    counts = (letters.returned, letters.persons, held.returned, held.persons)
    two = _two(letters, held, percent)
    return Lift(
        letters,
        held,
        percent,
        currency,
        newcombe(*counts, level),
        betting.always(two, level),
        money_difference(letters.spent, letters.persons, held.spent, held.persons, level),
        betting.ahead(two, level),
    )


def tells_apart(letters: Group, held: Group, percent: int, level: float = LEVEL) -> bool:
    """Tell whether the groups differ, for somebody who looked every day (:attr:`Lift.sure`)."""
    return betting.tells_apart(_two(letters, held, percent), level)


def _two(letters: Group, held: Group, percent: int) -> betting.Two:
    counts = (letters.returned, letters.persons, held.returned, held.persons)
    return betting.Two(*counts, chance=1 - percent / 100)


def verdict_sentence(found: Lift, write: Write) -> str:
    """Say in one or two sentences whether letters bring persons back."""
    if found.rate is None or found.ahead is None:
        empty = (
            "one of the groups is"
            if found.letters.persons or found.held.persons
            else "both groups are"
        )
        return f"Too early to say: {empty} still empty."
    rate = found.rate
    more = "more" if rate.estimate >= 0 else "fewer"
    seen = (
        f"With letters {hundred(rate.estimate, write)} {more} of every 100 persons came back "
        f"({between(rate.low, rate.high, write)})"
    )
    match found.ahead.outlook:
        case Outlook.SURE:
            return f"{seen}. This is sure, also if you looked every day."
        case Outlook.SPLIT:
            ours, theirs = write.count(found.letters.persons), write.count(found.held.persons)
            return (
                f"Nothing can be said: {ours} with letters and {theirs} held out is not how "
                f"{found.percent} of 100 come out by chance, so the groups may differ in more than "
                "the letters."
            )
        case Outlook.FEW:
            return f"Too early to say: too few persons so far for a forecast. {seen}."
        case Outlook.ALIKE:
            most = write.count(betting.MOST)
            return f"So far the groups are alike: {most} more carts would not tell. {seen}."
        case Outlook.OPEN if rate.tells_apart:
            return f"{seen}. It may still turn: {carts(found.ahead.carts, write)} to be sure."
    return f"Too early to say: {carts(found.ahead.carts, write)}, if this stays so. {seen}."


def money_sentence(found: Lift, write: Write) -> str:
    """Say what letters bring per person: after discounts, before refunds and costs."""
    if found.money is None:
        return "Too few orders to say anything about money."
    money = found.money
    bounds = money_bounds(money.low, money.high, found.currency, write)
    if not (minor := round(abs(money.estimate))):
        return f"With letters a person brought as much as without ({bounds})."
    more = "more" if money.estimate > 0 else "less"
    return f"With letters a person brought {write(Money(minor, found.currency))} {more} ({bounds})."

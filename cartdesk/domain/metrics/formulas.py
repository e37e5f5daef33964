"""Each figure's value, its formula in words, and the rows behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cartdesk.domain.metrics.coverage import Needs
from cartdesk.domain.metrics.views import (
    Conversion,
    Figure,
    Measure,
    MobileRate,
    Quartiles,
    Tally,
    Unit,
)

_EVIDENCE = (
    "Strict: our coupon was used, or our link's campaign stands on the order. Loose adds the same "
    "order paid after a letter, and another order by the person within 5 days of one."
)


_MOST_UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class Side:
    """What one span's figures are made of, beside the tally."""

    tally: Tally
    mobile: MobileRate
    conversion: Conversion
    to_abandon: Quartiles
    to_return: Quartiles


@dataclass(frozen=True, slots=True)
class _Formula:
    key: str
    name: str
    unit: Unit
    value: Callable[[Side], float | None]
    explained: str
    money: Callable[[Tally], int] | None = None
    rows: Measure | None = None
    needs: Needs = Needs.CHECKOUTS
    sure: Callable[[Side], bool] = lambda _: True


def _counted(
    key: str,
    name: str,
    measure: Measure,
    explained: str,
    *,
    money: bool,
    needs: Needs = Needs.CHECKOUTS,
) -> _Formula:
    return _Formula(
        key,
        name,
        Unit.COUNT,
        lambda side: side.tally.sum(measure).count,
        explained,
        (lambda tally: tally.sum(measure).minor) if money else None,
        measure,
        needs,
    )


_HEADLINE = (
    _Formula(
        "abandonment-rate",
        "Checkout abandonment rate",
        Unit.SHARE,
        lambda side: side.tally.abandonment_rate,
        "Abandoned checkouts ÷ (abandoned + placed without having been abandoned). An order that "
        "brought an abandoned cart back is counted once, as abandoned. Only checkouts this shop "
        "lets cartdesk see are in it.",
        rows=Measure.ABANDONED,
    ),
    _counted(
        "abandoned",
        "Abandoned",
        Measure.ABANDONED,
        "Checkouts with items that stayed unpaid and quiet for the cut-off, on the day of their "
        "last change, whatever became of them, and their totals. Merged carts of one person "
        "count once.",
        money=True,
    ),
    _counted(
        "recovered",
        "Recovered by letters",
        Measure.RECOVERED,
        "Orders that brought an abandoned cart back after a letter, on the day they were placed, "
        f"with their totals. {_EVIDENCE}",
        money=True,
        needs=Needs.LETTERS,
    ),
    _counted(
        "by-themselves",
        "Came back by themselves",
        Measure.BY_THEMSELVES,
        "Abandoned carts whose person bought without a letter that could have caused it, on the "
        "day of the order, with its total. Never credited to letters.",
        money=True,
    ),
    _Formula(
        "average-order",
        "Average order value",
        Unit.MONEY,
        lambda side: side.tally.average_order,
        "(Totals of the orders placed − what was refunded of them) ÷ their number. A refund is "
        "taken off on the day of its order. Orders that came through no checkout are not in it.",
        rows=Measure.PLACED,
        needs=Needs.ORDERS,
    ),
)

_OTHERS = (
    _counted(
        "strict",
        "Recovered, strict",
        Measure.STRICT,
        f"The part of the recovered with the strongest evidence. {_EVIDENCE}",
        money=True,
        needs=Needs.LETTERS,
    ),
    _counted(
        "recoverable",
        "Recoverable",
        Measure.RECOVERABLE,
        "Carts abandoned on these days that are neither bought, given up nor stopped yet and left "
        "an e-mail address, and their totals.",
        money=True,
    ),
    _counted(
        "waiting",
        "Still open",
        Measure.WAITING,
        "Carts abandoned on these days that are neither bought, given up nor stopped yet, with "
        "or without an address.",
        money=True,
    ),
    _counted(
        "lost",
        "Lost",
        Measure.LOST,
        "Abandoned carts whose look-back ended on these days without a purchase, and their totals.",
        money=True,
        needs=Needs.GIVEN_UP,
    ),
    _counted(
        "placed",
        "Orders placed",
        Measure.PLACED,
        "Orders bought at the shop's checkout on these days (paid, on hold, or in a status of your "
        "shop that follows), and their totals before refunds. Your own orders, renewals and those "
        "of other programs are kept apart.",
        money=True,
        needs=Needs.ORDERS,
    ),
    _counted(
        "sent",
        "Letters sent",
        Measure.SENT,
        "Letters that left, or may have.",
        money=False,
        needs=Needs.LETTERS,
    ),
    _counted(
        "refused",
        "Letters refused",
        Measure.REFUSED,
        "Letters the mail server refused for good.",
        money=False,
        needs=Needs.LETTERS,
    ),
    _counted(
        "bounced",
        "Letters that came back",
        Measure.BOUNCED,
        "Letters about which a report came that they could not be delivered, on the day of the "
        "first. Known only with a mailbox.",
        money=False,
        needs=Needs.LETTERS,
    ),
    _counted(
        "replied",
        "Letters answered",
        Measure.REPLIED,
        "Letters a person answered, on the day of the first answer. Known only with a mailbox.",
        money=False,
        needs=Needs.LETTERS,
    ),
    _Formula(
        "before-discount",
        "Recovered before discounts",
        Unit.MONEY,
        lambda side: side.tally.recovered_before_discount,
        "Totals of the recovered orders + the discounts given on them.",
        rows=Measure.RECOVERED,
        needs=Needs.LETTERS,
    ),
    _Formula(
        "discount",
        "Discounts on recovered orders",
        Unit.MONEY,
        lambda side: side.tally.discount,
        "All discounts on the orders recovered by letters, tax included.",
        rows=Measure.RECOVERED,
        needs=Needs.LETTERS,
    ),
    _Formula(
        "recovered-net",
        "Recovered, net",
        Unit.MONEY,
        lambda side: side.tally.recovered_net,
        "Totals of the recovered orders, which have the discounts taken off already, − what was "
        "refunded of them.",
        rows=Measure.RECOVERED,
        needs=Needs.LETTERS,
    ),
    _Formula(
        "per-letter",
        "Recovered by letter sent",
        Unit.MONEY,
        lambda side: side.tally.per_letter,
        "Recovered, net ÷ letters sent on these days.",
        rows=Measure.SENT,
        needs=Needs.LETTERS,
    ),
    _Formula(
        "mobile-rate",
        "Mobile, left after “Place order”",
        Unit.SHARE,
        lambda side: side.mobile.rate,
        "Of the checkouts on phones and tablets in which “Place order” was pressed, the share that "
        "was abandoned. WooCommerce notes the device only then, so no draft is in it. Not compared "
        "while the device of more than half of the abandoned is unknown.",
        needs=Needs.ORDERS,
        sure=lambda side: (side.mobile.unknown or 0) <= _MOST_UNKNOWN,
    ),
    _Formula(
        "conversion",
        "Conversion",
        Unit.SHARE,
        lambda side: side.conversion.rate,
        "Orders placed in all currencies ÷ visits, on the days whose visits you entered. With "
        "fewer visits than orders, the visits cannot be all there were, and it is left out.",
        needs=Needs.ORDERS,
    ),
    _Formula(
        "to-abandon",
        "Time to abandonment, median",
        Unit.MINUTES,
        lambda side: side.to_abandon.median,
        "Whole minutes from the first to the last change of the abandoned checkouts.",
        rows=Measure.ABANDONED,
    ),
    _Formula(
        "to-return",
        "Time to return, median",
        Unit.MINUTES,
        lambda side: side.to_return.median,
        "Whole minutes from the abandonment to the order, of the carts recovered by letters.",
        rows=Measure.RECOVERED,
        needs=Needs.LETTERS,
    ),
)


_ALL = frozenset(Needs)


def headline(now: Side, before: Side, covered: frozenset[Needs] = _ALL) -> tuple[Figure, ...]:
    """Give the five figures that come first; ``covered`` could be seen in the span before."""
    return tuple(_figure(formula, now, before, covered) for formula in _HEADLINE)


def others(now: Side, before: Side, covered: frozenset[Needs] = _ALL) -> tuple[Figure, ...]:
    """Give all other figures."""
    return tuple(_figure(formula, now, before, covered) for formula in _OTHERS)


def _figure(formula: _Formula, now: Side, before: Side, covered: frozenset[Needs]) -> Figure:
    known = formula.needs in covered and formula.sure(now) and formula.sure(before)
    return Figure(
        formula.key,
        formula.name,
        formula.unit,
        formula.value(now),
        formula.value(before) if known else None,
        formula.explained,
        formula.money(now.tally) if formula.money else None,
        formula.money(before.tally) if formula.money and known else None,
        formula.rows,
        now.tally.sum(formula.rows).count if formula.rows else 0,
    )

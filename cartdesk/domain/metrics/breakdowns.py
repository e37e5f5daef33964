"""Dividing a span by one property: titles, labels, order, the funnel and the mobile rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.metrics.traits import MOBILE
from cartdesk.domain.metrics.views import (
    Breakdown,
    BreakdownRow,
    Measure,
    MobileRate,
    Stage,
    Tally,
)

_CARTS = (
    Measure.ABANDONED,
    Measure.RECOVERED,
    Measure.BY_THEMSELVES,
    Measure.LOST,
    Measure.PLACED,
)
_LETTERS = (
    Measure.SENT,
    Measure.RECOVERED,
    Measure.STRICT,
    Measure.REPLIED,
    Measure.BOUNCED,
    Measure.REFUSED,
)
_LAST_LETTER = "A return counts under the last letter sent before it."


@dataclass(frozen=True, slots=True)
class _Division:
    name: str
    title: str
    explained: str
    measures: tuple[Measure, ...] = _CARTS
    unknown: str = "not known"
    only_if_known: bool = False  # left out while every row would be the unknown one


_DIVISIONS = (
    _Division(
        "stage",
        "Stage",
        "Where the checkout was left: before “Place order” by how far the address got, or after "
        "it by what became of the payment. An order counts as placed.",
        unknown="cancelled or changed since",
    ),
    _Division("country", "Country", "The billing country, else the one goods go to."),
    _Division(
        "device",
        "Device",
        "As WooCommerce notes it when “Place order” is pressed; an abandoned draft has none.",
    ),
    _Division(
        "loyalty",
        "New and returning",
        "By the orders the person had placed before, as far as the ledger goes back: none, one "
        "or two, three or more.",
        unknown="left no address",
    ),
    _Division(
        "product",
        "Product",
        "Each cart or order counts once, under the product with the largest line total.",
        unknown="no product known",
    ),
    _Division(
        "band",
        "Value",
        "By the total of the cart; of a cart bought in another currency, by that of the order.",
        unknown="no total known",
    ),
    _Division(
        "hour",
        "Hour",
        "The hour of the shop's time in which it happened.",
        (Measure.ABANDONED, Measure.SENT, Measure.RECOVERED, Measure.PLACED),
    ),
    _Division(
        "weekday",
        "Weekday",
        "The day of the week on which it happened.",
        (Measure.ABANDONED, Measure.SENT, Measure.RECOVERED, Measure.PLACED),
    ),
    _Division("step", "Step", f"The step of the sequence. {_LAST_LETTER}", _LETTERS, "no letter"),
    _Division("letter", "Letter", f"By letter. {_LAST_LETTER}", _LETTERS, "no letter"),
    _Division(
        "version",
        "Version",
        f"By version of the letters. {_LAST_LETTER}",
        _LETTERS,
        "the only version, or no letter",
        only_if_known=True,
    ),
    _Division(
        "language",
        "Language",
        "The language of the letter; without one, what a translation plugin noted on the order.",
        (*_LETTERS, Measure.ABANDONED, Measure.PLACED),
    ),
    _Division(
        "reason",
        "Reason",
        "What the person said stopped them: the reason named first, so that a cart counts once.",
        unknown="said nothing",
        only_if_known=True,
    ),
)
_STAGES = {
    "draft-nothing": "draft, nothing typed",
    "draft-email": "draft, e-mail address typed",
    "draft-address": "draft, address complete",
    "draft": "draft, how far is not known",
    "unpaid": "not paid",
    "failed": "payment refused",
    "cancelled": "not paid in time",
    "placed": "placed",
}
_LOYALTY = {"new": "new", "returning": "1 or 2 orders before", "loyal": "3 or more orders before"}
_REASONS = {reason.value: reason.title for reason in Reason}
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def breakdowns(
    found: Mapping[str, Mapping[str, Tally]], products: Mapping[str, str]
) -> tuple[Breakdown, ...]:
    """Give every division of a span.

    Args:
        found: The tallies by key, by name of the division.
        products: Names of products by id.
    """
    made = []
    for division in _DIVISIONS:
        tallies = found.get(division.name, {})
        if division.only_if_known and not any(tallies):
            continue
        keys = sorted(tallies, key=lambda key: _place(division.name, key, tallies[key]))
        rows = tuple(
            BreakdownRow(key, _label(division, key, products), tallies[key]) for key in keys
        )
        made.append(
            Breakdown(division.name, division.title, division.explained, division.measures, rows)
        )
    return tuple(made)


def _place(name: str, key: str, tally: Tally) -> tuple[int, int, str]:
    """Put what has an order of its own into it, and the rest by how many, most first."""
    if name == "stage":
        stages = list(_STAGES)
        return (stages.index(key) if key in stages else len(stages), 0, key)
    if name == "loyalty":
        return (list(_LOYALTY).index(key) if key in _LOYALTY else len(_LOYALTY), 0, key)
    if name in {"band", "hour", "weekday", "step"}:
        return (0, int(key), "") if key else (1, 0, "")
    return (not key, -(tally.abandoned.count + tally.sent.count), key)


def _label(division: _Division, key: str, products: Mapping[str, str]) -> str:
    if not key:
        return division.unknown
    match division.name:
        case "stage":
            return _STAGES.get(key, key)
        case "loyalty":
            return _LOYALTY.get(key, key)
        case "weekday":
            return _WEEKDAYS[int(key) - 1]
        case "hour":
            return f"{int(key):02}:00"
        case "band":
            return _band(int(key))
        case "reason":
            return _REASONS.get(key, key)
        case "product":
            return products.get(key) or f"product {key}"
        case _:
            return key


def _band(lower: int) -> str:
    if lower == 0:
        return "under 10"
    upper = lower * 5 // 2 if str(lower).startswith("2") else lower * 2
    return f"{lower:,} to {upper:,}"


def funnel(stages: Mapping[str, Tally]) -> tuple[Stage, ...]:
    """Tell how far the checkouts came that ended: abandoned, or placed at once."""
    left = {key: tally.abandoned.count for key, tally in stages.items()}
    placed = sum(tally.direct.count for tally in stages.values())
    ended = (
        ("opened", "opened the checkout", left.pop("draft-nothing", 0) + left.pop("draft", 0)),
        ("email", "gave an e-mail address", left.pop("draft-email", 0)),
        ("address", "gave a whole address", left.pop("draft-address", 0)),
        ("order", "pressed “Place order”", sum(left.values())),
    )
    reached = sum(count for *_, count in ended) + placed
    made = []
    for key, label, count in ended:
        made.append(Stage(key, label, reached, count))
        reached -= count
    return (*made, Stage("placed", "bought at once", placed, 0))


def mobile_rate(devices: Mapping[str, Tally]) -> MobileRate:
    """Give the abandonment rate on phones and tablets, of those who pressed "Place order".

    No abandoned draft has a device, so the drafts are in neither number.
    """
    known = sum(tally.checkouts for device, tally in devices.items() if device)
    mobile = sum((devices.get(device, Tally()) for device in MOBILE), Tally())
    left = sum(tally.abandoned.count for tally in devices.values())
    unknown = devices.get("", Tally()).abandoned.count / left if left else None
    return MobileRate(mobile.abandonment_rate, known, unknown)

"""How figures are written: the same words on the screen, in a terminal and in the report."""

from __future__ import annotations

from datetime import date

from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.views import (
    Direction,
    Figure,
    Measure,
    Quartiles,
    Report,
    Span,
    Unit,
)
from cartdesk.domain.money import Money

NONE = "–"
MEASURES: dict[Measure, str] = {
    Measure.ABANDONED: "abandoned",
    Measure.RECOVERABLE: "recoverable",
    Measure.WAITING: "undecided",
    Measure.RECOVERED: "recovered",
    Measure.STRICT: "strict",
    Measure.BY_THEMSELVES: "by themselves",
    Measure.LOST: "lost",
    Measure.PLACED: "orders",
    Measure.DIRECT: "direct",
    Measure.SENT: "sent",
    Measure.REFUSED: "refused",
    Measure.BOUNCED: "bounced",
    Measure.REPLIED: "replied",
    Measure.KEPT_APART: "kept apart",
}
"""Short names of the measures, as the heads of columns."""

_WORSE = {Measure.ABANDONED, Measure.LOST, Measure.REFUSED, Measure.BOUNCED}
_BETTER = {Measure.RECOVERED, Measure.STRICT, Measure.BY_THEMSELVES, Measure.PLACED}
_SIGNS = {Direction.UP: "▲", Direction.DOWN: "▼", Direction.SAME: "="}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def money_text(minor: float | None, currency: str, write: Write) -> str:
    """Write minor units as the shop writes money, a minus before the sign of the currency."""
    if minor is None:
        return NONE
    whole = round(minor)
    return ("−" if whole < 0 else "") + write(Money(abs(whole), currency))


def minutes_text(minutes: float | None) -> str:
    """Write a length of time: "12 min", "3 h 5 min", "2 days 4 h"."""
    if minutes is None:
        return NONE
    whole = round(minutes)
    days, rest = divmod(whole, 24 * 60)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days} day{'s' * (days > 1)}" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {left} min" if left else "")
    return f"{left} min"


def share_text(share: float | None) -> str:
    """Write a share from 0 to 1 in per cent."""
    return NONE if share is None else f"{100 * share:.1f} %"


def value_text(figure: Figure, value: float | None, currency: str, write: Write) -> str:
    """Write the value of a figure, now or before, in its unit."""
    if value is None:
        return NONE
    if figure.unit is Unit.SHARE:
        return share_text(value)
    if figure.unit is Unit.MONEY:
        return money_text(value, currency, write)
    return minutes_text(value) if figure.unit is Unit.MINUTES else f"{round(value):,}"


def figure_text(figure: Figure, currency: str, write: Write, *, before: bool = False) -> str:
    """Write a figure, with the money beside a count: "41 · €2,310.00"."""
    value = value_text(figure, figure.before if before else figure.value, currency, write)
    money = figure.money_before if before else figure.money
    return value if money is None else f"{value} · {money_text(money, currency, write)}"


def change_text(figure: Figure) -> str:
    """Say with a sign and in words how a figure changed: "▲ 12 % more", "▼ 3.1 points less"."""
    change, value, before = figure.change, figure.value, figure.before
    if change.direction is Direction.UNKNOWN or value is None or before is None:
        return "nothing to compare with"
    sign = _SIGNS[change.direction]
    if change.direction is Direction.SAME:
        return f"{sign} as before"
    up = change.direction is Direction.UP
    more = ("longer" if up else "shorter") if figure.unit is Unit.MINUTES else ""
    more = more or ("more" if up else "less")
    if figure.unit is Unit.SHARE:
        points = 100 * abs(value - before)
        return f"{sign} {points:.1f} points {more}" if points >= 0.05 else f"{sign} hardly {more}"
    if change.percent is None:
        return f"{sign} {'up' if up else 'down'} from 0"
    if abs(change.percent) >= 1000:
        return f"{sign} {value / before:,.0f} times as much"
    return f"{sign} {abs(change.percent):.0f} % {more}"


def is_better(figure: Figure) -> bool | None:
    """Tell whether a change is to the good; None where that cannot be said."""
    direction = figure.change.direction
    judged = figure.rows in _WORSE | _BETTER and figure.unit is not Unit.MINUTES
    if not judged or direction not in {Direction.UP, Direction.DOWN} or figure.key == "discount":
        return None
    return (direction is Direction.UP) == (figure.rows in _BETTER)


def day_text(day: date, *, year: bool = False, weekday: bool = False) -> str:
    """Write a day: "4 Jun", with the year "4 Jun 2026", with the weekday "Thu 4 Jun"."""
    before = f"{_WEEKDAYS[day.weekday()]} " if weekday else ""
    return f"{before}{day.day} {_MONTHS[day.month - 1]}" + (f" {day.year}" if year else "")


def span_text(span: Span) -> str:
    """Write the first and the last day of a span: "5 May to 3 Jun 2026"."""
    last = date.fromordinal(max(span.until.toordinal() - 1, span.since.toordinal()))
    first = day_text(span.since, year=span.since.year != last.year)
    return f"{first} to {day_text(last, year=True)}"


def quartiles_text(found: Quartiles) -> str:
    """Say in how much time a quarter, a half and three quarters were through."""
    if found.median is None:
        return NONE
    return (
        f"half within {minutes_text(found.median)} (a quarter within "
        f"{minutes_text(found.quartile1)}, three quarters within {minutes_text(found.quartile3)}; "
        f"{found.counted:,} counted)"
    )


def beside(figure: Figure, report: Report) -> tuple[str, str] | None:
    """Give what must be known beside a figure, as a label and a text; None for most."""
    if figure.key == "mobile-rate":
        mobile = report.mobile
        if mobile.unknown is None:
            return "Device", "nothing is known yet"
        unknown = share_text(mobile.unknown)
        return "Device", f"known of {mobile.known:,} checkouts, unknown of {unknown} of all"
    if figure.key == "conversion":
        found = report.conversion
        if not found.days:
            return "Visits", "none entered; “cartdesk visits” takes a CSV list of days and visits"
        days = f"{found.days:,} of {report.span.days:,} days"
        return "Visits", f"{found.visits:,} on {days}, with {found.orders:,} orders"
    if figure.unit is Unit.MINUTES:
        found_in = report.to_abandon if figure.key == "to-abandon" else report.to_return
        return "Quartiles", quartiles_text(found_in)
    return None

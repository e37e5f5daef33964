"""How figures are written: the same words on the screen, in a terminal and in the report."""

from __future__ import annotations

from datetime import date

from cartdesk.domain.metrics.groups import Write
from cartdesk.domain.metrics.style import NONE
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

MEASURES: dict[Measure, str] = {
    Measure.ABANDONED: "abandoned",
    Measure.RECOVERABLE: "recoverable",
    Measure.WAITING: "still open",
    Measure.RECOVERED: "recovered",
    Measure.STRICT: "strict",
    Measure.BY_THEMSELVES: "back alone",
    Measure.LOST: "lost",
    Measure.PLACED: "orders",
    Measure.DIRECT: "at once",
    Measure.SENT: "sent",
    Measure.REFUSED: "refused",
    Measure.BOUNCED: "bounced",
    Measure.REPLIED: "replied",
    Measure.KEPT_APART: "kept apart",
}
"""Short names of the measures, as the heads of columns."""

_WORSE = {Measure.ABANDONED, Measure.LOST, Measure.REFUSED, Measure.BOUNCED}
_BETTER = {Measure.RECOVERED, Measure.STRICT, Measure.BY_THEMSELVES, Measure.PLACED}
_BETTER_KEYS = {"per-letter", "conversion"}
_NEITHER_KEYS = {"discount", "to-abandon", "to-return"}
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


def value_text(figure: Figure, value: float | None, currency: str, write: Write) -> str:
    """Write the value of a figure, now or before, in its unit."""
    if value is None:
        return NONE
    if figure.unit is Unit.SHARE:
        return write.share(value)
    if figure.unit is Unit.MONEY:
        return money_text(value, currency, write)
    return minutes_text(value) if figure.unit is Unit.MINUTES else write.count(value)


def figure_text(figure: Figure, currency: str, write: Write, *, before: bool = False) -> str:
    """Write a figure, with the money beside a count: "41 · €2,310.00"."""
    value = value_text(figure, figure.before if before else figure.value, currency, write)
    money = figure.money_before if before else figure.money
    return value if money is None else f"{value} · {money_text(money, currency, write)}"


def others_text(count: int, write: Write) -> str:
    """Say that there are so many other rows."""
    return "1 other" if count == 1 else f"{write.count(count)} others"


def change_text(figure: Figure, write: Write) -> str:
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
    hardly = f"{sign} hardly {more}"
    if figure.unit is Unit.SHARE:
        points = 100 * abs(value - before)
        return f"{sign} {write.decimal(points)} points {more}" if points >= 0.05 else hardly
    if change.percent is None:
        return f"{sign} {'up' if up else 'down'} from 0"
    if min(value, before) < 0:  # no share of a loss says anything
        return f"{sign} {more}"
    if abs(change.percent) >= 1000:
        return f"{sign} {write.count(value / before)} times as much"
    return f"{sign} {abs(change.percent):.0f} % {more}" if abs(change.percent) >= 0.5 else hardly


def is_better(figure: Figure) -> bool | None:
    """Tell whether a change is to the good; None where that cannot be said, or it is tiny."""
    direction, value, before = figure.change.direction, figure.value, figure.before
    if direction not in {Direction.UP, Direction.DOWN} or value is None or before is None:
        return None
    share = figure.unit is Unit.SHARE
    if (abs(value - before) < 0.0005) if share else (0 <= abs(figure.change.percent or 100) < 0.5):
        return None
    if figure.key in _BETTER_KEYS:
        return direction is Direction.UP
    if figure.key in _NEITHER_KEYS or figure.rows not in _WORSE | _BETTER:
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


def quartiles_text(found: Quartiles, write: Write) -> str:
    """Say in how much time a quarter, a half and three quarters were through."""
    if found.median is None:
        return "none to count yet"
    return (
        f"half within {minutes_text(found.median)} (a quarter within "
        f"{minutes_text(found.quartile1)}, three quarters within {minutes_text(found.quartile3)}; "
        f"{write.count(found.counted)} counted)"
    )


def beside(figure: Figure, report: Report, write: Write) -> tuple[str, str] | None:
    """Give what must be known beside a figure, as a label and a text; None for most."""
    if figure.key == "mobile-rate":
        mobile = report.mobile
        if mobile.unknown is None:
            return "Device", "nothing is known yet"
        unknown = write.share(mobile.unknown)
        known = write.count(mobile.known)
        return "Device", f"unknown of {unknown} of the abandoned, known of {known} checkouts"
    if figure.key == "conversion":
        found = report.conversion
        if not found.days:
            return "Visits", "none entered; “cartdesk visits” takes a CSV list of days and visits"
        days = f"{write.count(found.days)} of {write.count(report.span.days)} days"
        orders = f"{write.count(found.orders)} order{'s' * (found.orders != 1)}"
        return "Visits", f"{write.count(found.visits)} on {days}, with {orders}"
    if figure.unit is Unit.MINUTES:
        found_in = report.to_abandon if figure.key == "to-abandon" else report.to_return
        return "Quartiles", quartiles_text(found_in, write)
    return None


def worked(figure: Figure, report: Report, write: Write) -> str:
    """Write a figure that is no plain count with its numbers: "29 ÷ (29 + 127)"; else ""."""
    tally, conversion = report.tally, report.conversion

    def money(minor: int) -> str:
        return money_text(minor, report.currency, write)

    abandoned, count = write.count(tally.abandoned.count), write.count
    refunded, net = money(tally.recovered_refunded), money(tally.recovered_net)
    whole = money(tally.recovered.minor)
    found = {
        "abandonment-rate": f"{abandoned} ÷ ({abandoned} + {count(tally.direct.count)})",
        "average-order": f"({money(tally.placed.minor)} − {money(tally.refunded)}) ÷ "
        f"{count(tally.placed.count)}",
        "per-letter": f"({whole} − {refunded}) ÷ {count(tally.sent.count)}",
        "recovered-net": f"{whole} − {refunded} = {net}",
        "before-discount": f"{whole} + {money(tally.discount)}",
        "conversion": f"{count(conversion.orders)} ÷ {count(conversion.visits)}",
    }
    return found.get(figure.key, "") if figure.value is not None else ""

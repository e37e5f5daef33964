"""The figures of a span, the rows behind each, and the visits they are held against."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cartdesk.adapters.ledger import Book
from cartdesk.domain.metrics import formulas
from cartdesk.domain.metrics.adding import (
    ALL,
    DIMENSIONS,
    MINUTES,
    Cell,
    quartiles,
    tallies_by_key,
    tally_of,
    unknown,
)
from cartdesk.domain.metrics.breakdowns import breakdowns, funnel, mobile_rate
from cartdesk.domain.metrics.coverage import Horizon, coverage
from cartdesk.domain.metrics.facts import KINDS
from cartdesk.domain.metrics.formulas import Side
from cartdesk.domain.metrics.views import (
    RETURNS,
    Behind,
    Conversion,
    Day,
    Measure,
    Report,
    Returned,
    RowsBehind,
    Span,
    Tally,
    VisitsRead,
)
from cartdesk.domain.metrics.visits import read_visits
from cartdesk.domain.model import Shop
from cartdesk.domain.settings import Settings
from cartdesk.work.context import Context, NotPossible

if TYPE_CHECKING:  # what is compared and written is not needed to show figures
    from cartdesk.domain.metrics.comparing import Comparison
    from cartdesk.domain.metrics.digest import Digest

_PERSONS_AT_ONCE = 200  # so that nobody waits long for the ledger
_DIVIDED = tuple(one for one in DIMENSIONS if one not in {MINUTES, "apart"})
_BESIDE = ("device", MINUTES)  # what the span before is divided by


class Figures:
    """Everything that is measured."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ledger = context.ledger

    def last(self, days: int) -> Span:
        """Give the last so many days of the shop, today among them."""
        today = self._context.clock.now().astimezone(self._context.shop.tz).date()
        until = today + timedelta(days=1)
        return Span(until - timedelta(days=days), until, self._context.shop.zone)

    async def currencies(self) -> tuple[str, ...]:
        """Give the currencies anything is counted in, the most used first."""
        await self.renew()
        return tuple(await self._ledger.read(lambda book: book.rollup.currencies()))

    async def report(self, span: Span, currency: str = "") -> Report:
        """Give all figures of a span in one currency ("": the shop's own)."""
        await self.renew()
        shop = self._context.shop
        settings, today = self._context.settings, self.last(1).last
        return await self._ledger.read(
            lambda book: report(book, span, currency, shop, horizon(book, shop, settings, today))
        )

    async def rows(self, asked: Behind, *, limit: int = 500, offset: int = 0) -> RowsBehind:
        """Give a window of the carts or orders behind a figure or a line of a breakdown.

        Raises:
            KeyError: There is no such breakdown.
        """
        await self.renew()
        return await self._ledger.read(lambda book: rows(book, asked, limit, offset))

    async def comparisons(self, currency: str) -> tuple[Comparison, ...]:
        """Give what is compared: persons held out, and versions of letters."""
        from cartdesk.work.comparing import comparisons

        box, shop, now = self._context.letterbox, self._context.shop, self._context.clock.now()
        letters = {name for language in box.all_languages() for name in box.names(language)}
        return await self._ledger.read(lambda book: comparisons(book, currency, letters, shop, now))

    async def digest(self, days: int, currency: str = "") -> Digest:
        """Give the last days with everything a written report tells of them."""
        from cartdesk.domain.metrics.digest import Digest
        from cartdesk.domain.metrics.style import Style

        shop, clock = self._context.shop, self._context.clock
        found = await self.report(self.last(days), currency)
        compared = await self.comparisons(found.currency)
        written = clock.now().astimezone(shop.tz)
        return Digest(shop.name, written, found, compared, Style.of(shop))

    async def visits(self, span: Span) -> Mapping[date, int]:
        """Give the visits of the days that are known."""
        return await self._ledger.read(lambda book: book.visits.between(span.since, span.until))

    async def enter_visits(self, day: date, number: int | None) -> None:
        """Keep the visits of one day; None forgets them. Raises NotPossible for a wrong number."""
        if number is None:
            await self._ledger(lambda book: book.visits.forget(day))
        elif not 0 <= number <= 10**9:
            raise NotPossible("The number of visits must lie between 0 and a thousand million.")
        elif day > self.last(1).last:
            raise NotPossible(f"{day} has not come yet, so nobody has visited the shop on it.")
        else:
            await self._ledger(lambda book: book.visits.keep({day: number}))

    async def import_visits(self, text: str) -> VisitsRead:
        """Keep the visits of a CSV list; lines that cannot be read are named and left out."""
        found, problems = read_visits(text, self.last(1).last)
        await self._ledger(lambda book: book.visits.keep(found))
        return VisitsRead(len(found), problems)

    async def renew(self) -> None:
        """Bring what is counted up to date, a little at a time."""
        if self._ledger.only_reads:  # a full disk: the figures of before are better than none
            return
        zone = self._context.shop.tz
        lost_after = timedelta(days=self._context.settings.sequence.lost_after_days)

        while not await self._ledger.read(lambda book: is_fresh(book, zone, lost_after)):
            await self._ledger(lambda book: renew_some(book, zone, lost_after))


def is_fresh(book: Book, zone: ZoneInfo, lost_after: timedelta) -> bool:
    """Tell whether everything that is counted is up to date."""
    return book.facts.are_based_on(zone, lost_after) and book.facts.are_fresh()


def renew_some(book: Book, zone: ZoneInfo, lost_after: timedelta) -> None:
    """Bring some persons' facts, or the sums of some days, up to date."""
    if not book.facts.are_based_on(zone, lost_after):
        book.facts.begin_anew(zone, lost_after)
    if persons := book.facts.stale(_PERSONS_AT_ONCE):
        book.facts.renew(persons, zone, lost_after)
    elif days := book.rollup.stale():
        book.rollup.renew(days)


def horizon(book: Book, shop: Shop, settings: Settings, today: date) -> Horizon:
    """Tell how far back this ledger can know anything."""
    first, counted = book.rollup.first_look(), book.rollup.first_day()
    looked = first.astimezone(shop.tz).date() if first else None
    orders = None
    if looked is not None:
        asked = looked - timedelta(days=settings.sync.history_days)
        orders = max(asked, min(counted or looked, looked))
    return Horizon(
        looked,
        orders,
        book.windows.drafts_seen(),
        timedelta(days=settings.sequence.lost_after_days),
        today,
    )


def report(
    book: Book, span: Span, currency: str, shop: Shop, known: Horizon | None = None
) -> Report:
    """Give all figures of a span, from sums that are up to date.

    Without ``known`` everything before counts as seen.
    """
    known = known or Horizon(drafts=book.windows.drafts_seen())
    covered = known.covers(span.before())
    used = book.rollup.currencies()
    currency = currency or shop.currency or (used[0] if used else "EUR")
    before = span.before()
    found = _by_dimension(book, span, currency, (ALL, MINUTES, *_DIVIDED))
    found_before = _by_dimension(book, before, currency, (ALL, *_BESIDE))
    keyed = {name: tallies_by_key(found[name]) for name in _DIVIDED}
    now = _side(book, span, found)
    then = _side(book, before, found_before)
    since, until = (datetime.combine(day, time(), shop.tz) for day in (span.since, span.until))
    return Report(
        span=span,
        currency=currency,
        tally=now.tally,
        before=then.tally,
        headline=formulas.headline(now, then, covered),
        figures=formulas.others(now, then, covered),
        series=_series(book, span, currency),
        funnel=funnel(keyed["stage"]),
        breakdowns=breakdowns(keyed, book.facts.product_names(keyed["product"])),
        to_abandon=now.to_abandon,
        to_return=now.to_return,
        mobile=now.mobile,
        conversion=now.conversion,
        coverage=coverage(
            shop,
            span,
            known,
            kept_apart=book.rollup.kept_apart(span.since, span.until),
            unreadable=book.rollup.unreadable(since, until),
        ),
    )


def rows(book: Book, asked: Behind, limit: int, offset: int) -> RowsBehind:
    """Give a window of the rows behind a figure, from facts that are up to date."""
    found, counted, minor = book.rollup.behind(asked, limit, offset)
    carts = book.windows.rows({number for number, _, _ in found})
    returns: tuple[Returned, ...] = ()
    if asked.measure in RETURNS:
        returns = tuple(Returned(number, money, asked.currency) for _, money, number in found)
    one_currency = asked.breakdown != "apart"
    return RowsBehind(
        tuple(carts[number] for number, _, _ in found), counted, minor * one_currency, returns
    )


def _by_dimension(
    book: Book, span: Span, currency: str, dimensions: tuple[str, ...]
) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {name: [] for name in dimensions}
    for cell in book.rollup.cells(currency, span.since, span.until, dimensions):
        found[cell.dimension].append(cell)
    for name in dimensions:
        if name not in {ALL, MINUTES}:
            found[name] += unknown(found[name], found[ALL])
    return found


def _side(book: Book, span: Span, found: Mapping[str, list[Cell]]) -> Side:
    visits = book.visits.between(span.since, span.until)
    orders, total = book.rollup.placed_on(list(visits)), sum(visits.values())
    rate = orders / total if total and orders <= total else None
    return Side(
        tally=tally_of(found[ALL]),
        mobile=mobile_rate(tallies_by_key(found["device"])),
        conversion=Conversion(rate, orders, total, len(visits)),
        to_abandon=quartiles(found[MINUTES], KINDS[Measure.ABANDONED]),
        to_return=quartiles(found[MINUTES], KINDS[Measure.RECOVERED]),
    )


def _series(book: Book, span: Span, currency: str) -> tuple[Day, ...]:
    cells: dict[date, list[Cell]] = {}
    for day, cell in book.rollup.by_day(currency, span.since, span.until):
        cells.setdefault(day, []).append(cell)
    days = (span.since + timedelta(days=number) for number in range(span.days))
    return tuple(Day(day, tally_of(cells[day]) if day in cells else Tally()) for day in days)

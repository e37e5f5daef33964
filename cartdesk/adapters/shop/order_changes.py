"""Which question finds the next orders that changed, so that none is ever passed over.

WooCommerce's ``modified_after`` is exclusive and as fine as a second; many orders may share
one. So each question begins one second before the last one seen and leaves out, by id, what
was read of that second. No page numbers: a row that changes meanwhile only moves to the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cartdesk.adapters.shop.order_pages import PER_PAGE, order_ids
from cartdesk.adapters.shop.reading import read_time
from cartdesk.domain.ports import Page

_SECOND = timedelta(seconds=1)
_MOST_EXCLUDED = 500  # ids; web servers refuse addresses longer than 8 kB
_BACK = 50  # rows


class Unordered(Exception):
    """The shop does not choose or sort by the time of the last change, as old versions do not."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far the changes were read: all before ``second``, and ``seen`` of that second.

    When one second holds more orders than an address can name, the rows of that second are
    counted off instead, ``back`` rows less than were seen, so that a known row must come.
    """

    second: datetime
    seen: frozenset[int] = frozenset()
    back: int = _BACK
    per_page: int = PER_PAGE
    most_excluded: int = _MOST_EXCLUDED

    @property
    def offset(self) -> int:
        """How many rows are passed over by counting."""
        return max(0, len(self.seen) - self.back) if len(self.seen) > self.most_excluded else 0

    def query(self) -> dict[str, str]:
        """Give the question, with a bare time in GMT: one with a zone would be shifted twice."""
        question = {
            "status": "any",
            "modified_after": bare(self.second - _SECOND),
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": str(self.per_page),
        }
        if len(self.seen) > self.most_excluded:
            question["offset"] = str(self.offset)
        elif self.seen:
            question["exclude"] = ",".join(map(str, sorted(self.seen)))
        return question

    def advance(self, page: Page) -> Cursor | None:
        """Give the place after a page, or None when there is nothing after it.

        Raises:
            Unordered: The page cannot be the answer to the question.
        """
        ids = order_ids(page.records)
        if self.offset and self.seen.isdisjoint(ids):  # rows slid forward meanwhile
            return replace(self, back=self.back * 2)
        stamps = [
            stamp
            for record in page.records
            if (stamp := read_time(record.get("date_modified_gmt"))) is not None
        ]
        if stamps != sorted(stamps) or (stamps and stamps[0] < self.second):
            raise Unordered
        if self._is_last(page):
            return None
        last = stamps[-1] if stamps else self.second
        if last > self.second:
            at_last = (
                record
                for record in page.records
                if read_time(record.get("date_modified_gmt")) == last
            )
            return replace(self, second=last, seen=frozenset(order_ids(list(at_last))), back=_BACK)
        seen = self.seen | set(ids)
        if len(seen) == len(self.seen):
            raise Unordered
        return replace(self, seen=seen, back=_BACK)

    def _is_last(self, page: Page) -> bool:
        if page.total is None:
            return len(page.records) < self.per_page
        return self.offset + self.per_page >= page.total


def bare(time: datetime) -> str:
    """Write a time as WooCommerce wants it with ``dates_are_gmt``: UTC, without a zone."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

"""Everything that is compared in an experiment, in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cartdesk.adapters.ledger import Book
from cartdesk.domain.metrics.compared import of_holdout, of_versions
from cartdesk.domain.metrics.comparing import Comparison
from cartdesk.domain.metrics.style import Style
from cartdesk.domain.model import Shop
from cartdesk.work.experiments import holdout_result, versions_result


def comparisons(
    book: Book, currency: str, letters: Collection[str], shop: Shop, now: datetime
) -> tuple[Comparison, ...]:
    """Give the holdout and the versions of each letter, as far as there are any.

    They are counted from the day each began, whatever span is looked at: a comparison over the
    days somebody chose to look at would not hold what it says.
    """
    write = Style.of(shop)
    made: list[Comparison] = []
    if held := holdout_result(book, currency, now):
        made.append(of_holdout(held.lift, held.since, held.waiting, write))
    for letter in sorted(letters):
        if found := versions_result(book, letter, currency, now):
            made.append(of_versions(letter, found.versions, found.since, found.waiting, write))
    return tuple(made)

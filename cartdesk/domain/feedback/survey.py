"""A survey's results: which column holds what, and a line of them as a piece of feedback."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from cartdesk.domain.feedback.one_click import OFFERED
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.text import clean, clean_lines

# What a column can hold, and what it is often called in English, Finnish and Hungarian.
_NAMES = {
    "text": "text, comment, comments, feedback, answer, response, message, remarks, remark, "
    "opinion, kommentti, palaute, vastaus, viesti, teksti, mielipide, megjegyzés, vélemény, "
    "válasz, üzenet, szöveg, hozzászólás",
    "date": "date, when, time, timestamp, submitted, created, päivä, päivämäärä, aika, aikaleima, "
    "dátum, idő, időbélyeg, mikor",
    "who": "name, who, customer, respondent, nimi, asiakas, vastaaja, név, vásárló",
    "email": "email, e-mail, mail, address, email address, e-mail address, sähköposti, "
    "sähköpostiosoite, emailcím, e-mail-cím, e-mail cím",
    "order": "order, order number, order id, order no, tilaus, tilausnumero, rendelés, "
    "rendelésszám",
    "product": "product, item, tuote, termék",
    "rating": "rating, stars, score, arvosana, tähdet, értékelés, csillag",
    "reason": "reason, why, syy, miksi, ok, miért",
}
FIELDS: Mapping[str, frozenset[str]] = {
    field: frozenset(names.split(", ")) for field, names in _NAMES.items()
}
_DATE = re.compile(
    r"(?P<a>\d{1,4})\s?[./-]\s?(?P<b>\d{1,2})\s?[./-]\s?(?P<c>\d{1,4})\.?"
    r"(?:[T,]?\s*(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[AaPp])?\.?[Mm]?\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|UTC|GMT)?"
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_NAMED = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\s+)?"
    r"(?:(?P<before>\d{1,2})(?:st|nd|rd|th)?[\s.-]+)?(?P<month>[a-z]{3,9})\.?[\s,-]+"
    r"(?:(?P<after>\d{1,2})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{4})",
    re.IGNORECASE,
)
_STARS = re.compile(r"([1-5])(?:[.,]0+)?(?:\s*/\s*5)?")


class BadCell(ValueError):
    """A line cannot become a piece of feedback; ``str()`` says why."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the file that does not land, counted from 1, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """A line as it will land. ``at`` is None where the file names no date."""

    line: int
    text: str
    at: datetime | None = None
    who: str = ""
    email: str = ""
    order: str = ""
    product: str = ""
    rating: int | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class SurveyPreview:
    """How a file would land. ``columns`` tells which column of the file holds what.

    ``rows`` are the first lines that would land, ``total`` counts all of them and ``already``
    those that landed before; ``note`` says in a sentence what had to be guessed.
    """

    headers: tuple[str, ...]
    columns: Mapping[str, str]
    rows: tuple[SurveyRow, ...]
    total: int
    already: int
    bad: tuple[BadLine, ...]
    encoding: str
    separator: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """What an import did; ``note`` is that of the preview."""

    landed: int
    already: int
    bad: tuple[BadLine, ...]
    note: str = ""


def guess_columns(headers: Iterable[str]) -> dict[str, str]:
    """Guess which column holds what, by name; a field that no name fits is left out."""
    found: dict[str, str] = {}
    for exact in (True, False):
        for header in headers:
            name = " ".join(re.sub(r"[_?!:]", " ", header).split()).casefold()
            for field, names in FIELDS.items():
                fits = name in names if exact else not names.isdisjoint(name.split())
                if field not in found and fits and header not in found.values():
                    found[field] = header
    return found


def month_first(dates: Iterable[str]) -> bool | None:
    """Tell whether dates such as 5/11/2026 begin with the month; None when nothing tells."""
    for text in dates:
        parts = _DATE.match(text.strip())
        if parts and len(parts["a"]) <= 2:
            if int(parts["a"]) > 12:
                return False
            if int(parts["b"]) > 12:
                return True
    return None


def read_date(text: str, zone: ZoneInfo, *, american: bool) -> datetime:
    """Read a date with or without a time: 2026-11-21, 21.11.2026 14:05, 21 Nov 2026.

    Args:
        text: The date as the file has it.
        zone: The shop's time zone, for dates that name none.
        american: Whether a date of two small numbers begins with the month.

    Raises:
        BadCell: It is no date.
    """
    found = _DATE.fullmatch(_numbered(text.strip()))
    if found is None:
        raise BadCell(f"“{clean(text, 30)}” is no date")
    first, second, third = int(found["a"]), int(found["b"]), int(found["c"])
    if len(found["a"]) == 4:
        year, month, day = first, second, third
    else:
        month, day = (first, second) if american else (second, first)
        year = third + 2000 if len(found["c"]) <= 2 else third
    hour = int(found["h"] or 12)  # without a time: noon, which is that day in most time zones
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    try:
        at = datetime.combine(
            date(year, month, day), time(hour, int(found["m"] or 0), int(found["s"] or 0))
        )
        return _zoned(at, found["zone"], zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadCell(f"“{clean(text, 30)}” is no date") from None


def _numbered(text: str) -> str:
    """Write 10 Oct 2024 and October 10, 2024 in numbers; leave everything else."""
    found = _NAMED.match(text)
    if found is None or bool(found["before"]) == bool(found["after"]):
        return text
    named = found["month"].casefold()
    month = next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(named)), 0)
    day = found["before"] or found["after"]
    return f"{found['year']}-{month}-{day}{text[found.end() :]}" if month else text


def _zoned(at: datetime, named: str | None, zone: ZoneInfo) -> datetime:
    if not named:
        return at.replace(tzinfo=zone)
    if named[0] not in "+-":
        return at.replace(tzinfo=UTC)
    return datetime.fromisoformat(f"{at.isoformat()}{named[:3]}:{named[-2:]}")


def read_row(
    line: int,
    cells: Mapping[str, str],
    zone: ZoneInfo,
    now: datetime,
    *,
    american: bool,
) -> SurveyRow:
    """Read one line; ``cells`` holds text by field. Raises :class:`BadCell`."""
    at = None
    if written := cells.get("date", "").strip():
        at = read_date(written, zone, american=american)
        if at > now.replace(hour=23, minute=59):
            raise BadCell(f"“{clean(written, 30)}” lies in the future")
    text, named = clean_lines(cells.get("text")), clean(cells.get("reason"), 200)
    reason = read_reason(named)
    if named and reason is None:
        text = f"{named}\n{text}".strip()
    if not text and reason is None:
        raise BadCell("it says nothing")
    return SurveyRow(
        line=line,
        text=text or named,
        at=at,
        who=clean(cells.get("who"), 100),
        email=clean(cells.get("email"), 254),
        order=clean(cells.get("order"), 40).lstrip("#"),
        product=clean(cells.get("product"), 200),
        rating=_rating(cells.get("rating", "")),
        reason=reason,
    )


def read_reason(text: str) -> Reason | None:
    """Find the reason a choice of a survey means, by its code or its words."""
    wanted = text.strip().casefold()
    for reason in Reason:
        names = {reason.value, reason.value.replace("_", " "), reason.title.casefold()}
        names |= {labels.get(reason, "").casefold() for labels in OFFERED.values()}
        if wanted and wanted in names:
            return reason
    return None


def _rating(text: str) -> int | None:
    """Read stars; a score of another scale is none, and what was written counts all the same."""
    words = text.strip()
    if not words:
        return None
    if set(words) == {"★"} and len(words) <= 5:
        return len(words)
    found = _STARS.fullmatch(words)
    return int(found[1]) if found else None

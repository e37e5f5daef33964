"""``cartdesk feedback``: what people said, notes typed in, and surveys brought in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.desk import NotPossible
from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.filters import LANGUAGES, LONGEST_DAYS
from cartdesk.domain.feedback.survey import BadLine
from cartdesk.domain.feedback.views import (
    FeedbackFilter,
    FeedbackSummary,
    Piece,
    Source,
    Tab,
)
from cartdesk.domain.text import clean
from cartdesk.domain.views import Verdict

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_BAD_SHOWN = 50
_LONGEST = 100_000  # characters of an answer that are read; fewer may go
Choice = TypeVar("Choice", bound=StrEnum)


async def show(call: Call) -> Exit:
    """List pieces and the reasons they name."""
    out, given = call.out, call.given
    wanted = FeedbackFilter(
        tab=_one_of(Tab, given.tab) or Tab.ALL,
        source=_one_of(Source, given.source),
        reason=_one_of(Reason, given.reason),
        language=_language(given.language),
        days=_days(given.days),
        words=tuple(given.words.casefold().split()),
    )
    page = await call.desk.feedback.page(wanted, limit=given.limit)
    summary = await call.desk.feedback.summary(wanted)
    _bars(call, summary)
    for piece in page.rows:
        _piece(call, piece)
    out.document({"page": page, "summary": summary})
    if not page.rows:
        out.say("Nobody has said anything of the kind so far.")
    out.say(
        f"{page.new} new, {page.waiting} waiting for an answer, {page.answered} answered, "
        f"{page.put_aside} put aside."
    )
    return Exit.OK


def _bars(call: Call, summary: FeedbackSummary) -> None:
    out = call.out
    rows = [
        (
            bar.reason.value,
            str(bar.count),
            str(bar.before),
            ", ".join(map(out.money, bar.money)),
            bar.remedy,
        )
        for bar in summary.bars
    ]
    days = (summary.until - summary.since).days
    if rows:
        out.line(f"Reasons named in the last {days} days, and in the {days} before:")
    out.table(("REASON", "COUNT", "BEFORE", "AT STAKE", "REMEDY"), rows)
    if rows:
        out.line()


def _piece(call: Call, piece: Piece) -> None:
    out = call.out
    stars = f", {piece.rating} of 5 stars" if piece.rating is not None else ""
    about = f" about {piece.about}" if piece.about else ""
    state = piece.state.value
    if piece.waiting_since is not None:
        state = f"waiting since {out.time(piece.waiting_since)}"
    reasons = ", ".join(found.reason.value for found in piece.reasons)
    out.line(
        f"{piece.id}  {out.time(piece.written_at)}  {piece.source} by "
        f"{piece.who or 'somebody'}{about}{stars} [{piece.mood}] {state}"
        + (f" ({reasons})" if reasons else "")
    )
    out.lines(piece.text, "    ")
    out.line()


async def add(call: Call) -> Exit:
    """Keep a note that was typed in."""
    given = call.given
    done = await call.desk.feedback.add(
        _one_of(Source, given.source) or Source.PHONE,
        given.text,
        who=given.who,
        email=given.email,
        cart_id=given.cart,
        product=given.product,
    )
    call.out.say(f"{done.sentence}.")
    return Exit.OK


async def answer(call: Call) -> Exit:
    """Write and approve an answer; ``cartdesk send`` sends it."""
    given, out, desk = call.given, call.out, call.desk
    text = await asyncio.to_thread(_text_of, given.text)
    kept = await desk.answers.keep(given.id, text)
    shown = await desk.preview(kept.id)
    done = await desk.approve(kept.id, hold=False)
    subject = shown.rendered.subject if shown.rendered else ""
    out.line(f"To: {shown.to}")
    out.line(f"Subject: {subject}")
    out.line()
    out.lines(shown.rendered.text if shown.rendered else "", "    ")
    for check in shown.checks:
        if check.verdict is Verdict.WARN:
            out.say(f"Take care: {check.sentence}.")
    out.document({"letter": kept.id, "to": shown.to, "subject": subject})
    out.say(f"{done.sentence}. Letter {kept.id}: “cartdesk send” sends it.")
    return Exit.OK


def _text_of(name: str) -> str:
    """Read the words of an answer. Raises NotPossible."""
    try:
        if name == "-":
            return sys.stdin.read(_LONGEST)
        with _home(name).open(encoding="utf-8-sig") as file:
            return file.read(_LONGEST)
    except UnicodeDecodeError:
        raise NotPossible(f"{clean(name, 80)} is not UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise NotPossible(f"{clean(name, 80)} cannot be read: {reason}.") from None


async def bring_in(call: Call) -> Exit:
    """Bring in a survey's results, or show how they would land."""
    file, columns = _home(call.given.file), _columns(call.given.map)
    if call.given.preview:
        return await _preview(call, file, columns)
    report = await call.desk.feedback.import_survey(file, columns)
    _bad(call, report.bad)
    call.out.document(report)
    call.out.say(report.note)
    call.out.say(
        f"{report.landed} landed, {report.already} were there already, "
        f"{len(report.bad)} {'line' if len(report.bad) == 1 else 'lines'} could not be read."
    )
    return Exit.OK


async def _preview(call: Call, file: Path, columns: dict[str, str] | None) -> Exit:
    out = call.out
    found = await call.desk.feedback.survey(file, columns)
    out.line(f"{found.encoding}, separated by {_SEPARATORS[found.separator]}")
    out.table(("FIELD", "COLUMN"), [(field, name) for field, name in found.columns.items()])
    unused = [name for name in found.headers if name not in found.columns.values()]
    out.line(f"Not used: {', '.join(unused) or 'none'}")
    out.line()
    out.table(
        ("LINE", "DATE", "WHO", "ORDER", "PRODUCT", "STARS", "REASON", "TEXT"),
        [
            (
                str(row.line),
                out.time(row.at),
                row.who or row.email,
                row.order,
                row.product,
                str(row.rating or ""),
                row.reason.value if row.reason else "",
                row.text[:60],
            )
            for row in found.rows
        ],
    )
    _bad(call, found.bad)
    out.document(found)
    out.say(found.note)
    out.say(
        f"{found.total - found.already} would land, {found.already} are there already, "
        f"{len(found.bad)} cannot be read. Nothing was kept."
    )
    return Exit.OK


def _bad(call: Call, bad: Sequence[BadLine]) -> None:
    for one in bad[:_BAD_SHOWN]:
        call.out.say(f"Line {one.line}: {one.why}.")
    if len(bad) > _BAD_SHOWN:
        call.out.say(f"and {len(bad) - _BAD_SHOWN} more lines")


def _home(name: str) -> Path:
    return Path(name).expanduser()


def _columns(given: Sequence[str]) -> dict[str, str] | None:
    """Read ``--map text=Comment,date=When``. Raises NotPossible."""
    found: dict[str, str] = {}
    for pair in (part for text in given for part in text.split(",")):
        field, equals, column = pair.partition("=")
        if not equals:
            raise NotPossible(f"--map wants FIELD=COLUMN, not “{clean(pair, 60)}”.")
        found[field.strip()] = column.strip()
    return found or None


def _language(code: str) -> str:
    """Check the code of a language; "" is any. Raises NotPossible."""
    if code and code.casefold() not in LANGUAGES:
        raise NotPossible(f"Languages are {', '.join(LANGUAGES)}, not “{clean(code, 40)}”.")
    return code.casefold()


def _days(days: int) -> int:
    """Check how far back a list goes; 0 is all time. Raises NotPossible."""
    if days > LONGEST_DAYS:
        raise NotPossible(f"--days goes up to {LONGEST_DAYS}; leave it out for all time.")
    return days


def _one_of(kind: type[Choice], text: str) -> Choice | None:
    """Find what was named among the members; None for "". Raises NotPossible."""
    if not text:
        return None
    for member in kind:
        if member == text.casefold():
            return member
    known = ", ".join(kind)
    raise NotPossible(f"There is no {kind.__name__.lower()} “{clean(text, 40)}”: {known}.")


async def feedback(call: Call) -> Exit:
    """Do what was asked: list, add or import."""
    doing = {"add": add, "answer": answer, "import": bring_in}.get(call.given.doing, show)
    return await doing(call)

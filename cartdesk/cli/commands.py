"""The plain twins of the screens: each command calls the desk and prints what it says."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from cartdesk.adapters.paths import Home, is_shop_name
from cartdesk.adapters.secrets import scrub
from cartdesk.cli import figures, letters, persons, templates
from cartdesk.cli.audit import audit
from cartdesk.cli.call import Call
from cartdesk.cli.consent import consent
from cartdesk.cli.exits import Exit
from cartdesk.cli.export import chosen_stream, new_file, write_rows
from cartdesk.cli.feedback import feedback
from cartdesk.cli.keys import forget_keys
from cartdesk.cli.output import Out
from cartdesk.cli.restore import put_back
from cartdesk.cli.trouble import Usage
from cartdesk.cli.wiring import Premises, choose_shop, examined, logging_to, open_premises
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import Reminder, ReminderState
from cartdesk.domain.ports import Clock
from cartdesk.domain.text import clean
from cartdesk.domain.views import Check, Finding, Progress, QueueItem, Verdict
from cartdesk.work.doctor import Examined, examine

_BEGIN = "Run “cartdesk setup”, or look around first with “cartdesk demo”."
_TOLD_EVERY = 500  # orders; a first import of 20,000 is forty lines
_SIGNS = {Verdict.OK: "ok", Verdict.WARN: "care", Verdict.STOP: "STOP"}


def run(given: argparse.Namespace, clock: Clock) -> Exit:
    """Run a command that needs no screen."""
    out = Out(as_json=given.json)
    if given.command == "doctor":
        return asyncio.run(_doctor(given, clock, out))
    if given.command == "restore":  # also where the ledger cannot be opened
        scrub()
        paths = Home.find().shop(_set_up_shop(given.shop))
        _tell(paths.mended, out)
        return put_back(given, paths.ledger, clock, out)
    place = open_premises(_set_up_shop(given.shop), clock=clock, read_only=given.read_only)
    if given.command == "forget-keys":  # needs no ledger
        _tell(place.paths.mended, out)
        with logging_to(place.paths.log, place.secrets):
            return forget_keys(given, place.settings, place.secrets, out)
    if not place.settings.shop.address:
        raise Usage(f"{place.paths.settings} names no shop. {_BEGIN}")
    with logging_to(place.paths.log, place.secrets):
        return asyncio.run(_at_the_desk(place, given, out))


def _set_up_shop(name: str | None) -> str:
    """Give the short name of the shop that is meant, once it is set up; makes no folders."""
    home = Home.find()
    chosen = choose_shop(home, name)
    if is_shop_name(chosen) and chosen not in home.shops():
        known = f" There are: {', '.join(home.shops())}." if home.shops() else ""
        raise Usage(f"The shop “{chosen}” is not set up yet.{known} {_BEGIN}")
    return chosen


async def _at_the_desk(place: Premises, given: argparse.Namespace, out: Out) -> Exit:
    tests = given.command == "letters" and given.what == "test"
    desk = place.desk(sends=tests or given.command in {"send", "settle"})
    try:
        _tell(desk.notices, out)
        await desk.start()
        out.shop = await desk.shop()
        return await COMMANDS[given.command](Call(place, desk, given, out))
    finally:
        await desk.close()


def _tell(sentences: Sequence[str], out: Out) -> None:
    for sentence in sentences:
        out.say(sentence)


async def _poll(call: Call) -> Exit:
    told: dict[str, int] = {}

    def tell(progress: Progress) -> None:
        before = told.get(progress.what)
        if before is None or progress.done >= before + _TOLD_EVERY:
            told[progress.what] = progress.done
            count = f" {progress.done} of {progress.total}" if progress.total else ""
            call.out.say(f"{progress.what} ...{count}")

    report = await call.desk.poll(tell, full=call.given.full)
    await call.desk.tick()  # letters put off may be due again; nothing can leave by this desk
    call.out.line(report.sentence)
    call.out.document(report)
    return Exit.OK


async def _carts(call: Call) -> Exit:
    out, given = call.out, call.given
    page = await call.desk.carts(" ".join(given.filter), limit=given.limit)
    if page.note:
        raise Usage(f"The filter was not understood: {page.note}.")
    out.table(
        ("CART", "NUMBER", "WHO", "TOTAL", "STATE", "LANE", "COUNTRY", "LETTERS", "LAST CHANGE"),
        [
            (
                str(row.id),
                row.number,
                row.name or row.email or "(no name)",
                out.money(row.total),
                f"{row.state} ({row.evidence})" if row.evidence else row.state,
                row.lane,
                row.country,
                str(row.letters_sent),
                out.time(row.quiet_since),
            )
            for row in page.rows
        ],
    )
    out.document(page)
    out.say(f"{len(page.rows)} of {page.matching} that match, {page.total} in all.")
    return Exit.OK


async def _queue(call: Call) -> Exit:
    out = call.out
    queue = await call.desk.queue(" ".join(call.given.filter))
    out.table(
        ("LETTER", "CART", "WHO", "TOTAL", "STEP", "STATE", "DUE", "NOTE"),
        [
            (
                str(item.reminder.id),
                str(item.row.id),
                item.row.name or item.row.email or "(no name)",
                out.money(item.row.total),
                _step(item.reminder, f"{item.reminder.step}/{item.steps}"),
                _state(item),
                out.time(item.reminder.due_at),
                _note(item),
            )
            for item in queue.items
        ],
    )
    out.document(queue)
    out.say(queue.why_empty)
    if queue.paused:
        out.say(f"{queue.paused[:1].upper()}{queue.paused[1:]}. “cartdesk resume” ends the pause.")
    out.say(
        f"{queue.ready} ready, {queue.held} approved, {queue.failed} refused, "
        f"{queue.unsure} not sure. As of {out.time(call.desk.status().last) or 'never'}."
    )
    return Exit.OK


def _step(reminder: Reminder, usual: str) -> str:
    """Name the step of a letter; an answer is none, it names the piece it answers."""
    return f"answers {reminder.step}" if reminder.sequence == ANSWER else usual


def _state(item: QueueItem) -> str:
    if item.reminder.state is ReminderState.HELD:
        return "approved" if item.reminder.held_until is None else "held in a window"
    return "held back" if item.stop else item.reminder.state.value


def _note(item: QueueItem) -> str:
    if item.stop is not None:
        return f"{item.stop.sentence} ({item.stop.mend})" if item.stop.mend else item.stop.sentence
    return "help now" if item.help_now else item.reminder.said


async def _show(call: Call) -> Exit:
    from cartdesk.adapters.mail.message import parts

    out, given = call.out, call.given
    letter = await call.desk.preview(given.id)
    found = parts(letter.message) if letter.message else None
    headers = found.headers if found else ()
    out.line(
        f"Letter {letter.reminder.id}: "
        + _step(
            letter.reminder,
            f"{letter.reminder.letter}, step {letter.reminder.step} of {letter.steps}",
        )
        + f", {letter.reminder.state}"
    )
    _checks(letter.checks, out)
    out.line()
    for name, value in headers:
        out.line(f"{name}: {value}")
    out.line()
    out.lines(found.text if found else "(this letter cannot be filled in)")
    out.document(
        {
            "letter": letter.reminder,
            "cart": letter.row,
            "checks": letter.checks,
            "headers": headers,
            "text": found.text if found else None,
            "html": found.html if found else None,
        }
    )
    if given.html is not None and found is not None:
        path = _html_file(call, given.html, given.id)
        with new_file(path) as stream:
            stream.write(found.html)
        out.say(f"The HTML part is in {path}.")
    return Exit.OK


def _html_file(call: Call, named: str, number: int) -> Path:
    """Give the file for a letter's HTML: the named one, or our own (an older one goes)."""
    if named:
        return Path(named).expanduser()
    path = call.place.paths.exports / f"letter-{number}.html"
    path.unlink(missing_ok=True)
    return path


def _checks(checks: tuple[Check, ...], out: Out) -> None:
    rows = []
    for check in checks:
        words = f"{check.sentence} ({check.datum})" if check.datum else check.sentence
        mend = f"; {check.mend}" if check.mend and check.verdict is Verdict.STOP else ""
        rows.append((_SIGNS[check.verdict], f"{words}{mend}", out.time(check.at)))
    out.table(("CHECK", "WHAT", "SINCE"), rows)


async def _why(call: Call) -> Exit:
    checks = await call.desk.why(call.given.cart)
    _checks(checks, call.out)
    call.out.document({"cart": call.given.cart, "checks": checks})
    return Exit.OK


async def _export(call: Call) -> Exit:
    given = call.given
    with chosen_stream(given.output) as stream:
        wanted = given.what == "figures"
        rows = figures.rows_of_figures(call) if wanted else call.desk.export(given.what)
        count = await write_rows(rows, given.format, stream)
    where = f" to {given.output}" if given.output else ""
    call.out.say(f"Wrote {count} {given.what}{where}.")
    return Exit.OK


def print_finding(finding: Finding, out: Out) -> None:
    """Print what was found, and below it what mends it."""
    sentence = clean(f"{finding.topic}: {finding.sentence}", 2000)
    out.line_as_is(f"{_SIGNS[finding.verdict]:<5} {sentence}")
    if finding.mend:
        out.line_as_is(f"      -> {clean(finding.mend, 2000)}")


async def _doctor(given: argparse.Namespace, clock: Clock, out: Out) -> Exit:
    here = examined(given.shop, clock)
    found: list[Finding] = []
    with logging_to(here.paths.log, here.secrets):
        async for finding in examine(here):
            found.append(finding)
            print_finding(finding, out)
        for finding in await asyncio.to_thread(_domain, here, given.mail):
            found.append(finding)
            print_finding(finding, out)
    out.document(found)
    stops = sum(finding.verdict is Verdict.STOP for finding in found)
    out.say(f"{stops} to mend." if stops else "Nothing stops you.")
    return Exit.NOTHING if stops else Exit.OK


def _domain(here: Examined, wanted: bool) -> Sequence[Finding]:
    from cartdesk.work.examining_domain import examine_domain

    return examine_domain(here.settings) if wanted else ()


COMMANDS: Mapping[str, Callable[[Call], Awaitable[Exit]]] = {
    "poll": _poll,
    "carts": _carts,
    "queue": _queue,
    "show": _show,
    "why": _why,
    "approve": letters.approve,
    "send": letters.send,
    "take-back": letters.take_back,
    "skip": letters.skip,
    "language": letters.language,
    "settle": letters.settle,
    "stop": letters.stop,
    "consent": consent,
    "let-back": letters.let_back,
    "resume": letters.resume,
    "letters": templates.letters,
    "metrics": figures.metrics,
    "report": figures.report,
    "visits": figures.visits,
    "feedback": feedback,
    "audit": audit,
    "export": _export,
    "export-person": persons.export_person,
    "erase": persons.erase,
}

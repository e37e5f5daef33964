"""Sending from the command line: the question first, progress on stderr, Ctrl-C between letters."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from cartdesk.cli.exits import Exit
from cartdesk.cli.keyboard import read_line
from cartdesk.cli.lazy import LazyStore
from cartdesk.cli.output import Out
from cartdesk.cli.trouble import Usage
from cartdesk.desk import Desk, NeedsYes, NotPossible
from cartdesk.domain.model import ReminderState
from cartdesk.domain.text import clean
from cartdesk.domain.views import Preview, Progress, SendReport


class Stopped(Exception):
    """The person pressed Ctrl-C; the letter under way was finished first."""


def confirmed(question: str, out: Out, *, yes: bool) -> bool:
    """Ask on the terminal. Raises Usage when there is none and ``--yes`` was not given."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Usage("Nobody is at the terminal to be asked. Add --yes to go on without a question.")
    answer = read_line(f"{clean(question, 500)} [y/N]")
    return (answer or "").casefold() in {"y", "yes"}


async def waiting_ids(desk: Desk) -> list[int]:
    """Give the letters approved for ``send``: held, and in no window's countdown."""
    queue = await desk.queue()
    return [
        item.reminder.id
        for item in queue.items
        if item.reminder.state is ReminderState.HELD and item.reminder.held_until is None
    ]


async def send(
    desk: Desk,
    ids: Sequence[int],
    out: Out,
    store: LazyStore | None,
    *,
    yes: bool,
    knowingly: bool = False,
) -> Exit:
    """Ask, send, and print what became of each letter."""
    letters = [await desk.preview(number) for number in ids]
    names = ", ".join(_who(letter) for letter in letters[:5])
    more = f" and {len(letters) - 5} more" if len(letters) > 5 else ""
    count = f"{len(letters)} letter{'s' if len(letters) > 1 else ''}"
    if not confirmed(f"Send {count} to {names}{more}?", out, yes=yes):
        out.say("Nothing was sent.")
        return Exit.NOTHING
    try:
        report = await _send(desk, ids, out, knowingly=knowingly)
    except NeedsYes as question:
        raise NotPossible(f"{question} If so, add --knowingly.") from None
    except Stopped:
        report = None
        out.say("Stopped. The letters not sent yet stay approved.")
    after = [await desk.preview(number) for number in ids]
    _show(after, report, out)
    if report is None:
        return Exit.INTERRUPTED
    out.say(report.sentence)
    return verdict(report, store)


async def _send(desk: Desk, ids: Sequence[int], out: Out, *, knowingly: bool) -> SendReport:
    stopping = threading.Event()

    def tell(progress: Progress) -> None:
        if progress.total is None or progress.done >= progress.total:
            return
        if stopping.is_set():
            raise Stopped
        out.say(f"{progress.what} {progress.done + 1} of {progress.total}")

    with _interrupts(stopping, out):
        return await desk.send_now(ids, tell, knowingly=knowingly)


@contextmanager
def _interrupts(stopping: threading.Event, out: Out) -> Iterator[None]:
    """Let Ctrl-C stop after the letter under way.

    Cut off in the middle, nobody could know whether that letter went out.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        stopping.set()
        out.say("Stopping after this letter ...")

    before = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _show(letters: Sequence[Preview], report: SendReport | None, out: Out) -> None:
    rows = [
        (str(one.reminder.id), _who(one), one.reminder.state.value, one.reminder.said)
        for one in letters
    ]
    out.table(("LETTER", "WHO", "STATE", "WHAT WAS SAID"), rows)
    out.document({"report": report, "letters": [letter.reminder for letter in letters]})


def _who(letter: Preview) -> str:
    return letter.row.name or letter.to


def verdict(report: SendReport, store: LazyStore | None) -> Exit:
    """Give the exit code of a batch: trouble of the shop, then of the mail, then what was sent."""
    if report.kept and store is not None and store.trouble is not None:
        return Exit.SHOP
    if report.refused or report.deferred or report.unsure or report.kept:
        return Exit.MAIL
    return Exit.OK if report.sent else Exit.NOTHING

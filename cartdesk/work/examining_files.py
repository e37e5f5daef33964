"""What ``doctor`` finds on this computer: settings file, folders, disk and ledger."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cartdesk.adapters.ledger import Book, LedgerProblem, copies, schema
from cartdesk.adapters.paths import ShopPaths
from cartdesk.adapters.private import others_may
from cartdesk.domain.model import SENDING, ReminderState
from cartdesk.domain.text import clean
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work import clockwatch, pausing, rights
from cartdesk.work.invariants import violations
from cartdesk.work.sending import Busy, only_sender

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP
SETUP = "Run “cartdesk setup”."
_LITTLE_SPACE = 200_000_000  # bytes; a busy shop's ledger grows by some MB a year
_MOST_VIOLATIONS = 10
_OLD_COPY = timedelta(days=3)
# What reading a value that nobody wrote so may raise: a text where JSON or a time should be.
_NOT_AS_WRITTEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)


def examine_files(paths: ShopPaths, problems: Sequence[str]) -> Iterator[Finding]:
    """Look at the settings file (with the mistakes found in it), the folders and the disk."""
    for problem in problems:
        yield Finding("settings", STOP, problem, "Mend it; until then nothing in the file counts.")
    if not paths.settings.exists():
        yield Finding("settings", STOP, f"There is no settings file {paths.settings} yet.", SETUP)
    elif not problems:
        yield Finding("settings", OK, f"{paths.settings} can be read.")
    for sentence in paths.mended:
        yield Finding("folders", WARN, sentence)
    for folder in dict.fromkeys((paths.settings.parent, paths.ledger.parent, paths.log.parent)):
        yield _folder(folder)
    free = shutil.disk_usage(paths.ledger.parent).free
    if free < _LITTLE_SPACE:
        mend = "Make room: with a full disk nothing can be sent, as nothing can be noted."
        yield Finding("disk", WARN, f"Only {free // 1_000_000} MB are free.", mend)
    else:
        yield Finding("disk", OK, f"{free // 1_000_000:,} MB are free.")


def examine_ledger(
    path: Path, now: datetime, mended: Sequence[str] = ()
) -> tuple[list[Finding], bool]:
    """Look at the ledger; the flag tells that a checkout before "Place order" was ever seen.

    ``mended`` is what was mended of the folders on the way; with what opening it mends it is
    noted in the ledger, the one thing that is written.
    """
    if not path.exists():
        return [Finding("ledger", OK, "There is no ledger yet; it is made at the start.")], False
    try:
        book = Book(path)
    except LedgerProblem as problem:
        return [Finding("ledger", STOP, str(problem))], False
    except sqlite3.Error as error:
        return [Finding("ledger", STOP, copies.damaged(path, error))], False
    found = [Finding("ledger", WARN, sentence) for sentence in book.mended]
    try:
        size = path.stat().st_size // 1024
        about = f"{path} is whole (format {schema.version(book.db.conn)}, {size:,} KB)."
        said = book.integrity()
        if said != "ok":
            return [*found, Finding("ledger", STOP, copies.damaged(path, said[:200]))], False
        if book.only_reads:
            found.append(Finding("ledger", STOP, book.only_reads))
        elif known := (*mended, *book.mended):
            book.write(lambda book: rights.note(book, known, now))
        drafts = book.read(lambda book: book.windows.drafts_seen())
        found.append(Finding("ledger", OK, about))
        found += _part(book, "letters", lambda: _letters(book))
        found += _part(book, "records", lambda: book.read(lambda book: [_records(book)]))
        found += _part(book, "outbox", lambda: book.read(lambda book: [*_adds_up(book)]))
        found += _part(book, "sending", lambda: book.read(lambda book: [*_sending(book, now)]))
        found += _part(book, "rights", lambda: book.read(lambda book: rights.told_of(book, now)))
        found.append(_copies(path, now))
        return found, drafts
    except (sqlite3.Error, LedgerProblem) as error:
        return [*found, Finding("ledger", STOP, copies.damaged(path, error))], False
    finally:
        book.close()


def _part(book: Book, topic: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Look at one part; what cannot be read is told, and hides none of the others."""
    try:
        return list(look())
    except (sqlite3.Error, LedgerProblem, RecursionError, *_NOT_AS_WRITTEN) as error:
        why = f"something in it is not as cartdesk wrote it: {clean(str(error), 200)}"
        return [Finding(topic, STOP, copies.damaged(book.path, why))]


def _copies(ledger: Path, now: datetime) -> Finding:
    """Look for a copy that could take the ledger's place."""
    found = copies.of(ledger)
    if not found:
        return Finding("copies", OK, "There is no copy yet; one is made each day.")
    broken = [copy.name for copy in found if copies.fault_of(copy.path)]
    whole = [copy for copy in found if copy.name not in broken]
    if not whole:
        return Finding("copies", WARN, "No copy of the ledger is whole.", "Is the disk failing?")
    about = f"{len(whole)} whole, the newest of {whole[0].name} (“cartdesk restore”)."
    if broken:
        mend = "Is the disk failing? Keep a backup elsewhere."
        return Finding("copies", WARN, f"{about} Not whole: {', '.join(broken)}.", mend)
    if now.date() - whole[0].day > _OLD_COPY:
        mend = "The next “cartdesk poll” makes one, unless the disk is full; the log says why not."
        return Finding("copies", WARN, about, mend)
    return Finding("copies", OK, about)


def _folder(folder: Path) -> Finding:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding("folders", STOP, f"{folder} cannot be written to.", "Mend its rights.")
    if others := others_may(folder):
        sentence = f"Other users of this computer may {others} {folder}."
        return Finding("folders", WARN, sentence, f"chmod 700 {folder}")
    return Finding("folders", OK, f"{folder} is yours alone.")


def _letters(book: Book) -> Iterator[Finding]:
    unsure = book.audit.count(ReminderState.UNSURE)
    approved = book.audit.count(ReminderState.HELD)
    sending = book.audit.count(*SENDING)
    if unsure:
        mend = "Look into your mail account's Sent folder, then answer: “cartdesk settle ID sent”."
        yield Finding("letters", WARN, f"{_many(unsure)} of which nobody knows if it went.", mend)
    if sending:
        yield _in_mid_sending(book, sending)
    if approved:
        yield Finding("letters", OK, f"{_many(approved)} approved and not sent yet.")
    if not (unsure or sending or approved):
        yield Finding("letters", OK, "No letter is left half done.")


def _in_mid_sending(book: Book, sending: int) -> Finding:
    """Tell letters that are being sent from those a program left behind when it ended.

    Only the lock can: whoever gets it knows that nobody else sends.
    """
    try:
        with only_sender(book.path):
            left = book.audit.count(*SENDING)
    except Busy:
        return Finding("letters", OK, f"{_many(sending)} being sent by another window just now.")
    except OSError as error:
        sentence = f"{_many(sending)} in mid-sending; whether a program is at it cannot be told"
        return Finding("letters", WARN, f"{sentence} ({error}).")
    if not left:
        return Finding("letters", OK, "A letter was being sent just now, and is done.")
    mend = "The next start of cartdesk sorts it out; you are asked where nobody can know."
    return Finding("letters", WARN, f"{_many(left)} in mid-sending, but no program sends.", mend)


def _adds_up(book: Book) -> Iterator[Finding]:
    """Hold every letter against the trail of what happened to it."""
    wrong = violations(book, sender_lives=True)  # mid-sending is told above
    for sentence in (clean(words) for words in wrong[:_MOST_VIOLATIONS]):
        mend = "Please report it; “cartdesk export events” holds what happened."
        yield Finding("outbox", STOP, f"{sentence[:1].upper()}{sentence[1:]}.", mend)
    if len(wrong) > _MOST_VIOLATIONS:
        yield Finding("outbox", STOP, f"And {len(wrong) - _MOST_VIOLATIONS} more of this kind.")
    if not wrong:
        yield Finding("outbox", OK, "Every letter adds up with what happened to it.")


def _sending(book: Book, now: datetime) -> Iterator[Finding]:
    shop = book.state.shop()
    paused = pausing.sentence(book, now, shop.tz if shop else UTC)
    if paused:
        mend = "“cartdesk resume” lets it go on at once."
        yield Finding("sending", WARN, f"{paused[:1].upper()}{paused[1:]}.", mend)
    if doubt := clockwatch.doubt(book, now):
        yield Finding("sending", STOP, doubt, clockwatch.MEND)


def _records(book: Book) -> Finding:
    unread = book.orders.quarantined()
    if not unread:
        return Finding("records", OK, "Every record of the shop could be read.")
    number, reason = unread[0]
    many = f"{len(unread)} record{'s' if len(unread) > 1 else ''}"
    return Finding(
        "records",
        WARN,
        f"{many} of the shop could not be read; the newest: order {number}, {reason}.",
        "They are kept aside and stop nothing. Open the order in the shop and save it once.",
    )


def _many(count: int) -> str:
    return f"{count} letter{'s' if count > 1 else ''}"

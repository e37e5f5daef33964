"""The mail leg of sending: claim, SMTP dialog and durable commits, letter after letter."""

from __future__ import annotations

import asyncio
import smtplib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cartdesk.adapters.clock import SystemClock
from cartdesk.adapters.ledger import Book, LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.domain.model import ReminderState, Shop
from cartdesk.domain.settings import Encryption, MailSettings, Settings
from cartdesk.work.context import Context
from cartdesk.work.outcomes import Ended
from cartdesk.work.sending import Sender
from tests.bench.figure import Figure, by_turns
from tests.bench.ledgers import ADDRESS, write_carts
from tests.bench.mail_server import HOST, LOGIN, PASSWORD, mail_server
from tests.bench.setting import Setting
from tests.bench.shops import Served

_FROM, _TO = "hello@oakandtin.example", "somebody@example.org"
_FRESH = timedelta(days=4)
_MESSAGE = (
    f"From: Oak & Tin <{_FROM}>\r\nTo: {_TO}\r\nSubject: Your basket\r\n\r\n"
    + "You left something in your basket.\r\n" * 60
).encode()


def letters(setting: Setting) -> Iterator[Figure]:
    """Letters a second without the question to the shop, beside smtplib and two commits."""
    number = setting.sizes.letters
    with mail_server() as port:

        def ours() -> float:
            path = setting.new_path("ledger.db")
            ids = _held_letters(path, number)
            return len(ids) / asyncio.run(_send(path, ids, port))

        def bare() -> float:
            return number / _send_bare(setting.new_path("bare.db"), number, port)

        pairs = by_turns(setting.sizes.repeats, "letters", ours, bare)
    value, baseline = pairs.medians
    yield Figure("letters-without-asking-the-shop", value, "letters/s", baseline, "ratio >= 0.6")


def _held_letters(path: Path, number: int) -> list[int]:
    """Write a ledger of approved letters, one a cart, and give their ids."""
    write_carts(path, number, _FRESH)
    now = datetime.now(UTC)

    def approve(book: Book) -> list[int]:
        ready = book.outbox.in_states({ReminderState.READY})
        for one in ready:
            book.outbox.move(one, "approve", now, message=_MESSAGE, email=_TO, sender=_FROM)
        return [one.id for one in ready]

    book = Book(path)
    try:
        return book.write(approve)
    finally:
        book.close()


class _Straight(Sender):
    """Sends without asking the shop and the rules about each letter first."""

    async def _letter(self, number: int) -> Ended:
        failed = await self._open()
        assert failed is None, failed
        return await self._one(number, datetime.now(UTC))


async def _send(path: Path, ids: list[int], port: int) -> float:
    """Send held letters; seconds."""
    account = MailSettings(HOST, port, Encryption.NONE, LOGIN, seconds_between=0)
    ledger, clock = LedgerThread(path), SystemClock()
    store = Served(ADDRESS, "ck_1", "cs_1").client()  # never asked
    settings = Settings(mail=account)
    context = Context(settings, ledger, clock, Letterbox(None), store, Shop(ADDRESS))
    sender = _Straight(context, store, lambda: SmtpMailer(account, PASSWORD))
    try:
        began = time.perf_counter()
        report = await sender.send(ids, lambda _: None)
        seconds = time.perf_counter() - began
    finally:
        ledger.close()
    assert report.sent == len(ids), report
    return seconds


def _send_bare(path: Path, number: int, port: int) -> float:
    """Send with smtplib and one login, with two bare durable commits a letter; seconds."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE letters (id INTEGER PRIMARY KEY, state TEXT)")
        began = time.perf_counter()
        with smtplib.SMTP(HOST, port, local_hostname="[127.0.0.1]") as smtp:
            smtp.login(LOGIN, PASSWORD)
            for letter in range(number):
                db.execute("INSERT INTO letters VALUES (?, 'dot')", [letter])
                smtp.sendmail(_FROM, [_TO], _MESSAGE)
                db.execute("UPDATE letters SET state = 'sent' WHERE id = ?", [letter])
            return time.perf_counter() - began

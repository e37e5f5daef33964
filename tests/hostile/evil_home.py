"""A merchant's computer whose shop, mail server and mailbox are all in bad hands.

Its ledger holds a letter in every state there is: sent and answered, come back, refused, put
off, of unknown fate, ready beside another sender, ready, and the sending paused.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cartdesk.cli.wiring import Premises, open_premises
from cartdesk.demo.shoppers import CONSENT_KEY
from cartdesk.demo.world import World
from cartdesk.desk import Desk, NotPossible
from cartdesk.domain.model import ReminderState
from cartdesk.domain.senders import SENT_META
from cartdesk.domain.settings import Encryption, ImapSettings, Settings
from tests.adapters.mail.fake_imap import FakeImap
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.adapters.mail.letters_back import answer, report
from tests.cli.terminal import move_in
from tests.hostile.evil_shop import Evil
from tests.hostile.tricks import MARK, SAID, TEXTS

_SHOPPERS = tuple(f"shopper{number}@example.org" for number in range(16))
_FOLDER = "Sent [@click=app.quit]x[/] =1"
_SHORT_TEXTS = tuple(text for text in TEXTS if len(text) < 500)


@dataclass(frozen=True, slots=True)
class Home:
    """The shop and its story, the mail server, the mailbox, and the program's own parts."""

    world: World
    smtp: FaultySmtp
    imap: FakeImap
    place: Premises


@asynccontextmanager
async def hostile_home(directory: Path, *, harmless: bool = False) -> AsyncIterator[Home]:
    """Set up cartdesk in this home and let a day's work be done.

    Args:
        directory: For the demo shop's own files.
        harmless: Let everybody speak as they usually do: the same letters, without tricks.
    """
    async with World(directory, speed=0) as world:
        world.clock.advance(timedelta(hours=3))
        _shoppers(world, harmless=harmless)
        if not harmless:
            writable = frozenset(_SHOPPERS)
            world.store.faults.append(Evil(world, pay_links=True, writable=writable))
        with FaultySmtp() as smtp, FakeImap() as imap:
            move_in(world, _settings(world, smtp, imap))
            place = open_premises(None, clock=world.clock)
            desk = place.desk()
            try:
                await desk.start()
                await desk.poll()
                await _work(desk, smtp, imap, "No such user" if harmless else SAID)
            finally:
                await desk.close()
            yield Home(world, smtp, imap, place)


def _shoppers(world: World, *, harmless: bool) -> None:
    """Add people who may be written to, and orders whose every word is odd."""
    at = world.clock.now() - timedelta(hours=3)
    for number, email in enumerate(_SHOPPERS):
        order = world.shop.open_order(at, [(14, 1)], "pending")
        order.email, order.meta[CONSENT_KEY] = email, "yes"
        order.address = {"first_name": f"Shopper {number}", "last_name": "Test", "country": "FI"}
        order.customer_note = "please ring twice"
        if number < 2:
            order.meta[SENT_META] = str(int(at.timestamp()))
        world.shop.touch(order)
    for text in () if harmless else _SHORT_TEXTS:
        order = world.shop.open_order(at, [(14, 1)], "processing")
        order.odd = {"status": text, "payment_method": text, "created_via": text, "currency": text}
        order = world.shop.open_order(at, [(14, 1)], "pending")
        order.odd = {"payment_method": text, "created_via": text, "currency": text, "number": text}
        order.email, order.meta[CONSENT_KEY] = f"odd{order.id}@example.org", "yes"


def _settings(world: World, smtp: FaultySmtp, imap: FakeImap) -> Settings:
    usual = world.settings()
    host, none = "127.0.0.1", Encryption.NONE
    return replace(
        usual,
        sync=replace(usual.sync, history_days=2),
        mail=replace(usual.mail, host=host, port=smtp.port, encryption=none),
        imap=ImapSettings(host, imap.port, none, usual.mail.login, same_password=True),
    )


async def _work(desk: Desk, smtp: FaultySmtp, imap: FakeImap, said: str) -> None:
    """Send some letters; each meets something else."""
    words = said.encode()
    await _send(desk, smtp)
    await _send(desk, smtp)
    await _send(desk, smtp, rcpt=Fault(b"550 5.1.1 " + words + b"\r\n"))
    await _send(desk, smtp, rcpt=Fault(b"450 4.2.1 " + words + b"\r\n"))
    await _send(desk, smtp, dot=Fault(b"", "rst"))
    await _send(desk, smtp, mail=Fault(b"550-5.4.5 daily\r\n550 5.4.5 limit " + words + b"\r\n"))
    page = await desk.carts(limit=500)
    letters = [letter for row in page.rows for letter in (await desk.cart(row.id)).letters]
    ids = [
        letter.message_id
        for state in (ReminderState.SENT, ReminderState.UNSURE)
        for letter in sorted(letters, key=lambda one: one.id)
        if letter.state is state
    ]
    _fill(imap, ids, said)
    await desk.poll()


async def _send(desk: Desk, smtp: FaultySmtp, **faults: Fault) -> None:
    """Send the next letter that may go without a question."""
    refusals: list[str] = []
    for item in (await desk.queue()).items:
        ready = item.reminder.state is ReminderState.READY
        if ready and item.stop is None and item.ask is None and item.row.email in _SHOPPERS:
            smtp.faults = {stage: deque([fault]) for stage, fault in faults.items()}
            try:
                await desk.send_now([item.reminder.id])
            except NotPossible as error:  # a name that looks like a header is stopped
                refusals.append(str(error))
            else:
                return
    raise AssertionError(f"no letter may go: {refusals}")


def _fill(imap: FakeImap, ids: Sequence[str], said: str) -> None:
    """Put answers and reports about letters into the mailbox, and one into the folder Sent."""
    name = said.encode("utf-8", "replace").decode()
    folded = " ".join(name.replace("\x00", "").split())
    first, second, lost = ids
    mails = [
        _raw(first, folded),
        report(second, recipient=f"shopper@example.org {folded}", said=f"550 {folded}", text=name),
        b"Message-ID: " + lost.encode() + b"\r\nSubject: " + folded.encode() + b"\r\n\r\nHello",
        answer(first, Auto_Submitted="auto-replied", text=name, subject="Re: away"),
    ]
    fetched = b"".join(
        b'* %d FETCH (UID %d INTERNALDATE "15-Sep-2026 09:10:00 +0000" BODY[] {%d}\r\n%s)\r\n'
        % (number, number, len(mail), mail)
        for number, mail in enumerate(mails, 1)
    )
    imap.answers |= {
        "LIST": b'* LIST (\\HasNoChildren \\Sent) "/" "%s"\r\n' % _FOLDER.encode(),
        "EXAMINE": b"* 4 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 5] x\r\n",
        "UID SEARCH": b"* SEARCH 1 2 3 4\r\n",
        "UID FETCH": fetched,
    }


def _raw(message_id: str, words: str) -> bytes:
    """A reply as somebody writes it who keeps to no rule of mail."""
    subject = f"=?utf-8?q?={'='.join(f'{byte:02X}' for byte in words.encode())}?="
    head = (
        f'From: "{words}" {subject} <{MARK}[@click=app.quit]@evil.example>\r\n'
        f"Subject: {subject} {words}\r\nIn-Reply-To: {message_id}\r\n"
    )
    return f"{head}\r\n{words}\r\n".encode()

"""What a merchant does in one session of the program, as a process of its own that may be killed.

The person answers for unsure letters by the mail server's own list, approves what is ready and
sends it all. Nothing here knows when the process will be killed, unless a point is named.

Usage: python -m tests.faults.session [PLAN as JSON]; without a plan it serves as a nursery.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cartdesk.adapters.clock import SystemClock
from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.adapters.mail.smtp_connection import LetterConnection
from cartdesk.desk import Desk, NotPossible
from cartdesk.domain.model import ReminderState
from cartdesk.work import sending
from tests.faults import nursery
from tests.faults.booth import fill, settings_for
from tests.faults.shop import StubShop, unpaid

HANG = 0.15  # seconds until a silent server is given up


@dataclass(frozen=True)
class Plan:
    """One session: its ledger, mail server, checkouts, evidence, and where it dies by itself.

    ``mistake`` makes the program a worse one, to show that the tests would notice.
    """

    ledger: str
    port: int
    carts: int
    born: str
    taken: list[str] = field(default_factory=list)
    most: int = 6
    point: str = ""
    mistake: str = ""


def prepare(plan: Plan) -> None:
    """Make this process, which is the session's own, die and bear witness as planned."""
    if plan.mistake:
        MISTAKES[plan.mistake]()
    if plan.point:
        die_at(plan.point)
    alone(Path(plan.ledger).with_suffix(".witness"))


def live(plan: Plan, ready: Callable[[], object]) -> None:
    """Live through one session."""
    asyncio.run(_session(plan, ready))


async def _session(plan: Plan, ready: Callable[[], object]) -> None:
    settings, born = settings_for(plan.port), datetime.fromisoformat(plan.born)
    ledger = LedgerThread(Path(plan.ledger))
    desk = Desk(
        settings=settings,
        ledger=ledger,
        clock=SystemClock(),
        letterbox=Letterbox(None),
        store=StubShop(unpaid(number, born) for number in range(1, plan.carts + 1)),
        mailer=lambda: SmtpMailer(settings.mail, "", timeout=5, dot_timeout=HANG),
    )
    try:
        await desk.start()
        await _answer(desk, ledger, set(plan.taken))
        await _approve(desk, ledger, plan.most)
        ready()
        while held := await _in_state(ledger, ReminderState.HELD):
            try:
                await desk.send_now(held[: plan.most])
            except NotPossible:  # another program is sending
                await asyncio.sleep(0.002)
    finally:
        await desk.close()


async def _in_state(ledger: LedgerThread, state: ReminderState) -> list[int]:
    found = await ledger.read(lambda book: book.outbox.in_states({state}))
    return [reminder.id for reminder in found]


async def _answer(desk: Desk, ledger: LedgerThread, taken: set[str]) -> None:
    unsure = await ledger.read(lambda book: book.outbox.in_states({ReminderState.UNSURE}))
    for letter in unsure:
        answer = "sent" if letter.message_id in taken else "again"
        await _unless_faster(desk.settle(letter.id, answer))


async def _approve(desk: Desk, ledger: LedgerThread, most: int) -> None:
    held = len(await _in_state(ledger, ReminderState.HELD))
    ready = await _in_state(ledger, ReminderState.READY)
    for number in ready[: max(0, most - held)]:
        await _unless_faster(desk.approve(number, hold=False))


async def _unless_faster(doing: Awaitable[object]) -> None:
    try:
        await doing
    except NotPossible:  # the other program was faster
        return


class TwoSenders(AssertionError):
    """Two programs were sending at the same instant."""


def alone(witness: Path) -> None:
    """Hold a second lock while sending, in another way than the program's own.

    Whoever cannot get it leaves a file behind: two were sending at once. Who has it writes its
    process number into it.
    """
    sender: Any = sending.Sender
    real = sender._batch

    async def watched(self: Any, *given: Any) -> Any:
        file = os.open(witness, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            witness.with_suffix(".two-senders").touch()
            raise TwoSenders from None
        os.pwrite(file, f"{os.getpid():10}".encode(), 0)
        try:
            return await real(self, *given)
        finally:
            os.close(file)

    sender._batch = watched


POINTS = (
    "before the claim",
    "after the claim",
    "after MAIL",
    "after RCPT",
    "after DATA",
    "half the letter",
    "whole letter",
    "dot noted",
    "dot sent",
    "answer read",
    "answer noted",
)


def die() -> None:
    """End as suddenly as a power cut ends a process."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(point: str) -> None:
    """Have this process killed when it first comes to a point."""
    assert point in POINTS
    connection: Any = LetterConnection
    desk: Any = sending.Sender

    def before(owner: Any, name: str) -> None:
        def dies(*_: Any, **__: Any) -> None:
            die()

        setattr(owner, name, dies)

    def after(owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
        real = getattr(owner, name)

        def dies(*given: Any, **named: Any) -> Any:
            found = real(*given, **named)
            if when(*given):
                die()
            return found

        setattr(owner, name, dies)

    def half(self: LetterConnection, message: bytes) -> None:
        self.send(message[: len(message) // 2])
        die()

    async def noted(self: Any, *given: Any) -> Any:
        await real_note(self, *given)
        die()

    real_note = desk._note
    verb = {"after MAIL": "MAIL", "after RCPT": "RCPT", "after DATA": "DATA"}.get(point)
    if verb:
        after(connection, "docmd", lambda _, command, *__: command.startswith(verb))
    elif point == "before the claim":
        before(desk, "_one")
    elif point == "after the claim":
        before(connection, "begin")
    elif point == "half the letter":
        connection.write_body = half
    elif point == "whole letter":
        after(connection, "write_body")
    elif point == "dot noted":
        before(connection, "write_dot")
    elif point == "dot sent":
        after(connection, "write_dot")
    elif point == "answer read":
        after(connection, "final_reply")
    else:
        desk._note = noted


def note_after_sending() -> None:
    """Write down nothing before the dot, as many programs do."""
    worse: Any = sending
    real = worse.record

    def only_look(*_: object) -> None:
        """Nothing is noted."""

    def late(book: Any, number: int, outcome: Any, clock: Any) -> Any:
        book.outbox.move(book.outbox.get(number), "body-written", clock.now())
        return real(book, number, outcome, clock)

    worse.body_written, worse.record = only_look, late


def send_beside_others() -> None:
    """Take no lock."""
    worse: Any = sending
    worse.only_sender = lambda _: contextlib.nullcontext()


def try_again_by_itself() -> None:
    """Take what nobody knows for not sent."""
    worse: Any = sending

    def recover(book: Any, clock: Any) -> None:
        for state in (ReminderState.OPEN, ReminderState.DOT):
            for letter in book.outbox.in_states({state}):
                book.outbox.move(letter, "not-sent", clock.now())

    worse.recover = recover


MISTAKES: dict[str, Callable[[], None]] = {
    "notes after sending": note_after_sending,
    "takes no lock": send_beside_others,
    "tries again by itself": try_again_by_itself,
}


def warm_up() -> None:
    """Live through a session that reaches no mail server, so that all is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, now = Path(folder) / "ledger.sqlite3", datetime.now(UTC)
        fill(ledger, [unpaid(1, now)], SystemClock(), settings_for(9))
        live(Plan(str(ledger), 9, 1, now.isoformat()), lambda: None)


def session(given: dict[str, Any], ready: Callable[[], None]) -> None:
    """Prepare and live through one session."""
    plan = Plan(**given)
    prepare(plan)
    live(plan, ready)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        session(json.loads(sys.argv[1]), lambda: nursery.say("ready"))
    else:
        warm_up()
        nursery.serve(session)

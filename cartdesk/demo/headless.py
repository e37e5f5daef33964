"""The demo without a screen: a merchant who sends every letter that may go, and an auditor.

The merchant does only what a person at the desk could do. At the end the auditor holds what
became of every shopper, and every mail that arrived, against what the story promised.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from cartdesk.demo.world import World
from cartdesk.desk import Desk
from cartdesk.domain.lifecycle.schedule import ANSWER
from cartdesk.domain.model import ReminderState

Row = Mapping[str, Any]
STEP = timedelta(hours=1)
_GAP = timedelta(hours=20)
_QUIET = frozenset({"cart.asked", "letter.claim", "letter.body-written"})
_TOLD = {
    "cart.abandoned": "cart abandoned",
    "cart.recovered": "cart recovered",
    "letter.ready": "letter ready",
    "letter.approve": "letter approved",
    "letter.accepted": "letter sent",
    "letter.refused": "letter refused",
    "letter.deferred": "letter deferred",
    "letter.cancel": "letter cancelled",
}


class Merchant:
    """Looks at the shop every hour of the story and sends every letter that may go.

    ``write`` gets one small mapping for each event; ``differences`` are the sentences about
    what was not as told, known after :meth:`summary`.
    """

    def __init__(
        self, world: World, desk: Desk, write: Callable[[Row], None], step: timedelta = STEP
    ) -> None:
        self._world = world
        self._desk = desk
        self._write = write
        self._step = step
        self._told = 0
        self.differences: list[str] = []

    async def play(self) -> None:
        """Live through the whole story."""
        await self._desk.start()
        await self._round()
        while not self._world.over:
            speed = self._world.clock.speed
            if speed:
                await asyncio.sleep(self._step.total_seconds() / speed)
            else:
                self._world.clock.advance(self._step)
            await self._round()

    async def _round(self) -> None:
        await self._desk.poll()
        await self._desk.tick()
        queue = await self._desk.queue()
        ready = [x for x in queue.items if x.reminder.state is ReminderState.READY and not x.stop]
        for item in ready:
            await self._desk.approve(item.reminder.id, hold=False)
            if item.row.email == self._world.expected.buys_between:
                self._world.buy(item.row.id)
        if ready:
            await self._desk.send_now([item.reminder.id for item in ready])
        await self._tell()

    async def _tell(self) -> None:
        """Write the events since the last time."""
        events = [row async for row in self._desk.export("events") if _number(row) > self._told]
        if not events:
            return
        self._told = _number(events[-1])
        events = [row for row in events if row["cart_id"] is not None and row["kind"] not in _QUIET]
        if not events:
            return
        emails = {row["id"]: row["email"] async for row in self._desk.export("carts")}
        for row in events:
            kind, data = str(row["kind"]), dict(row["data"])  # type: ignore[call-overload]
            template = {"template": data.pop("letter")} if "letter" in data else {}
            self._write(
                {
                    "at": row["at"],
                    "event": _TOLD.get(kind, kind.replace(".", " ")),
                    "who": emails.get(row["cart_id"], ""),
                    "cart": row["cart_id"],
                    **({"letter": row["reminder_id"]} if row["reminder_id"] else {}),
                    **template,
                    **data,
                }
            )

    async def record(self) -> Record:
        """Give what the ledger and the mail server hold now."""
        carts = [row async for row in self._desk.export("carts")]
        letters = [row async for row in self._desk.export("letters")]
        return Record(carts, letters, read_mails(self._world.maildir))

    async def summary(self) -> dict[str, object]:
        """Hold what happened against the story, and give the counts."""
        record = await self.record()
        self.differences = list(audit(self._world, record))
        states = Counter(str(letter["state"]) for letter in record.letters)
        evidence = Counter(str(c["evidence"]) for c in record.carts if c["state"] == "recovered")
        return {
            "carts": len(record.carts),
            "letters": dict(sorted(states.items())),
            "mails": len(record.mails),
            "recovered": dict(sorted(evidence.items())),
            "replied": len(self._world.replied),
            "as_told": not self.differences,
            "differences": self.differences,
        }


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that arrived, and the fingerprint of its bytes."""

    to: str
    sha256: str

    @classmethod
    def read(cls, raw: bytes) -> Mail:
        """Read a file of the Maildir; its line ends are this computer's, a letter's are CRLF."""
        message = re.sub(rb"\r*\n", b"\r\n", raw)
        to = message_from_bytes(message, policy=policy.default)["To"].addresses[0].addr_spec
        return cls(to.lower(), hashlib.sha256(message).hexdigest())


def read_mails(maildir: Path) -> list[Mail]:
    """Read every mail in a Maildir, in the order of arrival."""
    return [Mail.read(path.read_bytes()) for path in sorted((maildir / "new").iterdir())]


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger exports and what the mail server holds at the end."""

    carts: list[dict[str, Any]]
    letters: list[dict[str, Any]]
    mails: list[Mail]

    def of(self, email: str) -> list[dict[str, Any]]:
        """Give the letters to one person, by address or by cart."""
        carts = {cart["id"] for cart in self.carts if cart["email"] == email}
        return [x for x in self.letters if x["email"] == email or x["cart_id"] in carts]

    def sent(self) -> list[dict[str, Any]]:
        """Give the letters that went out."""
        return [letter for letter in self.letters if letter["state"] == "sent"]


def audit(world: World, record: Record) -> Iterable[str]:
    """Name everything that is not as the story tells, in a sentence each."""
    yield from _bytes(record)
    yield from _nobody_hurt(world, record)
    yield from _no_burst(record)
    yield from _not_after_buying(world, record)
    yield from _not_after_replying(world, record)
    yield from _outcomes(world, record)


def _bytes(record: Record) -> Iterable[str]:
    sent = Counter(str(letter["sha256"]) for letter in record.sent())
    arrived = Counter(mail.sha256 for mail in record.mails)
    if sent.total() != arrived.total():
        yield f"{sent.total()} letters count as sent, but {arrived.total()} mails arrived."
    changed = (arrived - sent).total()
    if changed:
        yield f"{changed} mails are not, byte for byte, a letter that was approved."


def _nobody_hurt(world: World, record: Record) -> Iterable[str]:
    got = Counter(mail.to for mail in record.mails)
    for email in sorted(world.expected.never & got.keys()):
        yield f"{email} got a letter and must never get one."
    for letter in record.letters:
        if letter["state"] in {"unsure", "sending-open", "sending-dot"}:
            yield f"The letter {letter['id']} to {letter['email']} is {letter['state']}."


def _no_burst(record: Record) -> Iterable[str]:
    times: dict[str, list[datetime]] = {}
    for letter in record.sent():
        times.setdefault(letter["email"], []).append(_time(letter["sent_at"]))
    for email, ats in times.items():
        ats.sort()
        if any(later - earlier < _GAP for earlier, later in itertools.pairwise(ats)):
            yield f"{email} got two letters within 20 hours."


def _not_after_buying(world: World, record: Record) -> Iterable[str]:
    quiet = {cart["id"]: _time(cart["quiet_since"]) for cart in record.carts}
    for letter in record.sent():
        since, until = quiet[letter["cart_id"]], _time(letter["sent_at"])
        for order in world.shop.orders.values():
            bought = order.paid is not None and since < order.paid <= until
            if bought and order.email.lower() == letter["email"]:
                yield f"{letter['email']} got a letter after buying with order {order.id}."


def _not_after_replying(world: World, record: Record) -> Iterable[str]:
    for letter in record.sent():
        replied, sent = world.replied.get(letter["email"]), _time(letter["sent_at"])
        if replied is not None and sent > replied and letter["sequence"] != ANSWER:
            yield f"{letter['email']} got a letter after writing back."


def _outcomes(world: World, record: Record) -> Iterable[str]:
    told = world.expected
    got = Counter(mail.to for mail in record.mails)
    for email, count in told.by_letter.items():
        found = _recoveries(record, email)
        if found != {"campaign"}:
            yield f"{email} came back by a letter's link, but the ledger says {_said(found)}."
        if got[email] != count:
            yield f"{email} came back by letter {count}, but got {got[email]}."
    for email in sorted(told.by_themselves):
        found = _recoveries(record, email)
        if found != {"by-themselves"}:
            yield f"{email} came back by themselves, but the ledger says {_said(found)}."
    expected = [(told.refused, "refused"), (told.deferred, "deferred")]
    if told.buys_between:
        expected.append((frozenset({told.buys_between}), "cancelled"))
    for emails, state in expected:
        for email in sorted(emails):
            states = {letter["state"] for letter in record.of(email)}
            if states != {state} or got[email]:
                yield f"The letter to {email} should be {state}, but is {_said(states)}."
    steps = Counter(letter["step"] for letter in record.of(told.several) if letter["sent_at"])
    if any(count > 1 for count in steps.values()):
        yield f"{told.several} has several carts and got more than one sequence."


def _recoveries(record: Record, email: str) -> set[str]:
    return {
        str(cart["evidence"])
        for cart in record.carts
        if cart["email"] == email and cart["state"] == "recovered"
    }


def _said(words: set[str]) -> str:
    return " and ".join(sorted(words)) or "nothing"


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _number(row: Row) -> int:
    return int(row["id"])

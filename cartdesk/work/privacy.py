"""One person's data: showing all of it, and erasing it wherever cartdesk keeps it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cartdesk.adapters.ledger import Book, LedgerProblem, copies
from cartdesk.adapters.ledger.persons import Known
from cartdesk.adapters.shop.reading import read_email
from cartdesk.domain.model import SENDING, ReminderState
from cartdesk.work.context import Context, NotPossible

_WAY_OUT = {
    ReminderState.PLANNED: "cancel",
    ReminderState.READY: "cancel",
    ReminderState.HELD: "cancel",
    ReminderState.DEFERRED: "cancel",
    ReminderState.REFUSED: "skip",
    ReminderState.UNSURE: "leave",
}
_AGAIN = "Close other cartdesk windows and run this command once more: until then pieces of what "
_AGAIN += "was erased can still be found in the file"


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. ``left`` says in sentences what could not be done.

    ``deleted`` are the copies that could not be cleaned and are gone as a whole. ``strings`` is
    what the person is called, for looking through files outside the ledger.
    """

    orders: int
    letters: int
    reviews: int
    copies: int
    strings: tuple[str, ...]
    letter_ids: tuple[int, ...]
    left: tuple[str, ...] = ()
    deleted: tuple[Path, ...] = ()


class Privacy:
    """What a merchant does when a person asks for their data, or wants to be forgotten."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def known(self, email: str, cart_id: int) -> Known:
        """Find a person by address or cart; empty when nothing is kept. Raises NotPossible."""
        address = read_email(email)
        if email and not address:
            raise NotPossible(f"{email} is no e-mail address.")
        known = await self._context.ledger.read(lambda book: book.persons.find(address, cart_id))
        if cart_id and not known:
            raise NotPossible(f"There is no cart {cart_id} of a person who is known.")
        return replace(known, emails=known.emails | {address} - {""})

    async def document(self, email: str, cart_id: int) -> dict[str, Any]:
        """Give everything stored about a person. Raises NotPossible when there is nothing."""
        known = await self.known(email, cart_id)
        if not known:
            raise NotPossible(f"Nothing is kept about {email}.")
        found = await self._context.ledger.read(lambda book: book.persons.document(known))
        return {
            "person": sorted(known.emails),
            "shop": self._context.shop.address,
            "exported_at": self._context.clock.now().isoformat(),
            **{name: [_readable(row) for row in rows] for name, rows in found.items()},
        }

    async def unreadable(self) -> tuple[Path, ...]:
        """Give the copies from which nobody can be erased, as they cannot be opened any more."""
        return await asyncio.to_thread(_unreadable, self._context.ledger.path)

    async def erase(self, known: Known, delete: Collection[Path] = ()) -> Erased:
        """Erase a person from the ledger and all of its copies.

        Counts stay, so no figure changes; keyed hashes stay, so that the person neither comes
        back with the next look at the shop nor is ever written to.

        Args:
            known: The person.
            delete: Copies to delete as a whole, of those that :meth:`unreadable` gives.

        Raises:
            NotPossible: A letter to them is being sent just now.
        """
        now, ledger = self._context.clock.now(), self._context.ledger
        await ledger(lambda book: _erase(book, known, now))
        left = []
        if not await ledger.outside(lambda book: book.scrub()):
            left.append(f"{_AGAIN} {ledger.path}.")
        key = await ledger.read(lambda book: book.marks.key())
        deleted = await asyncio.to_thread(_delete, ledger.path, delete)
        done, others = await asyncio.to_thread(_erase_copies, ledger.path, known, key, now)
        return Erased(
            orders=len(known.orders),
            letters=len(known.letters),
            reviews=len(known.reviews),
            copies=done,
            strings=known.strings,
            letter_ids=known.letters,
            left=(*left, *others),
            deleted=deleted,
        )


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row with its JSON as JSON, and a letter's bytes as the text they are."""
    found = dict(row)
    for name in ("raw", "data"):
        if name in found:
            found[name] = json.loads(found[name])
    message = found.pop("message", None)
    if message is not None:
        from cartdesk.adapters.mail.message import parts

        letter = parts(message)
        found["message"] = {
            "headers": [list(header) for header in letter.headers],
            "text": letter.text,
            "html": letter.html,
            "as_sent": message.decode("utf-8", "replace"),
        }
    return found


def _erase(book: Book, known: Known, now: datetime) -> None:
    letters = book.outbox.of_carts(known.orders)
    if any(letter.state in SENDING for letter in letters):
        raise NotPossible("A letter to this person is being sent just now. Try again in a minute.")
    for letter in letters:
        here = letter
        while event := _WAY_OUT.get(here.state):
            here = replace(here, state=book.outbox.move(here, event, now, said="erased"))
    book.persons.erase(known, now)
    book.events.add("person.erased", now, data={"orders": len(known.orders)})


def _unreadable(ledger: Path) -> tuple[Path, ...]:
    return tuple(path for path in _whole_files(ledger) if copies.fault_of(path))


def _whole_files(ledger: Path) -> list[Path]:
    """Give the copies that are or were ledgers; side files go with the file they belong to."""
    beside = (*copies.SIDES, copies.UNFINISHED)
    found = [path for path in copies.every_file(ledger) if not path.name.endswith(beside)]
    return [path for path in found if path.stat().st_size]


def _delete(ledger: Path, wanted: Collection[Path]) -> tuple[Path, ...]:
    """Delete copies that still cannot be opened, with their side files; gives which."""
    gone = tuple(path for path in _unreadable(ledger) if path in wanted)
    for path in gone:
        for side in ("", *copies.SIDES):
            path.with_name(path.name + side).unlink(missing_ok=True)
    return gone


def _erase_copies(ledger: Path, known: Known, key: str, now: datetime) -> tuple[int, list[str]]:
    """Erase a person from every copy; gives how many held them, and what could not be cleaned."""
    copies.sweep(ledger)
    done, left = 0, []
    for path in _whole_files(ledger):
        try:
            done += _erase_copy(path, known, key, now)
        except (LedgerProblem, sqlite3.Error, ValueError) as problem:
            sentence = f"The copy {path} may still hold the person ({problem})."
            left.append(f"{sentence} Delete it yourself when you need it no more.")
    return done, left


def _erase_copy(path: Path, known: Known, key: str, now: datetime) -> bool:
    """Erase a person from one copy, by every address and order that is known now.

    The marks are left in it even when the person is not there: restored, it must keep them out.
    """
    book = Book(path, is_copy=True)
    try:
        found = [book.persons.find(email) for email in sorted(known.emails)]
        found += [book.persons.find(cart_id=number) for number in known.orders]
        everything = sum(found, start=known)

        def erase(book: Book) -> None:
            book.marks.use(key)
            book.persons.erase(everything, now)

        book.write(erase)
        if not book.scrub():
            raise LedgerProblem(f"The copy {path} is in use and was not cleaned.")
    finally:
        book.close()
    return any(found)

"""Shop, mail account and mailbox that are connected at the first use.

So neither the keyring nor the libraries for HTTP and mail are waited for before the first
screen is painted.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from cartdesk.domain.model import Note, Product, Review, Shop
from cartdesk.domain.ports import (
    Answers,
    Envelope,
    Found,
    Mailbox,
    MailboxError,
    Mailer,
    NotFound,
    NotSent,
    Outcome,
    Page,
    Record,
    Refused,
    Store,
    StoreError,
    Unavailable,
    VaultError,
)

Result = TypeVar("Result")


class LazyStore:
    """A shop; ``make`` (blocking: it asks the keyring) is called at the first question.

    ``trouble`` is the last question's failure, None after one that was answered.
    """

    def __init__(self, make: Callable[[], Store]) -> None:
        self._make = make
        self._made: Store | None = None
        self._making = asyncio.Lock()
        self.trouble: StoreError | None = None

    async def _ask(self, question: Callable[[Store], Awaitable[Result]]) -> Result:
        try:
            async with self._making:
                if self._made is None:
                    self._made = await asyncio.to_thread(self._make)
            found = await question(self._made)
        except StoreError as error:
            self.trouble = error
            raise
        self.trouble = None
        return found

    async def orders(self, query: Mapping[str, str]) -> Page:
        """Ask for a list of orders."""
        return await self._ask(lambda store: store.orders(query))

    async def order(self, order_id: int) -> Record | None:
        """Ask for one order."""
        return await self._ask(lambda store: store.order(order_id))

    async def notes(self, order_id: int) -> tuple[Note, ...]:
        """Ask for the notes of one order."""
        return await self._ask(lambda store: store.notes(order_id))

    async def reviews(self, after: datetime | None) -> tuple[Review, ...]:
        """Ask for reviews."""
        return await self._ask(lambda store: store.reviews(after))

    async def products(self, ids: Sequence[int]) -> tuple[Product, ...]:
        """Ask for products."""
        return await self._ask(lambda store: store.products(ids))

    async def is_paying_customer(self, email: str) -> bool | None:
        """Ask whether a registered customer paid before."""
        return await self._ask(lambda store: store.is_paying_customer(email))

    async def shop(self) -> Shop:
        """Ask what the shop says of itself."""
        return await self._ask(lambda store: store.shop())

    async def can_write(self) -> bool | None:
        """Ask whether the key may change the shop."""
        return await self._ask(lambda store: store.can_write())

    async def close(self) -> None:
        """Close the connections, if there are any."""
        if self._made is not None:
            await self._made.close()
            self._made = None


class LazyMailer:
    """A mail account; ``make`` (blocking: it asks the keyring) is called by :meth:`open`."""

    def __init__(self, make: Callable[[], Mailer]) -> None:
        self._make = make
        self._made: Mailer | None = None

    def open(self) -> Refused | NotSent | None:
        """Look the password up, connect and log in; None when ready to send."""
        try:
            self._made = self._made or self._make()
        except VaultError as error:
            return NotSent("login", str(error))
        return self._made.open()

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
        """Send one letter."""
        if self._made is None:
            return NotSent("connect", "The mail account was not opened.")
        return self._made.send(envelope, before_dot)

    def close(self) -> None:
        """Close the connection."""
        if self._made is not None:
            self._made.close()


class LazyMailbox:
    """A mailbox; ``make`` (blocking: it asks the keyring) is called at the first question."""

    def __init__(self, make: Callable[[], Mailbox]) -> None:
        self._make = make
        self._made: Mailbox | None = None
        self._making = threading.Lock()

    def _mailbox(self) -> Mailbox:
        with self._making:
            self._made = self._made or self._make()
            return self._made

    def find_sent(self, message_id: str) -> Found | NotFound | Unavailable:
        """Look for a letter in the folder of sent mail."""
        try:
            return self._mailbox().find_sent(message_id)
        except VaultError as error:
            return Unavailable(str(error))

    def answers_to(self, message_ids: Sequence[str], since: datetime, mark: str = "") -> Answers:
        """Read what came into the inbox. Raises MailboxError."""
        try:
            mailbox = self._mailbox()
        except VaultError as error:
            raise MailboxError("login", str(error)) from None
        return mailbox.answers_to(message_ids, since, mark)

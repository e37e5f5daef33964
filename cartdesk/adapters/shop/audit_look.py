"""One audit under way: what was asked of the shop, until when, and what could not be seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from cartdesk.adapters.shop import answers
from cartdesk.adapters.shop.answers import Answer
from cartdesk.adapters.shop.connection import Connection
from cartdesk.adapters.shop.shop_json import BadJson, parse_list, parse_object
from cartdesk.domain.feedback.audit_facts import Unseen
from cartdesk.domain.ports import Record, StoreError

Found = TypeVar("Found")
TIME_OVER = "The time for the whole audit was over."


@dataclass(slots=True)
class Look:
    """Asks by GET alone; ``ends`` is the time of the running loop at which all is given up."""

    connection: Connection
    ends: float
    report: Callable[[str], None]
    asked: int = 0
    answered: int = 0
    unseen: list[Unseen] = field(default_factory=list)
    refusal: StoreError | None = None

    async def part(self, what: str, question: Callable[[], Awaitable[Found]]) -> Found | None:
        """Ask one thing; what fails is named, and None given."""
        self.asked += 1
        try:
            async with asyncio.timeout_at(self.ends):
                found = await question()
        except StoreError as error:
            self.refusal = self.refusal or error
            self.unseen.append(Unseen(what, str(error)))
            return None
        except TimeoutError:
            self.unseen.append(Unseen(what, TIME_OVER))
            return None
        self.answered += 1
        return found

    async def rows(
        self, what: str, path: str, query: Mapping[str, str], *, keys: bool = True
    ) -> Sequence[Record] | None:
        """Ask for a list."""
        return await self.part(
            what, lambda: self.connection.get(path, query, self._list, keys=keys)
        )

    async def record(self, what: str, path: str, query: Mapping[str, str]) -> Record | None:
        """Ask for one thing."""
        return await self.part(what, lambda: self.connection.get(path, query, self._object))

    def _list(self, answer: Answer) -> Sequence[Record]:
        try:
            rows, _ = parse_list(answer.body)
        except BadJson as error:
            raise answers.not_json(self.connection.address, answer, str(error)) from None
        return [row for row in rows if isinstance(row, dict)]

    def _object(self, answer: Answer) -> Record:
        try:
            return parse_object(answer.body)
        except BadJson as error:
            raise answers.not_json(self.connection.address, answer, str(error)) from None

"""The merchant's mailbox of the demo: what the shoppers wrote back, read by the real reading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cartdesk.adapters.mail.imap_reading import read_answer
from cartdesk.domain.ports import Answers, Found, NotFound, Unavailable


class DemoMailbox:
    """An inbox in memory; it keeps the promises of :class:`cartdesk.domain.ports.Mailbox`."""

    def __init__(self) -> None:
        self._mails: list[tuple[datetime, bytes]] = []

    def deliver(self, raw: bytes, at: datetime) -> None:
        """Put a mail into the inbox."""
        self._mails.append((at, raw))

    def find_sent(self, message_id: str) -> Found | NotFound | Unavailable:
        """Find nothing: the demo's mail server keeps no copy."""
        return NotFound("Sent")

    def answers_to(self, message_ids: Sequence[str], since: datetime, mark: str = "") -> Answers:
        """Read what came in after the mark, or since a day without one."""
        begin = int(mark) if mark.isdecimal() else 0
        mails = self._mails[begin:]
        heard = [
            read_answer(raw, message_ids, key=str(number), at=at)
            for number, (at, raw) in enumerate(mails, begin + 1)
            if mark or at.date() >= since.date()
        ]
        return Answers(tuple(one for one in heard if one is not None), str(begin + len(mails)))

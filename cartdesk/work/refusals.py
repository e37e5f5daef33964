"""When a lasting refusal of one letter is believed.

A server that dislikes the sender may blame the addresses, one after the other. So nobody is
marked until the server's next answer is another one, and two letters in a row that are refused
in the same words stop the batch instead.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.mail.smtp_replies import enhanced_status, says_nobody
from cartdesk.domain.model import Reminder
from cartdesk.domain.ports import Accepted, Outcome, Refused

LAST = "mail.last_refusal"
_OWN = re.compile(r"[@\d]")  # in addresses, times and numbers, which differ each time


def repeats(book: Book, reminder: Reminder, outcome: Outcome, now: datetime) -> bool:
    """Take in an answer; tells whether it refuses this letter as it refused the one before.

    When it is another answer, the address refused before is marked, if it does not exist.
    """
    if isinstance(outcome, Refused):
        if outcome.scope == "account" or outcome.code == 0:
            return False  # about no letter, or not the server's
        words = _words(outcome) if _may_be_ours(outcome) else ""
    elif isinstance(outcome, Accepted):
        words = ""
    else:
        return False
    kept = book.state.get(LAST)
    last: dict[str, Any] = json.loads(kept) if kept else {"letter": 0, "words": "", "nobody": False}
    before = book.outbox.get(last["letter"])
    if before is not None and words == last["words"] and before.email != reminder.email:
        book.state.put(LAST, None)
        return True
    if before is not None and before.email and last["nobody"]:
        book.outbox.suppress(before.email, f"the address was refused: {before.said}", now)
    nobody = isinstance(outcome, Refused) and says_nobody(outcome)
    told = {"letter": reminder.id, "words": words, "nobody": nobody}
    book.state.put(LAST, json.dumps(told) if words else None)
    return False


def _may_be_ours(refused: Refused) -> bool:
    """A full or closed mailbox (x.2) is somebody's, and what comes later is no lasting no."""
    status = enhanced_status(refused.code, refused.text)
    return not refused.temporary and (status is None or status[1] != 2)


def _words(refused: Refused) -> str:
    """Give a hash of what was said, without what is of one letter."""
    status = enhanced_status(refused.code, refused.text)
    same = [word for word in refused.text.casefold().split() if not _OWN.search(word)]
    said = f"{refused.code} {status} {same}"
    return hashlib.sha256(said.encode()).hexdigest()

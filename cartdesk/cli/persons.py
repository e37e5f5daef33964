"""The commands for one person's data: giving it to them, and erasing it."""

from __future__ import annotations

import asyncio
import json
import re

from cartdesk.adapters.ledger.persons import Known
from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.cli.export import chosen_stream
from cartdesk.cli.sending import confirmed
from cartdesk.work.leftovers import blank_logs, delete_exports

# JSON escapes what is below U+0020 by itself; a terminal obeys these too.
_UNPRINTABLE = re.compile(
    r"[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


async def export_person(call: Call) -> Exit:
    """Write everything stored about one person as one JSON document."""
    found = await call.desk.person(call.given.email or "", call.given.cart or 0)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    safe = _UNPRINTABLE.sub(lambda char: json.dumps(char[0])[1:-1], text)
    with chosen_stream(call.given.output) as stream:
        stream.write(safe.encode("utf-8", "backslashreplace").decode() + "\n")
    where = f" to {call.given.output}" if call.given.output else ""
    orders, letters = len(found["orders"]), len(found["letters"])
    call.out.say(f"Wrote {_many(orders, 'order')} and {_many(letters, 'letter')}{where}.")
    return Exit.OK


async def erase(call: Call) -> Exit:
    """Erase one person, once the merchant said yes."""
    given, out, paths = call.given, call.out, call.place.paths
    known = await call.desk.known(given.email or "", given.cart or 0)
    who = ", ".join(sorted(known.emails)) or f"the person of cart {given.cart}"
    spoilt = await call.desk.unreadable_copies()
    for path in spoilt:
        out.say(f"{path} cannot be opened any more and may still hold the person.")
    also = f", and delete {_many(len(spoilt), 'damaged file')} named above" if spoilt else ""
    question = f"Erase everything about {who} ({_content(known)}){also}? This cannot be undone."
    if not confirmed(question, out, yes=given.yes):
        out.say("Nothing was erased.")
        return Exit.NOTHING
    done = await call.desk.erase(known, spoilt)
    files = await asyncio.to_thread(delete_exports, paths.exports, done.strings, done.letter_ids)
    await asyncio.to_thread(blank_logs, paths.log, done.strings)
    out.line(f"Erased {_content(known)} from the ledger. Counts stay, so no figure changes.")
    out.line(
        f"Erased the person from {_many(done.copies, 'copy')} of it, and deleted "
        f"{_many(len(files), 'exported file')}."
    )
    for path in files:
        out.say(f"Deleted {path}, which named the person.")
    for path in done.deleted:
        out.say(f"Deleted {path}, from which nobody could be erased.")
    out.say(
        "They stay unwritten to, also when the shop names them again. What your shop, your mail "
        "account and files you saved elsewhere hold is for you to erase there."
    )
    for sentence in done.left:
        out.say(sentence)
    out.document(
        {
            "orders": done.orders,
            "letters": done.letters,
            "reviews": done.reviews,
            "copies": done.copies,
            "files": files,
            "deleted": done.deleted,
            "left": done.left,
        }
    )
    return (
        Exit.NOTHING
        if done.left or not (known or done.copies or files or done.deleted)
        else Exit.OK
    )


def _content(known: Known) -> str:
    return (
        f"{_many(len(known.orders), 'order')}, {_many(len(known.letters), 'letter')}, "
        f"{_many(len(known.reviews), 'review')}"
    )


def _many(count: int, what: str) -> str:
    if count == 1:
        return f"1 {what}"
    return f"{count} {what[:-1]}ies" if what.endswith("y") else f"{count} {what}s"

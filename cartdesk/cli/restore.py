"""``cartdesk restore``: lists the ledger's copies, or puts one in its place."""

from __future__ import annotations

import argparse
from pathlib import Path

from cartdesk.adapters.ledger import copies
from cartdesk.adapters.ledger.restoring import restore
from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out
from cartdesk.cli.sending import confirmed
from cartdesk.cli.trouble import Usage
from cartdesk.desk import NotPossible
from cartdesk.domain.ports import Clock
from cartdesk.work.restoring import doubt_letters


def put_back(given: argparse.Namespace, ledger: Path, clock: Clock, out: Out) -> Exit:
    """List the copies, or put the named one in the ledger's place.

    Raises:
        Usage: There is no copy of that name.
        NotPossible: Nothing may be changed in this run.
        LedgerProblem: A window is open, or the copy is not whole.
    """
    found = copies.of(ledger)
    if given.name is None:
        return _list(found, out)
    copy = next((c for c in found if given.name in {c.name, c.path.name, c.path.stem}), None)
    if copy is None:
        have = ", ".join(one.name for one in found) or "none yet"
        raise Usage(f"There is no copy {given.name}. There are: {have}.")
    if given.read_only:
        raise NotPossible("cartdesk was started with --read-only, so nothing is changed.")
    question = (
        f"Put the copy of {copy.name} in the place of the ledger? The ledger as it is now is kept."
    )
    if not confirmed(question, out, yes=given.yes):
        out.say("Nothing was changed.")
        return Exit.NOTHING
    now = clock.now()
    done = restore(ledger, copy.path, now, lambda book: doubt_letters(book, now))
    for sentence in done.mended:
        out.say(sentence)
    out.line(f"The ledger is the copy of {copy.name} again. The one from before is {done.aside}.")
    if done.doubtful:
        out.say(
            f"{done.doubtful} of its letters may have gone out since. They are left out, or wait "
            "in the queue for your answer; look into your mail account's Sent folder."
        )
    if not done.stops_known:
        out.say("Whom you marked “do not contact” since could not be read; mark them again.")
    out.say("Now ask the shop what changed meanwhile: “cartdesk poll”.")
    out.document(
        {
            "restored": copy.name,
            "aside": done.aside,
            "doubtful": done.doubtful,
            "stops_known": done.stops_known,
        }
    )
    return Exit.OK


def _list(found: tuple[copies.Copy, ...], out: Out) -> Exit:
    rows = []
    for copy in found:
        fault = copies.fault_of(copy.path)
        rows.append((copy.name, f"{copy.size // 1024:,} KB", fault or "whole"))
    out.table(("COPY", "SIZE", "STATE"), rows)
    out.document(
        [
            {"name": copy.name, "path": copy.path, "bytes": copy.size, "state": row[2]}
            for copy, row in zip(found, rows, strict=True)
        ]
    )
    if not found:
        out.say("There is no copy yet. One is made each day cartdesk is used; seven are kept.")
        return Exit.NOTHING
    out.say("“cartdesk restore COPY” puts one in the ledger's place and keeps the ledger aside.")
    return Exit.OK

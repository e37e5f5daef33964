"""The commands that change what becomes of a letter."""

from __future__ import annotations

import asyncio

from cartdesk.cli import sending
from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out
from cartdesk.desk import NeedsYes, NotPossible
from cartdesk.domain.checks import proof
from cartdesk.domain.model import ReminderState
from cartdesk.domain.views import Check, Verdict

_PROOFS = {Verdict.OK: "it went out", Verdict.STOP: "it did not arrive", Verdict.WARN: "none"}


async def approve(call: Call) -> Exit:
    """Approve letters; each that may not go is left out with its reason."""
    done: list[int] = []
    left: list[dict[str, object]] = []
    for number in dict.fromkeys(call.given.ids):
        try:
            told = await call.desk.approve(number, hold=False, knowingly=call.given.knowingly)
        except NeedsYes as question:
            left.append({"id": number, "reason": str(question)})
            call.out.say(f"Letter {number}: {question} If so, add --knowingly.")
        except NotPossible as reason:
            left.append({"id": number, "reason": str(reason)})
            call.out.say(f"Letter {number}: {reason}")
        else:
            done.append(number)
            call.out.line(f"Letter {number}: {told.sentence}")
    call.out.document({"approved": done, "left_out": left})
    return Exit.NOTHING if left else Exit.OK


async def send(call: Call) -> Exit:
    """Send the letters named, or all that were approved."""
    ids = list(dict.fromkeys(call.given.ids)) or await sending.waiting_ids(call.desk)
    if not ids:
        raise NotPossible("Nothing is approved. See “cartdesk queue”, then “cartdesk approve ID”.")
    return await _sent(call, ids, knowingly=call.given.knowingly)


async def _sent(call: Call, ids: list[int], *, knowingly: bool = False) -> Exit:
    if call.place.settings.mail.host and not call.given.read_only:
        await asyncio.to_thread(call.place.password)  # says at once when there is none
    store = call.place.store
    yes = call.given.yes
    return await sending.send(call.desk, ids, call.out, store, yes=yes, knowingly=knowingly)


async def take_back(call: Call) -> Exit:
    """Take an approved letter back."""
    return _done((await call.desk.take_back(call.given.id)).sentence, call.out)


async def skip(call: Call) -> Exit:
    """Leave out a letter."""
    return _done((await call.desk.skip(call.given.id)).sentence, call.out)


async def language(call: Call) -> Exit:
    """Write a letter in another language."""
    return _done((await call.desk.speak(call.given.id, call.given.language)).sentence, call.out)


async def settle(call: Call) -> Exit:
    """Show what became of an unsure letter as far as it can be found out, or take the answer."""
    number, answer = call.given.id, call.given.answer
    if answer is None:
        return await _evidence(call, number)
    if answer != "again":
        return _done((await call.desk.settle(number, answer)).sentence, call.out)
    letter = (await call.desk.preview(number)).reminder
    if letter.state is not ReminderState.UNSURE:
        raise NotPossible(
            f"Letter {number} is not sent again: nobody is unsure of it, it is {letter.state}."
        )
    question = f"Send letter {number} again? The person may get it twice."
    if not sending.confirmed(question, call.out, yes=call.given.yes):
        call.out.say("Nothing was sent.")
        return Exit.NOTHING
    call.given.yes = True
    await call.desk.settle(number, "again")
    return await _sent(call, [number])


async def _evidence(call: Call, number: int) -> Exit:
    lines = await call.desk.evidence(number)
    found = proof(lines)
    rows = [(_PROOFS[one.verdict], _words(one), call.out.time(one.at)) for one in lines]
    call.out.table(("PROOF", "WHAT", "SINCE"), rows)
    call.out.document({"letter": number, "evidence": lines, "proof": found})
    if found is None:
        call.out.say(f"Say what became of it: “cartdesk settle {number} sent”, again or leave.")
        return Exit.MAIL
    call.out.say(f"To go by this proof: “cartdesk settle {number} proof”.")
    return Exit.OK


def _words(line: Check) -> str:
    known = f" ({line.datum})" if line.datum else ""
    mend = f"; {line.mend}" if line.mend else ""
    return f"{line.sentence}{known}{mend}"


async def stop(call: Call) -> Exit:
    """Never write to the person behind a cart again."""
    told = await call.desk.stop(call.given.cart, call.given.reason)
    return _done(told.sentence, call.out)


async def let_back(call: Call) -> Exit:
    """Count a cart that is kept apart as a shopper's again."""
    return _done((await call.desk.let_back(call.given.cart)).sentence, call.out)


async def resume(call: Call) -> Exit:
    """Let sending go on after a pause."""
    return _done((await call.desk.resume()).sentence, call.out)


def _done(sentence: str, out: Out) -> Exit:
    out.line(sentence)
    out.document({"done": sentence})
    return Exit.OK

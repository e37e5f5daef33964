"""``cartdesk letters``: the templates, what is wrong with them, and a test to oneself."""

from __future__ import annotations

import asyncio

from cartdesk.cli import sending
from cartdesk.cli.call import Call
from cartdesk.cli.exits import Exit
from cartdesk.cli.trouble import Usage
from cartdesk.desk import NotPossible
from cartdesk.domain.language import ENGLISH
from cartdesk.domain.letters.shelf import Shelved
from cartdesk.domain.views import Verdict

_WORDS = {Verdict.OK: "ok", Verdict.WARN: "care", Verdict.STOP: "STOP"}


async def letters(call: Call) -> Exit:
    """List the letters, show or test one, or say what is wrong with them."""
    given = call.given
    if given.what in {"show", "test"} and not given.name:
        raise Usage(
            f"Name the letter: cartdesk letters {given.what} NAME. “cartdesk letters” lists."
        )
    if given.what == "show":
        return await _show(call)
    if given.what == "check":
        return await _check(call)
    if given.what == "test":
        return await _test(call)
    return await _list(call)


async def _list(call: Call) -> Exit:
    shelf = await _shelf(call)
    rows = [(one.language, one.name, one.origin, _state(one)) for one in shelf]
    call.out.table(("LANGUAGE", "LETTER", "TEXT", "STATE"), rows)
    call.out.document(
        [
            {
                "language": one.language,
                "name": one.name,
                "own": one.own,
                "ours": one.ours,
                "draft": one.draft,
                "checks": one.checks,
            }
            for one in shelf
        ]
    )
    return Exit.OK


async def _shelf(call: Call) -> list[Shelved]:
    wanted, named = call.given.language, call.given.name
    return [
        one
        for one in await call.desk.letterdesk.shelf()
        if wanted in {None, one.language} and (not named or one.name == named)
    ]


def _state(letter: Shelved) -> str:
    if letter.trouble:
        return f"broken: {letter.trouble}"
    return "a draft waits" if letter.draft else "whole"


async def _show(call: Call) -> Exit:
    name, language = call.given.name, call.given.language or ENGLISH
    opened = await call.desk.letterdesk.open(name, language)
    checks = call.desk.letterdesk.checks(opened.text)
    call.out.lines(opened.text)
    call.out.document(
        {
            "language": language,
            "name": name,
            "source": opened.text,
            "draft": opened.draft,
            "checks": checks,
        }
    )
    call.out.say(opened.note)
    for check in checks:
        call.out.say(check.sentence)
    return Exit.OK


async def _check(call: Call) -> Exit:
    shelf, troubles = await _shelf(call), await call.desk.letterdesk.troubles()
    rows = [
        (_WORDS[check.verdict], f"{one.key}: {check.sentence}")
        for one in shelf
        for check in one.checks
    ]
    rows += [("care", f"{one.key}: a draft waits to be made whole.") for one in shelf if one.draft]
    rows += [("STOP", trouble) for trouble in troubles]
    for word, sentence in rows:
        call.out.line(f"{word:<5} {sentence}")
    call.out.document([{"verdict": word, "sentence": sentence} for word, sentence in rows])
    stops = sum(word == "STOP" for word, _ in rows)
    call.out.say(f"{stops} to mend." if stops else f"{len(shelf)} letters, all of them whole.")
    return Exit.NOTHING if stops else Exit.OK


async def _test(call: Call) -> Exit:
    from cartdesk.work.trying import NO_ADDRESS, NotDelivered

    given, desk = call.given, call.desk.letterdesk
    address = desk.test_address()
    if not address:
        raise NotPossible(NO_ADDRESS)
    if call.place.settings.mail.host and not given.read_only:
        await asyncio.to_thread(call.place.password)  # says at once when there is none
    question = f"Send a test of {given.name} to {address}?"
    if not sending.confirmed(question, call.out, yes=given.yes):
        call.out.say("Nothing was sent.")
        return Exit.NOTHING
    try:
        done = await desk.test(given.name, given.language or ENGLISH)
    except NotDelivered as problem:
        call.out.say(str(problem))
        return Exit.MAIL
    call.out.line(done.sentence)
    call.out.document({"done": done.sentence})
    return Exit.OK

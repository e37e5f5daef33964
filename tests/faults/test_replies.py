"""What the mail server answers, row by row: where the letter stands, and whether all must wait."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.desk import NotPossible
from cartdesk.domain.model import ReminderState
from cartdesk.domain.views import Verdict
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.faults.booth import open_booth
from tests.faults.tally import Tally

READY, SENT = ReminderState.READY, ReminderState.SENT
DEFERRED, REFUSED = ReminderState.DEFERRED, ReminderState.REFUSED
MINUTE, DAY = timedelta(minutes=1), timedelta(hours=24)
UNTIL_TOLD = None

OF_THE_LETTER = [
    ("rcpt", "450 4.2.0 greylisted, try again later", DEFERRED, False),
    ("rcpt", "450 please wait", DEFERRED, False),
    ("rcpt", "451 4.7.1 Greylisting in action, please come back later", DEFERRED, False),
    ("rcpt", "452 4.2.2 mailbox full", DEFERRED, False),
    ("rcpt", "450 4.2.1 receiving mail at a rate that prevents delivery", DEFERRED, False),
    ("data", "451 4.2.0 try again", DEFERRED, False),
    ("dot", "451 4.7.1 greylisted", DEFERRED, False),
    ("dot", "450 4.2.0 try again later", DEFERRED, False),
    ("dot", "451 local error", DEFERRED, False),
    ("rcpt", "550 5.1.1 no such user", REFUSED, True),
    ("rcpt", "550-5.1.1 The email account\r\n550 5.1.1 does not exist", REFUSED, True),
    ("rcpt", "550 5.1.2 bad destination system", REFUSED, True),
    ("rcpt", "553 5.1.3 bad address syntax", REFUSED, True),
    ("rcpt", "553 mailbox name not allowed", REFUSED, True),
    ("rcpt", "554 5.1.1 unknown", REFUSED, True),
    ("rcpt", "550 5.2.1 mailbox disabled", REFUSED, False),
    ("rcpt", "552 5.2.2 mailbox over quota", REFUSED, False),
    ("dot", "552 5.2.2 The recipient's mailbox is full", REFUSED, False),
]
OF_THE_ACCOUNT = [
    ("greeting", "421 too many connections", MINUTE),
    ("ehlo", "421 4.3.2 shutting down", MINUTE),
    ("mail", "421 4.4.2 timeout", MINUTE),
    ("rcpt", "421 4.7.0 closing connection", MINUTE),
    ("data", "421 bye", MINUTE),
    ("dot", "421 4.3.0 closing", MINUTE),
    ("rcpt", "452 4.5.3 too many recipients", 15 * MINUTE),
    ("rcpt", "451 4.7.28 unusual rate of unsolicited mail", 15 * MINUTE),
    ("dot", "450 4.7.0 30 messages per minute exceeded", 15 * MINUTE),
    ("auth", "454 4.7.0 too many login attempts", 15 * MINUTE),
    ("mail", "451 4.3.0 try again", 15 * MINUTE),
    ("mail", "550 5.4.5 daily sending quota exceeded", DAY),
    ("rcpt", "550 5.4.5 Daily user sending limit exceeded", DAY),
    ("rcpt", "550 5.7.233 tenant exceeded its external recipient rate", DAY),
    ("rcpt", "554 5.7.1 daily message limit reached", DAY),
    ("dot", "550 5.4.5 Daily sending limit exceeded", DAY),
    ("dot", "550 5.3.0 Outgoing mail quota reached", DAY),
    ("auth", "530 5.7.0 must issue a STARTTLS command first", UNTIL_TOLD),
    ("auth", "534 5.7.9 application-specific password required", UNTIL_TOLD),
    ("auth", "535 5.7.8 username and password not accepted", UNTIL_TOLD),
    ("auth", "535 5.7.139 basic authentication is disabled", UNTIL_TOLD),
    ("mail", "530 5.7.0 authentication required", UNTIL_TOLD),
    ("mail", "553 5.7.1 sender address rejected: not owned by user", UNTIL_TOLD),
    ("mail", "552 5.3.4 message size exceeds the limit", UNTIL_TOLD),
    ("greeting", "554 5.7.1 your address is blocked", UNTIL_TOLD),
    ("ehlo", "501 bad name", UNTIL_TOLD),
    ("rcpt", "550 5.7.1 relaying denied", UNTIL_TOLD),
    ("data", "550 5.7.1 blocked by policy", UNTIL_TOLD),
    ("dot", "554 5.7.1 spam message rejected", UNTIL_TOLD),
    ("dot", "552 5.3.4 message too big", UNTIL_TOLD),
    ("dot", "550 5.7.515 sending domain does not meet the required level", UNTIL_TOLD),
    ("dot", "554 transaction failed", UNTIL_TOLD),
]


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(OF_THE_LETTER) + len(OF_THE_ACCOUNT) >= 40


@pytest.mark.parametrize(("stage", "reply", "state", "marked"), OF_THE_LETTER)
async def test_an_answer_about_one_letter_leaves_the_next_to_go(
    stage: str, reply: str, state: ReminderState, marked: bool, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({stage: [Fault(f"{reply}\r\n".encode())]}) as server:
        async with open_booth(tmp_path, server.port, carts=2, login="ana") as booth:
            await booth.desk.send_now(await booth.ids())
            assert await booth.states() == [state, SENT]
            first = (await booth.letters())[0]
            assert reply[:3] in first.said
            if state is DEFERRED:
                assert first.not_before is not None
                assert first.not_before >= booth.clock.now() + timedelta(minutes=15)
            assert (await booth.desk.queue()).paused == ""
            cart = await booth.desk.cart(first.cart_id)
            assert bool(cart.person.stopped) is marked
            assert len(server.accepted) == 1
    tally.add("T-07")


@pytest.mark.parametrize(("stage", "reply", "wait"), OF_THE_ACCOUNT)
async def test_an_answer_about_the_account_keeps_every_letter_and_pauses_the_queue(
    stage: str, reply: str, wait: timedelta | None, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({stage: [Fault(f"{reply}\r\n".encode())]}) as server:
        async with open_booth(tmp_path, server.port, carts=2, login="ana") as booth:
            ids = await booth.ids()
            report = await booth.desk.send_now(ids)
            assert (report.kept, report.sent) == (2, 0)
            assert await booth.states() == [READY, READY]
            queue = await booth.desk.queue()
            assert reply[:3] in queue.paused
            assert reply.split(" ", 1)[1].rstrip(".") in queue.paused
            assert queue.ready == 0
            assert all(item.stop and item.stop.rule == "paused" for item in queue.items)
            await nothing_goes(booth.desk.send_now(ids), "paused")
            await nothing_goes(booth.desk.approve(ids[0]), "paused")
            assert server.accepted == []
            booth.clock.advance((wait or timedelta(days=30)) - timedelta(seconds=1))
            assert (await booth.desk.queue()).paused
            if wait is None:
                await booth.desk.resume()
            booth.clock.advance(timedelta(seconds=1))
            assert (await booth.desk.queue()).paused == ""
            await booth.desk.tick()
            assert server.accepted == []  # the pause is over, and still nobody pressed a key
    tally.add("T-07")


async def nothing_goes(asked: object, words: str) -> None:
    """Ask for something and be told why not."""
    with pytest.raises(NotPossible, match=words):
        await asked  # type: ignore[misc]


@pytest.mark.parametrize("place", range(5))
async def test_the_providers_limit_in_mid_batch_keeps_the_rest_for_tomorrow(
    place: int, tmp_path: Path, tally: Tally
) -> None:
    limit = Fault(b"550 5.4.5 Daily user sending limit exceeded\r\n")
    with FaultySmtp({"rcpt": [None] * place + [limit]}) as server:
        async with open_booth(tmp_path, server.port, carts=6) as booth:
            ids = await booth.ids()
            await booth.desk.send_now(ids)
            rest = [READY] * (6 - place)
            assert await booth.states() == [SENT] * place + rest
            assert server.verbs.count("mail") == place + 1
            paused = (await booth.desk.queue()).paused
            assert "Wednesday 12:00" in paused
            assert "Daily user sending limit exceeded" in paused
            async with booth.window() as other:  # also for a program started anew
                assert (await other.queue()).paused == paused
                await nothing_goes(other.send_now(ids[place:]), "limit")
            booth.clock.advance(timedelta(hours=24))
            report = await booth.desk.send_now(ids[place:])
            assert report.sent == len(rest)
            assert len(set(server.accepted)) == len(server.accepted) == 6
    tally.add("T-18")


async def test_held_letters_do_not_leave_in_a_pause_and_say_why(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"rcpt": [Fault(b"550 5.4.5 limit\r\n")]}) as server:
        async with open_booth(tmp_path, server.port, carts=3) as booth:
            first, second, third = await booth.ids()
            await booth.desk.approve(second)
            await booth.desk.approve(third, hold=False)
            await booth.desk.send_now([first])
            booth.clock.advance(timedelta(seconds=25))
            await booth.desk.tick()
            assert await booth.states() == [READY, READY, ReminderState.HELD]
            assert "paused until" in (await booth.letters())[1].said
            checks = (await booth.desk.preview(second)).checks
            assert any(c.rule == "paused" and c.verdict is Verdict.STOP for c in checks)
            assert server.verbs.count("mail") == 1
    tally.add("T-18")


async def test_a_server_that_says_too_fast_gets_letters_more_slowly_for_a_day(
    tmp_path: Path, tally: Tally
) -> None:
    from cartdesk.work import pausing

    with FaultySmtp({"rcpt": [Fault(b"451 4.7.28 rate limited\r\n")]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            await booth.desk.send_now(await booth.ids())
            now = booth.clock.now()

            async def pace(later: timedelta) -> float:
                return await booth.ledger.read(lambda b: pausing.pace(b, 3, now + later))

            assert await pace(timedelta(hours=1)) == 6
            assert await pace(timedelta(hours=25)) == 3
    tally.add("T-07")

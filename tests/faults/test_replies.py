"""What the mail server answers, row by row: where the letter stands, and whether all must wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.desk import NotPossible
from cartdesk.domain.model import ReminderState
from cartdesk.domain.settings import Encryption
from cartdesk.domain.views import Verdict
from tests.adapters.mail.faulty_smtp import EHLO, EHLO_BARE, Fault, FaultySmtp
from tests.faults.booth import PASSWORD, open_booth, settings_for
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
    ("rcpt", "550 5.1.10 recipient not found", REFUSED, True),
    ("rcpt", "551 5.1.6 user has moved", REFUSED, True),
    ("rcpt", "550 5.2.1 mailbox disabled", REFUSED, False),
    ("rcpt", "552 5.2.2 mailbox over quota", REFUSED, False),
    ("dot", "552 5.2.2 The recipient's mailbox is full", REFUSED, False),
    ("rcpt", "550 No Such User Here", REFUSED, True),
    ("rcpt", "550 user unknown", REFUSED, True),
    ("rcpt", "550 Unrouteable address", REFUSED, True),
    ("rcpt", "550 sorry, no mailbox here by that name (#5.1.1)", REFUSED, True),
    ("rcpt", "550 5.1.1. User unknown in relay recipient table", REFUSED, True),
    ("dot", "550 5.1.1 user unknown", REFUSED, True),
    ("dot", "554 no such mailbox", REFUSED, True),
    ("rcpt", "550 5.1.0 Address rejected", REFUSED, False),
    ("rcpt", "550 5.1.1 <ana1@example.org> unknown to shop@shop.example", REFUSED, True),
    ("rcpt", "450 4.7.1 sender greylisted, try again later", DEFERRED, False),
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
    ("mail", "432 4.3.2 concurrent connections limit exceeded", 15 * MINUTE),
    ("mail", "550 5.4.5 daily sending quota exceeded", DAY),
    ("rcpt", "550 5.4.5 Daily user sending limit exceeded", DAY),
    ("rcpt", "550 5.7.233 tenant exceeded its external recipient rate", DAY),
    ("rcpt", "550 5.7.233", DAY),
    ("rcpt", "550 You have sent your allotment of messages", DAY),
    ("rcpt", "554 5.7.1 daily message limit reached", DAY),
    ("dot", "550 5.4.5 Daily sending limit exceeded", DAY),
    ("dot", "550 5.3.0 Outgoing mail quota reached", DAY),
    ("auth", "530 5.7.0 must issue a STARTTLS command first", UNTIL_TOLD),
    ("auth", "534 5.7.9 application-specific password required", UNTIL_TOLD),
    ("auth", "535 5.7.8 username and password not accepted", UNTIL_TOLD),
    ("auth", "535 5.7.139 basic authentication is disabled", UNTIL_TOLD),
    ("auth", "538 5.7.11 encryption required for this login", UNTIL_TOLD),
    ("mail", "530 5.7.0 authentication required", UNTIL_TOLD),
    ("mail", "553 5.7.1 sender address rejected: not owned by user", UNTIL_TOLD),
    ("mail", "552 5.3.4 message size exceeds the limit", UNTIL_TOLD),
    ("greeting", "554 5.7.1 your address is blocked", UNTIL_TOLD),
    ("ehlo", "501 bad name", UNTIL_TOLD),
    ("rcpt", "550 5.7.1 relaying denied", UNTIL_TOLD),
    ("rcpt", "550 5.1.0 <shop@shop.example>: Sender address rejected: User unknown", UNTIL_TOLD),
    ("rcpt", "550 5.1.1 <shop@shop.example>: User unknown", UNTIL_TOLD),
    ("rcpt", "550 5.1.2 Sender rejected", UNTIL_TOLD),
    ("rcpt", "550 Sender verify failed", UNTIL_TOLD),
    ("rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", UNTIL_TOLD),
    ("rcpt", "553 sorry, that domain isn't in my list of allowed rcpthosts", UNTIL_TOLD),
    ("rcpt", "550 Please log in first", UNTIL_TOLD),
    ("rcpt", "550 Account disabled for sending", UNTIL_TOLD),
    ("dot", "550 5.1.0 <shop@shop.example> sender rejected", UNTIL_TOLD),
    ("data", "550 5.7.1 blocked by policy", UNTIL_TOLD),
    ("dot", "554 5.7.1 spam message rejected", UNTIL_TOLD),
    ("dot", "552 5.3.4 message too big", UNTIL_TOLD),
    ("dot", "550 5.7.515 sending domain does not meet the required level", UNTIL_TOLD),
    ("dot", "554 transaction failed", UNTIL_TOLD),
]
LOGIN = ("530", "534", "535", "538", "550 Please log in")
TOLD = {  # how the Queue begins to say why, by how long it waits
    MINUTE: "the mail server is busy: ",
    15 * MINUTE: "the mail server asks for fewer letters at a time: ",
    DAY: "your mail account has reached its limit for now: ",
}
NOT_LET_IN = "the mail server does not let your account in: ", "want an app password"
NOT_TAKEN = "the mail server does not take your letters: ", "ask your mail provider"


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
            queue = await booth.desk.queue()
            (first,) = (item.reminder for item in queue.items)
            verb = "deferred" if state is DEFERRED else "refused"
            assert first.said.startswith(f"{verb}: {reply[:3]} ")
            assert words_of(reply) in first.said
            assert queue.failed == int(state is REFUSED)
            if state is DEFERRED:
                assert first.not_before is not None
                assert first.not_before >= booth.clock.now() + timedelta(minutes=15)
            assert queue.paused == ""
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
            why, mend = NOT_LET_IN if reply.startswith(LOGIN) else NOT_TAKEN
            assert f"because {TOLD[wait] if wait else why}{reply[:3]} " in queue.paused
            assert words_of(reply) in queue.paused
            assert (mend in queue.paused) is (wait is None)
            assert ("until you let it go on" in queue.paused) is (wait is None)
            assert queue.ready == 0
            assert len(queue.items) == 2
            for item in queue.items:  # every row says so too, and no address is held guilty
                assert item.stop is not None
                assert (item.stop.rule, item.stop.verdict) == ("paused", Verdict.STOP)
                assert queue.paused in item.stop.sentence
                assert not (await booth.desk.cart(item.reminder.cart_id)).person.stopped
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


@pytest.mark.parametrize(
    "words", ["550 5.1.1 <{}@example.org> no such user q{}x", "550 odd", "553 not allowed"]
)
async def test_two_refusals_in_the_same_words_stop_the_batch_before_anybody_is_marked(
    words: str, tmp_path: Path, tally: Tally
) -> None:
    said = [words.format(f"ana{number}", number * 7) for number in range(1, 5)]
    no = [Fault(f"{one}\r\n".encode()) for one in said]
    with FaultySmtp({"rcpt": no}) as server:
        async with open_booth(tmp_path, server.port, carts=4) as booth:
            ids = await booth.ids()
            report = await booth.desk.send_now(ids)
            assert (report.refused, report.kept, report.sent) == (1, 3, 0)
            assert await booth.states() == [REFUSED, READY, READY, READY]
            assert server.verbs.count("rcpt") == 2
            paused = (await booth.desk.queue()).paused
            assert f"two letters in a row were refused in the same words: {said[1]}" in paused
            assert "If both addresses are wrong, let it go on" in paused
            carts = [letter.cart_id for letter in await booth.letters()]
            stopped = [bool((await booth.desk.cart(one)).person.stopped) for one in carts]
            assert stopped == [False] * 4
            server.faults.clear()
            await booth.desk.resume()
            assert (await booth.desk.send_now(ids[1:])).sent == 3
    tally.add("T-07")


async def test_who_is_refused_alone_is_marked_by_the_next_answer(
    tmp_path: Path, tally: Tally
) -> None:
    no = Fault(b"550 5.1.1 no such user\r\n")
    with FaultySmtp({"rcpt": [no, no, no]}) as server:
        async with open_booth(tmp_path, server.port, carts=4) as booth:
            ids = await booth.ids()
            carts = [letter.cart_id for letter in await booth.letters()]

            async def stopped() -> list[bool]:
                return [bool((await booth.desk.cart(one)).person.stopped) for one in carts]

            await booth.desk.send_now(ids[:1])
            assert await stopped() == [False] * 4
            await booth.desk.send_now(ids[1:2])  # a window of one letter counts like a batch
            assert (await booth.desk.queue()).paused
            await booth.desk.resume()
            await booth.desk.send_now(ids[1:2])  # it is wrong all the same, says the merchant
            await booth.desk.send_now(ids[2:3])
            assert await booth.states() == [REFUSED, REFUSED, SENT, READY]
            assert await stopped() == [False, True, False, False]
    tally.add("T-07")


def words_of(reply: str) -> str:
    """Give the server's words behind the first code, as the merchant sees them."""
    return reply.splitlines()[-1].split(" ", 1)[1].rstrip(".")


@pytest.mark.parametrize(
    ("encryption", "ehlo", "words"),
    [
        (Encryption.NONE, EHLO_BARE, "offers no login with a password"),
        (Encryption.STARTTLS, EHLO, "offers no encryption (STARTTLS)"),
        (Encryption.STARTTLS, EHLO_BARE, "offers no encryption (STARTTLS)"),
        (Encryption.TLS, EHLO, "does not speak TLS from the first byte"),
    ],
)
async def test_a_port_that_is_the_wrong_one_stops_before_the_password_and_says_so(
    encryption: Encryption, ehlo: bytes, words: str, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"ehlo": [Fault(ehlo)] * 4}) as server:
        mail = replace(settings_for(server.port, "ana").mail, encryption=encryption)
        async with open_booth(
            tmp_path, server.port, carts=2, mailer=lambda: SmtpMailer(mail, PASSWORD, timeout=5)
        ) as booth:
            report = await booth.desk.send_now(await booth.ids())
            assert (report.kept, report.sent) == (2, 0)
            assert words in report.sentence
            queue = await booth.desk.queue()
            assert queue.paused == ""
            assert queue.ready == 2
            assert all(words in item.reminder.said for item in queue.items)
            assert not {"auth", "mail"} & set(server.verbs)
            assert PASSWORD.encode() not in server.wire
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


async def test_a_login_that_is_refused_names_the_providers_own_page(
    tmp_path: Path, tally: Tally
) -> None:
    no = Fault(b"535 5.7.8 username and password not accepted\r\n")
    with FaultySmtp({"auth": [no]}) as server:
        mail = settings_for(server.port, "ana").mail
        async with open_booth(
            tmp_path, server.port, mailer=lambda: SmtpMailer(mail, PASSWORD)
        ) as booth:
            known = replace(booth.settings, mail=replace(mail, host="smtp.gmail.com"))
            booth.desk._context.settings = known  # the mailer goes on asking the server here
            await booth.desk.send_now(await booth.ids())
            paused = (await booth.desk.queue()).paused
            assert paused.endswith("(https://support.google.com/accounts/answer/185833)")
    tally.add("T-07")

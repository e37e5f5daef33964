"""Who writes back gets no more letters; an address that does not exist is never tried again."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.mail.imap import ImapMailbox
from cartdesk.domain.model import CartState, ReminderState
from cartdesk.domain.ports import Mailbox
from cartdesk.domain.settings import Encryption, ImapSettings
from cartdesk.domain.views import Verdict
from tests.adapters.mail.dovecot import PASSWORD, Account, Dovecot, imap
from tests.adapters.mail.fake_imap import FakeImap, drop
from tests.adapters.mail.letters_back import OTHER, answer, report
from tests.work.unsure import Heard, heard

__all__ = ["imap"]
DAY = timedelta(days=1)


@pytest.fixture
def account(imap: Dovecot) -> Account:
    return imap.account()


@pytest.fixture
def mailbox(account: Account) -> Mailbox:
    return ImapMailbox(account.settings(), PASSWORD, timeout=5)


async def sent_id(booth: Heard) -> str:
    letter = await booth.letter()
    assert letter is not None
    assert letter.state is ReminderState.SENT
    return letter.message_id


async def test_who_writes_back_gets_no_more_letters_in_this_round(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, smtp):
        account.deliver(answer(await sent_id(booth)), at=booth.clock.now() + timedelta(minutes=9))
        booth.clock.advance(timedelta(minutes=10))
        found = await booth.desk.poll()
        assert found.sentence.endswith("Mailbox: 1 person wrote back")
        for _ in range(12):
            booth.clock.advance(DAY / 2)
            await booth.desk.poll()
            await booth.desk.tick()
        assert await booth.letter(step=2) is None
        assert (await booth.timeline()).count("wrote back: Re: You left something") == 1
        stop = next(c for c in await booth.desk.why(1) if c.verdict is Verdict.STOP)
        assert stop.sentence == "wrote back to a letter"
        assert smtp.dots == 1


async def test_a_letter_already_approved_stays_when_the_person_writes_back(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, smtp):
        booth.clock.advance(DAY)
        await booth.desk.poll()
        second = await booth.letter(step=2)
        assert second is not None
        await booth.desk.approve(second.id)
        account.deliver(answer(await sent_id(booth)), at=booth.clock.now())
        await booth.desk.poll()
        booth.clock.advance(timedelta(seconds=30))
        await booth.desk.tick()
        second = await booth.letter(step=2)
        assert second is not None
        assert (second.state, second.said) == (ReminderState.CANCELLED, "the person replied")
        assert smtp.dots == 1


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (answer("{id}", Auto_Submitted="auto-replied"), "A program answered: Re: You left"),
        (report("{id}", action="delayed", status="4.4.1"), "still tries to deliver it (4.4.1)"),
        (report("{id}", status="4.4.7"), "The letter came back (4.4.7)"),
        (report("{id}", status="5.1.8"), "The letter came back (5.1.8)"),
        (report("{id}", status="5.7.1"), "The letter came back (5.7.1)"),
        (report("{id}", action="delivered", status="2.1.5"), "says that it arrived"),
        (report(OTHER), ""),
        (answer(OTHER, text="{id}"), ""),
        (answer("{id}", sender="Oak <Shop@shop.example>"), ""),
    ],
    ids=["absent", "delayed", "given up", "sender", "policy", "arrived", "forged", "other", "own"],
)
async def test_what_says_nothing_about_the_person_is_noted_at_most(
    tmp_path: Path, account: Account, mailbox: Mailbox, raw: bytes, told: str
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        message_id = await sent_id(booth)
        before = await booth.timeline()
        account.deliver(raw.replace(b"{id}", message_id.encode()), at=booth.clock.now())
        await booth.desk.poll()
        after = await booth.timeline()
        assert told in after
        assert told or after == before
        booth.clock.advance(DAY)
        await booth.desk.poll()
        second = await booth.letter(step=2)
        assert second is not None
        assert second.state is ReminderState.READY


async def test_an_address_that_does_not_exist_is_never_written_to_again(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, smtp):
        booth.clock.advance(DAY)
        await booth.desk.poll()
        raw = report(await sent_id(booth), recipient="somebody-else@example.org")
        account.deliver(raw, at=booth.clock.now())
        found = await booth.desk.poll()
        assert found.sentence.endswith("Mailbox: 1 address does not exist")
        detail = await booth.desk.cart(1)
        assert detail.row.state is CartState.STOPPED
        assert detail.person.stopped.startswith("the address was refused: 550 5.1.1")
        second = await booth.letter(step=2)
        assert second is not None
        assert second.state is ReminderState.CANCELLED
        suppressed = await booth.ledger.read(
            lambda book: book.outbox.suppressed(["somebody-else@example.org"])
        )
        assert suppressed == ""  # the address in the report is anybody's word
        assert smtp.dots == 1


async def test_what_was_heard_is_told_once_also_after_a_restart(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        account.deliver(answer(await sent_id(booth)), at=booth.clock.now())
        for _ in range(3):
            await booth.desk.poll()
        async with booth.window() as another:
            assert "Mailbox" not in (await another.poll()).sentence
        assert (await booth.timeline()).count("wrote back") == 1


async def test_an_answer_that_came_in_while_the_letter_was_still_going_out_is_heard(
    tmp_path: Path, account: Account, mailbox: Mailbox
) -> None:
    async with heard(tmp_path, mailbox) as (booth, _):
        message_id = await sent_id(booth)
        await booth.desk.poll()
        account.deliver(answer(message_id), at=booth.clock.now())
        mark = mailbox.answers_to([], booth.clock.now()).mark  # read before the letter was known
        await booth.ledger(lambda book: book.state.put("mailbox.marks", f'["", "{mark}"]'))
        await booth.desk.poll()
        assert "wrote back" in await booth.timeline()


async def test_a_mailbox_that_is_down_stops_nothing_and_is_said(
    tmp_path: Path, account: Account
) -> None:
    down = ImapMailbox(replace(account.settings(), port=1), PASSWORD)
    async with heard(tmp_path, down) as (booth, _):
        booth.clock.advance(DAY)
        found = await booth.desk.poll()
        assert found.due == 1
        status = booth.desk.status()
        assert "The mailbox could not be read: 127.0.0.1 takes no connections" in status.problem
        assert "doctor" in status.mend


async def test_a_refused_login_is_not_tried_again_by_itself(tmp_path: Path) -> None:
    with FakeImap({"AUTHENTICATE": b"{tag} NO go away\r\n"}) as server:
        refusing = ImapSettings("127.0.0.1", server.port, Encryption.NONE, "ana")
        async with heard(tmp_path, ImapMailbox(refusing, "wrong", timeout=5)) as (booth, _):
            for _ in range(4):
                await booth.desk.poll()
            assert server.heard.count(b"AUTHENTICATE") == 1
            assert "did not let ana in: go away" in booth.desk.status().problem


async def test_without_letters_out_there_the_mailbox_is_left_alone(tmp_path: Path) -> None:
    with FakeImap() as server:
        settings = ImapSettings("127.0.0.1", server.port, Encryption.NONE, "ana")
        async with heard(tmp_path, ImapMailbox(settings, "x", timeout=5)) as (booth, _):
            booth.clock.advance(timedelta(days=31))
            await booth.desk.poll()
        assert server.heard == b""


def test_leaving_the_program_does_not_wait_for_a_mailbox_that_gives_no_answer(
    tmp_path: Path,
) -> None:
    async def leave() -> None:
        with FakeImap(endless=drop(0.05)) as server:
            settings = ImapSettings("127.0.0.1", server.port, Encryption.NONE, "ana")
            async with heard(tmp_path, ImapMailbox(settings, "x")) as (booth, _):
                polling = asyncio.create_task(booth.desk.poll())
                while b"EXAMINE" not in server.heard:
                    await asyncio.sleep(0.01)
                polling.cancel()
                await asyncio.wait([polling])

    began = time.monotonic()
    asyncio.run(leave())
    assert time.monotonic() - began < 5

"""A letter of which nobody knows: never again by itself, and again only as the same bytes."""

from __future__ import annotations

import asyncio
import smtplib
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.adapters.mail.smtp_connection import LetterConnection
from cartdesk.desk import NotPossible
from cartdesk.domain.model import ReminderState
from cartdesk.domain.ports import Envelope, Outcome
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.faults.booth import Booth, open_booth, settings_for
from tests.faults.shop import unpaid
from tests.faults.tally import Tally

READY, HELD, SENT = ReminderState.READY, ReminderState.HELD, ReminderState.SENT
UNSURE, SETTLED = ReminderState.UNSURE, ReminderState.SETTLED
GONE = Fault(then="rst")


async def lose_sight(booth: Booth) -> int:
    """Send the only letter and lose the answer; give its number."""
    number = (await booth.one()).id
    assert (await booth.desk.send_now([number])).unsure == 1
    return number


async def wait_a_day(booth: Booth) -> None:
    booth.clock.advance(timedelta(hours=25))
    await booth.desk.tick()


async def start_anew(booth: Booth) -> None:
    async with booth.window() as other:
        await other.tick()


async def send_all_others(booth: Booth) -> None:
    others = [letter.id for letter in await booth.letters() if letter.state is READY]
    assert (await booth.desk.send_now(others)).sent == len(others)


async def press_send(booth: Booth) -> None:
    number = next(one.id for one in await booth.letters() if one.state is UNSURE)
    with pytest.raises(NotPossible):
        await booth.desk.approve(number)
    with pytest.raises(NotPossible):
        await booth.desk.send_now([number])
    with pytest.raises(NotPossible):
        await booth.desk.skip(number)


async def press_undo(booth: Booth) -> None:
    with pytest.raises(NotPossible):
        await booth.desk.undo()


async def lose_the_shop(booth: Booth) -> None:
    booth.shop.down = True
    await booth.desk.tick()
    booth.shop.down = False


@pytest.mark.parametrize(
    "event",
    [wait_a_day, start_anew, send_all_others, press_send, press_undo, lose_the_shop],
    ids=lambda event: event.__name__,
)
async def test_nothing_but_a_persons_answer_moves_it(
    event: Callable[[Booth], Awaitable[None]], tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"dot": [GONE]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = await lose_sight(booth)
            if event is send_all_others:
                more = [unpaid(n, booth.clock.now()) for n in (50, 51)]
                booth.shop.records |= {int(record["id"]): record for record in more}
                await booth.ledger(lambda book: book.orders.save(more, booth.clock.now()))
                booth.clock.advance(timedelta(minutes=2))
                await booth.desk.tick()
            await event(booth)
            letter = next(one for one in await booth.letters() if one.id == number)
            assert letter.state is UNSURE
            copies = [mail for mail in server.accepted if letter.message_id.encode() in mail]
            assert copies == []
    tally.add("T-14")


async def test_no_further_letter_comes_due_before_the_answer(tmp_path: Path, tally: Tally) -> None:
    with FaultySmtp({"dot": [GONE]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = await lose_sight(booth)
            for _ in range(5):
                await wait_a_day(booth)
            assert await booth.states() == [UNSURE]
            why = next(c for c in await booth.desk.why(1) if c.rule == "sequence")
            assert "nobody knows" in why.sentence
            await booth.desk.settle(number, "sent")
            booth.clock.advance(timedelta(minutes=2))
            await booth.desk.tick()
            assert await booth.states() == [SENT, READY]
    tally.add("T-14")


async def test_after_a_week_without_an_answer_it_counts_as_sent(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"dot": [GONE]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            await lose_sight(booth)
            for _ in range(7):
                await wait_a_day(booth)
            assert (await booth.states())[0] is SETTLED
            assert server.dots == 1
    tally.add("T-14")


@pytest.mark.parametrize("case", range(4))
async def test_sent_again_it_is_the_same_letter_to_the_byte(
    case: int, tmp_path: Path, tally: Tally
) -> None:
    """However often the answer is lost, what leaves is what was approved."""
    with FaultySmtp({"dot": [GONE] * (case + 1)}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = await lose_sight(booth)
            approved, letter = await booth.bytes_of(number), await booth.one()
            for _ in range(case):
                booth.clock.advance(timedelta(hours=1))
                await booth.desk.settle(number, "again")
                assert (await booth.desk.send_now([number])).unsure == 1
            booth.clock.advance(timedelta(hours=1))
            await booth.desk.settle(number, "again")
            booth.clock.advance(timedelta(seconds=25))
            report = await booth.desk.tick()
            assert report is not None
            assert report.sent == 1
            assert server.accepted == [approved]
            assert message_from_bytes(approved)["Message-ID"] == letter.message_id
            assert (await booth.one()).sha256 == letter.sha256
            assert server.dots == case + 2
    tally.add("T-15", asked=case + 1)


async def expire(booth: Booth) -> None:
    booth.clock.advance(timedelta(minutes=3))
    await booth.desk.tick()


async def undo(booth: Booth) -> None:
    await booth.desk.undo()


async def shop_down(booth: Booth) -> None:
    booth.shop.down = True
    assert (await booth.desk.send_now(await booth.ids())).kept == 1
    booth.shop.down = False


async def buys(booth: Booth) -> None:
    booth.shop.change(1, booth.clock.now(), status="processing")
    report = await booth.desk.send_now(await booth.ids())
    assert (report.unsure, report.cancelled, report.sent) == (1, 0, 0)
    assert "1 not sure. Not sent again: " in report.sentence
    assert report.sentence.endswith("Whether it went out before is still open")


async def lost_before_the_dot(booth: Booth) -> None:
    assert (await booth.desk.send_now(await booth.ids())).kept == 1


async def refused_this_time(booth: Booth) -> None:
    assert (await booth.desk.send_now(await booth.ids())).refused == 1


INTERRUPTIONS: dict[Callable[[Booth], Awaitable[None]], dict[str, list[Fault | None]]] = {
    expire: {},
    undo: {},
    shop_down: {},
    buys: {},
    lost_before_the_dot: {"rcpt": [None, GONE]},
    refused_this_time: {"rcpt": [None, Fault(b"550 5.2.1 disabled\r\n")]},
}


@pytest.mark.parametrize("interruption", INTERRUPTIONS, ids=lambda one: one.__name__)
async def test_a_second_try_that_fails_leaves_it_unsure_with_its_bytes(
    interruption: Callable[[Booth], Awaitable[None]], tmp_path: Path, tally: Tally
) -> None:
    """The first copy may still have gone out, so it must not look as if none ever did."""
    with FaultySmtp({"dot": [GONE], **INTERRUPTIONS[interruption]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = await lose_sight(booth)
            approved = await booth.bytes_of(number)
            await booth.desk.settle(number, "again")
            await interruption(booth)
            assert await booth.states() == [UNSURE]
            assert await booth.bytes_of(number) == approved
            assert server.dots == 1
            if interruption is buys:
                return
            await booth.desk.settle(number, "again")
            assert (await booth.desk.send_now([number])).sent == 1
            assert server.accepted == [approved]
    tally.add("T-15", asked=2)


async def test_quitting_takes_a_second_try_back_to_unsure(tmp_path: Path, tally: Tally) -> None:
    with FaultySmtp({"dot": [GONE]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = await lose_sight(booth)
            async with booth.window() as other:
                await other.settle(number, "again")
                assert await booth.states() == [HELD]
            assert await booth.states() == [UNSURE]
    tally.add("T-15", asked=1)


async def test_leaving_during_the_dialog_sends_no_dot(tmp_path: Path, tally: Tally) -> None:
    """The screen is gone, the thread is not: before the dot it gives up, after it it listens."""
    reached, go_on = threading.Event(), threading.Event()

    class Slow(SmtpMailer):
        def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
            def held_up() -> None:
                reached.set()
                assert go_on.wait(5)
                before_dot()

            return super().send(envelope, held_up)

    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            booth.desk._mailer = lambda: Slow(booth.settings.mail, "")
            sending = asyncio.create_task(booth.desk.send_now([number]))
            await asyncio.to_thread(reached.wait, 5)
            sending.cancel()
            await asyncio.sleep(0)
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert (server.accepted, server.dots) == ([], 0)
            assert await booth.states() == [READY]
    tally.add("T-14")


async def test_leaving_while_the_answer_is_on_its_way_still_keeps_it(
    tmp_path: Path, tally: Tally
) -> None:
    class SlowAnswer(FaultySmtp):
        def next_fault(self, stage: str) -> Fault | None:
            if stage == "dot":
                reached.set()
                assert go_on.wait(5)
            return super().next_fault(stage)

    reached, go_on = threading.Event(), threading.Event()
    with SlowAnswer() as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            sending = asyncio.create_task(booth.desk.send_now([number]))
            await asyncio.to_thread(reached.wait, 5)
            sending.cancel()
            await asyncio.sleep(0)
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert await booth.states() == [SENT]
    tally.add("T-14")


# The ten minutes after the dot, a thousand times faster.


class Patient(SmtpMailer):
    """Waits 0.6 s for the answer to the dot, as the real one waits 600 s."""

    def __init__(self, port: int) -> None:
        super().__init__(settings_for(port).mail, "", timeout=0.05, dot_timeout=0.6)


class Thinks(FaultySmtp):
    """Takes its time between the dot and the answer."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def next_fault(self, stage: str) -> Fault | None:
        if stage == "dot":
            self.gone.wait(self._seconds)
        return super().next_fault(stage)


@pytest.mark.parametrize(("seconds", "state"), [(0.3, SENT), (1.2, UNSURE)])
async def test_the_answer_to_the_dot_is_waited_for_longer_than_any_other(
    seconds: float, state: ReminderState, tmp_path: Path, tally: Tally
) -> None:
    with Thinks(seconds) as server:
        async with open_booth(tmp_path, server.port, mailer=lambda: Patient(server.port)) as booth:
            await booth.desk.send_now(await booth.ids())
            assert await booth.states() == [state]
    tally.add("T-16", asked=int(state is UNSURE))


async def test_the_time_limit_after_the_dot_is_ten_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 5321 4.5.3.2.6; a shorter one makes doubles."""
    waited: list[float | None] = []
    real = LetterConnection.final_reply

    def look(self: LetterConnection, timeout: float) -> tuple[int, bytes]:
        assert isinstance(self, smtplib.SMTP)
        waited.append(self.sock.gettimeout() if self.sock else None)
        return real(self, timeout)

    monkeypatch.setattr(LetterConnection, "final_reply", look)
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            booth.desk._mailer = lambda: SmtpMailer(booth.settings.mail, "")
            await booth.desk.send_now(await booth.ids())
    assert waited == [600]

"""Connections that break, at every place, and what the merchant's queue says afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.domain.model import ReminderState
from cartdesk.domain.ports import Envelope, Outcome
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.faults.booth import PASSWORD, PATIENCE, Booth, open_booth, settings_for
from tests.faults.tally import Tally

READY, SENT, UNSURE = ReminderState.READY, ReminderState.SENT, ReminderState.UNSURE
QUICK = 0.15  # seconds; only where the server is silent


class WaitsForTheBreak(SmtpMailer):
    """The real mailer on a slow disk: the dot waits until the server has gone away."""

    def __init__(self, server: FaultySmtp) -> None:
        super().__init__(settings_for(server.port).mail, PASSWORD, timeout=PATIENCE)
        self._server = server

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
        self._server.gone.clear()

        def slowly() -> None:
            before_dot()
            assert self._server.gone.wait(PATIENCE)

        return super().send(envelope, slowly)


BEFORE_THE_DOT = ("greeting", "ehlo", "auth", "mail", "rcpt", "data")
WAYS = (Fault(then="rst"), Fault(then="fin"), Fault(then="silence"), Fault(b"\xff what\r\n"))


@pytest.mark.parametrize("stage", BEFORE_THE_DOT)
async def test_a_connection_lost_before_the_letter_leaves_it_ready(
    stage: str, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({stage: WAYS}) as server:
        async with open_booth(tmp_path, server.port, login="ana", patience=QUICK) as booth:
            number = (await booth.one()).id
            for _ in WAYS:
                report = await booth.desk.send_now([number])
                assert (report.kept, report.sent, report.unsure) == (1, 0, 0)
                letter = await booth.one()
                assert letter.state is READY
                assert letter.said.startswith("not sent: ")
            assert server.accepted == []
            assert (await booth.desk.send_now([number])).sent == 1
            assert len(server.accepted) == 1
    tally.add("T-05", cases=len(WAYS))


@pytest.mark.parametrize("then", ["rst", "fin"])
async def test_a_connection_lost_at_any_byte_of_the_letter_leaves_it_ready(
    then: str, tmp_path: Path, tally: Tally
) -> None:
    offsets = range(0, 4096 + 1, 64)
    with FaultySmtp({"body": [Fault(then=then, after=at) for at in offsets]}) as server:
        async with open_booth(
            tmp_path, server.port, mailer=lambda: WaitsForTheBreak(server)
        ) as booth:
            number = (await booth.one()).id
            for at in offsets:
                report = await booth.desk.send_now([number])
                assert (report.kept, report.unsure) == (1, 0), at
                assert await booth.states() == [READY]
            assert (server.accepted, server.dots) == ([], 0)
    tally.add("T-05", cases=len(offsets))


SILENT = (
    Fault(then="rst"),
    Fault(then="fin"),
    Fault(then="silence"),
    Fault(b"\x00\x01 garbage\r\n"),
    Fault(b"250 " + b"x" * 99_999 + b"\r\n"),
    Fault(b"250-first\r\n", then="fin"),
    Fault(b"250-first\r\nnonsense\r\n"),
    Fault(b"25", then="rst"),
    Fault(b"354 more please\r\n"),
)
TAKEN = (
    Fault(b"200 fine\r\n"),
    Fault(b"251 will forward\r\n"),
    Fault(b"252 cannot verify\r\n"),
    Fault(b"299 odd\r\n"),
    Fault(b"250-one\r\n250 two\r\n"),
    Fault(b"250 ok\n"),
)


async def stays_unsure(booth: Booth, number: int) -> None:
    """Let days go by in two windows; nobody but a person may touch the letter."""
    for _ in range(3):
        booth.clock.advance(timedelta(hours=25))
        await booth.desk.tick()
        async with booth.window() as other:
            await other.tick()
    assert (await booth.states())[0] is UNSURE
    assert (await booth.desk.queue()).unsure == 1
    assert (await booth.desk.preview(number)).reminder.said


@pytest.mark.parametrize("fault", SILENT, ids=range(len(SILENT)))
async def test_an_answer_to_the_dot_that_got_lost_asks_the_person_and_nobody_else(
    fault: Fault, tmp_path: Path, tally: Tally, thorough: bool
) -> None:
    for case in range(20 if thorough else 1):
        with FaultySmtp({"dot": [fault]}) as server:
            async with open_booth(tmp_path / str(case), server.port, patience=QUICK) as booth:
                number = (await booth.one()).id
                report = await booth.desk.send_now([number])
                assert (report.unsure, report.sent, report.kept) == (1, 0, 0)
                await stays_unsure(booth, number)
                assert (server.dots, server.connections) == (1, 1)
        tally.add("T-06", asked=1)
    tally.add("T-14")


@pytest.mark.parametrize("fault", TAKEN, ids=range(len(TAKEN)))
@pytest.mark.parametrize("then", ["", "fin"])
async def test_any_yes_to_the_dot_is_sent_even_when_the_line_drops_behind_it(
    fault: Fault, then: str, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"dot": [Fault(fault.say, then)]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            report = await booth.desk.send_now(await booth.ids())
            assert report.sent == 1
            assert await booth.states() == [SENT]
            assert (server.dots, server.connections) == (1, 1)
    if then:
        tally.add("T-08")
    else:
        tally.add("T-06")


@pytest.mark.parametrize("then", ["rst", "fin"])
async def test_what_happens_at_quit_changes_nothing(
    then: str, tmp_path: Path, tally: Tally, thorough: bool
) -> None:
    for case in range(10 if thorough else 1):
        with FaultySmtp({"quit": [Fault(then=then)]}) as server:
            async with open_booth(tmp_path / str(case), server.port, carts=3) as booth:
                report = await booth.desk.send_now(await booth.ids())
                assert report.sent == 3
                assert await booth.states() == [SENT] * 3
                assert len(set(server.accepted)) == 3
        tally.add("T-08")


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
async def test_one_break_in_a_batch_of_fifty_keeps_one_letter_and_no_other(
    stage: str, tmp_path: Path, tally: Tally, thorough: bool
) -> None:
    size = 50 if thorough else 12
    places = range(size) if thorough else (0, 5, size - 1)
    for place in places:
        with FaultySmtp({stage: [None] * place + [Fault(then="rst")]}) as server:
            async with open_booth(tmp_path / str(place), server.port, carts=size) as booth:
                ids = await booth.ids()
                report = await booth.desk.send_now(ids)
                broken = UNSURE if stage == "dot" else READY
                states = await booth.states()
                assert states == [broken if k == place else SENT for k in range(size)]
                assert report.sent == size - 1
                assert len(set(server.accepted)) == len(server.accepted) == size - 1
        tally.add("T-09", asked=int(stage == "dot"))


async def test_two_breaks_in_a_row_end_the_batch_and_keep_the_rest(
    tmp_path: Path, tally: Tally
) -> None:
    breaks = [None, Fault(then="rst"), Fault(then="rst")]
    with FaultySmtp({"rcpt": breaks}) as server:
        async with open_booth(tmp_path, server.port, carts=6) as booth:
            report = await booth.desk.send_now(await booth.ids())
            assert (report.sent, report.kept) == (1, 5)
            assert await booth.states() == [SENT] + [READY] * 5
            assert len(server.accepted) == 1
    tally.add("T-09")


@pytest.mark.parametrize("place", range(1, 6))
async def test_a_login_refused_at_the_reconnect_stops_the_batch(
    place: int, tmp_path: Path, tally: Tally
) -> None:
    faults: dict[str, Iterable[Fault | None]] = {
        "rset": [None] * place + [Fault(then="rst")],
        "auth": [None, Fault(b"535 5.7.8 not accepted\r\n")],
    }
    with FaultySmtp(faults) as server:
        async with open_booth(tmp_path, server.port, carts=7, login="ana") as booth:
            report = await booth.desk.send_now(await booth.ids())
            assert (report.sent, report.kept) == (place, 7 - place)
            assert await booth.states() == [SENT] * place + [READY] * (7 - place)
            assert server.verbs.count("auth") == 2
            assert "535 5.7.8 not accepted" in (await booth.desk.queue()).paused
            assert len(server.accepted) == place
    tally.add("T-10")

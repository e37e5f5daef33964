"""Bought, marked or changed between the key and the sending: no letter goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.mail.smtp import SmtpMailer
from cartdesk.domain.model import ReminderState
from cartdesk.domain.ports import Envelope, Outcome, Record
from cartdesk.work.context import NotPossible
from cartdesk.work.planning import settle
from tests.adapters.mail.faulty_smtp import Fault, FaultySmtp
from tests.faults.booth import PASSWORD, Booth, open_booth, settings_for
from tests.faults.shop import stamp, unpaid
from tests.faults.tally import Tally


def becomes(**fields: object) -> Callable[[Booth], None]:
    """Change the order itself."""

    def change(booth: Booth) -> None:
        booth.shop.change(1, booth.clock.now(), **fields)

    return change


def another(
    email: str = "ana1@example.org", customer: int = 0, **fields: object
) -> Callable[[Booth], None]:
    """Place a newer order."""

    def place(booth: Booth) -> None:
        order = unpaid(900, booth.clock.now(), status="processing", customer_id=customer)
        order["date_created_gmt"] = order["date_modified_gmt"] = stamp(booth.clock.now())
        booth.shop.records[900] = {
            **order,
            "billing": {**order["billing"], "email": email},
            **fields,
        }

    return place


def behind_many(count: int) -> Callable[[Booth], None]:
    """Place the order that was paid behind newer ones of a person whose address holds this one."""

    def place(booth: Booth) -> None:
        another(date_created_gmt=stamp(booth.clock.now() - timedelta(hours=2)))(booth)
        for number in range(1000, 1000 + count):
            order = unpaid(number, booth.clock.now())
            order["date_created_gmt"] = order["date_modified_gmt"] = stamp(booth.clock.now())
            order["billing"] = {**order["billing"], "email": "susana1@example.org"}
            booth.shop.records[number] = order

    return place


def though_the_shops_clock_went_back(number: int) -> Callable[[Booth], None]:
    """An order the ledger holds as unpaid, with a later date than that of its payment."""

    def place(booth: Booth) -> None:
        now = booth.clock.now()
        later = {"date_modified_gmt": stamp(now + timedelta(minutes=20)), "line_items": []}
        order = {**unpaid(900, now), "billing": booth.shop.records[1]["billing"], **later}
        if number == 1:
            order = {**booth.shop.records[1], "date_modified_gmt": stamp(now - timedelta(hours=2))}
        booth.ledger.call(lambda book: book.orders.save([order], now))
        before = now - timedelta(hours=2, minutes=30) if number == 1 else now
        paid: Record = {"status": "processing", "date_paid_gmt": stamp(before)}
        if number == 1:  # no search finds it, so only its own answer tells
            paid["billing"] = {}
        booth.shop.records[number] = {**order, **paid, "date_modified_gmt": stamp(before)}

    return place


PURCHASES: dict[str, Callable[[Booth], object]] = {
    "the same order, paid": becomes(status="processing"),
    "the same order, done already": becomes(status="completed"),
    "the same order, by bank transfer": becomes(status="on-hold"),
    "the same order, in a plugin's paid status": becomes(
        status="ready-to-pick", date_paid_gmt="2026-03-03T12:00:00"
    ),
    "a newer order by the same e-mail": another(),
    "a newer order by the e-mail in capitals": another("ANA1@Example.ORG"),
    "a newer order by the same customer under another e-mail": another("work@example.net", 77),
    "a newer order by the e-mail in full-width letters": another("an\uff411@\uff45xample.org"),
    "a newer order by the ASCII form of an international domain": another("ana1@xn--htari-fra.fi"),
    "a newer order, on hold": another(status="on-hold"),
    "the order was deleted for good": lambda booth: booth.shop.records.pop(1),
    "a newer order of another session, in a plugin's paid status": another(
        status="packing", date_paid_gmt="2026-03-03T12:00:00", created_via="store-api"
    ),
    "the same order, shipped and paid at the door": becomes(status="shipped"),
    "a newer order, packed and not paid yet": another(status="packing"),
    "a newer order, cash on delivery": another(status="shipped", payment_method="cod"),
    "the order was thrown into the bin": becomes(status="trash"),
    "a person cancelled the order": becomes(status="cancelled"),
    "an older order, put on hold an hour ago": another(
        status="on-hold", date_created_gmt="2026-03-03T08:00:00"
    ),
    "an older order, to be paid at the door": another(
        date_created_gmt="2026-03-03T08:00:00", payment_method="cod"
    ),
    "a newer order, refunded at once and never paid": another(status="refunded"),
    "a newer order, paid and then cancelled": another(
        status="cancelled", date_paid_gmt="2026-03-03T12:00:00"
    ),
    "behind a page of newer orders that the same search finds": behind_many(150),
    "a newer order, though the shop's clock went back": though_the_shops_clock_went_back(900),
    "the same order, though the shop's clock went back": though_the_shops_clock_went_back(1),
}
LATER: dict[str, dict[str, object]] = {
    "thrown into the bin": {"status": "trash"},
    "refunded": {"status": "refunded"},
    "cancelled": {"status": "cancelled"},
    "reopened to be edited": {"status": "pending"},
    "given back, which the payment provider calls failed": {"status": "failed"},
}
UNREADABLE: dict[str, Callable[[Booth], object]] = {
    "the order has no status": becomes(status=None),
    "the order's status is empty": becomes(status=""),
    "the order's time of change is no date": becomes(
        status="processing", date_modified_gmt="yesterday"
    ),
    "the order's id is a text": becomes(status="processing", id="1"),
    "the answer is another order": becomes(status="processing", id=2, billing={}),
    "a newer order has no status": another(status=None),
    "a newer order's id is a text": another(id="900x"),
    "a newer order's time of change is missing": another(date_modified_gmt=None),
    "a newer order of the same customer cannot be read": another("work@example.net", 77, status=""),
    "the search finds more than can be looked through": behind_many(1000),
}


@pytest.mark.parametrize("how", PURCHASES)
@pytest.mark.parametrize("hold", [True, False])
async def test_who_bought_after_the_key_gets_no_letter(
    how: str, hold: bool, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            await booth.desk.approve(number, hold=hold)
            booth.clock.advance(timedelta(seconds=25))
            if "same customer" in how:  # who logged in meanwhile
                booth.shop.change(1, booth.clock.now() - timedelta(hours=2), customer_id=77)
            if "international" in how:
                billing = {**booth.shop.records[1]["billing"], "email": "ana1@\u00e4htari.fi"}
                booth.shop.change(1, booth.clock.now() - timedelta(hours=2), billing=billing)
            PURCHASES[how](booth)
            report = await (booth.desk.tick() if hold else booth.desk.send_now([number]))
            assert report is not None
            assert (report.cancelled, report.sent) == (1, 0)
            assert await booth.states() == [ReminderState.CANCELLED]
            assert (server.accepted, server.verbs.count("mail")) == ([], 0)
    tally.add("T-13")


async def learns(booth: Booth, *numbers: int) -> None:
    """A poll shows these orders."""
    records = [booth.shop.records[number] for number in numbers]
    now = booth.clock.now()
    await booth.ledger(lambda book: book.orders.save(records, now))
    await booth.ledger(lambda book: settle(book, booth.settings.sequence, now))


async def nothing_can_go(booth: Booth) -> None:
    """For two days no letter waits for the key any more, and none goes with it."""
    for _ in range(16):
        booth.clock.advance(timedelta(hours=3))
        await booth.desk.tick()
        now = booth.clock.now()
        await booth.ledger(lambda book, now=now: settle(book, booth.settings.sequence, now))  # type: ignore[misc]
        states = await booth.states()
        assert set(states) <= {ReminderState.CANCELLED}
    with pytest.raises(NotPossible, match="Not approved"):
        await booth.desk.send_now(await booth.ids())


@pytest.mark.parametrize("what", LATER)
@pytest.mark.parametrize("paid", [True, False])
async def test_what_becomes_of_a_purchase_later_brings_no_letter_back(
    what: str, paid: bool, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            another(date_paid_gmt=stamp(booth.clock.now()) if paid else None)(booth)
            await learns(booth, 900)
            assert await booth.states() == [ReminderState.CANCELLED]
            booth.clock.advance(timedelta(minutes=10))
            booth.shop.change(900, booth.clock.now(), **LATER[what])
            await learns(booth, 900)
            await nothing_can_go(booth)
            assert server.accepted == []
    tally.add("T-13")


async def test_an_awaited_payment_that_failed_is_no_purchase(tmp_path: Path) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            booth.shop.change(1, booth.clock.now(), status="on-hold")
            await learns(booth, 1)
            booth.clock.advance(timedelta(hours=3))
            booth.shop.change(1, booth.clock.now(), status="failed")
            await learns(booth, 1)
            booth.clock.advance(timedelta(hours=1))
            await learns(booth, 1)
            letters = await booth.letters()
            assert [(one.sequence, one.state) for one in letters] == [
                ("recovery", ReminderState.CANCELLED),
                ("payment", ReminderState.READY),
            ]


WRITES: dict[str, dict[str, object]] = {
    "a plugin's mark": {"meta_data": [{"key": "_plugin", "value": "x"}]},
    "the guest's new account": {"customer_id": 77},
    "its payment, which lapsed": {"status": "failed"},
    "nothing": {},
}


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("at_once", [True, False])
async def test_no_write_to_an_order_that_was_left_wakes_it_after_a_purchase(
    what: str, dated: bool, at_once: bool, tmp_path: Path, tally: Tally
) -> None:
    """``at_once``: the purchase and the write are seen by the same look at the shop."""
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            another(date_paid_gmt=stamp(booth.clock.now()))(booth)
            if not at_once:
                await learns(booth, 900)
                assert await booth.states() == [ReminderState.CANCELLED]
            booth.clock.advance(timedelta(days=1))
            was = booth.shop.records[1]
            booth.shop.change(1, booth.clock.now(), **WRITES[what])
            if not dated:
                changed = {"date_modified_gmt": was["date_modified_gmt"]}
                booth.shop.records[1] = {**booth.shop.records[1], **changed}
            await learns(booth, 1, 900)
            await nothing_can_go(booth)
            assert server.accepted == []
    tally.add("T-13")


async def test_an_old_order_first_seen_by_its_lapsed_payment_gets_no_letter(
    tmp_path: Path,
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            another(date_paid_gmt=stamp(booth.clock.now()))(booth)
            await learns(booth, 900)
            booth.clock.advance(timedelta(hours=2))
            old = unpaid(5, booth.clock.now() - timedelta(hours=3), status="failed")
            booth.shop.records[5] = {**old, "billing": booth.shop.records[1]["billing"]}
            booth.shop.change(5, booth.clock.now())
            await learns(booth, 5)
            await nothing_can_go(booth)


@pytest.mark.parametrize("what", ["a plugin's mark", "the guest's new account", "nothing"])
async def test_a_plugins_write_takes_no_letter_from_who_did_not_buy(
    what: str, tmp_path: Path
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            booth.shop.change(1, booth.clock.now(), **WRITES[what])
            assert (await booth.desk.send_now(await booth.ids())).sent == 1


async def test_who_buys_and_then_changes_another_cart_is_reminded_of_that_one(
    tmp_path: Path,
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            another(date_paid_gmt=stamp(booth.clock.now()))(booth)
            await learns(booth, 900)
            booth.clock.advance(timedelta(hours=1))
            booth.shop.change(1, booth.clock.now(), payment_method="cod", total="99.00")
            await learns(booth, 1)
            booth.clock.advance(timedelta(hours=2))
            await learns(booth, 1)
            assert await booth.states() == [ReminderState.READY]


@pytest.mark.parametrize("how", UNREADABLE)
async def test_while_the_answer_may_hide_a_purchase_the_letter_is_kept(
    how: str, tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            await booth.desk.approve(number, hold=False)
            if "same customer" in how:
                booth.shop.change(1, booth.clock.now() - timedelta(hours=2), customer_id=77)
            UNREADABLE[how](booth)
            for _ in range(2):  # what was in quarantine already is no better read the second time
                report = await booth.desk.send_now([number])
                assert (report.kept, report.sent) == (1, 0)
                letter = await booth.one()
                assert letter.state is ReminderState.READY
                assert letter.said.startswith("Not sent: ")
            assert (server.accepted, server.verbs.count("mail")) == ([], 0)
    tally.add("T-13")


async def test_an_unreadable_order_of_somebody_else_keeps_no_letter(tmp_path: Path) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            another("susana1@example.org", status=None)(booth)
            assert (await booth.desk.send_now(await booth.ids())).sent == 1


async def test_when_the_shop_cannot_be_asked_nothing_goes_and_every_letter_says_why(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port, carts=3) as booth:
            ids = await booth.ids()
            booth.shop.down = True
            report = await booth.desk.send_now(ids)
            assert (report.kept, report.sent) == (3, 0)
            for letter in await booth.letters():
                assert letter.state is ReminderState.READY
                assert "the shop could not be asked first" in letter.said
            assert server.connections == 0
            assert booth.shop.asked == 2  # the order and the person, once: not for each letter
    tally.add("T-13")


class Interrupts(SmtpMailer):
    """The real mailer; something happens while the letter is being written."""

    def __init__(self, server: FaultySmtp, what: Callable[[], None]) -> None:
        super().__init__(settings_for(server.port).mail, PASSWORD)
        self._what = what

    def send(self, envelope: Envelope, before_dot: Callable[[], None]) -> Outcome:
        def then() -> None:
            self._what()
            before_dot()

        return super().send(envelope, then)


@pytest.mark.parametrize("what", ["marked", "bought"])
async def test_what_is_learnt_during_the_dialog_still_stops_the_dot(
    what: str, tmp_path: Path, tally: Tally
) -> None:
    """The merchant's other window, or a poll, is faster than the mail server."""
    booths: list[Booth] = []

    def meanwhile() -> None:
        (booth,) = booths
        now = booth.clock.now()
        if what == "marked":
            booth.ledger.call(lambda b: b.outbox.suppress("ana1@example.org", "wrote to us", now))
            return
        booth.shop.change(1, now, status="processing")
        booth.ledger.call(lambda book: book.orders.save([booth.shop.records[1]], now))
        booth.ledger.call(lambda book: settle(book, booth.settings.sequence, now))

    with FaultySmtp() as server:
        mailer = Interrupts(server, meanwhile)
        async with open_booth(tmp_path, server.port, mailer=lambda: mailer) as booth:
            booths.append(booth)
            report = await booth.desk.send_now(await booth.ids())
            assert (report.sent, report.unsure) == (0, 0)
            assert (server.accepted, server.dots) == ([], 0)
            booth.clock.advance(timedelta(minutes=2))
            await booth.desk.tick()
            queue = await booth.desk.queue()
            assert queue.ready == 0
    tally.add("T-13")


async def test_a_letter_to_an_address_the_shopper_corrected_is_shown_again_first(
    tmp_path: Path,
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            await booth.desk.approve(number, hold=False)
            order = booth.shop.records[1]
            corrected = {**order["billing"], "email": "ana@example.net"}
            booth.shop.change(1, booth.clock.now() - timedelta(hours=2), billing=corrected)
            report = await booth.desk.send_now([number])
            assert (report.kept, report.sent) == (1, 0)
            assert "changed the address" in (await booth.one()).said
            assert server.accepted == []
            assert (await booth.desk.preview(number)).to == "ana@example.net"
            assert (await booth.desk.send_now([number])).sent == 1
            assert b"To: Ana Number 1 <ana@example.net>" in server.accepted[0]


async def test_one_persons_reason_to_wait_does_not_keep_the_others_letters(
    tmp_path: Path,
) -> None:
    with FaultySmtp() as server:
        async with open_booth(tmp_path, server.port, carts=3) as booth:
            ids = await booth.ids()
            for number in ids:
                await booth.desk.approve(number, hold=False)
            order = booth.shop.records[2]
            other = {**order["billing"], "email": "other@example.org"}
            booth.shop.change(2, booth.clock.now() - timedelta(hours=2), billing=other)
            report = await booth.desk.send_now(ids)
            assert (report.sent, report.kept) == (2, 1)
            assert len(server.accepted) == 2


async def test_a_deferred_letter_is_asked_about_again_before_it_goes(
    tmp_path: Path, tally: Tally
) -> None:
    with FaultySmtp({"rcpt": [Fault(b"450 4.2.0 greylisted\r\n")]}) as server:
        async with open_booth(tmp_path, server.port) as booth:
            number = (await booth.one()).id
            await booth.desk.send_now([number])
            assert await booth.states() == [ReminderState.DEFERRED]
            booth.clock.advance(timedelta(minutes=20))
            await booth.desk.tick()
            assert await booth.states() == [ReminderState.READY]  # not sent by itself
            booth.shop.change(1, booth.clock.now(), status="processing")
            await booth.desk.send_now([number])
            assert await booth.states() == [ReminderState.CANCELLED]
            assert server.accepted == []
    tally.add("T-13")

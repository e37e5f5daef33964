"""What a merchant does at the desk, over a real shop, mail server and ledger."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from cartdesk.demo.cast import BUYS_BETWEEN, FULL, GONE
from cartdesk.desk import NotPossible
from cartdesk.domain.model import CartState, Evidence, ReminderState
from cartdesk.domain.ports import StoreError
from cartdesk.domain.settings import Audience, ConsentSettings, SenderSettings
from cartdesk.domain.views import Light, QueueItem, Verdict
from tests.desks import Bench, open_bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


def of(items: list[QueueItem], email: str) -> QueueItem:
    return next(item for item in items if item.row.email == email)


def plain_text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_a_letter_goes_out_exactly_as_it_was_shown(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    await bench.desk.approve(item.reminder.id)
    shown = await bench.desk.preview(item.reminder.id)
    await bench.desk.send_now([item.reminder.id])
    (mail,) = bench.mails()
    after = await bench.desk.preview(item.reminder.id)
    assert after.reminder.state is ReminderState.SENT
    assert hashlib.sha256(shown.message).hexdigest() == after.reminder.sha256
    arrived = message_from_bytes(mail, policy=policy.default)
    sent = message_from_bytes(shown.message, policy=policy.default)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe"):
        assert arrived[name] == sent[name]
    assert plain_text(arrived) == plain_text(sent)


async def test_a_letter_that_changed_after_it_was_shown_is_shown_again_first(
    bench: Bench,
) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    number = item.reminder.id
    shown = await bench.desk.preview(number)
    order = bench.world.shop.orders[item.row.id]
    order.address["first_name"] = "Anastasia"
    bench.world.shop.touch(order, order.modified + timedelta(seconds=1))
    await bench.desk.poll()
    with pytest.raises(NotPossible, match="changed since you saw it"):
        await bench.desk.approve(number)
    again = await bench.desk.preview(number)
    assert again.message != shown.message
    await bench.desk.approve(number)
    assert (await bench.desk.preview(number)).message == again.message


async def test_an_approved_letter_waits_for_its_hold_and_can_be_taken_back(
    bench: Bench,
) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    done = await bench.desk.approve(item.reminder.id)
    assert done.undo
    assert await bench.desk.tick() is None
    assert bench.mails() == []
    await bench.desk.undo()
    bench.world.clock.advance(timedelta(seconds=30))
    assert await bench.desk.tick() is None
    assert bench.mails() == []
    assert of(await bench.sendable(), "ana@example.org").reminder.state is ReminderState.READY


async def test_a_letter_held_long_enough_leaves_by_itself_and_only_once(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    await bench.desk.approve(item.reminder.id)
    bench.world.clock.advance(timedelta(seconds=25))
    report = await bench.desk.tick()
    assert report is not None
    assert report.sent == 1
    bench.world.clock.advance(timedelta(seconds=25))
    assert await bench.desk.tick() is None
    assert len(bench.mails()) == 1


async def test_a_hold_that_ran_out_while_nobody_was_there_sends_nothing(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    await bench.desk.approve(item.reminder.id)
    bench.world.clock.advance(timedelta(hours=8))
    assert await bench.desk.tick() is None
    assert bench.mails() == []
    shown = of(await bench.sendable(), "ana@example.org")
    assert "nobody was there" in shown.reminder.said


async def test_who_buys_between_approval_and_sending_gets_no_letter(bench: Bench) -> None:
    item = of(await bench.sendable(), BUYS_BETWEEN)
    await bench.desk.approve(item.reminder.id)
    bench.world.buy(item.row.id)
    report = await bench.desk.send_now([item.reminder.id])
    assert (report.sent, report.cancelled) == (0, 1)
    assert bench.mails() == []
    detail = await bench.desk.cart(item.row.id)
    assert detail.row.state is CartState.RECOVERED
    assert detail.row.evidence is Evidence.BY_THEMSELVES
    assert any("bought meanwhile" in moment.sentence for moment in detail.timeline)


async def test_when_the_shop_cannot_be_asked_nothing_is_sent_and_the_letter_says_why(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        item = of(await bench.sendable(), "ana@example.org")
        await bench.desk.approve(item.reminder.id)
        await bench.world.store.stop()
        report = await bench.desk.send_now([item.reminder.id])
        assert (report.sent, report.kept) == (0, 1)
        assert bench.mails() == []
        kept = of(await bench.sendable(), "ana@example.org")
        assert "the shop could not be asked first" in kept.reminder.said


async def test_the_servers_words_stand_beside_a_refused_and_a_deferred_letter(
    bench: Bench,
) -> None:
    await bench.pass_time(timedelta(hours=14))
    ready = await bench.sendable()
    ids = [of(ready, email).reminder.id for email in (GONE, FULL)]
    report = await bench.desk.send_now(ids)
    assert (report.refused, report.deferred, report.sent) == (1, 1, 0)
    queue = await bench.desk.queue()
    gone = next(item for item in queue.items if item.reminder.id == ids[0])
    full = next(item for item in queue.items if item.reminder.id == ids[1])
    assert gone.reminder.said == "refused: 550 5.1.1 No such user here"
    assert full.reminder.said == "deferred: 452 4.2.2 Mailbox full, try again later"
    assert full.reminder.not_before is not None
    detail = await bench.desk.cart(gone.row.id)
    assert detail.person.stopped.startswith("the address was refused")


async def test_a_person_gets_the_next_letter_a_day_later_and_comes_back_by_its_link(
    bench: Bench,
) -> None:
    item = of(await bench.sendable(), "liisa.makinen@example.org")
    await bench.desk.send_now([item.reminder.id])
    await bench.pass_time(timedelta(hours=19))
    assert all(one.row.id != item.row.id for one in await bench.sendable())
    await bench.pass_time(timedelta(hours=2))
    second = of(await bench.sendable(), "liisa.makinen@example.org")
    assert (second.reminder.step, second.reminder.letter) == (2, "any-questions")
    await bench.desk.send_now([second.reminder.id])
    await bench.pass_time(timedelta(hours=12))
    detail = await bench.desk.cart(item.row.id)
    assert detail.row.state is CartState.RECOVERED
    assert detail.row.evidence is Evidence.CAMPAIGN
    first, answer = (message_from_bytes(mail, policy=policy.default) for mail in bench.mails())
    assert answer["In-Reply-To"] == first["Message-ID"]


async def test_skip_later_and_stop_can_each_be_taken_back(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    number = item.reminder.id
    later = bench.desk.later_choices()[0][1]
    for action in (
        bench.desk.skip(number),
        bench.desk.later(number, later),
        bench.desk.stop(item.row.id),
    ):
        done = await action
        assert done.undo
        assert all(one.reminder.id != number for one in await bench.sendable())
        await bench.desk.undo()
        assert of(await bench.sendable(), "ana@example.org").reminder.id == number


async def test_a_letter_put_off_comes_back_in_its_time(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    await bench.desk.later(item.reminder.id, bench.desk.later_choices()[0][1])
    bench.world.clock.advance(timedelta(hours=2, minutes=1))
    await bench.desk.tick()
    assert of(await bench.sendable(), "ana@example.org").reminder.id == item.reminder.id


async def test_an_edited_letter_goes_out_edited_and_a_broken_edit_changes_nothing(
    bench: Bench,
) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    number = item.reminder.id
    with pytest.raises(NotPossible, match="first_nam"):
        await bench.desk.edit(number, "Subject: Hi\n\nHello {{ first_nam }}\n")
    assert (await bench.desk.preview(number)).reminder.source == ""
    await bench.desk.edit(number, "Subject: Still here\n\n{{ greeting }} [Back]({{ link }})\n")
    await bench.desk.send_now([number])
    assert message_from_bytes(bench.mails()[0], policy=policy.default)["Subject"] == "Still here"


@pytest.mark.parametrize(
    ("audience", "basis"), [(Audience.CONSENT, 1), (Audience.CUSTOMER, 2), (Audience.EVERYONE, 3)]
)
async def test_letters_go_only_to_whom_the_merchants_rule_allows(
    tmp_path: Path, audience: Audience, basis: int
) -> None:
    async with open_bench(tmp_path) as bench:
        rule = ConsentSettings(audience, "_marketing_consent")
        other = bench.another(settings=replace(bench.settings, consent=rule))
        await bench.pass_time(timedelta(hours=14))
        if audience is Audience.EVERYONE:
            held = await other.why(
                next(i for i in (await other.queue()).items if i.row.country == "NL").row.id
            )
            assert "the usual rule in NL" in next(c.sentence for c in held if c.rule == "audience")
            await other.consents.decide("NL", audience, "checked with a Dutch lawyer")
        queue = await other.queue()
        stops = {
            item.row.email: item.stop
            for item in queue.items
            if item.reminder.sequence == "recovery"
        }
        assert (stops["ana@example.org"] is None) is (basis >= 1)
        assert (stops["liisa.makinen@example.org"] is None) is (basis >= 2)
        assert (stops["noor@example.org"] is None) is (basis >= 3)
        await other.close()


async def test_nothing_can_be_approved_before_somebody_chose_who_may_get_letters(
    tmp_path: Path,
) -> None:
    async with open_bench(tmp_path) as bench:
        settings = replace(bench.settings, consent=ConsentSettings())
        undecided = bench.another(settings=settings)
        ready = await bench.sendable()
        assert {item.reminder.sequence for item in ready} == {"recovery", "payment"}
        for item in ready:
            with pytest.raises(NotPossible, match="nobody has chosen yet"):
                await undecided.approve(item.reminder.id)
        await undecided.close()


async def test_nothing_can_be_approved_without_a_senders_postal_address(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        sender = SenderSettings(name="Oak & Tin", email="hello@oakandtin.example")
        incomplete = bench.another(settings=replace(bench.settings, sender=sender))
        item = of(await bench.sendable(), "ana@example.org")
        with pytest.raises(NotPossible, match="postal address"):
            await incomplete.approve(item.reminder.id)
        await incomplete.close()


async def test_the_daily_cap_keeps_letters_and_says_so(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        mail = replace(bench.settings.mail, daily_cap=1)
        capped = bench.another(settings=replace(bench.settings, mail=mail))
        items = await bench.sendable()
        first, second = (item.reminder.id for item in items[:2])
        report = await capped.send_now([first])
        assert report.sent == 1
        with pytest.raises(NotPossible, match="your limit is 1"):
            await capped.approve(second)
        await capped.close()


async def test_read_only_changes_nothing(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    careful = bench.another(read_only=True)
    for action in (
        careful.approve(item.reminder.id),
        careful.skip(item.reminder.id),
        careful.send_now([item.reminder.id]),
        careful.stop(item.row.id),
    ):
        with pytest.raises(NotPossible, match="read-only"):
            await action
    assert await careful.tick() is None
    await careful.close()
    assert of(await bench.sendable(), "ana@example.org").reminder.state is ReminderState.READY


async def test_of_two_windows_one_sends_and_the_other_says_so(bench: Bench) -> None:
    from filelock import FileLock

    from cartdesk.work.sending import lock_path

    item = of(await bench.sendable(), "ana@example.org")
    ledger = bench.directory / "ledger" / "ledger.sqlite3"
    with (
        FileLock(lock_path(ledger)),
        pytest.raises(NotPossible, match="Another cartdesk window is sending"),
    ):
        await bench.desk.send_now([item.reminder.id])
    assert bench.mails() == []


async def test_two_windows_cannot_both_approve_one_letter(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    other = bench.another()
    await other.start()
    await bench.desk.approve(item.reminder.id)
    with pytest.raises(NotPossible, match="cannot"):
        await other.approve(item.reminder.id)
    bench.world.clock.advance(timedelta(seconds=25))
    reports = [await other.tick(), await bench.desk.tick()]
    assert sum(report.sent for report in reports if report) == 1
    assert len(bench.mails()) == 1
    await other.close()


async def test_closing_the_program_takes_held_letters_back(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        other = bench.another()
        item = of(await bench.sendable(), "ana@example.org")
        await other.approve(item.reminder.id)
        await other.close()
        again = of(await bench.sendable(), "ana@example.org")
        assert again.reminder.said == "cartdesk was closed before it left"


async def test_every_cart_says_why_it_is_in_the_queue_or_not(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    assert all(check.verdict is Verdict.OK for check in await bench.desk.why(item.row.id))
    await bench.desk.send_now([item.reminder.id])
    stops = [one for one in await bench.desk.why(item.row.id) if one.verdict is Verdict.STOP]
    assert [stop.rule for stop in stops] == ["sequence"]
    assert stops[0].mend.startswith("due in")
    with pytest.raises(NotPossible, match="no cart 999999"):
        await bench.desk.why(999999)


async def test_the_light_tells_when_the_shop_cannot_be_asked(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        assert bench.desk.status().light is Light.FRESH
        await bench.world.store.stop()
        with pytest.raises(StoreError):
            await bench.desk.poll()
        status = bench.desk.status()
        assert status.light is Light.OFFLINE
        assert status.problem
        assert status.next is not None
        assert status.next > bench.world.clock.now()
        assert (await bench.desk.queue()).items


async def test_a_bank_transfer_is_a_purchase_and_a_robot_nobody(bench: Bench) -> None:
    await bench.pass_time(timedelta(hours=60), every=timedelta(hours=2))
    never = bench.world.expected.never
    ever = {str(row["email"]) for row in [one async for one in bench.desk.export("letters")]}
    queue = await bench.desk.queue()
    sendable = {item.row.email for item in queue.items if item.stop is None}
    assert not never & (ever | sendable)


async def test_an_unsure_letter_is_never_sent_again_by_itself(bench: Bench) -> None:
    item = of(await bench.sendable(), "ana@example.org")
    number = item.reminder.id
    await bench.desk.approve(number)
    frozen = (await bench.desk.preview(number)).message
    ledger = bench.another()
    now = bench.world.clock.now()

    def die_after_the_dot(book: object) -> None:
        from cartdesk.adapters.ledger import Book

        assert isinstance(book, Book)
        for event in ("claim", "body-written"):
            reminder = book.outbox.get(number)
            assert reminder is not None
            book.outbox.move(reminder, event, now)

    await ledger._ledger(die_after_the_dot)
    await ledger.close()
    other = of(await bench.sendable(), "liisa.makinen@example.org")
    await bench.desk.send_now([other.reminder.id])
    unsure = (await bench.desk.preview(number)).reminder
    assert unsure.state is ReminderState.UNSURE
    bench.world.clock.advance(timedelta(days=2))
    await bench.desk.tick()
    assert len(bench.mails()) == 1
    await bench.desk.settle(number, "again")
    assert (await bench.desk.preview(number)).message == frozen
    report = await bench.desk.send_now([number])
    assert report.sent == 1
    assert len(bench.mails()) == 2


async def test_a_current_shop_shows_orders_only_after_place_order(tmp_path: Path) -> None:
    async with open_bench(tmp_path, woo="new") as bench:
        await bench.pass_time(timedelta(hours=24), every=timedelta(hours=2))
        page = await bench.desk.carts()
        assert page.rows
        assert all(row.lane != "draft" for row in page.rows)
        figures = bench.desk.figures
        assert "before “Place order”" in (await figures.report(figures.last(30))).coverage.sentence

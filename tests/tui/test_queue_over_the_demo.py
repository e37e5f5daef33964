"""The Queue over a real desk: real shop, real mail server, real ledger, real key presses."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from textual import events
from textual.widgets import TextArea

from cartdesk.domain.model import ReminderState
from cartdesk.tui.cart import CartScreen
from cartdesk.tui.rows import RowList
from tests.tui.screens import Shown, demo, settled, until


@pytest.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    async with demo(tmp_path) as opened:
        yield opened


async def states(shown: Shown) -> list[ReminderState]:
    return [item.reminder.state for item in (await shown.bench.desk.queue()).items]


async def wait_out_the_hold(shown: Shown) -> None:
    shown.world.clock.advance(timedelta(seconds=21))
    shown.app.rounds.second()
    await settled(shown.pilot)


async def test_nothing_leaves_but_by_a_key_and_a_hold_let_run_out_or_a_yes(
    shown: Shown,
) -> None:
    ready = (await shown.bench.desk.queue()).ready
    assert ready > 0
    await shown.sees(f"READY {ready}", "Subject", "Checks", "a Approve", "? Help", "^p Commands")
    await shown.press("a")
    await shown.sees("sends in 20 s · u to undo", "HELD 1", "Approved the letter")
    await shown.press("u")
    await shown.sees("Took back")
    await until(shown.pilot, lambda: "HELD" not in shown.text)
    await wait_out_the_hold(shown)
    assert not shown.bench.mails()
    await shown.press("a")
    await shown.sees("HELD 1")
    await wait_out_the_hold(shown)
    await until(shown.pilot, lambda: len(shown.bench.mails()) == 1)
    await until(shown.pilot, lambda: "HELD" not in shown.text)

    # sending now and approving all do nothing before a yes
    await shown.press("S", "enter")
    assert len(shown.bench.mails()) == 1
    await shown.press("S")
    await shown.sees("Send this letter now?", "cannot be taken back")
    await shown.press("y")
    await until(shown.pilot, lambda: len(shown.bench.mails()) == 2)
    ready = (await shown.bench.desk.queue()).ready
    await shown.press("A")
    await shown.sees(f"Approve {ready} letters?", "The baskets add up to", "Cancel (n)")
    await shown.press("enter")
    assert ReminderState.HELD not in await states(shown)
    await shown.press("A", "y")
    await until(shown.pilot, lambda: f"HELD {ready}" in shown.text)
    await shown.press("u")
    await until(shown.pilot, lambda: f"READY {ready}" in shown.text)
    assert len(shown.bench.mails()) == 2

    # what went out can be read again beside its cart
    cart = next(each.id for each in (await shown.bench.desk.carts()).rows if each.letters_sent)
    await shown.app.push_screen(CartScreen(cart, "queue"))
    await shown.sees("LETTERS", "✉ sent", "p Read letter")
    await shown.press("p", "right", "right")
    (letter,) = [
        each for each in (await shown.bench.desk.cart(cart)).letters if each.sent_at is not None
    ]
    await shown.sees("Source")
    shown_bytes = (await shown.bench.desk.preview(letter.id)).message
    assert hashlib.sha256(shown_bytes).hexdigest() == letter.sha256


async def test_an_edit_a_skip_a_delay_and_a_stop_are_kept_and_can_be_taken_back(
    shown: Shown,
) -> None:
    await shown.press("e")
    await shown.sees("only this one", "can be kept: ctrl+s")
    area = shown.app.screen.query_one(TextArea)
    good = area.text
    area.insert("{{ nobody }}", area.document.end)
    await shown.sees("✗", "nobody")
    await shown.press("ctrl+s")
    assert "only this one" in shown.text
    area.text = good + "\nBye for now"
    await shown.press("ctrl+s")
    await shown.sees("Edited this letter", "your own text", "Bye for now")

    # skip, later and do not contact can each be taken back
    before = len(await states(shown))
    for keys, sentence in (
        (("s",), "Skipped"),
        (("z", "j", "enter"), "Put off"),
        (("d", "y"), "No more letters"),
    ):
        await shown.press(*keys)
        await shown.sees(sentence)
        assert len(await states(shown)) < before
        await shown.press("u")
        await until(shown.pilot, lambda: f"Queue·{before}" in shown.text)


async def test_the_cursor_stays_on_its_letter_and_every_screen_works_even_when_the_shop_is_gone(
    shown: Shown,
) -> None:
    await shown.press("j")
    listing = shown.app.screen.query_one(RowList)
    key, many = listing.key, listing.option_count
    shown.world.clock.advance(timedelta(hours=9))
    await shown.press("r")
    await until(shown.pilot, lambda: listing.option_count > many)
    assert listing.key == key
    await shown.world.store.stop()
    await shown.press("r")
    await shown.sees("▲ offline", "r asks again", "READY")
    assert listing.key == key
    for number, words in (
        ("2", "abandoned"),
        ("3", "ALL"),
        ("4", "before:"),
        ("5", "Subject"),
        ("6", "a demo: nothing leaves this computer"),
    ):
        await shown.press(number)
        await shown.sees(words)
    await shown.press("2", "enter")
    await shown.sees("STORY", "Person")
    await shown.press("escape", "1", "p", "right", "right")
    await shown.sees("MIME-Version: 1.0")


async def test_quitting_with_a_held_letter_asks_and_gives_it_back(tmp_path: Path) -> None:
    async with demo(tmp_path) as shown:
        await shown.press("a")
        await shown.sees("HELD 1")
        await shown.press("ctrl+q")
        await shown.sees("1 letter is held")
        await shown.press("n")
        assert shown.app.is_running
        await shown.press("ctrl+q")
        await shown.pilot.press("y")
        bench = shown.bench
    again = bench.another()
    try:
        await again.start()
        assert (await again.queue()).held == 0
    finally:
        await again.close()
    assert not bench.mails()


async def test_words_typed_in_one_go_filter_and_press_no_key_of_the_list(shown: Shown) -> None:
    await shown.sees("READY")
    driver = shown.app._driver
    assert driver is not None
    for key, character in (("slash", "/"), *((each, each) for each in "as6uA")):
        driver.send_message(events.Key(key, character))
    await settled(shown.pilot)
    assert set(await states(shown)) == {ReminderState.READY}
    assert len(shown.app.screen_stack) == 1
    assert not any(shown.app.screen.check_action(key, ()) for key in ("approve", "skip", "later"))
    await shown.press("escape", "slash", "t", "o", "m")
    await until(shown.pilot, lambda: "Lena" not in shown.text and "Tom Weir" in shown.text)


async def test_when_the_provider_stops_the_account_the_queue_says_so_and_c_goes_on(
    shown: Shown,
) -> None:
    await shown.sees("READY")
    address = (await shown.bench.sendable())[0].row.email
    shown.world.sink.refusals[address] = "550 5.4.5 Daily sending limit exceeded"
    await shown.press("S")
    await shown.press("y")
    await shown.sees("Daily sending limit exceeded", "c lets letters go out again", "c Send on")
    assert not shown.bench.mails()
    await shown.press("c")
    await until(shown.pilot, lambda: "c lets letters" not in shown.text)

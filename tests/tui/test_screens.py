"""The other screens: carts, a cart, feedback, metrics, letters, settings, help, palette."""

from __future__ import annotations

import stat
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input

from cartdesk.adapters.browser import browse
from cartdesk.domain.views import Light, Preview
from cartdesk.tui import links
from cartdesk.tui.app import CartdeskApp
from cartdesk.tui.rows import RowList
from tests.tui.sample_desk import SampleDesk
from tests.tui.screens import NARROW, Press, sample, settled, text_of, toasts, until


async def press(pilot: Press, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def noting(opened: list[str]) -> Callable[[str], bool]:
    """Make a browser that only notes what it is to open."""

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    return browse


def shows(pilot: Press, words: str) -> bool:
    return words in text_of(pilot)


async def test_every_screen_has_its_number_and_comes_back_as_it_was() -> None:
    async with sample() as pilot:
        await press(pilot, "2", "j", "j")
        for number, words in (
            ("3", "WAITING 2"),
            ("4", "THE LAST 30 DAYS"),
            ("5", "AS IT WILL READ"),
            ("6", "Settings"),
        ):
            await press(pilot, number)
            await until(pilot, partial(shows, pilot, words))
        await press(pilot, "2")
        await until(pilot, lambda: pilot.app.screen.query_one(RowList).key == "3")


async def test_of_50000_carts_a_window_of_500_is_listed_and_says_so() -> None:
    async with sample(SampleDesk(many=50_000)) as pilot:
        await press(pilot, "2")
        assert "CARTS 500 of 50,000 shown, narrow with /" in text_of(pilot)
        assert pilot.app.screen.query_one(RowList).option_count == 500
        await press(pilot, "right_square_bracket")
        assert "501-1,000 of 50,000" in text_of(pilot)
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert "CARTS 500 of 50,000" in text_of(pilot)


async def test_a_cart_filter_not_understood_is_named_and_one_that_finds_nothing_says_so() -> None:
    async with sample() as pilot:
        await press(pilot, "2", "slash", *"state:gone")
        await until(pilot, lambda: "there is no state 'gone'" in text_of(pilot))
        pilot.app.screen.query_one(Input).value = "nobody"
        await until(pilot, lambda: "No cart matches this filter" in text_of(pilot))
        await press(pilot, "escape")
        await until(pilot, lambda: "CARTS 41" in text_of(pilot))


async def test_a_cart_tells_person_basket_story_and_what_stops_it() -> None:
    async with sample() as pilot:
        await press(pilot, "2", "enter")
        shown = text_of(pilot)
        for words in (
            "Ana Petrova",
            "1 × Oak serving board",
            "first seen",
            "○ step 3",
            "✗ No cons",
        ):
            assert words in shown
        await press(pilot, "i")
        assert "Quiet for 72 min, the cut-off is 60" in text_of(pilot)
        await press(pilot, "escape", "escape")
        assert "CARTS 41" in text_of(pilot)


async def test_a_link_is_shown_in_full_and_opens_only_after_a_yes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(links, "browse", noting(opened))
    async with sample() as pilot:
        await press(pilot, "2", "enter", "w")
        assert "https://oakandtin.example/checkout/order-pay/1042/" in text_of(pilot)
        await press(pilot, "enter")
        assert not opened
        await press(pilot, "w", "y")
        await until(pilot, lambda: bool(opened))
    assert opened[0].startswith("https://oakandtin.example/checkout/order-pay/1042/?pay")


async def test_without_a_browser_the_link_and_the_file_to_open_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(using: str | None = None) -> webbrowser.BaseBrowser:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr("webbrowser.get", none)
    async with sample() as pilot:
        await press(pilot, "2", "enter", "w", "y")
        await until(pilot, lambda: "There is no browser here" in text_of(pilot))
        assert "https://oakandtin.example/checkout/order-pay/1042/" in text_of(pilot)
        assert "Opened" not in toasts(pilot)
        await press(pilot, "escape", "escape", "1", "p", "w", "y")
        await until(pilot, lambda: "There is no browser here" in text_of(pilot))
        assert ".html" in text_of(pilot)
        assert "Showed" not in toasts(pilot)


def test_a_browser_that_would_draw_over_the_screens_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("webbrowser.get", lambda: webbrowser.GenericBrowser("w3m"))
    assert not browse("https://oakandtin.example")


async def test_the_whole_problem_is_said_on_a_key_and_in_the_settings() -> None:
    async with sample(SampleDesk(light=Light.OFFLINE), NARROW) as pilot:
        assert "Look whether the site opens" not in text_of(pilot)
        assert "! says more" in text_of(pilot)
        await press(pilot, "exclamation_mark")
        assert "Look whether the site opens in a browser." in text_of(pilot)
        await press(pilot, "escape", "6")
        assert "Look whether the site opens in a browser." in text_of(pilot)


@pytest.mark.parametrize("key", ["right", "tab"])
async def test_the_headers_of_a_letter_are_shown_decoded_and_the_source_as_it_is(key: str) -> None:
    class Accents(SampleDesk):
        async def preview(self, reminder_id: int) -> Preview:
            given = await super().preview(reminder_id)
            start, end = given.message.split(b"To: ", 1)
            to = b"To: =?utf-8?b?w4RuZSBNw7xsbGVy?= <"
            message = start + to + end.split(b"\n", 1)[0] + b">\n" + end.split(b"\n", 1)[1]
            return replace(given, message=message)

    async with sample(Accents(), NARROW) as pilot:
        await press(pilot, "p")
        assert "←→ Text, headers, source" in text_of(pilot)
        await press(pilot, key)
        assert "To: Äne Müller <" in text_of(pilot)
        await press(pilot, key)
        assert "To: =?utf-8?b?w4RuZSBNw7xsbGVy?=" in text_of(pilot)
        await press(pilot, "left")
        assert "To: Äne Müller <" in text_of(pilot)


async def test_a_link_that_is_no_web_address_is_never_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(links, "browse", noting(opened))
    desk = SampleDesk()
    async with sample(desk) as pilot:
        for link in ("javascript:alert(1)", "file:///etc/passwd", "//evil", "http://["):
            desk.link = link
            await press(pilot, "w")
            await until(pilot, lambda: "Not opened" in toasts(pilot))
            await press(pilot, "y", "x")  # y copies, and x shows that no question waits
            assert "MARKED" in text_of(pilot)
            pilot.app.clear_notifications()
            await press(pilot, "escape")
    assert not opened


async def test_the_exact_letter_is_shown_and_its_html_opens_from_a_private_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(links, "browse", noting(opened))
    async with sample() as pilot:
        await press(pilot, "j", "p")
        assert "Hello Ana," in text_of(pilot)
        await press(pilot, "right")
        assert "List-Unsubscribe: <mailto:" in text_of(pilot)
        await press(pilot, "right")
        assert "=-cartdesk-sample-=" in text_of(pilot)
        await press(pilot, "w")
        assert "private file" in text_of(pilot)
        assert not opened
        await press(pilot, "y")
        await until(pilot, lambda: bool(opened))
        file = Path(opened[0].removeprefix("file://"))
        assert "<p>Hello 3</p>" in file.read_text()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.exists()


async def test_feedback_shows_a_piece_and_opens_its_cart() -> None:
    async with sample() as pilot:
        await press(pilot, "3")
        assert "I would buy if it was free." in text_of(pilot)
        await press(pilot, "o")
        await until(pilot, lambda: "STORY" in text_of(pilot))


async def test_help_lists_the_live_keys_and_can_be_searched() -> None:
    async with sample() as pilot:
        await press(pilot, "question_mark")
        assert "Send this letter after a short hold" in text_of(pilot)
        await press(pilot, *"take back")
        assert "Take back the last thing you did" in text_of(pilot)
        assert "Send this letter after a short hold" not in text_of(pilot)


async def test_the_palette_runs_the_commands_of_the_screen() -> None:
    desk = SampleDesk()
    async with sample(desk) as pilot:
        await press(pilot, "ctrl+p", *"go to metrics")
        await until(pilot, lambda: "Go to Metrics" in text_of(pilot))
        await press(pilot, "enter")
        await until(pilot, lambda: "THE LAST 30 DAYS" in text_of(pilot))


async def test_every_screen_says_that_the_shop_is_gone_and_keeps_its_keys_in_sight() -> None:
    async with sample(SampleDesk(light=Light.OFFLINE), NARROW) as pilot:
        for number in "123456":
            await press(pilot, number)
            await until(pilot, lambda: "? Help" in text_of(pilot) and "^q Quit" in text_of(pilot))
            assert "▲" in text_of(pilot).splitlines()[0]
            assert "The shop did not answer within 20 s." in text_of(pilot)


@pytest.mark.parametrize("theme", ["ansi-dark", "cartdesk-light", "unknown"])
async def test_the_cursor_and_the_states_can_be_seen_without_colour(
    theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    desk = SampleDesk()
    app = CartdeskApp(desk, clock=desk.clock, theme=theme)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, app.started.is_set)
        await settled(pilot)
        shown = text_of(pilot)
    for sign in ("▸", "○1042", "◔1027", "✗1024", "?1021", "[1 Queue·8]"):
        assert sign in shown


async def test_what_cannot_be_done_is_one_line_and_not_told_twice_in_a_row() -> None:
    async with sample(SampleDesk(empty=True)) as pilot:
        await press(pilot, "u", "5", "n", "enter", "a", "enter")
        await until(pilot, lambda: "Not made: this is a sample." in toasts(pilot))
        assert toasts(pilot).count("There is nothing to undo.") == 1
        await press(pilot, "u")  # what was told goes, and it is told again
        assert toasts(pilot).count("There is nothing to undo.") == 1

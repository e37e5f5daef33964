"""The Letters screen: templates edited, tried, compared and taken back, each by its key."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.widgets import TextArea

from cartdesk.tui.app import CartdeskApp
from cartdesk.tui.template import TemplateScreen
from tests.tui.screens import NARROW, Shown, demo, sample, settled, text_of, toasts, until

NAME = "friendly-reminder"


@pytest.fixture(autouse=True)
def judged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge a text as soon as nothing is typed."""
    monkeypatch.setattr("cartdesk.tui.edit._PAUSE", 0.001)


def folder(shown: Shown) -> Path:
    return shown.bench.directory / "letters"


async def type_in(shown: Shown, text: str) -> None:
    shown.app.screen.query_one(TextArea).text = text
    await shown.pilot.pause()


async def at_the_reminder(shown: Shown) -> str:
    """Go to Letters, open the first reminder and give its text."""
    await shown.press("5", "j", "e")
    await shown.sees("friendly reminder", "AS IT WILL READ", "can be saved")
    return shown.app.screen.query_one(TextArea).text


async def test_a_letter_is_edited_checked_saved_compared_and_taken_back(tmp_path: Path) -> None:
    async with demo(tmp_path) as shown:
        good = await at_the_reminder(shown)
        mine = folder(shown) / "en" / f"{NAME}.md"

        await type_in(shown, f"{good}\n\nBye from {{{{ nickname }}}}\n")
        await shown.sees("✗ Line 27: There is no field nickname")
        await type_in(shown, f"{good}\n[Us](https://elsewhere.example/x)\n")
        await shown.sees("! Line 26: A link leads to elsewhere.example")
        await type_in(shown, good.replace("({{ link }})", "(tel:123)"))
        await shown.sees("✗ The way back is missing")
        await shown.press("escape")
        await shown.sees("Throw your changes away?")
        await shown.press("n")

        # a broken text is kept beside, the letter in use stays as it was
        await type_in(shown, f"{good}\nBye from {{{{ nickname }}}}\n")
        await shown.press("ctrl+s")
        await shown.sees("Kept as a draft", "the last whole version is in use")
        assert not mine.exists()
        assert "nickname" in mine.with_suffix(".draft").read_text("utf-8")
        await shown.press("escape")
        await shown.sees("! draft")
        await shown.press("enter")
        await shown.sees("A draft that could not be sent yet", "nickname")

        await type_in(shown, good.replace("Kind regards", "See you"))
        await shown.sees("can be saved")
        await shown.press("ctrl+s")
        await shown.sees("Saved: letters are written with it")
        assert "See you" in mine.read_text("utf-8")
        assert mine.stat().st_mode & 0o077 == 0
        assert not mine.with_suffix(".draft").exists()
        await shown.press("escape")
        await shown.sees("✎ yours")

        # the Queue writes with it at once
        await shown.press("1", "j")
        await shown.sees("Hello Yuki,", "See you,")
        await shown.press("5", "D")
        await shown.sees("Your text (+) beside cartdesk's (-)", "+  See you", "-  Kind regards")
        await shown.press("escape", "x")
        await shown.sees("Back to cartdesk's own letter?")
        await shown.press("y")
        await shown.sees("is cartdesk's own again")
        assert not mine.exists()
        await shown.press("v")
        await shown.sees("Former texts of friendly reminder", "in use until")
        await shown.press("enter")
        await shown.sees("Go back to this text?", "+ See you")
        await shown.press("y")
        await until(shown.pilot, mine.exists)
        assert "See you" in mine.read_text("utf-8")


async def test_a_test_goes_to_the_merchant_alone_and_new_letters_wait_for_a_disk_that_takes_them(
    tmp_path: Path,
) -> None:
    async with demo(tmp_path, NARROW) as shown:
        before = await shown.bench.desk.queue()
        await at_the_reminder(shown)
        await shown.press("f3")
        await shown.sees("2 of")
        area = shown.app.screen.query_one(TextArea)
        area.move_cursor(area.document.end)
        await shown.press("f2", "j", "enter")
        assert area.text.endswith("{{ first_name }}")
        await shown.press("f8")
        address = shown.bench.settings.sender.reply_to or shown.bench.settings.sender.email
        await shown.sees("Send a test of this letter to you?", address)
        await shown.press("enter")
        assert not shown.bench.mails()
        await shown.press("f8", "y")
        await shown.sees(f"Sent a test to {address}")
        await shown.press("escape", "y", "T", "y")
        await until(shown.pilot, lambda: len(shown.bench.mails()) == 2)
        for mail in shown.bench.mails():
            parsed = message_from_bytes(mail, _class=EmailMessage, policy=default)
            assert parsed["To"].addresses[0].addr_spec == address
            assert parsed["X-RcptTo"] in {None, address}
            assert parsed["Subject"].startswith("[Test] You left something")
            assert "List-Unsubscribe" not in parsed
        after = await shown.bench.desk.queue()
        assert [one.reminder for one in after.items] == [one.reminder for one in before.items]
        events = [row async for row in shown.bench.desk.export("events")]
        tested = [row for row in events if row["kind"] == "letter.tested"]
        assert len(tested) == 2
        assert all(row["cart_id"] is None and row["reminder_id"] is None for row in tested)

        await shown.press("n", "enter")
        await shown.pilot.press(*"Spring sale", "enter")
        await shown.sees("spring sale  en", "You left something")
        await type_in(shown, "Subject: Spring\n\n{{ greeting }}\n\n[Back]({{ link }})\n")
        await shown.sees("can be saved")
        # the folder of English letters is gone, and something else has its name
        english = folder(shown) / "en"
        english.rename(folder(shown) / "away")
        english.write_text("no folder")
        await shown.press("ctrl+s")
        await shown.sees("✗ Not saved:", "Mend that, then save again")
        assert "Subject: Spring" in shown.app.screen.query_one(TextArea).text
        english.unlink()
        (folder(shown) / "away").rename(english)
        await shown.press("ctrl+s")
        await shown.sees("Saved:")
        assert (english / "spring-sale.md").read_text("utf-8").startswith("Subject: Spring")

        await shown.press("escape", "n", "j", "enter")
        await shown.pilot.press(*"ET", "enter")
        await shown.sees("Added eesti (et)")
        made = {path.name for path in (folder(shown) / "et").iterdir()}
        assert {"words.toml", "friendly-reminder.md", "spring-sale.md"} <= made
        assert "et/spring-sale" in {row.key for row in await shown.bench.desk.letterdesk.shelf()}
        await shown.press("n", "j", "enter")
        await shown.pilot.press(*"zz", "enter")
        await shown.sees("Name the language by its code")


async def test_whatever_is_typed_the_editor_goes_on_and_nothing_throws_it_away_unasked() -> None:
    wanted: list[str] = []

    @settings(max_examples=15, deadline=None, database=None)
    @given(st.text(max_size=60), st.sampled_from(["", "Subject: ", "Subject: a\n\n{{ link }}\n"]))
    def texts(text: str, before: str) -> None:
        wanted.append(before + text)

    texts()
    async with sample() as pilot:
        await pilot.press("5", "e")
        await settled(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, TemplateScreen)
        for text in ("{{", "Subject: [/]\n\n[@click=app.quit]({{ link }})", "\x1b[2J\0", *wanted):
            screen.query_one(TextArea).text = text
            screen.judge()
            await settled(pilot)
            assert any(sign in text_of(pilot) for sign in "✓✗!")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Not saved: this is a sample" in text_of(pilot))
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Leave without saving?" in text_of(pilot))
        await pilot.press("n")
        assert pilot.app.is_running
        assert screen.query_one(TextArea).text == text


async def test_an_editor_of_ones_own_gets_the_text_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, seen = tmp_path / "editor.py", tmp_path / "seen"
    program.write_text(
        "import os, sys, pathlib\n"
        f"pathlib.Path({str(seen)!r}).write_text(sys.argv[1] + ' ' + repr(dict(os.environ)))\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "assert path.stat().st_mode & 0o077 == 0\n"
        "path.write_bytes(path.read_bytes() + b'by my editor' + os.environ['ENDS'].encode())\n"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {program}")
    monkeypatch.setenv("ENDS", "!")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(CartdeskApp, "suspend", lambda _: nullcontext())
    async with sample() as pilot:
        await pilot.press("5", "e")
        await settled(pilot)
        monkeypatch.setenv("CARTDESK_SMTP_PASSWORD", "hunter2")
        await pilot.press("f4")
        await settled(pilot)
        area = pilot.app.screen.query_one(TextArea)
        assert area.text.endswith("by my editor!")
        name, _, environ = seen.read_text().partition(" ")
        assert "hunter2" not in environ
        assert not Path(name).exists()
        monkeypatch.setenv("EDITOR", "/no/such/editor")
        await pilot.press("f4")
        await until(pilot, lambda: "Your editor could not be started" in toasts(pilot))
        assert area.text.endswith("by my editor!")

"""The phone key: nothing opens before the number was seen and the consent was confirmed."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import pytest

from tests.tui.screens import demo, until


async def test_whatsapp_opens_after_two_answers_and_stands_in_the_story(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened.txt"
    write = f"import sys, pathlib; pathlib.Path({str(opened)!r}).write_text(sys.argv[1])"
    program = webbrowser.GenericBrowser([sys.executable, "-c", write, "%s"])
    monkeypatch.setattr("webbrowser.get", lambda: program)
    async with demo(tmp_path) as shown:
        await shown.press("j", "j", "h")
        await shown.sees("Reach Adaeze Okafor by phone", "+358", "Your payment did")
        await shown.press("enter")
        await shown.sees("Did this person agree", "Cancel (n)")
        await shown.press("enter")
        assert not opened.exists()
        await shown.press("h", "enter", "y")
        await until(shown.pilot, opened.exists)
        await shown.sees("Opened: WhatsApp to Adaeze Okafor")
        assert opened.read_text().startswith("https://wa.me/358")
        number = (await shown.bench.desk.queue()).items[2].row.id
        story = (await shown.bench.desk.cart(number)).timeline
        assert sum(moment.kind == "handoff.opened" for moment in story) == 1
        assert not shown.bench.mails()


async def test_a_small_basket_is_not_called_about(tmp_path: Path) -> None:
    async with demo(tmp_path) as shown:
        await shown.press("h")
        await shown.sees("Only a failed payment")

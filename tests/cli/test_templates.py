"""``cartdesk letters``: what there is, what is wrong with it, and a test to oneself."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartdesk.cli.exits import Exit
from tests.cli.terminal import open_terminal, shop_files

GOOD = "Subject: Hello\n\n{{ greeting }}\n\n[Back]({{ link }})\n"


async def test_letters_are_listed_shown_checked_and_tried_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_terminal(tmp_path, monkeypatch) as terminal:
        listed = await terminal.run("letters")
        assert listed.code == Exit.OK
        assert "en        friendly-reminder  cartdesk's  whole" in listed.out
        assert (await terminal.run("letters", "check")).code == Exit.OK

        own = shop_files().letters / "en"
        own.mkdir()
        (own / "friendly-reminder.md").write_text(GOOD)
        (own / "small-gift.md").write_text(GOOD.replace("greeting", "greting"))
        shown = await terminal.run("letters", "show", "friendly-reminder")
        assert shown.out == GOOD
        rows = {row["name"]: row for row in (await terminal.run("letters", "--json")).json[:4]}
        assert rows["friendly-reminder"]["own"]
        assert not rows["any-questions"]["own"]
        broken = await terminal.run("letters", "check")
        assert broken.code == Exit.NOTHING
        assert "STOP  en/small-gift: Line 3: There is no field greting." in broken.out
        assert "1 to mend" in broken.err

        nobody = await terminal.run("letters", "test", "friendly-reminder")
        assert nobody.code == Exit.USAGE
        no = await terminal.run("letters", "test", "friendly-reminder", types="n\n")
        assert no.code == Exit.NOTHING
        assert not terminal.mails()
        yes = await terminal.run("letters", "test", "friendly-reminder", types="y\n")
        assert yes.code == Exit.OK
        assert "Sent a test to hello@oakandtin.example" in yes.out
        (mail,) = terminal.mails()
        assert b"Subject: [Test] Hello" in mail
        gone = await terminal.run("letters", "test", "nothing", "--yes")
        assert gone.code == Exit.NOTHING
        assert "There is no letter “nothing”" in gone.err
        assert (await terminal.run("letters", "show")).code == Exit.USAGE
        reads = await terminal.run("letters", "test", "friendly-reminder", "--yes", "--read-only")
        assert reads.code == Exit.NOTHING
        terminal.world.sink.refusals["hello@oakandtin.example"] = "550 5.7.1 no"
        refused = await terminal.run("letters", "test", "friendly-reminder", "--yes")
        assert refused.code == Exit.MAIL
        assert "550 5.7.1 no" in refused.err
        assert len(terminal.mails()) == 1

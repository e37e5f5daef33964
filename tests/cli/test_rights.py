"""Rights others had are mended aloud: on the terminal, on the screens, in the ledger."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from cartdesk.cli.exits import Exit
from cartdesk.cli.wiring import open_premises
from cartdesk.tui.app import CartdeskApp
from tests.cli.terminal import Terminal, open_terminal, shop_files
from tests.tui.screens import text_of, until


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        await opened.run("poll")
        yield opened


def loosen() -> list[Path]:
    paths = shop_files()
    loose = [paths.ledger.parent, paths.settings, paths.ledger]
    for path in loose:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return loose


async def noted(terminal: Terminal) -> list[str]:
    rows = (await terminal.run("export", "events", "--json")).out.splitlines()
    events = [row for row in map(json.loads, rows) if row["kind"] == "rights.mended"]
    return [event["data"]["said"] for event in events]


async def test_a_command_says_what_it_mended_once_and_the_doctor_for_a_month(
    terminal: Terminal,
) -> None:
    assert "The rights of" not in (await terminal.run("queue")).err
    loose = loosen()
    said = await terminal.run("queue")
    assert said.code == Exit.OK
    for path in loose:
        assert f"The rights of {path} let other users of this computer look into it" in said.err
    assert "The rights of" not in (await terminal.run("queue")).err
    (event,) = await noted(terminal)
    assert all(str(path) in event for path in loose)
    for hours, told in ((0, True), (24 * 31, False)):
        terminal.world.clock.advance(timedelta(hours=hours))
        doctor = await terminal.run("doctor", "--json")
        rights = [one for one in doctor.json if one["topic"] == "rights"]
        assert bool(rights) is told
        assert all(one["verdict"] == "warn" and str(loose[0]) in one["sentence"] for one in rights)


async def test_the_doctor_and_a_restore_say_what_they_mend_themselves(terminal: Terminal) -> None:
    loose = loosen()
    found = (await terminal.run("doctor", "--json")).json
    for path in loose:
        told = [one for one in found if f"The rights of {path} let" in one["sentence"]]
        assert told
        assert {one["verdict"] for one in told} == {"warn"}
    assert len(await noted(terminal)) == 1
    name = (await terminal.run("restore", "--json")).json[0]["name"]
    loose = loosen()
    said = await terminal.run("restore", name, "--yes")
    assert said.code == Exit.OK
    assert all(f"The rights of {path} let" in said.err for path in loose)


async def test_the_screens_say_it_in_a_toast(terminal: Terminal) -> None:
    loose = loosen()
    place = open_premises(None, clock=terminal.world.clock)
    app = CartdeskApp(place.desk(), clock=terminal.world.clock)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: "READY" in text_of(pilot))
        await until(pilot, lambda: "The rights of" in text_of(pilot))
        assert all(str(path) in app.told for path in loose)
    assert len(await noted(terminal)) == 1


async def test_where_others_could_swap_the_folder_every_command_says_how_to_mend_it(
    terminal: Terminal,
) -> None:
    above = shop_files().ledger.parents[1]
    above.chmod(0o777)
    said = await terminal.run("queue")
    assert (said.code, said.out) == (Exit.LEDGER, "")
    assert f"chmod go-w {above}" in said.err
    doctor = await terminal.run("doctor")
    assert doctor.code == Exit.NOTHING
    assert f"chmod go-w {above}" in doctor.out
    above.chmod(0o700)
    assert (await terminal.run("queue")).code == Exit.OK

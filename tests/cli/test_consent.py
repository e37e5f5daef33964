"""``cartdesk consent``: a rule for a country is decided with a reason, and holds at once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cartdesk.cli.exits import Exit
from tests.cli.terminal import Terminal, open_terminal


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        await opened.run("poll")
        yield opened


async def test_a_country_is_decided_with_a_reason_that_is_kept(terminal: Terminal) -> None:
    shown = await terminal.run("consent")
    assert "Your rule: with a consent, and earlier customers" in shown.out

    hasty = await terminal.run("consent", "fi", "consent")
    assert hasty.code != Exit.OK
    assert "Say in a few words why" in hasty.err
    before = await terminal.letters()

    await terminal.run("consent", "fi", "consent", "--reason", "new terms at home since May")
    assert "only with a consent" in (await terminal.run("consent")).out
    kept = json.loads((await terminal.run("consent", "--json")).out)
    assert kept["countries"]["FI"] == {
        "audience": "consent",
        "reason": "new terms at home since May",
    }
    events = (await terminal.run("export", "events", "--json")).out
    assert "new terms at home since May" in events
    queue = (await terminal.run("queue")).out
    assert "may not be written to under your rule for FI" in queue

    await terminal.run("consent", "FI", "usual")
    assert await terminal.letters() == before


async def test_what_is_no_country_changes_nothing(terminal: Terminal) -> None:
    said = await terminal.run("consent", "Hungary", "everyone", "--reason", "because I said so")
    assert said.code != Exit.OK
    assert "two letters" in said.err

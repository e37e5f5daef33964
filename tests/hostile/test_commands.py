"""What the commands print of somebody else's words: text alone, and no formula in a table."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.hostile.evil_home import hostile_home
from tests.hostile.painted import is_control

_BREAKS = frozenset("\n\t")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def controls(text: str) -> set[str]:
    """Give what a terminal would obey or not show."""
    return {char for char in text if is_control(char)} - _BREAKS


async def test_commands_print_text_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hostile_home(tmp_path / "world") as home:
        terminal = Terminal(home.world, monkeypatch)
        queue = (await terminal.run("queue", "--json")).json
        letters = [str(item["reminder"]["id"]) for item in queue["items"]][:6]
        carts = [str(item["row"]["id"]) for item in queue["items"]][:3]
        unsure = next(
            str(item["reminder"]["id"])
            for item in queue["items"]
            if item["reminder"]["state"] == "unsure"
        )
        commands = [
            *(("queue",), ("carts",), ("carts", "state:junk"), ("carts", "state:[@click")),
            *(("metrics",), ("metrics", "--currency", "[@click"), ("feedback",), ("doctor",)),
            *(("show", letter) for letter in letters),
            *(("why", cart) for cart in carts),
            *(("export", what, "--json") for what in ("carts", "letters", "events")),
            *(("export-person", "--cart", cart) for cart in carts),
            *(("settle", unsure), ("stop", carts[0]), ("skip", letters[5]), ("poll",)),
        ]
        printed = ""
        for command in commands:
            said = await terminal.run(*command)
            assert controls(said.out) == set(), (command, controls(said.out))
            assert controls(said.err) == set(), (command, controls(said.err))
            assert "Traceback" not in said.err, command
            printed += said.out + said.err
        for words in ("[@click=app.quit]", "550 5.1.1 [@click", "Sent [@click", "=HYPERLINK"):
            assert words in printed, words
        for command in commands[:2]:
            said = await terminal.run(*command, "--json")
            assert json.loads(said.out) and controls(said.out) == set(), command


@pytest.mark.parametrize("what", ["carts", "letters", "events"])
async def test_no_cell_of_a_table_is_a_formula(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hostile_home(tmp_path / "world") as home:
        said = await Terminal(home.world, monkeypatch).run("export", what)
    rows = list(csv.reader(io.StringIO(said.out)))
    assert len(rows) > 5
    for cell in (cell for row in rows for cell in row):
        assert _NUMBER.fullmatch(cell) or not cell.startswith(_FORMULA), cell
    assert controls(said.out) - {"\r"} == set()

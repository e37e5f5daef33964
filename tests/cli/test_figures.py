"""Figures without a screen: the same as on it, as text, JSON, CSV and a written report."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cartdesk.cli.exits import Exit
from tests.cli.terminal import Terminal, open_terminal, shop_files


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as found:
        found.pass_time(3)
        assert (await found.run("poll")).code == Exit.OK
        yield found


async def test_text_json_and_csv_tell_the_same_numbers(terminal: Terminal) -> None:
    said = await terminal.run("metrics", "--days", 7, "--by", "country", "--by", "stage")
    assert said.code == Exit.OK
    assert "This shop shows checkouts" in said.out
    found = (await terminal.run("metrics", "--days", 7, "--json")).json
    by_key = {one["key"]: one for one in (*found["headline"], *found["figures"])}
    abandoned = by_key["abandoned"]
    assert abandoned["value"] > 0
    line = next(one for one in said.out.splitlines() if one.startswith("Abandoned"))
    assert line.split()[1] == str(abandoned["value"])
    assert len(found["days"]) == 7
    assert sum(day["abandoned"]["count"] for day in found["days"]) == abandoned["value"]
    country = next(one for one in found["breakdowns"] if one["name"] == "country")
    assert sum(row["abandoned"]["count"] for row in country["rows"]) == abandoned["value"]
    assert "COUNTRY" in said.out
    assert "STAGE" in said.out
    assert "DEVICE" not in said.out

    sheet = await terminal.run("export", "figures", "--days", 7)
    rows = list(csv.DictReader(io.StringIO(sheet.out)))
    counted = {row["key"]: row for row in rows if row["table"] == "figures"}
    assert counted["abandoned"]["value"] == str(abandoned["value"])
    assert counted["abandoned"]["total"] == abandoned["money"]["amount"]
    lines = [row for row in rows if (row["table"], row["measure"]) == ("country", "abandoned")]
    assert sum(int(row["value"]) for row in lines) == abandoned["value"]
    as_json = await terminal.run("export", "figures", "--days", 7, "--json")
    assert len([json.loads(line) for line in as_json.out.splitlines()]) == len(rows)


async def test_a_report_is_a_new_private_file_and_opens_only_on_request(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []

    def browse(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("cartdesk.adapters.browser.browse", browse)
    first = await terminal.run("report")
    path = Path(first.out.strip())
    assert (first.code, path.parent) == (Exit.OK, shop_files().exports)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ElementTree.fromstring(path.read_text("utf-8").partition("\n")[2])
    assert opened == []
    second = Path((await terminal.run("report", "--open")).out.strip())
    assert second.name == f"{path.stem}-2.html"
    assert opened == [second.as_uri()]
    own = tmp_path / "mine.md"
    said = await terminal.run("report", "--format", "md", "--days", 30, "--output", own, "--json")
    assert said.json["file"] == str(own)
    assert own.read_text("utf-8").startswith("# ")
    again = await terminal.run("report", "--output", own)
    assert again.code == Exit.USAGE
    assert own.read_text("utf-8").startswith("# ")
    out = await terminal.run("report", "--output", "-", "--format", "md")
    assert "## In short" in out.out
    assert (await terminal.run("report", "--output", "-", "--open")).code == Exit.USAGE


async def test_visits_are_read_listed_and_forgotten_and_make_the_conversion(
    terminal: Terminal, tmp_path: Path
) -> None:
    today = f"{terminal.world.clock.now():%Y-%m-%d}"
    listed = tmp_path / "visits.csv"
    listed.write_text(f"date;visits\n{today};400\n03/04/2026;9\n")
    said = await terminal.run("visits", listed)
    assert said.code == Exit.OK
    assert "Line 3 was left out" in said.err
    assert "Kept the visits of 1 day." in said.err
    found = (await terminal.run("metrics", "--days", 7, "--json")).json
    assert found["conversion"]["visits"] == 400
    assert (await terminal.run("visits", "--json")).json == {today: 400}
    assert (await terminal.run("visits", "--day", today, "--count", "0")).code == Exit.OK
    assert (await terminal.run("visits", "--json")).json == {today: 0}
    assert (await terminal.run("visits", "--day", today, "--forget")).code == Exit.OK
    said = await terminal.run("visits")
    assert "No visits are known" in said.err
    for wrong in (
        ("--day", "03/04/2026", "--count", 1),
        ("--day", today),
        ("--count", 3),
        (listed, "--day", today, "--forget"),
    ):
        assert (await terminal.run("visits", *wrong)).code == Exit.USAGE


async def test_what_is_not_there_is_said_in_a_sentence(terminal: Terminal) -> None:
    said = await terminal.run("metrics", "--by", "colour")
    assert said.code == Exit.USAGE
    assert "Figures are not divided by colour, but by stage, country" in said.err
    for command in (("metrics",), ("report",), ("export", "figures")):
        said = await terminal.run(*command, "--currency", "xyz")
        assert said.code == Exit.NOTHING
        assert "No order is in XYZ." in said.err
    everything = await terminal.run("metrics", "--by", "all")
    assert "WEEKDAY" in everything.out

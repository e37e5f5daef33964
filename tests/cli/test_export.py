"""Exports: whole, harmless in a spreadsheet, and never over another file."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartdesk.cli.exits import Exit
from cartdesk.cli.export import cells, new_file, write_rows
from cartdesk.cli.trouble import Usage
from tests.cli.terminal import open_terminal

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"))
CELL = TEXT | st.integers(-(10**12), 10**12) | st.none()


async def _rows(rows: list[dict[str, object]]) -> AsyncIterator[dict[str, object]]:
    for row in rows:
        yield row


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries({"id": st.integers(1), "a": CELL, "b": CELL}), min_size=1))
async def test_what_is_written_can_be_read_back_and_nothing_in_it_is_a_formula(
    rows: list[dict[str, object]],
) -> None:
    stream = io.StringIO(newline="")
    assert await write_rows(_rows(rows), "csv", stream) == len(rows)
    read = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert len(read) == len(rows)
    for row, back in zip(rows, read, strict=True):
        for name, value in row.items():
            if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
                assert back[name] == f"'{value}"
            else:
                assert back[name] == ("" if value is None else str(value))


def test_numbers_stay_numbers_and_amounts_stay_exact() -> None:
    row = {"id": 7, "total": "1234.50", "phone": "+358 9 555", "name": "-1+2", "data": {"a": 1}}
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(cells(row))
    assert out.getvalue() == '7,1234.50,"\'+358 9 555","\'-1+2","{""a"": 1}"\n'


async def test_a_row_in_json_is_one_line() -> None:
    stream = io.StringIO()
    await write_rows(_rows([{"id": 1, "name": "a\nb"}, {"id": 2, "name": "ő"}]), "json", stream)
    assert [json.loads(line)["id"] for line in stream.getvalue().splitlines()] == [1, 2]
    assert "ő" in stream.getvalue()


def test_a_new_file_is_private_and_never_takes_the_place_of_another(tmp_path: Path) -> None:
    target = tmp_path / "carts.csv"
    with new_file(target) as stream:
        stream.write("whole")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    with pytest.raises(Usage), new_file(target):
        pass
    assert target.read_text() == "whole"
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(Usage), new_file(link):
        pass
    assert not (tmp_path / "elsewhere.csv").exists()


def test_a_file_that_could_not_be_finished_is_taken_away(tmp_path: Path) -> None:
    target = tmp_path / "carts.csv"
    with pytest.raises(OSError, match="disk"), new_file(target) as stream:
        stream.write("half")
        raise OSError("the disk is full")
    assert not target.exists()


async def test_the_exports_hold_every_row_of_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_terminal(tmp_path, monkeypatch) as terminal:
        await terminal.run("poll")
        for what in ("carts", "letters", "events"):
            as_csv = await terminal.run("export", what)
            as_json = await terminal.run("export", what, "--format", "json")
            assert as_csv.code == as_json.code == Exit.OK
            rows = list(csv.DictReader(io.StringIO(as_csv.out)))
            lines = [json.loads(line) for line in as_json.out.splitlines()]
            assert [row["id"] for row in rows] == [str(line["id"]) for line in lines]
            assert f"Wrote {len(lines)} {what}" in as_csv.err
        carts = (await terminal.run("carts", "--json")).json
        exported = (await terminal.run("export", "carts", "--json")).out.splitlines()
        assert len(exported) == carts["total"]

        target = tmp_path / "letters.csv"
        said = await terminal.run("export", "letters", "--output", target)
        assert (said.code, said.out) == (Exit.OK, "")
        assert target.read_text("utf-8").startswith('"id","cart_id"')
        again = await terminal.run("export", "letters", "--output", target)
        assert again.code == Exit.USAGE
        assert "left as it is" in again.err
        nowhere = await terminal.run("export", "letters", "--output", tmp_path / "no" / "where.csv")
        assert nowhere.code == Exit.NOTHING
        assert os.strerror(2) in nowhere.err

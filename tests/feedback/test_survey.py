"""Survey results land as the preview showed them, each once, and no line goes missing unsaid."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.survey import SurveyProblem, read_table
from cartdesk.cli.exits import Exit
from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.survey import BadCell, guess_columns, month_first, read_date
from tests.cli.terminal import Terminal, open_terminal

ZONE = ZoneInfo("Europe/Helsinki")


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        yield opened


CSV = """When;Comment;E-mail;Order number;Stars;Name
2024-10-10;Shipping is too expensive;ana@example.org;;2;Ana
11.10.2024 14:05;"Lovely; thank you
very much";;;★★★★★;
12.10.2024;;;;;Nobody
13.10.2024;Fine;not-an-address;;;
32.10.2024;Fine;;;;
14.10.2024;Fine;;;9;
15.10.2024;One;cell;too;many;x;y
;Fine;;;;
"""


async def test_a_file_lands_as_its_preview_said_and_only_once(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "survey.csv"
    file.write_bytes(CSV.encode())
    shown = await terminal.run("feedback", "import", file, "--preview", "--json")
    assert shown.code == Exit.OK, shown.err
    assert shown.json["columns"] == {
        "date": "When",
        "text": "Comment",
        "email": "E-mail",
        "order": "Order number",
        "rating": "Stars",
        "who": "Name",
    }
    assert [(row["line"], row["rating"]) for row in shown.json["rows"]] == [
        (2, 2),
        (3, 5),
        (8, None),
        (10, None),
    ]
    assert {one["line"]: one["why"] for one in shown.json["bad"]} == {
        5: "it says nothing",
        6: "“not-an-address” is no e-mail address",
        7: "“32.10.2024” is no date",
        9: "it has 7 cells, but the file has 6 columns",
    }
    assert "4 would land, 0 are there already, 4 cannot be read. Nothing was kept." in shown.err
    assert (await terminal.run("feedback", "--json")).json["page"]["every"] == 0

    done = await terminal.run("feedback", "import", file)
    assert "Line 7: “32.10.2024” is no date." in done.err
    assert "4 landed, 0 were there already, 4 lines could not be read." in done.err
    again = await terminal.run("feedback", "import", file, "--json")
    assert (again.json["landed"], again.json["already"]) == (0, 4)
    listed = await terminal.run("feedback", "--source", "survey", "--json")
    rows = {row["text"]: row for row in listed.json["page"]["rows"]}
    assert set(rows) == {"Shipping is too expensive", "Lovely; thank you\nvery much", "Fine"}
    assert rows["Shipping is too expensive"]["reasons"][0]["reason"] == Reason.SHIPPING_COST
    assert rows["Shipping is too expensive"]["who"] == "Ana"


async def test_a_line_with_anothers_order_number_belongs_to_its_own_writer(
    terminal: Terminal, tmp_path: Path
) -> None:
    await terminal.run("poll")
    carts = (await terminal.run("carts", "--json")).json["rows"]
    cart = next(one for one in carts if one["email"] and one["name"])
    file = tmp_path / "survey.csv"
    lines = [
        f"{cart['number']},{email},{text}"
        for email, text in (
            ("", "no address"),
            (cart["email"].upper(), "the same"),
            ("else@example.org", "another"),
        )
    ]
    file.write_text("\n".join(["Order,Email,Comment", *lines]))
    assert "3 landed" in (await terminal.run("feedback", "import", file)).err
    listed = await terminal.run("feedback", "--source", "survey", "--json")
    kept = {row["text"]: row for row in listed.json["page"]["rows"]}
    for text in ("no address", "the same"):
        assert (kept[text]["who"], kept[text]["cart_id"]) == (cart["name"], cart["id"])
    another = kept["another"]
    assert (another["who"], another["cart_id"]) == ("", None)
    assert another["email"] == "else@example.org"


async def test_the_mapping_is_remembered_for_files_of_the_same_columns(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("Q1,Q2\nToo dear,2024-10-10\n")
    said = await terminal.run("feedback", "import", file)
    assert said.code != Exit.OK
    assert "No column looks like what people wrote. The file has: “Q1”, “Q2”." in said.err
    said = await terminal.run("feedback", "import", file, "--map", "text=Q3")
    assert "The file has no column “Q3”" in said.err
    said = await terminal.run("feedback", "import", file, "--map", "txt=Q1")
    assert "There is no field “txt”" in said.err
    said = await terminal.run("feedback", "import", file, "--map", "text=Q1,date=Q2")
    assert "1 landed" in said.err
    other = tmp_path / "two.csv"
    other.write_text("Q1,Q2\nToo slow,2024-10-11\n")
    assert "1 landed" in (await terminal.run("feedback", "import", other)).err


async def test_columns_mapped_otherwise_change_the_lines_and_land_none_twice(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "one.csv"
    file.write_text("Q1,Q2,Q3\nToo dear,Ana,Shipping is too expensive\nToo dear,Bo,2024-10-10\n")
    assert "2 landed" in (await terminal.run("feedback", "import", file, "--map", "text=Q1")).err
    shown = await terminal.run("feedback", "import", file, "--map", "text=Q1,who=Q2", "--preview")
    assert "0 would land, 2 are there already" in shown.err
    mapped = await terminal.run("feedback", "import", file, "--map", "text=Q1,who=Q2")
    assert "0 landed, 2 were there already" in mapped.err
    rows = (await terminal.run("feedback", "--json")).json["page"]["rows"]
    assert {(row["who"], row["text"]) for row in rows} == {("Ana", "Too dear"), ("Bo", "Too dear")}
    await terminal.run("feedback", "import", file, "--map", "text=Q3,who=Q2")
    rows = (await terminal.run("feedback", "--words", "shipping", "--json")).json["page"]["rows"]
    assert [(row["who"], row["text"]) for row in rows] == [("Ana", "Shipping is too expensive")]
    assert [one["reason"] for one in rows[0]["reasons"]] == [Reason.SHIPPING_COST]
    found = await terminal.run("feedback", "--words", "dear", "--json")
    assert found.json["page"]["rows"] == []


async def test_two_people_may_say_the_same_and_more_may_be_added_to_a_file(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "same.csv"
    file.write_text("Comment,Reason\nToo dear,\nToo dear,\n,Shipping costs too much\n,price\n")
    assert "4 landed" in (await terminal.run("feedback", "import", file)).err
    file.write_text(file.read_text() + "Too dear,\n")
    said = await terminal.run("feedback", "import", file)
    assert "1 landed, 4 were there already" in said.err
    summary = (await terminal.run("feedback", "--json")).json["summary"]
    assert {bar["reason"]: bar["count"] for bar in summary["bars"]} == {
        "price": 4,
        "shipping_cost": 1,
    }


ENCODED = {
    "UTF-8": ("Comment,Name\nLiian kallis,Päivi Őry\n", "utf-8"),
    "UTF-8 with a mark": ("Comment,Name\nLiian kallis,Päivi Őry\n", "utf-8-sig"),
    "UTF-16": ("Comment\tName\nLiian kallis\tPäivi Őry\n", "utf-16"),
    "Western": ("Comment;Name\nLiian kallis – “äö”;Päivi\n", "cp1252"),
    "Hungarian": ("Megjegyzés;Név\nTúl hosszú;Őry Ödön, műhely\n", "cp1250"),
    "old line ends": ("Comment,Name\rLiian kallis,Päivi\r", "utf-8"),
}


@pytest.mark.parametrize(("text", "encoding"), ENCODED.values(), ids=ENCODED)
def test_files_of_old_and_new_programs_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(text.encode(encoding))
    table = read_table(file)
    head, *rows = (line for line in text.replace("\r", "\n").split("\n") if line)
    assert list(table.headers) == head.split(table.separator)
    assert [list(cells) for _, cells in table.rows] == [row.split(table.separator) for row in rows]
    assert table.bad == ()
    assert {"text", "who"} <= set(guess_columns(table.headers))


def test_what_is_no_such_file_is_refused_in_words(tmp_path: Path) -> None:
    for content, words in (
        (b"", "is empty"),
        (b"a,b\0c", "is no CSV file"),
        (b"Name,Name\n1,2\n", "Two columns of .* are called “Name”"),
    ):
        file = tmp_path / "x.csv"
        file.write_bytes(content)
        with pytest.raises(SurveyProblem, match=words):
            read_table(file)
    with pytest.raises(SurveyProblem, match="cannot be read: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(SurveyProblem, match="cannot be read: "):
        read_table(tmp_path)


def test_a_quotation_mark_that_is_never_closed_swallows_nothing_unsaid(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('Comment\nfine\n"open\n' + "line\n" * 100)
    table = read_table(file)
    assert [cells for _, cells in table.rows] == [("fine",), *[("line",)] * 100]
    assert [bad.line for bad in table.bad] == [3]
    assert table.bad[0].why.startswith("a quotation mark is never closed")
    file.write_text('Comment\n"' + "x" * 200_000)
    assert read_table(file).bad[0].line == 2


@pytest.mark.parametrize(
    ("text", "rows", "bad"),
    [
        ("Comment,Name,,\nx,y,,\nx,y\nx,y,,,,\n", [("x", "y"), ("x", "y"), ("x", "y")], []),
        ("Comment,Name\n" + "x" * 200_000 + ",a\nfine,b\n", [("fine", "b")], [2]),
        (
            'Comment,Name\n"open,a\nswallowed,b\n"fine",c\n',
            [("swallowed", "b"), ("fine", "c")],
            [2],
        ),
        ('Comment,Name\nfine,a\n"open,b\nlast,c\n', [("fine", "a"), ("last", "c")], [3]),
        (
            'Comment,Name\nthe 5" shelf,a\n"two\nlines",b\n',
            [('the 5" shelf', "a"), ("two\nlines", "b")],
            [],
        ),
    ],
    ids=[
        "empty columns",
        "huge cell",
        "open before others",
        "open at the end",
        "marks as they are",
    ],
)
def test_a_line_that_is_none_costs_no_other(
    tmp_path: Path, text: str, rows: list[tuple[str, ...]], bad: list[int]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text(text)
    table = read_table(file)
    assert [tuple(filter(None, cells)) for _, cells in table.rows] == rows
    assert [one.line for one in table.bad] == bad


@pytest.mark.parametrize(
    "text", ["10 Oct 2024", "Oct 10, 2024", "October 10th, 2024", "Thu, 10 Oct 2024", "10-Oct-2024"]
)
def test_dates_with_the_months_name_are_read(text: str) -> None:
    at = read_date(text, ZONE, american=False)
    assert at.astimezone(ZONE).date().isoformat() == "2024-10-10"
    with pytest.raises(BadCell):
        read_date(text.replace("Oct", "Moo"), ZONE, american=False)


async def test_a_score_of_another_scale_is_left_out_and_said_but_no_answer_is_lost(
    terminal: Terminal, tmp_path: Path
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Comment,Score,When\n,9,\nToo dear,9,1/2/2024\nToo slow,0,\n")
    shown = await terminal.run("feedback", "import", file, "--preview", "--json")
    assert [row["rating"] for row in shown.json["rows"]] == [None, None]
    assert "Ratings that are not from 1 to 5 were left out (lines: 2)." in shown.err
    assert "Dates such as 5/11/2026 were read as day and month." in shown.err
    done = await terminal.run("feedback", "import", file)
    assert "2 landed" in done.err
    assert "were left out (lines: 2)." in done.err


@given(st.binary(max_size=300))
def test_no_file_breaks_the_reading(content: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.csv"
        file.write_bytes(content)
        try:
            table = read_table(file)
        except SurveyProblem as problem:
            assert str(problem).endswith(".")
        else:
            json.dumps(table.headers)


@pytest.mark.parametrize(
    ("text", "american", "expected"),
    [
        ("2026-11-21", False, "2026-11-21T10:00"),
        ("2026-11-21T14:05:09Z", False, "2026-11-21T14:05"),
        ("2026-11-21 14:05:09+02:00", False, "2026-11-21T12:05"),
        ("2026-11-21T14:05:09.123456+0200", False, "2026-11-21T12:05"),
        ("2026-11-21 14:05:09 UTC", False, "2026-11-21T14:05"),
        ("21.11.2026", False, "2026-11-21T10:00"),
        ("21.11.2026 14.05", False, "2026-11-21T12:05"),
        ("2026. 11. 21.", False, "2026-11-21T10:00"),
        ("21/11/26", False, "2026-11-21T10:00"),
        ("11/21/2026 2:05 PM", True, "2026-11-21T12:05"),
        ("11/5/2026 12:05:00 am", True, "2026-11-04T22:05"),
    ],
)
def test_dates_are_read_as_people_and_programs_write_them(
    text: str, american: bool, expected: str
) -> None:
    found = read_date(text, ZONE, american=american)
    assert found.tzinfo is UTC
    assert f"{found:%Y-%m-%dT%H:%M}" == expected


@given(st.text(max_size=40))
def test_no_date_breaks_the_reading(text: str) -> None:
    try:
        assert isinstance(read_date(text, ZONE, american=False), datetime)
    except BadCell as why:
        assert "is no date" in str(why)


def test_the_file_itself_tells_whether_the_month_comes_first() -> None:
    assert month_first(["5/11/2026", "11/21/2026"]) is True
    assert month_first(["5/11/2026", "21/11/2026"]) is False
    assert month_first(["5/11/2026", "2026-11-21", ""]) is None

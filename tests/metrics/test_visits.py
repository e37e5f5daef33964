"""Lists of visits as shops get them out of their counters."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.metrics.visits import decoded, read_count, read_visits

FIRST, SECOND = date(2026, 11, 20), date(2026, 11, 21)


@pytest.mark.parametrize(
    "text",
    [
        "date,visits\n2026-11-20,340\n2026-11-21,1200\n",
        "\ufeffDay;Visits\r\n20.11.2026;340\r\n21.11.2026;1 200\r\n",
        '# Nth day\n20261120\t340\n20261121\t"1,200"\n',
        '2026/11/20,"340"\n2026/11/21,700,direct\n2026-11-21,500,search\n\n',
    ],
)
def test_the_usual_lists_are_read(text: str) -> None:
    assert read_visits(text) == ({FIRST: 340, SECOND: 1200}, ())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2026-11-21,many", "“many” is not a number of visits"),
        ("2026-11-21,-3", "“-3” is not a number of visits"),
        ("2026-11-21,3.5", "“3.5” is not a number of visits"),
        ("03/04/2026,12", "“03/04/2026” is not a day that can be read"),
        ("2026-02-30,12", "“2026-02-30” is not a day that can be read"),
        ("just words", "it has no second column"),
        ("2026-11-21,1,234", "it has more than one number"),
        ("2026-11-22,12", "2026-11-22 has not come yet"),
        ("2999-01-01,12", "2999-01-01 has not come yet"),
        ("2026-11-20,1000000000", "would be more than a thousand million"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_stops_no_other(line: str, words: str) -> None:
    found, problems = read_visits(f"2026-11-20,340\n{line}\n2026-11-21,5\n", SECOND)
    assert found == {FIRST: 340, SECOND: 5}
    (problem,) = problems
    assert problem.startswith("Line 2 was left out: ")
    assert words in problem


def test_a_wrong_file_is_not_answered_with_a_thousand_sentences() -> None:
    # the first line may be the names of the columns
    found, problems = read_visits("<html>\n" * 1000)
    assert not found
    assert len(problems) == 21
    assert problems[-1] == "979 more lines were left out for such reasons."


@pytest.mark.parametrize("text", ["nothing", "", "day,visits\n"])
def test_a_list_without_a_day_says_why_nothing_is_kept(text: str) -> None:
    assert read_visits(text)[1] == (
        "There is no line with a day and a number, as in 2026-11-21,340",
    )


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_lists_as_excel_writes_them_are_read(code: str) -> None:
    marks = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    text = "Tag\tBesuche\r\n20.11.2026\t340\r\n21.11.2026\t1200\r\n"
    data = marks.get(code, b"") + text.encode(code)
    assert read_visits(decoded(data)) == ({FIRST: 340, SECOND: 1200}, ())


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    found, problems = read_visits(text)
    assert all(number >= 0 for number in found.values())
    assert all("\x1b" not in problem for problem in problems)


@given(st.integers(0, 10**9))
def test_numbers_with_and_without_signs_between_thousands(number: int) -> None:
    assert read_count(str(number)) == read_count(f"{number:,}") == number
    assert read_count(f"{number:,}".replace(",", " ")) == number

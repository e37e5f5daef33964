"""The table at the end: every fault of the matrix has a row that some test feeds."""

from __future__ import annotations

from pathlib import Path

from tests.faults.__main__ import TESTS, WHERE
from tests.faults.conftest import COUNTED
from tests.faults.tally import ROWS, Tally, rows, table


def test_every_fault_from_1_to_20_has_a_row_and_tests_that_count_into_it() -> None:
    assert {f"T-{number:02}" for number in range(1, 21)} <= ROWS.keys()
    where = [TESTS / name for name in WHERE]
    files = [
        file for path in where for file in (path.rglob("test_*.py") if path.is_dir() else [path])
    ]
    written = "".join(file.read_text() for file in files if file != Path(__file__))
    fed = {name for name in ROWS if f'"{name}"' in written}
    assert fed | set(COUNTED.values()) == ROWS.keys()


def test_what_several_tests_counted_is_added_up_and_the_rest_is_named() -> None:
    recorded: list[tuple[str, object]] = [("other", 1)]
    for asked in (1, 2):
        tally = Tally(lambda *given: recorded.append(given))
        tally.add("T-03", cases=4, asked=asked, also={"during a dialog": 3, "letters": 600})
    lines = table(rows(recorded), failed=1)
    assert (
        f"| T-03 | {ROWS['T-03']} | 8 | 0 | 0 | 3 | 75% during a dialog, 1,200 letters |" in lines
    )
    assert "T-04, " in lines[-2]
    assert "T-03" not in lines[-2]
    assert lines[-1].startswith("1 of the tests failed")

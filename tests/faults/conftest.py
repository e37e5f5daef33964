"""The table of faults: each test counts into its report, the end of the run prints it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.tally import IMAP_WIRES, Tally, rows, table

COUNTED = {  # each test whose id begins so is one case
    "tests/work/test_evidence.py::": "T-14",
    **dict.fromkeys(IMAP_WIRES, "T-17"),
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of what was tried."""
    reports = [
        report
        for kind in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(kind, ())
        if isinstance(report, pytest.TestReport)
    ]
    passed = [report for report in reports if report.when == "call" and report.passed]
    for report in passed:
        row = next((row for test, row in COUNTED.items() if report.nodeid.startswith(test)), "")
        if row:
            Tally(lambda *given: report.user_properties.append(given)).add(row)  # noqa: B023
    found = rows(pair for report in passed for pair in report.user_properties)
    if found:
        terminalreporter.section("faults", sep="-")
        for line in table(found, sum(report.failed for report in reports)):
            terminalreporter.write_line(line)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    return Tally(record_property)


@pytest.fixture(scope="session")
def kills(pytestconfig: pytest.Config) -> int:
    """How many programs each kill test kills; 0: few, because nobody asked."""
    return int(pytestconfig.getoption("kills"))


@pytest.fixture(scope="session")
def thorough(kills: int) -> bool:
    """Whether all positions are tried and not only some of them."""
    return kills > 0


@pytest.fixture(scope="session")
def examples(pytestconfig: pytest.Config) -> int:
    """How many runs of the outbox model; 0: few."""
    return int(pytestconfig.getoption("examples"))

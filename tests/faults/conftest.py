"""The table of faults: each test counts into it, the end of the run prints it."""

from __future__ import annotations

import pytest

from tests.faults.tally import Tally

_TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TALLY] = Tally()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table when more than the usual few were tried, or -v was given."""
    table = config.stash[_TALLY].table()
    if len(table) > 2 and (
        config.getoption("kills") or config.getoption("examples") or config.getoption("verbose") > 0
    ):
        terminalreporter.section("faults", sep="-")
        for line in table:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash[_TALLY]


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

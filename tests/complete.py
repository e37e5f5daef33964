"""No test is skipped in silence where everything it needs was installed.

``.ci/run`` installs a keyring, a mail server and the like and then sets CARTDESK_TESTS_COMPLETE=1.
From there on a test that is skipped has failed: it would prove nothing and nobody would notice.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from tests.disks import NO_MOUNT

VARIABLE = "CARTDESK_TESTS_COMPLETE"
# Reasons that stand all the same, with why nothing can be installed against them.
MAY_BE_SKIPPED = {
    "this Python hides its SQLite": "SQLite is a part of such a Python, its functions unreachable",
    NO_MOUNT: "a right of the machine, not a program; a full disk is also tried by a file limit",
    "only root can give things to others": "a right of the user",
    "no setpriv command, and modes do not bind root": "only root needs it, to be bound by modes",
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that was skipped; one that is expected to fail is none."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that was skipped as a whole."""
    report = yield
    if report.skipped:
        _refuse(report)
    return report


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get(VARIABLE) != "1":
        return
    where = report.longrepr
    reason = str(where[2] if isinstance(where, tuple) else where).removeprefix("Skipped: ")
    if reason not in MAY_BE_SKIPPED:
        report.outcome = "failed"
        report.longrepr = (
            f"This test was skipped ({reason}), but {VARIABLE}=1 says that nothing is."
        )

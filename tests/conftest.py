"""What every test gets: a home of its own and a keyring that lives in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.complete import pytest_make_collect_report, pytest_runtest_makereport

__all__ = ["pytest_make_collect_report", "pytest_runtest_makereport"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the fault tests be made long."""
    group = parser.getgroup("faults")
    group.addoption("--kills", type=int, default=0, help="programs each kill test kills (few)")
    group.addoption("--examples", type=int, default=0, help="runs of the outbox model (few)")


def pytest_configure(config: pytest.Config) -> None:
    """Try the same examples in every short run, and new ones in a long run.

    So a change is judged by itself, and what chance finds is found where somebody looks for it.
    """
    settings.register_profile("short", derandomize=True, database=None)
    if not config.getoption("--examples"):
        settings.load_profile("short")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point every directory, the keyring and the session bus away from the real ones."""
    home = tmp_path / "home"
    monkeypatch.setenv("CARTDESK_HOME", str(home))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.memory_keyring.MemoryKeyring")
    for name in (
        "DBUS_SESSION_BUS_ADDRESS",
        "CARTDESK_WC_KEY",
        "CARTDESK_WC_SECRET",
        "CARTDESK_SMTP_PASSWORD",
        "CARTDESK_IMAP_PASSWORD",
        "NO_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    yield home

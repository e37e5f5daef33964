"""A test that is skipped where nothing is missing has failed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.complete import MAY_BE_SKIPPED, VARIABLE

SOME = f"""\
import pytest

def test_that_runs(): pass

@pytest.mark.skipif(True, reason="no keyring here")
def test_by_mark(): raise AssertionError

def test_by_itself(): pytest.skip("no mail server here")

@pytest.fixture
def server(): pytest.skip("no disk here")

def test_by_fixture(server): raise AssertionError

@pytest.mark.skipif(True, reason={next(iter(MAY_BE_SKIPPED))!r})
def test_that_may(): raise AssertionError

@pytest.mark.xfail
def test_that_is_known_to_fail(): raise AssertionError
"""
WHOLE = 'import pytest\npytest.skip("no bus here", allow_module_level=True)\n'


@pytest.mark.parametrize("complete", [True, False])
def test_a_skipped_test_fails_where_everything_was_installed(
    tmp_path: Path, complete: bool
) -> None:
    (tmp_path / "test_some.py").write_text(SOME)
    (tmp_path / "test_whole.py").write_text(WHOLE)
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.complete", "-p", "no:cacheprovider"),
            *("-rA", "--continue-on-collection-errors", f"--rootdir={tmp_path}", str(tmp_path)),
        ],
        env={**environ, "PYTHONPATH": str(root)} | ({VARIABLE: "1"} if complete else {}),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if complete else 0), done.stdout
    for reason in ("no keyring here", "no mail server here", "no disk here", "no bus here"):
        assert (f"skipped ({reason})" in done.stdout) is complete, done.stdout
    assert "1 xfailed" in done.stdout
    assert ("1 passed, 1 skipped" if complete else "1 passed, 5 skipped") in done.stdout

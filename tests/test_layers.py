"""What a part brings in when it is imported: the layers hold at run time, and starting is quick."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("part", "unwanted"),
    [
        ("cartdesk.domain.lifecycle.schedule", "httpx sqlite3 textual rich yagmail keyring jinja2"),
        ("cartdesk.domain.checks", "httpx sqlite3 textual rich yagmail keyring jinja2"),
        ("cartdesk.desk", "textual rich httpx yagmail keyring jinja2 babel"),
        ("cartdesk.tui.app", "httpx yagmail keyring jinja2 babel markdown_it"),
        ("cartdesk.cli", "textual httpx yagmail keyring jinja2 sqlite_utils"),
    ],
)
def test_importing_a_part_brings_in_nothing_of_the_layers_above(part: str, unwanted: str) -> None:
    program = f"import sys, {part}; print(*({set(unwanted.split())} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == []

"""What a stranger gets: a wheel that installs into an empty environment and runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

TREE = Path(__file__).parents[1]


def run(*command: object, env: dict[str, str] | None = None, cwd: Path = TREE) -> str:
    """Run a program to its end and give what it printed; its errors are part of a failure."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_wheel_installs_into_an_empty_environment_and_plays_the_demo(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path)
    (wheel,) = tmp_path.glob("cartdesk-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "cartdesk/letters/en/friendly-reminder.md" in names
    assert "cartdesk/tui/cartdesk.tcss" in names
    assert not any(name.startswith("tests/") for name in names)
    venv.create(tmp_path / "empty", with_pip=True)
    scripts = tmp_path / "empty" / ("Scripts" if os.name == "nt" else "bin")
    pins = TREE / "tests" / "constraints.txt"
    run(scripts / "python", "-m", "pip", "install", "-q", "-c", pins, wheel, env=environment)
    printed = run(scripts / "cartdesk", "demo", "--headless", env=environment, cwd=tmp_path)
    summary = json.loads(printed.splitlines()[-1])["summary"]
    assert summary["as_told"] is True
    assert summary["mails"] > 20

"""A disk of a few kilobytes, for what happens when it is full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NO_MOUNT = "nobody may mount a disk here"


@contextmanager
def mounted(folder: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a disk of its own at a new folder; skips the test where that is not allowed."""
    folder.mkdir(mode=0o700)
    size = f"size={kilobytes}k,mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", size, "none", str(folder)]
    try:
        found = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip(NO_MOUNT)
    if found.returncode:
        pytest.skip(NO_MOUNT)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

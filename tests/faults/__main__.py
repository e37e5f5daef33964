"""Runs the fault tests long and prints their table: python -m tests.faults [KILLS [EXAMPLES]]."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

KILLS, EXAMPLES = "3000", "2000"

if __name__ == "__main__":
    kills, examples, *_ = [*sys.argv[1:], *(KILLS, EXAMPLES)[len(sys.argv) - 1 :]]
    here = str(Path(__file__).parent)
    sys.exit(pytest.main([here, "--kills", kills, "--examples", examples]))

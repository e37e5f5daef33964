"""Runs the fault tests long and prints their table.

Usage: python -m tests.faults [--kills N] [--examples N] [anything pytest knows]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from tests.faults.tally import IMAP_WIRES

TESTS = Path(__file__).parents[1]
WHERE = (
    "faults",
    "adapters/mail/test_smtp_tls.py",
    "hostile/test_sync_machine.py",
    "work/test_evidence.py",
)


def main() -> int:
    """Run them; whatever else stands on the command line goes to pytest."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", default="3000", help="programs each kill test kills")
    parser.add_argument("--examples", default="2000", help="runs of each model")
    asked, more = parser.parse_known_args()
    where = [str(TESTS / name) for name in WHERE]
    where += [str(TESTS.parent / name) for name in IMAP_WIRES]
    return pytest.main([*where, "--kills", asked.kills, "--examples", asked.examples, *more])


if __name__ == "__main__":
    sys.exit(main())

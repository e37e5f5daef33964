"""How many examples: few, unless ``--examples`` asks for more."""

from __future__ import annotations

import pytest


@pytest.fixture
def examples(pytestconfig: pytest.Config) -> int:
    """How many runs the tests with made-up examples play (0: few)."""
    return int(pytestconfig.getoption("examples"))

"""How the work for a text grows with its length, whatever the computer and its load."""

from __future__ import annotations

import time
from collections.abc import Callable

SHORT, TIMES = 4_000, 4
_FLOOR = 0.001  # seconds of the processor; what takes less is hardly work


def growth(read: Callable[[str], object], unit: str, end: str = "") -> float:
    """Give how many times longer it takes to read a text four times as long.

    About 4 where the work grows as the text does, 16 where it grows with its square.
    """

    def cost(length: int) -> float:
        text = (unit * length)[:length] + end
        spent = []
        for _ in range(5):
            began = time.process_time()
            read(text)
            spent.append(time.process_time() - began)
        return max(_FLOOR, min(spent))

    return cost(SHORT * TIMES) / cost(SHORT)


def square(text: str) -> int:
    """Read as a careless parser does: from every "<" to the end; for testing the measure."""
    return sum(text.count("<", at) for at, char in enumerate(text) if char == "<")

"""Whole processes: how soon the first screen is painted, and how much memory it all takes."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from tests.bench.bare_app import HELLO
from tests.bench.figure import Figure, by_turns
from tests.bench.homes import environment
from tests.bench.setting import Setting
from tests.bench.terminal import terminal

_OURS, _BARE = "cartdesk", "tests.bench.bare_app"
_TAB = "Queue"  # the first tab
_COUNTED = "Queue·"  # the same, once the ledger was read
_START_CARTS = 2_000


def start(setting: Setting) -> Iterator[Figure]:
    """From process start to first paint, beside the bare app."""
    ledger = setting.carts(min(_START_CARTS, setting.sizes.carts))
    with_letters: list[float] = []

    def ours() -> float:
        with terminal(_OURS, setting.bytecode, environment(ledger)) as running:
            painted = running.wait_for(_TAB)
            with_letters.append(running.wait_for(_COUNTED) * 1000)
            return painted * 1000

    def bare() -> float:
        with terminal(_BARE, setting.bytecode, {}) as running:
            return running.wait_for(HELLO) * 1000

    pairs = by_turns(2 * setting.sizes.repeats, "start", ours, bare)
    value, baseline = pairs.medians
    yield Figure("start", value, "ms", baseline, "ratio <= 1.5")
    yield Figure("start-with-letters", median(with_letters[1:]), "ms", baseline)


def memory(setting: Setting) -> Iterator[Figure]:
    """The most memory the app held while somebody looked through many carts."""
    ledger = setting.carts(setting.sizes.carts)

    def ours() -> float:
        with terminal(_OURS, setting.bytecode, environment(ledger)) as running:
            running.wait_for(_COUNTED)
            for keys in ("2", "G", "o", "o", "/", "maria\r", "\x1b", "1"):
                running.press(keys, settle=1.0)
            return running.peak()

    def bare() -> float:
        with terminal(_BARE, setting.bytecode, {}) as running:
            running.wait_for(HELLO)
            return running.peak()

    pairs = by_turns(min(3, setting.sizes.repeats), "memory", ours, bare, warm_up=False)
    value, baseline = pairs.medians
    yield Figure("memory", value, "MB", baseline, "ratio <= 2.5")

"""Figures of a large shop: how long the loop stands still for them, and exporting all rows."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from cartdesk.tui.metrics import MetricsScreen
from tests.bench.apps import app_over
from tests.bench.figure import Figure, by_turns, narrate
from tests.bench.homes import environment
from tests.bench.screens import SIZE, heartbeat, longest, longest_idle
from tests.bench.setting import Setting

_KEYS = ("t", "t", "t", "t", "right", "right", "right", "right", "o", "tab")
_OURS = """
import sys
from cartdesk.cli import main
assert main(sys.argv[1:]) == 0
"""
_PEAK = """
status = open("/proc/self/status", encoding="ascii").read()
print(status.partition("VmHWM:")[2].split()[0])
"""
_RAW = """
import csv, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
with open(sys.argv[2], "w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\\n")
    rows = db.execute(
        "SELECT id, number, status, lane, state, name, email, country, currency, total, "
        "created_at, quiet_since, placed_at, abandoned_at, recovered_at, recovered_by, evidence "
        "FROM orders WHERE quiet_since IS NOT NULL ORDER BY id"
    )
    writer.writerow([one[0] for one in rows.description])
    writer.writerows(rows)
"""


def metrics_open(setting: Setting) -> Iterator[Figure]:
    """The longest stall of the loop while Metrics is opened and used, beside an idle app."""
    ledger = setting.carts(setting.sizes.many)
    first = asyncio.run(_longest_look(ledger))  # everything is counted for the first time
    pairs = by_turns(
        min(3, setting.sizes.repeats),
        "metrics-open",
        lambda: asyncio.run(_longest_look(ledger)),
        lambda: asyncio.run(longest_idle()),
        warm_up=False,
    )
    value, baseline = pairs.medians
    yield Figure("metrics-open", value, "ms", baseline, "value <= 50")
    yield Figure("metrics-open-counting-all-anew", first, "ms", baseline)


async def _longest_look(ledger: Path) -> float:
    gc.collect()
    gc.freeze()  # as the command line does: what was loaded by now stays for good
    app = app_over(ledger)
    async with app.run_test(size=SIZE) as pilot:
        await app.started.wait()
        await pilot.pause(0.2)
        await _settled(pilot)
        began = time.perf_counter()
        async with heartbeat() as late:
            await pilot.press("4")
            await _shown(app.screen)
            narrate(f"the figures stood there after {time.perf_counter() - began:.2f} s")
            for key in _KEYS:
                await pilot.press(key)
                await _settled(pilot)
    return longest(late)


async def _settled(pilot: Pilot[str]) -> None:
    await pilot.pause()
    with suppress(WorkerCancelled):  # a newer reading takes the place of an older one
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def _shown(screen: object) -> None:
    assert isinstance(screen, MetricsScreen)
    while screen.report is None:
        await asyncio.sleep(0.01)


def export_all(setting: Setting) -> Iterator[Figure]:
    """Exporting every cart: seconds beside raw sqlite3 and csv, memory beside few carts."""
    many, few = setting.carts(setting.sizes.many), setting.carts(setting.sizes.few_carts)
    peaks: list[float] = []

    def ours() -> float:
        seconds, peak = _export(many, setting)
        peaks.append(peak)
        return seconds

    def raw() -> float:
        target = setting.new_path("raw.csv")
        return _measured([_RAW, str(many), str(target)], {})[0]

    pairs = by_turns(min(3, setting.sizes.repeats), "export", ours, raw)
    value, baseline = pairs.medians
    name = f"export-{setting.sizes.many // 1000}k"
    yield Figure(name, value, "s", baseline)
    yield Figure(f"{name}-memory", max(peaks), "MB", _export(few, setting)[1], "ratio <= 1.2")


def _export(ledger: Path, setting: Setting) -> tuple[float, float]:
    target = setting.new_path("carts.csv")
    return _measured([_OURS, "export", "carts", "--output", str(target)], environment(ledger))


def _measured(arguments: Sequence[str], more: Mapping[str, str]) -> tuple[float, float]:
    """Run a program of ours to its end: seconds, and MB it held at most (Linux).

    It says itself what it held: what a parent is told includes the parent's own memory.
    """
    program, *rest = arguments
    command = [sys.executable, "-c", program + _PEAK, *rest]
    began = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **more}, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, int(done.stdout.split()[-1]) / 1024

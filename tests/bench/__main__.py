"""``python -m tests.bench [NAME ...]``: measure everything, or what is named.

Each figure is one line of JSON on standard output; on standard error stands what goes on.
A figure and its baseline are measured by turns in the same run, and the medians are given.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.bench import importing, metrics, metrics_year, polling, processes, screens, sending
from tests.bench.figure import Figure, narrate
from tests.bench.setting import Setting, Sizes, setting

Measure = Callable[[Setting], Iterator[Figure]]

MEASURES: Mapping[str, Measure] = {
    "start": processes.start,
    "first-import": importing.first_import,
    "import-vs-package": importing.import_vs_package,
    "idle-poll": polling.idle_poll,
    "cpu-per-order": importing.cpu_per_order,
    "key-to-paint": screens.key_to_paint,
    "stall": screens.stall,
    "metrics-open": metrics.metrics_open,
    "export": metrics.export_all,
    "metrics-year": metrics_year.metrics_year,
    "letters": sending.letters,
    "memory": processes.memory,
}


def main(arguments: Sequence[str] | None = None, sizes: Sizes | None = None) -> int:
    """Measure and print; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    names = parser.parse_args(arguments).names or list(MEASURES)
    unknown = sorted(set(names) - set(MEASURES))
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    missed = False
    with setting(sizes or Sizes()) as place:
        for name in names:
            began = time.monotonic()
            narrate(f"measuring {name}")
            for figure in MEASURES[name](place):
                sys.stdout.write(figure.line() + "\n")
                sys.stdout.flush()
                missed = missed or figure.ok is False
            narrate(f"{name} took {time.monotonic() - began:.0f} s")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())

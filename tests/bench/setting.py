"""How large the measured things are, and where their files lie while they are measured."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.homes import write_home


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured, and how often."""

    orders: int = 5_000
    carts: int = 50_000
    few_carts: int = 100
    many: int = 100_000
    letters: int = 300
    repeats: int = 5


class Setting:
    """Sizes, and a folder that vanishes at the end of a run."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self.sizes = sizes
        self._folder = folder
        self._numbers = count()
        self._homes: dict[int, Path] = {}

    def new_path(self, name: str) -> Path:
        """Give a path in a new, empty folder."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder / name

    def carts(self, number: int) -> Path:
        """Give a ledger with so many carts in a home of its own; it is written once a run."""
        if number not in self._homes:
            self._homes[number] = write_home(self._folder / f"carts-{number}", number)
        return self._homes[number]

    @property
    def bytecode(self) -> Path:
        """Where programs keep their compiled modules, as an installed one would."""
        return self._folder / "bytecode"

    def discard(self, path: Path) -> None:
        """Delete what lies beside a path given before."""
        shutil.rmtree(path.parent)


@contextmanager
def setting(sizes: Sizes) -> Iterator[Setting]:
    """Make a setting and clean up after it."""
    with TemporaryDirectory(prefix="cartdesk-bench-") as folder:
        yield Setting(sizes, Path(folder))

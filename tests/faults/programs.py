"""Sessions of the program as processes: started, waited for, killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Queue
from typing import Any, Self

_ROOT = Path(__file__).parents[2]
_LONGEST = 60.0


class Program:
    """One running session."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: int | None = None
        self.trouble = ""
        self._ready = threading.Event()
        self._gone = threading.Event()

    def hear(self, word: str, rest: str) -> None:
        """Take note of what the nursery tells."""
        if word == "ready":
            self._ready.set()
        elif word == "failed":
            self.trouble = rest
        else:
            self.code = int(rest)
            self._ready.set()
            self._gone.set()

    def until_ready(self) -> None:
        """Wait until it begins to send (or is gone already)."""
        assert self._ready.wait(_LONGEST)

    def until_gone(self) -> None:
        """Wait until it has ended."""
        assert self._gone.wait(_LONGEST)

    @property
    def is_ready(self) -> bool:
        """Whether it began to send, or is gone."""
        return self._ready.is_set()

    @property
    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return not self._gone.is_set()

    def kill(self) -> bool:
        """Kill it at once; False when it had ended by itself."""
        if self.lives:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.until_gone()
        return self.code == -signal.SIGKILL


class Alone:
    """One session as a program of its own, which loads everything itself."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.code: int | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.session", json.dumps(plan)],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
        )

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it began to send, or is gone."""
        assert self._process.stdout is not None
        return bool(select.select([self._process.stdout], [], [], 0)[0])

    def until_gone(self) -> None:
        """Wait until it has ended."""
        with self._process:
            self.code = self._process.wait(_LONGEST)

    def kill(self) -> bool:
        """Kill it at once; False when it had ended by itself."""
        self._process.kill()
        self.until_gone()
        return self.code == -signal.SIGKILL


class Programs:
    """Starts sessions of a module that serves as a nursery; use it in a ``with`` block."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __enter__(self) -> Self:
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", self._module],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._born: Queue[Program] = Queue()
        self._living: dict[str, Program] = {}
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        return self

    def __exit__(self, *args: object) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        self._nursery.wait()
        self._listener.join()

    def start(self, plan: dict[str, Any]) -> Program:
        """Start a session; it is not ready yet."""
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(plan).encode() + b"\n")
        self._nursery.stdin.flush()
        return self._born.get(timeout=_LONGEST)

    def _listen(self) -> None:
        assert self._nursery.stdout is not None
        early: dict[str, list[tuple[str, str]]] = {}
        with self._nursery.stdout as lines:
            for line in lines:
                word, _, rest = line.decode().strip().partition(" ")
                pid, _, rest = rest.partition(" ")
                if word == "born":
                    program = self._living[pid] = Program(int(pid))
                    for heard in early.pop(pid, ()):
                        program.hear(*heard)
                    self._born.put(program)
                elif word != "open" and pid in self._living:
                    self._living[pid].hear(word, rest)
                elif word != "open":  # it was faster than its own birth notice
                    early.setdefault(pid, []).append((word, rest))
                if word == "gone":
                    self._living.pop(pid, None)

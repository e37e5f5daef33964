"""A program in a terminal of its own: what it paints when, keys for it, and its memory."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ROWS, _COLUMNS = 40, 120
_PATIENCE = 30.0  # seconds
_LEAVE = "\x11"  # ctrl+q


class Terminal:
    """A running program and the terminal it thinks it is in."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, began: float) -> None:
        self._process = process
        self._master = master
        self._began = began
        self._painted = b""

    def wait_for(self, text: str) -> float:
        """Wait until a text is painted; gives seconds since the process was started."""
        wanted = text.encode()
        while wanted not in self._painted:
            left = self._began + _PATIENCE - time.monotonic()
            if not self._read(left):
                raise RuntimeError(f"{text!r} was not painted: {self._painted[-500:]!r}")
        return time.monotonic() - self._began

    def press(self, keys: str, *, settle: float) -> None:
        """Press keys and wait until nothing was painted for so many seconds."""
        os.write(self._master, keys.encode())
        while self._read(settle):
            pass

    def peak(self) -> float:
        """Give the most memory the program held so far, in MB (Linux)."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the system does not tell how much memory a program held")

    def leave(self) -> None:
        """Press ctrl+q and wait for the end. Raises RuntimeError when there is none."""
        os.write(self._master, _LEAVE.encode())
        late = time.monotonic() + _PATIENCE
        while self._process.poll() is None:
            self._read(0.05)
            if time.monotonic() > late:
                raise RuntimeError(f"it did not leave: {self._painted[-500:]!r}")

    def _read(self, seconds: float) -> bool:
        """Read what comes within so many seconds; False when nothing does."""
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the program is gone
            return False
        self._painted += data
        return bool(data)


@contextmanager
def terminal(module: str, bytecode: Path, more: Mapping[str, str]) -> Iterator[Terminal]:
    """Run ``python -m module`` in a terminal of 120 by 40 cells until the block ends.

    Args:
        module: What to run.
        bytecode: Where compiled modules are kept, so that none is compiled at each start.
        more: Variables of its environment.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    command = [sys.executable, "-m", module]
    environment = {**os.environ, **more, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    try:
        running = Terminal(process, master, began)
        yield running
        running.leave()
    finally:
        process.kill()
        process.wait()
        os.close(master)

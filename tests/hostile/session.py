"""A pseudo terminal with the watched program in it: keys, clicks, and every byte it painted."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_KEYS = {
    "escape": b"\x1b",
    "enter": b"\r",
    "tab": b"\t",
    "right": b"\x1b[C",
    "down": b"\x1b[B",
    "f2": b"\x1bOQ",
    "f4": b"\x1bOS",
    "ctrl+q": b"\x11",
    "ctrl+p": b"\x10",
    "ctrl+u": b"\x15",
    "backspace": b"\x7f",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What is so at one moment, as the one beside the program tells it."""

    screens: list[str]
    deeds: list[str] = field(default_factory=list)
    text: str = ""
    toasts: list[str] = field(default_factory=list)
    letters: dict[str, str] = field(default_factory=dict)
    wire: int = 0
    secrets: list[str] = field(default_factory=list)
    shop: str = ""
    cells: list[str] = field(default_factory=list)
    armed: list[str] = field(default_factory=list)


class Session:
    """The running program."""

    def __init__(self, master: int, line: socket.socket, program: subprocess.Popen[bytes]) -> None:
        self._master, self._program = master, program
        line.settimeout(30)
        self._line = line.makefile("rwb")
        self._heard = 0
        self._painted = bytearray()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def painted(self) -> bytes:
        """Every byte the terminal got so far."""
        return bytes(self._painted)

    def press(self, *keys: str) -> None:
        """Press keys: by name, or the letters of a text one after another ("text:...")."""
        for key in keys:
            if key.startswith("text:"):
                self._write(key[5:].encode(), len(key) - 5)
            else:
                self._write(_KEYS.get(key) or key.encode(), 1)

    def click(self, places: Sequence[tuple[int, int]]) -> None:
        """Click on cells, as a terminal tells it (SGR mouse mode)."""
        for x, y in places:
            place = f"\x1b[<0;{x + 1};{y + 1}"
            self._write(f"{place}M{place}m".encode(), 1)

    def look(self, **question: Any) -> Look:
        """Wait until all keys and clicks had their effect, and give what is so then."""
        self._line.write(json.dumps({"heard": self._heard, **question}).encode() + b"\n")
        self._line.flush()
        try:
            said = self._line.readline()
        except OSError:
            said = b""
        assert said, f"the program ended: {self.painted[-3000:].decode('utf-8', 'replace')}"
        found = json.loads(said)
        assert "late" not in found, f"{found['late']}\n{found['text']}"
        return Look(**found)

    def leave(self) -> None:
        """Wait for the end after ctrl+q."""
        self._program.wait(20)

    def _write(self, data: bytes, events: int) -> None:
        os.write(self._master, data)
        self._heard += events

    def _read(self) -> None:
        with suppress(OSError):  # the program is gone
            while data := os.read(self._master, 65_536):
                self._painted += data

    def close(self) -> None:
        """End the program if it still runs."""
        if self._program.poll() is None:
            self._program.kill()
        self._program.wait()
        self._reader.join(10)
        self._line.close()
        os.close(self._master)


@contextmanager
def session(directory: Path, kind: str, size: tuple[int, int]) -> Iterator[Session]:
    """Run the watched program (see ``watched``) on a terminal of so many columns and rows."""
    directory.mkdir()
    ours, theirs = socket.socketpair()
    master, slave = pty.openpty()
    columns, rows = size
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    command = [sys.executable, "-m", "tests.hostile.watched", str(directory), kind]
    program = subprocess.Popen(
        [*command, str(theirs.fileno())],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=directory,
        env={**os.environ, **_environment(directory)},
        pass_fds=(theirs.fileno(),),
    )
    os.close(slave)
    theirs.close()
    running = Session(master, ours, program)
    try:
        yield running
    finally:
        running.close()
        ours.close()


def _environment(directory: Path) -> dict[str, str]:
    """Give the program a home of its own, and programs that write down that they were run."""
    bin_ = directory / "bin"
    bin_.mkdir()
    for name in ("xdg-open", "www-browser", "firefox", "x-www-browser", "editor"):
        script = f'#!/bin/sh\necho "{name} $*" >> "{directory / "run"}"\n'
        (bin_ / name).write_text(script, "utf-8")
        (bin_ / name).chmod(0o755)
    return {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
        "BROWSER": str(bin_ / "xdg-open"),
        "EDITOR": str(bin_ / "editor"),
        "VISUAL": str(bin_ / "editor"),
        "DISPLAY": ":99",
        "ESCDELAY": "25",
        "CARTDESK_HOME": str(directory / "home"),
        "HOME": str(directory),
        "PYTHON_KEYRING_BACKEND": "tests.memory_keyring.MemoryKeyring",
    }


def programs_run(directory: Path) -> list[str]:
    """Give every browser and editor that was started, with what it was given."""
    path = directory / "run"
    return path.read_text("utf-8").splitlines() if path.exists() else []

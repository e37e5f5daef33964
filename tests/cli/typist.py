"""A person at a real (pseudo-)terminal, who reads and types."""

from __future__ import annotations

import codecs
import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from typing import Self


class Typist:
    """The program on a pseudo-terminal, and who sits before it."""

    def __init__(self, *arguments: str) -> None:
        self.seen = self._unread = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.handle, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cartdesk", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def wait_for(self, words: str, seconds: float = 15) -> None:
        """Read on until the words appear."""
        until = time.monotonic() + seconds
        while words not in self._unread:
            ready, _, _ = select.select([self.handle], [], [], max(0, until - time.monotonic()))
            assert ready, f"no {words!r} in {self._unread!r}"
            self._read()
        self._unread = self._unread.partition(words)[2]

    def _read(self) -> bool:
        data = os.read(self.handle, 65536)
        text = self._decoder.decode(data)
        self.seen += text
        self._unread += text
        return bool(data)

    def type(self, line: str) -> None:
        os.write(self.handle, line.encode() + b"\n")

    def answer(self, question: str, line: str) -> None:
        self.wait_for(question)
        self.type(line)

    def end(self) -> int:
        """Read to the end and give the exit code."""
        with contextlib.suppress(OSError):  # the terminal's other end is closed
            while self._read():
                pass
        return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.handle)

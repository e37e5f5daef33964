"""Reading from the keyboard in the middle of asynchronous work, so that Ctrl-C still ends it."""

from __future__ import annotations

import getpass
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt at once.

    A running event loop takes the signal for itself and cancels its task, which would do
    nothing before the line is typed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def read_line(question: str) -> str | None:
    """Ask on stderr and read a line from stdin, without its end; None: there is no more."""
    with interruptible():
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
    return line.strip() if line else None


def read_secret(question: str) -> str | None:
    """Ask for a line that is not shown; None: there is no more."""
    try:
        with interruptible():
            return getpass.getpass(f"{question} ", stream=sys.stderr).strip()
    except EOFError:
        return None

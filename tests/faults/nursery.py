"""A process that has loaded the program once and forks a session for each line it reads.

It has one thread, so a fork is safe, and a session starts within milliseconds. It tells on
stdout which processes were born, are ready, and are gone.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def say(*words: object) -> None:
    """Tell the parent; one write, so that lines of several processes never mix."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


Session = Callable[[dict[str, Any], Callable[[], None]], None]


def bear(line: bytes, session: Session) -> None:
    """Fork one session."""
    pid = os.fork()
    if pid:
        say("born", pid)
        return
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(0)
        session(json.loads(line), lambda: say("ready", os.getpid()))
        code = 0
    except BaseException as error:
        traceback.print_exception(error)
        say("failed", os.getpid(), repr(error).replace("\n", " "))
    finally:
        os._exit(code)


def reap() -> None:
    """Tell which sessions are gone."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            say("gone", pid, os.waitstatus_to_exitcode(status))


def serve(session: Session) -> None:
    """Fork a session for each line until stdin ends; everything it needs is loaded by now."""
    assert threading.active_count() == 1
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    say("open")
    pending = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            reap()
        if 0 in ready:
            given = os.read(0, 65536)
            if not given:
                return
            *lines, pending = (pending + given).split(b"\n")
            for line in lines:
                bear(line, session)

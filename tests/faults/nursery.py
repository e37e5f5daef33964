"""A process that has loaded the program once and forks a session for each line it reads.

It has one thread, so a fork is safe, and a session starts within milliseconds. It tells on
stdout which processes were born, are ready, and are gone.
"""

from __future__ import annotations

import json
import os
import select
import signal
import tempfile
import threading
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cartdesk.adapters.clock import SystemClock
from tests.faults.booth import fill, settings_for
from tests.faults.session import Plan, live, prepare
from tests.faults.shop import unpaid


def say(*words: object) -> None:
    """Tell the parent; one write, so that lines of several processes never mix."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def warm_up() -> None:
    """Live through a session that reaches no mail server, so that all is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        ledger, now = Path(folder) / "ledger.sqlite3", datetime.now(UTC)
        fill(ledger, [unpaid(1, now)], SystemClock(), settings_for(9))
        live(Plan(str(ledger), 9, 1, now.isoformat()), lambda: None)
    assert threading.active_count() == 1


def bear(line: bytes) -> None:
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
        plan = Plan(**json.loads(line))
        prepare(plan)
        live(plan, lambda: say("ready", os.getpid()))
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


def main() -> None:
    """Serve until stdin ends."""
    warm_up()
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
                bear(line)


if __name__ == "__main__":
    main()

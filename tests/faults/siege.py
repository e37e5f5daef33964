"""One ledger under siege: sessions are started and killed until every letter is through."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from cartdesk.adapters.clock import SystemClock
from cartdesk.adapters.ledger import Book
from cartdesk.domain.model import ReminderState
from cartdesk.work.invariants import violations
from tests.faults.booth import fill, settings_for, wrong_with
from tests.faults.postbox import Postbox
from tests.faults.programs import Alone, Program, Programs
from tests.faults.session import Plan
from tests.faults.shop import unpaid

LONGEST = 0.15  # seconds from ready until the kill, at most; a busy computer needs more
_MORE = 1.6  # times, after a kill before any dialog; less after a session that ended
LATEST = 3.0
UNTIL_READY = 0.03  # seconds that a session takes to be ready, or some more
AIMED = 0.75  # of the kills, when several programs live and one of them sends
EARLY = 5  # the first of so many assaults does not wait for the sessions to be ready
_MID_DIALOG = "SELECT id, attempts FROM reminders WHERE state IN ('sending-open', 'sending-dot')"


class Siege:
    """A ledger with letters to send, and what became of them under fire."""

    def __init__(
        self, folder: Path, programs: Programs, postbox: Postbox, *, carts: int, dice: random.Random
    ) -> None:
        folder.mkdir(parents=True)
        self.path = folder / "ledger.sqlite3"
        self.longest = LONGEST
        self.kills = self.in_dialog = self.before_ready = self._assaults = 0
        self._left_open = set[tuple[int, int]]()
        self._programs = programs
        self._postbox = postbox
        self._carts = carts
        self._dice = dice
        self._born = datetime.now(UTC)
        records = [unpaid(number, self._born) for number in range(1, carts + 1)]
        fill(self.path, records, SystemClock(), settings_for(postbox.port))

    def start(self, point: str = "", mistake: str = "") -> Program:
        """Start a session that knows what the mail server has taken until now."""
        return self._programs.start(asdict(self.plan(point, mistake)))

    def plan(self, point: str = "", mistake: str = "") -> Plan:
        """Give what a session of now needs to know."""
        return Plan(
            str(self.path),
            self._postbox.port,
            self._carts,
            self._born.isoformat(),
            self._postbox.message_ids(),
            point=point,
            mistake=mistake,
        )

    def assault(self, at_once: int) -> None:
        """Start sessions together, and kill each at its own random moment.

        Most are given the time to begin sending, so that the kills hit dialogs; the others are
        killed at any moment from their very first on.
        """
        programs, longest = [self.start() for _ in range(at_once)], UNTIL_READY
        tuning = bool(self._assaults % EARLY)
        if tuning:
            longest = self.longest
            for program in programs:
                program.until_ready()
        self._assaults += 1
        waits = sorted(self._dice.uniform(0, longest) for _ in programs)
        began, kills, hits = time.monotonic(), self.kills, self.in_dialog
        left = programs[:]
        for wait in waits:
            time.sleep(max(0.0, began + wait - time.monotonic()))
            program = self._victim(left)
            early = not program.is_ready
            if program.kill():
                self.count_kill(early, program.pid)
            elif program.code:
                raise AssertionError(f"a session failed: {program.trouble or program.code}")
        if tuning and kills == self.kills:  # all had ended by themselves
            self.longest = max(LONGEST, self.longest / _MORE)
        elif tuning and hits == self.in_dialog:
            self.longest = min(LATEST, self.longest * _MORE)
        self._promises_hold()

    def _victim(self, left: list[Program]) -> Program:
        """Take the next to be killed: most often the one that sends, as only one of them can."""
        sender = self._last_sender()
        sending = [program for program in left if program.pid == sender and program.lives]
        chosen = sending if sending and self._dice.random() < AIMED else left
        program = self._dice.choice(chosen)
        left.remove(program)
        return program

    def assault_alone(self, longest: float) -> None:
        """Start a whole program, and kill it at any moment from exec on."""
        program = Alone(asdict(self.plan()))
        time.sleep(self._dice.uniform(0, longest))
        early = not program.is_ready
        if program.kill():
            self.count_kill(early, program.pid)
        else:
            assert program.code == 0
        self._promises_hold()

    def count_kill(self, early: bool, pid: int) -> None:
        """Count a kill; it hit a dialog only if it is this program that left one open by it.

        A letter that an earlier kill left there, or that the other program is sending, is no hit.
        """
        opened = self._open_dialogs() - self._left_open
        hit = bool(opened) and self._last_sender() == pid
        self.kills += 1
        self.before_ready += early
        self.in_dialog += hit
        if hit:
            self._left_open |= opened

    def _open_dialogs(self) -> set[tuple[int, int]]:
        """Give number and try of each letter that the ledger has in mid-dialog."""
        with closing(sqlite3.connect(self.path)) as conn:
            return set(conn.execute(_MID_DIALOG))

    def _last_sender(self) -> int:
        """Give the process that sends, or was the last to send; 0 before any did."""
        witness = self.path.with_suffix(".witness")
        return int(witness.read_bytes() or 0) if witness.exists() else 0

    def _promises_hold(self) -> None:
        self._postbox.quiet()
        with closing(Book(self.path)) as book:
            assert violations(book, sender_lives=True) == ()
        assert not self.two_at_once

    def finish(self, mistake: str = "") -> None:
        """Let sessions end in peace until nothing is left to do; then all must hold."""
        for _ in range(100):
            program = self.start(mistake=mistake)
            program.until_gone()
            assert program.code == 0, program.trouble
            self._postbox.quiet()
            if self.states().keys() <= {ReminderState.SENT}:
                break
        assert self.states() == {"sent": self._carts}
        assert wrong_with(self.path) == ()

    def states(self) -> Counter[str]:
        """Count the letters by state, as any reader of the file sees them."""
        with closing(sqlite3.connect(self.path)) as conn:
            return Counter(dict(conn.execute("SELECT state, count(*) FROM reminders GROUP BY 1")))

    @property
    def two_at_once(self) -> bool:
        """Whether two programs were ever sending at the same instant."""
        return self.path.with_suffix(".two-senders").exists()

    @property
    def done(self) -> bool:
        """Whether every letter is through."""
        return self.states() == {"sent": self._carts}

    def asked(self) -> int:
        """Count how often nobody knew and the person was asked."""
        with closing(sqlite3.connect(self.path)) as conn:
            rows = conn.execute("SELECT count(*) FROM events WHERE kind = 'letter.lost-sight'")
            return int(rows.fetchone()[0])

    def lost(self) -> int:
        """Count the people who got nothing."""
        copies = self._postbox.copies()
        return sum(not copies[f"ana{number}@example.org"] for number in range(1, self._carts + 1))

    def double(self) -> int:
        """Count the copies too many."""
        return sum(count - 1 for count in self._postbox.copies().values())

"""Counts what the fault tests tried and what became of it, for the table at the end.

A test counts into its own report, so that the numbers also arrive from other processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

ROWS = {
    "T-01": "killed at 11 named points",
    "T-02": "killed at any moment, from the first on",
    "T-03": "killed, and connections reset, closed or silent",
    "T-04": "two programs at once, killed, connections broken",
    "T-04b": "three programs at once, killed",
    "T-05": "connection lost before the dot",
    "T-06": "answer to the dot lost or odd",
    "T-07": "answers 4xx and 5xx at every stage",
    "T-08": "line drops right behind the yes, or at QUIT",
    "T-09": "break at letter k of a batch",
    "T-10": "login refused at the reconnect in mid-batch",
    "T-11": "ledger locked, full, read-only or not ours to write, at each commit",
    "T-12": "clock steps, summer time, sleep",
    "T-13": "paid between the key and the sending",
    "T-14": "unsure: never again by itself",
    "T-15": "sent again: the same bytes, or none",
    "T-16": "answer just before and after the time limit",
    "T-17": "certificates that do not hold, TLS taken out or missing",
    "T-18": "the provider's limit in mid-batch",
    "T-19": "power cut: any unsynced write lost, torn or out of order",
    "T-20": "keys, answers, crashes in any order against a model",
    "sync-kill": "killed at any moment of a pass over the shop",
    "sync-model": "orders, clocks, faults and kills in any order against a model",
    "sync-wrong": "wrong ways to read a shop, each caught by the rule it breaks",
}
_IMAP = "tests/adapters/mail/test_imap.py::test_"
IMAP_WIRES = (  # the mailbox's side of T-17
    f"{_IMAP}a_certificate_that_is_not_trusted_gets_no_password",
    f"{_IMAP}not_one_byte_goes_to_a_server_whose_certificate_does_not_hold",
    f"{_IMAP}without_starttls_no_password_is_sent",
    f"{_IMAP}a_plain_server_on_the_tls_port_gets_no_password",
)
SHARES = frozenset({"during a dialog", "before it was ready", "in mid-pass"})
_MARK = "fault"


@dataclass
class Row:
    """One line of the table; ``also`` counts what else is worth knowing, by its words."""

    cases: int = 0
    lost: int = 0
    double: int = 0
    asked: int = 0
    also: Counter[str] = field(default_factory=Counter)

    def note(self) -> str:
        """Say what else was counted; shares of the cases in per cent."""
        return ", ".join(
            f"{count / max(self.cases, 1):.0%} {words}" if words in SHARES else f"{count:,} {words}"
            for words, count in self.also.items()
        )


class Tally:
    """What one test counts; ``record`` is pytest's ``record_property``."""

    def __init__(self, record: Callable[[str, object], None]) -> None:
        self._record = record

    def add(
        self,
        name: str,
        *,
        cases: int = 1,
        lost: int = 0,
        double: int = 0,
        asked: int = 0,
        also: dict[str, int] | None = None,
    ) -> None:
        """Count cases of a fault."""
        assert name in ROWS
        numbers = {"cases": cases, "lost": lost, "double": double, "asked": asked}
        self._record(_MARK, {"name": name, **numbers, "also": also or {}})


def rows(properties: Iterable[tuple[str, Any]]) -> dict[str, Row]:
    """Add up what tests recorded, in the order of the table."""
    found: dict[str, Row] = {}
    for mark, given in properties:
        if mark == _MARK:
            row = found.setdefault(given["name"], Row())
            for what in ("cases", "lost", "double", "asked"):
                setattr(row, what, getattr(row, what) + given[what])
            row.also.update(given["also"])
    return {name: found[name] for name in ROWS if name in found}


def table(found: dict[str, Row], failed: int) -> list[str]:
    """Give the table as lines of Markdown, and what it does not show."""
    lines = [
        "| fault | what | cases | lost | double | asked | |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {name} | {ROWS[name]} | {row.cases:,} | {row.lost} | {row.double} | {row.asked:,} "
        f"| {row.note()} |"
        for name, row in found.items()
    ]
    missing = [name for name in ROWS if name not in found]
    if missing:
        lines.append(f"Not in this run: {', '.join(missing)}.")
    if failed:
        lines.append(f"{failed} of the tests failed; what they tried is not in the table.")
    return lines

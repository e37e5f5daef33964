"""Counts what the fault tests tried and what became of it, for the table at the end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Row:
    """One line of the table; ``note`` says what else is worth knowing."""

    what: str
    cases: int = 0
    lost: int = 0
    double: int = 0
    asked: int = 0
    note: str = ""


class Tally:
    """The table, by the name of the fault."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}

    def add(
        self,
        name: str,
        what: str,
        *,
        cases: int = 1,
        lost: int = 0,
        double: int = 0,
        asked: int = 0,
        note: str = "",
    ) -> None:
        """Count cases of a fault."""
        row = self.rows.setdefault(name, Row(what))
        row.cases += cases
        row.lost += lost
        row.double += double
        row.asked += asked
        row.note = note or row.note

    def table(self) -> list[str]:
        """Give the table as lines of Markdown."""
        lines = [
            "| fault | what | cases | lost | double | asked | |",
            "|---|---|---:|---:|---:|---:|---|",
        ]
        lines += [
            f"| {name} | {row.what} | {row.cases:,} | {row.lost} | {row.double} | {row.asked:,} "
            f"| {row.note} |"
            for name, row in sorted(self.rows.items())
        ]
        return lines

"""Traces of a person outside the ledger: exported files and the log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SHORTEST = 4  # a shorter name would be found in ordinary words


def delete_exports(folder: Path, strings: Iterable[str], letters: Iterable[int]) -> list[Path]:
    """Delete exported files that name a person or hold one of their letters, and give them."""
    wanted = [_folded(text) for text in strings if len(text) >= _SHORTEST]
    theirs = {f"letter-{number}.html" for number in letters}
    gone = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes().lower()
        if path.name in theirs or any(text in content for text in wanted):
            path.unlink()
            gone.append(path)
    return gone


def blank_logs(log: Path, strings: Iterable[str]) -> None:
    """Write stars over a person's name and addresses in the log and its older files.

    The length stays, since a window that is open may be adding lines at the end.
    """
    wanted = [_folded(text) for text in strings if len(text) >= _SHORTEST]
    for path in sorted(log.parent.glob(f"{log.name}*")):
        content = path.read_bytes().lower()
        with path.open("r+b") as file:
            for text in wanted:
                at = content.find(text)
                while at >= 0:
                    file.seek(at)
                    file.write(b"*" * len(text))
                    at = content.find(text, at + len(text))


def _folded(text: str) -> bytes:
    return text.encode().lower()

"""Traces of a person outside the ledger: exported files and the log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cartdesk.domain.traces import Traces


def delete_exports(folder: Path, strings: Iterable[str], letters: Iterable[int]) -> list[Path]:
    """Delete exported files that name a person or hold one of their letters, and give them."""
    traces = Traces(strings, single_names=True)
    theirs = {f"letter-{number}.html" for number in letters}
    gone = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if path.name in theirs or traces.within(_text(path.read_bytes())):
            path.unlink()
            gone.append(path)
    return gone


def blank_logs(log: Path, strings: Iterable[str]) -> None:
    """Write stars over a person's name and addresses in the log and its older files.

    The length stays, since a window that is open may be adding lines at the end.
    """
    traces = Traces(strings, single_names=True)
    for path in sorted(log.parent.glob(f"{log.name}*")):
        at = 0
        with path.open("r+b") as file:
            for line in path.read_bytes().splitlines(keepends=True):
                text = _text(line)
                for begin, end in traces.spans(text):
                    file.seek(at + len(_bytes(text[:begin])))
                    file.write(b"*" * len(_bytes(text[begin:end].rstrip("\r\n"))))
                at += len(line)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

"""What SQLite writes, and when it makes sure that it is on the disk.

SQLite reaches files through a table of functions (its VFS, sqlite.org/vfs.html). Here writing,
cutting off and syncing are wrapped in the process's own table, so that every byte and every
sync is seen in order. What was written after a file's last sync may be lost in a power cut.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char_p,
    c_int,
    c_int64,
    c_void_p,
    cast,
    memmove,
    pointer,
    sizeof,
    string_at,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(Structure):
    _fields_: ClassVar = [
        ("version", c_int),
        ("file_size", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", _Open),
    ]


class _Methods(Structure):
    _fields_: ClassVar = [
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", _Write),
        ("truncate", _Truncate),
        ("sync", _Sync),
        ("rest", c_void_p * 13),  # up to version 3
    ]


class _File(Structure):
    _fields_: ClassVar = [("methods", POINTER(_Methods))]


Event = tuple[Any, ...]


class Watch:
    """Records ("write", file, offset, bytes), ("truncate", file, size) and ("sync", file)."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.on = False
        self._names: dict[int, str] = {}
        self._kept: list[object] = []  # what C still points to
        self._methods: dict[int, Any] = {}

    def begin(self) -> None:
        """Wrap the default VFS of this process, for good."""
        library = _library()
        if library is None:
            raise RuntimeError("this Python hides its SQLite, so its writes cannot be watched")
        find = library.sqlite3_vfs_find
        find.restype = POINTER(_Vfs)
        vfs = find(None)
        real = _Open(cast(vfs.contents.open, c_void_p).value or 0)

        def opened(vfs_: int, name: int, file: int, flags: int, out: int) -> int:
            code = int(real(vfs_, name, file, flags, out))
            if code == 0 and name:
                path = string_at(name).decode()
                self._names[file] = Path(path).name
                found = cast(file, POINTER(_File)).contents
                found.methods = self._wrapped(found.methods)
            return code

        wrapper = _Open(opened)
        self._kept += [real, wrapper]
        vfs.contents.open = wrapper

    def _wrapped(self, methods: Any) -> Any:
        address = cast(methods, c_void_p).value or 0
        if address not in self._methods:
            copy = _Methods()
            memmove(pointer(copy), methods, sizeof(_Methods))
            copy.write = self._watching(_Write, copy.write, self._wrote)
            copy.truncate = self._watching(_Truncate, copy.truncate, self._cut)
            copy.sync = self._watching(_Sync, copy.sync, self._synced)
            self._kept.append(copy)
            self._methods[address] = pointer(copy)
        return self._methods[address]

    def _watching(self, kind: Any, method: Any, note: Callable[..., None]) -> Any:
        real = kind(cast(method, c_void_p).value or 0)

        def wrapper(file: int, *given: int) -> int:
            code = int(real(file, *given))
            if self.on and code == 0:
                note(self._names[file], *given)
            return code

        watching = kind(wrapper)
        self._kept += [real, watching]
        return watching

    def _wrote(self, name: str, data: int, size: int, offset: int) -> None:
        self.events.append(("write", name, offset, string_at(data, size)))

    def _cut(self, name: str, size: int) -> None:
        self.events.append(("truncate", name, size))

    def _synced(self, name: str, _flags: int) -> None:
        self.events.append(("sync", name))


def can_watch() -> bool:
    """Tell whether this Python's SQLite lets its functions be reached."""
    return _library() is not None


def _library() -> ctypes.CDLL | None:
    """Give the SQLite this Python uses, which is a shared library or part of Python itself."""
    maps = Path("/proc/self/maps")
    loaded = maps.read_text().splitlines() if maps.exists() else []
    paths = sorted({line.split()[-1] for line in loaded if "sqlite3" in line})
    for path in (*paths, None):
        library = ctypes.CDLL(path)
        if hasattr(library, "sqlite3_vfs_find"):
            return library
    return None


@dataclass(frozen=True)
class Trace:
    """The files at the beginning, what happened to them in order, and when dots arrived.

    A dot is ("dot", Message-ID) among the events: from there on the server had the letter.
    """

    files: dict[str, bytes]
    events: list[Event]


class Disk:
    """Files as a power cut may leave them: what was synced, and any part of what was not."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.durable = {name: bytearray(content) for name, content in files.items()}
        self.pending: dict[str, list[Event]] = {}

    def follow(self, event: Event) -> None:
        """Do what SQLite did."""
        kind, name = event[0], event[1]
        if kind == "sync":
            for earlier in self.pending.pop(name, ()):
                _apply(self.durable.setdefault(name, bytearray()), earlier)
        else:
            self.pending.setdefault(name, []).append(event)

    def after_cut(self, survive: Callable[[str, list[Event]], list[Event]]) -> dict[str, bytes]:
        """Give the files when only those unsynced writes survive that ``survive`` chooses."""
        files = {name: bytearray(content) for name, content in self.durable.items()}
        for name, events in self.pending.items():
            for event in survive(name, events):
                _apply(files.setdefault(name, bytearray()), event)
        return {name: bytes(content) for name, content in files.items()}


def _apply(content: bytearray, event: Event) -> None:
    if event[0] == "truncate":
        del content[event[2] :]
        return
    _, _, offset, data = event
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(data)] = data

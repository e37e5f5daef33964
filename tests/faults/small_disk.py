"""A disk that is really full: a file system of some megabytes for one process, and only for it.

It is mounted in a mount namespace of the process's own, so that it is gone when the process is
(mount_namespaces(7)); who is not root takes a user namespace as well. Where neither is allowed,
the kernel is asked to let no file of the process grow (RLIMIT_FSIZE, setrlimit(2)).
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

MEGABYTES = 6
_PLACE = "CARTDESK_TESTS_SMALL_DISK"
_LIMITED = "CARTDESK_TESTS_NO_MOUNT"
_MOUNT = f'mount -t tmpfs -o size={MEGABYTES}m,mode=700 none "$0" && exec "$@"'


@cache
def _way() -> tuple[str, ...]:
    """Give the command that makes the namespaces; empty where none may be made."""
    for options in (("-m",), ("-Urm",)):
        way = ("unshare", *options, "sh", "-c", _MOUNT)
        try:
            tried = subprocess.run([*way, "/mnt", "true"], capture_output=True, check=False)
        except FileNotFoundError:
            return ()
        if tried.returncode == 0:
            return way
    return ()


def on_small_disk(case: Callable[[], object], place: Path) -> Any:
    """Run a function of a test module in a process of its own, its home on a small disk.

    Args:
        case: A function without arguments; what it gives must go through JSON.
        place: A new folder, which becomes the small disk and CARTDESK_HOME.
    """
    place.mkdir(mode=0o700)
    code = (
        f"import json, {case.__module__} as tests\n"
        f"print('\\n' + json.dumps(tests.{case.__name__}()))"
    )
    command = [sys.executable, "-c", code]
    environ = {**os.environ, "CARTDESK_HOME": str(place), "HOME": str(place), _PLACE: str(place)}
    way = _way()
    if way:
        command = [*way, str(place), *command]
    else:
        environ[_LIMITED] = "1"
    done = subprocess.run(
        command, env=environ, cwd=Path(__file__).parents[2], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return json.loads(done.stdout.splitlines()[-1])


def home() -> Path:
    """Give the small disk."""
    return Path(os.environ[_PLACE])


def fill(room: int = 0) -> None:
    """Fill the small disk to the last byte, but for ``room`` bytes."""
    if _LIMITED in os.environ:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        return
    filler = home() / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    os.truncate(filler, filler.stat().st_size - room)


def empty() -> None:
    """Make room again."""
    if _LIMITED in os.environ:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    else:
        (home() / "filler").unlink()


def freeze() -> None:
    """Let nothing on the small disk be written any more, as on a disk mounted read-only."""
    if _LIMITED not in os.environ:
        subprocess.run(["mount", "-o", "remount,ro", str(home())], check=True)
        return
    for path in (*home().rglob("*"), home()):
        if path.is_dir():
            path.chmod(0o500)
    if os.geteuid() == 0:
        _obey_rights()


def _obey_rights() -> None:
    """Give up root's right to pass over the rights of files (capset(2), CAP_DAC_OVERRIDE)."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    sets = (ctypes.c_uint32 * 6)()
    library = ctypes.CDLL(None, use_errno=True)
    if library.capget(header, sets) or not sets[0]:
        raise OSError(ctypes.get_errno(), "capget")
    for number in (0, 1):  # effective and permitted
        sets[number] &= ~0b110  # CAP_DAC_OVERRIDE is 1, CAP_DAC_READ_SEARCH is 2
    if library.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")

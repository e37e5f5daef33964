"""Where a ledger may stand: a private file of this user on a disk of this computer.

SQLite's log of changes needs memory that all programs share, and locks that hold; neither can
be had over a network (https://www.sqlite.org/wal.html, "all processes using a database must be
on the same host computer").
"""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path, PurePosixPath

from cartdesk.adapters.ledger.problem import LedgerProblem
from cartdesk.adapters.private import WRITE, NotPrivate, check_above, keep_private

_SHARES = re.compile(
    r"afpfs|afs|beegfs|ceph|cifs|coda|davfs|gpfs|lustre|macfuse|ncpfs|nfs[34]?|osxfuse|prl_fs"
    r"|smb[23]?|smbfs|vboxsf|webdav"
    r"|fuse\.(?:sshfs|rclone|davfs2?|curlftpfs|smbnetfs|glusterfs|gvfsd-fuse|s3fs|vmhgfs-fuse)"
)
_SIDES = ("", "-wal", "-shm", "-journal")
_REMOTE_DRIVE = 4  # DRIVE_REMOTE of Windows' GetDriveTypeW
_ELSEWHERE = "Put it on a disk of this computer: set CARTDESK_HOME to a folder there."


def prepare(path: Path) -> tuple[str, ...]:
    """Make sure that a ledger can stand at ``path``; a new one is made there, still empty.

    The folder is made 0700 and the file 0600 before SQLite sees it, so that its side files are
    private too.

    Returns:
        Sentences on rights others had and have no more.

    Raises:
        LedgerProblem: It is a link or has a second name, is of another user, on a network share,
            others can reach it, or it may only be read.
        OSError: It cannot be made.
    """
    if path.parent.is_symlink():
        raise LedgerProblem(
            f"The folder {path.parent} is a link to another folder, which cartdesk does not "
            "follow. Put the folder itself there, or set CARTDESK_HOME to where it is."
        )
    try:
        check_above(path.parent)
    except NotPrivate as problem:
        raise LedgerProblem(str(problem)) from None
    if share := network_share(path.parent):
        raise LedgerProblem(
            f"The ledger {path} would be on a network share ({share}), where two programs can "
            f"damage it without noticing. Nothing was opened. {_ELSEWHERE}"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for side in _SIDES:
            _plain_file(path.with_name(path.name + side))
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return tuple(filter(None, (_own_folder(path.parent), keep_private(path))))
    except NotPrivate as problem:
        raise LedgerProblem(str(problem)) from None


def _own_folder(folder: Path) -> str:
    """See to it that nobody else can put files into the ledger's folder."""
    if os.name == "posix" and folder.stat().st_mode & stat.S_ISVTX:
        raise NotPrivate(f"{folder} is a folder all users share. Keep the ledger in your own.")
    return keep_private(folder, what_others_may_not=WRITE)


def _plain_file(path: Path) -> None:
    if path.is_symlink():
        raise LedgerProblem(
            f"The ledger {path} is a link to another file, which cartdesk does not follow. "
            "Put the file itself there."
        )
    if path.exists() and not path.is_file():
        raise LedgerProblem(f"The ledger {path} is not a file. Move what is there away.")
    if path.exists() and path.stat().st_nlink > 1:  # https://www.sqlite.org/howtocorrupt.html, 2.5
        raise LedgerProblem(
            f"The ledger {path} has another name as well (a hard link). A program that opens it by "
            "that name would damage it, so nothing was opened. Delete the other name, or put a "
            "copy of the file in its place."
        )
    if _is_locked_up(path):  # SQLite's side files would be so as well
        raise LedgerProblem(
            f"The ledger {path} may only be read, so nothing was opened or changed. Allow its "
            "owner to write it (chmod u+w) and start again."
        )


def _is_locked_up(path: Path) -> bool:
    """Tell whether the file's own mode forbids writing, not the disk it lies on."""
    if not path.exists() or os.access(path, os.W_OK):
        return False
    return not path.stat().st_mode & stat.S_IWUSR


def network_share(folder: Path, platform: str = sys.platform, mounts: str | None = None) -> str:
    """Name the kind of network share a folder is on ("nfs4"); "" for this computer's own disks.

    Args:
        folder: It need not exist yet.
        platform: As in ``sys.platform``.
        mounts: What the system says of its mounts; None asks it.
    """
    try:
        real = folder.resolve()
        if platform == "win32":
            return _share_of_windows(str(real))
        table = _linux(mounts) if platform.startswith("linux") else _mac(mounts)
    except OSError:
        return ""  # a system that does not tell: what cannot be known forbids nothing
    above = {str(real), *map(str, PurePosixPath(real).parents)}
    kind, longest = "", 0
    for point, found in table:
        if point in above and len(point) >= longest:  # of two at one place the later one counts
            kind, longest = found, len(point)
    return kind if _SHARES.fullmatch(kind) else ""


def _linux(mounts: str | None) -> list[tuple[str, str]]:
    """Read place and kind of each mount from ``/proc/self/mountinfo`` (proc(5))."""
    if mounts is None:
        mounts = Path("/proc/self/mountinfo").read_text(errors="surrogateescape")
    table = []
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), left.split(" ")[4])
        table.append((point, right.split(" ")[0]))
    return table


def _mac(mounts: str | None) -> list[tuple[str, str]]:
    """Read them from what ``mount`` prints: "//user@host/share on /Volumes/x (smbfs, nodev)"."""
    if mounts is None:
        import subprocess

        answer = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False)
        mounts = answer.stdout
    return re.findall(r"^.* on (.*) \((\w+)", mounts, re.MULTILINE)


def _share_of_windows(folder: str) -> str:
    import ctypes

    if folder.startswith("\\\\"):
        return "a folder of another computer"
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - it is there on Windows alone
    remote = kernel.GetDriveTypeW(f"{folder[:2]}\\") == _REMOTE_DRIVE
    return f"the network drive {folder[:2]}" if remote else ""

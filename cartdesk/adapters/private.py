"""Files and folders of this user alone, on systems where others may share the computer."""

from __future__ import annotations

import os
import stat
from pathlib import Path

READ, WRITE = 0o055, 0o022
_NOT_MAPPED = 65534  # how a container shows what the root of the computer owns (user_namespaces(7))

_MOST_LINKS = 40  # as many as Linux follows (path_resolution(7))


class NotPrivate(Exception):
    """A file or folder cannot be kept private; ``str()`` says why and what to do."""


def others_may(path: Path) -> str:
    """Say what others may do with a file or folder; "" when nothing (or not a POSIX system)."""
    if os.name != "posix":
        return ""
    mode = stat.S_IMODE(path.stat().st_mode)
    words = [word for bits, word in ((READ, "look into"), (WRITE, "change")) if mode & bits]
    return " and ".join(words)


def keep_private(path: Path, what_others_may_not: int = READ | WRITE) -> str:
    """Take everybody else's rights to a file or folder away, if they have any they may not have.

    Returns:
        A sentence on the rights they had; "" when there was nothing to take away.

    Raises:
        NotPrivate: It belongs to another user, or the rights cannot be taken away.
    """
    if os.name != "posix":
        return ""
    facts = path.stat()
    if facts.st_uid != os.geteuid():
        raise NotPrivate(
            f"{path} belongs to another user of this computer, so it was left alone. Start "
            "cartdesk as that user, or move it away."
        )
    if not facts.st_mode & what_others_may_not:
        return ""
    others = others_may(path)
    path.chmod(facts.st_mode & 0o700)
    if path.stat().st_mode & what_others_may_not:
        raise NotPrivate(
            f"Other users of this computer can open {path}, and its disk does not keep rights "
            "(a USB stick, perhaps), so that cannot be mended. Nothing was opened. "
            "Set CARTDESK_HOME to a folder of your own on another disk."
        )
    return f"The rights of {path} let other users of this computer {others} it; they are gone now."


def check_above(folder: Path) -> None:
    """See to it that nobody else can put another folder in the place of this one.

    Whoever may write to a folder above may rename what is in it; where the sticky bit is set
    only the owner of each thing may (POSIX, rename()), as in /tmp. The same holds for every
    link on the way, which its owner, too, may lead elsewhere.

    Raises:
        NotPrivate: Others may write to a folder above, which is not cartdesk's to change, or
            own a link on the way; or the links lead nowhere.
    """
    if os.name != "posix":
        return
    links = _links(folder.absolute())
    for link in links:
        if link.lstat().st_uid not in {0, _NOT_MAPPED, os.geteuid()}:
            raise NotPrivate(
                f"{link}, on the way to {folder}, is a link of another user of this computer, who "
                "could lead it elsewhere. Nothing was opened. Set CARTDESK_HOME to a folder of "
                "your own."
            )
    places = [*folder.resolve().parents]
    for link in links:
        beside = link.parent.resolve()
        places += [beside, *beside.parents]
    for above in dict.fromkeys(places):
        if not above.exists():
            continue
        facts = above.stat()
        loose = facts.st_mode & WRITE
        sticky = facts.st_mode & stat.S_ISVTX and facts.st_uid in {0, _NOT_MAPPED, os.geteuid()}
        if not loose or sticky or (loose == stat.S_IWGRP and _own_group(facts)):
            continue
        raise NotPrivate(
            f"Other users of this computer may write to {above}, so they could put another folder "
            f"in the place of {folder}. Nothing was opened. Mend it (chmod go-w {above}), or set "
            "CARTDESK_HOME to a folder of your own elsewhere."
        )


def _links(path: Path) -> list[Path]:
    """Give every link on the way to an absolute path, and those that these lead over."""
    found = list[Path]()
    ways = [path]
    while ways:
        way = ways.pop()
        for place in (way, *way.parents):
            if place.is_symlink() and place not in found:
                found.append(place)
                ways.append(place.parent / place.readlink())
        if len(found) > _MOST_LINKS:
            break
    if len(found) > _MOST_LINKS or not all(link.exists() for link in found):
        raise NotPrivate(
            f"{path} lies behind a link that leads nowhere now. Nothing was opened. Is a disk "
            "missing? Delete the link, or set CARTDESK_HOME to a folder."
        )
    return found


def _own_group(facts: os.stat_result) -> bool:
    """Tell whether a group is its owner's alone, as many systems make one for each user."""
    import grp
    import pwd

    try:
        owner, group = pwd.getpwuid(facts.st_uid), grp.getgrgid(facts.st_gid)
    except KeyError:
        return False
    alone = set(group.gr_mem) <= {owner.pw_name}
    return alone and group.gr_name == owner.pw_name and owner.pw_gid == facts.st_gid

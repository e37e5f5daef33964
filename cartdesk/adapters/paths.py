"""Where the files of each shop are: one folder a shop, readable by its owner only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cartdesk.adapters.private import NotPrivate, keep_private

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Windows gives these names to devices, with or without an ending.
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


class PathProblem(Exception):
    """A folder cannot be used; ``str()`` is a sentence for the merchant."""


@dataclass(frozen=True, slots=True)
class ShopPaths:
    """The files and folders of one shop; the folders exist, the files may not.

    ``mended`` are sentences on rights others had to them and have no more.
    """

    name: str
    settings: Path
    letters: Path
    ledger: Path
    exports: Path
    log: Path
    mended: tuple[str, ...] = ()


class Home:
    """All folders of the program. ``CARTDESK_HOME`` puts them in one place."""

    def __init__(self, config: Path, data: Path, log: Path) -> None:
        self.config = config
        self.data = data
        self.log = log

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> Home:
        """Give the folders this system keeps for programs, or those under CARTDESK_HOME."""
        if own := environ.get("CARTDESK_HOME", "").strip():
            root = Path(own).expanduser().absolute()
            return cls(root, root, root)
        import platformdirs

        dirs = platformdirs.PlatformDirs("cartdesk", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_log_path)

    def shops(self) -> tuple[str, ...]:
        """List the shops that have a settings file or a ledger, by name."""
        found = [*self.config.glob("*/settings.toml"), *self.data.glob("*/ledger.db")]
        return tuple(sorted({path.parent.name for path in found if is_shop_name(path.parent.name)}))

    def shop(self, name: str = "default") -> ShopPaths:
        """Give the paths of one shop and make its folders. Raises :class:`PathProblem`."""
        if not is_shop_name(name):
            raise PathProblem(
                f"A shop's short name has 1 to 40 small letters, digits and hyphens, "
                f"and starts with a letter or digit; {name!r} does not."
            )
        config, data = self.config / name, self.data / name
        paths = ShopPaths(
            name=name,
            settings=config / "settings.toml",
            letters=config / "letters",
            ledger=data / "ledger.db",
            exports=data / "exports",
            log=self.log / name / "cartdesk.log",
        )
        folders = (config, paths.letters, data, paths.exports, paths.log.parent)
        mended = [_private(folder) for folder in dict.fromkeys(folders)]
        if paths.settings.exists():
            mended.append(_closed(paths.settings))
        return replace(paths, mended=tuple(filter(None, mended)))


def is_shop_name(name: str) -> bool:
    """Tell whether a name can be a shop's folder on every system."""
    return bool(_NAME.fullmatch(name)) and not _DEVICES.fullmatch(name)


def _private(folder: Path) -> str:
    """Make a folder (and those above it) with mode 0700; see :func:`_closed`."""
    try:
        for missing in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _cannot_be_used(folder, error) from error
    return _closed(folder)


def _closed(path: Path) -> str:
    """Close a file or folder to others; gives a sentence when it was open to them.

    Raises :class:`PathProblem`.
    """
    try:
        return keep_private(path)
    except NotPrivate as problem:
        raise PathProblem(str(problem)) from None
    except OSError as error:
        raise _cannot_be_used(path, error) from error


def _cannot_be_used(path: Path, error: OSError) -> PathProblem:
    kind = "folder" if path.is_dir() else "file"
    return PathProblem(
        f"The {kind} {path} cannot be used ({error.strerror or error}). Mend its rights, "
        "or set CARTDESK_HOME to a folder of your own."
    )

"""The merchant's own letters on disk: kept whole, with their former versions.

Plain files that can be put under version control: ``<language>/<name>.md``, ``words.toml``,
``<name>.draft`` while a text waits that cannot be sent, and ``.versions/<name>/<time>.md``.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cartdesk.adapters.private_file import put_in_place
from cartdesk.domain.letters.shelf import Version

MOST_VERSIONS = 20
_TIME = "%Y%m%dT%H%M%SZ"
_KEY = re.compile(r"(\d{8}T\d{6}Z)(?:-(\d{1,3}))?")
_LARGEST_DRAFT = 2_000_000  # bytes


def tidy(text: str) -> str:
    """Give a text as a file keeps it: plain line ends, nothing UTF-8 cannot write.

    Reading the file gives the same text again, so a mark of byte order, which readers take
    away, does not stand at its beginning.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    return text.encode("utf-8", "replace").decode("utf-8")


class LetterFiles:
    """The merchant's folder of letters.

    Names and languages are checked by the caller: small letters, digits and hyphens. Every
    method that writes raises OSError when it cannot, and then nothing was changed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, language: str, name: str) -> str | None:
        """Give the merchant's own text; None when there is none, or it is no readable text."""
        return _text(self._path(language, name))

    def has(self, language: str, name: str) -> bool:
        """Tell whether there is a file of the merchant's."""
        return self._path(language, name).is_file()

    def draft(self, language: str, name: str) -> str | None:
        """Give the text that waits to be made whole; None when there is none."""
        return _text(self._path(language, name, ".draft"))

    def drafts(self, language: str) -> tuple[str, ...]:
        """List the letters a draft waits for."""
        return tuple(sorted(path.stem for path in (self.folder / language).glob("*.draft")))

    def save(self, language: str, name: str, text: str, now: datetime) -> None:
        """Put a text into use. The former one becomes a version, a draft is done with."""
        path = self._path(language, name)
        _folder(path.parent)
        self._keep(path, text, now)
        put_in_place(path, tidy(text).encode())
        self.drop_draft(language, name)
        self._prune(path)

    def save_draft(self, language: str, name: str, text: str) -> None:
        """Keep a text beside the one in use."""
        path = self._path(language, name, ".draft")
        _folder(path.parent)
        put_in_place(path, tidy(text).encode())

    def drop_draft(self, language: str, name: str) -> None:
        """Take the draft away."""
        self._path(language, name, ".draft").unlink(missing_ok=True)

    def remove(self, language: str, name: str, now: datetime) -> None:
        """Take a letter and its draft out of use; each stays as a version."""
        for path in (self._path(language, name), self._path(language, name, ".draft")):
            if path.is_file():
                self._keep(path, None, now)
                path.unlink()
        self._prune(self._path(language, name))

    def versions(self, language: str, name: str) -> tuple[Version, ...]:
        """List the former texts of a letter, the newest first."""
        found = []
        for path in self._shelf(language, name).glob("*.md"):
            if match := _KEY.fullmatch(path.stem):
                until = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
                found.append(Version(path.stem, until))
        found.sort(key=lambda one: (one.until, _number(one.key)), reverse=True)
        return tuple(found)

    def version(self, language: str, name: str, key: str) -> str | None:
        """Give a former text; None when it is gone."""
        path = self._shelf(language, name) / f"{key}.md"
        return _text(path) if _KEY.fullmatch(key) else None

    def add_language(self, language: str, files: Mapping[str, str]) -> None:
        """Make the folder of a language, with all of its files or not at all."""
        _folder(self.folder)
        making = Path(tempfile.mkdtemp(dir=self.folder, prefix=".adding-"))
        try:
            for name, text in files.items():
                put_in_place(making / name, tidy(text).encode())
            making.rename(self.folder / language)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise

    def _path(self, language: str, name: str, ending: str = ".md") -> Path:
        return self.folder / language / f"{name}{ending}"

    def _shelf(self, language: str, name: str) -> Path:
        return self.folder / language / ".versions" / name

    def _keep(self, path: Path, follows: str | None, now: datetime) -> None:
        """Keep the bytes of a file that is about to change, unless they stay the same."""
        if not path.is_file():
            return
        former = path.read_bytes()
        if follows is not None and former == tidy(follows).encode():
            return
        shelf = path.parent / ".versions" / path.stem
        _folder(shelf.parent)
        _folder(shelf)
        stamp = now.astimezone(UTC).strftime(_TIME)
        taken = [one.key for one in self.versions(path.parent.name, path.stem)]
        numbers = [_number(key) for key in taken if key.startswith(stamp)]
        place = shelf / (f"{stamp}-{max(numbers) + 1}.md" if numbers else f"{stamp}.md")
        put_in_place(place, former)

    def _prune(self, path: Path) -> None:
        """Keep the newest versions only; one that cannot be deleted does no harm."""
        language, name = path.parent.name, path.stem
        for version in self.versions(language, name)[MOST_VERSIONS:]:
            try:
                (self._shelf(language, name) / f"{version.key}.md").unlink(missing_ok=True)
            except OSError:
                return


def _number(key: str) -> int:
    """Give which of the versions of one second a key names."""
    return int(key.partition("-")[2] or 0)


def _text(path: Path) -> str | None:
    """Read a text; None for a missing file, one that is no UTF-8, or far too large."""
    try:
        if path.stat().st_size > _LARGEST_DRAFT:
            return None
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)

"""Where letters are kept: those that come with cartdesk, and the merchant's own over them.

A language is a folder: ``<language>/<name>.md`` for each letter and, for a language other
than English, ``words.toml`` with the fixed words of :class:`cartdesk.domain.letters.Words`.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartdesk.domain.language import ENGLISH
from cartdesk.domain.model import Letter

if TYPE_CHECKING:
    from cartdesk.domain.letters import LetterProblem, Words

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LARGEST = 100_000  # bytes; a letter of more than 8,000 characters is refused anyway


class Letterbox:
    """The letters of one shop.

    Args:
        own: The merchant's folder, of the same shape as ours; None for none. A file there
            takes the place of ours with the same name, or adds a letter.
    """

    def __init__(self, own: Path | None) -> None:
        self._own = own
        self._ours = files("cartdesk.letters")

    @property
    def folder(self) -> Path | None:
        """The merchant's own folder; None for none."""
        return self._own

    def default(self, name: str, language: str = "en") -> str:
        """Give the text of a letter that comes with cartdesk; "" when none of it does."""
        _check_name(name)
        _check_name(language)
        ours = self._ours / language / f"{name}.md"
        return ours.read_text("utf-8") if ours.is_file() else ""

    def languages(self, name: str) -> tuple[str, ...]:
        """List the languages there is a letter in."""
        _check_name(name)
        return tuple(one for one in self.all_languages() if name in self.names(one))

    def all_languages(self) -> tuple[str, ...]:
        """List the languages there are letters in, English first."""
        found = {entry.name for entry in self._ours.iterdir() if entry.is_dir()}
        if self._own and self._own.is_dir():
            found |= {path.name for path in self._own.iterdir() if path.is_dir()}
        known = (language for language in found if _NAME.fullmatch(language))
        return tuple(sorted(known, key=lambda language: (language != ENGLISH, language)))

    def names(self, language: str = "en") -> tuple[str, ...]:
        """List the letters of a language by name."""
        _check_name(language)
        ours = self._ours / language
        found = {entry.name for entry in ours.iterdir()} if ours.is_dir() else set()
        if self._own and (folder := self._own / language).is_dir():
            found |= {path.name for path in folder.iterdir()}
        names = (name.removesuffix(".md") for name in found if name.endswith(".md"))
        return tuple(sorted(name for name in names if _NAME.fullmatch(name)))

    def get(self, name: str, language: str = "en") -> Letter:
        """Give one letter as it stands now, the merchant's own first.

        Raises:
            LetterProblem: There is no such letter, or its file cannot be read.
        """
        _check_name(name)
        _check_name(language)
        if self._own and (path := self._own / language / f"{name}.md").is_file():
            return Letter(name, language, _read(path))
        ours = self._ours / language / f"{name}.md"
        if not ours.is_file():
            known = ", ".join(self.names(language)) or "none"
            raise _problem(
                f"There is no letter “{name}” in the language “{language}”. There are: {known}."
            )
        return Letter(name, language, ours.read_text("utf-8"))

    def answers(self, language: str = "en") -> tuple[Letter, ...]:
        """Give the ready-made answers of a language, by name; the merchant's own first.

        They lie in the folder ``answers`` of the language; a file of the merchant's takes the
        place of ours with the same name.

        Raises:
            LetterProblem: A file of the merchant's cannot be read.
        """
        _check_name(language)
        ours = self._ours / language / "answers"
        files = {one.name: one for one in ours.iterdir()} if ours.is_dir() else {}
        found = {
            name: Letter(name.removesuffix(".md"), language, file.read_text("utf-8"))
            for name, file in files.items()
            if name.endswith(".md")
        }
        folder = self._own / language / "answers" if self._own else None
        if folder is not None and folder.is_dir():
            for path in folder.iterdir():
                if path.suffix == ".md" and _NAME.fullmatch(path.stem):
                    found[path.name] = Letter(path.stem, language, _read(path))
        return tuple(found[name] for name in sorted(found))

    def words(self, language: str = "en") -> Words:
        """Give the fixed words of a language; one that is missing or wrong stays English.

        Those that come with cartdesk cannot be edited: who writes, why, and how to stop. A
        language the merchant adds brings its own.

        Raises:
            LetterProblem: The file cannot be read.
        """
        from cartdesk.domain.letters import Words
        from cartdesk.domain.letters.wording import wrong_word

        found: dict[str, Any] = {
            name: tuple(word) if isinstance(word, list) else word
            for name, word in self.written_words(language).items()
            if not wrong_word(name, word)
        }
        return Words(**found)

    def written_words(self, language: str) -> dict[str, object]:
        """Give what stands in a language's ``words.toml``, whatever it is.

        Raises:
            LetterProblem: The file cannot be read.
        """
        _check_name(language)
        file = self._ours / language / "words.toml"
        if not file.is_file() and language != ENGLISH and self._own:
            file = self._own / language / "words.toml"
        if not file.is_file():
            return {}
        import tomllib

        try:
            return tomllib.loads(file.read_text("utf-8"))
        except (OSError, ValueError) as error:  # no UTF-8, or no TOML
            raise _problem(f"{file} cannot be read ({error}).") from None

    def problems(self) -> tuple[str, ...]:
        """Try every letter and list what is wrong, each with the letter's language and name."""
        return tuple(
            f"In the letter “{language}/{name}”: {problem}"
            for language in self.all_languages()
            for name in self.names(language)
            for problem in self._flaws(name, language)
        )

    def _flaws(self, name: str, language: str) -> list[str]:
        from cartdesk.domain.letters import LetterProblem, check

        try:
            return check(self.get(name, language).source)
        except LetterProblem as problem:
            return [str(problem)]


def _check_name(name: str) -> None:
    """Keep names inside the folder."""
    if not _NAME.fullmatch(name):
        raise _problem("A letter's name is made of small letters, digits and hyphens.")


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise _problem(f"The letter in {path} is too large. Shorten it.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise _problem(f"The letter in {path} is not UTF-8. Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise _problem(f"The letter in {path} cannot be read: {reason}.") from None


def _problem(sentence: str) -> LetterProblem:
    from cartdesk.domain.letters import LetterProblem

    return LetterProblem(sentence)

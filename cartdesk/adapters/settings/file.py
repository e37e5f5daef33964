"""The settings file of one shop: TOML with comments that explain every key.

Reading names every mistake at once, with its line and what is allowed. Writing keeps the
merchant's own comments and order, and replaces the file in one step.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from cartdesk.adapters.private_file import put_in_place
from cartdesk.adapters.settings.keys import KEYS, TABLES, Key
from cartdesk.adapters.settings.lines import line_of, syntax_problem
from cartdesk.domain.settings import Encryption, Settings, is_loopback
from cartdesk.domain.text import clean

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_LARGEST = 1_000_000
_HEAD = """\
# cartdesk: the settings of one shop. A line that starts with # is a comment.
# Change a value, save, and start cartdesk again. Passwords and keys are never kept here.
"""


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """One mistake in the file. ``line`` counts from 1; 0 means the file as a whole."""

    path: Path
    line: int
    sentence: str

    def __str__(self) -> str:
        """Give file, line and sentence in one line."""
        where = f"{self.path}, line {self.line}" if self.line else str(self.path)
        return f"{where}: {self.sentence}"


class SettingsError(Exception):
    """The settings cannot be used; ``problems`` holds every mistake, not only the first."""

    def __init__(self, *problems: SettingsProblem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class SettingsFile:
    """The settings file at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Settings:
        """Read the settings; a missing file gives the defaults. Raises :class:`SettingsError`."""
        text = self._text()
        if text is None:
            return Settings()
        settings, problems = self._understand(self._data(text), text)
        if problems:
            raise SettingsError(*sorted(problems, key=lambda problem: problem.line))
        return settings

    def write(self, settings: Settings) -> None:
        """Write the settings, keeping comments; the file is whole or untouched, mode 0600.

        Raises :class:`SettingsError` when the present file cannot be understood (it is left as
        it is), when a value is not allowed, or when the folder cannot be written to.
        """
        text = self._text()
        document = self._parse(template() if text is None else text)
        for table, name, value in _values(settings):
            _put(document, table, name, value)
        new = document.as_string()
        _, problems = self._understand(self._parse(new).unwrap(), new)
        if problems:
            raise SettingsError(*problems)
        try:
            put_in_place(self.path, new.encode())
        except OSError as error:
            raise self._error(0, f"could not be written ({error.strerror or error}).") from error

    def _error(self, line: int, sentence: str) -> SettingsError:
        return SettingsError(SettingsProblem(self.path, line, sentence))

    def _text(self) -> str | None:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._error(0, f"could not be read ({error.strerror or error}).") from error
        if len(raw) > _LARGEST:
            raise self._error(0, "is larger than 1 MB; this is no settings file.")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise self._error(line, "is not UTF-8 text. Save the file as UTF-8.") from error

    def _data(self, text: str) -> dict[str, Any]:
        import tomllib

        try:
            return tomllib.loads(text)  # the parser that keeps comments takes five times as long
        except (ValueError, RecursionError):
            return self._parse(text).unwrap()

    def _parse(self, text: str) -> TOMLDocument:
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        try:
            return tomlkit.parse(text)
        except (TOMLKitError, ValueError, RecursionError) as error:
            line, sentence = syntax_problem(text, str(error))
            raise self._error(line, sentence) from error

    def _understand(
        self, data: dict[str, Any], text: str
    ) -> tuple[Settings, list[SettingsProblem]]:
        problems: list[SettingsProblem] = []

        def note(sentence: str, *place: str) -> None:
            problems.append(SettingsProblem(self.path, line_of(text, place), sentence))

        tables: dict[str, Any] = {}
        hints = get_type_hints(Settings)
        for table, value in data.items():
            if table not in hints:
                note(_unknown(f"[{clean(table, 60)}]", table, TABLES), table)
            elif not isinstance(value, dict):
                note(f"{table} must be a table: [{table}] on a line of its own.", table)
        for table, kind in hints.items():
            given = data.get(table, {})
            fields = get_type_hints(kind)
            values: dict[str, Any] = {}
            for name, value in given.items() if isinstance(given, dict) else ():
                if name not in fields:
                    note(_unknown(f"{table}.{clean(name, 60)}", name, fields), table, name)
                    continue
                key = KEYS[f"{table}.{name}"]
                good, read = _convert(fields[name], key, value)
                if good:
                    values[name] = read
                else:
                    allowed = _allowed(fields[name], key)
                    note(f"{table}.{name} must be {allowed}, not {_shown(value)}.", table, name)
            tables[table] = kind(**values)
        settings = Settings(**tables)
        for table, account in (("mail", settings.mail), ("imap", settings.imap)):
            if account.encryption is Encryption.NONE and not is_loopback(account.host):
                note(
                    f'{table}.encryption can be "none" only when {table}.host is this computer '
                    '("localhost"): your password could be read on the way. Use "tls" or '
                    '"starttls".',
                    table,
                    "encryption",
                )
        return settings, problems


def template() -> str:
    """Give the text of a new settings file: every key with its meaning and its default."""
    parts = [_HEAD]
    table = ""
    for owner, name, value in _values(Settings()):
        if owner != table:
            table = owner
            parts.append(f"\n{_comment(TABLES[table])}[{table}]\n")
        parts.append(f"{_comment(KEYS[f'{table}.{name}'].doc)}{name} = {_toml(value)}\n")
    return "".join(parts)


def _comment(doc: str) -> str:
    return "".join(f"# {line}\n" for line in doc.splitlines())


def _values(settings: Settings) -> Iterator[tuple[str, str, Any]]:
    """Walk through (table, key, value) in the order of the file."""
    for part in dataclasses.fields(settings):
        table = getattr(settings, part.name)
        for entry in dataclasses.fields(table):
            value = getattr(table, entry.name)
            if isinstance(value, StrEnum):
                value = value.value
            yield part.name, entry.name, list(value) if isinstance(value, tuple) else value


def _toml(value: Any) -> str:
    import tomlkit

    return str(tomlkit.item(value).as_string())


def _put(document: TOMLDocument, table: str, name: str, value: Any) -> None:
    """Set one value in a parsed file, only when it differs; a new key brings its comment."""
    import tomlkit

    if table not in document:
        document.add(tomlkit.nl())
        for line in TABLES[table].splitlines():
            document.add(tomlkit.comment(line))
        document.add(table, tomlkit.table())
    place: Any = document[table]
    if name in place:
        held = place[name]
        if (held.unwrap() if hasattr(held, "unwrap") else held) != value:
            place[name] = value
        return
    if isinstance(place, tomlkit.items.Table):  # an inline table takes no comments
        for line in KEYS[f"{table}.{name}"].doc.splitlines():
            place.add(tomlkit.comment(line))
    place[name] = value


def _convert(hint: Any, key: Key, value: Any) -> tuple[bool, Any]:
    """Read a TOML value as the type of its field; False when it is not allowed."""
    good, read = _typed(hint, key, value)
    return (True, read) if good and key.valid(read) else (False, None)


def _typed(hint: Any, key: Key, value: Any) -> tuple[bool, Any]:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            return False, None
        items = [_typed(get_args(hint)[0], key, item) for item in value]
        return all(good for good, _ in items), tuple(item for _, item in items)
    if issubclass(hint, StrEnum):
        return value in list(hint), value if value not in list(hint) else hint(value)
    if hint is bool:
        return isinstance(value, bool), value
    if hint is str:
        return isinstance(value, str), key.tidy(value) if isinstance(value, str) else ""
    number = isinstance(value, int | float if hint is float else int)
    return number and not isinstance(value, bool), value


def _allowed(hint: Any, key: Key) -> str:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        names = [f'"{member.value}"' for member in hint]
        return f"{', '.join(names[:-1])} or {names[-1]}"
    return key.allowed


def _shown(value: Any) -> str:
    return clean(_toml(value), 60)


def _unknown(shown: str, name: str, known: Any) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    if close:
        return f"{shown} is not a setting. Did you mean {close[0]}?"
    return f"{shown} is not a setting. There are: {', '.join(known)}."

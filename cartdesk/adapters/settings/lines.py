"""On which line of a settings file a mistake is."""

from __future__ import annotations

import re
from typing import Any

from cartdesk.domain.text import clean

_MARK = "cartdesk-looks-for-this-line"


def syntax_problem(text: str, said: str) -> tuple[int, str]:
    """Find the line of a TOML mistake: the standard library names it where tomlkit does not."""
    import tomllib

    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        said = str(error)
    found = re.search(r"line (\d+)", said)
    line = int(found[1]) if found else 0
    reason = clean(re.sub(r" ?\(?at (line \d+,? col(umn)? \d+|end of document)\)?", "", said), 120)
    return line or text.count("\n") + 1, (
        f'this is not TOML ({reason}). A value looks like name = 5 or name = "text".'
    )


def line_of(text: str, place: tuple[str, ...]) -> int:
    """Give the line of a key or table; 0 when it cannot be told.

    The TOML library keeps no line numbers but writes back exactly what it read. So a mark is
    put in the place of the value in a fresh copy, and the lines before the mark are counted.
    """
    import tomlkit

    spot: Any = tomlkit.parse(text)
    whole = spot
    try:
        for name in place[:-1]:
            spot = spot[name]
        target = spot[place[-1]]
        if isinstance(target, tomlkit.items.AoT):
            target = target[0]
        if isinstance(target, tomlkit.items.Table):
            target.trivia.comment = f"# {_MARK}"
        else:
            spot[place[-1]] = _MARK
    except (KeyError, IndexError, TypeError):
        return 0
    before, found, _ = whole.as_string().partition(_MARK)
    return before.count("\n") + 1 if found else 0

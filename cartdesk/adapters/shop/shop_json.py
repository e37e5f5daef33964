"""JSON from a shop, read so that no answer can hurt: not by its depth, size or odd characters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from cartdesk.adapters.shop.reading_shop import plain

_DEEPEST = 64
_MOST_STARTS = 20
_LONGEST_WARNING = 65_536
_BRACKETS = b"[]{}"
_NO_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_LONE_SURROGATE = re.compile(
    rb"\\u[dD](?:[89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u[dD])[c-fC-F]..)"
)
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class BadJson(ValueError):
    """The body is not JSON that can be used; ``str()`` says why."""


def parse(body: bytes) -> Any:
    """Read JSON.

    A byte order mark is passed over; bytes that are no UTF-8 and lone surrogates become
    U+FFFD, since neither SQLite nor a mail could hold them. Of a key that stands twice the
    last one counts, as in PHP and in browsers.

    Raises:
        BadJson: It is no JSON, holds NaN or Infinity, a number of more than 4,300 digits, or
            is nested too deeply (64 levels are always read).
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if _too_deep(body):
        raise BadJson("it is nested too deeply")
    try:
        value = json.loads(body.decode("utf-8", "replace"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadJson(str(error)) from None
    return _without_surrogates(value) if _LONE_SURROGATE.search(body) else value


def parse_list(body: bytes) -> tuple[list[Any], str]:
    """Read a list, also when a plugin of the shop printed a PHP warning before it.

    Returns:
        The list, and the first line of what stood before it ("" when nothing did).

    Raises:
        BadJson: There is no list that runs to the end of the body.
    """
    value, warning = _tolerant(body, b"[", _is_list_of_objects)
    if not isinstance(value, list):
        raise BadJson("it is not a list")
    return value, warning


def parse_object(body: bytes) -> dict[str, Any]:
    """Read an object, also when a plugin of the shop printed a PHP warning before it.

    Raises:
        BadJson: There is no object that runs to the end of the body.
    """
    value, _ = _tolerant(body, b"{", lambda found: isinstance(found, dict))
    if not isinstance(value, dict):
        raise BadJson("it is not an object")
    return value


def _tolerant(body: bytes, opening: bytes, wanted: Callable[[Any], bool]) -> tuple[Any, str]:
    """Read JSON, if need be from the first ``opening`` that reads to the end of the body.

    It must stand at the start of a line or after a tag, as it does behind PHP's warnings: the
    tail of an answer that was cut off could read well too.
    """
    try:
        return parse(body), ""
    except BadJson as error:
        start = -1
        for _ in range(_MOST_STARTS):
            start = body.find(opening, start + 1, _LONGEST_WARNING)
            if start < 0:
                break
            if not body[:start].rstrip(b" \t").endswith((b"\n", b">")):
                continue
            try:
                value = parse(body[start:])
            except BadJson:
                continue
            if wanted(value):
                lines = plain(body[:start].decode("utf-8", "replace")).splitlines()
                return value, (lines[0][:300] if lines else "unreadable text")
        raise error from None


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _too_deep(body: bytes) -> bool:
    """Peel pairs of brackets off, innermost first; text that holds brackets is cut out first
    only when they do not pair up by themselves."""
    return _left_over(body) and _left_over(_STRINGS.sub(b"", body))


def _left_over(body: bytes) -> bool:
    brackets = body.translate(None, _NO_BRACKETS)
    for _ in range(_DEEPEST):
        if not brackets:
            return False
        fewer = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    return len(brackets) > _DEEPEST


def _no_constant(name: str) -> float:
    raise BadJson(f"it holds {name}, which is no JSON")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value

"""How WordPress answers by REST: errors, parameters, chosen fields and pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from cartdesk.demo.web import Request

Json = dict[str, Any]
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.I)
_TRUE = frozenset({"1", "true", "yes"})


class RestError(Exception):
    """An error body. ``early`` ones come before the route and its headers are known."""

    def __init__(
        self, status: int, code: str, message: str, early: bool = False, **data: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.early = early
        self.body = {"code": code, "message": message, "data": {"status": status, **data}}


def bad_parameter(name: str, message: str, code: str) -> RestError:
    """Make the 400 of a parameter that breaks its rule."""
    return RestError(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: message},
        details={name: {"code": code, "message": message, "data": None}},
    )


class Parameters:
    """The query of a request, read by WordPress's rules; every reader raises RestError."""

    def __init__(self, request: Request, zone: ZoneInfo) -> None:
        self.given = dict(request.query)
        self._zone = zone
        self._values: dict[str, str] = {}
        for name, value in request.query:  # status[]=a&status[]=b is status=a,b
            plain = name.partition("[")[0]
            listed = plain != name and plain in self._values
            self._values[plain] = f"{self._values[plain]},{value}" if listed else value

    def text(self, name: str, default: str = "") -> str:
        """Give a value as it came."""
        return self._values.get(name, default)

    def true(self, name: str) -> bool:
        """Tell whether a switch is on."""
        return self.text(name).lower() in _TRUE

    def words(self, name: str) -> tuple[str, ...]:
        """Give a comma list."""
        return tuple(word.strip() for word in self.text(name).split(",") if word.strip())

    def numbers(self, name: str) -> tuple[int, ...]:
        """Give a comma list of ids."""
        words = self.words(name)
        for index, word in enumerate(words):
            if not word.isdecimal():
                raise bad_parameter(
                    name, f"{name}[{index}] is not of type integer.", "rest_invalid_type"
                )
        return tuple(int(word) for word in words)

    def number(self, name: str, default: int, high: int | None = None) -> int:
        """Give a whole number of at least 1, and at most ``high``."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"-?\d{1,9}", value):
            raise bad_parameter(name, f"{name} is not of type integer.", "rest_invalid_type")
        number = int(value)
        if number < 1 or (high is not None and number > high):
            rule = (
                "greater than or equal to 1"
                if high is None
                else f"between 1 (inclusive) and {high} (inclusive)"
            )
            raise bad_parameter(name, f"{name} must be {rule}", "rest_out_of_bounds")
        return number

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """Give one of the choices, the first one by default."""
        value = self.text(name, choices[0])
        if value not in choices:
            message = f"{name} is not one of {_listed(choices)}."
            raise bad_parameter(name, message, "rest_not_in_enum")
        return value

    def each(self, name: str, choices: Sequence[str]) -> tuple[str, ...]:
        """Give a comma list whose every word is one of the choices."""
        words = self.words(name)
        for index, word in enumerate(words):
            if word not in choices:
                message = f"{name}[{index}] is not one of {_listed(choices)}."
                raise bad_parameter(name, message, "rest_not_in_enum")
        return words

    def moment(self, name: str) -> datetime | None:
        """Give a time as aware UTC.

        A time without zone is the shop's, or UTC with ``dates_are_gmt``. One with a zone is
        first turned into the shop's and then read as UTC when ``dates_are_gmt`` is set too,
        so it shifts twice: WooCommerce does that.
        """
        value = self.text(name)
        if not value:
            return None
        try:
            if not _DATE.fullmatch(value):
                raise ValueError(value)
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            raise bad_parameter(name, "Invalid date.", "rest_invalid_date") from None
        if moment.tzinfo is not None:
            moment = moment.astimezone(self._zone).replace(tzinfo=None)
        zone = UTC if self.true("dates_are_gmt") else self._zone
        return moment.replace(tzinfo=zone).astimezone(UTC)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])}, and {words[-1]}"


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def dumps(data: object) -> bytes:
    """Write JSON as compactly as WordPress does."""
    return _ENCODER.encode(data).encode()


def chosen(record: Mapping[str, Any], fields: tuple[str, ...]) -> Json:
    """Keep the fields named; "a.b" goes into objects, never into lists."""
    return _prune(record, _tree(fields))


@lru_cache(maxsize=32)
def _tree(fields: tuple[str, ...]) -> Json:
    tree: Json = {}
    for name in fields:
        branch = tree
        *parents, leaf = name.split(".")
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                break
        else:
            branch[leaf] = True
    return tree


def _prune(record: Mapping[str, Any], tree: Mapping[str, Any]) -> Json:
    kept: Json = {}
    for name, value in record.items():
        wanted = tree.get(name)
        if wanted is True:
            kept[name] = value
        elif wanted and isinstance(value, dict):
            inner = _prune(value, wanted)
            if inner:
                kept[name] = inner
    return kept


def page_headers(
    request: Request, url: str, page: int, pages: int, total: int, defaults: Mapping[str, str]
) -> dict[str, str]:
    """Give X-WP-Total, X-WP-TotalPages and Link; Link echoes the whole query, keys and all."""
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    links = []
    if page > 1:
        links.append(("prev", min(page - 1, pages)))
    if page < pages:
        links.append(("next", page + 1))
    replaced = {name.partition("[")[0] for name in defaults}
    echo = {name: value for name, value in request.query if name not in replaced}
    echo |= defaults
    written = [
        f'<{url}?{_written(echo | {"page": str(number)})}>; rel="{rel}"' for rel, number in links
    ]
    return headers | ({"Link": ", ".join(written)} if written else {})


def _written(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in query.items())

"""A route of the demo shop's REST interface, and one call of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cartdesk.demo.orders import ZONE
from cartdesk.demo.rest import Json, Parameters, RestError, chosen, dumps, page_headers
from cartdesk.demo.web import Request

BASE = "/wp-json/wc/v3"
ONE = "GET, POST, PUT, PATCH, DELETE"
MANY = "GET, POST"
READ = "GET"
T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """One allowed call: what was asked, and the headers of the answer as they gather."""

    request: Request
    address: str
    parts: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    given: Parameters = field(init=False)

    def __post_init__(self) -> None:
        self.given = Parameters(self.request, ZONE)

    @property
    def writing(self) -> bool:
        """Whether the call asks for a change."""
        return self.request.method not in {"GET", "HEAD", "OPTIONS"}

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields asked for (none: all)."""
        return self.given.words("_fields")

    def one(self, record: Json) -> bytes:
        """Write one thing; its _links stay whatever the fields are."""
        if not self.fields:
            return dumps(record)
        return dumps(chosen(record, (*self.fields, "_links")))

    def bare(self, record: Json) -> bytes:
        """Write one thing that has no _links of its own."""
        return dumps(chosen(record, self.fields) if self.fields else record)

    def every(self, records: Sequence[Json]) -> bytes:
        """Write a list that is not paged."""
        return dumps([chosen(each, self.fields) if self.fields else each for each in records])

    def paged(
        self,
        items: Sequence[T],
        write: Callable[[T], bytes],
        defaults: Mapping[str, str] | None = None,
    ) -> bytes:
        """Write one page of a list; past the end it is empty and the total 0."""
        size = self.given.number("per_page", 10, 100)
        page = self.given.number("page", 1)
        offset = self.given.text("offset")
        first = int(offset) if offset.isdecimal() else (page - 1) * size
        shown = items[first : first + size]
        total = len(items) if shown or first == 0 else 0
        url = self.address + self.request.raw_path
        pages = -(-total // size)
        self.headers |= page_headers(self.request, url, page, pages, total, defaults or {})
        return b"[" + b",".join(map(write, shown)) + b"]"

    def records(self, items: Sequence[T], record: Callable[[T], Json]) -> bytes:
        """Write one page of a list of things that are turned into JSON on the way."""
        fields = self.fields

        def write(item: T) -> bytes:
            whole = record(item)
            return dumps(chosen(whole, fields) if fields else whole)

        return self.paged(items, write)


@dataclass(frozen=True, slots=True)
class Route:
    """A path below wc/v3, the methods it allows, and whether it names one thing."""

    path: str
    allow: str
    one: bool
    handler: Callable[[Call], bytes]


def no_route() -> RestError:
    """Make the 404 for a path or method the shop does not serve."""
    message = "No route was found matching the URL and request method."
    return RestError(404, "rest_no_route", message)


def link(href: str, allow: str = ONE) -> dict[str, Any]:
    """Write the "self" link of a thing."""
    return {"href": href, "targetHints": {"allow": allow.split(", ")}}

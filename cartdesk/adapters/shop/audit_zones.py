"""Where a shop ships to, and what for: its first few shipping zones."""

from __future__ import annotations

import asyncio

from cartdesk.adapters.shop.audit_look import Look
from cartdesk.adapters.shop.reading_audit import (
    read_continent,
    read_methods,
    read_places,
    read_text,
)
from cartdesk.domain.feedback.audit_facts import Method, Unseen, Zone

MOST_ZONES = 4
_MOST_CONTINENTS = 2
_REST_OF_WORLD = 0  # WooCommerce's number of the zone for what no other zone covers
_ZONES = "wc/v3/shipping/zones"


async def zones(look: Look, currency: str) -> tuple[tuple[Zone, ...] | None, bool]:
    """Give the zones that could be looked at (None: no), and whether these are all."""
    rows = await look.rows("shipping zones", _ZONES, {"_fields": "id,name"})
    if rows is None:
        return None, False
    names = {row["id"]: read_text(row.get("name")) for row in rows if type(row.get("id")) is int}
    chosen = sorted(names)[:MOST_ZONES]
    if len(names) > MOST_ZONES:
        why = f"Only {MOST_ZONES} of {len(names)} were looked at."
        look.unseen.append(Unseen("shipping zones", why))
    found = await asyncio.gather(*(_methods(look, each, names[each], currency) for each in chosen))
    methods = {each: some for each, some in zip(chosen, found, strict=True) if some is not None}
    everywhere = bool(methods.get(_REST_OF_WORLD))  # then it does not matter which place is where
    continents: dict[str, frozenset[str] | None] = {}
    made = []
    for number, some in methods.items():
        if number == _REST_OF_WORLD:
            made.append(Zone(names[number], some, None))
        elif everywhere or not some:
            made.append(Zone(names[number], some, frozenset(), places_known=False))
        else:
            places = await _places(look, number, names[number], continents)
            made.append(Zone(names[number], some, places or frozenset(), places is not None))
    return tuple(made), len(made) == len(names)


async def _methods(look: Look, number: int, name: str, currency: str) -> tuple[Method, ...] | None:
    query = {"_fields": "title,enabled,method_id,settings"}
    rows = await look.rows(f"ways to ship to “{name}”", f"{_ZONES}/{number}/methods", query)
    return None if rows is None else read_methods(rows, currency)


async def _places(
    look: Look, number: int, name: str, kept: dict[str, frozenset[str] | None]
) -> frozenset[str] | None:
    what = f"places of “{name}”"
    rows = await look.rows(what, f"{_ZONES}/{number}/locations", {"_fields": "code,type"})
    if rows is None:
        return None
    countries, continents = read_places(rows)
    for code in sorted(continents):
        if code not in kept:
            if len(kept) == _MOST_CONTINENTS:
                look.unseen.append(Unseen(what, "It has too many continents to ask for each."))
                return None
            record = await look.record(
                f"countries of the continent {code}",
                f"wc/v3/data/continents/{code.lower()}",
                {"_fields": "code,countries"},
            )
            kept[code] = None if record is None else read_continent(record)
        inside = kept[code]
        if inside is None:
            return None
        countries |= inside
    return countries

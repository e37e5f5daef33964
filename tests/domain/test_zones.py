"""The hour is judged where the shopper lives, as far as the country tells it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from cartdesk.domain import zones
from cartdesk.domain.model import Shop

SHOP = Shop("https://shop.example", zone="Europe/Helsinki", country="FI")


@pytest.mark.parametrize(
    ("country", "zone", "whose"),
    [
        ("FI", "Europe/Helsinki", "where your shop is"),
        ("GB", "Europe/London", "where the shopper lives"),
        ("US", "Europe/Helsinki", "where your shop is"),
        ("", "Europe/Helsinki", "where your shop is"),
    ],
)
def test_whose_time_it_is(country: str, zone: str, whose: str) -> None:
    assert zones.zone_of(country, SHOP) == (ZoneInfo(zone), whose)


def test_every_zone_of_the_table_exists() -> None:
    for country in zones._ZONES:
        zones.zone_of(country, SHOP)

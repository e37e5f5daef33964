"""How the demo shop sells: its shipping zones, their methods and places, and its codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.demo.orders import gmt, local
from cartdesk.demo.rest import Json, RestError
from cartdesk.demo.route import BASE, ONE, READ, Call, Route, link
from cartdesk.demo.shop import ShopData

_FREE_FROM = "80"
_FLAT = "4.90"  # without tax
_EUROPE = (
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL NO PL PT RO SE SI SK"
)


@dataclass(frozen=True, slots=True)
class _Zone:
    id: int
    name: str
    places: tuple[tuple[str, str], ...]  # code and type
    free_from: str = ""
    flat: str = ""


_ZONES = (
    _Zone(0, "Locations not covered by your other zones", ()),
    _Zone(1, "Finland", (("FI", "country"),), _FREE_FROM, _FLAT),
    _Zone(2, "Europe", (("EU", "continent"),), _FREE_FROM, _FLAT),
)


def checkout_routes(shop: ShopData) -> tuple[Route, ...]:
    """Give the routes about shipping."""

    def every(call: Call) -> bytes:
        return call.every([{"id": one.id, "name": one.name, "order": one.id} for one in _ZONES])

    def methods(call: Call) -> bytes:
        return call.every(_methods(_zone(call)))

    def places(call: Call) -> bytes:
        described = f"{shop.address}{BASE}/shipping/zones/{_zone(call).id}"
        return call.every(
            [
                {"code": code, "type": kind, "_links": {"describes": [link(described)]}}
                for code, kind in _zone(call).places
            ]
        )

    def continent(call: Call) -> bytes:
        if call.parts[0].lower() != "eu":
            message = "There are no locations matching these parameters."
            raise RestError(404, "woocommerce_rest_data_invalid_location", message)
        countries = [{"code": code, "name": code, "states": []} for code in _EUROPE.split()]
        return call.bare({"code": "EU", "name": "Europe", "countries": countries})

    return (
        Route("/shipping/zones", READ, False, every),
        Route(r"/shipping/zones/(\d+)/methods", READ, False, methods),
        Route(r"/shipping/zones/(\d+)/locations", READ, False, places),
        Route(r"/data/continents/(\w+)", READ, True, continent),
    )


def _zone(call: Call) -> _Zone:
    for one in _ZONES:
        if one.id == int(call.parts[0]):
            return one
    raise RestError(404, "woocommerce_rest_shipping_zone_invalid", "Resource does not exist.")


def _methods(zone: _Zone) -> list[Json]:
    found: list[Json] = []
    if zone.flat:
        found.append(_method(zone, 1, "flat_rate", "Parcel", {"cost": zone.flat}))
    if zone.free_from:
        needs = {"requires": "min_amount", "min_amount": zone.free_from}
        found.append(_method(zone, 2, "free_shipping", "Free shipping", needs))
    return found


def _method(zone: _Zone, order: int, kind: str, title: str, settings: dict[str, str]) -> Json:
    number = zone.id * 10 + order
    return {
        "id": number,
        "instance_id": number,
        "title": title,
        "order": order,
        "enabled": True,
        "method_id": kind,
        "method_title": title,
        "method_description": "",
        "settings": {
            name: {"id": name, "label": name, "type": "text", "value": value, "default": ""}
            for name, value in settings.items()
        },
    }


def coupon_records(shop: ShopData, now: Callable[[], datetime]) -> list[Json]:
    """Give the codes of the shop, newest first: one works, one has ended, one needs much."""
    moment = now()
    ended = moment - timedelta(days=20)
    return [
        _coupon(shop, 903, "welcome10", used=41),
        _coupon(shop, 902, "bigkitchen", amount="25.00", minimum="250.00"),
        _coupon(shop, 901, "summer15", amount="15.00", used=118, ends=ended),
    ]


def _coupon(
    shop: ShopData,
    number: int,
    code: str,
    *,
    amount: str = "10.00",
    minimum: str = "0.00",
    used: int = 0,
    ends: datetime | None = None,
) -> Json:
    here = f"{shop.address}{BASE}/coupons"
    return {
        "id": number,
        "code": code,
        "amount": amount,
        "status": "publish",
        "discount_type": "percent",
        "description": "",
        "date_expires": local(ends),
        "date_expires_gmt": gmt(ends),
        "usage_count": used,
        "individual_use": False,
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": None,
        "usage_limit_per_user": None,
        "limit_usage_to_x_items": None,
        "free_shipping": False,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": minimum,
        "maximum_amount": "0.00",
        "email_restrictions": [],
        "used_by": [],
        "meta_data": [],
        "_links": {
            "self": [link(f"{here}/{number}", ONE)],
            "collection": [{"href": here}],
        },
    }

"""Notes, reviews, products and the shop's own description, read from WooCommerce's REST API."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cartdesk.adapters.markup import pieces
from cartdesk.adapters.shop.reading import Unreadable, read_email, read_time, read_url
from cartdesk.domain.language import read_language
from cartdesk.domain.model import Note, Product, Review, Shop
from cartdesk.domain.text import clean, clean_lines

# Zones that never change their clock, for shops that only state an offset in part hours.
_PART_HOUR_ZONES = {
    -9.5: "Pacific/Marquesas",
    3.5: "Asia/Tehran",
    4.5: "Asia/Kabul",
    5.5: "Asia/Kolkata",
    5.75: "Asia/Kathmandu",
    6.5: "Asia/Yangon",
    8.75: "Australia/Eucla",
    9.5: "Australia/Darwin",
}
_POSITIONS = frozenset({"left", "right", "left_space", "right_space"})
_MOST_HTML = 20_000
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "blockquote", "h1", "h2", "h3", "h4"})


def read_note(record: Mapping[str, Any], order_id: int) -> Note:
    """Read one order note; its text is the shop's HTML without the tags.

    Raises:
        Unreadable: The id or the date is missing or wrong.
    """
    return Note(
        id=_id(record),
        order_id=order_id,
        written_at=_written(record),
        author=clean(record.get("author"), 100),
        text=plain(record.get("note")),
        to_customer=record.get("customer_note") is True,
    )


def read_review(record: Mapping[str, Any]) -> Review:
    """Read one product review; text, names and product are plain, without tags and entities.

    Raises:
        Unreadable: The id or the date is missing or wrong.
    """
    rating = record.get("rating")
    product = record.get("product_id")
    return Review(
        id=_id(record),
        written_at=_written(record),
        product_id=product if type(product) is int and product > 0 else 0,
        product=_unescaped(record.get("product_name"), 200),
        reviewer=_unescaped(record.get("reviewer"), 100),
        email=read_email(record.get("reviewer_email")),
        rating=rating if type(rating) is int and 0 <= rating <= 5 else 0,
        text=plain(record.get("review")),
    )


def read_product(record: Mapping[str, Any]) -> Product:
    """Read a product or a variation: what a link back to the basket needs, price and stars.

    A product whose stock may go below zero (backorders) counts as in stock without a number.

    Raises:
        Unreadable: The id is missing or wrong.
    """
    stock = record.get("stock_quantity")
    counted = record.get("manage_stock") in (True, "parent")
    backorders = record.get("backorders_allowed") is True
    known = counted and not backorders and isinstance(stock, (int, float))
    images = record.get("images")
    image = images[0] if isinstance(images, list) and images else record.get("image")
    return Product(
        id=_id(record),
        name=clean(record.get("name"), 200),
        kind=clean(record.get("type"), 40) or ("variation" if record.get("parent_id") else ""),
        status=clean(record.get("status"), 40),
        purchasable=record.get("purchasable") is True,
        in_stock=record.get("stock_status") in ("instock", "onbackorder"),
        stock=int(stock) if known and stock is not None and abs(stock) < 1e12 else None,
        permalink=read_url(record.get("permalink")),
        image=read_url(image.get("src")) if isinstance(image, dict) else "",
        price=clean(record.get("price"), 30),
        rating=clean(record.get("average_rating"), 10),
    )


def read_shop(
    index: Mapping[str, Any],
    general: Iterable[Mapping[str, Any]],
    products_settings: Iterable[Mapping[str, Any]],
    status: Mapping[str, Any],
    address: str,
) -> Shop:
    """Put together what a shop says of itself; every part may be empty.

    Args:
        index: ``/wp-json/`` (name, home, time zone).
        general: ``settings/general`` (currency and how amounts are written, country).
        products_settings: ``settings/products`` (how long unpaid orders are kept).
        status: ``system_status`` (version, currency, plugins).
        address: Where the shop was asked.
    """
    values = _settings(general)
    told = _part(status, "settings")
    offset = _number(index.get("gmt_offset"))
    country = clean(values.get("woocommerce_default_country"), 40).partition(":")[0]
    position = values.get("woocommerce_currency_pos") or told.get("currency_position")
    decimals = _number(values.get("woocommerce_price_num_decimals", told.get("number_of_decimals")))
    return Shop(
        address=address,
        name=_unescaped(index.get("name"), 100),
        home=read_url(index.get("home")),
        zone=read_zone(index.get("timezone_string"), offset),
        gmt_offset=offset or 0.0,
        currency=clean(values.get("woocommerce_currency") or told.get("currency"), 8).upper(),
        country=country.upper() if len(country) == 2 else "",
        version=clean(_part(status, "environment").get("version"), 20),
        hold_minutes=_hold_minutes(_settings(products_settings)),
        currency_position=str(position) if position in _POSITIONS else "left",
        thousand_separator=_separator(
            values.get("woocommerce_price_thousand_sep", told.get("thousand_separator")), ","
        ),
        decimal_separator=_separator(
            values.get("woocommerce_price_decimal_sep", told.get("decimal_separator")), "."
        ),
        decimals=int(decimals) if decimals is not None and 0 <= decimals <= 8 else 2,
        plugins=_plugins(status.get("active_plugins")),
        language=read_language(_part(status, "environment").get("language")),
    )


def read_zone(name: object, offset: float | None) -> str:
    """Give a time zone that this computer knows.

    A shop may state only an offset from UTC in hours, or a zone unknown here; then the zone of
    that offset stands in, and UTC without one. (The signs of ``Etc/GMT`` run the other way.)
    """
    if isinstance(name, str) and 0 < len(name) < 60 and _known_zone(name):
        return name
    if offset is None or not -12 <= offset <= 14:
        return "UTC"
    if offset in _PART_HOUR_ZONES:
        return _PART_HOUR_ZONES[offset]
    hours = round(offset)
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def plain(markup: object, limit: int = 5000) -> str:
    """Give the text of HTML: no tags, scripts or styles; line breaks and list items stay."""
    if not isinstance(markup, str):
        return ""
    text = "".join(
        piece if isinstance(piece, str) else "\n" * (piece.name in _BREAKS)
        for piece in pieces(markup[:_MOST_HTML])
    )
    lines = (" ".join(line.split()) for line in text.splitlines())
    return clean_lines("\n".join(line for line in lines if line), limit)


def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _unescaped(value: object, limit: int) -> str:
    return clean(html.unescape(value[: limit * 8]), limit) if isinstance(value, str) else ""


def _id(record: Mapping[str, Any]) -> int:
    value = record.get("id")
    if type(value) is not int or value <= 0:
        raise Unreadable("its id is not a whole number above zero")
    return value


def _written(record: Mapping[str, Any]) -> datetime:
    time = read_time(record.get("date_created_gmt"))
    if time is None:
        raise Unreadable("its date_created_gmt is missing or not a date")
    return time


def _settings(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("id"), str):
            found[row["id"]] = row.get("value")
    return found


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _separator(value: object, default: str) -> str:
    if not isinstance(value, str):
        return default
    text = html.unescape(value[:8])
    if text in ("", " ", "\u00a0", "\u202f"):
        return text
    found = clean(text, 2)
    return default if not found or "\ufffd" in found else found


def _hold_minutes(values: Mapping[str, Any]) -> int | None:
    """An empty limit, or stock that is not managed, means that time cancels nothing."""
    if "woocommerce_hold_stock_minutes" not in values:
        return None
    if values.get("woocommerce_manage_stock") == "no":
        return 0
    minutes = _number(values["woocommerce_hold_stock_minutes"] or 0)
    return int(minutes) if minutes is not None and 0 <= minutes < 1e7 else None


def _plugins(value: object) -> tuple[str, ...]:
    """The folder names of the active plugins; older shops list files, newer ones objects."""
    if not isinstance(value, list):
        return ()
    files = [item.get("plugin") if isinstance(item, dict) else item for item in value[:300]]
    names = (clean(file, 100).partition("/")[0] for file in files)
    return tuple(name for name in names if name)

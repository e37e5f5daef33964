"""Orders as WooCommerce's REST API gives them, read into carts.

A shop is full of plugins, so every field may be missing or of another type. What a cart
cannot do without makes the record :class:`Unreadable`; everything else is read as far as it
goes. Text is cleaned here, once, where it enters.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from cartdesk.domain.addresses import match_key
from cartdesk.domain.model import Cart, Line
from cartdesk.domain.money import Money
from cartdesk.domain.ports import Record
from cartdesk.domain.text import clean, clean_lines

FIELDS = ",".join(
    (
        "id",
        "number",
        "status",
        "currency",
        "date_created_gmt",
        "date_modified_gmt",
        "date_paid_gmt",
        "total",
        "discount_total",
        "discount_tax",
        "shipping_total",
        "shipping_tax",
        "customer_id",
        "customer_ip_address",
        "billing",
        "shipping",
        "payment_method",
        "created_via",
        "customer_note",
        "meta_data",
        "line_items",
        "coupon_lines",
        "refunds",
        "payment_url",
        "needs_payment",
    )
)
"""The ``_fields`` of every order question: whole objects only, because WooCommerce drops
``line_items`` altogether when a part of it is named; not the user agent. The IP address tells
card tests by their common source and is dropped before anything is kept."""

_PRIVATE = frozenset({"customer_ip_address", "customer_user_agent", "transaction_id", "_links"})
_PRIVATE_KEY = re.compile(
    r"(?:^|[^a-z])ip(?:$|[^a-z])|ip_?addr|remote_?addr|user_?agent|browser_?agent", re.IGNORECASE
)
_ADDRESS_LIKE = re.compile(r"[0-9.]{7,15}|[0-9a-fA-F.]*:[0-9a-fA-F.:]*:[0-9a-fA-F.:]*")
_LONGEST_ADDRESS = 45  # characters of an IPv6 address that ends in an IPv4 one
_EMAIL = re.compile(
    r"[^@\s<>()\[\]\\,;:\"\ufffd]{1,64}@[^@\s<>()\[\]\\,;:\"\ufffd.][^@\s<>()\[\]\\,;:\"\ufffd]*"
    r"\.[^@\s<>()\[\]\\,;:\"\ufffd.]{2,}"
)
_PAYABLE = frozenset({"checkout-draft", "pending", "failed"})
_LARGEST_ID = 2**63
_MOST_LINES = 500
_MOST_META = 300


class Unreadable(ValueError):
    """A record that cannot be a cart; ``str()`` is the reason in plain words."""


def read_order(record: Mapping[str, Any], currency_default: str = "") -> Cart:
    """Read one order of ``wc/v3/orders``.

    Args:
        record: The order as JSON gave it.
        currency_default: The shop's currency, for an order that names none.

    Returns:
        The cart. ``total`` is None when the shop gave none, an empty or a negative one.
        Line totals, shipping and discount are with tax. An unknown status stays as it is.

    Raises:
        Unreadable: The id, the status or the time of the last change is missing or wrong.
    """
    if not isinstance(record, Mapping):
        raise Unreadable("it is not an object")
    get = record.get
    number = get("id")
    if type(number) is not int or not 0 < number < _LARGEST_ID:
        raise Unreadable("its id is not a whole number above zero")
    status = clean(get("status"), 40)
    if not status:
        raise Unreadable("it has no status")
    modified = _time(get("date_modified_gmt"), "date_modified_gmt")
    if modified is None:
        raise Unreadable("it has no date_modified_gmt")
    currency = clean(get("currency"), 8).upper() or currency_default
    total = Money.read(get("total"), currency) if currency else None
    billing, shipping = _object(get("billing")), _object(get("shipping"))
    needs_payment = get("needs_payment")
    if needs_payment is None:
        needs_payment = status in _PAYABLE and total is not None and total.minor > 0
    customer, email = get("customer_id"), read_email(billing.get("email"))
    return Cart(
        id=number,
        number=_label(get("number")) or str(number),
        status=status,
        created_at=_time(get("date_created_gmt"), "date_created_gmt") or modified,
        modified_at=modified,
        currency=currency,
        total=total,
        paid_at=_time(get("date_paid_gmt"), "date_paid_gmt"),
        email=email,
        email_malformed=not email and bool(clean(billing.get("email"), 255)),
        customer_id=customer if type(customer) is int and 0 < customer < _LARGEST_ID else 0,
        first_name=_either("first_name", billing, shipping, 100),
        last_name=_either("last_name", billing, shipping, 100),
        phone=_either("phone", billing, shipping, 40),
        country=read_country(billing.get("country")) or read_country(shipping.get("country")),
        city=_either("city", billing, shipping, 100),
        address_complete=_complete(shipping if shipping.get("address_1") else billing),
        created_via=clean(get("created_via"), 40),
        payment_method=clean(get("payment_method"), 60),
        needs_payment=needs_payment is True,
        payment_url=read_url(get("payment_url")),
        customer_note=clean_lines(get("customer_note"), 2000),
        shipping=_with_tax(get("shipping_total"), get("shipping_tax"), currency),
        discount=_with_tax(get("discount_total"), get("discount_tax"), currency),
        refunded=_refunded(get("refunds"), currency),
        lines=_lines(get("line_items"), currency),
        coupons=_coupons(get("coupon_lines")),
        meta={**_meta(get("meta_data")), **_site_language(get("lang"))},
    )


def without_private(record: Mapping[str, Any]) -> Record:
    """Give the record without what cartdesk must not keep.

    That is the shopper's IP address and browser, the payment's transaction number and the
    links of the API; also any meta data whose key or value is an IP address or a browser.
    """
    kept = {key: value for key, value in record.items() if key not in _PRIVATE}
    meta = kept.get("meta_data")
    if isinstance(meta, list):
        kept["meta_data"] = [entry for entry in meta if not _is_private(entry)]
    return kept


_PASTED = "\u200b\u200c\u200d\u2060\ufeff\u00ad \t\r\n\u00a0"


def read_email(value: object) -> str:
    """Give an e-mail address in lower case, or "" when it cannot be one.

    What was pasted around it goes; an address with invisible characters inside is none, as
    what a person reads and where a letter would go may differ.
    """
    if not isinstance(value, str) or not value:
        return ""
    shown = value[:1000].strip(_PASTED)
    address = clean(shown, 255)
    fits = address == shown and len(address) <= 254
    return address.lower() if fits and _EMAIL.fullmatch(address.lower()) else ""


def read_known_as(value: object) -> str:
    """Give the form under which an address is compared, or "" when nobody can be meant by it.

    It also names who typed one that no letter can go to, as with invisible characters inside.
    """
    key = match_key(value[:1000]) if isinstance(value, str) else ""
    return key if len(key) <= 254 and _EMAIL.fullmatch(key) else ""


def read_country(value: object) -> str:
    """Give a country as its two capital letters (ISO 3166-1), or ""."""
    if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
        return value.upper()
    return ""


def read_url(value: object, limit: int = 2000) -> str:
    """Give a web address (http or https, no spaces or control characters), or ""."""
    if not isinstance(value, str) or len(value) > limit:
        return ""
    if not value.startswith(("https://", "http://")):
        return ""
    if " " in value or (clean(value, limit) != value):
        return ""
    return value


def read_time(value: object) -> datetime | None:
    """Read a ``*_gmt`` time ("2026-11-21T19:11:25"); None when there is none or it is wrong.

    WooCommerce writes such times in UTC without a zone; a zone that stands there is obeyed.
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time if 1970 <= time.year <= 2199 else None


def _time(value: object, name: str) -> datetime | None:
    if value is None or value == "":
        return None
    time = read_time(value)
    if time is None:
        raise Unreadable(f"its {name} is not a date: {clean(str(value), 40)}")
    return time


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object, most: int) -> list[Mapping[str, Any]]:
    return [item for item in value[:most] if isinstance(item, dict)] if type(value) is list else []


def _label(value: object) -> str:
    return str(value) if type(value) is int else clean(value, 60)


def _either(name: str, first: Mapping[str, Any], second: Mapping[str, Any], limit: int) -> str:
    return clean(first.get(name), limit) or clean(second.get(name), limit)


def _complete(address: Mapping[str, Any]) -> bool:
    """Whether goods could be sent there; a postcode is not asked, some countries have none."""
    get = address.get
    named = get("first_name") or get("last_name")
    return bool(named and get("address_1") and get("city") and get("country"))


def _with_tax(net: object, tax: object, currency: str) -> Money | None:
    if not currency:
        return None
    amount = Money.read(net, currency)
    if amount is None:
        return None
    more = Money.read(tax, currency)
    return amount if more is None else Money(amount.minor + more.minor, currency)


def _refunded(value: object, currency: str) -> Money | None:
    """Add up an order's refunds, whose totals WooCommerce writes with a minus: "-10.00"."""
    if type(value) is not list or not currency:
        return None
    texts = (str(item.get("total") or "").lstrip("-") for item in _objects(value, _MOST_LINES))
    amounts = [amount for text in texts if (amount := Money.read(text, currency))]
    return Money(sum(amount.minor for amount in amounts), currency)


def _lines(value: object, currency: str) -> tuple[Line, ...]:
    return tuple([_line(item, currency) for item in _objects(value, _MOST_LINES)])


def _line(item: Mapping[str, Any], currency: str) -> Line:
    get = item.get
    return Line(
        product_id=_whole(get("product_id")),
        variation_id=_whole(get("variation_id")),
        name=clean(get("name"), 200),
        quantity=_whole(get("quantity")),
        total=_with_tax(get("total"), get("total_tax"), currency),
        image=read_url(_object(get("image")).get("src")),
        sku=clean(get("sku"), 60),
    )


def _whole(value: object) -> int:
    """A count or an id; plugins that sell by weight give 0.5, which counts as one piece."""
    if type(value) is int:
        return value if 0 < value < _LARGEST_ID else 0
    if isinstance(value, float) and 0 < value < 1e9:
        return max(1, round(value))
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return 0


def _coupons(value: object) -> tuple[str, ...]:
    codes = (clean(item.get("code"), 100).lower() for item in _objects(value, 50))
    return tuple(code for code in codes if code)


def _meta(value: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in _objects(value, _MOST_META):
        scalar = item.get("value")
        if isinstance(scalar, bool):
            scalar = "1" if scalar else "0"
        elif isinstance(scalar, (int, float)):
            scalar = str(scalar)
        elif not isinstance(scalar, str):
            continue
        key = item.get("key")
        kept = _meta_key(key[:200]) if isinstance(key, str) else ""
        if kept:
            found[kept] = clean(scalar, 500)
    return found


def _site_language(value: object) -> dict[str, str]:
    """Polylang adds the language of an order as a field of its own."""
    return {"lang": value} if isinstance(value, str) and value.isalpha() and len(value) < 4 else {}


@lru_cache(maxsize=1000)
def _meta_key(key: str) -> str:
    """A key as it is kept, or "" for one that is not; shops use the same few over and over."""
    return "" if _PRIVATE_KEY.search(key) else clean(key, 100)


def _is_private(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    key, value = entry.get("key"), entry.get("value")
    if isinstance(key, str) and key and not _meta_key(key[:200]):
        return True
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
        return False
    if not _ADDRESS_LIKE.fullmatch(value):
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True

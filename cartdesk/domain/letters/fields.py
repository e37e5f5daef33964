"""What a letter can say: its fields, the words cartdesk adds, and the facts of one cart.

Fields a merchant can write in a letter as ``{{ name }}`` (``FIELDS`` holds the same table
for the editor). A field marked * may be empty; a letter asks first: ``{% if name %}``.

==================== =====================================================================
greeting             "Hello Ana," or, without a usable name, "Hello,"
first_name *         the shopper's first name
shop_name            the shop's name
items                the list of products with the total; stands on a line of its own
item_count           how many pieces are in the basket
first_item *         the first product's name
total *              what the shopper would pay, in the shop's format
link                 the way back to the basket, as a target: ``[Back]({{ link }})``
link_kind            where it leads: "pay", "checkout-link" or "cart"
when                 the day of the last change, in shop time: "on Tuesday"
sender_name          your name
sender_email *       the address answers go to
sender_phone *       your phone number
postal_address *     your postal address on one line
returns_days *       for how many days things can be sent back
free_shipping_from * the sum from which shipping is free
delivery_time *      how long delivery takes
secure_checkout *    filled when the shop's address begins with https
stop_email *         the address a stop request goes to
reasons *            links "what stopped you?" can be answered with, on a line of their own
coupon *             what a coupon gives, its code and its end (empty for now)
==================== =====================================================================
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from cartdesk.domain.formats import day, money
from cartdesk.domain.links import Link, on_origin
from cartdesk.domain.model import Cart, Line, Shop
from cartdesk.domain.money import Money
from cartdesk.domain.settings import Settings
from cartdesk.domain.text import clean, clean_lines

MOST_LINES = 50
_LIST_BUDGET = 60_000  # characters of HTML the list of products may take
_ROW_COST = 700
_NAME_LENGTH = 120
_DAYS = re.compile(r"(\d{1,2})(?:\s*[-–]\s*(\d{1,2}))?")
_NUMBER = re.compile(r"\d{1,7}(?:[.,]\d{1,2})?")
_WORD = re.compile(r"[^\W\d_]{4,}")  # longer than a currency's name
_WEB_ADDRESS = re.compile(r"(?i)(?:[a-z][a-z0-9+.-]{0,20}://|\bwww\.)\S*")
_NO_NAME = re.compile(r"\.\S|[^\w '’.-]|[\d_]")  # a dot inside is a web address


class Field(NamedTuple):
    """One field of a letter: its name, what it holds, an example, whether it may be empty."""

    name: str
    meaning: str
    example: str | int
    optional: bool = False


FIELDS = (
    Field("greeting", "“Hello Ana,” or a graceful “Hello,”", "Hello Ana,"),
    Field("first_name", "the shopper's first name", "Ana", optional=True),
    Field("shop_name", "your shop's name", "Oak & Tin"),
    Field("items", "the list of products with the total, on a line of its own", ""),
    Field("item_count", "how many pieces are in the basket", 3),
    Field("first_item", "the first product's name", "Oak serving board", optional=True),
    Field("total", "what the shopper would pay", "€84.00", optional=True),
    Field("link", "the way back to the basket: [Back]({{ link }})", "https://shop.example/cart/"),
    Field("link_kind", "where the link leads: pay, checkout-link or cart", "cart"),
    Field("when", "the day of the last change: “on Tuesday”", "on Tuesday"),
    Field("sender_name", "your name", "Maija"),
    Field("sender_email", "the address answers go to", "hello@shop.example", optional=True),
    Field("sender_phone", "your phone number", "+358 40 123 4567", optional=True),
    Field("postal_address", "your postal address", "Oak Street 1, Turku", optional=True),
    Field("returns_days", "for how many days things can be sent back", 30, optional=True),
    Field("free_shipping_from", "the sum from which shipping is free", "€60", optional=True),
    Field("delivery_time", "how long delivery takes", "2 to 4 working days", optional=True),
    Field("secure_checkout", "filled when the shop's address begins with https", 1, optional=True),
    Field("stop_email", "the address a stop request goes to", "hello@shop.example", optional=True),
    Field("reasons", "links that name what stopped the reader, on a line of their own", 1, True),
    Field("coupon", "a coupon's gift, code and end", "10 % off: ANA10, to 1 May", optional=True),
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words cartdesk itself adds to a letter, English unless a language brings its own."""

    hello_name: str = "Hello {name},"
    hello: str = "Hello,"
    weekdays: tuple[str, ...] = (
        "on Monday",
        "on Tuesday",
        "on Wednesday",
        "on Thursday",
        "on Friday",
        "on Saturday",
        "on Sunday",
    )
    on_day: str = "on {day}"
    day_pattern: str = "long"  # of CLDR: what ``on_day`` says of a date
    day_endings: tuple[str, ...] = ()  # what a language hangs on the 1st to the 31st
    quantity: str = "Quantity {n}"
    more: str = "and {n} more"
    shipping: str = "Shipping"
    other_costs: str = "Shipping and other costs"
    total: str = "Total"
    working_days: str = "{n} working days"
    why_basket: str = (
        "You get this letter because you began an order at {shop} with this address "
        "and did not finish it."
    )
    why_payment: str = (
        "You get this letter because the payment for your order at {shop} did not go through."
    )
    call_payment: str = (
        "this is {who}. Your payment did not go through. Can I help you finish the order?"
    )
    call_basket: str = "this is {who}. You left a basket in the shop. Can I help with anything?"
    stop: str = "To get no more letters, reply with the word STOP or"
    stop_link: str = "unsubscribe by e-mail"


ENGLISH = Words()


@dataclass(frozen=True, slots=True)
class Item:
    """One product of the list. ``price`` is for the whole line; "" when the shop gave none."""

    name: str
    quantity: int
    price: str
    image: str


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """Everything a letter about one cart may say; all text is clean and on one line.

    ``fields`` holds the filled fields of ``FIELDS`` (an empty one is left out). ``items``
    are the lines shown and ``more`` counts those that are not; ``sums`` are the rows below
    them, the total last. ``stop_url`` is a ``mailto:`` address or "". ``reasons`` are label
    and ``mailto:`` address of what may have stopped the reader.
    """

    language: str
    words: Words
    fields: Mapping[str, str | int]
    link: Link
    items: tuple[Item, ...]
    more: int
    sums: tuple[tuple[str, str], ...]
    shop_name: str
    sender: tuple[str, ...]
    email: str
    phone: str
    why: str
    stop_url: str
    reasons: tuple[tuple[str, str], ...] = ()


def facts_for(
    cart: Cart,
    shop: Shop,
    settings: Settings,
    link: Link,
    language: str = "en",
    *,
    words: Words = ENGLISH,
    now: datetime | None = None,
    stop_token: str = "",
) -> LetterFacts:
    """Gather what a letter about ``cart`` may say.

    Args:
        cart: The cart the letter is about.
        shop: The shop, for its name, time zone and format of money.
        settings: The sender and the shop's promises.
        link: The way back, see :func:`cartdesk.domain.links.way_back`.
        language: The letter's language ("en").
        words: The fixed words of that language.
        now: The time of writing, aware; with it a day of the last week is named by weekday.
        stop_token: What ties a stop request and a tapped reason to this letter ("" writes a
            plain STOP and no reasons).
    """
    from cartdesk.domain.feedback.one_click import links  # its package is not wanted at start

    sender = settings.sender
    shop_name = clean(shop.name, 100) or urlsplit(shop.address).hostname or shop.address
    sender_name = clean(sender.name, 100) or shop_name
    email = clean(sender.reply_to or sender.email, 254)
    phone = clean(sender.phone, 40)
    first_name = usable_name(cart.first_name)
    hosts = settings.shop.extra_hosts
    items, more = _items(cart.lines, shop, language, hosts)
    hello = words.hello_name.format(name=first_name) if first_name else words.hello
    address_lines = [clean(line) for line in clean_lines(sender.postal_address).splitlines()]
    why = words.why_payment if cart.status == "failed" else words.why_basket
    reasons = links(email, stop_token, language)
    fields: dict[str, str | int] = {
        "greeting": hello,
        "first_name": first_name,
        "shop_name": shop_name,
        "item_count": sum(line.quantity for line in cart.lines),
        "first_item": items[0].name if items else "",
        "total": money(cart.total, shop, language) if cart.total else "",
        "link": link.url,
        "link_kind": link.kind,
        "when": _when(cart.modified_at, now, shop, language, words),
        "sender_name": sender_name,
        "sender_email": email,
        "sender_phone": phone,
        "postal_address": ", ".join(line for line in address_lines if line),
        "returns_days": sender.returns_days,
        "free_shipping_from": _sum(clean(sender.free_shipping_from, 40), shop, language),
        "delivery_time": _delivery(clean(sender.delivery_time, 80), shop, language, words),
        "secure_checkout": int(shop.address.startswith("https://")),
        "stop_email": email,
        "reasons": len(reasons),
    }
    return LetterFacts(
        language=language,
        words=words,
        fields={name: value for name, value in fields.items() if value or name == "item_count"},
        link=link,
        items=items,
        more=more,
        sums=_sums(cart, shop, language, words),
        shop_name=shop_name,
        sender=tuple(
            dict.fromkeys(line for line in (sender_name, shop_name, *address_lines) if line)
        ),
        email=email,
        phone=phone,
        why=why.format(shop=shop_name),
        stop_url=stop_address(email, stop_token),
        reasons=reasons,
    )


def usable_name(first_name: str) -> str:
    """Give a first name fit for a greeting, or "" when it does not look like one.

    What is typed into a name field is sometimes an advertisement, an address or markup; a
    letter that greets with it would carry the stranger's words under the shop's name.
    """
    name = clean(first_name, 60)
    letters = "".join(char for char in name if not unicodedata.category(char).startswith("M"))
    if len(name) > 30 or _NO_NAME.search(letters) or not letters[:1].isalpha():
        return ""
    single_case = name.islower() or (name.isupper() and len(name) > 2)
    return name.title() if single_case and "’" not in name and "'" not in name else name


def without_links(name: str) -> str:
    """Take web addresses out of a name: mail programs make links of them, wherever they lead."""
    return clean(_WEB_ADDRESS.sub("…", name))


def stop_address(email: str, token: str = "") -> str:
    """Write the ``mailto:`` address (RFC 6068) by which a reader stops the letters."""
    subject = f"unsub-{token}" if token else "STOP"
    return f"mailto:{quote(email, safe='@+')}?subject={subject}" if email else ""


def _when(moment: datetime, now: datetime | None, shop: Shop, language: str, words: Words) -> str:
    # No "today": a letter is read later than it is written.
    local = moment.astimezone(shop.tz).date()
    if now is not None and 0 <= (now.astimezone(shop.tz).date() - local).days < 7:
        return words.weekdays[local.weekday()]
    written = day(moment, shop, language, words.day_pattern)
    ending = words.day_endings[local.day - 1] if words.day_endings else ""
    return words.on_day.format(day=written + ending)


def _delivery(text: str, shop: Shop, language: str, words: Words) -> str:
    """Write a delivery time in the letter's language: "2-4" in any, a sentence in the shop's."""
    found = _DAYS.fullmatch(text)
    if found is not None:
        return words.working_days.format(n="–".join(part for part in found.groups() if part))
    return text if shop.language in {"", language} else ""


def _sum(text: str, shop: Shop, language: str) -> str:
    """Write a sum in the letter's language; one with words in it only in the shop's."""
    amount = Money.read(text.replace(",", "."), shop.currency) if _NUMBER.fullmatch(text) else None
    if amount is not None and shop.currency:
        return money(amount, shop, language)
    own = shop.language in {"", language} or not _WORD.search(text)
    return text if own else ""


def _items(
    lines: tuple[Line, ...], shop: Shop, language: str, hosts: tuple[str, ...]
) -> tuple[tuple[Item, ...], int]:
    """Turn lines into list entries while they fit, and count those that do not."""
    shown: list[Item] = []
    budget = _LIST_BUDGET
    for line in lines[:MOST_LINES]:
        name = without_links(clean(line.name, _NAME_LENGTH)) or "?"
        image = picture(line.image, shop.address, hosts)
        budget -= _ROW_COST + 2 * len(html.escape(name)) + len(html.escape(image))
        if budget < 0:
            break
        price = money(line.total, shop, language) if line.total else ""
        shown.append(Item(name, line.quantity, price, image))
    return tuple(shown), len(lines) - len(shown)


def picture(url: str, shop_address: str, hosts: tuple[str, ...] = ()) -> str:
    """Give a picture's address when a letter may show it (https, or the shop's own), or ""."""
    secure = url.startswith("https://") and on_origin(url, url)
    return url if secure or on_origin(url, shop_address, hosts) else ""


def _sums(cart: Cart, shop: Shop, language: str, words: Words) -> tuple[tuple[str, str], ...]:
    """Give the rows below the products, so that a reader can add them up to the total."""
    if cart.total is None:
        return ()
    total = (words.total, money(cart.total, shop, language))
    amounts = [line.total for line in cart.lines]
    if any(amount is None or amount.currency != cart.total.currency for amount in amounts):
        return (total,)
    rest = cart.total.minor - sum(amount.minor for amount in amounts if amount)
    slack = len(amounts)  # the shop rounds the tax of each line by itself
    if rest <= slack:
        return (total,)
    ship = cart.shipping.minor if cart.shipping else 0
    label = words.shipping if abs(rest - ship) <= slack else words.other_costs
    return ((label, money(Money(rest, cart.total.currency), shop, language)), total)

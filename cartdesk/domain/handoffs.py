"""Hand-offs: a person writes or calls by phone, with a number and a short text made ready.

cartdesk sends nothing itself: it opens the computer's own program for WhatsApp, text messages
or calls, and the merchant presses "send" there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from cartdesk.domain.letters.fields import Words, usable_name
from cartdesk.domain.model import Cart, Lane, Shop
from cartdesk.domain.money import exponent
from cartdesk.domain.settings import Settings
from cartdesk.domain.text import clean


class Way(StrEnum):
    """How a person can be reached by phone."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class HandOff:
    """A hand-off made ready: the number in international form, and a short text."""

    number: str
    text: str

    def link(self, way: Way) -> str:
        """Give the address that opens the program (RFC 3966, RFC 5724, WhatsApp's wa.me)."""
        if way is Way.WHATSAPP:
            return f"https://wa.me/{self.number.lstrip('+')}?text={quote(self.text, safe='')}"
        if way is Way.SMS:
            return f"sms:{self.number}?body={quote(self.text, safe='')}"
        return f"tel:{self.number}"


def phone_number(phone: str, country: str) -> str:
    """Give a phone number in international form ("+358401234567"), or "" for an invalid one.

    Args:
        phone: What the shopper typed.
        country: Where a number without a country code is from, two letters.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(phone, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(parsed):
        return ""
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def why_not(cart: Cart, lane: Lane, settings: Settings, *, bought: bool, stopped: str) -> str:
    """Say why a cart is not one to call about, or ""."""
    if bought:
        return "This person has bought since; there is nothing to call about."
    if stopped:
        return f"This person must not be contacted: {stopped}."
    if lane is Lane.FAILED or is_high_value(cart, settings):
        return "" if cart.phone else "The shopper gave no phone number."
    least = settings.help.high_value
    return f"Only a failed payment, or a basket of {least:g} or more, is worth a call (Settings)."


def is_high_value(cart: Cart, settings: Settings) -> bool:
    """Tell whether a basket is worth at least what the merchant set, in its own currency."""
    if cart.total is None:
        return False
    least = float(settings.help.high_value * 10 ** exponent(cart.currency))
    return cart.total.minor >= least


def hand_off(
    cart: Cart, lane: Lane, shop: Shop, settings: Settings, words: Words
) -> HandOff | None:
    """Make a hand-off ready in the language of ``words``; None without a valid number."""
    number = phone_number(cart.phone, cart.country or shop.country)
    if not number:
        return None
    shop_name, sender = clean(shop.name, 60), clean(settings.sender.name, 60)
    who = f"{sender} ({shop_name})" if sender and shop_name != sender else sender or shop_name
    name = usable_name(cart.first_name)
    hello = words.hello_name.format(name=name) if name else words.hello
    said = words.call_payment if lane is Lane.FAILED else words.call_basket
    return HandOff(number, f"{hello} {said.format(who=who)}")

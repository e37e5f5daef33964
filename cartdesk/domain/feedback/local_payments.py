"""Ways to pay that shoppers of a country look for, told by the names of payment methods."""

from __future__ import annotations

from collections.abc import Iterable

from cartdesk.domain.feedback.audit_facts import Gateway

OFFLINE = frozenset({"bacs", "cheque", "cod"})
"""WooCommerce's own methods that take no payment in the shop: transfer, cheque, on delivery."""

# One plug-in with many methods inside; which of them are on cannot be seen by REST.
_BUNDLES = ("stripe", "woocommerce_payments", "mollie", "adyen", "multisafepay", "buckaroo")
_LOOKED_FOR = {
    "AT": ("EPS, Klarna or PayPal", ("eps", "klarna", "paypal", "ppcp")),
    "BE": ("Bancontact", ("bancontact",)),
    "CH": ("TWINT", ("twint",)),
    "DE": ("PayPal, Klarna or an invoice", ("paypal", "ppcp", "klarna", "invoice", "rechnung")),
    "DK": ("MobilePay", ("mobilepay", "vipps")),
    "FI": ("an online bank or MobilePay", ("bank", "paytrail", "mobilepay", "svea", "verkko")),
    "HU": ("a card by Barion or SimplePay", ("barion", "simple", "card", "kártya", "otp")),
    "NL": ("iDEAL", ("ideal",)),
    "NO": ("Vipps or Klarna", ("vipps", "klarna")),
    "PL": ("BLIK or Przelewy24", ("blik", "przelewy", "p24", "payu", "tpay")),
    "PT": ("MB WAY or Multibanco", ("mbway", "mb way", "multibanco")),
    "SE": ("Swish or Klarna", ("swish", "klarna")),
}


def online(gateways: Iterable[Gateway]) -> tuple[Gateway, ...]:
    """Give the methods that take a payment at once."""
    return tuple(one for one in gateways if one.id not in OFFLINE)


def missing_in(country: str, gateways: Iterable[Gateway]) -> str:
    """Name what shoppers of a country look for and no method's name speaks of; "": nothing."""
    names, words = _LOOKED_FOR.get(country, ("", ()))
    offered = [f"{one.id} {one.title}".casefold() for one in gateways if one.id not in OFFLINE]
    if any(word in one for one in offered for word in (*words, *_BUNDLES)):
        return ""
    return names

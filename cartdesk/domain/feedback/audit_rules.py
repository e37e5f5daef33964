"""The rules of the audit about the way through the checkout: accounts, paying, countries.

What is not known (None) is not judged. Ids of settings are WooCommerce's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from cartdesk.domain.feedback.audit_facts import Judged, LeftFacts, ShopFacts
from cartdesk.domain.feedback.audit_words import NAMED, carts
from cartdesk.domain.feedback.local_payments import missing_in, online
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.silent import SilentCode
from cartdesk.domain.feedback.silent_counts import LeftCart
from cartdesk.domain.views import Verdict

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP
_ACCOUNTS = "WooCommerce > Settings > Accounts & Privacy"


def guests(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """Who may buy without an account, and who can get one."""
    value = shop.settings.get
    guest = value("woocommerce_enable_guest_checkout")
    if guest == "yes":
        yield Judged("guest-checkout", Reason.FORCED_ACCOUNT, OK, "Guests may buy.")
    if guest != "no":
        return
    yield Judged(
        "guest-checkout",
        Reason.FORCED_ACCOUNT,
        STOP,
        "Nobody can buy without an account.",
        f"Tick “Enable guest checkout” in {_ACCOUNTS}.",
    )
    signup = value("woocommerce_enable_signup_and_login_from_checkout")
    if signup == "no" and value("woocommerce_enable_myaccount_registration") == "no":
        yield Judged(
            "no-registration",
            Reason.FORCED_ACCOUNT,
            STOP,
            "An account is asked for, but nobody new can make one: neither at the checkout nor "
            "on the account page.",
            f"Allow guests, or account creation during checkout, in {_ACCOUNTS}.",
        )
    if value("woocommerce_enable_checkout_login_reminder") == "no":
        yield Judged(
            "login-at-checkout",
            Reason.LOGIN,
            WARN,
            "The checkout asks for an account but does not offer to log in.",
            f"Tick “Enable log-in during checkout” in {_ACCOUNTS}.",
        )


def gateways(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """Which ways to pay there are, for whom, and which of them failed."""
    if shop.gateways is None:
        return
    where = "WooCommerce > Settings > Payments"
    at_once = online(shop.gateways)
    names = ", ".join(one.title or one.id for one in shop.gateways)
    if not shop.gateways:
        yield Judged(
            "payment-methods",
            Reason.PAYMENT_METHOD,
            STOP,
            "No way to pay is switched on.",
            f"Switch one on in {where}.",
        )
    elif not at_once:
        yield Judged(
            "payment-methods",
            Reason.PAYMENT_METHOD,
            STOP,
            f"Nothing can be paid at once: there is only {names}.",
            f"Add cards or mobile payment in {where}.",
        )
    else:
        yield Judged("payment-methods", Reason.PAYMENT_METHOD, OK, f"Ways to pay: {names}.")
        yield from _local(shop, left)
    titles = {one.id: one.title or one.id for one in shop.gateways}
    failed = [cart for cart in left.carts if _refused(cart)]
    for method, count in Counter(cart.payment_method for cart in failed).most_common(NAMED):
        yield Judged(
            "failed-payments",
            Reason.PAYMENT_FAILED,
            WARN,
            f"Payments by {titles.get(method, method or 'an unknown method')} failed in "
            f"{carts(count)}.",
            "See what its log says (WooCommerce > Status > Logs), and offer another way to pay.",
            frozenset(cart.id for cart in failed if cart.payment_method == method),
            "carts whose payment by it failed",
        )


def _local(shop: ShopFacts, left: LeftFacts) -> Iterable[Judged]:
    for country, ids in left.by_country():
        names = missing_in(country, shop.gateways or ())
        if names:
            yield Judged(
                "local-payment",
                Reason.PAYMENT_METHOD,
                WARN,
                f"No payment method is named like {names}, which shoppers from {country} look "
                f"for ({carts(len(ids))} left from there).",
                "Look whether your payment plug-in offers it there; REST shows names only.",
                ids,
                f"carts from {country}",
            )


def countries(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """Which shoppers live where nothing is shipped to."""
    if shop.zones is None or shop.ships_nothing or not shop.zones_complete:
        return
    served = [zone for zone in shop.zones if zone.methods]
    if not all(zone.places_known and zone.countries is not None for zone in served):
        return
    reached = {country for zone in served for country in zone.countries or ()}
    for country, ids in left.by_country():
        if country not in reached:
            yield Judged(
                "unserved-country",
                Reason.DELIVERY,
                STOP,
                f"Nothing is shipped to {country}, but {carts(len(ids))} were left from there.",
                "Add the country to a zone (WooCommerce > Settings > Shipping), or say on the "
                "product pages where you deliver.",
                ids,
                f"carts from {country}",
            )


def _refused(cart: LeftCart) -> bool:
    return any(hint.code is SilentCode.PAYMENT_REFUSED for hint in cart.hints)

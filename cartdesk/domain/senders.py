"""Who else writes to people who did not finish their checkout: the shop itself, and plugins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cartdesk.domain.model import Cart, Shop
from cartdesk.domain.text import ago, span
from cartdesk.domain.views import Check, Verdict

OWN_RECOVERY = (10, 9)  # the WooCommerce that began to have a recovery e-mail of its own
SCHEDULED_META = "_abandoned_cart_recovery_scheduled_at"
SENT_META = "_abandoned_cart_recovery_email_sent_at"
WOOCOMMERCE = "WooCommerce itself"
_PLUGINS = {
    "automatewoo": "AutomateWoo",
    "mailpoet": "MailPoet",
    "woo-cart-abandonment-recovery": "CartFlows Cart Abandonment Recovery",
    "woocommerce-abandoned-cart": "Tyche Abandoned Cart",
    "woocommerce-abandon-cart-pro": "Tyche Abandoned Cart Pro",
    "wp-marketing-automations": "FunnelKit Automations",
    "retainful-next-order-coupon-for-woocommerce": "Retainful",
    "retainful": "Retainful",
    "yith-woocommerce-recover-abandoned-cart": "YITH Recover Abandoned Cart",
    "klaviyo": "Klaviyo",
    "mailchimp-for-woocommerce": "Mailchimp",
}


@dataclass(frozen=True, slots=True)
class OtherLetter:
    """What WooCommerce's own recovery e-mail left on an order: sent, or meant for ``at``."""

    at: datetime
    sent: bool


def active_plugins(shop: Shop) -> tuple[str, ...]:
    """Name the shop's active plugins that are known to send reminders."""
    slugs = (plugin.lower().removesuffix("-premium") for plugin in shop.plugins)
    return tuple(dict.fromkeys(_PLUGINS[slug] for slug in slugs if slug in _PLUGINS))


def own_letter(cart: Cart) -> OtherLetter | None:
    """Give what WooCommerce 10.9 and later wrote into the order's meta data (unix seconds)."""
    for key, sent in ((SENT_META, True), (SCHEDULED_META, False)):
        at = _moment(cart.meta.get(key, ""))
        if at is not None:
            return OtherLetter(at, sent)
    return None


def other_sender(
    cart: Cart, shop: Shop, now: datetime, known: frozenset[str] = frozenset()
) -> Check | None:
    """Warn of another sender, which needs a second yes.

    One that wrote about this very cart needs it each time. A plugin that is merely active may
    never write, so it needs it once: afterwards it is among the ``known`` ones, and only named.
    """
    own = own_letter(cart)
    if own is not None:
        sentence = _told(own, now)
        ask = f"{sentence}. Send another letter all the same?"
        return Check("other-sender", Verdict.WARN, sentence, "WooCommerce", own.at, ask=ask)
    plugins = active_plugins(shop)
    if not plugins:
        return None
    verb = "is" if len(plugins) == 1 else "are"
    sentence = f"{' and '.join(plugins)} {verb} active and may also send reminders"
    ask = "" if known.issuperset(plugins) else f"{sentence}. Send letters from here all the same?"
    return Check("other-sender", Verdict.WARN, sentence, "the shop's active plugins", ask=ask)


def _told(own: OtherLetter, now: datetime) -> str:
    if own.sent:
        return f"{WOOCOMMERCE} wrote to this person {ago(own.at, now)}"
    if own.at > now:
        return f"{WOOCOMMERCE} is about to write to this person, in {span(own.at - now)}"
    return f"{WOOCOMMERCE} was about to write to this person {ago(own.at, now)}"


def _moment(seconds: str) -> datetime | None:
    """Read unix seconds; anything else, and what lies before this century, is no time."""
    number = seconds.strip().partition(".")[0]
    if not (number.isascii() and number.isdigit() and 9 <= len(number) <= 10):
        return None
    return datetime.fromtimestamp(int(number), UTC)

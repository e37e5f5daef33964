"""Gathering from the ledger what the rules look at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartdesk.adapters.ledger import Book
from cartdesk.domain.checks import CartFacts
from cartdesk.domain.consent import CountryRule
from cartdesk.domain.lifecycle import schedule
from cartdesk.domain.model import Shop
from cartdesk.domain.settings import Audience, Settings
from cartdesk.work import pausing
from cartdesk.work.experiments import share_held_out

CUSTOMER_KEPT = timedelta(days=7)


class NoSuchCart(LookupError):
    """There is no cart with this number."""


@dataclass(frozen=True, slots=True)
class Desktop:
    """What every question is asked against: the shop, the settings and the time."""

    shop: Shop
    settings: Settings
    now: datetime
    wall: datetime


KNOWN_SENDERS = "senders.known"
COUNTRY_RULES = "consent.countries"


def cart_facts(book: Book, cart_id: int, desktop: Desktop) -> CartFacts:
    """Gather the facts about one cart and its person.

    Raises:
        NoSuchCart: The ledger holds no order of this id.
    """
    cart, person = book.orders.cart(cart_id), book.orders.person_of(cart_id)
    if cart is None or person is None:
        raise NoSuchCart(f"There is no cart {cart_id} in the ledger.")
    tracks = book.orders.tracks([person])[person]
    track = next(track for track in tracks if track.id == cart_id)
    letters = book.outbox.facts_by_person([person]).get(person, ())
    bought = [one.placed_at for one in tracks if one.placed_at is not None]
    last = max(bought, default=None)
    due = schedule.next_due(track, letters, last, desktop.settings.sequence)
    share = share_held_out(book, person)
    if share and due is not None and due.sequence == schedule.RECOVERY:
        due = None
    asked = book.events.newest("cart.asked", cart_id) or book.events.newest("sync.done")
    return CartFacts(
        cart=cart,
        track=track,
        shop=desktop.shop,
        settings=desktop.settings,
        letters=letters,
        bought=len(bought),
        last_bought_at=last,
        paying_customer=book.cache.customer(cart.email, desktop.now - CUSTOMER_KEPT),
        suppressed=book.outbox.suppressed(book.orders.emails_of(person)),
        asked_at=asked.at if asked else None,
        due=due,
        now=desktop.now,
        known_senders=frozenset((book.state.get(KNOWN_SENDERS) or "").splitlines()),
        held_out=share,
        country_rules=country_rules(book),
        paused=pausing.sentence(book, desktop.now, desktop.shop.tz),
    )


def country_rules(book: Book) -> dict[str, CountryRule]:
    """Give what was decided, by country."""
    kept = json.loads(book.state.get(COUNTRY_RULES) or "{}")
    return {
        country: CountryRule(Audience(rule["audience"]), rule["reason"])
        for country, rule in sorted(kept.items())
    }

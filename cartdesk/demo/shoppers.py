"""The shoppers' story: each does one thing after another on the story's clock.

Nothing runs in the background. Events wait in order of time, and :meth:`Story.catch_up`
lets everything happen that is due, each with its own time, before anybody looks at the shop.
"""

from __future__ import annotations

import heapq
import itertools
import random
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from cartdesk.demo.cast import CAST, Part, background
from cartdesk.demo.orders import ZONE, Order, attribution
from cartdesk.demo.pages import linked_items
from cartdesk.demo.people import address_of
from cartdesk.demo.shop import ShopData

Act = Callable[[datetime], None]
CONSENT_KEY = "_marketing_consent"
_SWEEP_HOUR = 3  # of the shop's night, when old drafts are deleted
_EARLY_HOURS = 30  # the shop's housekeeping begins this long before the story
_NAME = ("first_name", "last_name")
_STREET = ("address_1", "city")
_REST = ("postcode", "country", "phone")


class Story:
    """Who shops when. ``start`` is the story's first moment; parts may begin before it."""

    def __init__(
        self,
        shop: ShopData,
        start: datetime,
        seed: int,
        visit: Callable[[str, datetime], object],
        cast: Sequence[Part] = CAST,
    ) -> None:
        self._shop = shop
        self._start = start
        self._visit = visit
        self._chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._events: list[tuple[datetime, int, Act]] = []
        self._count = itertools.count()
        self._letters: dict[str, int] = {}
        self.parts = (*cast, *background(self._chance))
        self._by_email = {part.email.lower(): part for part in self.parts if part.email}
        self._addresses = {part.email: self._address(part) for part in self.parts}
        for part in self.parts:
            self._at(self._time(part.hour), partial(self._begin, part))
        self._at(start - timedelta(hours=_EARLY_HOURS), self._hourly)

    def catch_up(self, now: datetime) -> None:
        """Let everything happen that is due by now, in order."""
        while self._events and self._events[0][0] <= now:
            at, _, act = heapq.heappop(self._events)
            act(at)

    def letter_arrived(self, email: str, links: Sequence[str], now: datetime) -> int:
        """Tell that a letter lies in somebody's mailbox; they may follow its link.

        Gives how many letters they got by now.
        """
        who = email.lower()
        count = self._letters[who] = self._letters.get(who, 0) + 1
        part = self._by_email.get(who)
        if part is not None and part.clicks_letter == count and links:
            self._at(now + timedelta(minutes=25), partial(self._follow, part, links[0]))
        return count

    def part_of(self, email: str) -> Part | None:
        """Give who has an address, or None."""
        return self._by_email.get(email.lower())

    def at(self, when: datetime, act: Act) -> None:
        """Let something happen at its time."""
        self._at(when, act)

    def buy(self, order_id: int, now: datetime) -> None:
        """Let the shopper of one cart come back at once and pay. Raises KeyError."""
        self.catch_up(now)
        self._pay(self._shop.orders[order_id], {}, f"{self._shop.address}/checkout/", now)

    def _at(self, when: datetime, act: Act) -> None:
        heapq.heappush(self._events, (when, next(self._count), act))

    def _time(self, hour: float) -> datetime:
        return self._start + timedelta(hours=hour)

    def _address(self, part: Part) -> dict[str, str]:
        return address_of(self._chance, part.first, part.last, part.country)

    def _hourly(self, at: datetime) -> None:
        """The shop's own housekeeping."""
        self._shop.sweep_unpaid(at)
        if at.astimezone(ZONE).hour == _SWEEP_HOUR:
            self._shop.sweep_drafts(at)
        self._at(at + timedelta(hours=1), self._hourly)

    # one visit to the checkout

    def _begin(self, part: Part, at: datetime) -> None:
        """Open the checkout page. The classic one leaves nothing before "Place order"."""
        if part.review:
            product, rating, text = part.review
            self._shop.review(at, product, (part.first, part.email), rating, text)
        elif self._shop.drafts_at_checkout and part.end != "unpaid-classic":
            order = self._shop.open_order(at, part.items)
            order.mobile = part.mobile
            self._type(part, order, at)
            self._at(at + timedelta(minutes=3), partial(self._finish, part, order))
        elif part.stage == "address" and not part.empties_email:
            self._at(at + timedelta(minutes=3), partial(self._place_new, part))

    def _type(self, part: Part, order: Order, at: datetime) -> None:
        """Fill the form in field by field, as far as this shopper gets."""
        steps: list[tuple[float, Act]] = []
        if part.stage != "opened":
            if part.mistyped:
                steps.append((20, partial(self._email, part, order, part.mistyped)))
            steps.append((24, partial(self._email, part, order, part.email)))
        if part.stage in {"name", "address"}:
            steps.append((38, partial(self._fields, part, order, _NAME)))
        if part.stage == "address":
            steps.append((52, partial(self._fields, part, order, _STREET)))
            steps.append((66, partial(self._fields, part, order, _REST)))
        if part.empties_email:
            steps.append((300, partial(self._email, part, order, "")))
        for seconds, act in steps:
            self._at(at + timedelta(seconds=seconds), act)

    def _email(self, part: Part, order: Order, email: str, at: datetime) -> None:
        order.email = email
        if part.consent and email:
            order.meta[CONSENT_KEY] = "yes"
        if part.english:
            order.meta["wpml_language"] = "en"
        if part.registered:
            order.customer_id = self._shop.register(at, part.email, self._addresses[part.email]).id
        self._shop.touch(order, at)

    def _fields(self, part: Part, order: Order, names: Sequence[str], at: datetime) -> None:
        known = self._addresses[part.email]
        order.address |= {name: known[name] for name in names}
        order.customer_note = part.note
        self._shop.touch(order, at)

    def _new_order(self, part: Part, items: Sequence[tuple[int, int]], at: datetime) -> Order:
        """Make an order that is complete from its first moment."""
        order = self._shop.open_order(at, items, "pending")
        order.mobile = part.mobile
        self._email(part, order, part.email, at)
        self._fields(part, order, (*_NAME, *_STREET, *_REST), at)
        return order

    def _place_new(self, part: Part, at: datetime) -> None:
        """Press "Place order" where the shop showed nothing before."""
        order = self._new_order(part, part.items, at)
        self._finish(part, order, at)

    def _finish(self, part: Part, order: Order, at: datetime) -> None:
        """End the visit the way this shopper does; an order placed and left is unpaid."""
        shop = self._shop
        end = "unpaid" if part.end == "leaves" and order.status == "pending" else part.end
        if end in {"unpaid", "unpaid-classic"}:
            shop.place(order, at, "bankpay", "checkout" if "classic" in end else "store-api")
        elif end in {"buys", "transfers"}:
            shop.place(order, at, "card")
            order.meta |= attribution({}, f"{shop.address}/", at, order.mobile)
            shop.pay(order, at, "bacs" if end == "transfers" else "card")
        elif end == "declined":
            shop.place(order, at, "card")
            shop.move(order, "failed", at, "The card was declined: insufficient funds.")
        elif end == "cancels":
            shop.place(order, at, "bankpay")
            shop.move(order, "cancelled", at, "Order cancelled by customer.")
        elif end == "cancelled-by-merchant":
            shop.place(order, at, "bankpay")
            self._at(at + timedelta(hours=1), partial(shop.move, order, "cancelled"))
        if part.returns_after is not None:
            back = at + timedelta(hours=part.returns_after)
            self._at(back, partial(self._pay, order, {}, f"{shop.address}/checkout/"))

    # coming back

    def _follow(self, part: Part, link: str, at: datetime) -> None:
        """Open the link in a letter, and pay three minutes later."""
        self._visit(link.removeprefix(self._shop.address), at)
        self._at(at + timedelta(minutes=3), partial(self._pay_by_link, part, link))

    def _pay_by_link(self, part: Part, link: str, at: datetime) -> None:
        """Pay the order a pay link names, or a new one with what a checkout link holds."""
        parts = urlsplit(link)
        query = dict(parse_qsl(parts.query))
        named = re.fullmatch(r"/checkout/order-pay/(\d+)/?", parts.path)
        order = self._shop.orders.get(int(named[1])) if named else None
        if order is None or not order.needs_payment:
            items = linked_items(query.get("products", "")) or part.items
            order = self._new_order(part, items, at)
            order.coupon = query.get("coupon", "").lower()
        self._pay(order, query, link, at)

    def _pay(self, order: Order, query: dict[str, str], entry: str, at: datetime) -> None:
        if order.id not in self._shop.orders or not order.needs_payment:
            return
        if order.status == "checkout-draft":
            self._shop.place(order, at, "card")
        order.meta |= attribution(query, entry, at, order.mobile)
        self._shop.pay(order, at)

"""The whole demo: a shop with shoppers, a mail server, and settings that fit them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Self

from cartdesk.demo import history
from cartdesk.demo.cast import BUYS_BETWEEN, FULL, GONE, HUGO, REFUSALS, ROBOT, Part
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.mailbox import DemoMailbox
from cartdesk.demo.mailsink import MailSink
from cartdesk.demo.orders import attribution
from cartdesk.demo.people import address_of
from cartdesk.demo.replies import REPLIES, Reply, written
from cartdesk.demo.shop import NEW_VERSION, OLD_VERSION, ShopData
from cartdesk.demo.shoppers import CONSENT_KEY, Story
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request
from cartdesk.domain.settings import (
    Audience,
    ConsentSettings,
    Encryption,
    MailSettings,
    SenderSettings,
    SequenceSettings,
    Settings,
    ShopSettings,
    SyncSettings,
)

START = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)  # a Tuesday, 9:00 in Helsinki
LENGTH = timedelta(hours=84)  # the last letter 3 and the purchase it brings are over by then
_HOLD_SECONDS = 10  # a story in three minutes leaves no time for the usual 20
_PAST_ORDERS = 300  # in the two months before the story


@dataclass(frozen=True, slots=True)
class Expected:
    """What must become of the shoppers when every letter that may go is sent in time.

    Attributes:
        by_letter: E-mail -> which letter's link they buy by.
        buys_between: Who is to buy between approval and sending (see ``World.buy``).
        by_themselves: Come back after having left, and no letter may be sent to them.
        never: Nobody may write to them: bought, robot, cancelled on purpose, no basis.
        refused: The mail server says no to their address.
        deferred: The mail server says later.
        several: Has several carts, gets one sequence.
    """

    by_letter: dict[str, int]
    buys_between: str
    by_themselves: frozenset[str]
    never: frozenset[str]
    refused: frozenset[str]
    deferred: frozenset[str]
    several: str


class World:
    """The demo, running between ``async with`` and its end. Nothing leaves this computer."""

    def __init__(
        self,
        directory: Path,
        woo: str = "old",
        speed: float = 1700.0,
        seed: int = 1,
        start: datetime = START,
    ) -> None:
        """Prepare the demo.

        Args:
            directory: Where the Maildir is made.
            woo: "old": drafts appear at checkout; "new": orders appear at "Place order".
            speed: Story seconds in a real second; 0 leaves time to ``clock.advance``.
            seed: One seed, one story.
            start: The story's first moment.
        """
        self.clock = StoryClock(start, speed)
        self.shop = ShopData(OLD_VERSION if woo == "old" else NEW_VERSION)
        self.store = DemoStore(self.clock, shop=self.shop)
        self.maildir = directory / "Maildir"
        self.sink = MailSink(self.maildir, refusals=REFUSALS, arrived=self._arrived)
        self.mailbox = DemoMailbox()
        self.replied: dict[str, datetime] = {}  # who wrote back, by address
        self._replies = 0
        self._start = start
        self._seed = seed
        self.story = Story(self.shop, start, seed, self.store.visit)
        self.store.before_each = self._asked

    @property
    def address(self) -> str:
        """The shop's address."""
        return self.store.address

    @property
    def key(self) -> str:
        """A consumer key that may read."""
        return self.store.key

    @property
    def secret(self) -> str:
        """Its secret."""
        return self.store.secret

    @property
    def smtp_host(self) -> str:
        """The mail server's address."""
        return self.sink.host

    @property
    def smtp_port(self) -> int:
        """The mail server's port."""
        return self.sink.port

    @property
    def smtp_login(self) -> str:
        """The mail account's name."""
        return self.sink.login

    @property
    def smtp_password(self) -> str:
        """The mail account's password."""
        return self.sink.password

    @property
    def over(self) -> bool:
        """Whether the story is told."""
        return self.clock.now() >= self._start + LENGTH

    async def __aenter__(self) -> Self:
        await self.store.start()
        try:
            await self.sink.start()
        except BaseException:
            await self.store.stop()
            raise
        self._past()
        self.catch_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.store.stop()
        await self.sink.stop()

    def catch_up(self) -> None:
        """Let the shoppers do what they would have done by now."""
        self.story.catch_up(self.clock.now())

    def _asked(self, request: Request) -> None:
        """Catch up; and in a story that runs by itself, let one person buy at the last moment.

        The shop is asked for a single order just before a letter about it leaves.
        """
        self.catch_up()
        number = request.path.rpartition("/orders/")[2]
        order = self.shop.orders.get(int(number)) if number.isdecimal() else None
        late = order is not None and order.email == BUYS_BETWEEN and order.paid is None
        if self.clock.speed and order is not None and late:
            self.buy(order.id)

    def buy(self, cart_id: int) -> None:
        """Let the shopper of a cart come back now and pay. Raises KeyError when it is gone."""
        self.story.buy(cart_id, self.clock.now())

    def settings(self) -> Settings:
        """Give complete settings for this shop and mail account; the secrets stand apart."""
        speed = self.clock.speed
        return Settings(
            shop=ShopSettings(address=self.address),
            sync=SyncSettings(every_minutes=max(5, round(speed / 60))),
            sequence=SequenceSettings(hold_seconds=_HOLD_SECONDS if speed else 20),
            mail=MailSettings(
                host=self.smtp_host,
                port=self.smtp_port,
                encryption=Encryption.NONE,
                login=self.smtp_login,
                seconds_between=0,
            ),
            sender=SenderSettings(
                name=self.shop.name,
                email="hello@oakandtin.example",
                reply_to="hello@oakandtin.example",
                postal_address="Puistokatu 7, 00140 Helsinki, Finland",
                phone="+358 9 555 0142",
                returns_days=30,
                free_shipping_from="80 €",
                delivery_time="2-4 working days",
            ),
            consent=ConsentSettings(audience=Audience.CUSTOMER, meta_key=CONSENT_KEY),
        )

    @property
    def expected(self) -> Expected:
        """What must become of the shoppers this shop shows."""
        parts = [part for part in self.story.parts if not part.review and self._shown(part)]
        left = {"leaves", "unpaid", "unpaid-classic", "declined"}
        abandoned = [part for part in parts if part.end in left]
        back = {part.email for part in abandoned if part.returns_after is not None}
        quick = {p.email for p in abandoned if p.returns_after and p.returns_after < 1}
        writable = {
            part.email
            for part in abandoned
            if not part.empties_email and (part.end == "declined" or part.consent or part.earlier)
        } - {ROBOT, ""}
        everybody = {part.email for part in parts if part.email}
        return Expected(
            by_letter={part.email: part.clicks_letter for part in abandoned if part.clicks_letter},
            buys_between=BUYS_BETWEEN if BUYS_BETWEEN in everybody else "",
            by_themselves=frozenset(back - writable),
            never=frozenset((everybody - writable) | quick),
            refused=frozenset({GONE} & everybody),
            deferred=frozenset({FULL} & everybody),
            several=HUGO,
        )

    def _shown(self, part: Part) -> bool:
        return self.shop.drafts_at_checkout or part.stage == "address"

    def _past(self) -> None:
        """Fill in the two months before the story, and the earlier orders of its people."""
        chance = random.Random(self._seed)  # noqa: S311 - a story, not a secret
        for part in sorted(self.story.parts, key=lambda part: -part.earlier):
            if part.earlier:
                at = self._start - timedelta(days=part.earlier)
                order = self.shop.open_order(at, ((25, 2),), "pending")
                order.email = part.email
                order.address = address_of(chance, part.first, part.last, part.country)
                order.meta |= attribution({}, f"{self.address}/", at, order.mobile)
                if part.registered:
                    order.customer_id = self.shop.register(at, part.email, order.address).id
                self.shop.pay(order, at + timedelta(minutes=2))
                order.completed = at + timedelta(days=2)
                self.shop.move(order, "completed", order.completed)
        first, week = self._start - timedelta(days=60), self._start - timedelta(days=8)
        last = self._start - timedelta(hours=10)
        history.fill(self.shop, _PAST_ORDERS, self._seed, first, week)
        # nobody unknown is left with a cart that could still get a letter
        history.fill(self.shop, _PAST_ORDERS // 8, self._seed + 1, week, last, all_bought=True)

    def _arrived(self, recipient: str, message: bytes) -> None:
        """See a letter come in, and the shopper read it."""
        now = self.clock.now()
        self.catch_up()
        letter = message_from_bytes(message, policy=policy.default)
        body = letter.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        links = re.findall(
            re.escape(self.address) + r"/(?:checkout-link|checkout|cart)/?[^\s<>]*", text
        )
        if not links:  # the merchant's answer to what a shopper wrote: no letter of a plan
            return
        count = self.story.letter_arrived(recipient, links, now)
        reply, part = REPLIES.get(recipient.lower()), self.story.part_of(recipient)
        if reply is not None and part is not None and reply.letter == count:
            when = now + timedelta(hours=reply.hours)
            self.story.at(when, partial(self._write_back, reply, part, letter))

    def _write_back(self, reply: Reply, part: Part, letter: EmailMessage, at: datetime) -> None:
        self._replies += 1
        raw = written(reply, part, letter, at, self._replies)
        if raw:
            self.mailbox.deliver(raw, at)
            if not reply.by_machine:
                self.replied[part.email] = at

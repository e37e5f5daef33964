"""A desk with fixed, rich and hostile data, for layout work and snapshots.

It keeps what is done to it in memory. How the program behaves is tested with the real desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cached_property

from cartdesk.desk import Desk, NotPossible, Report
from cartdesk.domain.model import (
    Cart,
    CartState,
    Evidence,
    Lane,
    Line,
    Reminder,
    ReminderState,
    Rendered,
    Shop,
)
from cartdesk.domain.money import Money
from cartdesk.domain.settings import (
    Audience,
    ConsentSettings,
    MailSettings,
    SenderSettings,
    Settings,
    ShopSettings,
)
from cartdesk.domain.text import clean
from cartdesk.domain.views import (
    CartDetail,
    CartPage,
    CartRow,
    Check,
    Done,
    Light,
    Moment,
    Person,
    PollReport,
    Preview,
    Progress,
    Queue,
    QueueItem,
    SendReport,
    SyncStatus,
    Verdict,
)
from cartdesk.work.answering import Answers
from cartdesk.work.feedback import Feedback
from cartdesk.work.letters import LetterDesk
from tests.tui.sample_feedback import SampleAnswers, SampleFeedback
from tests.tui.sample_figures import SampleFigures
from tests.tui.sample_letters import SampleLetters

NOW = datetime(2025, 6, 3, 11, 2, tzinfo=UTC)
SHOP = Shop(
    "https://oakandtin.example",
    name="Oak & Tin",
    zone="Europe/Helsinki",
    currency="EUR",
    country="FI",
    version="9.8.1",
)
SETTINGS = Settings(
    shop=ShopSettings("https://oakandtin.example"),
    mail=MailSettings("smtp.example.com", login="hello@oakandtin.example"),
    sender=SenderSettings(
        "Oak & Tin", "hello@oakandtin.example", "hello@oakandtin.example", "Oak Street 1, Turku"
    ),
    consent=ConsentSettings(Audience.CUSTOMER),
)
LINK = "https://oakandtin.example/checkout/order-pay/1042/?pay_for_order=true&key=wc_x"
SOURCE = """Subject: You left something in your basket

{{ greeting }}

you left these in your basket {{ when }}:

{{ items }}

[Back to your basket]({{ link }})

{{ sender_name }}
"""

NAMES = (
    "Ana Petrova",
    "Tom Weir",
    "",
    "M. Okafor",
    "Lena Groß",
    "Yuki Sato",
    "J. Doe",
    "Päivi Őry",
)
HOSTILE_NAMES = (
    "[/]",
    "[@click=app.quit]Anna[/]",
    "\x1b]52;c;ZXZpbA==\x07Bob\x1b[2J",
    "Ämilie \u202egnorts Ő",
    "👩‍👩‍👧‍👦 Family 陈伟 a very long name that goes on and on and on",
    "[$foo]x[/] [on red]y",
    "<b>Bold</b> {{ 7*7 }} =HYPERLINK()",
    "ﷺ z̷̢̛a̷l̸g̴o̵",
)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at
        self.passed = 0.0

    def now(self) -> datetime:
        """Give the time it stands at."""
        return self.at

    def wall(self) -> datetime:
        """Give the same time: no story shortens it."""
        return self.at

    def monotonic(self) -> float:
        """Give the seconds it was moved by."""
        return self.passed

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)
        self.passed += seconds


def euro(minor: int) -> Money:
    """Make an amount in euro cents."""
    return Money(minor, "EUR")


class SampleDesk(Desk):
    """A desk whose data are fixed.

    Args:
        names: The shoppers' names, before they are cleaned.
        many: How many carts the shop has.
        empty: Whether there is nothing at all.
        light: How the shop was reached last.
    """

    def __init__(
        self,
        *,
        names: Sequence[str] = NAMES,
        many: int = 41,
        empty: bool = False,
        light: Light = Light.FRESH,
        clock: FixedClock | None = None,
        settings: Settings = SETTINGS,
        read_only: bool = False,
        link: str = LINK,
    ) -> None:
        self.link = link
        self.settings = settings
        self.read_only = read_only
        self.clock = clock or FixedClock()
        self.done: list[tuple[object, ...]] = []
        self.found: tuple[Check, ...] = (
            Check("sent-folder", Verdict.WARN, "it does not lie in the folder “Sent”"),
            Check("connection", Verdict.WARN, "the connection ended 4 s after the last byte"),
        )
        self.may_find = asyncio.Event()
        self.may_find.set()
        self._lamp = light
        self._polls = 0
        self._total = 0 if empty else many
        self._names = [clean(name) for name in names]
        self._items = [] if empty else self._make_items()
        self._feedback = SampleFeedback(self._names, NOW, self.done, empty=empty)
        self.figures = SampleFigures(
            NOW.date(),
            tuple(item.row for item in self._items),
            () if names is NAMES else self._names,
        )

    # the data

    def row(self, place: int, state: CartState = CartState.ABANDONED) -> CartRow:
        """Make a cart row."""
        name = self._names[place % len(self._names)]
        lanes = (Lane.DRAFT, Lane.UNPAID, Lane.FAILED, Lane.CANCELLED)
        totals = (8400, 2350, 14000, 6120, 1800, 4790, 3500, 129900)
        return CartRow(
            id=place + 1,
            number=str(1042 - 3 * place if place < 340 else 5000 + place),
            name=name,
            email=f"shopper{place}@example.org",
            total=euro(totals[place % 8] + 10 * (place // 8)),
            state=state,
            lane=lanes[place % 4],
            country=("FI", "GB", "DE", "")[place % 4],
            quiet_since=NOW - timedelta(minutes=72 + 191 * place),
            evidence=Evidence.SAME_ORDER if state is CartState.RECOVERED else None,
            letters_sent=place % 3,
        )

    def _make_items(self) -> list[QueueItem]:
        states = (
            ReminderState.READY,
            ReminderState.READY,
            ReminderState.READY,
            ReminderState.READY,
            ReminderState.READY,
            ReminderState.HELD,
            ReminderState.REFUSED,
            ReminderState.UNSURE,
        )
        stop = Check(
            "basis",
            Verdict.STOP,
            "No consent on this order",
            "audience: customer",
            NOW,
            "Ask the shopper, or choose who may get letters in 6 Settings.",
        )
        found = []
        for place, state in enumerate(states):
            row = self.row(place)
            reminder = Reminder(
                id=100 + place,
                cart_id=row.id,
                sequence="recovery",
                step=(1, 1, 2, 1, 3, 1, 1, 2)[place],
                letter="friendly-reminder",
                state=state,
                due_at=NOW - timedelta(minutes=12 + 7 * place),
                email=row.email,
                held_until=NOW + timedelta(seconds=14) if state is ReminderState.HELD else None,
                said="550 5.1.1 mailbox unavailable" if state is ReminderState.REFUSED else "",
                message_id="<20250603.1@oakandtin.example>",
            )
            found.append(QueueItem(reminder, row, 3, stop if place == 4 else None, place == 2))
        return found

    # what a screen asks

    async def start(self) -> None:
        """Nothing to recover."""

    async def close(self) -> None:
        """Nothing to close."""

    async def shop(self) -> Shop:
        """The shop."""
        return SHOP

    def status(self) -> SyncStatus:
        """The light it was made with."""
        if self._lamp is Light.OFFLINE:
            return SyncStatus(
                Light.OFFLINE,
                last=NOW - timedelta(minutes=9),
                next=NOW + timedelta(minutes=7),
                problem="The shop did not answer within 20 s.",
                mend="Look whether the site opens in a browser.",
            )
        if self._lamp is Light.ASKING:
            return SyncStatus(
                Light.ASKING, last=NOW, next=None, progress=Progress("Asking the shop", 2, 7)
            )
        return SyncStatus(Light.FRESH, last=NOW, next=NOW + timedelta(minutes=5))

    async def poll(self, report: Report | None = None, *, full: bool = False) -> PollReport:
        """Find nothing new."""
        self._polls += 1
        return PollReport(0, 0, 0, 0, 0, 0, "The shop has nothing new.")

    async def tick(self, report: Report | None = None) -> SendReport | None:
        """Nothing leaves."""
        return None

    async def queue(self, words: str = "") -> Queue:
        """The letters."""
        wanted = words.casefold().split()
        items = tuple(
            item
            for item in self._items
            if all(word in f"{item.row.name} {item.row.number}".casefold() for word in wanted)
        )
        states = [item.reminder.state for item in items]
        why = "" if items else "No checkout was abandoned. The next letter is due today at 15:10."
        return Queue(
            items,
            ready=sum(i.stop is None and i.reminder.state is ReminderState.READY for i in items),
            held=states.count(ReminderState.HELD),
            failed=states.count(ReminderState.REFUSED),
            unsure=states.count(ReminderState.UNSURE),
            why_empty=why,
        )

    def _item(self, reminder_id: int) -> QueueItem:
        for item in self._items:
            if item.reminder.id == reminder_id:
                return item
        raise NotPossible("This letter is no longer in the queue.")

    async def preview(self, reminder_id: int) -> Preview:
        """A letter filled in."""
        item = self._item(reminder_id)
        first = item.row.name.split(" ")[0]
        text = (
            f"Hello {first}".strip() + ",\n\nyou left these in your basket on Tuesday:\n\n"
            "  • Oak serving board, large     1 ×  €59.00\n"
            "  • Beeswax polish 200 ml        1 ×  €25.00\n"
            "                          Total       €84.00\n\n"
            "Back to your basket:\nhttps://oakandtin.example/?cartdesk=restore\n\n"
            "Is something unclear? Just reply to this letter.\n\nKind regards,\nMaija, Oak & Tin\n"
        )
        message = EmailMessage()
        message["From"] = "Oak & Tin <hello@oakandtin.example>"
        message["To"] = item.row.email
        message["Subject"] = "You left something in your basket"
        message["Message-ID"] = item.reminder.message_id
        message["List-Unsubscribe"] = "<mailto:hello@oakandtin.example?subject=stop>"
        message.set_content(text)
        message.add_alternative(f"<p>Hello {len(first)}</p>", subtype="html")
        message.set_boundary("=-cartdesk-sample-=")
        checks = [
            Check("not-paid", Verdict.OK, "not paid (asked 14:02)", "status: pending", NOW),
            Check("basis", Verdict.OK, "may be mailed (customer)", "paid 2 orders", NOW),
            Check("fields", Verdict.OK, "all fields filled"),
            Check("link", Verdict.OK, "link opens"),
            Check("one-a-day", Verdict.OK, "1st letter today"),
        ]
        if item.help_now:
            checks.append(
                Check("quiet-hours", Verdict.WARN, "It is 21:40 where the shopper lives", "GB")
            )
        if item.stop:
            checks[1] = item.stop
        return Preview(
            reminder=item.reminder,
            row=item.row,
            steps=item.steps,
            to=f"{item.row.name} <{item.row.email}>" if first else item.row.email,
            sender="Oak & Tin <hello@oakandtin.example>",
            checks=tuple(checks),
            rendered=Rendered("You left something in your basket", text, f"<p>{first}</p>"),
            message=message.as_bytes(),
            source=item.reminder.source or SOURCE,
        )

    def _change(self, reminder_id: int, **changes: object) -> QueueItem:
        item = self._item(reminder_id)
        reminder = replace(item.reminder, **changes)  # type: ignore[arg-type]
        new = replace(item, reminder=reminder)
        self._items[self._items.index(item)] = new
        return new

    async def approve(
        self, reminder_id: int, *, hold: bool = True, knowingly: bool = False
    ) -> Done:
        """Hold a letter."""
        item = self._item(reminder_id)
        if item.stop:
            raise NotPossible(f"{item.stop.sentence}. {item.stop.mend}")
        self.done.append(("approve", reminder_id))
        self._change(
            reminder_id,
            state=ReminderState.HELD,
            held_until=self.clock.now() + timedelta(seconds=20),
        )
        return Done(f"Approved the letter to {item.row.name}; it leaves in 20 s.", undo=True)

    async def approve_all(self, reminder_ids: Sequence[int]) -> Done:
        """Hold many."""
        self.done.append(("approve_all", *reminder_ids))
        for each in reminder_ids:
            self._change(each, state=ReminderState.HELD, held_until=NOW + timedelta(seconds=20))
        return Done(f"Approved {len(reminder_ids)} letters; they leave in 20 s.", undo=True)

    async def send_now(
        self,
        reminder_ids: Sequence[int],
        report: Report | None = None,
        *,
        knowingly: bool = False,
    ) -> SendReport:
        """Take letters out of the queue."""
        self.done.append(("send_now", *reminder_ids))
        for place, each in enumerate(reminder_ids):
            if report:
                report(Progress("Sending", place, len(reminder_ids)))
            self._items.remove(self._item(each))
        return SendReport(sent=len(reminder_ids), sentence=f"Sent {len(reminder_ids)}.")

    async def undo(self) -> Done:
        """Take back every hold."""
        self.done.append(("undo",))
        for item in list(self._items):
            if item.reminder.state is ReminderState.HELD:
                self._change(item.reminder.id, state=ReminderState.READY, held_until=None)
                return Done("Took back the approval.")
        raise NotPossible("There is nothing to undo.")

    async def skip(self, reminder_id: int) -> Done:
        """Drop a letter."""
        self.done.append(("skip", reminder_id))
        item = self._item(reminder_id)
        self._items.remove(item)
        return Done(f"Skipped step {item.reminder.step} for {item.row.name}.", undo=True)

    async def later(self, reminder_id: int, until: datetime) -> Done:
        """Drop a letter for now."""
        self.done.append(("later", reminder_id, until))
        self._items.remove(self._item(reminder_id))
        return Done("Put off the letter.", undo=True)

    def later_choices(self) -> tuple[tuple[str, datetime], ...]:
        """Three times."""
        return (
            ("in 2 hours", NOW + timedelta(hours=2)),
            ("tomorrow at 9:00", NOW + timedelta(hours=19)),
            ("Monday at 9:00", NOW + timedelta(days=5, hours=19)),
        )

    async def edit(self, reminder_id: int, source: str) -> Done:
        """Keep a text."""
        if "{{ nobody }}" in source:
            raise NotPossible("There is no field “nobody”.")
        self.done.append(("edit", reminder_id, source))
        self._change(reminder_id, source=source)
        return Done("Kept your own text for this letter.", undo=True)

    async def evidence(self, reminder_id: int) -> tuple[Check, ...]:
        """Give what was found out about an unsure letter, once somebody allows it."""
        await self.may_find.wait()
        return self.found

    async def settle(self, reminder_id: int, answer: str) -> Done:
        """Answer an unsure letter."""
        self.done.append(("settle", reminder_id, answer))
        self._items.remove(self._item(reminder_id))
        return Done("Left it as it is.")

    async def stop(self, cart_id: int, reason: str = "do not contact") -> Done:
        """Stop a person."""
        self.done.append(("stop", cart_id))
        self._items = [item for item in self._items if item.row.id != cart_id]
        return Done("No letter will go to this person any more.", undo=True)

    async def carts(
        self, words: str = "", *, limit: int = 500, offset: int = 0, order: str = "-quiet"
    ) -> CartPage:
        """A window of carts."""
        states = (
            CartState.ABANDONED,
            CartState.OPEN,
            CartState.RECOVERED,
            CartState.LOST,
            CartState.STOPPED,
            CartState.MERGED,
        )
        places = range(self._total)
        note = ""
        plain = [word for word in words.casefold().split() if ":" not in word]
        if "state:gone" in words:
            note = "there is no state 'gone'"
        if "state:abandoned" in words:
            places = range(0, self._total, len(states))
        if plain:
            places = range(0)
        window = places[offset : offset + limit]
        rows = tuple(self.row(place, states[place % len(states)]) for place in window)
        return CartPage(rows, len(places), self._total, note)

    async def cart(self, cart_id: int) -> CartDetail:
        """One cart with its story."""
        row = self.row(cart_id - 1)
        cart = Cart(
            id=row.id,
            number=row.number,
            status="pending",
            created_at=row.quiet_since,
            modified_at=row.quiet_since,
            currency="EUR",
            total=row.total,
            email=row.email,
            country=row.country,
            customer_note=clean("Can it be a gift? [b]wrapped[/b]"),
            lines=(
                Line(1, 0, "Oak serving board, large", 1, euro(5900)),
                Line(2, 0, clean("Beeswax [/polish] 200 ml"), 1, euro(2500)),
            ),
        )
        person = Person(
            row.name,
            row.email,
            row.country,
            2,
            (euro(13650),),
            NOW - timedelta(days=40),
            (row, self.row(cart_id)),
            "",
        )
        timeline = (
            Moment(row.quiet_since - timedelta(minutes=9), "cart.seen", "first seen, €84.00"),
            Moment(row.quiet_since, "cart.changed", "last change by the shopper"),
            Moment(row.quiet_since + timedelta(hours=1), "cart.abandoned", "counts as abandoned"),
            Moment(NOW - timedelta(minutes=12), "letter.due", "step 1, friendly reminder, is due"),
            Moment(NOW + timedelta(hours=22), "letter.planned", "step 2, any questions?", True),
            Moment(NOW + timedelta(hours=58), "letter.planned", "step 3, a small gift", True),
        )
        return CartDetail(
            cart=cart,
            row=row,
            person=person,
            timeline=timeline,
            why=await self.why(cart_id),
            link=self.link,
            link_note="leads to the payment page of this order",
        )

    async def why(self, cart_id: int) -> tuple[Check, ...]:
        """The rules."""
        return (
            Check("quiet", Verdict.OK, "Quiet for 72 min, the cut-off is 60", "72 min", NOW),
            Check("not-paid", Verdict.OK, "Not paid", "status: pending", NOW),
            Check(
                "basis",
                Verdict.STOP,
                "No consent on this order",
                "audience: customer",
                NOW,
                "Choose who may get letters in 6 Settings.",
            ),
        )

    @cached_property
    def feedback(self) -> Feedback:
        """Replies, reviews and notes."""
        return self._feedback

    @cached_property
    def answers(self) -> Answers:
        """Answers that go nowhere."""

        def put(reminder: Reminder) -> None:
            self._items = [x for x in self._items if x.reminder.id != reminder.id]
            self._items.append(QueueItem(reminder, self.row(reminder.step - 1), 3, None))

        return SampleAnswers(self._feedback, put)

    async def export(self, what: str) -> AsyncIterator[dict[str, object]]:
        """Nothing to export."""
        return
        yield {}

    @cached_property
    def letterdesk(self) -> LetterDesk:
        """Four letters."""
        carts = tuple(
            Cart(
                id=item.row.id,
                number=item.row.number,
                status="pending",
                created_at=item.row.quiet_since,
                modified_at=item.row.quiet_since,
                currency="EUR",
                total=item.row.total,
                email=item.row.email,
                first_name=item.row.name,
            )
            for item in self._items
        )
        return SampleLetters(self.settings, SOURCE, carts)

"""Random lives of a shop, lived in a real ledger the way the program lives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.experiments import Arm
from cartdesk.domain.feedback.reading import Found, Reading
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.feedback.views import NewPiece, Source
from cartdesk.domain.junk import Staff
from cartdesk.domain.lifecycle.schedule import Due
from cartdesk.domain.metrics.views import Report, Span
from cartdesk.domain.model import ReminderState, Shop
from cartdesk.domain.settings import SequenceSettings, Settings
from cartdesk.work import figures
from cartdesk.work.planning import settle

BEGIN = datetime(2026, 3, 28, 20, 30, tzinfo=UTC)  # a night before the clocks of Europe change
ZONES = ("UTC", "Europe/Helsinki", "America/New_York", "Pacific/Kiritimati")
CURRENCIES = ("EUR", "EUR", "EUR", "USD", "JPY")
EMAILS = ("ana@example.org", "tom@example.org", "lena@example.org", "x@mailinator.com", "")
STATUSES = (
    "checkout-draft",
    "checkout-draft",
    "pending",
    "failed",
    "cancelled",
    "processing",
    "completed",
    "on-hold",
    "refunded",
    "trash",
)
VIAS = ("checkout", "store-api", "checkout", "store-api", "", "admin", "rest-api")
REASONS = (Reason.OTHER, Reason.PRICE, Reason.PAYMENT_FAILED, Reason.SHIPPING_COST)
_SENDING = ("approve", "claim", "body-written")


@dataclass
class Life:
    """A shop's ledger, its clock and what the merchant set."""

    book: Book
    now: datetime = BEGIN
    zone: str = "Europe/Helsinki"
    rules: SequenceSettings = field(default_factory=SequenceSettings)

    def report(self, span: Span, currency: str) -> Report:
        """Give the program's figures."""
        self.renew()
        shop = Shop("https://shop.example", zone=self.zone, currency="EUR")
        settings, today = Settings(sequence=self.rules), self.span(1).last
        return self.book.read(
            lambda book: figures.report(
                book, span, currency, shop, figures.horizon(book, shop, settings, today)
            )
        )

    def renew(self) -> None:
        """Bring the figures up to date as the program does, some persons and days at a time."""
        zone, lost_after = ZoneInfo(self.zone), timedelta(days=self.rules.lost_after_days)
        while not self.book.read(lambda book: figures.is_fresh(book, zone, lost_after)):
            self.book.write(lambda book: figures.renew_some(book, zone, lost_after))

    def span(self, days: int) -> Span:
        """Give the last days."""
        today = self.now.astimezone(ZoneInfo(self.zone)).date() + timedelta(days=1)
        return Span(today - timedelta(days=days), today, self.zone)


Step = Callable[[Life], None]


def saved(order: dict[str, Any], minutes_ago: int) -> Step:
    """The shop shows an order, new or changed."""

    def step(life: Life) -> None:
        record = dict(order)
        record["date_modified_gmt"] = (life.now - timedelta(minutes=minutes_ago)).isoformat()
        begun = life.now - timedelta(minutes=minutes_ago + order["begun"])
        record["date_created_gmt"] = begun.isoformat()
        paid = order["paid"] and (life.now - timedelta(minutes=minutes_ago)).isoformat()
        record["date_paid_gmt"] = paid or None
        life.book.write(lambda book: book.orders.save([record], life.now, fresh=True))

    return step


def passes(minutes: int) -> Step:
    """Time passes, or the clock is put back."""

    def step(life: Life) -> None:
        life.now += timedelta(minutes=minutes)

    return step


def judged(life: Life) -> None:
    """The shop was read, and the rules look at everybody."""

    def judge(book: Book) -> None:
        settle(book, life.rules, life.now)
        book.events.add("sync.done", life.now)

    life.book.write(judge)


def written(place: int, end: str, language: str) -> Step:
    """A letter that waits is sent, refused, or nobody knows."""

    def step(life: Life) -> None:
        def send(book: Book) -> None:
            waiting = book.outbox.in_states([ReminderState.READY])
            if not waiting:
                return
            number = waiting[place % len(waiting)].id
            for event in (*_SENDING, end):
                reminder = book.outbox.get(number)
                assert reminder is not None
                columns: dict[str, object] = {}
                if event in ("accepted", "lost-sight"):
                    columns = {"sent_at": life.now, "language": language}
                book.outbox.move(reminder, event, life.now, **columns)

        life.book.write(send)

    return step


def answered(place: int, kind: str) -> Step:
    """Something is heard about a letter that went out, perhaps twice."""

    def step(life: Life) -> None:
        def hear(book: Book) -> None:
            out = book.outbox.in_states([ReminderState.SENT, ReminderState.UNSURE])
            if out:
                letter = out[place % len(out)]
                book.events.add(
                    f"letter.{kind}", life.now, cart_id=letter.cart_id, reminder_id=letter.id
                )

        life.book.write(hear)

    return step


def planned(order_id: int, number: int) -> Step:
    """A letter is planned for a cart, whatever the rules would say."""

    def step(life: Life) -> None:
        def plan(book: Book) -> None:
            if book.orders.cart(order_id) is not None:
                letter = ("friendly-reminder", "any-questions", "small-gift")[number - 1]
                book.outbox.plan(order_id, Due("recovery", number, letter, life.now), life.now)

        life.book.write(plan)

    return step


def forgotten(email: str, *, wholly: bool) -> Step:
    """A person is erased, or ages out."""

    def step(life: Life) -> None:
        def forget(book: Book) -> None:
            if known := book.persons.find(email):
                if wholly:
                    book.persons.erase(known, life.now)
                else:
                    persons = {book.orders.person_of(number) for number in known.orders}
                    book.persons.fade(sorted(filter(None, persons)), life.now)

        life.book.write(forget)

    return step


def staffed(email: str) -> Step:
    """The merchant sets an address of the shop's own."""
    staff = Staff.of(email, "https://shop.example")
    return lambda life: life.book.write(lambda book: book.junk.staff_is(staff))


def said(order_id: int, reasons: tuple[Reason, ...], source: Source, minutes_ago: int) -> Step:
    """Somebody says, about a cart, what stopped them; or a gateway does."""

    def step(life: Life) -> None:
        at = life.now - timedelta(minutes=minutes_ago)
        piece = NewPiece(source, f"{order_id} {at} {reasons}", at, "", cart_id=order_id)
        reading = Reading(tuple(Found(one) for one in reasons))
        life.book.write(lambda book: book.feedback.land([piece], lambda *_: reading, life.now))

    return step


def versioned(order_id: int, letter: str, version: str) -> Step:
    """The person behind a cart is given a version of a letter."""

    def step(life: Life) -> None:
        def assign(book: Book) -> None:
            arm = Arm(version, "a\nb")
            book.experiments.assign(order_id, letter, arm, life.now, life.now + timedelta(days=30))

        life.book.write(assign)

    return step


def let_back(order_id: int) -> Step:
    """The merchant says that a cart kept apart is a shopper's."""
    return lambda life: life.book.write(lambda book: book.junk.let_back(order_id, back=True))


def cancelled_by(order_id: int, by: str) -> Step:
    """It becomes known who cancelled an order."""
    return lambda life: life.book.write(lambda book: book.orders.cancelled(order_id, by))


def moved_to(zone: str) -> Step:
    """The shop's time zone is set anew."""

    def step(life: Life) -> None:
        life.zone = zone

    return step


def gives_up_after(days: int) -> Step:
    """The merchant sets another look-back."""

    def step(life: Life) -> None:
        life.rules = SequenceSettings(lost_after_days=days)

    return step


def visited(days_ago: int, visits: int) -> Step:
    """The merchant enters the visits of a day."""

    def step(life: Life) -> None:
        day: date = life.now.date() - timedelta(days=days_ago)
        life.book.write(lambda book: book.visits.keep({day: visits}))

    return step


def counted(life: Life) -> None:
    """The figures are looked at, so that what comes later must correct them."""
    life.renew()


NUMBERS = st.integers(1, 9)


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """Make an order as WooCommerce's API gives it; ``begun`` and ``paid`` are for :func:`saved`."""
    status = draw(st.sampled_from(STATUSES))
    email = draw(st.sampled_from(EMAILS))
    meta = []
    if status != "checkout-draft" and (device := draw(st.sampled_from(("", "Mobile", "Desktop")))):
        meta.append({"key": "_wc_order_attribution_device_type", "value": device})
    if language := draw(st.sampled_from(("", "fi", "hu"))):
        meta.append({"key": "wpml_language", "value": language})
    if draw(st.booleans()):
        meta.append({"key": "_wc_order_attribution_utm_source", "value": "cartdesk"})
        meta.append({"key": "_wc_order_attribution_utm_campaign", "value": "reminder-1"})
    total = draw(st.sampled_from(("0", "7", "19", "20", "84", "1250")))
    whole = {"first_name": "A", "last_name": "B", "address_1": "C 1", "city": "D", "country": "FI"}
    address = draw(st.sampled_from(({}, {"country": "HU"}, whole)))
    refunds = draw(st.sampled_from(((), (), ("-5",), ("-5", "-100"))))
    return {
        "id": draw(NUMBERS),
        "status": status,
        "currency": draw(st.sampled_from(CURRENCIES)),
        "total": total,
        "discount_total": draw(st.sampled_from(("0", "3"))),
        "discount_tax": draw(st.sampled_from(("0", "1"))),
        "refunds": [{"id": 9, "total": amount} for amount in refunds],
        "customer_id": draw(st.sampled_from((0, 0, 0, 5))),
        "billing": {"email": email, **address},
        "meta_data": meta,
        "line_items": [
            {"product_id": product, "name": f"P{product}", "quantity": 1, "total": str(price)}
            for product, price in draw(
                st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9)), min_size=0, max_size=3)
            )
        ],
        "created_via": draw(st.sampled_from(VIAS)),
        "begun": draw(st.sampled_from((0, 1, 7, 7, 90, 3000))),
        "paid": status in ("processing", "completed", "refunded") and draw(st.booleans()),
    }


def shopped(
    left: dict[str, Any],
    bought: dict[str, Any],
    letters: int,
    waited: int,
    *,
    in_place: bool,
    version: str,
) -> Step:
    """Somebody leaves a checkout, gets letters, and buys with this order or another, or not."""

    def step(life: Life) -> None:
        number = left["id"]
        saved(left | {"paid": False}, 0)(life)
        passes(130)(life)
        judged(life)
        for place in range(1, letters + 1):
            if place == 1 and version:
                versioned(number, "friendly-reminder", version)(life)
            planned(number, place)(life)
            written(0, "accepted", "hu" if place == 2 else "")(life)
            passes(1500)(life)
        passes(waited)(life)
        if bought["status"] in ("processing", "completed", "on-hold", "refunded"):
            same = {"id": number} if in_place else {}
            kept = {"billing": left["billing"], "customer_id": left["customer_id"]}
            saved(bought | kept | same, 0)(life)
        judged(life)

    return step


UNFINISHED = orders().map(
    lambda order: order | {"status": ("checkout-draft", "pending", "failed")[order["id"] % 3]}
)
BOUGHT = orders().map(
    lambda order: order | {"status": ("processing", "refunded", "trash")[order["id"] % 3]}
)
STORIES: st.SearchStrategy[Step] = st.builds(
    shopped,
    UNFINISHED,
    BOUGHT,
    st.sampled_from((0, 1, 1, 2)),
    st.sampled_from((0, 60, 1500, 9000, 46000)),
    in_place=st.booleans(),
    version=st.sampled_from(("", "a", "b")),
)
ACCIDENTS: st.SearchStrategy[Step] = st.one_of(
    st.builds(saved, orders(), st.sampled_from((0, 5, 70, 2000, 50000))),
    st.builds(saved, orders(), st.just(0)),
    st.builds(passes, st.sampled_from((20, 65, 200, 1500, 9000, 46000, -90))),
    st.just(judged),
    st.just(judged),
    st.builds(planned, NUMBERS, st.integers(1, 3)),
    st.builds(
        written,
        st.integers(0, 3),
        st.sampled_from(("accepted", "accepted", "refused", "lost-sight")),
        st.sampled_from(("", "fi")),
    ),
    st.builds(answered, st.integers(0, 3), st.sampled_from(("replied", "bounced"))),
    st.builds(forgotten, st.sampled_from(EMAILS[:3]), wholly=st.booleans()),
    st.builds(staffed, st.sampled_from(EMAILS[:2])),
    st.builds(
        said,
        NUMBERS,
        st.lists(st.sampled_from(REASONS), max_size=2, unique=True).map(tuple),
        st.sampled_from((Source.ONE_CLICK, Source.REPLY, Source.GATEWAY)),
        st.integers(0, 99),
    ),
    st.builds(versioned, NUMBERS, st.just("friendly-reminder"), st.sampled_from("ab")),
    st.builds(let_back, NUMBERS),
    st.builds(cancelled_by, NUMBERS, st.sampled_from(("time-limit", "customer"))),
    st.builds(moved_to, st.sampled_from(ZONES)),
    st.builds(gives_up_after, st.sampled_from((7, 30, 60))),
    st.builds(visited, st.integers(0, 40), st.integers(0, 500)),
    st.just(counted),
)


def begin(path: Path) -> Life:
    """Open a new ledger, which need not outlive a power cut."""
    book = Book(path)
    book.db.execute("PRAGMA synchronous = OFF")
    return Life(book)


HISTORIES = st.lists(st.one_of(STORIES, ACCIDENTS, ACCIDENTS, ACCIDENTS), min_size=12, max_size=30)

"""What must hold of the outbox is really looked at: each way to break it is named."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.domain.lifecycle.states import IllegalMove
from cartdesk.domain.ports import Accepted, NotSent, Outcome, Refused, Unknown
from cartdesk.domain.settings import SequenceSettings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work.examining_files import examine_ledger
from cartdesk.work.invariants import violations
from cartdesk.work.outcomes import Withdrawn, body_written, claim, keep, record, recover
from cartdesk.work.planning import settle
from cartdesk.work.sending import only_sender
from tests.faults.shop import START, HandClock, stamp, unpaid

RULES = SequenceSettings()
SENT, UNSURE, HELD, READY = 1, 2, 3, 4  # numbers of the letters and of their carts
STOP, WARN = Verdict.STOP, Verdict.WARN
ACCEPTED, LOST = Accepted(250, "queued"), Unknown(3.0, "the line went dead")


def approve(book: Book, number: int, clock: HandClock) -> None:
    """Freeze a letter and hold it, as the key does."""
    reminder = book.outbox.get(number)
    assert reminder is not None
    message_id = f"<{number}.{len(book.events.export(0, 10_000))}@shop.example>"
    message = f"Message-ID: {message_id}\r\n\r\nDear Ana".encode()
    book.outbox.move(
        reminder,
        "approve",
        clock.now(),
        message=message,
        sha256=hashlib.sha256(message).hexdigest(),
        message_id=message_id,
        email=f"ana{reminder.cart_id}@example.org",
        sender="shop@shop.example",
        approved_at=clock.now(),
    )


def send(book: Book, number: int, outcome: Outcome, clock: HandClock) -> None:
    """Let a held letter go as far as the mail server lets it."""
    claimed = claim(book, number, clock)
    if not isinstance(outcome, NotSent):
        body_written(book, claimed, clock)
    record(book, number, outcome, clock)


def begin(path: Path, clock: HandClock, carts: int = 4) -> Book:
    book = Book(path)
    records = [unpaid(number, clock.now()) for number in range(1, carts + 1)]
    book.write(lambda book: book.orders.save(records, clock.now()))
    book.write(lambda book: settle(book, RULES, clock.now()))
    return book


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a letter sent, one unsure, one held and one ready."""
    path, clock = tmp_path_factory.mktemp("sound") / "ledger.sqlite3", HandClock()
    with closing(begin(path, clock)) as book:

        def live(book: Book) -> None:
            for number in (SENT, UNSURE, HELD):
                approve(book, number, clock)
            send(book, SENT, ACCEPTED, clock)
            send(book, UNSURE, LOST, clock)

        book.write(live)
    return path


@pytest.fixture
def ledger(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be broken."""
    return Path(shutil.copy(sound, tmp_path / "ledger.sqlite3"))


def corrupt(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.create_function("sha256", 1, lambda text: hashlib.sha256(text).hexdigest())
        for statement in statements:
            conn.execute(statement)
        conn.commit()


def broken(path: Path) -> tuple[str, ...]:
    with closing(Book(path)) as book:
        return violations(book)


def doctor(path: Path) -> list[Finding]:
    return examine_ledger(path, START)[0]


def happened(number: int, kind: str, state: str = "") -> str:
    """Write down that something happened to a letter."""
    data = f'{{"state": "{state}"}}' if state else "{}"
    return (
        "INSERT INTO events (at, kind, cart_id, reminder_id, data) VALUES "
        f"('2026-03-03T12:00:00.000000+00:00', 'letter.{kind}', {number}, {number}, '{data}')"
    )


def planned(number: int, cart: int, sequence: str, step: int) -> tuple[str, str]:
    """Plan one more letter for a cart, whatever the rules would say."""
    return (
        "INSERT INTO reminders (id, cart_id, sequence, step, letter, state, due_at) VALUES "
        f"({number}, {cart}, '{sequence}', {step}, 'any-questions', 'ready', "
        "'2026-03-03T12:00:00.000000+00:00')",
        happened(number, "ready"),
    )


# Without the rules the tables keep themselves.
LOOSE = (
    "ALTER TABLE reminders RENAME TO strict",
    "CREATE TABLE reminders AS SELECT * FROM strict",
)
TWICE = ("claim", "sending-open"), ("body-written", "sending-dot"), ("accepted", "sent")
CORRUPT: dict[str, tuple[tuple[str, ...], str]] = {
    # I1: no copy more than a person asked for
    "I1 taken twice": (
        (
            *(happened(SENT, kind, state) for kind, state in TWICE),
            f"UPDATE reminders SET attempts = 2 WHERE id = {SENT}",
        ),
        "letter 1 was taken 2 times",
    ),
    "I1 one step twice": (
        (*LOOSE, f"UPDATE reminders SET cart_id = {SENT} WHERE id = {READY}"),
        "2 letters are step 1 (recovery) of cart 1",
    ),
    "I1 one Message-ID twice": (
        (
            "UPDATE reminders SET (message, sha256, message_id) = (SELECT message, sha256, "
            f"message_id FROM reminders WHERE id = {SENT}) WHERE id = {HELD}",
        ),
        "2 letters bear the Message-ID",
    ),
    "I1 not its own Message-ID": (
        (f"UPDATE reminders SET message_id = '<other@x>' WHERE id = {SENT}",),
        "letter 1 does not bear its own Message-ID",
    ),
    # I2: no letter vanishes, and its state is where its history led
    "I2 letter gone": ((f"DELETE FROM reminders WHERE id = {SENT}",), "letter 1 has vanished"),
    "I2 letter gone with its history": (
        (
            f"DELETE FROM events WHERE reminder_id = {SENT}",
            f"DELETE FROM reminders WHERE id = {SENT}",
        ),
        "number 5 to 5 of all that happened has vanished",
    ),
    "I2 newest letter gone with its history": (
        (
            *planned(9, SENT, "recovery", 2),
            "DELETE FROM events WHERE reminder_id = 9",
            "DELETE FROM reminders WHERE id = 9",
        ),
        "of all that happened has vanished",
    ),
    "I2 history gone": (
        (f"DELETE FROM events WHERE reminder_id = {READY}",),
        "letter 4 is there, but nothing is written down",
    ),
    "I2 ready again": (
        (f"UPDATE reminders SET state = 'ready' WHERE id = {SENT}",),
        "letter 1 is ready, but the last thing that happened to it made it sent",
    ),
    "I2 skipped by nobody": (
        (f"UPDATE reminders SET state = 'skipped' WHERE id = {READY}",),
        "letter 4 is skipped, but the last thing that happened to it made it ready",
    ),
    "I2 cart gone": (
        (f"UPDATE reminders SET cart_id = 99 WHERE id = {READY}",),
        "letter 4 belongs to cart 99, which is gone",
    ),
    "I2 foreign state": (
        (f"UPDATE reminders SET state = 'lost' WHERE id = {READY}",),
        "letter 4 cannot be read: 'lost'",
    ),
    "I2 foreign time": (
        (f"UPDATE reminders SET due_at = 'soon' WHERE id = {READY}",),
        "letter 4 cannot be read: ",
    ),
    "I2 foreign kind of value": (
        (f"UPDATE reminders SET step = 'two' WHERE id = {READY}",),
        "letter 4 cannot be read: its step is 'two'",
    ),
    "I2 nothing where a value was": (
        (*LOOSE, f"UPDATE reminders SET due_at = NULL WHERE id = {READY}"),
        "letter 4 cannot be read: its due_at is missing",
    ),
    "I2 history not readable": (
        (f"UPDATE events SET data = 'no JSON' WHERE reminder_id = {READY}",),
        "letter 4 has an entry",
    ),
    # I3: nothing is in mid-sending while nobody sends
    "I3 before the dot": (
        (
            happened(HELD, "claim", "sending-open"),
            f"UPDATE reminders SET state = 'sending-open', attempts = 1 WHERE id = {HELD}",
        ),
        "letter 3 is in mid-sending, but no program is sending",
    ),
    "I3 after the dot": (
        (f"UPDATE reminders SET state = 'sending-dot' WHERE id = {SENT}",),
        "letter 1 is in mid-sending, but no program is sending",
    ),
    # I4: what is sent is what was approved
    "I4 bytes": (
        (f"UPDATE reminders SET message = CAST(message || 'x' AS BLOB) WHERE id = {HELD}",),
        "letter 3 is no longer the text that was approved",
    ),
    "I4 bytes and their hash": (
        (
            f"UPDATE reminders SET message = CAST(message || 'x' AS BLOB) WHERE id = {HELD}",
            f"UPDATE reminders SET sha256 = sha256(message) WHERE id = {HELD}",
        ),
        "letter 3 is no longer the text that was approved",
    ),
    "I4 hash": (
        (f"UPDATE reminders SET sha256 = 'x' WHERE id = {HELD}",),
        "letter 3 is no longer the text that was approved",
    ),
    "I4 text in place of bytes": (
        (f"UPDATE reminders SET message = CAST(message AS TEXT) WHERE id = {HELD}",),
        "letter 3 is no longer the text that was approved: it is kept as something else",
    ),
    "I4 nothing in place of bytes": (
        (f"UPDATE reminders SET message = NULL WHERE id = {HELD}",),
        "letter 3 is held, but its text is gone",
    ),
    # I5: no letter is planned while nobody knows about another one
    "I5 next step": (
        planned(9, UNSURE, "recovery", 2),
        "letter 9 is ready, but nobody knows yet whether letter 2 to the same person",
    ),
    "I5 next step without a history": (
        planned(9, UNSURE, "recovery", 2)[:1],
        "letter 9 is ready, but nobody knows yet whether letter 2 to the same person",
    ),
    "I5 next step of another sequence": (
        (
            f"UPDATE reminders SET sequence = 'payment' WHERE id = {UNSURE}",
            *planned(9, UNSURE, "recovery", 1),
        ),
        "letter 9 is ready, but nobody knows yet whether letter 2 to the same person",
    ),
    "I5 another cart of the address": (
        (
            f"UPDATE orders SET email = 'ana{UNSURE}@example.org' WHERE id = {READY}",
            happened(READY, "ready"),
        ),
        "letter 4 is ready, but nobody knows yet whether letter 2 to the same person",
    ),
    "I5 another cart of the account": (
        (
            f"UPDATE orders SET customer_id = 7 WHERE id IN ({UNSURE}, {READY})",
            happened(READY, "ready"),
        ),
        "letter 4 is ready, but nobody knows yet whether letter 2 to the same person",
    ),
    # I6: nothing goes to somebody who wants none
    "I6 stopped before": (
        (
            "INSERT INTO suppressions (email, reason, at) SELECT email, 'stop', "
            f"'2020-01-01T00:00:00.000000+00:00' FROM reminders WHERE id = {SENT}",
        ),
        "letter 1 was sent to an address that must not be written to",
    ),
    "I6 stopped nobody knows when": (
        (
            "INSERT INTO suppressions (email, reason, at) SELECT email, 'stop', x'ff' "
            f"FROM reminders WHERE id = {SENT}",
        ),
        "letter 1 was sent to an address that must not be written to",
    ),
    # I7: no try without a word about it
    "I7 tries": (
        (f"UPDATE reminders SET attempts = 5 WHERE id = {SENT}",),
        "letter 1 counts 5 tries, but 1 are written down",
    ),
    "I7 try without an end": (
        (
            happened(READY, "claim", "sending-open"),
            happened(READY, "undo", "ready"),
            f"UPDATE reminders SET attempts = 1 WHERE id = {READY}",
        ),
        "letter 4 was tried, and nothing is written down about how that ended",
    ),
}


@pytest.mark.parametrize("name", CORRUPT)
def test_each_way_to_break_it_is_named_and_told_by_the_doctor(name: str, ledger: Path) -> None:
    statements, sentence = CORRUPT[name]
    assert broken(ledger) == ()
    corrupt(ledger, *statements)
    assert [one for one in broken(ledger) if sentence in one]
    told = [one for one in doctor(ledger) if one.verdict is not Verdict.OK]
    if name.startswith("I3"):
        sentence = "1 letter in mid-sending, but no program sends."
    assert [one for one in told if sentence.casefold() in one.sentence.casefold()], told


def test_whether_a_letter_is_being_sent_is_asked_of_the_lock(ledger: Path) -> None:
    corrupt(ledger, *CORRUPT["I3 before the dot"][0])
    with only_sender(ledger):
        told = [one for one in doctor(ledger) if one.topic == "letters"]
        assert "1 letter being sent by another window just now." in [x.sentence for x in told]
        with closing(Book(ledger)) as book:
            assert violations(book, sender_lives=True) == ()
    (left,) = (one for one in doctor(ledger) if "mid-sending" in one.sentence)
    assert left.verdict is WARN


def test_letters_planned_before_the_other_one_was_under_way_are_no_fault(ledger: Path) -> None:
    corrupt(ledger, "UPDATE orders SET customer_id = 7")
    assert broken(ledger) == ()


VALUES = ("NULL", "x'fffe00'", "'[/]'", "9223372036854775807")
TABLES = ("reminders", "events", "suppressions", "state", "quarantine")
MAY_BE_NULL = {"held_until", "not_before", "approved_at", "sent_at"}


@pytest.mark.parametrize("value", VALUES)
def test_no_value_anywhere_makes_the_doctor_fall_over(
    value: str, sound: Path, tmp_path: Path
) -> None:
    base = Path(shutil.copy(sound, tmp_path / "base.sqlite3"))
    with closing(Book(base)) as book:

        def more(book: Book) -> None:
            book.outbox.suppress("eve@example.org", "asked for it", START)
            book.orders.save([{"id": 4711, "status": 3}], START)
            book.state.put("mail.paused", '{"reason": "rate", "said": "", "until": null}')
            book.state.put("clock.seen", START.isoformat())
            book.events.add("rights.mended", START, data={"said": "x"})

        book.write(more)
        columns = [
            (table, row["name"])
            for table in TABLES
            for row in book.db.query(f"PRAGMA table_info({table})")
        ]
    for number, (table, column) in enumerate(columns):
        path = Path(shutil.copy(base, tmp_path / f"{number}.sqlite3"))
        loose = f"CREATE TABLE {table} AS SELECT * FROM strict"
        corrupt(path, f"ALTER TABLE {table} RENAME TO strict", loose)
        corrupt(path, f"UPDATE {table} SET {column} = {value}")
        told = doctor(path)
        assert told
        if table == "reminders" and value in {"NULL", "x'fffe00'"}:
            verdicts = {one.verdict for one in told if one.topic in {"outbox", "ledger"}}
            free = value == "NULL" and column in MAY_BE_NULL
            assert free or STOP in verdicts, column
        path.unlink()


@pytest.mark.parametrize(
    ("key", "value", "topic"),
    [
        ("mail.paused", "no JSON", "sending"),
        ("mail.paused", "[]", "sending"),
        ("mail.paused", "[" * 100_000, "sending"),
        ("clock.seen", "yesterday", "sending"),
        ("shop", '{"address": 1, "zone": "Mars/Olympus"}', "sending"),
    ],
)
def test_what_one_part_cannot_read_is_told_and_the_others_are_looked_at(
    key: str, value: str, topic: str, ledger: Path
) -> None:
    with closing(Book(ledger)) as book:
        book.write(lambda book: book.state.put(key, value))
    told = {one.topic: one.verdict for one in doctor(ledger)}
    assert told[topic] is STOP
    assert {"letters", "records", "outbox", "copies"} <= told.keys()
    assert told["outbox"] is Verdict.OK


# A sound ledger names none, whatever it lived through.

OUTCOMES: tuple[Outcome, ...] = (
    ACCEPTED,
    LOST,
    NotSent("body", "the line went dead"),
    Refused("rcpt", 451, "later", "letter"),
    Refused("dot", 554, "no", "letter"),
)
KEYS = ("skip", "later", "undo", "due", "expire", "it-went-out", "again", "leave", "unanswered")
NUMBERS = st.integers(1, 4)
STEPS = st.one_of(
    st.tuples(st.sampled_from(("approve", "claim", "keep", "buy", "erase", "stop")), NUMBERS),
    st.tuples(st.sampled_from(KEYS), NUMBERS),
    st.tuples(st.sampled_from(OUTCOMES), NUMBERS),
    st.tuples(st.just("wait"), st.sampled_from((1, 25, 80))),
    st.tuples(st.just("account"), NUMBERS),
)


def live(book: Book, what: str | Outcome, number: int, clock: HandClock) -> None:
    now = clock.now()
    if not isinstance(what, str):
        approve(book, number, clock)
        send(book, number, what, clock)
    elif what == "approve":
        approve(book, number, clock)
    elif what == "claim":
        claim(book, number, clock)
    elif what == "keep":
        keep(book, number, "the shop is away", clock)
    elif what == "buy":
        paid = unpaid(number, now, status="processing", date_modified_gmt=stamp(now))
        book.orders.save([paid], now)
    elif what == "account":  # two guests turn out to be one person
        other = unpaid(number, now, customer_id=7, date_modified_gmt=stamp(now))
        book.orders.save([other], now)
    elif what == "erase":
        known = book.persons.find(f"ana{number}@example.org")
        busy = {"sending-open", "sending-dot", "held", "unsure", "ready", "planned", "deferred"}
        if not {one.state for one in book.outbox.of_carts(known.orders)} & busy:
            book.persons.erase(known, now)
    elif what == "stop":
        book.outbox.suppress(f"ana{number}@example.org", "asked for it", now)
    elif what == "wait":
        clock.advance(timedelta(hours=number))
    else:
        reminder = book.outbox.get(number)
        assert reminder is not None
        book.outbox.move(reminder, what, now)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("begun") / "ledger.sqlite3"
    begin(path, HandClock()).close()
    yield path


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, max_size=30))
def test_a_sound_ledger_names_none(begun: Path, steps: list[tuple[str | Outcome, int]]) -> None:
    with TemporaryDirectory() as folder:
        path, clock = Path(shutil.copy(begun, Path(folder) / "ledger.sqlite3")), HandClock()
        with closing(Book(path)) as book:
            for what, number in steps:
                with suppress(IllegalMove, Moved, Withdrawn):
                    book.write(partial(live, what=what, number=number, clock=clock))
                book.write(lambda book: settle(book, RULES, clock.now()))
                assert violations(book, sender_lives=True) == ()
            book.write(lambda book: recover(book, clock))
            assert violations(book) == ()

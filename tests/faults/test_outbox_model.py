"""The outbox against a model of it: any order of keys, answers, crashes and late threads."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cartdesk.adapters.ledger import Book
from cartdesk.adapters.ledger.outbox import Moved
from cartdesk.domain.lifecycle.states import IllegalMove
from cartdesk.domain.model import Reminder
from cartdesk.domain.ports import Accepted, NotSent, Outcome, Refused, Unknown
from cartdesk.work.invariants import violations
from cartdesk.work.outcomes import Withdrawn, body_written, claim, keep, record, recover
from cartdesk.work.planning import settle
from tests.faults.booth import fill, settings_for
from tests.faults.shop import HandClock, stamp, unpaid
from tests.faults.tally import Tally

PEOPLE = 2
LETTERS = st.integers(1, PEOPLE)
ANSWERS: dict[str, Outcome] = {
    "yes": Accepted(250, "queued"),
    "lost": Unknown(1, "the connection broke"),
    "broken": NotSent("data", "the connection broke"),
    "later": Refused("dot", 451, "4.7.1 greylisted", "letter"),
    "no": Refused("dot", 552, "5.2.2 full", "letter"),
    "limit": Refused("dot", 550, "5.4.5 limit", "account"),
}
BEFORE_THE_DOT = ("broken", "later", "no", "limit")


@dataclass
class Expected:
    """What the model knows of one letter; ``thread`` is what the mail thread claimed."""

    state: str = "ready"
    maybe_out: bool = False
    tries: int = 0
    message: bytes | None = None
    thread: Reminder | None = None
    taken: bool = False  # the server has this try's letter
    copies: int = 0
    agains: int = 0
    bought: bool = False
    marked: bool = False

    def loses_its_reason(self) -> None:
        """The rules judge: no letter any more, as far as it is not on its way."""
        if self.state in {"planned", "ready", "deferred"}:
            self.state = "cancelled"
        elif self.state == "held":
            self.state = "unsure" if self.maybe_out else "cancelled"

    def back(self) -> str:
        """Where a letter goes that did not leave this time."""
        return "unsure" if self.maybe_out else "ready"


class Outbox(RuleBasedStateMachine):
    """Keys of two windows, the mail thread, the mail server and death, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = HandClock()
        rules = settings_for(9)
        self.sequence = rules.sequence
        records = [unpaid(number, self.clock.now()) for number in range(1, PEOPLE + 1)]
        fill(self.folder / "ledger.sqlite3", records, self.clock, rules)
        self.book = Book(self.folder / "ledger.sqlite3")
        self.model = {number: Expected() for number in range(1, PEOPLE + 1)}
        self.stale: dict[int, Reminder] = {}

    def teardown(self) -> None:
        self.book.close()
        shutil.rmtree(self.folder)

    def now(self, number: int) -> Reminder:
        found = self.book.outbox.get(number)
        assert found is not None
        return found

    def press(self, number: int, event: str, wanted: str, allowed: bool, **more: object) -> None:
        """Press a key; it does what the model says, or nothing at all."""
        letter, now = self.now(number), self.clock.now()
        if not allowed:
            with pytest.raises((IllegalMove, Moved)):
                self.book.write(lambda book: book.outbox.move(letter, event, now, **more))
            return
        self.book.write(lambda book: book.outbox.move(letter, event, now, **more))
        self.model[number].state = wanted

    @rule(number=LETTERS, words=st.binary(max_size=20))
    def approve(self, number: int, words: bytes) -> None:
        one = self.model[number]
        if one.bought or one.marked:  # the checks beside the letter say so before the key does
            return
        message_id = f"<{number}.{one.tries}.{len(self.book.events.export(0, 10_000))}@x>"
        message = f"Message-ID: {message_id}\r\n\r\n".encode() + words
        allowed = one.state == "ready"
        self.press(
            number,
            "approve",
            "held",
            allowed,
            message=message,
            sha256=hashlib.sha256(message).hexdigest(),
            message_id=message_id,
            email=f"ana{number}@example.org",
            sender="shop@shop.example",
        )
        if allowed:
            one.message = message

    @rule(number=LETTERS)
    def undo(self, number: int) -> None:
        one = self.model[number]
        allowed = one.state in {"held", "planned", "skipped", "cancelled"}
        self.press(number, "undo", one.back() if one.state == "held" else "ready", allowed)

    @rule(number=LETTERS)
    def hold_runs_out(self, number: int) -> None:
        one = self.model[number]
        self.press(number, "expire", one.back(), one.state == "held")

    @rule(number=LETTERS)
    def skip(self, number: int) -> None:
        allowed = self.model[number].state in {"ready", "planned", "deferred", "refused"}
        self.press(number, "skip", "skipped", allowed)

    @rule(number=LETTERS)
    def later(self, number: int) -> None:
        until = self.clock.now() + timedelta(hours=1)
        allowed = self.model[number].state == "ready"
        self.press(number, "later", "planned", allowed, not_before=until)

    @rule()
    def time_passes(self) -> None:
        self.clock.advance(timedelta(hours=2))
        now = self.clock.now()

        def judge(book: Book) -> None:
            for letter in book.outbox.put_off_due(now):
                book.outbox.move(letter, "due", now)

        self.book.write(judge)
        for one in self.model.values():
            if one.state in {"planned", "deferred"}:
                one.state = "ready"

    @rule(number=LETTERS)
    def claim(self, number: int) -> None:
        """A sender (of whatever window) takes the letter."""
        one = self.model[number]
        if one.state != "held":
            with pytest.raises(Moved):
                self.book.write(lambda book: claim(book, number, self.clock))
            return
        if one.thread is not None:  # of a program that died, or was thought dead
            self.stale[number] = one.thread
        one.thread = self.book.write(lambda book: claim(book, number, self.clock))
        one.state, one.tries = "sending-open", one.tries + 1

    @rule(number=LETTERS, taken=st.booleans())
    def dot(self, number: int, taken: bool) -> None:
        """The mail thread is through with the body; only when the ledger agrees, the dot goes."""
        one = self.model[number]
        claimed = one.thread
        if claimed is None:
            return
        if one.state != "sending-open" or one.marked or one.bought:
            with pytest.raises((Moved, Withdrawn, IllegalMove)):
                self.book.write(lambda book: body_written(book, claimed, self.clock))
            return
        self.book.write(lambda book: body_written(book, claimed, self.clock))
        one.state, one.taken = "sending-dot", taken
        one.copies += taken

    @rule(number=LETTERS)
    def a_thread_of_an_earlier_try_comes_late(self, number: int) -> None:
        """It may never let a dot out for the new try."""
        old = self.stale.get(number)
        if old is None:
            return
        with pytest.raises((Moved, Withdrawn)):
            self.book.write(lambda book: body_written(book, old, self.clock))

    @rule(number=LETTERS, what=st.sampled_from(sorted(ANSWERS)))
    def answer(self, number: int, what: str) -> None:
        """The mail server answers, or the line breaks."""
        one = self.model[number]
        if one.state == "sending-open" and what in BEFORE_THE_DOT:
            pass
        elif one.state != "sending-dot":
            return
        elif what == "yes":
            one.copies += not one.taken
        elif what != "lost":
            one.copies -= one.taken  # it said no, so it did not take it
        self.book.write(lambda book: record(book, number, ANSWERS[what], self.clock))
        one.thread, one.taken = None, False
        if what == "yes":
            one.state = "sent"
        elif what == "lost":
            one.state, one.maybe_out = "unsure", True
        elif one.maybe_out:
            one.state = "unsure"
        else:
            one.state = {"later": "deferred", "no": "refused"}.get(what, "ready")

    @rule(
        number=LETTERS,
        words=st.binary(max_size=20),
        taken=st.booleans(),
        how_far=st.integers(1, 3),
        then=st.sampled_from([*sorted(ANSWERS), "death"]),
    )
    def a_person_sends(
        self, number: int, words: bytes, taken: bool, how_far: int, then: str
    ) -> None:
        """Several steps at once, or chance alone would seldom come to a dot."""
        self.approve(number, words)
        self.claim(number)
        if how_far > 1:
            self.dot(number, taken)
        if how_far > 2 and then == "death":
            self.the_program_dies_and_the_next_one_starts()
        elif how_far > 2:
            self.answer(number, then)

    @rule(number=LETTERS, answer=st.sampled_from(["it-went-out", "again", "leave"]))
    def the_person_answers_at_once(self, number: int, answer: str) -> None:
        self.a_person_sends(number, b"", True, 3, "lost")
        self.the_person_answers(number, answer)

    @rule()
    def the_program_dies_and_the_next_one_starts(self) -> None:
        self.book.close()
        self.book = Book(self.folder / "ledger.sqlite3")
        self.book.write(lambda book: recover(book, self.clock))
        for one in self.model.values():
            if one.state == "sending-open":
                one.state = one.back()
            elif one.state == "sending-dot":
                one.state, one.maybe_out, one.taken = "unsure", True, False

    @rule(number=LETTERS)
    def kept(self, number: int) -> None:
        """The shop cannot be asked: a held letter stays here."""
        one = self.model[number]
        self.book.write(lambda book: keep(book, number, "the shop is away", self.clock))
        if one.state == "held":
            one.state = one.back()

    @rule(number=LETTERS, answer=st.sampled_from(["it-went-out", "again", "leave"]))
    def the_person_answers(self, number: int, answer: str) -> None:
        one = self.model[number]
        wanted = {"it-went-out": "sent", "again": "held", "leave": "settled"}[answer]
        allowed = one.state == "unsure"
        self.press(number, answer, wanted, allowed)
        one.agains += allowed and answer == "again"

    @rule(number=LETTERS)
    def the_shopper_buys(self, number: int) -> None:
        one, now = self.model[number], self.clock.now()
        if one.bought:
            return
        one.bought = True
        order = unpaid(number, now, status="processing", date_modified_gmt=stamp(now))
        self.book.write(lambda book: book.orders.save([order], now))
        self.book.write(lambda book: settle(book, self.sequence, now))
        for other in self.model.values():
            if other is one or (other.marked and not other.bought):
                other.loses_its_reason()

    @rule(number=LETTERS)
    def the_address_is_marked(self, number: int) -> None:
        """As a hard bounce of another letter does."""
        email, now = f"ana{number}@example.org", self.clock.now()
        self.book.write(lambda book: book.outbox.suppress(email, "no such mailbox", now))
        self.model[number].marked = True

    @invariant()
    def the_ledger_is_as_the_model_says(self) -> None:
        for number, one in self.model.items():
            letter = self.now(number)
            assert letter.state == one.state, number
            assert letter.attempts == one.tries
            if one.maybe_out or one.state in {"held", "sending-open", "sending-dot", "sent"}:
                envelope = self.book.outbox.envelope(number)
                assert envelope is not None
                assert envelope.message == one.message
            assert one.copies <= 1 + one.agains

    @invariant()
    def everything_adds_up(self) -> None:
        assert violations(self.book, sender_lives=True) == ()


def test_the_outbox_is_as_its_model_says(examples: int, tally: Tally) -> None:
    runs = examples or 25
    run_state_machine_as_test(
        Outbox,
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    tally.add("T-20", cases=runs)

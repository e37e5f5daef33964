"""The ledger keeps what the shop said: privately, whole, and never backwards."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.adapters.ledger import Book, LedgerProblem, LedgerThread, schema
from cartdesk.domain.addresses import match_key
from cartdesk.domain.filters import read_filter
from cartdesk.domain.lifecycle.schedule import Due
from cartdesk.domain.model import Lane, ReminderState

RECORDINGS = Path(__file__).parents[1] / "recordings"
NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DRAFT = json.loads((RECORDINGS / "order_draft_full.json").read_text())["response"]["body"]


def order(number: int, **changes: Any) -> dict[str, Any]:
    billing = {**DRAFT["billing"], "email": changes.pop("email", f"p{number}@example.org")}
    return {**DRAFT, "id": number, "number": str(number), "billing": billing, **changes}


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[LedgerThread]:
    opened = LedgerThread(tmp_path / "shop" / "ledger.sqlite3")
    yield opened
    opened.close()


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps files private by other means")
async def test_only_its_owner_can_read_the_ledger(ledger: LedgerThread) -> None:
    await ledger(lambda book: book.state.put("a", "b"))
    assert stat.S_IMODE(ledger.path.parent.stat().st_mode) == 0o700
    files = list(ledger.path.parent.iterdir())
    assert {file.name for file in files} >= {"ledger.sqlite3", "ledger.sqlite3-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_every_commit_is_durable(ledger: LedgerThread) -> None:
    def pragmas(book: Book) -> tuple[object, object]:
        rows = (book.db.query(f"PRAGMA {name}") for name in ("journal_mode", "synchronous"))
        one, other = (
            next(iter(row))[name]
            for row, name in zip(rows, ("journal_mode", "synchronous"), strict=True)
        )
        return one, other

    assert await ledger.read(pragmas) == ("wal", 2)


def test_a_link_a_newer_ledger_and_rubbish_are_refused_in_words(tmp_path: Path) -> None:
    real = tmp_path / "real.sqlite3"
    LedgerThread(real).close()
    link = tmp_path / "link.sqlite3"
    link.symlink_to(real)
    with pytest.raises(LedgerProblem, match="link to another file"):
        LedgerThread(link)
    with sqlite3.connect(real) as conn:
        conn.execute("PRAGMA user_version = 99")
    conn.close()
    with pytest.raises(LedgerProblem, match="newer cartdesk"):
        LedgerThread(real)
    rubbish = tmp_path / "rubbish.sqlite3"
    rubbish.write_bytes(b"this is no ledger at all" * 100)
    with pytest.raises(LedgerProblem, match=r"is damaged .* There is no whole copy"):
        LedgerThread(rubbish)
    assert rubbish.read_bytes().startswith(b"this is no ledger")


def test_an_older_ledger_is_copied_before_it_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite3"
    LedgerThread(path).close()
    more = (*schema.MIGRATIONS, "CREATE TABLE later (x);")
    monkeypatch.setattr(schema, "MIGRATIONS", more)
    monkeypatch.setattr(schema, "VERSION", len(more))
    LedgerThread(path).close()
    copy = path.parent / "copies" / f"ledger-before-format-{len(more)}.sqlite3"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with sqlite3.connect(copy) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (len(more) - 1,)
    conn.close()


async def test_a_newer_version_replaces_an_older_one_and_never_the_other_way(
    ledger: LedgerThread,
) -> None:
    new = order(1, status="processing", date_modified_gmt="2026-11-21T19:30:00")
    for record in (order(1), new, order(1)):
        await ledger(lambda book, r=record: book.orders.save([r], NOW))  # type: ignore[misc]
    cart = await ledger.read(lambda book: book.orders.cart(1))
    assert cart is not None
    assert cart.status == "processing"


async def test_an_edit_that_moves_no_date_is_still_seen(ledger: LedgerThread) -> None:
    await ledger(lambda book: book.orders.save([order(1, email="")], NOW))
    saved = await ledger(lambda book: book.orders.save([order(1)], NOW + timedelta(hours=1)))
    assert saved.changed == (1,)
    tracks = await ledger.read(lambda book: book.orders.tracks([1]))
    assert tracks[1][0].quiet_since == NOW + timedelta(hours=1)


async def test_a_bad_record_is_put_aside_once_and_stops_nothing(ledger: LedgerThread) -> None:
    page = [order(1), {"id": "seven"}, order(2)]
    saved = await ledger(lambda book: book.orders.save(page, NOW))
    assert (saved.seen, len(saved.changed), saved.quarantined) == (3, 2, 1)
    again = await ledger(lambda book: book.orders.save(page, NOW))
    assert (again.changed, again.quarantined) == ((), 0)
    reasons = await ledger.read(lambda book: book.orders.quarantined())
    assert len(reasons) == 1


async def test_neither_ip_address_nor_browser_is_kept(ledger: LedgerThread) -> None:
    record = order(1, customer_ip_address="203.0.113.77", customer_user_agent="Spy/1.0")
    await ledger(lambda book: book.orders.save([record], NOW))
    for file in ledger.path.parent.iterdir():
        content = file.read_bytes()
        assert b"203.0.113.77" not in content
        assert b"Spy/1.0" not in content


async def test_an_order_the_shop_forgot_stays(ledger: LedgerThread) -> None:
    await ledger(lambda book: book.orders.save([order(1)], NOW))
    await ledger(lambda book: book.orders.gone([1], NOW))
    assert await ledger.read(lambda book: book.orders.cart(1)) is not None
    assert await ledger.read(lambda book: book.orders.open_ids(NOW - timedelta(days=9))) == []


async def test_an_order_that_comes_back_unchanged_is_no_longer_gone(
    ledger: LedgerThread,
) -> None:
    await ledger(lambda book: book.orders.save([order(1)], NOW))
    await ledger(lambda book: book.orders.gone([1], NOW))
    await ledger(lambda book: book.orders.save([order(1)], NOW))
    assert await ledger.read(lambda book: book.orders.open_ids(NOW - timedelta(days=9))) == [1]


async def test_a_draft_that_becomes_an_order_keeps_when_it_was_left(
    ledger: LedgerThread,
) -> None:
    await ledger(lambda book: book.orders.save([order(1)], NOW))
    paid = order(
        1,
        status="processing",
        date_paid_gmt="2026-11-22T10:00:00",
        date_modified_gmt="2026-11-22T10:00:00",
    )
    await ledger(lambda book: book.orders.save([paid], NOW + timedelta(days=1)))
    (track,) = (await ledger.read(lambda book: book.orders.tracks([1])))[1]
    assert track.quiet_since == datetime(2026, 11, 21, 19, 11, 25, tzinfo=UTC)
    assert track.placed_at == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert track.lane is Lane.DRAFT


async def test_a_change_is_kept_whole_or_not_at_all(ledger: LedgerThread) -> None:
    def half(book: Book) -> None:
        book.orders.save([order(1)], NOW)
        book.state.put("watermark", "there")
        raise RuntimeError("the program was stopped")

    with pytest.raises(RuntimeError):
        await ledger(half)
    assert await ledger.read(lambda book: book.orders.cart(1)) is None
    assert await ledger.read(lambda book: book.state.get("watermark")) is None


async def test_a_letter_is_planned_once_and_comes_back_only_from_being_cancelled(
    ledger: LedgerThread,
) -> None:
    await ledger(lambda book: book.orders.save([order(1)], NOW))
    due = Due("recovery", 1, "friendly-reminder", NOW)
    number = await ledger(lambda book: book.outbox.plan(1, due, NOW))
    assert number is not None
    assert await ledger(lambda book: book.outbox.plan(1, due, NOW)) is None

    def cancel(book: Book) -> None:
        reminder = book.outbox.get(number)
        assert reminder is not None
        book.outbox.move(reminder, "cancel", NOW)

    await ledger(cancel)
    assert await ledger(lambda book: book.outbox.plan(1, due, NOW)) == number
    reminder = await ledger.read(lambda book: book.outbox.get(number))
    assert reminder is not None
    assert reminder.state is ReminderState.READY


async def test_the_filter_finds_by_words_state_country_and_sum(ledger: LedgerThread) -> None:
    await ledger(lambda book: book.orders.save([order(1), order(2, total="9.00")], NOW))

    async def found(words: str) -> list[int]:
        wanted = read_filter(words)
        page = await ledger.read(lambda book: book.windows.carts(wanted, 10, 0, "number"))
        return [row.id for row in page.rows]

    assert await found("") == [1, 2]
    assert await found("P1@EXAMPLE") == [1]
    assert await found("coffee smith") == [1, 2]
    assert await found("min:10") == [1]
    assert await found("country:fi state:open lane:draft") == [1, 2]
    assert await found("country:hu") == []
    assert await found("100%'; DROP TABLE orders") == []


owners = st.lists(
    st.tuples(st.sampled_from(["", "a@x.org", "b@x.org", "c@x.org"]), st.integers(0, 3)),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(owners, st.randoms())
def test_orders_that_share_an_address_or_a_customer_are_one_person(
    tmp_path: Path, people: list[tuple[str, int]], shuffle: Any
) -> None:
    book = Book(tmp_path / f"{os.urandom(6).hex()}.sqlite3")
    records = [
        order(number, email=email, customer_id=customer)
        for number, (email, customer) in enumerate(people, 1)
    ]
    shuffle.shuffle(records)
    for record in records:
        book.write(lambda b, r=record: b.orders.save([r], NOW))  # type: ignore[misc]
    persons = {n: book.orders.person_of(n) for n in range(1, len(people) + 1)}
    book.close()
    groups = [{n} for n in persons]
    for n, (email, customer) in enumerate(people, 1):
        for m, (other, second) in enumerate(people, 1):
            if (email and email == other) or (customer and customer == second):
                one = next(group for group in groups if n in group)
                two = next(group for group in groups if m in group)
                if one is not two:
                    groups.remove(two)
                    one |= two
    assert persons == {n: min(group) for group in groups for n in group}


FORMS = [
    ("ana@example.org", "an\uff41@example.org"),
    ("ana@example.org", "ana@exam\u200bple.org"),
    ("ana@example.org", "ana\uff20example\u3002org"),
    ("ana@\u00e4htari.fi", "ana@xn--htari-fra.fi"),
    ("ana@\u00e4htari.fi", "Ana@A\u0308HTARI.fi"),
    ("stra\u00dfe@example.org", "STRASSE@example.org"),
]


@pytest.mark.parametrize(("one", "other"), [*FORMS, *(pair[::-1] for pair in FORMS)])
async def test_the_forms_of_an_address_are_one_person_who_can_stop_and_be_erased(
    one: str, other: str, ledger: LedgerThread
) -> None:
    await ledger(lambda book: book.orders.save([order(1, email=one)], NOW))
    await ledger(lambda book: book.orders.save([order(2, email=other)], NOW))
    assert await ledger.read(lambda book: book.orders.person_of(2)) == 1
    plain = match_key(other)
    await ledger(lambda book: book.outbox.suppress(plain, "wrote to us", NOW))
    assert await ledger.read(lambda book: book.outbox.suppressed_persons([1])) == {1}
    assert await ledger.read(lambda book: book.outbox.suppressed([one.lower()])) == "wrote to us"
    assert await ledger.read(lambda book: book.persons.find(plain).orders) == (1, 2)
    await ledger(lambda book: book.outbox.unsuppress(one.lower()))
    assert await ledger.read(lambda book: book.outbox.suppressed([plain])) == ""
    await ledger(lambda book: book.outbox.suppress(plain, "wrote to us", NOW))
    await ledger(lambda book: book.persons.erase(book.persons.find(cart_id=1), NOW))
    stops = await ledger.read(lambda book: list(book.db.query("SELECT email FROM suppressions")))
    assert stops
    assert not any("@" in row["email"] for row in stops)
    await ledger(lambda book: book.orders.save([order(3, email=other)], NOW))
    rows = await ledger.read(lambda book: list(book.db.query("SELECT * FROM orders")))
    for row in rows:
        assert (row["email"], row["known_as"]) == ("", "")
        assert row["erased_at"] is not None
        assert "htari" not in row["raw"] + row["words"]
        assert "example.org" not in row["raw"] + row["words"]


async def test_what_cannot_be_an_address_makes_nobody_one_person(ledger: LedgerThread) -> None:
    records = [order(number, email="no@mail") for number in (1, 2)]
    await ledger(lambda book: book.orders.save(records, NOW))
    assert await ledger.read(lambda book: book.orders.person_of(2)) == 2

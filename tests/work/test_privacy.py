"""A person's data: shown whole, erased everywhere, and gone by themselves when they are old."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.ledger import Book, copies, scrubbing
from cartdesk.cli.exits import Exit
from cartdesk.demo.world import World
from cartdesk.desk import NotPossible
from cartdesk.domain.feedback.views import NewPiece, PieceState, Source, Thread
from cartdesk.domain.model import Note, ReminderState, Review
from cartdesk.domain.settings import PrivacySettings
from cartdesk.domain.traces import Traces
from cartdesk.work import pausing
from cartdesk.work.feedback_landing import read_piece
from cartdesk.work.invariants import violations
from cartdesk.work.leftovers import blank_logs, delete_exports
from tests.cli.terminal import Terminal, open_terminal, shop_files
from tests.desks import Bench, open_bench
from tests.faults.booth import open_booth
from tests.faults.shop import START, stamp, unpaid

LIISA, ANA, TOM, LENA = (
    "liisa.makinen@example.org",
    "ana@example.org",
    "tom.weir@example.com",
    "lena.gross@example.net",
)
LONG_AGO = datetime(2026, 9, 1, tzinfo=UTC)


def found_in(root: Path, needles: Iterable[bytes]) -> dict[str, list[str]]:
    """Search every file below a folder, byte for byte."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        content = path.read_bytes().lower()
        for needle in needles:
            if needle.lower() in content:
                found.setdefault(needle.decode(errors="replace"), []).append(path.name)
    return found


def needles_of(email: str, ledger: Path) -> set[bytes]:
    """Give everything the ledger holds that only this person has."""
    book = Book(ledger)
    rows = list(book.db.query("SELECT name, raw FROM orders WHERE email = ?", [email]))
    letters = list(book.db.query("SELECT message, message_id FROM reminders"))
    book.close()
    texts = {email}
    for row in rows:
        billing = json.loads(row["raw"])["billing"]
        texts |= {row["name"], billing["phone"]} - {""}
        texts |= set(re.findall(r"wc_order_[0-9a-f]{10,}", row["raw"]))
    needles = {form for text in texts for form in (text.encode(), json.dumps(text)[1:-1].encode())}
    for letter in letters:
        if letter["message"] and email.encode() in letter["message"]:
            needles |= {letter["message_id"].encode()}
            needles |= {message_from_bytes(letter["message"])["To"].split("\n")[0].encode()}
    return needles


# Erasing, with everything there is of a person.


@pytest.fixture
async def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Terminal]:
    async with open_terminal(tmp_path, monkeypatch) as opened:
        await opened.run("poll")
        yield opened


async def live_a_little(terminal: Terminal) -> int:
    """Let there be something of Liisa in every place there is, and give her letter's number."""
    number = (await terminal.letters())[LIISA]
    assert (await terminal.run("approve", number)).code == Exit.OK
    assert (await terminal.run("send", "--yes")).code == Exit.OK
    paths = shop_files()
    await terminal.run("show", number, "--html")
    await terminal.run("export", "carts", "--output", paths.exports / "carts.csv")
    with paths.log.open("a") as log:
        log.write(f"2026-11-21 WARNING something about {LIISA.upper()} and Liisa Mäkinen\n")
    book = Book(paths.ledger)
    sql = "SELECT id, raw FROM orders WHERE email = ? ORDER BY id"
    newest = next(book.db.query(sql, [LIISA]))
    cart = newest["id"]
    earlier = {
        **json.loads(newest["raw"]),
        "id": 8999,
        "number": "8999",
        "status": "completed",
        "payment_url": "https://shop.example/?key=wc_order_0123456789abc",
        **dict.fromkeys(
            ("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), stamp(LONG_AGO)
        ),
    }

    def more(book: Book) -> None:
        book.orders.save([earlier], LONG_AGO)
        book.cache.keep_notes([Note(9001, cart, LONG_AGO, "me", "Liisa Mäkinen rang me up")])
        review = Review(9001, LONG_AGO, 22, "Stool", "Liisa Mäkinen", LIISA, 5, "A fine stool")
        book.cache.keep_reviews([review])
        book.cache.keep_customer(LIISA, True, LONG_AGO)
        broken = {"id": 9002, "billing": {"email": LIISA}, "status": "pending"}
        assert book.orders.save([broken], LONG_AGO).quarantined == 1
        words = f"550 5.7.1 <{LIISA}> you send too much"
        book.events.add("mail.paused", LONG_AGO, data={"said": words})
        book.state.put("mail.paused", json.dumps({"said": words}))

    book.write(more)
    book.write(lambda book: book.state.put("mail.paused", None))
    book.close()
    return number


async def test_an_erased_person_is_in_no_file_and_the_figures_stay(terminal: Terminal) -> None:
    number = await live_a_little(terminal)
    home, paths = shop_files().ledger.parents[1], shop_files()
    needles = needles_of(LIISA, paths.ledger)
    assert len(needles) >= 8
    assert set(found_in(home, needles)) >= {LIISA, "Liisa Mäkinen"}
    before = [(await terminal.run("metrics", "--days", days, "--json")).json for days in (7, 365)]

    said = await terminal.run("erase", LIISA, types="n\n")
    assert (said.code, "Nothing was erased." in said.err) == (Exit.NOTHING, True)
    assert found_in(home, needles)
    said = await terminal.run("erase", LIISA, types="y\n")
    assert said.code == Exit.OK, said.err
    assert "2 orders, 1 letter, 1 review" in said.out
    assert found_in(home, needles) == {}
    assert not (paths.exports / "carts.csv").exists()

    after = [(await terminal.run("metrics", "--days", days, "--json")).json for days in (7, 365)]
    unreadable = [one.pop("coverage") for one in (*before, *after)]
    assert after == before
    assert len({one["sentence"] for one in unreadable}) == 1
    letter = next(
        row
        for row in map(
            json.loads, (await terminal.run("export", "letters", "--json")).out.split("\n")[:-1]
        )
        if row["id"] == number
    )
    assert (letter["state"], letter["email"]) == ("sent", "")
    book = Book(paths.ledger)
    assert violations(book) == ()
    assert book.integrity() == "ok"
    book.close()


async def test_no_later_look_at_the_shop_brings_an_erased_person_back(terminal: Terminal) -> None:
    await live_a_little(terminal)
    home, paths = shop_files().ledger.parents[1], shop_files()
    needles = needles_of(LIISA, paths.ledger)
    assert (await terminal.run("erase", LIISA, "--yes")).code == Exit.OK
    for hours in (1, 30):
        terminal.pass_time(hours)
        assert (await terminal.run("poll")).code == Exit.OK
    assert (await terminal.run("poll", "--full")).code == Exit.OK
    book = Book(paths.ledger)
    broken = {"id": 9002, "billing": {"email": LIISA}, "status": "pending"}
    elsewhere = {"id": 9003, "billing": [LIISA], "status": ""}
    saved = book.write(lambda book: book.orders.save([broken, elsewhere], LONG_AGO))
    assert saved.quarantined == 2
    review = Review(9005, LONG_AGO, 22, "Stool", "Liisa Mäkinen", LIISA, 5, "A fine stool")
    book.write(lambda book: book.cache.keep_reviews([review]))
    book.write(lambda book: book.cache.keep_customer(LIISA, True, LONG_AGO))
    book.close()
    assert found_in(home, needles) == {}
    assert (await terminal.run("export-person", LIISA)).code == Exit.NOTHING


# Every place a person may be named in, one by one: what any of them keeps is found here.

AITI, PHONE = "äiti@example.org", "+358 40 1234567"
NAMED = "554 5.7.1 <ÄITI@Example.ORG> Ana  ÖBERG, tel. (040) 123 4567: no such person"
HERS, OTHERS = 1, 2  # carts
Place = Callable[[Book], object]


def unreadable(**billing: object) -> Place:
    record = {"id": 50, "status": None, "billing": {"email": "", "phone": "", **billing}}
    return lambda book: book.orders.save([record], LONG_AGO)


def sql(statement: str, *values: object) -> Place:
    return lambda book: book.db.execute(statement, list(values))


def piece(**changes: Any) -> Place:
    """Let somebody else say something."""
    new = NewPiece(Source.CHAT, "k", LONG_AGO, "Nice", email="eve@example.org")

    def land(book: Book) -> None:
        book.feedback.land([replace(new, **changes)], read_piece, LONG_AGO)

    return land


PLACES: dict[str, Place] = {
    "state, JSON": lambda book: book.state.put(
        "mail.paused", json.dumps({"reason": "policy", "said": NAMED, "until": None, "help": ""})
    ),
    "state, text": lambda book: book.state.put("anything", NAMED),
    "state, decomposed": lambda book: book.state.put(
        "anything", NAMED + unicodedata.normalize("NFD", "<ÄITI@Example.ORG>")
    ),
    "suppressions": lambda book: book.outbox.suppress("eve@example.org", NAMED, LONG_AGO),
    "events": lambda book: book.events.add("mail.paused", LONG_AGO, data={"said": NAMED}),
    "events of another cart": lambda book: book.events.add(
        "cart.stopped", LONG_AGO, cart_id=OTHERS, data={"why": ["x", NAMED]}
    ),
    "reminders": sql("UPDATE reminders SET said = ? WHERE cart_id = ?", NAMED, OTHERS),
    "notes": lambda book: book.cache.keep_notes([Note(1, OTHERS, LONG_AGO, "me", NAMED)]),
    "reviews": lambda book: book.cache.keep_reviews(
        [Review(1, LONG_AGO, 7, "Tray", "Eve", "eve@example.org", 5, NAMED)]
    ),
    "reviews, writer": lambda book: book.cache.keep_reviews(
        [Review(1, LONG_AGO, 7, "Tray", "Ana Öberg", "", 5, "Nice")]
    ),
    "feedback, text": piece(text=NAMED),
    "feedback, writer": piece(who="Ana Öberg"),
    "feedback, thread": piece(
        state=PieceState.WAITING, thread=Thread("<1@x>", ("<1@x>",), "<2@x>", NAMED, AITI)
    ),
    "feedback of hers": piece(text=NAMED, who="Ana Öberg", email=AITI),
    "orders, note": lambda book: book.orders.save(
        [unpaid(OTHERS, START, customer_note=NAMED, date_modified_gmt=stamp(START))], START
    ),
    "quarantine, name": unreadable(first_name="ANA", last_name="Öberg"),
    "quarantine, phone": unreadable(phone="040-123 4567", last_name="Öbergh"),
    "quarantine, address": unreadable(email="ÄITI@Example.org"),
    "quarantine, in a list": unreadable(email=["Äiti@example.org"]),
    "quarantine, their order": lambda book: book.orders.save(
        [{"id": HERS, "status": None, "billing": {"last_name": "Ana Öberg-Borg"}}], LONG_AGO
    ),
    "customers": lambda book: book.cache.keep_customer(AITI, True, LONG_AGO),
}


def named_in(root: Path) -> set[str]:
    """Give the files below a folder that hold the address, the name or the number, however."""
    found = set()
    for path in (path for path in root.rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", "ignore")
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
        text = unicodedata.normalize("NFKC", text).casefold()
        bare = re.sub(r"[\s()-]", "", text)
        if any(trace in bare for trace in ("iti@example.org", "anaöberg", "1234567")):
            found.add(path.name)
    return found


@pytest.mark.parametrize("place", PLACES)
async def test_no_place_keeps_an_erased_person(place: str, tmp_path: Path) -> None:
    async with open_booth(tmp_path, 1, carts=2) as booth:
        billing = {"first_name": "Ana", "last_name": "Öberg", "email": AITI, "phone": PHONE}
        hers = unpaid(HERS, START, billing=billing, date_modified_gmt=stamp(START))
        await booth.ledger(lambda book: book.orders.save([hers], START))
        await booth.ledger(PLACES[place])
        copies.make(booth.path, START.date())
        assert len(named_in(tmp_path)) >= 2
        done = await booth.desk.erase(await booth.desk.known(AITI))
        assert done.left == ()
        assert named_in(tmp_path) == set()
        if place.startswith("quarantine"):  # the shop shows the same record at each look
            await booth.ledger(PLACES[place])
            assert named_in(tmp_path) == set()
        paused = await booth.ledger.read(lambda book: pausing.current(book, START))
        assert (paused is not None) == (place == "state, JSON")


def test_every_place_is_in_the_table_above() -> None:
    tables = {re.split(",| of ", place)[0] for place in PLACES}
    assert tables >= {table for table, _ in scrubbing.PLACES}


def test_the_log_and_the_exports_are_searched_in_any_case(tmp_path: Path) -> None:
    log, exports = tmp_path / "cartdesk.log", tmp_path / "exports"
    exports.mkdir()
    before = f"1 WARNING {NAMED}\n2 to eve@example.org\n".encode() + b"\xff\xfe broken\n"
    log.write_bytes(before)
    for number, line in enumerate(("ÄITI@example.org", "ana öberg", "0401234567")):
        (exports / f"{number}.csv").write_text(line)
    (exports / "escaped.json").write_text(json.dumps({"name": "Ana Öberg"}))
    (exports / "other.csv").write_text("xäiti@example.org, Susana Öberg, 12345678")
    strings = (AITI, "Ana Öberg", PHONE)
    assert len(delete_exports(exports, strings, ())) == 4
    assert [path.name for path in exports.iterdir()] == ["other.csv"]
    blank_logs(log, strings)
    after = log.read_bytes()
    assert len(after) == len(before)
    assert named_in(tmp_path) == {"other.csv"}  # somebody whose address ends alike
    assert after.splitlines()[1:] == before.splitlines()[1:]


@pytest.mark.parametrize(
    "text",
    [
        "susana1@example.org and ana1@example.org.uk",
        "2026-11-21",  # dials 20 26 11 21 in some countries, and is a day
        "2026-11-21T19:11:25.000000+00:00",
        "Will and Ana went; banana",
        "20261121ab",
    ],
)
def test_what_only_looks_like_a_trace_stays(text: str) -> None:
    assert Traces(("ana1@example.org", "+45 20 26 11 21", "Will", "Ana")).blank(text) == text


@given(before=st.text(max_size=8), after=st.text(max_size=8), case=st.sampled_from("lut"))
def test_a_blanked_text_has_no_trace_and_keeps_its_length(
    before: str, after: str, case: str
) -> None:
    traces = Traces((AITI, "Ana Öberg", PHONE))
    turn = {"l": str.lower, "u": str.upper, "t": str.title}[case]
    for trace in (AITI, "Ana Öberg", PHONE, json.dumps("ana öberg")[1:-1]):
        text = f"{before} {turn(trace)} {after}"
        blanked = traces.blank(text)
        assert len(blanked) == len(text)
        assert not traces.within(blanked)
        assert "*" * 8 in blanked


def new_cart(world: World, email: str, customer: int = 0) -> None:
    """Let somebody leave a basket in the shop, an hour ago."""
    at = world.clock.now() - timedelta(hours=1, minutes=5)
    order = world.shop.open_order(at, ((25, 2),), "pending")
    order.email, order.customer_id = email, customer
    order.address = {"first_name": "Liisa", "last_name": "Mäkinen", "country": "FI"}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


async def test_whoever_was_erased_is_never_planned_a_letter_again(bench: Bench) -> None:
    queue = await bench.desk.queue()
    waiting = [item for item in queue.items if item.row.email == LIISA]
    assert len(waiting) == 1
    await bench.desk.approve(waiting[0].reminder.id, hold=False)
    await bench.desk.erase(await bench.desk.known(LIISA))
    assert (await bench.desk.preview(waiting[0].reminder.id)).reminder.state == "cancelled"
    new_cart(bench.world, LIISA)
    new_cart(bench.world, "another.address@example.org", customer=2)  # Liisa's account
    await bench.pass_time(timedelta(days=4), every=timedelta(hours=8))
    shown = await bench.desk.queue()
    assert all(item.row.name != "Liisa Mäkinen" for item in shown.items)
    ledger = bench.directory / "ledger"
    needles = {LIISA.encode(), b"another.address@example.org", "Liisa Mäkinen".encode()}
    assert found_in(ledger, needles) == {}
    nobody = (await bench.desk.carts("anonymous")).rows
    assert len(nobody) >= 3
    assert all(row.email == "" for row in nobody)
    for row in nobody:
        assert not [item for item in shown.items if item.row.id == row.id]
    with pytest.raises(NotPossible, match=r"There is no cart .* who is known"):
        await bench.desk.known(cart_id=nobody[0].id)
    stops = await bench.desk._ledger.read(lambda book: book.outbox.suppressed([LIISA]))
    assert stops.startswith("erased")


async def test_an_open_window_does_not_keep_what_another_one_erases(bench: Bench) -> None:
    other = bench.another()
    await other.start()
    needles = needles_of(TOM, bench.directory / "ledger" / "ledger.sqlite3")
    await other.carts()
    done = await bench.desk.erase(await bench.desk.known(TOM))
    assert done.left == ()
    assert found_in(bench.directory / "ledger", needles) == {}
    await other.poll()
    await other.close()
    assert found_in(bench.directory / "ledger", needles) == {}


async def test_every_copy_is_cleaned_and_one_restored_keeps_the_person_out(
    terminal: Terminal,
) -> None:
    paths = shop_files()
    for day in range(1, 4):
        copies.make(paths.ledger, (LONG_AGO + timedelta(days=day)).date())
    assert (await terminal.run("restore", "2026-09-03", "--yes")).code == Exit.OK
    copies.make(paths.ledger, (LONG_AGO + timedelta(days=9)).date())
    needles = needles_of(LIISA, paths.ledger)
    before = found_in(copies.folder(paths.ledger), needles)[LIISA]
    assert len(before) >= 5
    said = await terminal.run("erase", "--cart", 1341, "--yes")
    assert said.code == Exit.OK, said.err
    assert f"{len(before)} copies" in said.out
    assert found_in(paths.ledger.parent, needles) == {}
    assert (await terminal.run("restore", "2026-09-02", "--yes")).code == Exit.OK
    assert (await terminal.run("poll", "--full")).code == Exit.OK
    assert found_in(paths.ledger.parent, needles) == {}
    assert (await terminal.run("doctor")).code == Exit.OK


async def test_damaged_copies_are_named_in_the_question_and_deleted_with_the_person(
    terminal: Terminal,
) -> None:
    paths = shop_files()
    for day in range(1, 4):
        copies.make(paths.ledger, (LONG_AGO + timedelta(days=day)).date())
    assert (await terminal.run("restore", "2026-09-03", "--yes")).code == Exit.OK
    needles = needles_of(LIISA, paths.ledger)
    (aside,) = copies.folder(paths.ledger).glob("*-aside-*.db")
    daily = copies.folder(paths.ledger) / "ledger-2026-09-02.db"
    for path in (aside, daily):
        with path.open("r+b") as file:
            file.write(b"\0" * 100)  # SQLite's header: no ledger any more, but all of its pages
    lost = copies.folder(paths.ledger) / "ledger-aside-20260101-000000.db-wal"
    leftovers = [lost, copies.draft_of(paths.ledger)]  # of a restore that was killed
    for path in leftovers:
        path.write_bytes(LIISA.encode())
    held = found_in(paths.ledger.parent, needles)[LIISA]
    assert {path.name for path in (aside, daily, *leftovers)} <= set(held)
    said = await terminal.run("erase", LIISA, types="n\n")
    assert said.code == Exit.NOTHING
    assert all(path.exists() for path in (aside, daily))
    for path in (aside, daily):
        assert f"{path} cannot be opened any more and may still hold the person" in said.err
    assert "and delete 2 damaged files named above? This cannot" in said.err
    said = await terminal.run("erase", LIISA, "--yes", "--json")
    assert said.code == Exit.OK, said.err
    assert set(said.json["deleted"]) == {str(aside), str(daily)}
    assert found_in(shop_files().ledger.parents[1], needles) == {}
    whole = [copy.name for copy in copies.of(paths.ledger)]
    assert whole[-2:] == ["2026-09-04", "2026-09-03"]
    assert (await terminal.run("restore", "2026-09-03", "--yes")).code == Exit.OK


async def test_a_copy_that_fails_only_while_it_is_cleaned_is_told(terminal: Terminal) -> None:
    paths = shop_files()
    copies.make(paths.ledger, LONG_AGO.date())
    copy = copies.of(paths.ledger)[-1]
    book = Book(copy.path, is_copy=True)
    book.write(lambda book: book.db.execute("UPDATE orders SET raw = 'no JSON'"))
    book.close()
    assert copies.fault_of(copy.path) == ""
    said = await terminal.run("erase", LIISA, "--yes")
    assert said.code == Exit.NOTHING
    assert f"The copy {copy.path} may still hold the person" in said.err


async def test_who_is_not_there_cannot_be_erased_but_stays_away(terminal: Terminal) -> None:
    wrong = await terminal.run("erase", "not an address", "--yes")
    assert (wrong.code, "no e-mail address" in wrong.err) == (Exit.NOTHING, True)
    none = await terminal.run("erase", "nobody@example.org", "--yes")
    assert none.code == Exit.NOTHING
    assert "0 orders, 0 letters, 0 reviews" in none.out
    asked = await terminal.run("erase", LIISA)
    assert (asked.code, "--yes" in asked.err) == (Exit.USAGE, True)
    assert (await terminal.run("--read-only", "erase", LIISA, "--yes")).code == Exit.NOTHING
    assert LIISA in (await terminal.run("queue")).out or (await terminal.letters())[LIISA]
    assert (await terminal.run("erase")).code == Exit.USAGE


async def test_everything_about_a_person_is_one_document(
    terminal: Terminal, tmp_path: Path
) -> None:
    number = await live_a_little(terminal)
    said = await terminal.run("export-person", LIISA)
    assert said.code == Exit.OK, said.err
    given: dict[str, Any] = said.json
    assert given["person"] == [LIISA]
    assert [order["raw"]["billing"]["last_name"] for order in given["orders"]] == ["Mäkinen"] * 2
    (letter,) = given["letters"]
    assert letter["id"] == number
    assert "Liisa" in letter["message"]["text"]
    assert ["To", f"Liisa Mäkinen <{LIISA}>"] in letter["message"]["headers"]
    assert letter["message"]["as_sent"].encode() == terminal.mails()[0]
    assert {event["kind"] for event in given["events"]} >= {"letter.approve", "letter.accepted"}
    assert given["notes"][0]["text"] == "Liisa Mäkinen rang me up"
    assert given["reviews"][0]["text"] == "A fine stool"
    assert len(given["unreadable"]) == 1
    assert not any(ANA in json.dumps(part) for part in given.values())
    target = tmp_path / "liisa.json"
    assert (await terminal.run("export-person", "--cart", 1341, "--output", target)).code == Exit.OK
    assert json.loads(target.read_text()).keys() == given.keys()


async def test_what_is_being_sent_cannot_be_erased_just_now(bench: Bench) -> None:
    number = next(i.reminder.id for i in await bench.sendable() if i.row.email == ANA)
    await bench.desk.approve(number, hold=False)
    await move(bench, number, "claim", attempts=1)
    with pytest.raises(NotPossible, match="being sent just now"):
        await bench.desk.erase(await bench.desk.known(ANA))
    assert await bench.desk.known(ANA)


async def move(bench: Bench, number: int, event: str, **columns: object) -> None:
    def work(book: Book) -> None:
        reminder = book.outbox.get(number)
        assert reminder is not None
        book.outbox.move(reminder, event, bench.world.clock.now(), **columns)

    await bench.desk._ledger(work)


# Growing old.


async def test_what_is_old_loses_its_person_and_no_figure(tmp_path: Path) -> None:
    async with World(tmp_path, speed=0) as world:
        patient = replace(world.settings(), privacy=PrivacySettings(retention_days=3650))
        bench = Bench(world, tmp_path, patient)
        await bench.desk.start()
        await bench.desk.poll()
        ready = {item.row.email: item for item in await bench.sendable()}
        await bench.desk.send_now([ready[ANA].reminder.id])
        await bench.desk.approve(ready[TOM].reminder.id, hold=False)
        tom = ready[TOM].reminder.id
        await move(bench, tom, "claim", attempts=1)
        await move(bench, tom, "body-written")
        await move(bench, tom, "lost-sight", sent_at=world.clock.now())
        await bench.desk.stop(ready[LENA].row.id, f"asked by {LENA}")
        ledger = bench.directory / "ledger" / "ledger.sqlite3"
        needles = {email: needles_of(email, ledger) for email in (ANA, LENA, TOM, LIISA)}
        await bench.pass_time(timedelta(days=100), every=timedelta(days=25))
        new_cart(world, LIISA)  # who is still a customer keeps her history
        await bench.desk.poll()
        figures = bench.desk.figures
        before = [await figures.report(figures.last(days)) for days in (30, 60, 200)]
        await bench.desk.close()

        for copy in copies.every_file(ledger):
            copy.unlink()
        bench.desk = bench.another(settings=world.settings())
        await bench.desk.start()
        await bench.desk.poll()
        await bench.desk.close()
        bench.desk = bench.another(settings=world.settings())
        await bench.desk.start()
        try:
            figures = bench.desk.figures
            after = [await figures.report(figures.last(days)) for days in (30, 60, 200)]
            assert after == before
            held = found_in(ledger.parent, needles[ANA] | needles[LENA])
            assert held == {}
            assert TOM in found_in(ledger.parent, needles[TOM])
            assert LIISA in found_in(ledger.parent, needles[LIISA])
            await bench.desk.poll(full=True)
            assert found_in(ledger.parent, needles[ANA] | needles[LENA]) == {}
            new_cart(world, LENA)
            await bench.desk.poll()
            lena = (await bench.desk.carts(LENA)).rows
            assert [row.state for row in lena] == ["stopped"]
        finally:
            await bench.desk.close()


async def test_the_young_and_the_undecided_are_never_touched(bench: Bench) -> None:
    now = bench.world.clock.now()
    persons = await bench.desk._ledger.read(
        lambda book: book.persons.faded(book.persons.after(0, 5000), now)
    )
    waiting = {ReminderState.READY, ReminderState.HELD, ReminderState.UNSURE}
    queue = [i.row.id for i in (await bench.desk.queue()).items if i.reminder.state in waiting]
    theirs = await bench.desk._ledger.read(
        lambda book: {book.orders.person_of(cart_id) for cart_id in queue}
    )
    assert len(theirs) == len(queue) > 3
    assert persons
    assert not theirs & set(persons)

"""On a disk without a free byte everything can still be read, and nothing is left half done."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import logging
from contextlib import closing, redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

from cartdesk.adapters.ledger import Book, LedgerProblem, copies
from cartdesk.adapters.ledger.restoring import restore
from cartdesk.adapters.paths import ShopPaths
from cartdesk.adapters.redact import setup_log
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.cli import main
from cartdesk.cli.exits import Exit
from tests.cli.terminal import shop_files
from tests.faults.booth import fill as fill_ledger
from tests.faults.booth import settings_for
from tests.faults.shop import START, HandClock, unpaid
from tests.faults.small_disk import empty, fill, freeze, on_small_disk

Said = tuple[int, str, str]


def move_in(carts: int = 3) -> ShopPaths:
    """Set a shop up whose letters are due."""
    paths = shop_files()
    settings = settings_for(port=1)
    SettingsFile(paths.settings).write(settings)
    clock = HandClock(START)
    records = [unpaid(number, clock.now()) for number in range(1, carts + 1)]
    fill_ledger(paths.ledger, records, clock, settings)
    return paths


def run(*arguments: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments, clock=HandClock(START))
    return code, out.getvalue(), err.getvalue()


def files_of(paths: ShopPaths) -> dict[str, str]:
    """Give what is in every file that matters: the ledger and its copies."""
    files = [paths.ledger, *copies.every_file(paths.ledger)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


READING = (
    ("queue",),
    ("carts",),
    ("show", "1"),
    ("why", "1"),
    ("metrics",),
    ("feedback",),
    ("export", "carts"),
    ("export", "letters"),
    ("export-person", "--cart", "1"),
)
WRITING = (
    ("poll",),
    ("approve", "1"),
    ("skip", "1"),
    ("stop", "1"),
    ("resume",),
    ("erase", "--cart", "1", "--yes"),
)


def read_and_write() -> dict[str, Any]:
    paths = move_in()
    plenty = [run(*command)[:2] for command in READING]
    before = files_of(paths)
    fill()
    reading = [run(*command) for command in READING]
    writing = [run(*command) for command in WRITING]
    doctor = run("doctor", "--json")
    after = files_of(paths)
    empty()
    again = run("skip", "1")
    return {
        "plenty": plenty,
        "reading": reading,
        "writing": writing,
        "doctor": doctor,
        "unchanged": before == after,
        "again": again,
    }


def test_what_only_reads_works_and_what_writes_says_why_not(tmp_path: Path) -> None:
    found = on_small_disk(read_and_write, tmp_path / "disk")
    for (_, out, _), (_, plenty) in zip(found["reading"], found["plenty"], strict=True):
        assert out.splitlines()[:10] == plenty.splitlines()[:10]  # a letter has a mark of its own
    for code, _, err in found["reading"]:
        assert code == Exit.OK
        assert "so cartdesk only reads: nothing can be noted, changed or sent" in err
    for code, out, err in found["writing"]:
        assert (code, out) == (Exit.NOTHING, "")
        assert "only reads" in err
        assert "Traceback" not in err
    assert found["unchanged"]
    told = {one["sentence"]: one["verdict"] for one in json.loads(found["doctor"][1])}
    assert [verdict for words, verdict in told.items() if "only reads" in words] == ["stop"]
    assert found["again"][0] == Exit.OK


def read_what_is_frozen() -> dict[str, Any]:
    paths = move_in()
    plenty = run("queue")
    freeze()
    reading, writing = run("queue"), run("skip", "1")
    return {"plenty": plenty, "reading": reading, "writing": writing, "files": files_of(paths)}


def test_a_ledger_that_may_only_be_read_is_read(tmp_path: Path) -> None:
    found = on_small_disk(read_what_is_frozen, tmp_path / "disk")
    code, out, err = found["reading"]
    assert (code, out) == (Exit.OK, found["plenty"][1])
    assert "cannot be written to" in err
    assert "so cartdesk only reads" in err
    assert found["writing"][0] == Exit.NOTHING
    assert "only reads" in found["writing"][2]


def write_a_log() -> list[str]:
    log = shop_files().log
    handler = setup_log(log, tuple)
    logging.getLogger("cartdesk").warning("there was room")
    fill()
    with redirect_stderr(io.StringIO()) as printed:
        for _ in range(50):
            logging.getLogger("cartdesk").warning("x" * 1500)
        logging.getLogger().removeHandler(handler)
        handler.close()
    return [printed.getvalue(), log.read_text("utf-8")[:100]]


def test_what_the_log_cannot_take_is_dropped_without_a_word(tmp_path: Path) -> None:
    printed, log = on_small_disk(write_a_log, tmp_path / "disk")
    assert printed == ""
    assert "there was room" in log


def look_beside_a_window() -> dict[str, Any]:
    paths = move_in()
    with closing(Book(paths.ledger)) as window:
        window.write(lambda book: book.state.put("late", "yes"))
        plenty = run("queue")
        fill()
        said = run("queue"), run("skip", "1")
        late = window.read(lambda book: book.state.get("late"))
    return {"plenty": plenty, "said": said, "late": late}


def test_beside_an_open_window_it_reads_the_same_and_cannot_write(tmp_path: Path) -> None:
    found = on_small_disk(look_beside_a_window, tmp_path / "disk")
    (queue, out, _), (skip, _, why) = found["said"]
    assert (queue, out) == (Exit.OK, found["plenty"][1])
    assert skip == Exit.LEDGER
    assert "could not be written" in why
    assert found["late"] == "yes"


def look_after_a_kill() -> dict[str, Any]:
    paths = move_in()
    book = Book(paths.ledger)
    book.write(lambda book: book.outbox.suppress("c1@shopper.example", "asked", START))
    for side in ("-wal", ""):  # as a kill leaves them: the last commit is in the log alone
        path = paths.ledger.with_name(paths.ledger.name + side)
        path.with_name(f"kept{side}").write_bytes(path.read_bytes())
    book.close()
    for side in ("-wal", ""):
        kept = paths.ledger.with_name(f"kept{side}")
        kept.rename(paths.ledger.with_name(paths.ledger.name + side))
    log = paths.ledger.with_name(f"{paths.ledger.name}-wal").stat().st_size
    fill()
    with closing(Book(paths.ledger)) as reader:
        held = len(list(reader.db.query("SELECT * FROM suppressions")))
    empty()
    with closing(Book(paths.ledger)) as book:
        return {"log": log, "held": held, "whole": book.integrity(), "why": reader.only_reads}


def test_what_is_in_the_log_of_changes_alone_is_read_too(tmp_path: Path) -> None:
    found = on_small_disk(look_after_a_kill, tmp_path / "disk")
    assert found["log"] > 0
    assert (found["held"], found["whole"]) == (1, "ok")
    assert "only reads" in found["why"]


def open_the_screens() -> dict[str, Any]:
    from cartdesk.cli.wiring import open_premises
    from cartdesk.tui.app import CartdeskApp
    from tests.tui.screens import settled, text_of, until

    move_in()
    plenty = run("queue")
    fill()

    async def look() -> str:
        clock = HandClock(START)
        place = open_premises(None, clock=clock)
        app = CartdeskApp(place.desk(), clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: "Number 1" in text_of(pilot))
            await settled(pilot)
            await pilot.press("s")  # skip
            await settled(pilot)
            return str(text_of(pilot))

    return {"seen": asyncio.run(look()), "before": plenty[1], "after": run("queue")[1]}


def test_the_screens_open_for_reading_and_say_so(tmp_path: Path) -> None:
    found = on_small_disk(open_the_screens, tmp_path / "disk")
    assert "read-only" in found["seen"]
    assert "so cartdesk only reads" in found["seen"]
    assert found["after"] == found["before"] != ""


def grow(book: Book) -> int:
    """Need more room than there is, however much was left."""
    book.state.put("long", "x" * 1_000_000)
    return 0


def go_back(room: int) -> dict[str, Any]:
    paths = move_in()
    copies.make(paths.ledger, date(2026, 11, 20))
    (copy,) = copies.of(paths.ledger)
    before = files_of(paths)
    listed = sorted(path.name for path in paths.ledger.parent.rglob("*"))
    fill(room)
    try:
        restore(paths.ledger, copy.path, START, grow)
    except LedgerProblem as problem:
        said = str(problem)
    else:
        said = ""
    after, left = files_of(paths), sorted(path.name for path in paths.ledger.parent.rglob("*"))
    empty()
    with closing(Book(paths.ledger)) as book:
        whole = book.integrity()
    done = restore(paths.ledger, copy.path, START, lambda book: 0)
    return {
        "said": said,
        "same": before == after,
        "left": [name for name in left if name not in listed],
        "whole": whole,
        "aside": done.aside.name,
    }


def go_back_at_once() -> dict[str, Any]:
    return go_back(0)


def go_back_half_way() -> dict[str, Any]:
    return go_back(200_000)  # the ledger finds room aside, the copy does not


def test_going_back_to_a_copy_without_room_leaves_nothing_behind(tmp_path: Path) -> None:
    for number, case in enumerate((go_back_at_once, go_back_half_way)):
        found = on_small_disk(case, tmp_path / f"disk{number}")
        assert any(words in found["said"] for words in ("is as it was", "held before is safe"))
        assert found["same"]
        assert set(found["left"]) <= {"ledger.open.lock"}
        assert found["whole"] == "ok"
        assert "aside" in found["aside"]

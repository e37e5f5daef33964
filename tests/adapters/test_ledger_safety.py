"""The ledger stands only where it is safe, is copied daily, and comes back from a copy."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.ledger import Book, LedgerProblem, copies, ground
from cartdesk.adapters.ledger.ground import network_share
from cartdesk.adapters.ledger.restoring import restore
from cartdesk.work.invariants import violations
from cartdesk.work.restoring import doubt_letters
from tests.adapters.test_ledger import order
from tests.desks import open_bench

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
DAY = NOW.date()
posix = pytest.mark.skipif(os.name != "posix", reason="Windows keeps files private by other means")


def ledger_at(path: Path, orders: int = 3) -> Path:
    book = Book(path)
    book.write(lambda book: book.orders.save([order(n) for n in range(1, orders + 1)], NOW))
    book.close()
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return ledger_at(tmp_path / "shop" / "ledger.db")


def orders_in(path: Path, *, is_copy: bool = False) -> int:
    book = Book(path, is_copy=is_copy)
    try:
        return int(next(book.db.query("SELECT count(*) AS n FROM orders"))["n"])
    finally:
        book.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Where it may stand.

MOUNTS = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /home rw shared:1 master:2 - nfs4 server:/home rw
41 40 0:41 / /home/anna/local rw - btrfs /dev/sdb rw
42 27 0:42 / /mnt/my\\040shop rw - cifs //nas/shop rw
43 27 0:43 / /mnt/sftp rw - fuse.sshfs anna@host:/ rw
44 27 0:44 / /mnt/win rw - fuseblk /dev/sdc1 rw
45 27 0:45 / /net rw - autofs systemd-1 rw
46 27 0:46 / /net rw - nfs server:/net rw
47 27 0:47 / /homework rw - nfs server:/x rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/anna/.local/share/cartdesk", "nfs4"),
        ("/home/anna/local/cartdesk", ""),
        ("/mnt/my shop/cartdesk/default", "cifs"),
        ("/mnt/sftp", "fuse.sshfs"),
        ("/mnt/win/cartdesk", ""),
        ("/net/anna", "nfs"),
        ("/homeless/anna", ""),
        ("/var/lib/anna", ""),
    ],
)
def test_a_network_share_is_known_by_the_mounts_of_linux(folder: str, kind: str) -> None:
    assert network_share(Path(folder), "linux", MOUNTS) == kind


def test_a_network_share_is_known_by_the_mounts_of_a_mac() -> None:
    mounts = (
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only)\n"
        "//anna@nas.local/shop on /Volumes/my (own) shop (smbfs, nodev, nosuid, mounted by anna)\n"
        "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)\n"
    )
    assert network_share(Path("/Volumes/my (own) shop/cartdesk"), "darwin", mounts) == "smbfs"
    assert network_share(Path("/opt/anna"), "darwin", mounts) == ""


def test_what_the_system_does_not_tell_forbids_nothing(tmp_path: Path) -> None:
    assert network_share(tmp_path, "linux", "") == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the mounts of Linux")
def test_a_ledger_on_a_share_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "_linux", lambda _: [("/", "ext4"), (str(tmp_path), "nfs4")])
    with pytest.raises(LedgerProblem, match=r"network share \(nfs4\).*CARTDESK_HOME"):
        Book(tmp_path / "shop" / "ledger.db")
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal", "ledger.db-shm"])
def test_a_link_in_the_place_of_the_ledger_or_its_side_files_is_refused(
    ledger: Path, name: str
) -> None:
    other = ledger.parent / "other"
    other.write_bytes(b"")
    link = ledger.with_name(name)
    link.unlink(missing_ok=True)
    link.symlink_to(other)
    with pytest.raises(LedgerProblem, match="a link to another file"):
        Book(ledger)
    assert other.read_bytes() == b""


@posix
@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal", "ledger.db-shm"])
def test_a_ledger_with_a_second_name_is_refused(ledger: Path, name: str, tmp_path: Path) -> None:
    """Two programs that know it by two names would each keep a log of changes of their own."""
    one, other = ledger.with_name(name), tmp_path / "other"
    one.touch(mode=0o600)
    other.hardlink_to(one)
    with pytest.raises(LedgerProblem, match=r"another name as well .*Delete the other name"):
        Book(ledger)
    other.unlink()
    assert orders_in(ledger) == 3


@posix
def test_copies_may_have_as_many_names_as_a_backup_gives_them(ledger: Path, tmp_path: Path) -> None:
    copy = copies.make(ledger, DAY)
    assert copy is not None
    (tmp_path / "backup").hardlink_to(copy.path)
    assert copies.newest_whole(ledger) == copy
    assert orders_in(copy.path, is_copy=True) == 3


@posix
def test_a_link_in_the_place_of_its_folder_is_refused(ledger: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    ledger.parent.rename(elsewhere)
    ledger.parent.symlink_to(elsewhere)
    with pytest.raises(LedgerProblem, match="a link to another folder"):
        Book(ledger)


@posix
def test_a_ledger_of_another_user_is_left_alone(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ledger.read_bytes()
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    with pytest.raises(LedgerProblem, match="belongs to another user"):
        Book(ledger)
    assert ledger.read_bytes() == before


@posix
def test_rights_of_others_are_taken_away_or_the_ledger_is_refused(
    ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.chmod(0o644)
    ledger.parent.chmod(0o777)
    book = Book(ledger)
    book.close()
    folder, file = book.mended
    assert f"{ledger.parent} let other users of this computer look into and change it" in folder
    assert f"{ledger} let other users of this computer look into it" in file
    assert (mode(ledger), mode(ledger.parent)) == (0o600, 0o700)
    ledger.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", lambda *_: None)  # as on a USB stick
    with pytest.raises(LedgerProblem, match="does not keep rights"):
        Book(ledger)


@posix
def test_a_folder_all_users_share_is_refused_and_keeps_its_rights(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(LedgerProblem, match="all users share"):
        Book(shared / "ledger.db")
    assert mode(shared) == 0o1777


# Copies.


def test_a_copy_is_made_once_a_day_privately_and_seven_are_kept(ledger: Path) -> None:
    for day in range(10):
        assert copies.make(ledger, DAY + timedelta(days=day)) is not None
        assert copies.make(ledger, DAY + timedelta(days=day)) is None
    found = copies.of(ledger)
    assert [copy.day for copy in found] == [DAY + timedelta(days=9 - n) for n in range(7)]
    assert {copies.fault_of(copy.path) for copy in found} == {""}
    assert {orders_in(copy.path, is_copy=True) for copy in found} == {3}
    if os.name == "posix":
        assert mode(copies.folder(ledger)) == 0o700
        assert {mode(path) for path in copies.every_file(ledger)} == {0o600}


def test_a_copy_does_not_wait_for_who_is_writing_and_holds_nothing_half_done(ledger: Path) -> None:
    def write_and_copy(book: Book) -> None:
        book.state.put("half", "done")
        copies.make(ledger, DAY)  # by its own connection, in the middle of this transaction

    book = Book(ledger)
    book.write(write_and_copy)
    assert book.state.get("half") == "done"
    book.close()
    copied = Book(copies.of(ledger)[0].path, is_copy=True)
    assert copied.state.get("half") is None
    copied.close()


def test_a_damaged_ledger_pushes_no_whole_copy_out(ledger: Path) -> None:
    for day in range(7):
        copies.make(ledger, DAY - timedelta(days=day))
    spoil(ledger)
    with pytest.raises((LedgerProblem, sqlite3.DatabaseError)):
        copies.make(ledger, DAY + timedelta(days=1))
    assert len(copies.of(ledger)) == 7
    assert all(path.suffix == ".db" for path in copies.every_file(ledger))


def test_an_unfinished_copy_of_a_program_that_died_is_made_anew(ledger: Path) -> None:
    copies.make_folder(copies.folder(ledger))
    draft = copies.folder(ledger) / f"ledger-{DAY}.db.part"
    draft.write_bytes(b"half")
    assert copies.make(ledger, DAY) is None  # somebody may be at it
    os.utime(draft, (0, 0))
    assert copies.make(ledger, DAY) is not None
    assert not draft.exists()


def spoil(path: Path, start: int = 4096, length: int = 0) -> None:
    """Overwrite a part of a file, by default all but its first page."""
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.urandom(length or path.stat().st_size - start))


@pytest.mark.parametrize("start", [0, 4096])
def test_a_damaged_ledger_names_the_newest_whole_copy_and_the_command(
    ledger: Path, start: int
) -> None:
    for day in range(3):
        copies.make(ledger, DAY - timedelta(days=day))
    spoil(copies.of(ledger)[0].path)
    spoil(ledger, start)
    damaged = ledger.read_bytes()
    with pytest.raises(LedgerProblem) as caught:
        book = Book(ledger)
        try:
            book.read(lambda book: book.orders.cart(1))
        finally:
            book.close()
    assert "is damaged" in str(caught.value)
    assert f"cartdesk restore {DAY - timedelta(days=1)}" in str(caught.value)
    assert ledger.read_bytes()[4096:] == damaged[4096:]


# Going back.


def nothing(_: Book) -> int:
    return 0


def test_a_copy_takes_the_place_of_the_ledger_which_is_kept_aside(ledger: Path) -> None:
    copy = copies.make(ledger, DAY)
    assert copy is not None
    book = Book(ledger)
    book.write(lambda book: book.orders.save([order(7)], NOW))
    book.write(lambda book: book.outbox.suppress("p1@example.org", "asked", NOW))
    book.close()
    done = restore(ledger, copy.path, NOW, nothing)
    assert orders_in(ledger) == 3
    assert orders_in(done.aside, is_copy=True) == 4
    assert done.stops_known
    book = Book(ledger)
    assert book.read(lambda book: book.outbox.suppressed(["p1@example.org"])) == "asked"
    assert book.integrity() == "ok"
    book.close()
    if os.name == "posix":
        assert {mode(path) for path in (ledger, done.aside)} == {0o600}


def test_what_the_log_of_changes_still_held_is_aside_too_and_not_in_the_copy(ledger: Path) -> None:
    copy = copies.make(ledger, DAY)
    assert copy is not None
    script = (
        "import os, sys; from pathlib import Path; from cartdesk.adapters.ledger import Book\n"
        "book = Book(Path(sys.argv[1])); book.write(lambda b: b.state.put('late', 'yes'))\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(ledger)], check=False)
    assert ledger.with_name("ledger.db-wal").stat().st_size > 0
    done = restore(ledger, copy.path, NOW, nothing)
    for path, value in ((ledger, None), (done.aside, "yes")):
        book = Book(path, is_copy=path != ledger)
        assert book.state.get("late") == value
        book.close()


def test_even_a_ledger_that_is_rubbish_is_replaced_and_kept(ledger: Path) -> None:
    copy = copies.make(ledger, DAY)
    assert copy is not None
    ledger.write_bytes(b"rubbish" * 1000)
    done = restore(ledger, copy.path, NOW, nothing)
    assert not done.stops_known
    assert orders_in(ledger) == 3
    assert done.aside.read_bytes() == b"rubbish" * 1000


@posix
def test_nothing_is_restored_while_a_window_is_open_here_or_in_another_program(
    ledger: Path,
) -> None:
    copy = copies.make(ledger, DAY)
    assert copy is not None
    book = Book(ledger)
    with pytest.raises(LedgerProblem, match="Another cartdesk window is open"):
        restore(ledger, copy.path, NOW, nothing)
    book.close()
    script = (
        "import sys; from pathlib import Path; from cartdesk.adapters.ledger import Book\n"
        "Book(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(ledger)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(LedgerProblem, match="Another cartdesk window is open"):
            restore(ledger, copy.path, NOW, nothing)
        other.kill()
    restore(ledger, copy.path, NOW, nothing)


def newer_format(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version = 99")
        conn.commit()


@pytest.mark.parametrize("harm", [spoil, newer_format])
def test_a_copy_that_cannot_be_used_leaves_the_ledger_as_it_is(
    ledger: Path, harm: Callable[[Path], None]
) -> None:
    copy = copies.make(ledger, date(2026, 11, 20))
    assert copy is not None
    harm(copy.path)
    before = ledger.read_bytes()
    with pytest.raises(LedgerProblem, match="cannot be used"):
        restore(ledger, copy.path, NOW, nothing)
    assert ledger.read_bytes() == before
    assert [path.name for path in copies.every_file(ledger)] == [copy.path.name]


async def test_after_going_back_nobody_is_written_to_twice_or_against_their_wish(
    tmp_path: Path,
) -> None:
    ana, tom, lena = "ana@example.org", "tom.weir@example.com", "lena.gross@example.net"
    async with open_bench(tmp_path) as bench:
        ready = {item.row.email: item for item in await bench.sendable()}
        await bench.desk.approve(ready[tom].reminder.id, hold=False)
        ledger = bench.desk._ledger.path
        copy = copies.make(ledger, date(2030, 1, 1))
        assert copy is not None
        await bench.desk.send_now([ready[ana].reminder.id])
        await bench.desk.stop(ready[lena].row.id)
        await bench.pass_time(timedelta(hours=3))
        for item in await bench.sendable():
            await bench.desk.send_now([item.reminder.id])
        sent = len(bench.mails())
        assert sent > 2
        await bench.desk.close()

        now = bench.world.clock.now()
        done = restore(ledger, copy.path, now, lambda book: doubt_letters(book, now))
        assert done.doubtful >= 4
        bench.desk = bench.another()
        await bench.desk.start()
        await bench.desk.poll(full=True)
        assert await bench.sendable() == []
        unsure = [item for item in (await bench.desk.queue()).items if item.row.email == tom]
        assert [item.reminder.state for item in unsure] == ["unsure"]
        assert "restored" in unsure[0].reminder.said
        assert (await bench.desk.cart(ready[lena].row.id)).person.stopped
        assert await bench.desk._ledger.read(violations) == ()
        await bench.pass_time(timedelta(hours=24))
        second = {item.reminder.step for item in await bench.sendable()}
        assert second >= {2}  # the sequence goes on where it would have been
        assert len(bench.mails()) == sent


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_a_ledger_that_vanished_is_not_begun_anew_while_it_has_copies(
    tmp_path: Path, how: str
) -> None:
    path = tmp_path / "shop" / "ledger.db"
    book = Book(path)
    book.write(lambda open_book: open_book.state.put("who got a letter", "ana"))
    book.close()
    copies.make(path, DAY)
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(b"")
    with pytest.raises(LedgerProblem, match="cartdesk restore"):
        Book(path)
    copies.folder(path).rename(tmp_path / "elsewhere")
    Book(path).close()


def test_what_was_set_aside_goes_in_its_time_and_daily_copies_stay(tmp_path: Path) -> None:
    path = tmp_path / "shop" / "ledger.db"
    Book(path).close()
    copies.make(path, DAY)
    aside = copies.set_aside(path, NOW)
    before = copies.before_format(path, 2)
    for file in (aside, before):
        file.write_bytes(b"somebody by name")
    old = (NOW - timedelta(days=91)).timestamp()
    os.utime(aside, (old, old))
    copies.let_go(path, NOW - timedelta(days=90))
    assert set(copies.every_file(path)) == {copies.of(path)[0].path, before}

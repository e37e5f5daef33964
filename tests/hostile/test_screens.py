"""A shop in bad hands, on every screen, on a real terminal, in letters and in a spreadsheet."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cartdesk.cli.export import write_rows
from cartdesk.desk import NotPossible
from cartdesk.domain.links import on_origin
from cartdesk.domain.model import ReminderState
from cartdesk.tui.app import CartdeskApp
from cartdesk.tui.keybar import KeyBar
from tests.desks import Bench
from tests.hostile.evil_shop import MARK, evil_bench
from tests.tui.screens import Shown, running, settled, text_of

ROOT = Path(__file__).parents[2]
SIZE = (80, 24)
SCREENS: dict[str, tuple[str, ...]] = {
    "queue": ("1",),
    "filter": ("1", "slash", "x"),
    "preview": ("1", "p"),
    "preview, HTML": ("1", "p", "right"),
    "preview, source": ("1", "p", "right", "right"),
    "why": ("1", "i"),
    "edit": ("1", "e"),
    "later": ("1", "z"),
    "no contact": ("1", "d"),
    "approve all": ("1", "A"),
    "web": ("1", "w"),
    "carts": ("2",),
    "cart": ("2", "enter"),
    "feedback": ("3",),
    "metrics": ("4",),
    "letters": ("5",),
    "settings": ("6",),
    "help": ("1", "question_mark"),
}
FORBIDDEN = ("Button", "Answer", "Header", "HeaderTabs", "Tab", "TextArea", "Input")


@pytest.fixture(autouse=True)
def short_naps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for idleness more often, so that a thousand clicks take seconds."""
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.002)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with evil_bench(tmp_path) as found:
        yield found


@pytest.fixture
async def asked(bench: Bench) -> AsyncIterator[Bench]:
    """A desk that has asked the shop once, and no screen."""
    await bench.desk.start()
    try:
        await bench.desk.poll()
        yield bench
    finally:
        await bench.desk.close()


async def test_no_click_anywhere_on_any_screen_does_more_than_select(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: list[str] = []
    for name in (
        "action_quit",
        "action_screenshot",
        "action_simulate_key",
        "action_suspend_process",
        "action_bell",
        "open_url",
        "copy_to_clipboard",
        "save_screenshot",
    ):
        monkeypatch.setattr(CartdeskApp, name, lambda *_, name=name, **__: fired.append(name))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    clicks = cells = 0
    async with running(bench.desk, bench.world.clock, SIZE, maildir=bench.world.maildir) as pilot:
        shown = Shown(bench, pilot)
        await shown.sees("READY")
        assert (await bench.desk.queue()).ready > 0
        before = await _letters(bench)
        for name, keys in SCREENS.items():
            await _go(shown, keys)
            here = type(shown.app.screen).__name__
            for strip in shown.app.screen._compositor.render_strips(shown.app.size):
                for segment in strip:
                    style = segment.style
                    assert style is None or not style.link, (name, segment)
                    assert style is None or "@click" not in style.meta, (name, segment)
                    cells += segment.cell_length
            for y in range(1, SIZE[1], 4):
                for x in range(y % 3 * 9, SIZE[0], 29):
                    widget, _ = shown.app.screen.get_widget_at(x, y)
                    kinds = {type(each).__name__ for each in widget.ancestors_with_self}
                    if isinstance(widget, KeyBar) or not kinds.isdisjoint(FORBIDDEN):
                        continue  # these are for clicking
                    if name == "later":
                        continue  # choices to be clicked
                    await pilot.click(offset=(x, y))
                    clicks += 1
                    if type(shown.app.screen).__name__ != here:
                        await _go(shown, keys)
            assert pilot.app.is_running
            assert fired == [], name
            assert not bench.mails(), name
            assert await _letters(bench) == before, name
        await _go(shown, ("1",))
    assert list(work.iterdir()) == [] and MARK not in " ".join(map(str, tmp_path.rglob("*")))
    assert clicks > 80 and cells == SIZE[0] * SIZE[1] * len(SCREENS)


async def _letters(bench: Bench) -> dict[int, ReminderState]:
    items = (await bench.desk.queue()).items
    return {item.reminder.id: item.reminder.state for item in items}


async def _go(shown: Shown, keys: tuple[str, ...]) -> None:
    """Close what is open and press the way to a screen."""
    for _ in range(4):
        await shown.pilot.press("escape")
        await settled(shown.pilot)
        if len(shown.app.screen_stack) == 1:
            break
    for key in keys:
        await shown.pilot.press(key)
        await settled(shown.pilot)
    assert text_of(shown.pilot).strip()


@pytest.mark.parametrize("size", [(24, 80), (40, 120)], ids=("80x24", "120x40"))
def test_a_real_terminal_gets_no_byte_of_it(size: tuple[int, int], tmp_path: Path) -> None:
    seen = _play(tmp_path, size)
    assert b"Queue" in seen and b"[@click=app" in seen
    for bad in (
        b"\x1b]52",
        b"\x1b]0;",
        b"\x1b]2;",
        b"\x1b]8;",
        b"\x07" + MARK.encode(),
        b"\x1b[2JIda",
        b"Fay\x1b[2J",
        b"\x00",
    ):
        assert bad not in seen, bad
    text = seen.decode("utf-8")
    assert not set(map(chr, range(0x80, 0xA0))) & set(text)  # C1
    assert not set("\u202e\u2066\u200f\u061c\u200b\u2060\ufeff\U000e0041\u2028\u2029") & set(text)
    assert "\u0301" * 3 not in text and "N" * 5000 not in text


def _play(directory: Path, size: tuple[int, int]) -> bytes:
    """Walk through the screens on a pseudo terminal and give all it got."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.hostile.evil_shop", str(directory)]
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=ROOT
    ) as app:
        os.close(slave)
        try:
            seen = _read(master, 20, b"READY")
            for keys in (
                *(b"j", b"p", b"\x1b[C", b"\x1b[C", b"\x1b", b"i", b"\x1b", b"d", b"n", b"w", b"n"),
                *(b"2", b"j", b"\r", b"\x1b", b"3", b"j", b"j", b"4", b"5", b"6", b"?", b"\x1b"),
                *(b"1", b"e", b"\x1b", b"G", b"\x10", b"\x1b"),
            ):
                os.write(master, keys)
                seen += _read(master, 0.12)
            assert app.poll() is None, seen[-3000:]
        finally:
            app.terminate()
            app.wait(10)
            os.close(master)
    return seen


def _read(master: int, seconds: float, words: bytes | None = None) -> bytes:
    """Read until words come, or as long as something comes."""
    seen, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not (words and words in seen):
        if select.select([master], [], [], left)[0]:
            seen += os.read(master, 65_536)
    assert words is None or words in seen, seen[-3000:]
    return seen


async def test_letters_have_our_headers_alone_and_lead_to_the_shop(tmp_path: Path) -> None:
    async with evil_bench(tmp_path, hours=34, pay_links=True) as bench:
        await bench.desk.start()
        try:
            await bench.desk.poll()
            sent = 0
            for item in await bench.sendable():
                with suppress(NotPossible):  # a name that looks like a header is stopped
                    sent += (await bench.desk.send_now([item.reminder.id])).sent
        finally:
            await bench.desk.close()
        mails = bench.mails()
        assert len(mails) == sent >= 2
        for raw in mails:
            _judge_letter(raw, bench.world.address)


async def test_a_link_to_pay_elsewhere_holds_the_letter_back(asked: Bench) -> None:
    found = await asked.sendable()
    assert found
    for item in found:
        with pytest.raises(NotPossible):
            await asked.desk.send_now([item.reminder.id])
    assert not asked.mails()


def _judge_letter(raw: bytes, shop: str) -> None:
    mail = message_from_bytes(raw, policy=policy.default)
    names = [name.lower() for name in mail.keys()]  # noqa: SIM118 - every header, also twice
    assert not {"bcc", "cc", f"x-{MARK}"} & set(names)
    assert len(names) == len(set(names))
    assert mail["To"] and len(mail["To"].addresses) == 1
    assert MARK not in str(mail["To"].addresses[0].addr_spec)
    assert "\n" not in mail["Subject"] and len(mail["Subject"]) <= 150
    html, plain = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None and plain is not None
    markup = html.get_content()
    assert "<script" not in markup and "onerror=alert(1)>" not in markup.replace("&gt;", "")
    for link in re.findall(r"""(?:href|src)\s*=\s*["']([^"']*)""", markup):
        scheme_ok = link.startswith(("mailto:hello@oakandtin.example", "tel:+35895550142"))
        assert scheme_ok or on_origin(link.replace("&amp;", "&"), shop), link
    for link in re.findall(r"https?://[^\s<>\"')\]]+", plain.get_content()):
        if not on_origin(link, shop):
            raise AssertionError(link)


async def test_no_cell_of_an_export_is_a_formula(asked: Bench) -> None:
    for what in ("carts", "letters", "events"):
        stream = io.StringIO()
        await write_rows(asked.desk.export(what), "csv", stream)
        rows = list(csv.reader(io.StringIO(stream.getvalue())))
        cells = [cell for row in rows for cell in row]
        assert len(rows) > 1
        for cell in cells:
            number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
            assert "\x1b" not in cell and "\x00" not in cell

"""Names that try to act are text on every screen, and the terminal gets none of their bytes."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from cartdesk.tui.app import CartdeskApp
from tests.tui.sample_desk import HOSTILE_NAMES, SampleDesk
from tests.tui.screens import sample, settled, text_of, toasts

ROOT = Path(__file__).parents[2]


async def test_clicking_every_cell_of_a_hostile_name_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quits: list[object] = []
    monkeypatch.setattr(CartdeskApp, "action_quit", quits.append)
    desk = SampleDesk(names=HOSTILE_NAMES)
    async with sample(desk, (100, 30)) as pilot:
        shown = text_of(pilot)
        assert "[@click=app.q" in shown
        y = next(place for place, row in enumerate(shown.splitlines()) if "[@click" in row)
        await pilot.click(offset=(20, y + 1))  # another row, so that no click opens this one
        for x in (10, 14, 20):
            await pilot.click(offset=(x, y))
            await settled(pilot)
            assert "To       [@click=app.quit]Anna[/]" in text_of(pilot)
            for column in (53, 58, 68):  # the same name in the letter's To line
                await pilot.click(offset=(column, 1))
            await pilot.click(offset=(20, y + 1))
        assert pilot.app.is_running
    assert not quits
    assert not desk.done


async def test_every_screen_shows_hostile_names_without_falling_over() -> None:
    async with sample(SampleDesk(names=HOSTILE_NAMES), (100, 30)) as pilot:
        for key in ("j", "j", "p", "escape", "e", "escape", "i", "escape", "A", "n", "a", "d", "n"):
            await pilot.press(key)
            await settled(pilot)
        assert "[@click=app.quit]Anna[/]" in toasts(pilot)
        for key in ("z", "escape", "3", "j", "5"):
            await pilot.press(key)
            await settled(pilot)
        assert pilot.app.is_running


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are a Unix thing")
def test_the_terminal_itself_gets_none_of_the_bytes_of_a_hostile_name() -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.tui.sample", "hostile"]
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=ROOT
    ) as app:
        os.close(slave)
        try:
            seen = _read_until(master, b"Bob", 20)
            os.write(master, b"2")
            seen += _read_until(master, b"CARTS 41", 20)
        finally:
            app.terminate()
            app.wait(10)
            os.close(master)
    assert "Ämilie".encode() in seen
    assert b"\x1b]52" not in seen  # the clipboard
    assert b"ZXZpbA==\x07" not in seen
    assert b"Bob\x1b[2J" not in seen
    assert "\u202e".encode() not in seen  # right to left override


def _read_until(master: int, words: bytes, seconds: float) -> bytes:
    seen = b""
    end = time.monotonic() + seconds
    while words not in seen:
        left = end - time.monotonic()
        if left <= 0 or not select.select([master], [], [], left)[0]:
            raise AssertionError(f"{words!r} never came; the terminal got {seen[-2000:]!r}")
        seen += os.read(master, 65536)
    return seen

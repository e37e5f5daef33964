"""How the program starts, and how it ends when something is wrong before it could begin."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.cli import main
from cartdesk.cli.exits import EXIT, Exit
from cartdesk.demo.world import World
from cartdesk.desk import Desk
from cartdesk.domain.settings import Settings, ShopSettings
from tests.cli.terminal import open_terminal, shop_files
from tests.cli.typist import Typist


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def test_help_names_every_exit_code_and_needs_no_shop(
    capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    code, out, _ = said(capsys, "--help")
    assert code == Exit.OK
    for number, words in EXIT.items():
        assert f"{number.value}  {words}" in out
    assert said(capsys, "--version")[1].startswith("cartdesk ")
    assert not own_home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("bogus",),
        ("show",),
        ("show", "-3"),
        ("show", "x"),
        ("metrics", "--days", "0"),
        ("metrics", "--days", "99999999999"),
        ("--jso",),
    ],
)
def test_a_wrong_command_line_is_told_with_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (Exit.USAGE, "")
    assert "cartdesk" in err


@pytest.mark.parametrize("command", [("queue",), ("poll",), ("send", "--yes"), ("export", "carts")])
def test_before_anything_is_set_up_a_command_says_how_to_begin(
    capsys: pytest.CaptureFixture[str], own_home: Path, command: tuple[str, ...]
) -> None:
    code, out, err = said(capsys, *command)
    assert (code, out) == (Exit.USAGE, "")
    assert "cartdesk setup" in err
    assert not own_home.exists()


def test_before_anything_is_set_up_the_doctor_names_what_is_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = said(capsys, "doctor", "--json")
    assert code == Exit.NOTHING
    stops = {finding["topic"] for finding in json.loads(out) if finding["verdict"] == "stop"}
    assert stops == {"settings", "shop", "mail", "sender", "who gets letters"}


def test_a_broken_settings_file_is_told_whole_with_its_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = shop_files()
    paths.settings.write_text(
        '[shop]\naddress = "https://shop.example"\n[sync]\nevery_minutes = "often"\n'
        "[sequence]\nhold_secnds = 5\n",
        "utf-8",
    )
    code, out, err = said(capsys, "queue")
    assert (code, out) == (Exit.USAGE, "")
    assert "line 4: sync.every_minutes must be" in err
    assert "line 6: sequence.hold_secnds" in err
    code, out, _ = said(capsys, "doctor")
    assert code == Exit.NOTHING
    assert "line 4" in out
    assert "line 6" in out
    assert "ledger" in out  # the rest was looked at all the same


def test_among_several_shops_one_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("oak", "tin"):
        address = f"https://{name}.example"
        settings = Settings(shop=ShopSettings(address=address))
        SettingsFile(shop_files(name).settings).write(settings)
    code, _, err = said(capsys, "queue")
    assert code == Exit.USAGE
    assert "oak, tin" in err
    assert said(capsys, "queue", "--shop", "oak")[0] == Exit.OK
    assert said(capsys, "--shop", "tin", "queue")[0] == Exit.OK
    assert said(capsys, "queue", "--shop", "../oak")[0] == Exit.USAGE
    code, _, err = said(capsys, "queue", "--shop", "elm")
    assert code == Exit.USAGE
    assert "There are: oak, tin" in err


def test_a_damaged_and_a_newer_ledger_are_told_with_code_5(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = shop_files()
    settings = Settings(shop=ShopSettings(address="https://shop.example"))
    SettingsFile(paths.settings).write(settings)
    paths.ledger.write_bytes(b"this is no ledger" * 100)
    code, out, err = said(capsys, "queue")
    assert (code, out) == (Exit.LEDGER, "")
    assert str(paths.ledger) in err
    assert paths.ledger.read_bytes() == b"this is no ledger" * 100
    paths.ledger.unlink()
    with contextlib.closing(sqlite3.connect(paths.ledger)) as newer:
        newer.execute("PRAGMA user_version = 4711")
    code, _, err = said(capsys, "queue")
    assert code == Exit.LEDGER
    assert "newer cartdesk" in err
    code, out, _ = said(capsys, "doctor")
    assert "newer cartdesk" in out


def test_the_screens_ask_for_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for arguments in ((), ("setup",), ("demo",)):
        code, _, err = said(capsys, *arguments)
        assert code == Exit.USAGE
        assert "cartdesk setup --plain" in err


async def test_a_mistake_of_our_own_is_a_sentence_and_a_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: Desk, words: str = "") -> None:
        local = "ck_" + "f" * 40
        raise KeyError(f"surprise {local}")

    async with open_terminal(tmp_path, monkeypatch) as terminal:
        monkeypatch.setattr(Desk, "queue", broken)
        ended = await terminal.run("queue")
    log = shop_files().log
    assert ended.code == Exit.NOTHING
    assert "Traceback" not in ended.err
    assert str(log) in ended.err
    noted = log.read_text("utf-8")
    assert "KeyError" in noted
    assert "test_start.py" in noted
    assert "ffff" not in noted + ended.err


# as a process of its own


class Program:
    """The program as a person starts it, over a world whose clock runs."""

    def __init__(self, world: World, own_home: Path) -> None:
        self._environ = {
            **os.environ,
            "CARTDESK_HOME": str(own_home),
            "CARTDESK_WC_KEY": world.key,
            "CARTDESK_WC_SECRET": world.secret,
            "CARTDESK_SMTP_PASSWORD": world.smtp_password,
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cartdesk", *arguments),
            env=self._environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *arguments: str) -> tuple[int | None, str, str]:
        process = await self.start(*arguments)
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Give a world ten hours into its story, now."""
    start = datetime.now(UTC) - timedelta(hours=10)
    async with World(tmp_path / "world", speed=1, start=start) as world:
        world.clock.advance(timedelta(hours=10))
        settings = world.settings()
        paced = replace(settings, mail=replace(settings.mail, seconds_between=0.7))
        SettingsFile(shop_files().settings).write(paced)
        yield world


async def test_as_a_process_it_polls_exports_and_stops_between_two_letters(
    world: World, own_home: Path
) -> None:
    program = Program(world, own_home)
    code, out, err = await program.run("poll", "--json")
    assert (code, json.loads(out)["due"] >= 5) == (Exit.OK, True), err
    approve = ("approve", *(str(number) for number in range(1, 6)))
    code, out, err = await program.run(*approve, "--json")
    letters = json.loads(out)["approved"]
    assert len(letters) >= 3, err

    sending = await program.start("send", "--yes")
    while not world.sink.delivered:
        assert sending.returncode is None
        await asyncio.sleep(0.01)
    sending.send_signal(signal.SIGINT)
    _, told = await sending.communicate()
    assert sending.returncode == Exit.INTERRUPTED
    assert "Traceback" not in told.decode()
    assert "stay approved" in told.decode()
    assert world.sink.delivered == 1

    _, out, _ = await program.run("export", "letters", "--json")
    states = [json.loads(line)["state"] for line in out.splitlines()]
    assert states.count("sent") == 1
    assert states.count("held") == len(letters) - 1


async def test_ctrl_c_at_the_question_sends_nothing(
    world: World, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(world, own_home)
    await program.run("poll")
    assert (await program.run("approve", "1"))[0] == Exit.OK
    monkeypatch.setenv("CARTDESK_SMTP_PASSWORD", world.smtp_password)

    def at_the_question() -> tuple[int, str]:
        with Typist("send") as typist:
            typist.wait_for("[y/N]")
            typist.process.send_signal(signal.SIGINT)
            return typist.end(), typist.seen

    code, seen = await asyncio.to_thread(at_the_question)
    assert code == Exit.INTERRUPTED
    assert "Traceback" not in seen
    assert world.sink.delivered == 0
    _, out, _ = await program.run("queue", "--json")
    assert json.loads(out)["held"] == 1


async def test_a_reader_that_has_seen_enough_is_no_mistake(world: World, own_home: Path) -> None:
    program = Program(world, own_home)
    await program.run("poll")
    reader, writer = os.pipe()
    os.close(reader)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cartdesk", "export", "carts"),
        env={**os.environ, "CARTDESK_HOME": str(own_home)},
        stdout=writer,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writer)
    _, err = await process.communicate()
    assert "Traceback" not in err.decode()
    assert "BrokenPipe" not in err.decode()
    assert process.returncode == Exit.OK


def test_help_and_screens_wait_for_no_library_they_do_not_need() -> None:
    heavy = {"httpx", "yagmail", "keyring", "jinja2", "babel", "markdown_it", "aiosmtpd"}
    asked = "import sys; {}; print(*sys.modules, file=sys.stderr)"
    for code, unwanted in (
        ("from cartdesk.cli import main; main(['--version'])", heavy | {"textual", "sqlite3"}),
        ("import cartdesk.cli.screens", heavy),
    ):
        done = subprocess.run(
            [sys.executable, "-c", asked.format(code)], capture_output=True, text=True, check=True
        )
        assert not unwanted & set(done.stderr.split())

"""A terminal to try the commands at: the demo shop, a mail server, and this home's files."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cartdesk.adapters.paths import Home, ShopPaths
from cartdesk.adapters.secrets import Secrets
from cartdesk.adapters.settings.file import SettingsFile
from cartdesk.adapters.vault import KeyringVault
from cartdesk.cli import main
from cartdesk.demo.world import World
from cartdesk.domain.settings import Settings


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


class Keyboard(io.StringIO):
    """Somebody at the terminal, who types these lines."""

    def isatty(self) -> bool:
        return True


class Terminal:
    """Runs commands as the program does, in a thread, with the world's clock."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self._patch = monkeypatch

    async def run(self, *arguments: object, types: str | None = None) -> Said:
        """Run a command; ``types`` is what the person types (None: nobody is there)."""
        self._patch.setattr("sys.stdin", io.StringIO() if types is None else Keyboard(types))
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            given = [str(argument) for argument in arguments]
            code = await asyncio.to_thread(main, given, clock=self.world.clock)
        return Said(code, out.getvalue(), err.getvalue())

    async def letters(self, state: str = "ready") -> dict[str, int]:
        """Give the letters of a state that may go: e-mail -> number."""
        queue = (await self.run("queue", "--json")).json
        return {
            item["row"]["email"]: item["reminder"]["id"]
            for item in queue["items"]
            if item["reminder"]["state"] == state and item["stop"] is None
        }

    def pass_time(self, hours: float) -> None:
        """Let the story go on."""
        self.world.clock.advance(timedelta(hours=hours))

    def mails(self) -> list[bytes]:
        """Give every mail that arrived."""
        return [path.read_bytes() for path in sorted((self.world.maildir / "new").iterdir())]


def shop_files(name: str = "default") -> ShopPaths:
    """Give the files of this home's shop."""
    return Home.find().shop(name)


def move_in(world: World, settings: Settings | None = None, *, name: str = "default") -> ShopPaths:
    """Write a settings file for the world's shop and keep its secrets in the keyring."""
    paths = shop_files(name)
    usual = world.settings()
    quick = replace(usual, sync=replace(usual.sync, history_days=2))  # the story is enough
    SettingsFile(paths.settings).write(settings or quick)
    keep_secrets(world)
    return paths


def keep_secrets(world: World) -> None:
    """Keep the world's key and password in the keyring."""
    secrets = Secrets(KeyringVault(), environ={})
    secrets.keep_shop_key(world.address, world.key, world.secret)
    secrets.keep_mail_password(world.smtp_host, world.smtp_login, world.smtp_password)


@asynccontextmanager
async def open_terminal(
    directory: Path, monkeypatch: pytest.MonkeyPatch, *, woo: str = "old"
) -> AsyncIterator[Terminal]:
    """Start a world that stands still until moved, with its shop set up in this home."""
    async with World(directory / "world", woo=woo, speed=0) as world:
        move_in(world)
        yield Terminal(world, monkeypatch)

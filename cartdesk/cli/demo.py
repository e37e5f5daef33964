"""``cartdesk demo``: a shop, its shoppers and a mail server on this computer, for a while."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from cartdesk.adapters.paths import Home
from cartdesk.adapters.secrets import Secrets, scrub
from cartdesk.adapters.vault import SessionVault
from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out
from cartdesk.cli.trouble import Crash
from cartdesk.cli.wiring import Premises, logging_to
from cartdesk.demo.headless import Merchant
from cartdesk.demo.world import World

SPEED = 1700.0  # the whole story takes three minutes


def demo(given: argparse.Namespace) -> Exit:
    """Play the demo; everything it made is deleted at its end."""
    scrub()
    if not given.headless:
        from cartdesk.cli.screens import need_a_terminal

        need_a_terminal()
    with tempfile.TemporaryDirectory(prefix="cartdesk-demo-") as directory:
        try:
            return asyncio.run(_demo(given, Path(directory)))
        except Crash as crash:  # its log goes with the directory
            raise Crash(crash.error, None) from None


async def _demo(given: argparse.Namespace, directory: Path) -> Exit:
    usual = 0.0 if given.headless else SPEED
    speed = usual if given.speed is None else given.speed
    async with World(directory, woo=given.woo, speed=speed, seed=given.seed) as world:
        place = demo_premises(world, directory)
        with logging_to(place.paths.log, place.secrets):
            if given.headless:
                return await _headless(world, place, given)
            from cartdesk.cli.screens import play

            return await play(world, place)


def demo_premises(world: World, directory: Path) -> Premises:
    """Give the demo shop's files, settings and secrets; nothing of it outlives the demo."""
    secrets = Secrets(SessionVault(), environ={})
    secrets.keep_shop_key(world.address, world.key, world.secret)
    secrets.keep_mail_password(world.smtp_host, world.smtp_login, world.smtp_password)
    paths = Home(directory, directory, directory).shop("demo")
    return Premises(paths, world.settings(), secrets, world.clock, mailbox=world.mailbox)


async def _headless(world: World, place: Premises, given: argparse.Namespace) -> Exit:
    desk, began = place.desk(), time.monotonic()
    try:
        merchant = Merchant(world, desk, _print_line)
        await merchant.play()
        summary = await merchant.summary()
    finally:
        await desk.close()
    seconds = round(time.monotonic() - began, 1)
    _print_line({"summary": {"woo": given.woo, "seed": given.seed, **summary, "seconds": seconds}})
    for difference in merchant.differences:
        Out().say(difference)
    return Exit.NOTHING if merchant.differences else Exit.OK


def _print_line(value: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()

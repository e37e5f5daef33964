"""The way to the screens: the desk of a shop, the set-up, and the demo with a screen."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from cartdesk.adapters.redact import crash_sentence
from cartdesk.adapters.secrets import Secrets
from cartdesk.cli.exits import Exit
from cartdesk.cli.trouble import Usage
from cartdesk.cli.wiring import Premises, logging_to, open_premises
from cartdesk.domain.ports import Clock
from cartdesk.tui.app import RESTART, CartdeskApp

if TYPE_CHECKING:
    from cartdesk.demo.world import World


class SetUpFirst(CartdeskApp):
    """The desk with the set-up opened over it, which asks for the secrets itself."""

    ASKS_SECRETS = False

    async def on_ready(self) -> None:
        """Open the set-up; without a shop it opens by itself."""
        if self.desk.settings.shop.address:
            self.action_set_up()


def desk(given: argparse.Namespace, clock: Clock, *, set_up: bool = False) -> Exit:
    """Show the desk until the person leaves; it is built anew when the settings changed."""
    need_a_terminal()
    secrets = None
    while True:
        place = open_premises(given.shop, clock=clock, read_only=given.read_only, secrets=secrets)
        secrets = place.secrets
        with logging_to(place.paths.log, secrets):
            kind = SetUpFirst if set_up else CartdeskApp
            app = kind(
                place.desk(),
                clock=clock,
                setup=place.setup(),
                theme=place.settings.screen.theme,
                known=secrets.known,
                exports=place.paths.exports,
            )
            again = asyncio.run(app.run_async()) == RESTART
            code = ended(app, secrets)
        if not again:
            return code
        set_up = False


async def play(world: World, place: Premises) -> Exit:
    """Show the demo's desk until the person leaves."""
    known = place.secrets.known
    app = CartdeskApp(
        place.desk(),
        clock=world.clock,
        maildir=world.maildir,
        known=known,
        exports=place.paths.exports,
    )
    await app.run_async()
    return ended(app, place.secrets)


def ended(app: CartdeskApp, secrets: Secrets) -> Exit:
    """Give the exit code of the screens, and note a mistake of cartdesk's own in the log."""
    error = app._exception
    if error is None:
        return Exit.OK
    logging.getLogger("cartdesk").error("%s", crash_sentence(error, secrets.known()))
    return Exit.NOTHING


def need_a_terminal() -> None:
    """Raise Usage where no screen can be shown."""
    streams = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    if not all(s.isatty() for s in streams) or os.environ.get("TERM") == "dumb":
        raise Usage(
            "The screens need a terminal. The commands do not (see “cartdesk --help”), nor do "
            "“cartdesk setup --plain” and “cartdesk demo --headless”."
        )

"""``cartdesk setup``: on the screen, or by question and answer."""

from __future__ import annotations

import argparse
import asyncio
import os

from cartdesk.cli.exits import Exit
from cartdesk.cli.output import Out
from cartdesk.cli.wiring import logging_to, open_premises
from cartdesk.domain.ports import Clock


def set_up(given: argparse.Namespace, clock: Clock) -> Exit:
    """Run the set-up: by question and answer when that was asked for, else on the screen."""
    if not given.plain and not given.mailbox and os.environ.get("TERM") != "dumb":
        from cartdesk.cli.screens import desk

        return desk(given, clock, set_up=True)
    place = open_premises(given.shop, clock=clock, read_only=given.read_only)
    for sentence in place.paths.mended:
        Out().say(sentence)
    with logging_to(place.paths.log, place.secrets):
        if given.mailbox:
            from cartdesk.cli.mailbox import MailboxWizard

            return asyncio.run(MailboxWizard(place).run())
        from cartdesk.cli.wizard import Wizard

        return asyncio.run(Wizard(place).run())

"""Questions on a plain terminal: asked until the answer will do."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Sequence

from cartdesk.cli.commands import print_finding
from cartdesk.cli.keyboard import read_line, read_secret
from cartdesk.cli.output import Out
from cartdesk.cli.trouble import EXPECTED, explain
from cartdesk.cli.wiring import Premises
from cartdesk.desk import NotPossible
from cartdesk.domain.settings import Settings
from cartdesk.domain.views import Finding, Verdict
from cartdesk.work.setup import Setup

_LEFT = "The set-up was left; what was kept so far stays kept."


class Asker:
    """Asks, tests, keeps; what was kept stays kept when the person leaves."""

    def __init__(self, place: Premises) -> None:
        self._setup: Setup = place.setup()
        self._out = Out()

    async def passed(self, testing: Awaitable[list[Finding]]) -> bool:
        """Try what was typed and tell what was found; False when it will not do."""
        self._out.say("Testing ...")
        try:
            found = await testing
        except EXPECTED as error:
            self.tell(error)
            return False
        for finding in found:
            print_finding(finding, self._out)
        sys.stdout.flush()
        return all(finding.verdict is not Verdict.STOP for finding in found)

    async def kept(self, settings: Settings) -> bool:
        """Keep the settings; False, and said why, when they could not be."""
        try:
            await self._setup.save(settings)
        except EXPECTED as error:
            self.tell(error)
            return False
        return True

    def tell(self, error: Exception) -> None:
        """Say what an error means for the person."""
        self._out.say(explain(error)[0])


def ask(question: str, known: str = "", *, may_be_empty: bool = False) -> str:
    """Ask for a line; an empty answer means what is known. Asks again for nothing at all."""
    shown = f"{question} [{known}]" if known else question
    while True:
        line = read_line(shown if shown.endswith("?") else f"{shown}:")
        if line is None:
            raise NotPossible(_LEFT)
        if (answer := line or known) or may_be_empty:
            return answer


def ask_secret(question: str) -> str:
    """Ask for a secret without showing it; it may be empty."""
    secret = read_secret(f"{question}:")
    if secret is None:
        raise NotPossible(_LEFT)
    return secret


def agreed(question: str) -> bool:
    """Ask for yes or no; an empty answer is no."""
    return ask(f"{question} y/N", "n").casefold() in {"y", "yes"}


def choose(question: str, answers: Sequence[str] | None, known: str = "") -> str:
    """Ask until the answer is one of several (None: a port number)."""
    while True:
        answer = ask(question, known)
        if answers is None and answer.isascii() and answer.isdigit() and 0 < int(answer) < 65536:
            return answer
        if answers is not None and answer in answers:
            return answer
        Out().say(f"Answer with {', '.join(answers)}." if answers else "A port is 1 to 65535.")

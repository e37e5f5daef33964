"""Leaving the program without surprises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.traceback import Traceback

from cartdesk.adapters.redact import redact
from cartdesk.tui.dialogs import Ask
from cartdesk.tui.text import line

if TYPE_CHECKING:
    from cartdesk.tui.house import House


def fault_report(known: Iterable[str]) -> Group:
    """Say what happened to a fault nobody foresaw, and where it is in the program.

    Neither local variables are shown nor the secrets ``known``, should the fault name one.
    """
    traceback = Traceback(show_locals=False, width=100)
    for stack in traceback.trace.stacks:
        stack.exc_value = redact(stack.exc_value, known)
    return Group(
        traceback,
        "cartdesk stopped because of a fault in itself (above). No letter was lost: a letter "
        "that was held is ready again, and nothing is sent without you. Start it again; if it "
        "stops again, please report the lines above.",
    )


async def leave(app: House, *, busy: bool) -> None:
    """Leave; ask first when text is not saved or a letter held; not while one is being sent."""
    if busy or app.progress:
        app.tell("Please wait a moment: a letter is being sent.", trouble=True)
        return
    if any(getattr(screen, "unsaved", False) for screen in app.screen_stack):
        body = line("What you typed would be lost. ctrl+s keeps it.")
        if not await app.push_screen_wait(Ask("Leave without saving?", body, yes="Leave")):
            return
    held = (await app.desk.queue()).held
    many = "1 letter is" if held == 1 else f"{held} letters are"
    body = line(f"{many} held and would go back to ready. Nothing is sent after you leave.")
    if not held or await app.push_screen_wait(Ask("Quit cartdesk?", body, yes="Quit")):
        app.exit()

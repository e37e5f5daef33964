"""A test of a letter to the merchant's own address, after a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartdesk.tui.dialogs import Ask
from cartdesk.tui.letters_look import filled_in_with
from cartdesk.tui.text import line, stack

if TYPE_CHECKING:
    from cartdesk.tui.house import House
    from cartdesk.work.letters import Example


async def try_letter(
    app: House, name: str, language: str, example: Example, source: str | None = None
) -> None:
    """Ask, then send; the app does it, so that leaving the screen cannot cut it.

    Args:
        app: The app.
        name: The letter.
        language: Its language.
        example: What it is filled in with.
        source: A text that is being edited; None: the text in use.
    """
    from cartdesk.work.trying import NO_ADDRESS

    desk = app.desk.letterdesk
    address = desk.test_address()
    if not address:
        app.tell(NO_ADDRESS, trouble=True)
        return
    body = stack(
        line(("To  ", "dim"), address),
        line(f"Filled in with {filled_in_with(example, app.look)}. Its links are real."),
        line("No shopper gets it, and it counts as no reminder."),
    )
    if await app.push_screen_wait(Ask("Send a test of this letter to you?", body, yes="Send")):
        app.perform(desk.test(name, language, source, example.place))

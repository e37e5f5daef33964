"""Every command, for the palette."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from cartdesk.tui.header import SCREENS

if TYPE_CHECKING:
    from cartdesk.tui.app import CartdeskApp


def commands(app: CartdeskApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """List the keys of the screen, the screens and what belongs to the whole program."""
    for _, binding, enabled, tooltip in screen.active_bindings.values():
        if enabled and binding.show and binding.description:
            title = f"{binding.description} ({app.get_key_display(binding)})"
            yield SystemCommand(title, tooltip, partial(app.simulate_key, binding.key))
    for number, name in enumerate(SCREENS, 1):
        go = partial(app.action_show, name.lower())
        yield SystemCommand(f"Go to {name} ({number})", f"Show the {name} screen", go)
    yield SystemCommand("Change the theme", "Choose how cartdesk looks", app.action_change_theme)
    if app.setup:
        sentence = "Shop, key, mail and sender, step by step"
        yield SystemCommand("Run the set-up", sentence, app.action_set_up)

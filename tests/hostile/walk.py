"""The way through every screen and every question the program can ask."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """One screen.

    Attributes:
        name: In words.
        keys: The way to it from any screen without a question on it.
        top: The class of the screen that must then be shown.
        shows: What stands on it because somebody else wrote it; "" when nothing does.
        leave: Keys that leave it where escape alone does not.
        first: What is asked for on the way (see ``watched``).
    """

    name: str
    keys: tuple[str, ...]
    top: str
    shows: str = ""
    leave: tuple[str, ...] = ()
    first: str = ""


def letter(email: str, *keys: str) -> tuple[str, ...]:
    """Give the keys to one person's letter in the Queue."""
    return ("1", "/", f"text:{email}@", "enter", *keys)


def cart(email: str, *keys: str) -> tuple[str, ...]:
    """Give the keys to one person's cart."""
    return ("2", "/", f"text:{email}@", "enter", "enter", *keys)


_SAID = "[@click=app.quit]No"
LETTERS = (
    Stop("queue, paused", ("1",), "QueueScreen", _SAID),
    Stop("filter", ("1", "/", "text:[@click"), "QueueScreen", "[@click"),
    Stop("a refused letter", letter("shopper4", "enter"), "ReviewScreen", "550 5.1.1 "),
    Stop("a letter put off", letter("shopper5", "enter"), "ReviewScreen", "450 4.2.1 "),
    Stop("a letter kept by a pause", letter("shopper7", "enter"), "ReviewScreen", _SAID),
    Stop("unsure", letter("shopper6", "a"), "UnsureDialog", "[@click=app.quit]x[/]"),
    Stop("preview", letter("shopper12", "p"), "PreviewScreen"),
    Stop("preview, headers", letter("shopper8", "p", "right"), "PreviewScreen", "[@click"),
    Stop("preview, source", letter("shopper8", "p", "right", "right"), "PreviewScreen"),
    Stop("why", letter("shopper8", "i"), "Explain", "[@click"),
    Stop("edit", letter("shopper8", "e"), "EditScreen", "[@click"),
    Stop("edit, fields", letter("shopper8", "e", "f2"), "Choose"),
    Stop("edit, leave", letter("shopper8", "e", "text:x", "escape"), "Ask", leave=("y",)),
    Stop("later", letter("shopper8", "z"), "Choose", "[@click"),
    Stop("no contact", letter("shopper8", "d"), "Ask", "[@click"),
    Stop("second key", letter("shopper0", "a"), "Ask"),
    Stop("send now", letter("shopper8", "S"), "Ask", "[@click"),
    Stop("web", letter("shopper8", "w"), "Ask"),
    Stop("goes on", ("1", "c"), "QueueScreen"),
    Stop("approve all", ("1", "A"), "Ask"),
    Stop("approve marked", ("1", "x", "x", "x", "x", "x", "x", "x", "x", "a"), "Ask"),
    Stop("approved", letter("shopper8", "a"), "QueueScreen", "[@click"),
    Stop("quit", ("ctrl+q",), "Ask", leave=("n",)),
    Stop("undone", ("1", "u"), "QueueScreen", "[@click"),
)
OTHERS = (
    Stop("carts", ("2",), "CartsScreen", "[@click"),
    Stop("filter of carts", ("2", "/", "text:state:[@click"), "CartsScreen"),
    Stop("kept apart", ("2", "/", "text:state:junk", "enter"), "CartsScreen", "[@click"),
    Stop("let back", ("2", "/", "text:state:junk", "enter", "b"), "CartsScreen"),
    Stop("cart, answered", cart("shopper2"), "CartScreen", "[@click"),
    Stop("cart, came back", cart("shopper3"), "CartScreen"),
    Stop("cart, its letter", cart("shopper2", "p"), "PreviewScreen"),
    Stop("cart, why", cart("shopper3", "i"), "Explain"),
    Stop("cart, no contact", cart("shopper8", "d"), "Ask"),
    Stop("feedback", ("3",), "FeedbackScreen", "[@click"),
    Stop("feedback, next", ("3", "j", "j"), "FeedbackScreen"),
    Stop("metrics", ("4",), "MetricsScreen"),
    Stop("metrics, currency", ("4", "c"), "MetricsScreen"),
    Stop("metrics, how", ("4", "i"), "Explain"),
    Stop("letters", ("5",), "LettersScreen"),
    Stop("settings", ("6",), "SettingsScreen"),
    Stop("themes", ("6", "t"), "CommandPalette"),
    Stop("help", ("1", "?"), "HelpCard"),
    Stop("help, search", ("1", "?", "text:[@click"), "HelpCard"),
    Stop("palette", ("1", "ctrl+p"), "CommandPalette"),
    Stop("palette, search", ("1", "ctrl+p", "text:[@click=app.quit]"), "CommandPalette"),
    Stop("trouble", ("1", "r"), "QueueScreen", _SAID, first="shop broken"),
    Stop("what is wrong", ("1", "!"), "Explain", _SAID),
    Stop("doctor, trouble", ("6", "c"), "Explain"),
    Stop("set-up, trouble", ("6", "s", "f2"), "SetupScreen", _SAID),
    Stop("doctor", ("6", "c"), "Explain", first="shop mended"),
)

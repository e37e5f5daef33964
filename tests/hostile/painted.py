"""What a terminal was told: control sequences by their shape, and characters that show nothing."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator

_SEQUENCE = re.compile(
    r"\x1b\[(?P<csi>[0-?]*[ -/]*[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<string>[PX^_][^\x1b]*)(?:\x1b\\)"
    r"|\x1b(?P<short>[ -/]*[0-~])"
    r"|(?P<stray>\x1b)"
)
_COLOUR = re.compile(r"\b([34]8);(?:2;\d+;\d+;\d+|5;\d+)")
_CLIPBOARD = re.compile(r"52;c;([A-Za-z0-9+/]+=*)")
# Why Textual itself sends an operating system command (OSC), and which.
_OSC = {
    re.compile(r"22;[a-z-]+"): "the pointer's shape over a widget (App._set_pointer_shape)",
    _CLIPBOARD: "what a person copied with a key (App.copy_to_clipboard); counted by the test",
}
_SHOWN = frozenset("\u200d")  # joins the parts of one emoji
_NEVER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def shapes(painted: bytes) -> set[str]:
    """Give every kind of control sequence and control character, colours and places left out."""
    text = painted.decode("utf-8", "backslashreplace")
    found = {_shape(match) for match in _SEQUENCE.finditer(text)}
    return {each for each in found if each} | {
        f"U+{ord(char):04X}" for char in set(_SEQUENCE.sub("", text)) if is_control(char)
    }


def is_control(char: str) -> bool:
    """Tell whether a character shows nothing by itself: controls, directions, zero width."""
    return unicodedata.category(char) in _NEVER and char not in _SHOWN


def commands(painted: bytes) -> list[str]:
    """Give every operating system command that is not on the list."""
    text = painted.decode("utf-8", "backslashreplace")
    return [each for each in _commands(text) if not any(kind.fullmatch(each) for kind in _OSC)]


def copied(painted: bytes) -> list[str]:
    """Give every text that was put into the clipboard."""
    text = painted.decode("utf-8", "backslashreplace")
    found = (_CLIPBOARD.fullmatch(each) for each in _commands(text))
    return [base64.b64decode(each[1]).decode() for each in found if each]


def _commands(text: str) -> Iterator[str]:
    return (match["osc"] for match in _SEQUENCE.finditer(text) if match["osc"] is not None)


def _shape(match: re.Match[str]) -> str:
    if match["osc"] is not None:
        return ""  # judged one by one
    if match["string"] is not None:
        return f"ESC {match['string'][0]} ..."
    if match["csi"] is None:
        return f"ESC {match['short'] or 'alone'}"
    body = match["csi"]
    if body.endswith("m") and body[0] not in "<=>?":
        return f"CSI {_COLOUR.sub(_attribute, body)}"
    if body[0] in "<=>?" or body[-1] in "JKtr":
        return f"CSI {body}"
    return f"CSI {body[-1]}"


def _attribute(colour: re.Match[str]) -> str:
    """Give what is coloured, but not how."""
    return colour[1]

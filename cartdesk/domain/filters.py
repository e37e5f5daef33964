"""The filter of the Carts screen: words and ``state: lane: country: min:``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cartdesk.domain.model import CartState, Lane

STATES = frozenset(state.value for state in CartState)
LANES = frozenset(lane.value for lane in Lane)


@dataclass(frozen=True, slots=True)
class CartFilter:
    """A filter, read. ``least`` is in major units; ``note`` says what was not understood."""

    words: tuple[str, ...] = ()
    state: str = ""
    lane: str = ""
    country: str = ""
    least: float | None = None
    since: datetime | None = None
    note: str = ""


def read_filter(text: str) -> CartFilter:
    """Read what the merchant typed; a part that is not understood is named, not guessed."""
    words: list[str] = []
    found: dict[str, str] = {}
    least: float | None = None
    notes: list[str] = []
    for part in text.casefold().split():
        name, colon, value = part.partition(":")
        if not colon or name not in {"state", "lane", "country", "min"}:
            words.append(part)
        elif name == "state" and value not in STATES:
            notes.append(f"there is no state {value!r}; try {_choices(STATES)}")
        elif name == "lane" and value == CartState.JUNK:
            found["state"] = value  # kept apart is a state here, whatever lane it came by
        elif name == "lane" and value not in LANES:
            notes.append(f"there is no lane {value!r}; try {_choices(LANES | {CartState.JUNK})}")
        elif name == "min":
            try:
                least = float(value.replace(",", "."))
            except ValueError:
                notes.append("min: wants a number, as in min:50")
        else:
            found[name] = value
    return CartFilter(
        words=tuple(words),
        state=found.get("state", ""),
        lane=found.get("lane", ""),
        country=found.get("country", "").upper(),
        least=least,
        note="; ".join(notes),
    )


def _choices(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))

"""The top line: screens by number with live counts, and the sync light."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from textual import events
from textual.content import Content
from textual.widget import Widget

from cartdesk.domain.views import Light, SyncStatus
from cartdesk.tui.text import BAD, CARE, GOOD, MUTED, Look, cells, fit, line, short_count

if TYPE_CHECKING:
    from cartdesk.tui.house import House

SCREENS = ("Queue", "Carts", "Feedback", "Metrics", "Letters", "Settings")


@dataclass(frozen=True, slots=True)
class HeaderView:
    """What the header shows: the screen, counts by screen name, the light, and a badge."""

    active: str
    status: SyncStatus
    counts: Mapping[str, int] = field(default_factory=dict)
    badge: str = ""


def light(status: SyncStatus, look: Look, *, brief: bool = False) -> Content:
    """Show when the shop was last asked, or why it could not be."""
    if status.light is Light.ASKING:
        progress = status.progress
        of = f" {progress.done}/{progress.total}" if progress and progress.total else ""
        return line(("◌", CARE), of if brief and of else f" asking{of}")
    if status.light is Light.OFFLINE:
        then = f"{look.clock(status.next)}" if status.next else ""
        if brief:
            return line(("▲ " + (then or "offline"), BAD))
        return line(("▲ offline" + (f", next {then}" if then else ""), BAD))
    if status.light is Light.FRESH:
        return line(("●", GOOD), f" {look.clock(status.last)}")
    return line(("○", MUTED), " –" if brief else " not asked yet")


def tabs(view: HeaderView, *, counted: bool) -> list[tuple[str, Content]]:
    """Make the numbered tabs; the active one stands in brackets and bold."""
    found: list[tuple[str, Content]] = []
    for number, name in enumerate(SCREENS, 1):
        count = view.counts.get(name, 0)
        dot = f"·{short_count(count)}" if count and (counted or name == "Queue") else ""
        if name.lower() == view.active:
            found.append((name.lower(), line((f"[{number} {name}{dot}]", "bold $primary"))))
        else:
            found.append((name.lower(), line((f" {number}", MUTED), f" {name}{dot} ")))
    return found


class HeaderBar(Widget):
    """The header; a click on a tab goes there, a click on the light asks the shop."""

    DEFAULT_CSS = "HeaderBar { dock: top; width: 100%; height: 1; background: $panel; }"

    def __init__(self, active: str) -> None:
        super().__init__()
        self._active = active
        self._hits: list[tuple[int, int, str]] = []

    @property
    def _house(self) -> House:
        return cast("House", self.app)

    def render(self) -> Content:
        """Fit the header to the width: the brand gives way first, then the counts."""
        house, width = self._house, self.size.width
        view, look = house.header_view(self._active), house.look
        brands = [line((f" cartdesk {view.badge}".rstrip() + " ", "bold"))]
        brands += [line((f" {view.badge} ", CARE))] if view.badge else []
        brands += [line("")]
        choices = [
            (brand, counted, brief)
            for brief in (False, True)
            for counted in (True, False)
            for brand in brands
        ]
        for brand, counted, brief in choices:
            shown, right = tabs(view, counted=counted), light(view.status, look, brief=brief)
            used = brand.cell_length + sum(tab.cell_length for _, tab in shown)
            if used + right.cell_length + 1 <= width:
                break
        self._hits, x = [], brand.cell_length
        for name, tab in shown:
            self._hits.append((x, x + tab.cell_length, f"show('{name}')"))
            x += tab.cell_length
        gap = max(0, width - x - right.cell_length - 1)
        self._hits.append((x + gap, width, "ask"))
        return line(brand, *(tab for _, tab in shown), " " * gap, right)

    async def on_click(self, event: events.Click) -> None:
        """Do what the key of the clicked part does."""
        for left, right, action in self._hits:
            if left <= event.x < right:
                await self.app.run_action(action)


class ProblemLine(Widget):
    """Below the header: the first sentence of why the shop cannot be asked; else nothing."""

    DEFAULT_CSS = """
    ProblemLine { dock: top; margin-top: 1; width: 100%; height: 1;
        padding: 0 1; background: $error 15%; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._problem = ""

    def show(self, status: SyncStatus) -> None:
        """Show or hide the line."""
        self._problem = status.problem
        self.display = bool(status.problem) and status.light is not Light.ASKING
        self.refresh()

    def render(self) -> Content:
        """Fit the sentence to the width, beside the keys for the rest."""
        hint = "  ! says more · r asks again"
        room = self.content_size.width - 2 - cells(hint)
        sentence = first_sentence(self._problem)
        shown = fit(sentence, room) if cells(sentence) > room else sentence
        return line(("▲ ", BAD), shown, (hint, MUTED))


def first_sentence(text: str) -> str:
    """Give the first sentence of a text."""
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def problem_pairs(status: SyncStatus) -> list[tuple[str, Content]]:
    """Write the whole problem and what mends it; nothing when there is none."""
    if not status.problem:
        return []
    mend = [("", line(f"→ {status.mend}"))] if status.mend else []
    return [("Problem", line((status.problem, BAD))), *mend]

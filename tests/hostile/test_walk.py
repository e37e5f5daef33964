"""Somebody else's words on every screen of a real terminal, clicked everywhere: nothing happens."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.hostile.painted import commands, copied, shapes
from tests.hostile.session import Look, Session, programs_run, session
from tests.hostile.walk import LETTERS, OTHERS, Stop, letter

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are Unix's")
NARROW, WIDE = (80, 24), (120, 40)
Place = tuple[int, int]
_SCROLLS = {"action grab", "action scroll_up", "action scroll_down"}  # Textual's scroll bars
_FILTERS = 0.25  # seconds after which typed words filter a list


class Walk:
    """A walk through the screens."""

    def __init__(self, terminal: Session, directory: Path, *, harmless: bool = False) -> None:
        self._terminal, self._directory, self._harmless = terminal, directory, harmless
        self.clicks = 0
        terminal.look()  # before the screens are there a terminal echoes what is typed

    def go(self, stop: Stop) -> Look:
        """Leave what is open and go to a screen."""
        self._home()
        if stop.first:
            what, how = stop.first.split()
            self._terminal.look(**{what: how})
        for key in stop.keys:
            self._terminal.press(key)
            if not key.isdigit():
                self._terminal.look(briefly=True)  # what is typed next goes where the focus is then
            if key.startswith("text:"):
                time.sleep(_FILTERS)
        late = time.monotonic() + 10
        while True:
            found = self._terminal.look(cells=not self._harmless)
            there = found.screens[-1] == stop.top
            if there and (self._harmless or stop.shows in _flat(found)):
                return found
            assert time.monotonic() < late, f"{stop.name}: {found.screens}\n{found.text}"

    def leave(self, stop: Stop) -> None:
        """Press what leaves a screen that does not close by escape."""
        self._terminal.press(*stop.leave)

    def _home(self) -> None:
        for _ in range(6):
            self._terminal.press("escape")
            found = self._terminal.look(briefly=True)
            if len(found.screens) == 1:
                self._terminal.press("escape", "escape")  # marks and filter words
                self._terminal.look(briefly=True)
                return
        raise AssertionError(f"a screen stays: {found.screens}")

    def click_everywhere(self, stop: Stop, before: Look, step: int) -> None:
        """Click on a grid of cells; every action, letter, mail and program stays as it was."""
        run = programs_run(self._directory)
        assert before.armed == [], f"{stop.name}: {before.armed}"
        self._terminal.look(opens=False, briefly=True)
        places = list(_places(before.cells, step)) + list(_marked(before))
        self._terminal.click(places)
        self.clicks += len(places)
        after = self._terminal.look(opens=False)
        deeds = [deed for deed in after.deeds if deed not in _SCROLLS]
        assert deeds == [], f"{stop.name}: {deeds}"
        assert after.screens == before.screens, f"{stop.name}: {after.screens}\n{after.text}"
        assert after.letters == before.letters, stop.name
        assert after.wire == before.wire, f"{stop.name}: something was sent"
        assert programs_run(self._directory) == run, stop.name


def _flat(look: Look) -> str:
    return " ".join((look.text + " " + " ".join(look.toasts)).split())


def _places(cells: list[str], step: int) -> Iterator[Place]:
    """Give every ``step``-th cell of every row that is not there to be clicked."""
    for y, row in enumerate(cells):
        yield from ((x, y) for x in range(y % step, len(row), step) if row[x] == ".")


def _marked(look: Look) -> Iterator[Place]:
    """Give the cells behind each bracket: what stands there would be the text of a link."""
    for y, row in enumerate(look.text.split("\n")):
        for x, char in enumerate(row[: len(look.cells[y])]):
            behind = min(x + 18, len(look.cells[y]) - 1)
            if char == "[" and look.cells[y][behind] == ".":
                yield behind, y


@pytest.mark.parametrize("stops", [LETTERS, OTHERS], ids=["letters", "others"])
def test_no_words_of_others_act_or_reach_the_terminal(
    tmp_path: Path, examples: int, stops: Sequence[Stop]
) -> None:
    """Long, by ``--examples``: every cell of every fourth column, and a wide screen too."""
    usual = _harmless(tmp_path / "harmless", stops)
    for size in (NARROW, WIDE) if examples else (NARROW,):
        directory = tmp_path / f"{size[0]}"
        with session(directory, "hostile", size) as terminal:
            walk = Walk(terminal, directory)
            for stop in stops:
                walk.click_everywhere(stop, walk.go(stop), 4 if examples else 16)
                walk.leave(stop)
            painted = terminal.painted
            assert walk.clicks > 70 * len(stops)
            assert programs_run(directory) == []
            assert not commands(painted) and not copied(painted)
            assert shapes(painted) - usual == set()
            _asks(walk, terminal, directory)


def _harmless(directory: Path, stops: Sequence[Stop]) -> set[str]:
    """Give the kinds of control sequences on a way where nobody means harm.

    At its end a screen that falls for every trick is shown: the test would tell.
    """
    with session(directory, "harmless", NARROW) as terminal:
        walk = Walk(terminal, directory, harmless=True)
        for stop in stops:
            walk.go(stop)
            walk.leave(stop)
        usual = shapes(terminal.painted)
        assert not commands(terminal.painted) and not copied(terminal.painted)
        terminal.look(show="fooled")
        fooled = terminal.look(cells=True)
        assert len(fooled.armed) == 2
        terminal.click([(1, 0)])
        assert terminal.look().deeds == ["action app.bell"]
        found = shapes(terminal.painted) - usual
        assert {"U+009B", "U+202E"} <= found
        assert any(each.startswith("CSI 5") for each in found)
    return usual


def _asks(walk: Walk, terminal: Session, directory: Path) -> None:
    """What a person asks for is done: a browser gets the shop's link, the editor a file."""
    shop = terminal.look().shop
    walk.go(Stop("web", letter("shopper9", "w", "y"), "QueueScreen"))
    walk.go(Stop("copy", letter("shopper9", "y"), "QueueScreen"))
    walk.go(Stop("editor", letter("shopper9", "e", "f4"), "EditScreen"))
    terminal.look()
    run = programs_run(directory)
    assert copied(terminal.painted) == ["shopper9@example.org"]
    assert not commands(terminal.painted)
    assert [each.split(" ")[0] for each in run] == ["xdg-open", "editor"]
    assert run[0].startswith(f"xdg-open {shop}/checkout/order-pay/")

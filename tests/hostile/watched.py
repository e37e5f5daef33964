"""The program on a terminal of its own, and somebody beside it who writes down what it does.

``python -m tests.hostile.watched DIRECTORY KIND SOCKET`` runs the screens over a home in bad
hands (KIND "hostile"), over the same home in good hands ("harmless"), or a screen that falls
for every trick ("fooled"), to see that the tests would tell. The number of an open socket
leads to the test: it asks in JSON, a line each, and is answered so.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections import deque
from pathlib import Path
from typing import Any, cast

import textual._wait
from textual import events
from textual.actions import ActionParseResult
from textual.app import ComposeResult
from textual.dom import DOMNode
from textual.errors import NoWidget
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from cartdesk.demo.web import Request, Response
from cartdesk.tui.app import CartdeskApp
from cartdesk.tui.rows import RowList
from tests.adapters.mail.faulty_smtp import Fault
from tests.hostile.evil_home import Home, hostile_home
from tests.hostile.tricks import SAID
from tests.tui.screens import settled, text_of

# What is there to be clicked: a click on it is as good as its key. None of it shows others' words.
_FOR_CLICKS = frozenset(
    {"KeyBar", "HeaderBar", "Button", "RadioButton", "Tabs", "CommandList", "ScrollBar"}
)
_CHOICES = frozenset({"OptionList"})  # and a list of answers, but not the lists of the screens
_LIST = "RowList"
_CLOSED_BY_A_CLICK = "CommandPalette"  # beside it


class Fooled(Screen[None]):
    """A screen that shows names as a careless program would."""

    def compose(self) -> ComposeResult:
        """Give markup where text belongs."""
        yield Static("[@click=app.bell]Anna[/] [link='https://evil.example']Ben[/link]")
        yield Static("\x1b]52;c;cHduZWQ=\x1b\\Cleo\x9b2J\u202e\x1b[5m", markup=False)


class Watched(CartdeskApp):
    """The app, with every action written down."""

    def __init__(self, home: Home, line: socket.socket) -> None:
        place = home.place
        super().__init__(place.desk(), clock=place.clock, setup=place.setup())
        self.home = home
        self.heard = 0
        self.opens = True  # whether a click on the row under the cursor opens it, as it does
        self.deeds: list[str] = []
        self._hearing = asyncio.Event()
        self._line = line
        self._beside: asyncio.Task[None] | None = None

    def on_ready(self) -> None:
        """Let the one beside begin; made here, its task knows the app as Textual wants it."""
        self._beside = asyncio.create_task(Beside(self).serve(self._line))

    async def on_event(self, event: events.Event) -> None:
        """Count what was typed and clicked, once it was handed on."""
        counts = isinstance(event, events.Key | events.MouseUp) and not event.is_forwarded
        await super().on_event(event)
        if counts:
            self.heard += 1
            self._hearing.set()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Any = None,
    ) -> bool:
        """Write the action down and run it."""
        self.deeds.append(f"action {action}")
        return await super().run_action(action, default_namespace, namespaces)

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Write down that a link was followed."""
        self.deeds.append(f"link {url}")

    def copy_to_clipboard(self, text: str) -> None:
        """Write down that the clipboard was written to."""
        self.deeds.append("clipboard")
        super().copy_to_clipboard(text)

    async def hear(self, count: int) -> None:
        """Wait until so many keys and clicks were heard since the start."""
        while self.heard < count:
            self._hearing.clear()
            await asyncio.wait_for(self._hearing.wait(), 15)


class Beside:
    """Answers the test."""

    def __init__(self, app: Watched) -> None:
        self._app = app
        self._pilot: Pilot[str] = Pilot(app)

    async def serve(self, line: socket.socket) -> None:
        """Answer until nobody asks any more."""
        reader, writer = await asyncio.open_connection(sock=line)
        await self._app.started.wait()
        while question := await reader.readline():
            answer = await self._answer(json.loads(question))
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        app = self._app
        self._obey(question)
        app.opens = question.get("opens", True)
        if question.get("show") == "fooled":
            await app.push_screen(Fooled())
        try:
            await app.hear(question["heard"])
        except TimeoutError:
            return {"late": f"heard {app.heard} of {question['heard']}", "text": self._text()}
        try:
            await asyncio.wait_for(settled(self._pilot), 10)
        except TimeoutError:
            still = [str(each) for each in app.workers if not each.is_finished]
            return {"late": f"still at work: {still}", "text": self._text()}
        found: dict[str, Any] = {"screens": [type(each).__name__ for each in app.screen_stack]}
        if question.get("briefly"):
            return found
        found |= {
            "deeds": app.deeds,
            "text": self._text(),
            "toasts": [toast.message for toast in app._notifications],
            "letters": await self._letters(),
            "wire": len(app.home.smtp.verbs),
            "secrets": [app.home.world.key, app.home.world.secret],
            "shop": app.home.world.address,
        }
        app.deeds = []
        if question.get("cells"):
            found |= {"cells": self._cells(), "armed": self._armed()}
        return found

    def _obey(self, question: dict[str, Any]) -> None:
        """Let the shop fail or work again, or the mail server refuse the next login."""
        home = self._app.home
        faults = home.world.store.faults
        if question.get("shop") == "broken":
            faults.append(_failing)
        elif question.get("shop") == "mended":
            faults.remove(_failing)
        if question.get("mail") == "broken":
            said = b"535 5.7.8 " + SAID.encode() + b"\r\n"
            home.smtp.faults = {"auth": deque([Fault(said)] * 3)}

    def _text(self) -> str:
        return text_of(self._pilot)

    async def _letters(self) -> dict[str, str]:
        items = (await self._app.desk.queue()).items
        return {str(item.reminder.id): item.reminder.state.value for item in items}

    def _cells(self) -> list[str]:
        """Give a sign for each cell: "." others' words may stand there, "#" it is for clicking."""
        width, height = self._app.size
        rows = ["".join(self._cell(x, y) for x in range(width)) for y in range(height - 2)]
        return [*rows, "#" * width, "#" * width]  # the key bar, which takes one row or two

    def _cell(self, x: int, y: int) -> str:
        try:
            widget, _ = self._app.screen.get_widget_at(x, y)
        except NoWidget:
            return "#"
        kinds = {kind.__name__ for each in widget.ancestors_with_self for kind in type(each).mro()}
        if type(widget).__name__ == _CLOSED_BY_A_CLICK:
            return "#"
        ours = _FOR_CLICKS | (set() if _LIST in kinds else _CHOICES)
        return "." if kinds.isdisjoint(ours) else "#"

    def _armed(self) -> list[str]:
        """Give what stands on the screen and would do something of its own when clicked."""
        strips = self._app.screen._compositor.render_strips(self._app.size)
        return [
            segment.text
            for strip in strips
            for segment in strip
            if segment.style and (segment.style.link or "@click" in segment.style.meta)
        ]


def _failing(_request: Request, _answer: Response) -> Response:
    told = {"code": "rest_disabled", "message": SAID}  # an answer that is not asked for again
    return Response(403, json.dumps(told).encode(), {"Content-Type": "application/json"})


async def show(directory: Path, kind: str, line: socket.socket) -> None:
    """Run the screens until they are left."""
    opening = RowList.action_select

    def open_row(rows: RowList) -> None:
        """Open a row; not while the test clicks everywhere, or it would soon click elsewhere."""
        if cast("Watched", rows.app).opens:
            opening(rows)

    RowList.action_select = open_row  # type: ignore[method-assign,assignment]
    textual._wait.SLEEP_GRANULARITY = 0.002  # look for idleness more often
    async with hostile_home(directory, harmless=kind == "harmless") as home:
        await Watched(home, line).run_async()
    os.write(2, b"\r\nleft\r\n")


if __name__ == "__main__":
    given = socket.socket(fileno=int(sys.argv[3]))
    asyncio.run(show(Path(sys.argv[1]), sys.argv[2], given))

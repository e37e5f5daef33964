"""What goes on by itself: the start, a tick a second, one poll at a time, the counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cartdesk.desk import NotPossible
from cartdesk.domain.ports import StoreError
from cartdesk.domain.views import Light

if TYPE_CHECKING:
    from cartdesk.tui.house import House


class Rounds:
    """Runs the desk's own work beside the screens; no letter leaves but by ``Desk.tick``."""

    def __init__(self, app: House) -> None:
        self._app = app
        self._asked_at: datetime | None = None
        self._asking = self._ticking = False

    async def start(self) -> None:
        """Start the desk and paint from the ledger; the first tick asks the shop."""
        app = self._app
        await app.attempt(app.desk.start())
        app.shop = await app.attempt(app.desk.shop()) or app.shop
        app.started.set()
        if untold := [one for one in app.desk.notices if one != app.desk.status().problem]:
            app.tell(" ".join(untold), trouble=True)
        app.publish("start")
        if app.setup and not app.desk.settings.shop.address:
            await app.run_action("set_up")
        elif app.setup and app.ASKS_SECRETS:
            app.action_secrets()

    def second(self) -> None:
        """Once a second: letters become due or leave, and the shop is asked when it is time."""
        app = self._app
        if not app.started.is_set():
            return
        if not self._ticking:
            self._ticking = True
            app.run_worker(self._tick(), group="tick")
        if self._poll_is_due():
            self.poll()

    async def _tick(self) -> None:
        app = self._app
        try:
            report = await app.attempt(app.desk.tick(app.report))
        finally:
            self._ticking = False
        if report is not None:
            app.tell(report.sentence)
            app.report(None)
            app.publish("tick")

    def _poll_is_due(self) -> bool:
        app = self._app
        status, now = app.desk.status(), app.clock.now()
        if self._asking or status.light is Light.ASKING or not app.desk.settings.shop.address:
            return False
        every = timedelta(minutes=app.desk.settings.sync.every_minutes)
        due = status.next or (self._asked_at + every if self._asked_at else now)
        return now >= due

    def poll(self, *, asked: bool = False) -> None:
        """Ask the shop for what changed, unless it is being asked already."""
        if self._asking:
            return
        self._asking, self._asked_at = True, self._app.clock.now()
        self._app.run_worker(self._poll(asked), group="poll")

    async def _poll(self, asked: bool) -> None:
        app = self._app
        first = app.desk.status().last is None
        try:
            report = await app.desk.poll(
                app.report if first else lambda _: app.report(app.progress)
            )
        except StoreError as error:  # the sync light and the line below the header keep saying it
            if asked:
                app.tell(str(error), trouble=True)
        except NotPossible as error:
            app.tell(str(error), trouble=True)
        else:
            app.shop = await app.attempt(app.desk.shop()) or app.shop
            if asked or report.due:
                app.tell(report.sentence)
        finally:
            self._asking = False
        if first:
            app.report(None)
        app.publish("poll")

    async def count(self) -> None:
        """Read the counts of the header."""
        app = self._app
        queue = await app.attempt(app.desk.queue())
        carts = await app.attempt(app.desk.carts(limit=1))
        pieces = await app.attempt(app.desk.feedback.page(limit=1))
        app.counts = {
            "Queue": len(queue.items) - queue.held_out if queue else 0,
            "Carts": carts.total if carts else 0,
            "Feedback": pieces.new + pieces.waiting if pieces else 0,
        }
        app.show_status()

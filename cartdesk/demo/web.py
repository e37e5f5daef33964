"""A small HTTP/1.1 server on asyncio streams: keep-alive, HEAD, and answers that go wrong."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self
from urllib.parse import parse_qsl, unquote

_HEAD_LIMIT = 64 * 1024
_BODY_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower case; ``raw_path`` is as it came, still quoted."""

    method: str
    raw_path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    secure: bool = False

    @property
    def path(self) -> str:
        """The path with its percent signs resolved."""
        return unquote(self.raw_path)

    @classmethod
    def of(cls, target: str, method: str = "GET") -> Self:
        """Make a request for a path and query, as a browser would ask for it."""
        raw_path, _, query = target.partition("?")
        return cls(method, raw_path, tuple(parse_qsl(query, keep_blank_values=True)))


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. ``delay`` (seconds) and ``cut`` (bytes of the body sent) make it go wrong."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None


class WebServer:
    """Serves a handler on a port of 127.0.0.1 until it is stopped."""

    def __init__(
        self, handler: Callable[[Request], Response], tls: ssl.SSLContext | None = None
    ) -> None:
        self._handler = handler
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> int:
        """Listen on ``port`` (0: a free one) and give its number."""
        self._server = await asyncio.start_server(
            self._connection, "127.0.0.1", port, limit=_HEAD_LIMIT, ssl=self._tls
        )
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def stop(self) -> None:
        """Stop listening and end every open connection."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a connection always runs in a task
        self._open.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the visitor went away, spoke no HTTP, or the server stops
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection is to be closed."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, sign, value in (line.partition(":") for line in lines)
            if sign
        }
        length = int(headers.get("content-length", "0"))
        if not 0 <= length <= _BODY_LIMIT:
            return False
        body = await reader.readexactly(length)
        raw_path, _, query = target.partition("?")
        pairs = tuple(parse_qsl(query, keep_blank_values=True))
        secure = self._tls is not None
        answer = self._handler(Request(method, raw_path, pairs, headers, body, secure))
        if answer.delay:
            await asyncio.sleep(answer.delay)
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        writer.write(_head(answer, keep and answer.cut is None))
        if method != "HEAD":
            writer.write(answer.body if answer.cut is None else answer.body[: answer.cut])
        await writer.drain()
        return keep and answer.cut is None


def _head(answer: Response, keep: bool) -> bytes:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"Content-Length: {len(answer.body)}"]
    lines += [f"Connection: {'keep-alive' if keep else 'close'}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

"""HTTP to one shop by httpx: keys, limits and retries; every failure is a StoreError."""

from __future__ import annotations

import asyncio
import base64
import logging
import random
import secrets
import ssl
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import cartdesk
from cartdesk.adapters.shop import answers, oauth, unreachable
from cartdesk.adapters.shop.address import Address
from cartdesk.adapters.shop.answers import Answer
from cartdesk.domain.ports import Clock, StoreError

if TYPE_CHECKING:
    import httpx

Read = TypeVar("Read")
_AGAIN = frozenset(
    {"broken-off", "refused", "dns", "timeout", "server-error", "php-fatal", "not-json"}
)
_HIDDEN = "***"
_AGENT = f"cartdesk/{cartdesk.__version__}"
_SHORTEST_KEY = 8
_CLOCKS_DIFFER = 300  # seconds; WooCommerce refuses 900


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much: seconds, and bytes of a decoded body.

    ``total`` bounds one request with its answer, however slowly it drips; no try begins after
    that much time was spent on the earlier ones.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 60.0
    body: int = 16_000_000
    at_once: int = 4
    pauses: tuple[float, ...] = (2.0, 8.0)


class Connection:
    """Asks one shop, never any other: a redirect is not followed.

    Over https the keys go into the Authorization header. Plain http is only spoken to this
    computer and development names; there every request is signed instead (OAuth 1.0a). The
    consumer secret is never part of an address.
    """

    def __init__(
        self,
        address: Address,
        key: str,
        secret: str,
        *,
        clock: Clock,
        ca_file: str = "",
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.address = address
        self._key, self._secret = key.strip(), secret.strip()
        self._pair = base64.b64encode(f"{self._key}:{self._secret}".encode()).decode()
        self._clock = clock
        self._ca_file = ca_file
        self._limits = limits or Limits()
        self._sleep = sleep
        self._free = asyncio.Semaphore(self._limits.at_once)
        self._opening = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None
        self._ahead = 0.0  # seconds the shop's clock is ahead of ours

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        read: Callable[[Answer], Read],
        *,
        keys: bool = True,
    ) -> Read:
        """Ask for ``path`` under ``/wp-json/``; tried again where that may help.

        Args:
            path: For example ``wc/v3/orders``.
            query: Its parameters.
            read: Makes sense of a success, or raises StoreError.
            keys: Whether the keys go along; the index of a site needs none.

        Raises:
            StoreError: There was no success (2xx), or ``read`` could not read it.
        """
        now = asyncio.get_running_loop().time
        began = now()
        pauses = iter(self._limits.pauses)
        identity = False
        while True:
            try:
                return read(await self._signed("GET", path, query, keys=keys, identity=identity))
            except StoreError as error:
                pause = next(pauses, None)
                late = now() - began >= self._limits.total
                if pause is None or late or not _worth_again(error):
                    raise
                identity = True  # a damaged gzip stream is the one fault this heals
            await self._sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - only jitter

    async def post(self, path: str, body: bytes) -> Answer:
        """Send a JSON body once, never again.

        Raises:
            StoreError: There was no success (2xx).
        """
        return await self._signed("POST", path, {}, body=body)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _signed(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        *,
        body: bytes = b"",
        keys: bool = True,
        identity: bool = False,
    ) -> Answer:
        """One request; a second one when a signature failed only by its time.

        Either the clocks differ, or the computer slept between the signature and the answer.
        """
        asked = f"{method} /wp-json/{path}"
        for _ in range(2):
            signed = self._clock.now()
            parameters, headers = self._credentials(method, path, query) if keys else (query, {})
            headers = {**headers, "Accept-Encoding": "identity" if identity else "gzip"}
            answer = await self._request(method, path, parameters, headers, body)
            if 200 <= answer.status < 300:
                return answer
            if answer.status != 401 or self.address.secure:
                break
            slept = (self._clock.now() - signed).total_seconds() > _CLOCKS_DIFFER
            if not self._clock_moved(answer) and not slept:
                break
        raise answers.refusal(self.address, asked, answer, self._clock.now())

    def _credentials(
        self, method: str, path: str, query: Mapping[str, str]
    ) -> tuple[Mapping[str, str], dict[str, str]]:
        if self.address.secure:
            return query, {"Authorization": f"Basic {self._pair}"}
        signed = oauth.sign(
            method,
            self._url(path),
            query,
            key=self._key,
            secret=self._secret,
            nonce=secrets.token_hex(16),
            timestamp=int(self._clock.now().timestamp() + self._ahead),
        )
        return signed, {}

    def _clock_moved(self, answer: Answer) -> bool:
        time = answer.server_time
        if time is None:
            return False
        ahead = (time - self._clock.now()).total_seconds()
        moved = abs(ahead - self._ahead) > _CLOCKS_DIFFER
        self._ahead = ahead if moved else self._ahead
        return moved

    def _url(self, path: str) -> str:
        return f"{self.address.base}/wp-json/{path}"

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        client = await self._opened()
        url = self._url(path)
        if query:
            url += "?" + oauth.query_string(query)
        headers = {
            **headers,
            "Accept": "application/json",
            "User-Agent": _AGENT,
        }
        if body:
            headers["Content-Type"] = "application/json"
        with self._told():
            async with self._free, asyncio.timeout(self._limits.total):
                request = client.build_request(method, url, headers=headers, content=body or None)
                response = await client.send(request, stream=True)
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn every failure of httpx into a StoreError."""
        import httpx

        try:
            yield
        # "from None": httpx's errors hold the request, and with it the Authorization header.
        except TimeoutError:
            raise unreachable.timeout(self.address, self._limits.total) from None
        except httpx.TimeoutException as error:
            connecting = isinstance(error, (httpx.ConnectTimeout, httpx.PoolTimeout))
            seconds = self._limits.connect if connecting else self._limits.read
            raise unreachable.timeout(self.address, seconds) from None
        except (httpx.HTTPError, OSError, zlib.error) as error:
            raise unreachable.unreachable(self.address, error) from None
        except httpx.InvalidURL as error:
            raise unreachable.broken_off(self.address, str(error)) from None

    async def visit(self, link: str) -> tuple[int, str, float]:
        """Open a public page of the shop once, without keys, as a new visitor does.

        Args:
            link: A page of the shop's own origin.

        Returns:
            Its code, where it leads to when it is a redirect, and the seconds until the answer
            began. The body is not read.

        Raises:
            StoreError: There was no answer.
        """
        client = await self._opened()
        headers = {"Accept": "text/html", "User-Agent": _AGENT, "Connection": "close"}
        with self._told():
            async with self._free, asyncio.timeout(self._limits.total):
                began = perf_counter()
                request = client.build_request("GET", link, headers=headers)
                response = await client.send(request, stream=True)
                took = perf_counter() - began
                await response.aclose()
        return response.status_code, response.headers.get("location", ""), took

    async def _opened(self) -> httpx.AsyncClient:
        """Give the client; to load and make it takes so long that the loop must not wait."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(self._open)
            return self._client

    def _open(self) -> httpx.AsyncClient:
        import httpx

        for name in ("httpx", "httpcore"):  # both would write whole addresses
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.level, logging.WARNING))
        limits = self._limits
        return httpx.AsyncClient(
            verify=self._trusted(),
            timeout=httpx.Timeout(limits.read, connect=limits.connect, pool=None),
            limits=httpx.Limits(
                max_connections=limits.at_once, max_keepalive_connections=limits.at_once
            ),
            follow_redirects=False,
            trust_env=self.address.secure,  # proxies are for the way out, not for loopback
        )

    def _trusted(self) -> ssl.SSLContext:
        """Trust all that the system and httpx's own list know, and the merchant's authority."""
        import httpx

        if not self.address.secure:
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody: it is never used
        context = httpx.create_ssl_context()
        context.load_default_certs()
        try:
            if self._ca_file:
                context.load_verify_locations(Path(self._ca_file).expanduser())
        except (OSError, RuntimeError) as error:
            raise unreachable.bad_ca_file(self._ca_file, error) from None
        return context

    async def _read(self, response: httpx.Response) -> Answer:
        """Read the body, at most so many bytes, whatever a small compressed one unfolds to."""
        headers = {name.lower(): value for name, value in response.headers.items()}
        most = self._limits.body
        packed = headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip")
        unpack = zlib.decompressobj(31) if packed else None
        parts: list[bytes] = []
        size = 0
        async for raw in response.aiter_raw():
            part = unpack.decompress(raw, most + 1 - size) if unpack else raw
            size += len(part)
            if size > most:
                raise answers.too_big(self.address, most)
            parts.append(part)
        if unpack and size and not unpack.eof:
            raise unreachable.broken_off(self.address, "the compressed answer was cut off")
        return self._without_keys(Answer(response.status_code, headers, b"".join(parts)))

    def _without_keys(self, answer: Answer) -> Answer:
        """Blank the keys where a shop repeats them, as plugins left in debug mode do.

        What a shop says is quoted in sentences, kept in the ledger and logged.
        """
        headers, body = dict(answer.headers), answer.body
        for key in (self._pair, self._secret, self._key):
            if len(key) < _SHORTEST_KEY:  # no key at all: it would be found in ordinary words
                continue
            body = body.replace(key.encode(), _HIDDEN.encode())
            headers = {name: value.replace(key, _HIDDEN) for name, value in headers.items()}
        return Answer(answer.status, headers, body)


def _worth_again(error: StoreError) -> bool:
    return error.kind in _AGAIN and error.retry_after is None

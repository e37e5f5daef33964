"""API keys and who is asking, judged as WooCommerce does.

Over plain http only OAuth 1.0a (RFC 5849, HMAC-SHA1 or -SHA256) is looked at; basic
authentication and keys in the query count over https alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from cartdesk.demo.rest import RestError
from cartdesk.demo.web import Request

_WINDOW = 15 * 60  # seconds a timestamp may be off
_HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_WRONG = "Invalid signature - provided signature does not match."


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key of the shop; ``manager`` tells that its user may see orders."""

    reads: bool = True
    writes: bool = False
    manager: bool = True
    key: str = field(default_factory=lambda: f"ck_{secrets.token_hex(20)}")
    secret: str = field(default_factory=lambda: f"cs_{secrets.token_hex(20)}", repr=False)


class ApiKeys:
    """The keys of the shop, and the gate that knows them."""

    def __init__(self) -> None:
        self.read_write = ApiKey(writes=True)
        self.read_only = ApiKey()
        self.write_only = ApiKey(reads=False, writes=True)
        self.customer = ApiKey(writes=True, manager=False)
        every = (self.read_write, self.read_only, self.write_only, self.customer)
        self._by_key = {key.key: key for key in every}
        self._nonces: dict[tuple[str, str], int] = {}

    def who(self, request: Request, address: str, now: datetime) -> ApiKey | None:
        """Give the key that asks, or None for a stranger.

        ``address`` is the shop's own address, part of what OAuth signs. Raises RestError
        when the key is wrong in a way WooCommerce tells.
        """
        query = dict(request.query)
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "oauth":
            query |= _oauth_header(credentials)
        if "oauth_consumer_key" in query:
            return self._signed(request, query, address, now)
        if not request.secure:
            return None
        if "consumer_key" in query:
            return self._plain(query["consumer_key"], query.get("consumer_secret", ""))
        if scheme.lower() == "basic":
            return self._plain(*_basic(credentials))
        return None

    def _plain(self, key: str, secret: str) -> ApiKey | None:
        found = self._by_key.get(key)
        if found and not hmac.compare_digest(found.secret.encode(), secret.encode()):
            raise _refuse("Consumer secret is invalid.")
        return found

    def _signed(
        self, request: Request, query: dict[str, str], address: str, now: datetime
    ) -> ApiKey:
        found = self._by_key.get(query["oauth_consumer_key"])
        if found is None:
            raise _refuse("Consumer key is invalid.")
        digest = _HASHES.get(query.get("oauth_signature_method", ""))
        if digest is None or request.secure:
            raise _refuse(_WRONG)
        signed = "&".join(
            f"{_enc(name)}={_enc(value)}"
            for name, value in sorted(query.items(), key=lambda pair: (_enc(pair[0]), pair[1]))
            if name not in {"oauth_signature", "realm"}
        )
        base = "&".join((request.method, _enc(address + request.raw_path), _enc(signed)))
        expected = hmac.new(f"{found.secret}&".encode(), base.encode(), digest).digest()
        given = query.get("oauth_signature", "").encode()
        if not hmac.compare_digest(base64.b64encode(expected), given):
            raise _refuse(_WRONG)
        self._fresh(found.key, query, now)
        return found

    def _fresh(self, key: str, query: dict[str, str], now: datetime) -> None:
        """Refuse an old timestamp or a nonce seen before.

        A story's clock runs ahead of the real one, and either may stand in the timestamp.
        """
        stamp = query.get("oauth_timestamp", "")
        told = int(stamp) if stamp.isdecimal() else 0
        clocks = (now.timestamp(), datetime.now(UTC).timestamp())
        if all(abs(told - clock) > _WINDOW for clock in clocks):
            raise _refuse(_WRONG)
        nonce = (key, query.get("oauth_nonce", ""))
        if nonce in self._nonces:
            raise _refuse("Invalid nonce - nonce has already been used.")
        if len(self._nonces) > 10_000:
            self._nonces = {n: at for n, at in self._nonces.items() if told - at <= _WINDOW}
        self._nonces[nonce] = told


def _refuse(message: str) -> RestError:
    return RestError(401, "woocommerce_rest_authentication_error", message, early=True)


def _enc(text: str) -> str:
    return quote(text, safe="~")  # RFC 5849 section 3.6


def _oauth_header(credentials: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in credentials.split(","))
    return {unquote(name): unquote(value.strip('"')) for name, sign, value in pairs if sign}


def _basic(credentials: str) -> tuple[str, str]:
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password

"""How the tests ask a shop: OAuth 1.0a by RFC 5849, and recorded answers to compare with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from cartdesk.demo.keys import ApiKey
from cartdesk.demo.web import Request, Response

RECORDINGS = Path(__file__).parent.parent / "recordings"


def recorded(name: str) -> dict[str, Any]:
    """Give a recording: request, response and what it shows."""
    whole: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text("utf-8"))
    return whole


def signed_url(
    method: str, url: str, query: Mapping[str, object], key: ApiKey, **oauth: str
) -> str:
    """Sign a request (RFC 5849 sections 3.4 and 3.5.3) and give its whole URL."""

    def escape(text: object) -> str:
        return quote(str(text), safe="-._~")

    protocol = {
        "oauth_consumer_key": key.key,
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())),
        **oauth,
    }
    pairs = sorted((escape(k), escape(v)) for k, v in {**query, **protocol}.items())
    normalised = "&".join(f"{k}={v}" for k, v in pairs)
    base = "&".join((method, escape(url), escape(normalised)))
    mac = hmac.new(f"{key.secret}&".encode(), base.encode(), hashlib.sha256)
    signature = base64.b64encode(mac.digest()).decode()
    whole = {**query, **protocol, "oauth_signature": signature}
    return f"{url}?{urlencode(whole)}"


async def ask(
    address: str,
    path: str,
    query: Mapping[str, object] | None = None,
    key: ApiKey | None = None,
    method: str = "GET",
    **oauth: str,
) -> httpx.Response:
    """Ask a shop over real HTTP, signed when a key is given."""
    url = address + path
    asked = dict(query or {})
    target = (
        signed_url(method, url, asked, key, **oauth)
        if key
        else f"{url}?{urlencode(asked)}"
        if asked
        else url
    )
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, target)


def replay(name: str) -> Response:
    """Turn a recorded answer into one the demo shop can give."""
    answer = recorded(name)["response"]
    body = answer["body"]
    raw = body if isinstance(body, str) else json.dumps(body)
    dropped = {"content-length", "date"}
    headers = {k: v for k, v in answer["headers"].items() if k.lower() not in dropped}
    return Response(answer["status"], raw.encode(), headers)


def always(answer: Response) -> Any:
    """Make a fault that answers every REST question with one answer."""

    def fault(request: Request, normal: Response) -> Response:
        return answer if request.path.startswith("/wp-json") else normal

    return fault


def shape(value: object) -> object:
    """Give the keys and types of a JSON value; null fits any type, empty lists any list."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    return "null" if value is None else "text"


def differences(ours: object, theirs: object, where: str = "") -> list[str]:
    """Name where two shapes differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        found = [f"{where}.{key}: only in one" for key in ours.keys() ^ theirs.keys()]
        for key in ours.keys() & theirs.keys():
            found += differences(ours[key], theirs[key], f"{where}.{key}")
        return found
    if isinstance(ours, list) and isinstance(theirs, list):
        if not ours or not theirs:
            return []
        pairs = [(mine, theirs[0]) for mine in ours] + [(ours[0], one) for one in theirs]
        return [text for mine, one in pairs for text in differences(mine, one, f"{where}[]")]
    if ours == theirs or "null" in (ours, theirs):
        return []
    return [f"{where}: {ours} and {theirs}"]

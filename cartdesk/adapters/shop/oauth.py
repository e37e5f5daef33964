"""OAuth 1.0a request signing (RFC 5849, HMAC-SHA256), which WooCommerce asks for without https.

The parameters go into the query, where WooCommerce verifies them. The consumer secret only
keys the signature; it is never part of an address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def encode(text: str) -> str:
    """Percent-encode by RFC 3986: all but letters, digits and ``-._~``."""
    return quote(text, safe="-._~")


def query_string(parameters: Mapping[str, str]) -> str:
    """Join parameters to a query, encoded as :func:`sign` saw them."""
    return "&".join(f"{encode(key)}={encode(value)}" for key, value in parameters.items())


def base_string(method: str, url: str, parameters: Mapping[str, str]) -> str:
    """Give the text that is signed (RFC 5849, 3.4.1); ``url`` has no query."""
    pairs = sorted((encode(key), encode(value)) for key, value in parameters.items())
    joined = "&".join(f"{key}={value}" for key, value in pairs)
    return "&".join((method.upper(), encode(url), encode(joined)))


def signature(text: str, secret: str) -> str:
    """Sign with the consumer secret and no token secret (RFC 5849, 3.4.2)."""
    digest = hmac.new(f"{encode(secret)}&".encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def sign(
    method: str,
    url: str,
    parameters: Mapping[str, str],
    *,
    key: str,
    secret: str,
    nonce: str,
    timestamp: int,
) -> dict[str, str]:
    """Add the ``oauth_*`` parameters to those of a request.

    Args:
        method: GET, POST ...
        url: The address without a query; WooCommerce takes it from its own home address, so
            the shop must be asked by the name it knows itself by.
        parameters: The request's own parameters, not encoded.
        key: Consumer key.
        secret: Consumer secret.
        nonce: Never used before with this timestamp.
        timestamp: Unix seconds, within 15 minutes of the shop's clock.
    """
    signed = dict(parameters)
    signed["oauth_consumer_key"] = key
    signed["oauth_nonce"] = nonce
    signed["oauth_signature_method"] = "HMAC-SHA256"
    signed["oauth_timestamp"] = str(timestamp)
    signed["oauth_signature"] = signature(base_string(method, url, signed), secret)
    return signed

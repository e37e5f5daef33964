"""The shop's address as a merchant types it, made into the one place that is ever asked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cartdesk.domain.ports import StoreError
from cartdesk.domain.text import clean

_LOCAL_ENDINGS = (".localhost", ".test", ".local")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a shop lives: ``base`` is its origin plus path without a final slash."""

    base: str
    host: str
    secure: bool

    @property
    def name(self) -> str:
        """The address as it is named in sentences."""
        return self.base.partition("://")[2]


def read_address(text: str) -> Address:
    """Read a shop's address.

    Without ``http://`` or ``https://`` it means https. What follows ``/wp-admin`` or
    ``/wp-json`` is cut off, so an address copied from the browser works.

    Raises:
        StoreError: ``bad-address`` when it is no web address; ``http-forbidden`` when it is
            plain http to another computer, where anybody on the way could read the orders.
    """
    typed = text.strip()
    given = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(given)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        plain_host = host if ":" in host else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        raise _bad(typed) from None
    if parts.scheme not in ("http", "https") or parts.username or parts.password:
        raise _bad(typed)
    if not (_HOST.fullmatch(plain_host) or _is_ip(plain_host)) or clean(typed, 2000) != typed:
        raise _bad(typed)
    shown = f"[{plain_host}]" if ":" in plain_host else plain_host
    origin = f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
    path = re.split(r"/wp-(?:admin|json|login\.php)", parts.path)[0].rstrip("/")
    if " " in path:
        raise _bad(typed)
    secure = parts.scheme == "https"
    if not secure and not is_local(plain_host):
        raise StoreError(
            "http-forbidden",
            f"{clean(plain_host)} was given with http://, where the keys and your customers' "
            "data could be read on the way.",
            mend=f"Use https://{shown}{path}. If your shop has no https yet, your web host can "
            "turn it on, usually for free.",
        )
    return Address(origin + path, plain_host, secure)


def is_local(host: str) -> bool:
    """Tell whether a host is this computer or a development name (``.test``, ``.local``)."""
    if host == "localhost" or host.endswith(_LOCAL_ENDINGS):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bad(typed: str) -> StoreError:
    return StoreError(
        "bad-address",
        f'"{clean(typed, 80)}" is not the address of a shop.',
        mend="Give the address of the shop's home page, for example https://www.example.com",
    )

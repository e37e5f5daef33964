"""Until when browsers trust a shop's certificate."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cartdesk.adapters.shop import unreachable
from cartdesk.adapters.shop.address import Address


def certificate_ends(address: Address, ca_file: str, seconds: float) -> datetime | None:
    """Connect once (blocking) and give the end of the certificate; None: it does not tell.

    Raises:
        StoreError: It cannot be reached, or it shows a certificate that is not to be trusted.
    """
    context = ssl.create_default_context()
    if ca_file:
        with suppress(OSError, RuntimeError):  # then the certificate itself is refused below
            context.load_verify_locations(Path(ca_file).expanduser())
    place = address.host, urlsplit(address.base).port or 443
    try:
        with (
            socket.create_connection(place, seconds) as raw,
            context.wrap_socket(raw, server_hostname=address.host) as secured,
        ):
            ends = (secured.getpeercert() or {}).get("notAfter")
    except TimeoutError:
        raise unreachable.timeout(address, seconds) from None
    except OSError as error:
        raise unreachable.unreachable(address, error) from None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(ends)), UTC) if ends else None

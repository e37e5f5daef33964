"""Why a shop could not be reached at all, in words for the merchant."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from cartdesk.adapters.shop.address import Address
from cartdesk.domain.ports import StoreError
from cartdesk.domain.text import clean

# X509_V_ERR_* of OpenSSL
_NOT_YET_VALID = 9
_EXPIRED = 10
_WRONG_NAME = (62, 64)
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH")
_OLD_TLS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS", "HANDSHAKE_FAILURE")


def unreachable(address: Address, error: BaseException) -> StoreError:
    """Say why no answer came: by the system's own error, somewhere in the chain of causes."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _bad_certificate(address, cause)
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _bad_tls(address, cause)
        if isinstance(cause, socket.gaierror):
            return StoreError(
                "dns",
                f"No computer named {address.host} can be found.",
                mend="Check the spelling of the shop's address, and whether this computer is "
                "on the internet.",
                passing=True,
            )
        if isinstance(cause, ConnectionRefusedError):
            return StoreError(
                "refused",
                f"{address.name} takes no connections: its web server is not running.",
                mend="cartdesk asks again by itself. If it stays so, tell your web host.",
                passing=True,
            )
    return broken_off(address, str(causes[-1]) if causes else str(error))


def timeout(address: Address, seconds: float) -> StoreError:
    """Say that the shop did not answer in time."""
    return StoreError(
        "timeout",
        f"{address.name} did not answer within {seconds:.0f} seconds.",
        mend="cartdesk asks again by itself. A shop that is often this slow loses customers; "
        "your web host can tell why.",
        passing=True,
    )


def broken_off(address: Address, said: str) -> StoreError:
    """Say that the connection ended before the answer did."""
    detail = clean(said, 120)
    return StoreError(
        "broken-off",
        f"The connection to {address.name} broke off" + (f" ({detail})." if detail else "."),
        mend="Nothing was changed here. Check this computer's connection and whether the "
        "address begins with the right http:// or https://.",
        passing=True,
    )


def bad_ca_file(path: str, error: Exception) -> StoreError:
    """Say that the file with the shop's own certificate authority cannot be used."""
    return StoreError(
        "bad-ca-file",
        f"The certificate file {clean(path)} cannot be read ({clean(str(error), 100)}).",
        mend="The setting ca_file must name a PEM file, or be empty for an ordinary shop.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions


def _bad_certificate(address: Address, error: ssl.SSLCertVerificationError) -> StoreError:
    shop, code = address.host, error.verify_code
    if code in _WRONG_NAME:
        return StoreError(
            "tls-wrong-host",
            f"The certificate shown by {shop} belongs to another name, so this may not be your "
            "shop. Nothing was sent.",
            mend="Check the address (with or without www). If it is right, your web host has to "
            "renew the certificate for this name.",
        )
    if code in (_EXPIRED, _NOT_YET_VALID):
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return StoreError(
            "tls-expired",
            f"The certificate of {shop} {when}. Nothing was sent.",
            mend="Your web host renews it. If other shops fail too, this computer's clock is "
            "wrong.",
        )
    return StoreError(
        "tls-untrusted",
        f"The certificate of {shop} is not signed by anybody this computer trusts "
        f"({clean(error.verify_message, 80)}). Nothing was sent.",
        mend="Your web host can install a proper certificate, usually for free. For a shop "
        "with a certificate authority of your own, name its file in the setting ca_file.",
    )


def _bad_tls(address: Address, error: ssl.SSLError) -> StoreError:
    reason = str(error.reason or error)
    if any(word in reason for word in _NOT_TLS):
        return StoreError(
            "not-https",
            f"{address.name} does not speak https at this address.",
            mend="Check the address and the port number. A shop needs https for its customers "
            "too; your web host can turn it on.",
        )
    if any(word in reason for word in _OLD_TLS):
        return StoreError(
            "tls-version",
            f"{address.host} offers only encryption that is too old to be safe.",
            mend="Your web host has to turn on TLS 1.2 or newer.",
        )
    return broken_off(address, clean(reason, 100))

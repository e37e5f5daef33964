"""Encryption of mail connections that verifies, and why a mail server was not reached, in words."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

_CERTIFICATE = {  # OpenSSL's X509_V_ERR_... numbers
    9: "is not valid yet (is this computer's clock right?)",
    10: "has expired",
    18: "was made by the server itself, so nobody vouches for it",
    19: "comes from an authority this computer does not trust",
    20: "comes from an authority this computer does not trust",
    62: "belongs to another host name",
    64: "belongs to another address",
}


class CaFileError(OSError):
    """The merchant's own certificate authority cannot be read."""


def verifying_context(ca_file: str, setting: str) -> ssl.SSLContext:
    """Make a context that verifies host name and certificate.

    Args:
        ca_file: A file with an authority that is trusted as well; "" for none.
        setting: The name of the key it stands in, for the sentence when it cannot be used.

    Raises:
        CaFileError: The file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file).expanduser())
        except (OSError, RuntimeError) as error:
            raise CaFileError(
                f"The certificate file {ca_file} ({setting}) cannot be used: {error}."
            ) from None
    return context


def unreachable(error: BaseException, host: str, port: int, setting: str) -> str:
    """Say why a mail server was not reached, and what to do.

    Args:
        error: The system's own error.
        host: The server.
        port: Its port.
        setting: The key for an authority of one's own, such as ``mail.ca_file``.
    """
    if isinstance(error, CaFileError):
        return str(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = f"is not accepted ({error.verify_message})"
        reason = _CERTIFICATE.get(error.verify_code, unknown)
        return (
            f"The certificate of {host} {reason}. The password was not sent. Check the host "
            f"name; for an authority of your own set {setting}."
        )
    if isinstance(error, socket.gaierror):
        return f"The host name {host} was not found. Check it, and the internet connection."
    if isinstance(error, TimeoutError):
        return f"{host} gave no answer in time."
    if isinstance(error, ConnectionRefusedError):
        return f"{host} takes no connections on port {port}."
    if isinstance(error, ConnectionError):
        return f"The connection to {host} broke: {error}."
    return f"{host} cannot be reached: {error}."


def is_not_tls(error: BaseException) -> bool:
    """Tell whether a server answered the first byte of TLS with something else."""
    return isinstance(error, ssl.SSLError) and "WRONG_VERSION" in str(error)

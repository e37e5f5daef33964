"""The TLS context of the mail connection, and its errors in words."""

from __future__ import annotations

import smtplib
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


def verifying_context(ca_file: str) -> ssl.SSLContext:
    """Make a context that verifies host name and certificate; ``ca_file`` is trusted as well.

    Raises :class:`CaFileError`.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file).expanduser())
        except (OSError, RuntimeError) as error:
            raise CaFileError(
                f"The certificate file {ca_file} (mail.ca_file) cannot be used: {error}."
            ) from None
    return context


def explain(error: OSError | ValueError, host: str, port: int) -> str:
    """Say in words, and with what to do, why a connection to a mail server failed."""
    cause = error.__cause__ or error
    if isinstance(cause, CaFileError):
        return str(cause)
    if isinstance(cause, smtplib.SMTPNotSupportedError) and "AUTH" in str(cause):
        return (
            f"{host} offers no login with a password on port {port}. Usually it is 465 with "
            '"tls" or 587 with "starttls".'
        )
    if isinstance(cause, smtplib.SMTPNotSupportedError):
        return (
            f"{host} offers no encryption (STARTTLS) on port {port}, or something on the way "
            'took it out. The password was not sent. Port 465 with "tls" may work.'
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE.get(cause.verify_code, cause.verify_message)
        return (
            f"The certificate of {host} {reason}. The password was not sent. Check the host "
            "name; for an authority of your own set mail.ca_file."
        )
    if isinstance(cause, ssl.SSLError) and "WRONG_VERSION" in str(cause):
        return (
            f"{host} does not speak TLS from the first byte on port {port}. Port 587 usually "
            'wants encryption "starttls". The password was not sent.'
        )
    if isinstance(cause, socket.gaierror):
        return f"The host name {host} was not found. Check it, and the internet connection."
    if isinstance(cause, TimeoutError):
        return f"{host} gave no answer in time."
    if isinstance(cause, ConnectionRefusedError):
        return f"{host} takes no connections on port {port}."
    if isinstance(cause, smtplib.SMTPServerDisconnected | ConnectionError):
        return f"The connection to {host} broke: {cause}."
    return f"{host} cannot be reached: {cause}."

"""Why the connection to the server for sending failed, in words."""

from __future__ import annotations

import smtplib

from cartdesk.adapters.mail.tls import is_not_tls, unreachable

CA_SETTING = "mail.ca_file"


def explain(error: OSError | ValueError, host: str, port: int) -> str:
    """Say in words, and with what to do, why a connection to a mail server failed."""
    cause = error.__cause__ or error
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
    if is_not_tls(cause):
        return (
            f"{host} does not speak TLS from the first byte on port {port}. Port 587 usually "
            'wants encryption "starttls". The password was not sent.'
        )
    if isinstance(cause, smtplib.SMTPServerDisconnected):
        return f"The connection to {host} broke: {cause}."
    return unreachable(cause, host, port, CA_SETTING)

"""Mail providers the setup can fill in; any other works with host, port and encryption."""

from __future__ import annotations

from dataclasses import dataclass

from cartdesk.domain.settings import Encryption

CHECKED = "2026-11"
_ADDRESS_AND_APP = "Your whole e-mail address, and an app password instead of the usual one."
_ADDRESS_AND_MAILBOX = "Your whole e-mail address, and the mailbox password."


@dataclass(frozen=True, slots=True)
class Provider:
    """Where one provider takes mail for sending, and what its accounts allow.

    ``daily_cap`` is our own limit for 24 hours, below the provider's, so that room is left for
    the merchant's own mail. ``login_hint`` says what to type; ``help`` is the provider's page,
    as far as one is known.
    """

    name: str
    host: str
    port: int
    encryption: Encryption
    login_hint: str
    note: str
    daily_cap: int
    help: str = ""


def presets() -> tuple[Provider, ...]:
    """Give the providers whose settings were checked in the month ``CHECKED``."""
    return (
        Provider(
            name="Gmail",
            host="smtp.gmail.com",
            port=465,
            encryption=Encryption.TLS,
            login_hint=_ADDRESS_AND_APP,
            note="Turn on 2-step verification, then make an app password. "
            "Google takes 500 recipients in 24 hours.",
            daily_cap=400,
            help="https://support.google.com/accounts/answer/185833",
        ),
        Provider(
            name="Google Workspace",
            host="smtp.gmail.com",
            port=465,
            encryption=Encryption.TLS,
            login_hint=_ADDRESS_AND_APP,
            note="The usual password does not work since May 2025. "
            "Google takes 2,000 messages in 24 hours.",
            daily_cap=400,
            help="https://support.google.com/a/answer/176600",
        ),
        Provider(
            name="Microsoft 365",
            host="smtp.office365.com",
            port=587,
            encryption=Encryption.STARTTLS,
            login_hint="Your whole e-mail address, and the mailbox password or an app password.",
            note="Authenticated SMTP must be on for the mailbox; new organisations do not have it "
            "and Microsoft turns it off for the others from the end of 2026. At most 30 messages "
            "a minute. Personal Outlook.com accounts are not supported yet.",
            daily_cap=250,
            help="https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/"
            "authenticated-client-smtp-submission",
        ),
        Provider(
            name="Yahoo Mail",
            host="smtp.mail.yahoo.com",
            port=465,
            encryption=Encryption.TLS,
            login_hint=_ADDRESS_AND_APP,
            note="Yahoo takes 500 messages a day.",
            daily_cap=250,
            help="https://help.yahoo.com/kb/SLN4075.html",
        ),
        Provider(
            name="Zoho Mail (EU)",
            host="smtp.zoho.eu",
            port=465,
            encryption=Encryption.TLS,
            login_hint="Your whole e-mail address, and the mailbox password (with two-factor "
            "sign-in: an app password).",
            note="Letters must come from the account's own address. With an address at your own "
            "domain the host is smtppro.zoho.eu.",
            daily_cap=250,
            help="https://www.zoho.com/mail/help/zoho-smtp.html",
        ),
        Provider(
            name="LinuxWeb (Hungary)",
            host="mail2.linuxweb.hu",
            port=465,
            encryption=Encryption.TLS,
            login_hint=_ADDRESS_AND_MAILBOX,
            note="LinuxWeb takes 300 messages a day from each mailbox.",
            daily_cap=250,
        ),
        Provider(
            name="Websupport",
            host="smtp.websupport.sk",
            port=465,
            encryption=Encryption.TLS,
            login_hint=_ADDRESS_AND_MAILBOX,
            note="Ask Websupport for the daily limit of your plan.",
            daily_cap=250,
        ),
    )

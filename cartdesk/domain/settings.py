"""What the merchant can set, with the defaults; the file it is kept in is an adapter's matter."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Audience(StrEnum):
    """Who may get reminders; the merchant chooses, there is no silent default."""

    UNDECIDED = ""  # nothing can be sent
    CONSENT = "consent"  # only with consent on the order
    CUSTOMER = "customer"  # also earlier customers
    EVERYONE = "everyone"  # everyone who typed an address: "I have checked that I may"


class Encryption(StrEnum):
    """How the connection to the mail server is encrypted."""

    TLS = "tls"  # from the first byte, usually port 465
    STARTTLS = "starttls"  # usually port 587
    NONE = "none"  # only for this computer (127.0.0.1, ::1, localhost)


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """[shop]: where the shop is."""

    address: str = ""
    ca_file: str = ""
    extra_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """[sync]: how often and how far back the shop is asked."""

    every_minutes: int = 5
    overlap_minutes: int = 120
    history_days: int = 365
    open_days: int = 30


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """[sequence]: when a checkout counts as abandoned and when each letter is due."""

    abandoned_after_minutes: int = 60
    failed_after_minutes: int = 15
    step_hours: tuple[float, ...] = (1, 24, 60)
    min_gap_hours: float = 20
    look_back_days: int = 7
    lost_after_days: int = 30
    hold_seconds: int = 20
    days_between_sequences: int = 30
    holdout_percent: int = 0


@dataclass(frozen=True, slots=True)
class MailSettings:
    """[mail]: the mail account letters go out through."""

    host: str = ""
    port: int = 465
    encryption: Encryption = Encryption.TLS
    login: str = ""
    ca_file: str = ""
    seconds_between: float = 3
    daily_cap: int = 250


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """[imap]: the mailbox replies come into; optional, and only ever read.

    ``same_password`` lets it be opened with the password of [mail] when the logins are equal.
    """

    host: str = ""
    port: int = 993
    encryption: Encryption = Encryption.TLS
    login: str = ""
    same_password: bool = False
    ca_file: str = ""
    inbox: str = "INBOX"
    sent_folder: str = ""


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """[sender]: who the letters come from; sending is locked until all but ``phone`` are set."""

    name: str = ""
    email: str = ""
    reply_to: str = ""
    postal_address: str = ""
    phone: str = ""
    returns_days: int = 0
    free_shipping_from: str = ""
    delivery_time: str = ""


@dataclass(frozen=True, slots=True)
class ConsentSettings:
    """[consent]: who may get letters, and the order meta key that holds a consent."""

    audience: Audience = Audience.UNDECIDED
    meta_key: str = ""


@dataclass(frozen=True, slots=True)
class PrivacySettings:
    """[privacy]: how long data keep their persons."""

    retention_days: int = 90


@dataclass(frozen=True, slots=True)
class HelpSettings:
    """[help]: which checkouts are worth the merchant's own time at once.

    ``high_value`` is in major units of the order's own currency.
    """

    high_value: float = 100


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """[screen]: how the program looks; quiet hours are in the shop's time."""

    theme: str = "cartdesk-dark"
    quiet_from: int = 21
    quiet_until: int = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in the settings file of one shop."""

    shop: ShopSettings = field(default_factory=ShopSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    sequence: SequenceSettings = field(default_factory=SequenceSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    imap: ImapSettings = field(default_factory=ImapSettings)
    sender: SenderSettings = field(default_factory=SenderSettings)
    consent: ConsentSettings = field(default_factory=ConsentSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    help: HelpSettings = field(default_factory=HelpSettings)
    screen: ScreenSettings = field(default_factory=ScreenSettings)

    @property
    def mailbox(self) -> ImapSettings:
        """The mailbox, its login filled in: without one it is that of the mail account."""
        return replace(self.imap, login=self.imap.login or self.mail.login)


def is_loopback(host: str) -> bool:
    """Tell whether a host name means this computer: the only one spoken to in plain text."""
    name = host.strip("[]").lower()
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False

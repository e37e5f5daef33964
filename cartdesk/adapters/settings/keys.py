"""Every key of the settings file: what it means and which values it takes.

The names, types and defaults are those of ``cartdesk.domain.settings``; this table adds the
words a merchant reads in the file and the range a value must lie in.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cartdesk.adapters.shop.address import read_address
from cartdesk.domain.metrics.assignment import MOST_HELD_OUT
from cartdesk.domain.ports import StoreError
from cartdesk.domain.text import clean, clean_lines

_LONG = 10_000  # longer than any limit below, so that nothing is cut in silence
_NO_ADDRESS = "?"


@dataclass(frozen=True, slots=True)
class Key:
    """One key: its explanation, the values it takes in words, and the test for them.

    ``tidy`` is applied to text before the test.
    """

    doc: str
    allowed: str
    valid: Callable[[Any], bool]
    tidy: Callable[[str], str] = lambda text: clean(text, _LONG)


def _whole(doc: str, low: int, high: int) -> Key:
    return Key(doc, f"a whole number from {low} to {high}", lambda value: low <= value <= high)


def _number(doc: str, low: float, high: float) -> Key:
    return Key(
        doc,
        f"a number from {low:g} to {high:g}",
        lambda value: math.isfinite(value) and low <= value <= high,
    )


def _text(doc: str, limit: int, *, lines: bool = False) -> Key:
    kind = "text" if lines else "text on one line"
    tidy = clean_lines if lines else clean
    return Key(
        doc,
        f"{kind} of at most {limit} characters, without control characters",
        lambda value: len(value) <= limit and "\ufffd" not in value,
        lambda text: tidy(text, _LONG),
    )


def _pattern(doc: str, allowed: str, pattern: str) -> Key:
    matches = re.compile(pattern).fullmatch
    return Key(doc, allowed, lambda value: not value or bool(matches(value)))


def _choice(doc: str) -> Key:
    return Key(doc, "", lambda value: True)  # the type itself names the values


def _flag(doc: str) -> Key:
    return Key(doc, "true or false", lambda value: True)


_HOST = r"[\w-]{1,63}(?:\.[\w-]{1,63})*\.?|\[?[0-9a-fA-F:.]{2,45}\]?"
_ATOM = r"[^\s@<>()\[\]\\,;:\"\x00-\x1f]{1,64}"
_EMAIL = rf"{_ATOM}@(?:[\w-]{{1,63}}\.){{1,10}}[\w-]{{2,63}}"


def _shop(value: str) -> str:
    try:
        return read_address(value).base if value.strip() else ""
    except StoreError:
        return _NO_ADDRESS


def _are_steps(hours: tuple[float, ...]) -> bool:
    ordered = all(earlier < later for earlier, later in itertools.pairwise(hours))
    return 1 <= len(hours) <= 3 and ordered and all(0 <= hour <= 720 for hour in hours)


def _are_hosts(hosts: tuple[str, ...]) -> bool:
    return len(hosts) <= 20 and all(re.fullmatch(_HOST, host) for host in hosts)


def _email(doc: str) -> Key:
    return _pattern(doc, 'an e-mail address such as "hello@shop.example"', _EMAIL)


def _ca_file() -> Key:
    doc = """A file with your own certificate authority (PEM), trusted as well as the usual ones.
On Windows write the path in single quotes."""
    return _text(doc, 1000)


TABLES = {
    "shop": "Where the shop is. Its key is not kept here but in the keyring of this computer.",
    "sync": "How often the shop is asked, and how far back.",
    "sequence": "When a checkout counts as abandoned, and when each letter is due.",
    "mail": "The mail account the letters go out through. Its password is kept in the keyring.",
    "imap": "The mailbox replies come into: optional, and only ever read. With it cartdesk hears\n"
    "replies and bounces, and finds out whether a letter went out when the connection broke.\n"
    "Without a host it is not used. Its password is kept in the keyring.",
    "sender": "Who the letters come from. Nothing can be sent before name, email and\n"
    "postal_address are set; answers go to reply_to, or to email where it is empty.",
    "consent": "Who may get letters. You decide; nothing can be sent before you did.",
    "privacy": "How long the ledger knows people by name.",
    "help": "Which checkouts are worth your own time at once.",
    "screen": "How the program looks.",
}

KEYS = {
    "shop.address": Key(
        "The shop's address, as in the browser.",
        'an https address such as "https://shop.example" (http only for this computer and '
        "development names such as shop.test), without a user name",
        lambda value: bool(value != _NO_ADDRESS),
        _shop,
    ),
    "shop.ca_file": _ca_file(),
    "shop.extra_hosts": Key(
        "Other hosts the shop may send the program on to.",
        'a list of at most 20 host names such as ["www.shop.example"]',
        _are_hosts,
    ),
    "sync.every_minutes": _whole("Minutes between two looks at the shop.", 1, 1440),
    "sync.overlap_minutes": _whole(
        "Minutes looked back further than the last look, so that no late change is missed.",
        0,
        1440,
    ),
    "sync.history_days": _whole("Days of orders read at the first look.", 0, 3650),
    "sync.open_days": _whole("Days an unfinished checkout is asked for again.", 1, 365),
    "sequence.abandoned_after_minutes": _whole(
        "Minutes of quiet after which a checkout counts as abandoned.", 1, 10080
    ),
    "sequence.failed_after_minutes": _whole("The same for a payment that was refused.", 0, 10080),
    "sequence.step_hours": Key(
        "Hours after abandonment at which each letter is due.",
        "one to three growing numbers from 0 to 720, such as [1, 24, 60]",
        _are_steps,
    ),
    "sequence.min_gap_hours": _number("Hours between two letters to one person.", 1, 720),
    "sequence.look_back_days": _whole(
        "A checkout that was already older than this when first seen gets no letter.", 1, 30
    ),
    "sequence.lost_after_days": _whole("Days after which an abandoned cart is lost.", 1, 365),
    "sequence.hold_seconds": _whole(
        "Seconds an approved letter waits, so that you can undo.", 0, 3600
    ),
    "sequence.days_between_sequences": _whole(
        "Days before the same person can get a new round of letters.", 0, 365
    ),
    "sequence.holdout_percent": _whole(
        "So many of 100 persons get no reminder, chosen by chance, so that you can see what\n"
        "letters do; 0: everybody gets them. 10 to 20 is usual. A change is for persons who\n"
        "come later.",
        0,
        MOST_HELD_OUT,
    ),
    "mail.host": _pattern(
        "The mail server for sending.", 'a host name such as "smtp.gmail.com"', _HOST
    ),
    "mail.port": _whole("Its port: usually 465 with tls, 587 with starttls.", 1, 65535),
    "mail.encryption": _choice(
        '"tls" (encrypted from the first byte), "starttls", or "none" (only for this computer).'
    ),
    "mail.login": _text("The user name, often the whole e-mail address.", 200),
    "mail.ca_file": _ca_file(),
    "mail.seconds_between": _number("Seconds between two letters.", 0, 3600),
    "mail.daily_cap": _whole(
        "The most letters in 24 hours; stay below your provider's limit.", 1, 10000
    ),
    "imap.host": _pattern(
        "The server mail is read from; empty: no mailbox is read.",
        'a host name such as "imap.gmail.com"',
        _HOST,
    ),
    "imap.port": _whole("Its port: usually 993 with tls, 143 with starttls.", 1, 65535),
    "imap.encryption": _choice(
        '"tls" (encrypted from the first byte), "starttls", or "none" (only for this computer).'
    ),
    "imap.login": _text("The user name; empty: the same as for sending.", 200),
    "imap.same_password": _flag(
        "Whether the password for sending opens this mailbox too. It is used only when the logins\n"
        "are the same and the mailbox has no password of its own."
    ),
    "imap.ca_file": _ca_file(),
    "imap.inbox": _text("The folder replies come into.", 200),
    "imap.sent_folder": _text(
        "The folder of sent mail; empty: the one the server itself marks as such.", 200
    ),
    "sender.name": _text("The name your customers know.", 100),
    "sender.email": _email("The address letters come from: your mail account's own address."),
    "sender.reply_to": _email("The address answers go to."),
    "sender.postal_address": _text(
        "The shop's postal address, shown at the end of each letter (\\n starts a new line).",
        500,
        lines=True,
    ),
    "sender.phone": _text("A telephone number for questions; may stay empty.", 40),
    "sender.returns_days": _whole("Days a customer may return things; 0: not mentioned.", 0, 3650),
    "sender.free_shipping_from": _text(
        'The sum from which shipping is free, as letters shall say it ("€50"); may stay empty.', 40
    ),
    "sender.delivery_time": _text(
        'How long delivery takes, as letters shall say it ("2 to 4 days"); may stay empty.', 80
    ),
    "consent.audience": _choice(
        '"consent" (only with a consent on the order), "customer" (also people who bought before)\n'
        'or "everyone" (everyone who typed an address, and you have checked that you may).'
    ),
    "consent.meta_key": _text("The order's meta key that holds the consent; may stay empty.", 200),
    "privacy.retention_days": _whole(
        "Days after a person's last order, change or letter until only counts are kept of them.\n"
        "A purchase older than that no longer makes somebody an earlier customer, unless the\n"
        "shop itself says so. Never shorter than the times in [sequence] that need the person.",
        30,
        3650,
    ),
    "help.high_value": _number(
        "A basket of this sum or more, in its own currency, may be called about.", 0, 1e9
    ),
    "screen.theme": _pattern(
        "The colours: the name of a theme.",
        'a theme\'s name such as "cartdesk-dark"',
        r"[a-zA-Z0-9_-]{1,60}",
    ),
    "screen.quiet_from": _whole(
        "From this hour on (shop time) the program warns before sending.", 0, 23
    ),
    "screen.quiet_until": _whole("The hour the quiet ends.", 0, 23),
}

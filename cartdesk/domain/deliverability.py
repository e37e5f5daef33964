"""What a domain's DNS says of mail in its name, judged for a shop that writes letters.

SPF (RFC 7208) names the servers that may send, DKIM (RFC 6376) holds the key their signatures
are checked by, DMARC (RFC 7489) says what becomes of mail that passes neither. Gmail and Yahoo
want SPF and DKIM of everyone, and DMARC of who sends much.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cartdesk.domain.views import Finding, Verdict

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP
MOST_LOOKUPS = 10  # RFC 7208, 4.6.4
_SHORTEST_KEY = 200  # characters of base64: an RSA key of 1024 bits takes 216

# What a provider's servers are called in SPF, by the end of the name letters are handed to.
_SENDERS = {
    "gmail.com": ("_spf.google.com",),
    "office365.com": ("spf.protection.outlook.com",),
    "outlook.com": ("spf.protection.outlook.com",),
    "zoho.eu": ("zohomail.eu", "zoho.eu"),
    "zoho.com": ("zohomail.com", "zoho.com"),
    "fastmail.com": ("spf.messagingengine.com",),
    "mailbox.org": ("mailbox.org",),
}
SELECTORS = (
    *("google", "selector1", "selector2", "default", "mail", "dkim", "zmail", "zoho", "fm1", "fm2"),
    *("fm3", "mbo0001", "mbo0002", "k1", "k2", "s1", "s2", "smtp", "x", "key1", "sig1"),
)
# Domains of free addresses, whose own DMARC sends other servers' mail to the spam folder.
_FREE = {
    "gmail.com": "gmail.com",
    "googlemail.com": "gmail.com",
    "outlook.com": "outlook.com",
    "hotmail.com": "outlook.com",
    "live.com": "outlook.com",
    "yahoo.com": "yahoo.com",
    "icloud.com": "me.com",
    "gmx.de": "gmx.net",
    "web.de": "web.de",
    "freemail.hu": "freemail.hu",
    "citromail.hu": "citromail.hu",
    "luukku.com": "luukku.com",
}


@dataclass(frozen=True, slots=True)
class DomainRecords:
    """What was found in DNS for a sender's domain.

    ``spf`` and ``dmarc`` hold each record of its kind (more than one is a mistake),
    ``allowed`` the names SPF includes in the end, ``lookups`` how many questions that took,
    ``dkim`` the key record by selector, ``dmarc_at`` the name DMARC was found at, and
    ``failed`` why nothing could be asked.
    """

    domain: str
    spf: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
    lookups: int = 0
    dkim: Mapping[str, str] = field(default_factory=dict)
    dmarc: tuple[str, ...] = ()
    dmarc_at: str = ""
    failed: str = ""


def judge(records: DomainRecords, *, sender: str, login: str, host: str) -> tuple[Finding, ...]:
    """Judge what was found for letters from ``sender``, handed to ``host`` as ``login``."""
    found = [_account(sender, login)]
    free = _FREE.get(records.domain)
    if free is not None:
        return (*found, _free(records.domain, host, free))
    if records.failed:
        sentence = f"The records of {records.domain} could not be read: {records.failed}."
        return (*found, Finding("dns", WARN, sentence, "Try again when you are online."))
    return (*found, _spf(records, host), _dkim(records), _dmarc(records))


def _account(sender: str, login: str) -> Finding:
    if "@" not in login:
        sentence = f"Letters come from {sender}; the account's login is no address to compare with."
        return Finding("from", OK, sentence)
    if sender.casefold() == login.casefold():
        return Finding("from", OK, f"Letters come from the account's own address, {sender}.")
    return Finding(
        "from",
        WARN,
        f"Letters come from {sender}, but the mail account is {login}.",
        f"Use the account's own address, or ask the provider to let the account send as {sender}.",
    )


def _free(domain: str, host: str, provider: str) -> Finding:
    if host == provider or host.endswith(f".{provider}"):
        return Finding(
            "domain",
            OK,
            f"{domain} keeps its own records. An address at your shop's domain is trusted more.",
        )
    return Finding(
        "domain",
        STOP,
        f"An address at {domain} cannot be sent from {host}: mailboxes will refuse it as forged.",
        f"Send through {domain}'s own server, or use an address at your shop's domain.",
    )


def _spf(records: DomainRecords, host: str) -> Finding:
    domain = records.domain
    ask = f"Ask your mail provider: “What must the SPF record of {domain} say?”"
    if not records.spf:
        sentence = f"{domain} has no SPF record: much mail will count as spam."
        return Finding("spf", STOP, sentence, ask)
    if len(records.spf) > 1:
        mend = "Join them into one record; receivers ignore all when there are several."
        return Finding("spf", STOP, f"{domain} has {len(records.spf)} SPF records.", mend)
    if records.lookups > MOST_LOOKUPS:
        sentence = f"The SPF record of {domain} takes {records.lookups} lookups; 10 are allowed."
        return Finding("spf", STOP, sentence, "Take out services you do not send with any more.")
    if re.search(r"(?:^|\s)\+?all(?:\s|$)", records.spf[0]):
        sentence = f"The SPF record of {domain} lets everybody send in its name (“+all”)."
        return Finding("spf", STOP, sentence, "Let it end with “~all” or “-all”.")
    wanted = next((names for end, names in _SENDERS.items() if _ends(host, end)), ())
    if not wanted:
        sentence = f"{domain} has an SPF record; whether it names {host} only its provider knows."
        return Finding("spf", OK, sentence, ask)
    if records.allowed.intersection(wanted):
        return Finding("spf", OK, f"The SPF record of {domain} lets {host} send.")
    sentence = f"The SPF record of {domain} does not name the servers behind {host}."
    return Finding("spf", STOP, sentence, f"Add “include:{wanted[0]}” to it. {ask}")


def _dkim(records: DomainRecords) -> Finding:
    domain = records.domain
    keys = {name: _tags(record) for name, record in records.dkim.items()}
    good = [name for name, tags in keys.items() if tags.get("p")]
    if not good:
        mend = (
            f"Ask your mail provider: “Are letters from {domain} signed with DKIM, and which "
            "record must I add?” A test letter to a Gmail address shows it: “Show original”, DKIM."
        )
        sentence = f"No DKIM key of {domain} was found under the usual names; it may have another."
        return Finding("dkim", WARN, sentence, mend)
    weak = [
        name
        for name in good
        if keys[name].get("k", "rsa") == "rsa" and len(keys[name]["p"]) < _SHORTEST_KEY
    ]
    if weak:
        sentence = f"The DKIM key “{weak[0]}” of {domain} is too short to be trusted."
        return Finding("dkim", WARN, sentence, "Ask your mail provider for a key of 2048 bits.")
    return Finding("dkim", OK, f"{domain} has a DKIM key (“{good[0]}”).")


def _dmarc(records: DomainRecords) -> Finding:
    domain = records.domain
    if not records.dmarc:
        return Finding(
            "dmarc",
            WARN,
            f"{domain} has no DMARC record; Gmail and Yahoo want one.",
            f"Add the TXT record _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:you@{domain}",
        )
    tags = _tags(records.dmarc[0])
    policy = tags.get("p", "")
    if len(records.dmarc) > 1 or policy not in {"none", "quarantine", "reject"}:
        sentence = f"The DMARC record at {records.dmarc_at} cannot be used by receivers."
        return Finding("dmarc", WARN, sentence, "It must be one record: v=DMARC1; p=none")
    sentence = f"{records.dmarc_at} asks receivers: {_POLICIES[policy]} (p={policy})."
    return Finding("dmarc", OK, sentence)


_POLICIES = {
    "none": "only report mail that fails",
    "quarantine": "put mail that fails with the spam",
    "reject": "refuse mail that fails",
}


def _tags(record: str) -> dict[str, str]:
    """Read ``name=value; ...``, as DKIM and DMARC write it; the first of a name counts."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), "".join(value.split()))
    return found


def _ends(host: str, end: str) -> bool:
    return host == end or host.endswith(f".{end}")

"""What a mail server's answer means: is it about this letter, or about the whole account?"""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"(?:^|\s)([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_LIMIT = re.compile(
    r"\b(?:limit(?:s|ed|ing)?|quota|rate|exceed(?:s|ed|ing)?|throttl\w*|too (?:many|fast|much)"
    r"|per (?:second|minute|hour|day))\b",
    re.IGNORECASE,
)
_MAILBOX = re.compile(
    r"\b(?:mail ?box|in-?box|(?:user|recipient|account)(?:'s)? (?:\w+ ){0,2}(?:full|over)"
    r"|over ?quota|no such user|user unknown|unknown user)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:relay\w*|authenticat\w*|sender|your (?:ip|account|message|mail)|spam\w*|block(?:ed|list)"
    r"|blacklist\w*|polic(?:y|ies)|outgoing|outbound|dmarc|spf|dkim|reputation)\b",
    re.IGNORECASE,
)
_GREY = re.compile(r"\b(?:gr[ae]y-?list\w*|try again later|temporarily deferred)\b", re.IGNORECASE)
_TOO_BIG = re.compile(r"\b(?:message|mail) (?:is )?(?:size|too (?:big|large))\b", re.IGNORECASE)
_ACCOUNT_STAGES = frozenset({"connect", "login", "mail"})
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_ACCOUNT_CODES = _LOGIN_CODES | {421, 454}


def enhanced_status(code: int, text: str) -> tuple[int, int, int] | None:
    """Read the enhanced status code (RFC 3463) of a reply, such as (5, 1, 1).

    One whose class differs from the reply code's is no status but, say, a version number.
    """
    for found in _ENHANCED.finditer(text):
        status = (int(found[1]), int(found[2]), int(found[3]))
        if status[0] == code // 100:
            return status
    return None


def scope_of(stage: str, code: int, text: str) -> str:
    """Tell whether a refusal is about this "letter" or about the "account".

    "account" means every other letter would get the same answer: a limit or rate, the login,
    the sender, a policy, the server closing (421). The batch stops then and the letters are
    kept. "letter" means an address, a full mailbox or greylisting (RFC 6647).

    The enhanced status (RFC 3463: x.1 address, x.2 mailbox, x.3 mail system, x.4 routing,
    x.5 protocol, x.7 policy) counts before the words, the words before the plain code.

    Args:
        stage: connect, login, mail, rcpt, data or dot.
        code: the three-digit reply code.
        text: the server's words.
    """
    if code in _ACCOUNT_CODES or stage in _ACCOUNT_STAGES:
        return "account"
    status = enhanced_status(code, text)
    if status is not None:
        return _scope_of_status(stage, status, text)
    if _MAILBOX.search(text) and not _OURS.search(text):
        return "letter"
    if _LIMIT.search(text) or _OURS.search(text):
        return "letter" if _GREY.search(text) and code < 500 else "account"
    if stage == "rcpt":
        return "account" if code == 452 else "letter"  # 452: too many recipients, or no room
    return "account" if code >= 500 else "letter"


def reason_of(stage: str, code: int, text: str) -> str:
    """Tell what an answer about the account asks for, in one word.

    "login": it will not let us in, and trying again may lock the account. "limit": no more
    letters today. "rate": slower. "busy": the server closes or is full, for some moments.
    "policy": it does not take this sender or content, and the next letter would fare alike.

    Args:
        stage: connect, login, mail, rcpt, data or dot.
        code: the three-digit reply code.
        text: the server's words.
    """
    if code == 421:
        return "busy"
    if code < 500:
        return "rate"
    if stage == "login" or code in _LOGIN_CODES:
        return "login"
    status = enhanced_status(code, text)
    if status == (5, 3, 4) or _TOO_BIG.search(text):
        return "policy"
    return "limit" if status == (5, 4, 5) or _LIMIT.search(text) else "policy"


def _scope_of_status(stage: str, status: tuple[int, int, int], text: str) -> str:
    kind, subject, detail = status
    if subject == 1:
        return "account" if detail in {7, 8} else "letter"  # 7 and 8: the sender's address
    if subject == 2:
        return "letter"
    if subject == 4:  # x.4.5: congestion; Gmail's daily limit is 5.4.5
        return "account" if detail == 5 or _LIMIT.search(text) else "letter"
    if kind == 4 and subject == 7:  # 4.7.28 is Gmail's rate, 4.7.5xx Microsoft's busy server
        slow = detail == 28 or detail >= 500 or _LIMIT.search(text)
        return "account" if slow and not _GREY.search(text) else "letter"
    if subject in {0, 6} and stage == "rcpt" and not (_LIMIT.search(text) or _OURS.search(text)):
        return "letter"
    return "account"

"""What a mail server's answer means: is it about this letter, or about the whole account?"""

from __future__ import annotations

import re

from cartdesk.domain.ports import Refused

_ENHANCED = re.compile(r"(?:^|[\s(#\[])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")  # qmail: (#5.7.1)
_LIMIT = re.compile(
    r"\b(?:limit(?:s|ed|ing)?|quota|rate|exceed(?:s|ed|ing)?|throttl\w*|too (?:many|fast|much)"
    r"|allotment|per (?:second|minute|hour|day))\b",
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
# what is about us whatever status stands beside it
_SENDER = re.compile(
    r"\b(?:sender|rcpthosts|log ?in|allotment|for sending|relay(?:ing)? (?:access )?(?:is )?"
    r"(?:denied|not)|authentication (?:is )?required)\b",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"\b(?:log ?in (?:first|to)|authenticate first|authentication (?:is )?required)", re.IGNORECASE
)
_NOBODY = re.compile(
    r"\b(?:no such (?:user|recipient|mailbox|address|person)|invalid (?:recipient|mailbox)"
    r"|(?:user|recipient|mailbox|address) (?:is )?(?:unknown|not found|does ?n[o']t exist)"
    r"|unknown (?:user|recipient|mailbox|address)|unrouteable address)\b",
    re.IGNORECASE,
)
_NOBODYS = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)}  # subject and detail, RFC 3463 and RFC 7505
_GREY = re.compile(r"\b(?:gr[ae]y-?list\w*|try again later|temporarily deferred)\b", re.IGNORECASE)
_TOO_BIG = re.compile(r"\b(?:message|mail) (?:is )?(?:size|too (?:big|large))\b", re.IGNORECASE)
_LIMITS = {(5, 4, 5), (5, 7, 233)}  # the daily ones of Gmail and of Exchange Online
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


def scope_of(stage: str, code: int, text: str, sender: str = "", recipient: str = "") -> str:
    """Tell whether a refusal is about this "letter" or about the "account".

    "account" means every other letter would get the same answer: a limit or rate, the login,
    the sender, a policy, the server closing (421). The batch stops then and the letters are
    kept. "letter" means an address, a full mailbox or greylisting (RFC 6647).

    Words about the sender count before all else: "550 5.1.0 <shop@…>: Sender address rejected"
    would befall every letter. Then the enhanced status (RFC 3463: x.1 address, x.2 mailbox,
    x.3 mail system, x.4 routing, x.5 protocol, x.7 policy) counts before the other words, and
    those before the plain code.

    Args:
        stage: connect, login, mail, rcpt, data or dot.
        code: the three-digit reply code.
        text: the server's words.
        sender: our address in the envelope, "" when the letter had none yet.
        recipient: the person's.
    """
    if code in _ACCOUNT_CODES or stage in _ACCOUNT_STAGES:
        return "account"
    if _is_about_us(text, sender, recipient) and not (code < 500 and _GREY.search(text)):
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


def says_nobody(refused: Refused) -> bool:
    """Tell whether a lasting refusal of a letter says that its address does not exist."""
    if refused.temporary or refused.scope != "letter" or refused.stage not in {"rcpt", "dot"}:
        return False
    status = enhanced_status(refused.code, refused.text)
    if status is None and refused.code == 553 and refused.stage == "rcpt":
        return True  # RFC 5321 4.2.3: mailbox name not allowed
    return (status is not None and status[1:] in _NOBODYS) or bool(_NOBODY.search(refused.text))


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
    if stage == "login" or code in _LOGIN_CODES or _LOGIN.search(text):
        return "login"
    status = enhanced_status(code, text)
    if status == (5, 3, 4) or _TOO_BIG.search(text):
        return "policy"
    return "limit" if status in _LIMITS or _LIMIT.search(text) else "policy"


def _is_about_us(text: str, sender: str, recipient: str) -> bool:
    said = text.casefold()
    ours = bool(sender) and sender.casefold() in said
    return bool(_SENDER.search(text)) or (ours and recipient.casefold() not in said)


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

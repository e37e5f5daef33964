"""What a merchant should know of a letter's template while it is typed.

What stops a letter is :func:`cartdesk.domain.letters.check`'s business; here is added what a
good letter avoids, as advice that stops nothing.
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from cartdesk.domain.letters import LetterProblem, check, example_facts, render
from cartdesk.domain.links import on_origin
from cartdesk.domain.model import Letter
from cartdesk.domain.text import clean
from cartdesk.domain.views import Check, Verdict

# Mail programs on phones show some 40 characters of a subject, on a wide screen some 60 to 70.
LONG_SUBJECT = 70
LONG_TEXT = 2_500  # characters of the plain part; our longest letter has some 1,500
_MOST_LINKS = 5
_KINDS = {"pay": "to the payment of an order", "checkout-link": "to the checkout"}
_WEB = re.compile(r"https?://[^\s<>\"'{}\\)\]]+", re.IGNORECASE)


@lru_cache(maxsize=128)
def judge(source: str, shop_address: str, extra_hosts: tuple[str, ...] = ()) -> tuple[Check, ...]:
    """Judge a template: what stops it first, then advice; nothing for a good one.

    Args:
        source: The letter as written, its first line the subject.
        shop_address: Links that lead elsewhere are named.
        extra_hosts: Other hosts the merchant trusts.
    """
    problems = check(source) or _ways_back(source)
    stops = [Check("letter", Verdict.STOP, problem) for problem in problems]
    links = _links(source, shop_address, extra_hosts)
    return (*stops, *([] if stops else _lengths(source)), *links)


def whole(checks: Sequence[Check]) -> bool:
    """Tell whether nothing stops a letter from being sent."""
    return all(one.verdict is not Verdict.STOP for one in checks)


def _ways_back(source: str) -> list[str]:
    """Say for which kind of link an otherwise whole letter offers no way back."""
    for kind, words in _KINDS.items():
        facts = example_facts(full=True)
        facts = replace(facts, fields={**facts.fields, "link_kind": kind})
        try:
            shown = render(Letter("letter", "en", source), facts)
        except LetterProblem as problem:
            return [str(problem)]
        if facts.link.url not in html.unescape(shown.html):
            sentence = f"The way back is missing where the link leads {words}"
            return [f"{sentence}: add a line [Back]({{{{ link }}}})."]
    return []


def _lengths(source: str) -> Iterator[Check]:
    try:
        shown = render(Letter("letter", "en", source), example_facts(full=True))
    except LetterProblem:
        return
    if len(shown.subject) > LONG_SUBJECT:
        yield Check(
            "subject",
            Verdict.WARN,
            f"Line 1: The subject has {len(shown.subject)} characters; many mail programs show "
            f"no more than {LONG_SUBJECT}.",
        )
    if len(shown.text) > LONG_TEXT:
        yield Check(
            "length",
            Verdict.WARN,
            f"The letter has {len(shown.text):,} characters; few people read more than "
            f"{LONG_TEXT:,}.",
        )


def _links(source: str, shop_address: str, extra_hosts: tuple[str, ...]) -> list[Check]:
    if not shop_address:
        return []
    found: list[Check] = []
    for number, written in enumerate(source.split("\n"), 1):
        for url in _WEB.findall(html.unescape(written)):
            if on_origin(url, shop_address, extra_hosts):
                continue
            found.append(Check("link", Verdict.WARN, _elsewhere(number, url, shop_address)))
    return found[:_MOST_LINKS]


def _elsewhere(number: int, url: str, shop_address: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    if host and host == urlsplit(shop_address).hostname:
        return f"Line {number}: A link to your shop is written otherwise than {shop_address}."
    return f"Line {number}: A link leads to {clean(host or url, 60)}, which is not your shop."


def differences(before: str, after: str, around: int = 2) -> tuple[tuple[str, str], ...]:
    """Tell two texts apart, line by line.

    Returns:
        Mark and line: "+" only in ``after``, "-" only in ``before``, " " in both; "…" stands
        for equal lines left out. Nothing when they are equal.
    """
    found: list[tuple[str, str]] = []
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=around)
    for place, each in enumerate(lines):
        if each.startswith("@@"):
            found += [("…", "")] if found else []
        elif place > 1:  # the two lines before the first "@@" name files
            found.append((each[:1], each[1:]))
    return tuple(found)

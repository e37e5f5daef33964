"""What a shop's refusal means, in words for the merchant: one pure function over the answer.

The kinds, as in ``StoreError.kind``: wrong-key, wrong-secret, no-read-permission,
no-write-permission, no-rights, clock, rest-closed, woocommerce-off, plain-permalinks,
not-a-shop, site-password, firewall, maintenance, php-fatal, server-error, moved, not-found,
bad-question, not-json, too-big, unexpected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from cartdesk.adapters.shop.address import Address
from cartdesk.adapters.shop.reading_shop import plain
from cartdesk.adapters.shop.shop_json import BadJson, parse
from cartdesk.domain.ports import StoreError
from cartdesk.domain.text import clean

LONGEST_WAIT = 3600.0
"""A shop may ask for any pause; more than an hour (in seconds) is not believed."""

_KEYS = "WooCommerce > Settings > Advanced > REST API"
_NEW_KEY = (
    f"In WordPress open {_KEYS}, add a key with the permission Read for a user who is an "
    "administrator or shop manager, and give cartdesk both parts again."
)
_FIREWALLS = (
    ("Cloudflare", re.compile(r"cloudflare", re.IGNORECASE)),
    ("Sucuri", re.compile(r"sucuri", re.IGNORECASE)),
    ("Wordfence", re.compile(r"wordfence", re.IGNORECASE)),
    ("Imunify360", re.compile(r"imunify", re.IGNORECASE)),
    ("ModSecurity", re.compile(r"mod_security|modsecurity", re.IGNORECASE)),
)
_WORDPRESS = re.compile(rb"wp-content/|wp-includes/|api\.w\.org|/wp-json/", re.IGNORECASE)
_CHALLENGE = re.compile(rb"<title>\s*(?:just a moment|attention required)", re.IGNORECASE)
_FATAL = re.compile(rb"wp-die-message|critical error", re.IGNORECASE)
_MAINTENANCE = re.compile(rb"maintenance", re.IGNORECASE)
_LOOKED_AT = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the shop. Header names are in lower case; ``body`` is decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def server_time(self) -> datetime | None:
        """The shop's clock by its ``Date`` header, in UTC."""
        try:
            time = parsedate_to_datetime(self.headers.get("date", ""))
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        except (ValueError, OverflowError):  # the years 1 and 9999 have no neighbours
            return None

    def number(self, header: str) -> int | None:
        """Give a header that is a count (``x-wp-total``), or None."""
        text = self.headers.get(header, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def refusal(address: Address, asked: str, answer: Answer, now: datetime) -> StoreError:
    """Say what an answer that is no success (2xx) means.

    Args:
        address: The shop.
        asked: Method and path without the query ("GET /wp-json/wc/v3/orders").
        answer: Any answer but a success.
        now: The time, for a ``Retry-After`` that names a date.
    """
    shop, status = address.name, answer.status
    error = _json_error(answer)
    if 300 <= status < 400:
        return _moved(address, asked, answer)
    if error is not None and status in (400, 401, 403, 404):
        return _refused_by_wordpress(shop, asked, status, error)
    wait = retry_after(answer.headers, now)
    if status == 503 and (error is not None or _MAINTENANCE.search(answer.body[:_LOOKED_AT])):
        return StoreError(
            "maintenance",
            f"{shop} is in maintenance mode; an update is probably running.",
            mend="cartdesk asks again by itself. If it stays so for an hour, look for a file "
            "named .maintenance in the shop's main folder.",
            retry_after=wait,
            passing=True,
        )
    if status in (403, 406, 429) or _is_challenge(answer):
        return _stopped_by_firewall(shop, answer, wait)
    if status == 401:
        return StoreError(
            "site-password",
            f"{shop} asks for a password of its own before anything else.",
            mend="Shops under construction are often locked like this. Ask your web host to "
            "let the path /wp-json/ through, or take the lock off.",
        )
    if status in (404, 410):
        return not_a_shop(address, answer)
    if status >= 500:
        return _broken(shop, answer, wait)
    return StoreError(
        "unexpected",
        f"{shop} answered with code {status}, which cartdesk did not expect.",
        mend="Try again later; if it stays so, show this sentence to your web host.",
    )


def not_a_shop(address: Address, answer: Answer) -> StoreError:
    """Say what a web page means where an answer of WooCommerce was expected."""
    links = answer.headers.get("link", "").encode()
    if _WORDPRESS.search(answer.body[:_LOOKED_AT]) or _WORDPRESS.search(links):
        return StoreError(
            "plain-permalinks",
            f"{address.name} is a WordPress site, but it shows a web page where the shop's "
            "REST API should answer.",
            mend="In WordPress open Settings > Permalinks, choose anything but Plain and save. "
            "If that is so already, a plugin may hide the REST API (/wp-json/).",
        )
    return StoreError(
        "not-a-shop",
        f"{address.name} answered with an ordinary web page: no WooCommerce shop is found there.",
        mend="Check the address; it must be the home page of the WordPress site. If WordPress "
        "is in a folder, add the folder, as in https://www.example.com/shop",
    )


def not_json(address: Address, answer: Answer, reason: str) -> StoreError:
    """Say what a success (200) means whose body is not the JSON that was asked for."""
    start = answer.body[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<!--")):
        if _is_challenge(answer):
            return _stopped_by_firewall(address.name, answer, None)
        return not_a_shop(address, answer)
    first = next(iter(plain(answer.body[:2000].decode("utf-8", "replace")).splitlines()), "")
    shown = f' It begins: "{clean(first, 80)}".' if first else " It is empty."
    return StoreError(
        "not-json",
        f"{address.name} sent an answer that cannot be read ({clean(reason, 120)}).{shown}",
        mend="Nothing was changed here. The answer may have been cut off on the way; if it "
        "stays so, a plugin of the shop disturbs its REST API.",
        passing=True,
    )


def too_big(address: Address, most: int) -> StoreError:
    """Say that an answer was longer than cartdesk reads (``most`` bytes)."""
    return StoreError(
        "too-big",
        f"{address.name} sent more than {most // 1_000_000} MB in one answer; "
        "cartdesk stopped reading.",
        mend="Nothing was changed here. Some plugin adds very much to every order; ask your "
        "web host or the plugin's maker.",
    )


def too_many(address: Address, rows: int) -> StoreError:
    """Say that a list held far more than was asked for."""
    return StoreError(
        "too-big",
        f"{address.name} sent {rows} records at once, where at most 100 were asked for.",
        mend="Nothing was changed here. A plugin of the shop disturbs its REST API; ask your web "
        "host or the plugin's maker.",
    )


def woocommerce_off(address: Address) -> StoreError:
    """Say that WordPress is there and WooCommerce is not."""
    return StoreError(
        "woocommerce-off",
        f"{address.name} is a WordPress site, but WooCommerce is switched off or not installed.",
        mend="In WordPress open Plugins and switch WooCommerce on.",
    )


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read ``Retry-After`` (seconds or a date, RFC 9110) as seconds, an hour at most."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _json_error(answer: Answer) -> Mapping[str, Any] | None:
    """The error object of WordPress, when the answer is one."""
    try:
        value = parse(answer.body)
    except BadJson:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("code"), str) else None


def _refused_by_wordpress(
    shop: str, asked: str, status: int, error: Mapping[str, Any]
) -> StoreError:
    code = str(error["code"])
    said = clean(plain(error.get("message"), 200), 200)
    ours = code.startswith("woocommerce_rest_")
    if status == 404 and code == "rest_no_route":
        return StoreError(
            "woocommerce-off",
            f"{shop} is a WordPress site, but WooCommerce is switched off or too old.",
            mend="In WordPress open Plugins and switch WooCommerce on, or update it.",
        )
    if status == 404:
        return StoreError("not-found", f"{shop} does not have it (any more): {said}")
    if status == 400:
        return StoreError(
            "bad-question",
            f"{shop} does not understand a question of cartdesk: {said}",
            mend="The shop's WooCommerce may be old; an update helps.",
        )
    if code == "woocommerce_rest_authentication_error":
        return _wrong_credentials(shop, asked, said)
    if status == 401 and ours:
        return StoreError(
            "wrong-key",
            f"{shop} does not know the key that cartdesk gave.",
            mend=f"{_NEW_KEY} If the key is surely right, the web host takes the Authorization "
            "header away; ask it to pass that header on to PHP.",
        )
    if ours or code == "rest_forbidden":
        return StoreError(
            "no-rights",
            f"{shop} knows the key, but its user may not see this ({said}).",
            mend=f"The key belongs to a user without rights to the shop. {_NEW_KEY}",
        )
    return StoreError(
        "rest-closed",
        f"{shop} has closed its REST API: {said}",
        mend="A security plugin or a setting of the shop does this. Let /wp-json/wc/v3/ through "
        "for those who have a key.",
    )


def _wrong_credentials(shop: str, asked: str, said: str) -> StoreError:
    """WooCommerce gives one code for several faults and tells them apart only in words, in the
    language of the site; words that are not English leave the most likely fault."""
    if "write permission" in said or (asked.startswith("POST") and "permission" in said):
        return StoreError(
            "no-write-permission",
            f"The key may only read {shop}; that is all cartdesk needs.",
        )
    if "read permission" in said:
        return StoreError(
            "no-read-permission",
            f"The key may write to {shop} but not read it.",
            mend=f"In WordPress open {_KEYS} and set the key's permission to Read.",
        )
    if "key is invalid" in said:
        return StoreError(
            "wrong-key", f"{shop} does not know the key that cartdesk gave.", mend=_NEW_KEY
        )
    if "timestamp" in said or "nonce" in said:
        return StoreError(
            "clock",
            f"{shop} refused the time stamp of the question: {said}",
            mend="The clocks of this computer and of the shop differ, or one question arrived "
            "twice. Set this computer's clock and try again.",
            passing=True,
        )
    if asked.startswith("POST"):
        return StoreError("no-write-permission", f"The key may not write to {shop} ({said}).")
    return StoreError(
        "wrong-secret",
        f"{shop} knows the key, but the consumer secret does not belong to it.",
        mend="Copy the consumer secret (it begins with cs_) once more. WooCommerce shows it "
        f"only when the key is made; if it is lost, make a new key. {_NEW_KEY}",
    )


def _moved(address: Address, asked: str, answer: Answer) -> StoreError:
    path = asked.partition(" ")[2]
    here = urlsplit(f"{address.base}{path}")
    try:
        there = urlsplit(urljoin(here.geturl(), answer.headers.get("location", "")))
    except ValueError:  # no address at all, as "http://[x"
        there = urlsplit("")
    if (here.scheme, here.netloc, here.path) == (
        there.scheme,
        there.netloc,
        there.path.rstrip("/"),
    ) and there.path.endswith("/"):
        # WordPress adds a slash to what it takes for a page: it does not see a REST route.
        return StoreError(
            "plain-permalinks",
            f"{address.name} takes the shop's REST API for a web page.",
            mend="In WordPress open Settings > Permalinks, choose anything but Plain and save.",
        )
    base = re.split(r"/wp-json\b", there.path)[0].rstrip("/")
    new = clean(f"{there.scheme}://{there.netloc.rpartition('@')[2]}{base}", 120)
    return StoreError(
        "moved",
        f"{address.base} sends visitors on to {new}. cartdesk did not follow, so the keys went "
        "nowhere else.",
        mend=f"If {new} is your shop, give that address in the settings. If you do not know it, "
        "ask your web host before you do anything.",
    )


def _is_challenge(answer: Answer) -> bool:
    """Whether Cloudflare shows its "are you a person" page, whatever the code."""
    return "cf-mitigated" in answer.headers or bool(_CHALLENGE.search(answer.body[:_LOOKED_AT]))


def _stopped_by_firewall(shop: str, answer: Answer, wait: float | None) -> StoreError:
    text = " ".join((*answer.headers, answer.body[:_LOOKED_AT].decode("latin-1")))
    firewall = next((name for name, signs in _FIREWALLS if signs.search(text)), "")
    if _is_challenge(answer):
        firewall = "Cloudflare"
    name = f"{firewall} in front of {shop}" if firewall else f"A firewall of {shop}"
    if answer.status == 429:
        sentence = f"{name} says that cartdesk asks too often."
        mend = "cartdesk waits and asks again by itself."
    else:
        sentence = f"{name} does not let cartdesk through."
        mend = f"Allow the path /wp-json/wc/v3/ for your own internet address in {firewall or 'it'}"
        mend += "; your web host can help."
    return StoreError("firewall", sentence, mend=mend, retry_after=wait, passing=True)


def _broken(shop: str, answer: Answer, wait: float | None) -> StoreError:
    error = _json_error(answer)
    fatal = error is not None and error["code"] == "internal_server_error"
    if fatal or _FATAL.search(answer.body[:_LOOKED_AT]):
        return StoreError(
            "php-fatal",
            f"{shop} has a programming error: WordPress stopped with a critical error.",
            mend="Usually a plugin is to blame, often one that was just updated. WordPress mails "
            "the details to the site's administrator.",
            retry_after=wait,
            passing=True,
        )
    return StoreError(
        "server-error",
        f"The server of {shop} cannot answer at the moment (code {answer.status}).",
        mend="cartdesk asks again by itself. If it stays so, tell your web host.",
        retry_after=wait,
        passing=True,
    )

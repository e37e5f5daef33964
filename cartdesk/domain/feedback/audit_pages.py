"""The rules of the audit about the shop's public pages: certificate, promises and speed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cartdesk.domain.feedback.audit_facts import Judged, LeftFacts, ShopFacts, SitePage
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.views import Verdict

OK, WARN, STOP = Verdict.OK, Verdict.WARN, Verdict.STOP
SLOW = 1.8  # seconds to the first byte; "poor" in Google's Web Vitals (web.dev/articles/ttfb)
VERY_SLOW = 5.0
ENDING_DAYS = 21  # automatic renewals come 30 days before the end: by then one has failed
ENDS_SOON_DAYS = 7
# Parts of slugs and titles, in the languages shops are kept in.
_WORDS = {
    "terms": ("terms", "conditions", "ehdot", "feltétel", "feltetel", "aszf", "agb", "villkor"),
    "returns": (
        "return",
        "refund",
        "palaut",
        "vaihto",
        "visszak",
        "elállás",
        "elallas",
        "widerruf",
        "rückgabe",
        "retur",
        "ångerrätt",
    ),
    "privacy": (
        "privacy",
        "tietosuoja",
        "rekisteriseloste",
        "adatvéd",
        "adatved",
        "datenschutz",
        "integritet",
    ),
}
PROMISES = {"terms": Reason.TRUST, "returns": Reason.RETURNS, "privacy": Reason.TRUST}
"""Pages people rely on, each with the reason it answers."""
_TITLES = {
    "terms": "terms and conditions",
    "returns": "returns and exchanges",
    "privacy": "privacy",
    "home": "shop's home page",
    "checkout": "checkout page",
}


def page_for(name: str, pages: Iterable[SitePage], number: str = "") -> SitePage | None:
    """Find a page: by its id in the shop's settings, else by a word in its slug or title."""
    every = tuple(pages)
    for page in every:
        if number not in ("", "0") and str(page.id) == number:
            return page
    for page in every:
        if any(word in f"{page.slug} {page.title}".casefold() for word in _WORDS[name]):
            return page
    return None


def certificate(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """How long browsers will still trust the shop."""
    if not shop.encrypted:
        yield Judged(
            "https",
            Reason.TRUST,
            WARN,
            "The shop is visited without HTTPS, which only a shop on your own computer may be.",
            "Before anybody else visits it, have your web host turn HTTPS on.",
        )
    elif shop.certificate_ends is not None:
        left_days = (shop.certificate_ends - now).total_seconds() / 86400
        ends = f"{shop.certificate_ends:%Y-%m-%d}"
        if left_days > ENDING_DAYS:
            yield Judged(
                "certificate", Reason.TRUST, OK, f"The HTTPS certificate is good until {ends}."
            )
            return
        days = max(0, int(left_days))
        when = "has ended" if left_days <= 0 else f"ends in {days} {'day' if days == 1 else 'days'}"
        yield Judged(
            "certificate",
            Reason.TRUST,
            STOP if left_days <= ENDS_SOON_DAYS else WARN,
            f"The HTTPS certificate {when} ({ends}); then browsers warn everybody off.",
            "Renew it, or ask your web host why it did not renew by itself.",
        )


def pages(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """Whether people can read what they agree to."""
    if shop.pages is None:
        return
    for name, reason in PROMISES.items():
        visit, title = shop.visits.get(name), _TITLES[name]
        number = shop.settings.get(f"woocommerce_{name}_page_id", "")
        page = page_for(name, shop.pages, number)
        if page is None:
            yield Judged(
                f"{name}-page",
                reason,
                WARN,
                f"No public page about {title} was found by its name.",
                "Write one, and link it where people decide to buy.",
            )
        elif visit is not None and not visit.fine:
            yield Judged(
                f"{name}-page",
                reason,
                STOP,
                f"The page about {title} cannot be read: {visit.trouble or visit.status}.",
                f"Open {page.link} in a private window and mend what it shows.",
            )
        elif name == "terms" and number in ("", "0"):
            yield Judged(
                "terms-page",
                reason,
                WARN,
                "There is a page about terms and conditions, but the checkout does not ask for it.",
                "Choose it in WooCommerce > Settings > Advanced, “Terms and conditions”.",
            )
        elif visit is not None:
            yield Judged(f"{name}-page", reason, OK, f"The page about {title} can be read.")


def speed(shop: ShopFacts, left: LeftFacts, now: datetime) -> Iterable[Judged]:
    """How long people wait for the first and the last page."""
    for name in ("home", "checkout"):
        visit = shop.visits.get(name)
        if visit is None:
            continue
        title = _TITLES[name]
        if visit.seconds is None or not visit.fine:
            yield Judged(
                f"{name}-answers",
                Reason.TECHNICAL,
                STOP,
                f"The {title} cannot be opened: {visit.trouble or f'code {visit.status}'}.",
                f"Open {visit.link} in a private window and mend what it shows.",
            )
            continue
        tries = f"median of {visit.tries}" if visit.tries > 1 else "one try"
        took = f"The {title} begins to answer after {visit.seconds:.1f} seconds ({tries})"
        if visit.seconds > SLOW:
            yield Judged(
                f"{name}-speed",
                Reason.TECHNICAL,
                STOP if visit.seconds > VERY_SLOW else WARN,
                f"{took}; {SLOW} is already poor.",
                "Ask your web host about caching and PHP workers; look which plug-in is slow.",
            )
        else:
            yield Judged(f"{name}-speed", Reason.TECHNICAL, OK, f"{took}.")

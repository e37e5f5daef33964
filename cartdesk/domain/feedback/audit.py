"""Judging a shop by its own settings and pages: what to mend first, by the money it may cost."""

from __future__ import annotations

from datetime import datetime

from cartdesk.domain.feedback.audit_facts import (
    AuditFinding,
    AuditReport,
    Judged,
    LeftFacts,
    ShopFacts,
)
from cartdesk.domain.feedback.audit_offers import coupons, free_shipping, products, taxes
from cartdesk.domain.feedback.audit_pages import certificate, pages, speed
from cartdesk.domain.feedback.audit_rules import countries, gateways, guests
from cartdesk.domain.feedback.reasons import Reason
from cartdesk.domain.money import sums
from cartdesk.domain.views import Verdict

_RULES = (
    guests,
    gateways,
    countries,
    free_shipping,
    coupons,
    taxes,
    products,
    certificate,
    pages,
    speed,
)
_BY_REASON = "carts whose shopper said so, or whose facts hint at it"
_SEVERITY = {Verdict.STOP: 0, Verdict.WARN: 1, Verdict.OK: 2}


def judge(shop: ShopFacts, left: LeftFacts, now: datetime) -> AuditReport:
    """Judge what is known; what is not known is named and never judged.

    The findings that ask for something come first: by the money counted for them in the
    currency of most carts, then by how grave they are.
    """
    judged = [one for rule in _RULES for one in rule(shop, left, now)]
    findings = [_counted(one, left) for one in judged]
    return AuditReport(
        since=left.since,
        until=left.until,
        carts=len(left.carts),
        findings=tuple(sorted(findings, key=lambda one: _rank(one, left.currency))),
        unseen=shop.unseen,
        requests=shop.requests,
    )


def carts_of(reason: Reason, left: LeftFacts) -> frozenset[int]:
    """Give the carts whose shopper named a reason, or whose facts hint at it."""
    hinted = (one.id for one in left.carts if any(hint.reason is reason for hint in one.hints))
    return left.said.get(reason, frozenset()) | frozenset(hinted)


def _counted(one: Judged, left: LeftFacts) -> AuditFinding:
    ids = carts_of(one.reason, left) if one.about is None else one.about
    if one.verdict is Verdict.OK:  # nothing is lost by what is well
        ids = frozenset()
    carts = [cart for cart in left.carts if cart.id in ids]
    return AuditFinding(
        rule=one.rule,
        reason=one.reason,
        verdict=one.verdict,
        sentence=one.sentence,
        mend=one.mend,
        carts=len(carts),
        money=sums(cart.total for cart in carts),
        said=left.mentions.get(one.reason, 0),
        counted=one.counted or _BY_REASON if ids else "",
    )


def _rank(one: AuditFinding, currency: str) -> tuple[bool, int, int, int]:
    asks = one.verdict is not Verdict.OK
    own = next((each.minor for each in one.money if each.currency == currency), 0)
    return (not asks, -own, _SEVERITY[one.verdict], -one.carts)

"""The audit asks a shop by GET alone, names what it may not see, and gives up in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartdesk.adapters.shop.audit_zones import MOST_ZONES
from cartdesk.adapters.shop.connection import Limits
from cartdesk.adapters.shop.reading_audit import (
    WANTED,
    read_coupons,
    read_gateways,
    read_methods,
    read_pages,
    read_places,
    read_settings,
)
from cartdesk.adapters.shop.shop_audit import ShopAudit
from cartdesk.demo.keys import ApiKey
from cartdesk.demo.rest import dumps
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response
from cartdesk.domain.feedback.audit import judge
from cartdesk.domain.feedback.audit_facts import LeftFacts, ShopFacts
from cartdesk.domain.model import Shop
from cartdesk.domain.money import Money
from cartdesk.domain.ports import StoreError
from cartdesk.domain.views import Verdict
from tests.adapters.mail.certificates import Authority
from tests.adapters.shop.shops import raw_shop, recorded_body, says

QUICK = Limits(connect=2, read=2, total=3, pauses=())
Asked = list[Request]


@asynccontextmanager
async def audited(store: DemoStore, key: ApiKey | None = None, **more: Any) -> AsyncIterator[Any]:
    """Open an audit of a running store; its requests are noted."""
    used = key or store.keys.read_only
    given: dict[str, Any] = {"limits": QUICK, **more}
    audit = ShopAudit(store.address, used.key, used.secret, clock=store.clock, **given)
    try:
        yield audit
    finally:
        await audit.close()


async def look(
    store: DemoStore, key: ApiKey | None = None, products: tuple[int, ...] = (), **more: Any
) -> tuple[ShopFacts, Asked]:
    asked: Asked = []
    store.before_each = asked.append
    async with audited(store, key, **more) as audit:
        facts, _ = await audit.look(lambda _: None, products)
    return facts, asked


# recorded answers


def test_recorded_settings_give_the_wanted_values_and_nothing_else() -> None:
    found = read_settings(recorded_body("settings_general"))
    assert set(found) <= WANTED
    assert found["woocommerce_currency"] == "EUR"
    assert found["woocommerce_calc_taxes"] == "yes"
    assert found["woocommerce_enable_coupons"] == "yes"
    assert found["woocommerce_ship_to_countries"] == ""


def test_recorded_ways_to_pay_are_read() -> None:
    found = {one.id: one.title for one in read_gateways(recorded_body("gateways"))}
    assert found["bacs"] == "Direct bank transfer"
    assert found["testfail"] == "Card (test, declines)"
    off = [{**row, "enabled": False} for row in recorded_body("gateways")]
    assert read_gateways(off) == ()


def test_recorded_coupons_are_read_unless_they_are_one_persons() -> None:
    own = recorded_body("coupon_after_use")
    assert read_coupons([own], "EUR") == ()
    [used] = read_coupons([{**own, "email_restrictions": []}], "EUR")
    assert (used.code, used.used, used.limit, used.minimum) == ("cart-7f3k9q", 1, 1, None)
    ends = {**recorded_body("coupon_create_date_expires"), "email_restrictions": []}
    [ending] = read_coupons([{**ends, "minimum_amount": "79.90"}], "EUR")
    assert ending.expires_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert ending.minimum == Money(7990, "EUR")
    assert read_coupons([{**ends, "status": "draft"}], "EUR") == ()


def test_odd_answers_are_passed_over() -> None:
    odd: list[dict[str, Any]] = [
        {},
        {"id": None, "enabled": True, "title": 5, "settings": [], "method_id": "free_shipping"},
        {"id": "woocommerce_currency", "value": {"a": 1}},
        {"id": 3, "title": "text", "link": "javascript:alert(1)", "slug": None, "code": 7},
    ]
    assert read_settings(odd) == {}
    assert [page.link for page in read_pages(odd)] == [""]
    assert [one.minimum for one in read_methods(odd, "EUR")] == [None]
    assert read_places(odd) == (frozenset(), frozenset())
    paths = [{"code": code, "type": "continent"} for code in ("../../orders/1", "LISA", "eu", "..")]
    assert read_places(paths) == (frozenset(), frozenset({"EU"}))
    assert read_places([{"code": "US:CA", "type": "state"}])[0] == frozenset({"US"})
    assert len(read_coupons(odd, "")) == 4
    [spoilt] = read_coupons([{"code": "\x1b[31mred\u202e\x00"}], "EUR")
    assert spoilt.code.isprintable()


@pytest.mark.parametrize(
    ("requires", "minimum", "by_coupon"),
    [("", None, False), ("min_amount", 7990, False), ("either", 7990, False), ("both", 7990, True)],
)
def test_what_free_shipping_requires_is_read(
    requires: str, minimum: int | None, by_coupon: bool
) -> None:
    settings = {"requires": {"value": requires}, "min_amount": {"value": "79,90"}}
    row = {"enabled": True, "method_id": "free_shipping", "title": "Free", "settings": settings}
    [found] = read_methods([row], "EUR")
    assert found.minimum == (None if minimum is None else Money(minimum, "EUR"))
    assert found.by_coupon is by_coupon


# the demo shop over HTTP


async def test_the_demo_shop_is_seen_whole_with_few_questions_that_change_nothing() -> None:
    async with DemoStore() as store:
        facts, asked = await look(store, products=(14, 22))
    assert facts.unseen == ()
    assert {request.method for request in asked} == {"GET"}
    assert sum(request.path.startswith("/wp-json/") for request in asked) <= 15
    assert len(asked) == facts.requests <= 25
    assert facts.settings["woocommerce_enable_guest_checkout"] == "yes"
    assert facts.settings["woocommerce_tax_display_shop"] == "incl"
    assert {one.id for one in facts.gateways or ()} >= {"card", "bankpay", "cod"}
    finland, europe = (one for one in facts.zones or () if one.methods)
    assert finland.countries == frozenset({"FI"})
    assert europe.countries is not None
    assert {"HU", "GB"} <= europe.countries
    assert next(one for one in europe.methods if one.free).minimum == Money(8000, "EUR")
    assert {one.code for one in facts.coupons or ()} == {"welcome10", "bigkitchen", "summer15"}
    assert {page.slug for page in facts.pages or ()} >= {"terms", "privacy-policy"}
    assert all(one.fine and one.seconds is not None for one in facts.visits.values())
    assert (facts.visits["home"].tries, facts.visits["terms"].tries) == (3, 1)


async def test_what_the_key_may_not_see_is_named_and_not_judged() -> None:
    async with DemoStore() as store:
        facts, _ = await look(store, store.keys.customer)
    assert {one.what for one in facts.unseen} >= {"account settings", "ways to pay", "coupons"}
    assert (facts.settings, facts.gateways, facts.zones) == ({}, None, None)
    assert facts.pages, "these are open to everybody"
    nobody = LeftFacts(store.clock.now(), store.clock.now(), Shop(""))
    rules = {one.rule for one in judge(facts, nobody, store.clock.now()).findings}
    assert rules.isdisjoint({"guest-checkout", "payment-methods", "free-shipping", "coupon-field"})


async def test_one_question_refused_leaves_the_others_answered() -> None:
    def fault(request: Request, answer: Response) -> Response:
        broken = "payment_gateways" in request.path or request.path.endswith("/locations")
        return Response(500, b"<html>fatal</html>") if broken else answer

    async with DemoStore() as store:
        store.faults.append(fault)
        facts, _ = await look(store)
    assert {one.what for one in facts.unseen} == {
        "ways to pay",
        "places of “Finland”",
        "places of “Europe”",
    }
    assert facts.gateways is None
    assert not any(one.places_known for one in facts.zones or () if one.methods)
    assert facts.coupons


async def test_a_wrong_key_or_a_shop_that_is_away_is_an_error() -> None:
    async with DemoStore() as store:
        with pytest.raises(StoreError) as told:
            await look(store, replace(store.keys.read_only, secret="cs_" + "0" * 40))
        assert told.value.kind == "wrong-secret"
    with pytest.raises(StoreError) as told:
        await look(store)
    assert told.value.kind == "refused"


async def test_more_zones_than_are_asked_for_are_named() -> None:
    def fault(request: Request, answer: Response) -> Response:
        if not request.path.endswith("/shipping/zones"):
            return answer
        rows = [{"id": number, "name": f"Zone {number}"} for number in range(9)]
        return Response(200, dumps(rows), answer.headers)

    async with DemoStore() as store:
        store.faults.append(fault)
        facts, _ = await look(store)
    assert not facts.zones_complete
    assert len(facts.zones or ()) <= MOST_ZONES
    assert "Only 4 of 9 were looked at." in {one.why for one in facts.unseen}


async def test_slow_pages_are_measured_and_judged_by_the_median() -> None:
    delays = iter([0.0, 0.6, 0.6])

    def fault(request: Request, answer: Response) -> Response:
        slow = next(delays) if request.path == "/checkout/" else 0.0
        return replace(answer, delay=slow)

    async with DemoStore() as store:
        store.faults.append(fault)
        facts, _ = await look(store)
    assert 0.6 <= (facts.visits["checkout"].seconds or 0) < 1.5
    assert (facts.visits["home"].seconds or 9) < 0.5


async def test_pages_lead_on_inside_the_shop_and_never_out_of_it() -> None:
    def fault(request: Request, answer: Response) -> Response:
        if request.path == "/checkout/":
            return Response(302, b"", {"Location": "/cart/"})
        if request.path == "/terms/":
            return Response(302, b"", {"Location": "https://elsewhere.example/terms/"})
        if request.path == "/wp-json/wp/v2/pages":
            return Response(200, answer.body.replace(b"/privacy", b".evil.example/privacy"))
        return answer

    async with DemoStore() as store:
        store.faults.append(fault)
        facts, asked = await look(store)
    assert facts.visits["checkout"].fine
    assert facts.visits["terms"].status == 302
    assert "privacy" not in facts.visits
    assert ("the page “privacy”", "It is not at the shop's own address.") in {
        (one.what, one.why) for one in facts.unseen
    }
    assert not any("privacy" in request.path for request in asked)
    assert all("authorization" not in r.headers for r in asked if "wp-json" not in r.path)
    assert not any("oauth" in name for r in asked if "wp-json" not in r.path for name, _ in r.query)


async def test_the_whole_has_a_time_limit_and_tells_its_progress() -> None:
    def fault(request: Request, answer: Response) -> Response:
        return replace(answer, delay=5.0 if "/shipping/" in request.path else 0.0)

    told: list[str] = []
    async with DemoStore() as store:
        store.faults.append(fault)
        async with audited(store) as audit:
            began = time.monotonic()
            facts, _ = await audit.look(told.append, seconds=0.5)
            assert time.monotonic() - began < 2
    assert told[0] == "the shop's settings"
    assert {one.what for one in facts.unseen} >= {"shipping zones", "the page “home”"}
    assert facts.settings
    assert facts.visits == {}


async def test_a_shop_that_answers_rubbish_is_an_error_and_no_crash() -> None:
    async with raw_shop(says(200, b"[1, 2")) as shop:
        audit = ShopAudit(shop.address, "k" * 10, "s" * 10, clock=DemoStore().clock, limits=QUICK)
        with pytest.raises(StoreError):
            await audit.look(lambda _: None)
        await audit.close()


@pytest.mark.parametrize(("days", "verdict"), [(5, Verdict.STOP), (12, Verdict.WARN)])
async def test_a_certificate_near_its_end_is_found_over_real_tls(
    tmp_path: Path, days: int, verdict: Verdict
) -> None:
    authority = Authority(tmp_path)
    async with DemoStore(tls=authority.server(days=days)) as store:
        facts, _ = await look(store, ca_file=str(authority.file))
    now = datetime.now(UTC)
    assert facts.certificate_ends is not None
    assert abs(facts.certificate_ends - now - timedelta(days=days)) < timedelta(minutes=5)
    found = judge(facts, LeftFacts(now, now, Shop("")), now).findings
    [one] = [one for one in found if one.rule == "certificate"]
    assert one.verdict is verdict
    assert f"ends in {days - 1} days" in one.sentence


async def test_an_expired_certificate_is_told_as_such(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with DemoStore(tls=authority.server(days=-1)) as store:
        with pytest.raises(StoreError, match="expired"):
            await look(store, ca_file=str(authority.file))
        await asyncio.sleep(0)

"""Who is no shopper: robots, card tests, addresses nobody reads, the shop's own people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain import junk
from cartdesk.domain.junk import Failure, Staff, card_tests, reason
from cartdesk.domain.model import Cart, Line
from cartdesk.domain.money import Money

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CART = Cart(
    1,
    "1",
    "pending",
    NOON,
    NOON,
    "EUR",
    Money(8400, "EUR"),
    email="ana@example.org",
    created_via="store-api",
    lines=(Line(14, 0, "Oak board", 1, Money(8400, "EUR")),),
)
STAFF = Staff.of("Hello@OakAndTin.example", "https://www.oakandtin.example/shop")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"email": ""}, ""),
        ({"email": "john.smith@storebotmail.joonix.net"}, junk.ROBOT),
        ({"email": "x@mailinator.com"}, junk.THROW_AWAY),
        ({"email": "x@inbox.mailinator.com"}, junk.THROW_AWAY),
        ({"email": "x@notmailinator.com"}, ""),
        ({"email": "", "email_malformed": True}, junk.MALFORMED),
        ({"email": ".ana@example.org"}, junk.MALFORMED),
        ({"email": "a..na@example.org"}, junk.MALFORMED),
        ({"email": "ana@-example.org"}, junk.MALFORMED),
        ({"email": "ana@192.0.2.1"}, junk.MALFORMED),
        ({"email": "o'brien+shop@ex-ample.co.uk"}, ""),
        ({"total": Money(0, "EUR")}, junk.NO_TOTAL),
        ({"total": Money(0, "EUR"), "lines": ()}, ""),
        ({"total": None}, ""),
        ({"created_via": "admin"}, junk.STAFF),
        ({"email": "hello@oakandtin.example"}, junk.STAFF),
        ({"email": "maija@oakandtin.example"}, junk.STAFF),
        ({"email": "maija@sub.oakandtin.example"}, ""),
    ],
)
def test_what_no_shopper_left_behind_has_a_reason(
    changes: dict[str, object], expected: str
) -> None:
    assert reason(replace(CART, **changes), STAFF) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shop", ["https://oakandtin.example", "http://127.0.0.1:8080", "https://my-shop.example.net"]
)
def test_a_shop_that_writes_from_a_public_mail_service_does_not_lose_its_customers(
    shop: str,
) -> None:
    staff = Staff.of("oakandtin@gmail.com", shop)
    assert staff.holds("oakandtin@gmail.com")
    assert not staff.holds("ana@gmail.com")
    assert not staff.holds("")
    assert not Staff().holds("")
    assert not Staff().holds("ana@example.org")


def failures(
    count: int, every: timedelta, *, source: str = "", one_total: bool = False, people: bool = True
) -> list[Failure]:
    return [
        Failure(
            number,
            NOON + number * every,
            source,
            Money(100 if one_total else 100 + number, "EUR"),
            f"p{number if people else 0}@example.org",
        )
        for number in range(count)
    ]


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "caught"),
    [
        (failures(5, 15 * MINUTE, source="a"), 5),
        (failures(5, 16 * MINUTE, source="a"), 0),
        (failures(4, MINUTE, source="a"), 0),
        (failures(9, MINUTE), 0),
        (failures(5, 7.5 * MINUTE, one_total=True), 5),
        (failures(5, 8 * MINUTE, one_total=True), 0),
        (failures(9, MINUTE, one_total=True, people=False), 0),
        (failures(300, MINUTE / 10, source="a"), 300),
    ],
)
def test_many_failures_of_one_source_or_one_total_in_a_short_time_are_a_card_test(
    given: list[Failure], caught: int
) -> None:
    assert len(card_tests(given)) == caught


some = st.lists(
    st.builds(
        Failure,
        order_id=st.integers(1, 60),
        at=st.integers(0, 150).map(lambda minutes: NOON + minutes * MINUTE),
        source=st.sampled_from(["", "a", "b"]),
        total=st.sampled_from([None, Money(0, "EUR"), Money(100, "EUR"), Money(100, "SEK")]),
        email=st.sampled_from(["", *(f"p{number}@example.org" for number in range(7))]),
    ),
    max_size=25,
    unique_by=lambda one: one.order_id,
)


@given(some)
def test_whoever_is_caught_has_company_and_whoever_has_company_is_caught(
    history: list[Failure],
) -> None:
    def company(begin: datetime) -> set[int]:
        found: set[int] = set()
        for source in {one.source for one in history} - {""}:
            near = [
                one
                for one in history
                if one.source == source and begin <= one.at <= begin + junk.FROM_ONE_SOURCE
            ]
            found |= {one.order_id for one in near} if len(near) >= junk.MANY else set()
        for total in {one.total for one in history if one.total and one.total.minor}:
            near = [
                one
                for one in history
                if one.total == total and one.email and begin <= one.at <= begin + junk.OF_ONE_TOTAL
            ]
            many = len({one.email for one in near}) >= junk.MANY
            found |= {one.order_id for one in near} if many else set()
        return found

    expected = set[int]().union(*(company(one.at) for one in history))
    assert card_tests(history) == expected
    assert card_tests(history[::-1]) == expected

"""A shop that is broken or means harm, asked through the desk as a merchant's program asks it.

Every answer is either read, or one record of it goes to the quarantine, or the pass stops with
a sentence and the watermark stays where it was. Nothing else may come out.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import random
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.adapters.ledger import LedgerThread
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.adapters.shop.answers import Answer
from cartdesk.adapters.shop.connection import Limits
from cartdesk.adapters.shop.reading import read_order, without_private
from cartdesk.adapters.shop.reading_shop import plain
from cartdesk.adapters.shop.sync import WATERMARK
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response
from cartdesk.desk import Desk
from cartdesk.domain.ports import StoreError
from cartdesk.domain.settings import Settings, ShopSettings
from tests.adapters.shop.shops import QUICK, head, no_sleep, raw_shop, recorded_orders, says

SMALL = replace(QUICK, body=2_000_000, total=1.5)


class Place:
    """A demo shop, and a desk that asks it."""

    def __init__(self, demo: DemoStore, directory: Path, limits: Limits = SMALL) -> None:
        self.demo = demo
        self.ledger = LedgerThread(directory / "ledger.db")
        self.desk = Desk(
            settings=Settings(shop=ShopSettings(address=demo.address)),
            ledger=self.ledger,
            clock=demo.clock,
            letterbox=Letterbox(None),
            store=WooCommerce(
                demo.address,
                demo.key,
                demo.secret,
                clock=demo.clock,
                limits=limits,
                sleep=no_sleep,
            ),
            mailer=None,
        )

    async def watermark(self) -> str | None:
        """Up to when the shop was read."""
        return await self.ledger.read(lambda book: book.state.get(WATERMARK))

    def order(self, **odd: object) -> int:
        """Have an order come; ``odd`` replaces fields of its JSON."""
        at = self.demo.clock.now() - timedelta(minutes=5)
        order = self.demo.shop.open_order(at, [(14, 1)], "pending")
        order.email = f"buyer{order.id}@example.org"
        order.odd = odd
        return order.id

    async def has(self, number: int) -> bool:
        """Whether an order is in the ledger."""
        return await self.ledger.read(lambda book: book.orders.cart(number)) is not None


@asynccontextmanager
async def placed(directory: Path, limits: Limits = SMALL) -> AsyncIterator[Place]:
    async with DemoStore(StoryClock(speed=0)) as demo:
        demo.fill(12)
        place = Place(demo, directory, limits)
        try:
            await place.desk.start()
            await place.desk.poll()
            demo.clock.advance(timedelta(hours=3))
            yield place
        finally:
            await place.desk.close()


def orders_only(change: Callable[[Response], Response]) -> Callable[[Request, Response], Response]:
    """Spoil the lists of orders and nothing else."""

    def fault(request: Request, answer: Response) -> Response:
        return change(answer) if request.path.endswith("/orders") else answer

    return fault


def body(content: bytes, status: int = 200, **headers: str) -> Callable[[Response], Response]:
    return lambda answer: Response(
        status, content, dict(answer.headers) | {k.replace("_", "-"): v for k, v in headers.items()}
    )


def gzipped(content: bytes) -> Callable[[Response], Response]:
    return body(content, Content_Encoding="gzip")


STOPS: dict[str, tuple[Callable[[Response], Response], str]] = {
    "gzip bomb": (gzipped(gzip.compress(b"[" + b" " * 60_000_000)), "too-big"),
    "bomb in a bomb": (gzipped(gzip.compress(gzip.compress(b" " * 9_000_000))), "not-json"),
    "long body": (body(b" " * 3_000_000), "too-big"),
    "bad gzip": (gzipped(b"\x1f\x8b\x08 no gzip at all"), "broken-off"),
    "cut gzip": (gzipped(gzip.compress(b"[]" * 999)[:-9]), "broken-off"),
    "gzip that is none": (gzipped(b"[]"), "broken-off"),
    "cut with a length": (lambda answer: replace(answer, cut=len(answer.body) // 2), "broken-off"),
    "cut without a length": (lambda a: replace(a, body=a.body[: len(a.body) // 2]), "not-json"),
    "cut in a warning": (lambda a: replace(a, body=b"<br />\n" + a.body[:-1]), "not-json"),
    "deep": (body(b"[" * 100_000), "not-json"),
    "deep objects": (body(b'[{"a":' * 5000 + b"1" + b"}]" * 5000), "not-json"),
    "NaN": (body(b'[{"id": NaN}]'), "not-json"),
    "Infinity": (body(b'[{"id": -Infinity}]'), "not-json"),
    "5,000 digits": (body(b'[{"id": ' + b"9" * 5000 + b"}]"), "not-json"),
    "an object": (body(b'{"id": 1}'), "not-json"),
    "a text": (body(b'"orders"'), "not-json"),
    "null": (body(b"null"), "not-json"),
    "empty": (body(b""), "not-json"),
    "UTF-16": (body('[{"id": 1}]'.encode("utf-16")), "not-json"),
    "HTML at 200": (body(b"<!doctype html><h1>Coming soon</h1>"), "plain-permalinks"),
    "a log-in page": (body(b"<html><link href='/wp-includes/x.css'>Log in"), "plain-permalinks"),
    "a challenge": (body(b"<!DOCTYPE html><title>Just a moment...</title>", 403), "firewall"),
    "a challenge at 200": (body(b"<!DOCTYPE html><title>Just a moment...</title>"), "firewall"),
    "busy": (body(b"", 503, Retry_After="99999999999"), "server-error"),
    "busy until a wrong date": (body(b"", 503, Retry_After="Fri, 99 Foo"), "server-error"),
    "too often": (body(b"", 429, Retry_After="Fri, 31 Dec 9999 23:59:59 -2300"), "firewall"),
    "500": (body(b"\x00\xff", 500), "server-error"),
    "a fatal error": (body(b'{"code":"internal_server_error","message":[1]}', 500), "php-fatal"),
    "401 with odd words": (
        body(b'{"code":"woocommerce_rest_x","message":{"a":1}}', 401),
        "wrong-key",
    ),
    "403 that is a list": (body(b"[]", 403), "firewall"),
    "moved": (body(b"", 302, Location="https://evil.example/wp-json/wc/v3/orders"), "moved"),
    "moved nowhere": (body(b"", 301), "moved"),
    "moved to a broken address": (body(b"", 302, Location="http://[evil"), "moved"),
    "moved to a script": (body(b"", 302, Location="javascript:alert(1)"), "broken-off"),
    "an unknown code": (body(b"", 299 + 119), "unexpected"),
    "no content": (body(b"", 204), "not-json"),
    "too many rows": (body(b"[" + b"{}," * 600_000 + b"{}]"), "too-big"),
}


@pytest.mark.parametrize("name", STOPS)
async def test_what_cannot_be_read_stops_the_pass_and_nothing_moves(
    name: str, tmp_path: Path
) -> None:
    change, kind = STOPS[name]
    async with placed(tmp_path) as place:
        number, before = place.order(), await place.watermark()
        place.demo.faults.append(orders_only(change))
        with pytest.raises(StoreError) as stopped:
            await place.desk.poll()
        error = stopped.value
        assert error.kind == kind
        assert "Traceback" not in str(error) and len(str(error)) < 500
        assert str(error).isprintable() and error.mend.isprintable()
        assert error.mend or kind == "not-found"
        assert place.desk.status().problem
        assert await place.watermark() == before and not await place.has(number)
        place.demo.faults.clear()
        await place.desk.poll()
        assert await place.has(number) and await place.watermark() != before


READS: dict[str, Callable[[Response], Response]] = {
    "a PHP warning": lambda a: replace(a, body=b"<br />\n<b>Notice</b>: x in /y\n" + a.body),
    "a byte order mark": lambda a: replace(a, body=b"\xef\xbb\xbf" + a.body),
    "gzip": lambda a: replace(
        a, body=gzip.compress(a.body), headers={**a.headers, "Content-Encoding": "gzip"}
    ),
    "no totals": lambda a: replace(
        a, headers={k: v for k, v in a.headers.items() if not k.startswith("X-WP")}
    ),
    "odd totals": lambda a: replace(
        a, headers={**a.headers, "X-WP-Total": "-1", "X-WP-TotalPages": "many"}
    ),
    "no date": lambda a: replace(a, headers={**a.headers, "Date": "yesterday"}),
    "the last date": lambda a: replace(
        a, headers={**a.headers, "Date": "Fri, 31 Dec 9999 23:59:59 -2300"}
    ),
    "the first date": lambda a: replace(
        a, headers={**a.headers, "Date": "Mon, 01 Jan 0001 00:00:00 +2300"}
    ),
    "a key twice": lambda a: replace(
        a, body=a.body.replace(b'"status":', b'"status":"failed","status":')
    ),
    "bytes that are no text": lambda a: replace(a, body=a.body.replace(b"Oak", b"\xff\xfe")),
}


@pytest.mark.parametrize("name", READS)
async def test_what_can_be_read_is_read(name: str, tmp_path: Path) -> None:
    async with placed(tmp_path) as place:
        number = place.order()
        place.demo.faults.append(orders_only(READS[name]))
        await place.desk.poll()
        assert await place.has(number)


ODD_RECORDS: list[dict[str, object]] = [
    {"id": None},
    {"id": "7"},
    {"id": -3},
    {"id": 10**4000},
    {"id": True},
    {"status": None},
    {"status": ["pending"]},
    {"status": "\u202e\x1b"[:1]},
    {"date_modified_gmt": "soon"},
    {"date_modified_gmt": None},
    {"date_modified_gmt": "9999-12-31T23:59:59"},
    {"date_created_gmt": {"date": "today"}},
]


async def test_one_record_that_cannot_be_read_is_one_row_of_the_quarantine(tmp_path: Path) -> None:
    for place_number, odd in enumerate(ODD_RECORDS):
        async with placed(tmp_path / str(place_number)) as place:
            before = await place.watermark()
            good = [place.order() for _ in range(3)]
            place.order(**odd)
            good += [place.order() for _ in range(3)]
            report = await place.desk.poll()
            assert report.quarantined == 1, odd
            assert "1 record could not be read" in report.sentence
            assert [await place.has(number) for number in good] == [True] * 6
            assert await place.watermark() != before
            assert (await place.desk.poll()).quarantined == 0  # and is not counted again


async def test_a_date_from_the_future_does_not_blind_the_desk(tmp_path: Path) -> None:
    """A wrong clock of the shop, for once, must not put the watermark years ahead."""
    async with placed(tmp_path) as place:
        place.order(date_modified_gmt="2198-01-01T00:00:00")
        wrong = orders_only(
            lambda a: replace(a, headers={**a.headers, "Date": "Mon, 01 Jan 2198 00:00:00 GMT"})
        )
        place.demo.faults.append(wrong)
        await place.desk.poll()
        place.demo.faults.clear()
        place.demo.clock.advance(timedelta(hours=1))
        number = place.order()
        await place.desk.poll()
        assert await place.has(number)
        await place.ledger(lambda book: book.state.put(WATERMARK, "2150-01-01T00:00:00+00:00"))
        number = place.order()
        await place.desk.poll()
        assert await place.has(number)
        kept = await place.watermark()
        assert kept is not None and kept < "2100"


async def test_an_order_paid_after_the_clock_was_put_back_is_known_as_paid(tmp_path: Path) -> None:
    async with placed(tmp_path) as place:
        number = place.order()
        await place.desk.poll()
        order = place.demo.shop.orders[number]
        place.demo.shop.pay(order, order.modified - timedelta(minutes=2))
        await place.desk.poll()
        cart = await place.ledger.read(lambda book: book.orders.cart(number))
        assert cart is not None and cart.status == "processing"


async def test_slow_and_endless_answers_meet_the_limits(tmp_path: Path) -> None:
    async def drip(writer: asyncio.StreamWriter, _number: int) -> None:
        writer.write(head(200, None))
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def endless(writer: asyncio.StreamWriter, _number: int) -> None:
        writer.write(head(200, None))
        while True:
            writer.write(b" " * 65_536)
            await writer.drain()

    async def endless_head(writer: asyncio.StreamWriter, _number: int) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-A: " + b"a" * 60_000 + b"\r\n")
            await writer.drain()

    async def silent(_writer: asyncio.StreamWriter, _number: int) -> None:
        await asyncio.sleep(30)

    limits = replace(QUICK, read=0.3, total=0.4, body=1_000_000)
    scripts = (
        (drip, "timeout"),
        (endless, "too-big"),
        (endless_head, "broken-off"),
        (silent, "timeout"),
        (says(200, b"", whole=False), "not-json"),
    )
    async with DemoStore(StoryClock(speed=0)) as demo:
        for number, (script, kind) in enumerate(scripts):
            async with raw_shop(script) as shop:
                demo.shop.address, kept = shop.address, demo.shop.address
                place = Place(demo, tmp_path / str(number), limits)
                demo.shop.address = kept
                began = time.monotonic()
                with pytest.raises(StoreError) as stopped:
                    await place.desk.poll()
                assert stopped.value.kind == kind and stopped.value.mend
                assert time.monotonic() - began < 4
                assert await place.watermark() is None
                await place.desk.close()


async def test_the_memory_a_bomb_takes_is_bounded(tmp_path: Path) -> None:
    async with placed(tmp_path, replace(QUICK, body=16_000_000, total=10)) as place:
        packer = zlib.compressobj(1, wbits=31)
        parts = [packer.compress(b" " * 1_000_000) for _ in range(300)]
        place.demo.faults.append(orders_only(gzipped(b"".join((*parts, packer.flush())))))
        tracemalloc.start()
        try:
            with pytest.raises(StoreError) as stopped:
                await place.desk.poll()
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert stopped.value.kind == "too-big" and most < 60_000_000


@pytest.mark.parametrize(
    "text",
    [
        ":" * 400_000 + "x",
        "f:" * 200_000 + "-",
        "." * 400_000,
        "a@" * 200_000,
        "@" * 400_000,
        "x@y." * 100_000,
        "<!--" * 5_000,
        "<" * 20_000,
        "<a " * 6_000,
        "<a " * 6_000 + ">",
        "<a '" * 5_000 + ">",
        "<a b=" * 4_000 + ">",
        "<!" * 9_000 + ">",
        "<?" * 9_000 + ">",
        "</" * 9_000 + ">",
        "<script>" * 2_000,
        "&#" * 10_000,
        "&" * 20_000,
        "[" * 400_000,
        '\\"' * 200_000,
        "\u0301" * 400_000,
        "ip" * 200_000,
    ],
    ids=lambda text: repr(text[:6]),
)
def test_no_text_takes_long_to_read(text: str) -> None:
    record = copy.deepcopy(recorded_orders()[0])
    record["billing"] |= dict.fromkeys(("first_name", "email", "phone"), text)
    record["customer_note"] = record["payment_url"] = text
    record["meta_data"] = [{"id": 1, "key": "k", "value": text}, {"id": 2, "key": text, "value": 1}]
    began = time.process_time()
    read_order(without_private(record))
    plain(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "text",
    ["a@" * 200_000, "@" * 300_000, "a" * 300_000, "a." * 200_000],
    ids=("pairs", "ats", "letters", "dots"),
)
async def test_no_record_takes_long_to_put_aside(tmp_path: Path, text: str) -> None:
    async with placed(tmp_path) as place:
        place.order(id="x", customer_note=text)
        began = time.process_time()
        assert (await place.desk.poll()).quarantined == 1
        assert time.process_time() - began < 2


# wrong types in every field

RECORDS = recorded_orders()
WRONG: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        [
            10**18,
            -(10**30),
            10**400,
            1e308,
            -1e308,
            float("1e999"),
            5e-324,
            "",
            "x" * 100_000,
            "1e999999",
            "NaN",
            "Infinity",
            "-0",
            "9" * 4000,
            "\x1b]52;c;x\x07",
            "\ud800",
            "٣",
            "2026-02-30T00:00:00",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "http://[x",
            "https://a\u202eb",
        ]
    ),
    st.text(max_size=20),
    st.lists(st.none() | st.integers() | st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers(), max_size=3),
)


def paths(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a record."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [here] * bool(here) + [path for key, each in inner for path in paths(each, (*here, key))]


def spoilt(record: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy of a record with one place replaced."""
    found = copy.deepcopy(record)
    inner: Any = found
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return found


@st.composite
def wrong_records(draw: st.DrawFn) -> dict[str, Any]:
    """A recorded order with one to four places replaced by something else."""
    record: dict[str, Any] = draw(st.sampled_from(RECORDS))
    for _ in range(draw(st.integers(1, 4))):
        found = paths(record)
        record = spoilt(record, draw(st.sampled_from(found)), draw(WRONG))
    return record


def test_whatever_stands_in_any_field_is_read_or_put_aside(
    tmp_path_factory: pytest.TempPathFactory, examples: int
) -> None:
    """A hundred such records are one page, since that is how they come."""

    @settings(
        max_examples=examples or 25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(wrong_records(), min_size=1, max_size=20), st.integers(0, 2**32))
    def play(records: list[dict[str, Any]], seed: int) -> None:
        asyncio.run(_read_page(tmp_path_factory.mktemp("fuzz"), records, seed))

    play()


async def _read_page(directory: Path, records: list[dict[str, Any]], seed: int) -> None:
    page = json.dumps(records).encode()
    page = page.replace(b": Infinity", b": 1e999").replace(b": -Infinity", b": -1e999")
    async with DemoStore(StoryClock(speed=0)) as demo:
        place = Place(demo, directory)
        try:
            demo.faults.append(orders_only(lambda a: replace(a, body=page)))
            report = None
            try:
                report = await place.desk.poll()
            except StoreError as error:
                assert str(error) and error.mend
            if report is not None:
                assert report.quarantined <= len(records)
            for words in ("", "x", f"min:{seed}"):
                await place.desk.queue(words)
                shown = await place.desk.carts(words)
                for row in shown.rows[:5]:
                    await place.desk.cart(row.id)
                    await place.desk.why(row.id)
            figures = place.desk.figures
            await figures.report(figures.last(365))
            await place.desk.feedback.page()
            rows = [row async for row in place.desk.export("carts")]
            json.dumps(rows, ensure_ascii=False).encode()
        finally:
            await place.desk.close()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    status=st.sampled_from((200, 204, 301, 302, 400, 401, 403, 404, 418, 429, 500, 503)),
    headers=st.dictionaries(
        st.sampled_from(("location", "retry-after", "date", "x-wp-total", "link", "cf-mitigated")),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)
        | st.sampled_from(("http://[", "//[x]:y/", "https://h:99999/", "http://a@b:c@d/", "\\\\x")),
    ),
    content=st.binary(max_size=60)
    | st.builds(
        lambda code, message: json.dumps({"code": code, "message": message}).encode(),
        st.text(max_size=10) | st.none() | st.sampled_from(("rest_no_route", "rest_forbidden")),
        st.text(max_size=30) | st.none() | st.integers() | st.lists(st.none()),
    ),
)
def test_any_answer_is_read_or_refused_in_words(
    status: int, headers: dict[str, str], content: bytes
) -> None:
    from cartdesk.adapters.shop import answers
    from cartdesk.adapters.shop.address import read_address

    shop, answer = read_address("https://shop.example"), Answer(status, headers, content)
    assert answer.server_time is None or answer.server_time.tzinfo
    answer.number("x-wp-total")
    clock = StoryClock(speed=0)
    for error in (
        answers.refusal(shop, "GET /wp-json/wc/v3/orders", answer, clock.now()),
        answers.not_json(shop, answer, "it is not a list"),
    ):
        assert str(error).isprintable() and error.mend.isprintable()


async def test_a_sync_says_nothing_of_a_page_it_could_not_keep(tmp_path: Path) -> None:
    """Several broken passes one after another, each other than the last, and then a good one."""
    chance = random.Random(7)
    async with placed(tmp_path) as place:
        numbers = [place.order() for _ in range(150)]
        before = await place.watermark()
        for name in chance.sample(sorted(STOPS), 6):
            asked = 0

            def second(request: Request, answer: Response, name: str = name) -> Response:
                nonlocal asked
                asked += "modified_after" in dict(request.query)
                return STOPS[name][0](answer) if asked >= 2 else answer

            place.demo.faults[:] = [second]
            with pytest.raises(StoreError):
                await place.desk.poll()
            assert await place.watermark() == before, name
        place.demo.faults.clear()
        assert (await place.desk.poll()).changed >= 50
        assert [number for number in numbers if not await place.has(number)] == []

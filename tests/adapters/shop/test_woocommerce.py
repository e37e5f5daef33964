"""The client against a shop over real HTTP, and against servers that misbehave."""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartdesk.adapters.shop.address import read_address
from cartdesk.adapters.shop.reading import read_order
from cartdesk.adapters.shop.unreachable import unreachable
from cartdesk.adapters.shop.woocommerce import WooCommerce
from cartdesk.demo.clock import StoryClock
from cartdesk.demo.keys import ApiKey
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response
from cartdesk.domain.ports import StoreError
from tests.adapters.mail.certificates import Authority
from tests.adapters.shop.shops import (
    KEY,
    QUICK,
    SECRET,
    Script,
    client,
    head,
    no_sleep,
    raw_shop,
    recorded_answer,
    says,
)

ONE = b'[{"id": 7, "status": "pending", "date_modified_gmt": "2026-11-21T19:11:25"}]'


@asynccontextmanager
async def demo_client(
    store: DemoStore, key: ApiKey | None = None, *, ca_file: Path | None = None
) -> AsyncIterator[WooCommerce]:
    key = key or store.keys.read_only
    shop = WooCommerce(
        store.address,
        key.key,
        key.secret,
        clock=store.clock,
        ca_file=str(ca_file or ""),
        limits=QUICK,
        sleep=no_sleep,
    )
    try:
        yield shop
    finally:
        await shop.close()


async def kind_of(script: Script, **more: Any) -> tuple[StoreError, list[str]]:
    """Ask a misbehaving shop for its orders and give the refusal and what it was asked."""
    async with raw_shop(script) as shop:
        store = client(shop.address, **more)
        try:
            with pytest.raises(StoreError) as refused:
                await store.orders({})
        finally:
            await store.close()
        return refused.value, shop.requests


async def test_orders_come_as_pages_with_totals_and_the_shops_clock() -> None:
    async with DemoStore(StoryClock(speed=0)) as store, demo_client(store) as shop:
        store.fill(250)
        page = await shop.orders({"orderby": "id", "order": "asc", "page": "3"})
        assert (len(page.records), page.total, page.pages, page.warning) == (50, 250, 3, "")
        assert page.server_time == store.clock.now().replace(microsecond=0)
        for record in page.records:
            assert "customer_user_agent" not in record
            read_order(record)
        number = page.records[0]["id"]
        alone = await shop.order(number)
        assert alone is not None and read_order(alone) == read_order(page.records[0])
        assert await shop.order(999_999) is None
        assert await shop.notes(999_999) == ()


async def test_notes_reviews_products_and_customers() -> None:
    async with DemoStore(StoryClock(speed=0)) as store, demo_client(store) as shop:
        now = store.clock.now()
        order = store.shop.open_order(now, [(14, 1)], "pending")
        store.shop.note(order, now + timedelta(minutes=2), "Second &amp; <b>last</b>")
        store.shop.note(order, now, "First")
        notes = await shop.notes(order.id)
        assert [note.text for note in notes] == ["First", "Second & last"]

        found = await shop.products([47, 14, 999_999, 14])
        assert [(product.id, product.kind) for product in found] == [
            (14, "simple"),
            (47, "variation"),
        ]
        assert await shop.products([]) == ()
        assert await shop.is_paying_customer("nobody@example.org") is False


async def test_reviews_after_a_time_are_all_read() -> None:
    async with DemoStore(StoryClock(speed=0)) as store, demo_client(store) as shop:
        now = store.clock.now().replace(microsecond=0)
        for minutes in range(120):
            store.shop.review(
                now - timedelta(minutes=minutes), 14, ("Maija", "m@example.org"), 4, "x"
            )
        assert len(await shop.reviews(now - timedelta(minutes=110))) == 110
        newest = await shop.reviews(None)
        assert len(newest) == 100
        assert max(review.written_at for review in newest) == now


async def test_the_shop_tells_of_itself_as_far_as_the_key_may_see() -> None:
    async with DemoStore() as store:
        async with demo_client(store) as shop:
            seen = await shop.shop()
            assert (seen.zone, seen.currency, seen.country) == ("Europe/Helsinki", "EUR", "FI")
            assert (seen.hold_minutes, seen.version) == (60, store.shop.woo)
            assert seen.address == store.address
        async with demo_client(store, store.keys.customer) as shop:
            less = await shop.shop()
            assert (less.name, less.zone) == (seen.name, seen.zone)
            assert (less.currency, less.hold_minutes, less.version) == ("", None, "")
            assert await shop.is_paying_customer("nobody@example.org") is None


async def test_whether_a_key_may_write_is_found_without_writing() -> None:
    async with DemoStore() as store:
        asked = watched(store)
        expected = [
            (store.keys.read_only, False),
            (store.keys.read_write, True),
            (ApiKey(), None),
        ]
        for key, may in expected:
            async with demo_client(store, key) as shop:
                assert await shop.can_write() is may
        assert [request.body for request in asked] == [b"{}"] * 3


@pytest.mark.parametrize(
    ("name", "kind"),
    [("unknown", "wrong-key"), ("secret", "wrong-secret"), ("write_only", "no-read-permission")],
)
async def test_wrong_keys_are_told_apart(name: str, kind: str) -> None:
    async with DemoStore() as store:
        keys = store.keys
        key = {
            "unknown": ApiKey(),
            "secret": replace(keys.read_only, secret="cs_wrong"),
            "write_only": keys.write_only,
        }[name]
        async with demo_client(store, key) as shop:
            with pytest.raises(StoreError) as refused:
                await shop.orders({})
            assert refused.value.kind == kind
            with pytest.raises(StoreError):
                await shop.shop()


def watched(store: DemoStore) -> list[Request]:
    """Collect what the shop is asked."""
    asked: list[Request] = []

    def watch(request: Request, answer: Response) -> Response:
        asked.append(request)
        return answer

    store.faults.append(watch)
    return asked


async def test_over_https_the_keys_are_in_the_header_alone(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with DemoStore(tls=authority.server()) as store:
        asked = watched(store)
        async with demo_client(store, ca_file=authority.file) as shop:
            store.fill(3)
            assert len((await shop.orders({})).records) == 3
            await shop.shop()
        index = next(request for request in asked if request.raw_path == "/wp-json/")
        assert "authorization" not in index.headers  # anybody may ask for it
        orders = next(request for request in asked if request.raw_path.endswith("/orders"))
        pair = f"{store.key}:{store.secret}".encode()
        assert orders.headers["authorization"] == f"Basic {base64.b64encode(pair).decode()}"
        assert orders.headers["accept"] == "application/json"
        assert orders.headers["user-agent"].startswith("cartdesk/")
        for request in asked:
            assert store.secret not in str(request.query) + request.raw_path
            assert store.key not in str(request.query) + request.raw_path


async def test_over_plain_http_nothing_but_a_signature_leaves() -> None:
    async with DemoStore() as store, demo_client(store) as shop:
        asked = watched(store)
        await shop.orders({"search": "a+b@example.org, ö%"})
        (request,) = asked
        assert "authorization" not in request.headers
        assert store.secret not in str(request)
        assert dict(request.query)["search"] == "a+b@example.org, ö%"


async def test_a_clock_that_is_wrong_here_is_made_up_for() -> None:
    class SlowClock(StoryClock):
        """A computer whose clock stands two days back; only the shop's Date tells."""

    async with DemoStore() as store:
        late = SlowClock(start=datetime.now(UTC) - timedelta(days=2))
        shop = WooCommerce(store.address, store.key, store.secret, clock=late, sleep=no_sleep)
        store.fill(2)
        assert len((await shop.orders({})).records) == 2
        assert len((await shop.orders({})).records) == 2
        assert store.requests == 3  # only the first question had to be asked again
        await shop.close()


@pytest.mark.parametrize(
    ("name", "days", "trusted", "kind"),
    [
        ("127.0.0.1", 10.0, False, "tls-untrusted"),
        ("127.0.0.1", -1.0, True, "tls-expired"),
        ("other.example", 10.0, True, "tls-wrong-host"),
    ],
)
async def test_a_bad_certificate_gets_no_key(
    tmp_path: Path, name: str, days: float, trusted: bool, kind: str
) -> None:
    authority = Authority(tmp_path)
    async with DemoStore(tls=authority.server(name, days)) as store:
        ca_file = authority.file if trusted else None
        async with demo_client(store, ca_file=ca_file) as shop:
            with pytest.raises(StoreError) as refused:
                await shop.orders({})
            assert refused.value.kind == kind
            assert "Nothing was sent" in str(refused.value)
            assert store.requests == 0


async def test_https_to_a_port_that_speaks_http_is_named() -> None:
    async with raw_shop(says(400, b""), listens=False) as shop:
        store = client(shop.address.replace("http://", "https://"))
        with pytest.raises(StoreError) as refused:
            await store.orders({})
        await store.close()
    assert refused.value.kind == "not-https"


async def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("nothing")
    for name in ("no.pem", "missing.pem"):
        store = client("https://127.0.0.1:1", ca_file=str(tmp_path / name))
        with pytest.raises(StoreError) as refused:
            await store.orders({})
        assert refused.value.kind == "bad-ca-file"
        assert name in str(refused.value)


async def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    store = client(f"http://127.0.0.1:{port}")
    with pytest.raises(StoreError) as refused:
        await store.orders({})
    await store.close()
    assert refused.value.kind == "refused" and refused.value.passing


def test_a_name_nobody_knows_is_told() -> None:
    shop = read_address("https://shop.example")
    try:
        try:
            raise socket.gaierror(-2, "Name or service not known")
        except OSError as error:
            raise ConnectionError("All connection attempts failed") from error
    except ConnectionError as wrapped:
        found = unreachable(shop, wrapped)
    assert found.kind == "dns" and "shop.example" in str(found)


async def test_keys_never_follow_a_move(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with (
        raw_shop(says(200, ONE)) as elsewhere,
        DemoStore(tls=authority.server()) as store,
        demo_client(store, ca_file=authority.file) as shop,
    ):
        target = f"{elsewhere.address}/wp-json/wc/v3/orders"
        store.faults.append(lambda _request, _answer: Response(307, b"", {"Location": target}))
        with pytest.raises(StoreError) as refused:
            await shop.orders({})
        assert refused.value.kind == "moved"
        assert store.address in str(refused.value) and elsewhere.address in str(refused.value)
        assert elsewhere.requests == [] and store.requests == 1


async def test_no_failure_and_no_log_shows_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    authority = Authority(tmp_path)
    async with DemoStore(tls=authority.server()) as store:
        store.fill(3)
        key = store.keys.read_write
        pair = base64.b64encode(f"{key.key}:{key.secret}".encode()).decode()
        secrets = (key.secret, key.key, pair)
        faults = [
            lambda _q, _a: Response(401, b'{"code":"woocommerce_rest_x","message":"m"}'),
            lambda _q, _a: Response(500, b"x"),
            lambda _q, _a: Response(200, b"[NaN]"),
            lambda _q, a: replace(a, cut=3),
        ]
        for fault in faults:
            store.faults[:] = [fault]
            async with demo_client(store, key, ca_file=authority.file) as shop:
                with pytest.raises(StoreError) as refused:
                    await shop.orders({})
            error = refused.value
            told = "".join(traceback.format_exception(error)) + error.mend
            assert error.__cause__ is None
            assert not [secret for secret in secrets if secret in told]
    assert not [secret for secret in (*secrets, "oauth_signature") if secret in caplog.text]
    assert "/wp-json/" not in caplog.text


@pytest.mark.parametrize(
    ("status", "tries"), [(500, 3), (502, 3), (503, 3), (400, 1), (401, 1), (403, 1), (404, 1)]
)
async def test_only_what_may_help_is_asked_again(status: int, tries: int) -> None:
    _, asked = await kind_of(says(status, b"<h1>No</h1>"))
    assert len(asked) == tries


async def test_a_pause_the_shop_names_is_reported_not_slept() -> None:
    answer = recorded_answer("maintenance")
    script = says(503, answer.body, {"Retry-After": "600"})
    error, asked = await kind_of(script)
    assert (error.kind, error.retry_after, len(asked)) == ("maintenance", 600, 1)


@pytest.mark.parametrize("fault", ["502", "cut", "cut-no-length", "hang-up", "bad-gzip"])
async def test_one_fault_is_made_up_for_by_asking_again(fault: str) -> None:
    packed = gzip.compress(ONE)
    gzipped = {"Content-Encoding": "gzip"}
    bad = {
        "502": head(502, 0),
        "cut": head(200, len(ONE)) + ONE[:20],
        "cut-no-length": head(200, None) + ONE[:20],
        "hang-up": b"",
        "bad-gzip": head(200, len(packed), gzipped) + packed[:12] + packed[11:-1],
    }[fault]

    async def script(writer: asyncio.StreamWriter, number: int) -> None:
        writer.write(bad if number == 1 else head(200, len(ONE)) + ONE)

    async with raw_shop(script) as shop:
        store = client(shop.address)
        page = await store.orders({})
        await store.close()
    assert [record["id"] for record in page.records] == [7]
    assert len(shop.requests) == 2
    assert "accept-encoding: gzip" in shop.requests[0].lower()
    assert "accept-encoding: identity" in shop.requests[1].lower()


async def test_compressed_answers_are_read() -> None:
    packed = gzip.compress(ONE)
    async with raw_shop(says(200, packed, {"Content-Encoding": "gzip"})) as shop:
        store = client(shop.address)
        assert len((await store.orders({})).records) == 1
        await store.close()


@pytest.mark.parametrize("packed", [True, False])
async def test_an_endless_answer_is_cut_off(packed: bool) -> None:
    limits = replace(QUICK, body=1_000_000)
    if packed:
        bomb = gzip.compress(b"[" + b" " * 60_000_000)
        script = says(200, bomb, {"Content-Encoding": "gzip"})
    else:

        async def script(writer: asyncio.StreamWriter, _number: int) -> None:
            writer.write(head(200, None))
            while True:
                writer.write(b" " * 65_536)
                await writer.drain()

    error, asked = await kind_of(script, limits=limits)
    assert error.kind == "too-big"
    assert len(asked) == 1


async def test_a_dripping_shop_meets_the_deadline() -> None:
    async def drip(writer: asyncio.StreamWriter, _number: int) -> None:
        writer.write(head(200, None))
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    began = asyncio.get_running_loop().time()
    error, asked = await kind_of(drip, limits=replace(QUICK, total=0.3))
    assert asyncio.get_running_loop().time() - began < 2
    assert (error.kind, len(asked)) == ("timeout", 1)


async def test_a_silent_shop_times_out() -> None:
    async def silent(_writer: asyncio.StreamWriter, _number: int) -> None:
        await asyncio.sleep(30)

    error, _ = await kind_of(silent, limits=replace(QUICK, read=0.1, total=0.15))
    assert error.kind == "timeout" and error.passing


async def test_at_most_four_questions_are_open_at_once() -> None:
    now_open = most = 0

    async def script(writer: asyncio.StreamWriter, _number: int) -> None:
        nonlocal now_open, most
        now_open += 1
        most = max(most, now_open)
        await asyncio.sleep(0.02)
        now_open -= 1
        writer.write(head(200, 2) + b"[]")

    async with raw_shop(script) as shop:
        store = client(shop.address)
        await asyncio.gather(*(store.orders({}) for _ in range(12)))
        await store.close()
    assert most == 4 and len(shop.requests) == 12


async def test_a_warning_before_the_list_is_told_with_the_page() -> None:
    async with raw_shop(says(200, recorded_answer("warning_before_json").body)) as shop:
        store = client(shop.address)
        page = await store.orders({})
        await store.close()
    assert [record["id"] for record in page.records] == [127, 126]
    assert page.warning.startswith("Warning: Undefined variable $x")


async def test_a_row_that_is_no_object_is_kept_for_the_quarantine() -> None:
    async with raw_shop(says(200, b"[null, 5]")) as shop:
        store = client(shop.address)
        page = await store.orders({})
        await store.close()
    assert page.records == ({"unreadable": None}, {"unreadable": 5})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "not-json"),
        (b"[NaN]", "not-json"),
        pytest.param(b"[" * 100_000, "not-json", id="deep"),
        (b"{}", "not-json"),
        (b"<!doctype html><p>Coming soon", "not-a-shop"),
        (b"<html><script src='/wp-includes/x.js'>", "plain-permalinks"),
    ],
)
async def test_what_is_no_list_of_orders_is_named(body: bytes, kind: str) -> None:
    error, _ = await kind_of(says(200, body))
    assert error.kind == kind


async def test_wordpress_without_woocommerce_is_named() -> None:
    async with raw_shop(says(200, b'{"name": "Blog", "namespaces": ["wp/v2"]}')) as shop:
        store = client(shop.address)
        with pytest.raises(StoreError) as refused:
            await store.shop()
        await store.close()
    assert refused.value.kind == "woocommerce-off"
    assert KEY not in shop.requests[0] and SECRET not in shop.requests[0]

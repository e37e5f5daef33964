"""The demo shop answers as recorded shops do: status, headers, keys, types, error bodies."""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cartdesk.demo.clock import StoryClock
from cartdesk.demo.keys import ApiKey
from cartdesk.demo.orders import Order, attribution
from cartdesk.demo.store import DemoStore
from cartdesk.demo.web import Request, Response

from .asking import always, ask, differences, recorded, replay, shape, signed_url

START = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
ADDRESS = {
    "first_name": "Eero",
    "last_name": "Smith-Jones",
    "address_1": "Testikatu 6",
    "city": "Helsinki",
    "postcode": "00100",
    "country": "FI",
    "phone": "0400000005",
}


class Shelf:
    """A shop with one order of each recorded kind; ``ids`` by the recording's name."""

    def __init__(self, store: DemoStore) -> None:
        self.store = store
        self.ids: dict[str, int] = {}

    def order(self, name: str, items: tuple[tuple[int, int], ...] = ((14, 2), (18, 1))) -> Order:
        order = self.store.shop.open_order(START, items)
        order.email, order.address = f"{name.replace('_', '.')}@example.com", dict(ADDRESS)
        self.store.shop.touch(order, START + timedelta(seconds=5))
        self.ids[name] = order.id
        return order


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with DemoStore(StoryClock(START + timedelta(minutes=20), 0)) as store:
        shelf, shop = Shelf(store), store.shop
        at = START + timedelta(minutes=3)
        shelf.order("draft_no_email").email = ""
        shelf.order("draft_full", ((45, 1), (20, 3))).coupon = "welcome10"
        for name, via in (("pending_redirect", "store-api"), ("classic_pending", "checkout")):
            shop.place(shelf.order(name), at, "bankpay", via)
        failed = shelf.order("classic_failed")
        shop.place(failed, at, "card", "checkout")
        shop.move(failed, "failed", at, "The card was declined.")
        old = shelf.order("classic_pending_old")
        shop.place(old, START - timedelta(hours=2), "bankpay", "checkout")
        shop.sweep_unpaid(at)
        transfer = shelf.order("onhold_bacs")
        shop.place(transfer, at, "bacs")
        shop.pay(transfer, at, "bacs")
        bought = shelf.order("processing_cod_utm")
        query = dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_content"), "x")
        bought.meta |= attribution(query, f"{store.address}/", at, mobile=False)
        shop.pay(bought, at, "cod")
        shop.register(at, "liisa@example.org", dict(ADDRESS))
        for product, stars in ((17, 4), (14, 2), (14, 5)):
            shop.review(at, product, ("Maija", "maija@example.org"), stars, "<p>Nice</p>\n")
        yield shelf


async def same(
    shelf: Shelf, name: str, path: str | None = None, **changes: object
) -> tuple[httpx.Response, Any]:
    """Ask what was recorded, and check status, the headers that matter and the shape."""
    recording = recorded(name)
    request, answer = recording["request"], recording["response"]
    key = None if request["auth"] == "none" else shelf.store.keys.read_write
    query = {k: v for k, v in request["query"].items() if k != "(see)"} | changes
    ours = await ask(shelf.store.address, path or request["path"], query, key, request["method"])
    assert ours.status_code == answer["status"], ours.text
    for header in ("Content-Type", "Allow", "Cache-Control"):
        assert ours.headers.get(header) == answer["headers"].get(header), header
    for header in ("X-WP-Total", "X-WP-TotalPages", "Link", "Date"):
        assert (header in ours.headers) == (header in answer["headers"]), header
    body = ours.json() if ours.content else ""
    assert differences(shape(body), shape(answer["body"])) == []
    return ours, body


@pytest.mark.parametrize(
    "kind",
    [
        "draft_no_email",
        "draft_full",
        "pending_redirect",
        "classic_pending",
        "classic_failed",
        "classic_pending_old",
        "onhold_bacs",
        "processing_cod_utm",
    ],
)
async def test_orders_and_their_notes_have_the_recorded_shape(shelf: Shelf, kind: str) -> None:
    path = f"/wp-json/wc/v3/orders/{shelf.ids[kind]}"
    _, order = await same(shelf, f"order_{kind}", path)
    real = recorded(f"order_{kind}")["response"]["body"]
    for field in ("status", "needs_payment", "created_via", "is_editable", "currency"):
        assert order[field] == real[field], field
    attributed = {row["key"] for row in real["meta_data"]} - {"_debug_log_source"}
    attributed -= {"_wc_order_attribution_referrer"}
    assert {row["key"] for row in order["meta_data"]} == attributed
    assert order["date_created"] != order["date_created_gmt"]
    await same(shelf, f"notes_{kind}", f"{path}/notes")


async def test_amounts_add_up_as_in_a_real_order(shelf: Shelf) -> None:
    for name in ("draft_full", "processing_cod_utm"):
        order = shelf.store.shop.record(shelf.store.shop.orders[shelf.ids[name]])
        real = recorded(f"order_{name}")["response"]["body"]
        for each in (order, real):
            net = sum(float(line["total"]) for line in each["line_items"])
            shipping = float(each["shipping_total"])
            assert float(each["total"]) == pytest.approx(
                net + shipping + float(each["total_tax"]), abs=0.02
            )


@pytest.mark.parametrize(
    "name",
    [
        "orders_any",
        "orders_default",
        "orders_draft",
        "orders_status_list",
        "orders_search_email",
        "orders_trash",
        "orders_page_beyond",
        "orders_page_full",
        "orders_modified_after",
        "orders_modified_after_z_and_gmt",
        "batch_orders_get_many",
        "head_orders",
        "auth_oauth_rw",
        "products_include_fields",
        "product_simple_images_cross",
        "product_draft_product",
        "product_out_of_stock",
        "product_variable",
        "product_variation_by_id",
        "product_variations",
        "reviews_all",
        "reviews_after",
        "reviews_modified_after_ignored",
        "reviews_bad_status_ignored",
        "reviews_ro",
        "customers_email",
        "gateways",
        "settings_general",
        "settings_general_ro",
        "system_status_fields",
        "index_fields",
        "order_statuses",
        "reports_orders_totals",
    ],
)
async def test_lists_and_settings_have_the_recorded_shape(shelf: Shelf, name: str) -> None:
    paths = {"product_draft_product": 43, "product_out_of_stock": 42}
    changes: dict[str, object] = {}
    if name == "orders_search_email":
        changes["search"] = "draft.full@example.com"
    if name.startswith("orders_modified_after"):
        changes["modified_after"] = "2026-11-21T19:00:05" + ("Z" if "z_and" in name else "")
    if name == "products_include_fields":
        changes["include"] = "14,15,18"
    own = f"/wp-json/wc/v3/products/{paths[name]}" if name in paths else None
    ours, body = await same(shelf, name, own, **changes)
    total = recorded(name)["response"]["headers"].get("X-WP-Total")
    if total == "0":
        assert body == []
        assert ours.headers["X-WP-Total"] == "0"
    elif total:
        assert int(ours.headers["X-WP-Total"]) > 0


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("err_no_auth", ""),
        ("err_order_404", "read_write"),
        ("err_notes_404", "read_write"),
        ("err_product_404", "read_write"),
        ("err_route_404", "read_write"),
        ("err_per_page_101", "read_write"),
        ("err_bad_orderby", "read_write"),
        ("err_bad_status", "read_write"),
        ("err_bad_date", "read_write"),
        ("err_readonly_post", "read_only"),
        ("err_writeonly_get", "write_only"),
        ("err_coupon_no_code", "read_write"),
        ("err_customer_key_orders", "customer"),
        ("err_customer_key_order", "customer"),
        ("err_customer_key_products", "customer"),
        ("err_customer_key_coupon", "customer"),
        ("system_status_customer", "customer"),
    ],
)
async def test_errors_are_the_recorded_ones(shelf: Shelf, name: str, key: str) -> None:
    recording = recorded(name)
    request, answer = recording["request"], recording["response"]
    chosen = getattr(shelf.store.keys, key) if key else None
    ours = await ask(
        shelf.store.address, request["path"], request["query"], chosen, request["method"]
    )
    assert ours.status_code == answer["status"]
    assert ours.json() == answer["body"]
    for header in ("Allow", "Content-Type", "Cache-Control"):
        assert ours.headers.get(header) == answer["headers"].get(header), header


async def test_include_leaves_unknown_ids_out(shelf: Shelf) -> None:
    wanted = [shelf.ids["draft_full"], shelf.ids["onhold_bacs"]]
    ours, body = await same(shelf, "orders_include", include=f"{wanted[0]},{wanted[1]},999999")
    assert [order["id"] for order in body] == sorted(wanted, reverse=True)
    assert ours.headers["X-WP-Total"] == "2"


async def test_newer_versions_show_drafts_only_by_name(shelf: Shelf) -> None:
    async with DemoStore(StoryClock(START, 0), woo="10.9.1") as store:
        draft = store.shop.open_order(START, ((14, 1),))
        key, path = store.keys.read_only, "/wp-json/wc/v3/orders"
        for query, ids in (
            ({}, []),
            ({"status": "any"}, []),
            ({"status": "checkout-draft"}, [draft.id]),
            ({"status": "any,checkout-draft"}, [draft.id]),
        ):
            found = (await ask(store.address, path, query, key)).json()
            assert [order["id"] for order in found] == ids


async def test_modified_after_is_exclusive_and_reads_zones_as_woocommerce_does(
    shelf: Shelf,
) -> None:
    store = shelf.store
    order = store.shop.open_order(START, ((14, 1),))
    store.shop.touch(order, datetime(2026, 11, 21, 19, 10, 5, tzinfo=UTC))
    for given, gmt, found in (
        ("2026-11-21T19:10:04", True, True),
        ("2026-11-21T19:10:05", True, False),  # exclusive
        ("2026-11-21T21:10:04", False, True),  # naive: the shop's own time
        ("2026-11-21T21:10:05", False, False),
        ("2026-11-21T19:10:04Z", False, True),
        ("2026-11-21T19:10:05Z", False, False),
        ("2026-11-21T19:10:04Z", True, False),  # shifts twice
    ):
        query = {"modified_after": given, "include": order.id}
        query |= {"dates_are_gmt": "true"} if gmt else {}
        answer = await ask(store.address, "/wp-json/wc/v3/orders", query, store.keys.read_only)
        assert bool(answer.json()) is found, (given, gmt)


async def test_pages_in_order_of_change_lose_nothing(shelf: Shelf) -> None:
    store = shelf.store
    for _ in range(120):  # all in one second
        store.shop.open_order(START + timedelta(minutes=8), ((25, 1),))
    seen: list[int] = []
    for page in range(1, 8):
        query = {"orderby": "modified", "order": "asc", "per_page": 23, "page": page}
        answer = await ask(
            store.address, "/wp-json/wc/v3/orders", query | {"_fields": "id"}, store.keys.read_only
        )
        seen += [order["id"] for order in answer.json()]
        assert ('rel="next"' in answer.headers["Link"]) == (
            page < int(answer.headers["X-WP-TotalPages"])
        )
    assert sorted(seen) == sorted(store.shop.orders)
    assert len(set(seen)) == len(seen)


async def test_fields_reach_into_objects_and_never_into_lists(shelf: Shelf) -> None:
    number = shelf.ids["draft_full"]
    query = {"include": number, "_fields": "id,billing.email,line_items.name"}
    found = (
        await ask(shelf.store.address, "/wp-json/wc/v3/orders", query, shelf.store.keys.read_only)
    ).json()
    assert found == [{"id": number, "billing": {"email": "draft.full@example.com"}}]


async def test_oauth_is_really_checked(shelf: Shelf) -> None:
    store, path, query = shelf.store, "/wp-json/wc/v3/orders", {"_fields": "id,status"}
    key = store.keys.read_only
    stranger = type(key)()
    wrong_secret = type(key)(key=key.key)

    async def said(expected: str, **how: Any) -> None:
        answer = await ask(store.address, path, query, **how)
        body = recorded(expected)["response"]
        assert (answer.status_code, answer.json()) == (body["status"], body["body"])
        assert "Allow" not in answer.headers

    await said("auth_oauth_wrong", key=stranger)
    await said("auth_oauth_wrongsecret", key=wrong_secret)
    old = str(int(datetime.now(UTC).timestamp()) - 1000 * 86400)
    await said("auth_oauth_old_timestamp", key=key, oauth_timestamp=old)
    once = {"oauth_nonce": "the-same"}
    assert (await ask(store.address, path, query, key, **once)).status_code == 200
    await said("auth_oauth_nonce_reuse", key=key, **once)


async def test_basic_authentication_over_plain_http_is_like_no_key_at_all(shelf: Shelf) -> None:
    store = shelf.store
    key, url = store.keys.read_write, f"{store.address}/wp-json/wc/v3/orders"
    in_query = {"consumer_key": key.key, "consumer_secret": key.secret}
    async with httpx.AsyncClient(trust_env=False) as client:
        answers = {
            "auth_basic_http_rw": await client.get(url, auth=(key.key, key.secret)),
            "auth_query_http_rw": await client.get(url, params=in_query),
        }
    for name, answer in answers.items():
        body = recorded(name)["response"]
        assert (answer.status_code, answer.json()) == (body["status"], body["body"])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key in the same file."""
    tool = shutil.which("openssl")
    if tool is None:
        pytest.skip("openssl is not here")
    path = tmp_path / "shop.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    name = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
    files = ("-keyout", str(path), "-out", str(tmp_path / "cert.pem"))
    subprocess.run([tool, "req", "-x509", *curve, *name, *files], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return path


async def test_over_https_basic_authentication_counts(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    async with (
        DemoStore(tls=tls) as store,
        httpx.AsyncClient(verify=trust, trust_env=False) as client,
    ):
        assert store.address.startswith("https://127.0.0.1:")
        store.fill(1)
        url = f"{store.address}/wp-json/wc/v3/orders"
        key, query = store.keys.read_write, {"per_page": "1", "_fields": "id,status"}
        in_query = query | {"consumer_key": key.key, "consumer_secret": key.secret}
        signed = signed_url("GET", url, query, key)
        for name, answer in {
            "auth_basic_rw": await client.get(url, params=query, auth=(key.key, key.secret)),
            "auth_basic_wrong": await client.get(url, params=query, auth=("ck_x", "cs_x")),
            "auth_basic_wrongsecret": await client.get(url, params=query, auth=(key.key, "cs_x")),
            "auth_query_rw": await client.get(url, params=in_query),
            "auth_query_wrongsecret": await client.get(
                url, params=in_query | {"consumer_secret": "cs_x"}
            ),
            "auth_oauth_https_rw": await client.get(signed),
        }.items():
            real = recorded(name)["response"]
            assert answer.status_code == real["status"], name
            if answer.status_code == 200:
                assert differences(shape(answer.json()), shape(real["body"])) == []
            else:
                assert answer.json() == real["body"], name


async def test_a_connection_is_kept_for_many_questions(shelf: Shelf) -> None:
    url = f"{shelf.store.address}/wp-json/"
    async with httpx.AsyncClient(trust_env=False) as client:
        ports = set()
        for method in ("GET", "HEAD", "GET"):
            answer = await client.request(method, url)
            assert answer.status_code == 200
            assert bool(answer.content) is (method == "GET")
            ports.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(ports) == 1


@pytest.mark.parametrize(
    "name", ["maintenance", "waf_429", "nginx_502", "wc_inactive", "redirect_301", "fatal_in_rest"]
)
async def test_faults_answer_for_the_shop(shelf: Shelf, name: str) -> None:
    shelf.store.faults.append(always(replay(name)))
    answer = await ask(shelf.store.address, "/wp-json/wc/v3/orders", {}, shelf.store.keys.read_only)
    real = recorded(name)["response"]
    assert answer.status_code == real["status"]
    for header in ("Retry-After", "Location"):
        assert answer.headers.get(header) == real["headers"].get(header)
    shelf.store.faults.clear()
    await same(shelf, "orders_any")


async def test_an_answer_can_break_off(shelf: Shelf) -> None:
    def cut(request: Request, answer: Response) -> Response:
        return Response(answer.status, answer.body, answer.headers, cut=len(answer.body) // 2)

    shelf.store.faults.append(cut)
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(shelf.store.address, "/wp-json/")


async def test_nonsense_only_ends_the_connection_it_came_by(shelf: Shelf) -> None:
    port = int(shelf.store.address.rpartition(":")[2])
    for nonsense in (b"HELO\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"GET"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(nonsense)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    assert (await ask(shelf.store.address, "/wp-json/")).status_code == 200


async def test_the_shop_runs_as_a_process_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cartdesk.demo.serve", "--orders", "30", "--seed", "3"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    said = json.loads(await process.stdout.readline())
    key = ApiKey(key=said["key"], secret=said["secret"])
    answer = await ask(said["address"], "/wp-json/wc/v3/orders", {"per_page": 5}, key)
    assert answer.headers["X-WP-Total"] == "30"
    process.stdin.close()
    assert await process.wait() == 0

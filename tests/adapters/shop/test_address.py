"""Addresses as merchants type them."""

from __future__ import annotations

import pytest

from cartdesk.adapters.shop.address import read_address
from cartdesk.domain.ports import StoreError


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("shop.example", "https://shop.example"),
        (" https://shop.example/ ", "https://shop.example"),
        ("HTTPS://Shop.Example/Kauppa/", "https://shop.example/Kauppa"),
        ("https://shop.example/wp-admin/admin.php?page=wc", "https://shop.example"),
        ("https://shop.example/shop/wp-json/wc/v3", "https://shop.example/shop"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("lähikauppa.example", "https://xn--lhikauppa-v2a.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://shop.test", "http://shop.test"),
        ("http://shop.local/x", "http://shop.local/x"),
    ],
)
def test_an_address_is_understood(typed: str, base: str) -> None:
    assert read_address(typed).base == base


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "my shop",
        "https://",
        "ftp://shop.example",
        "https://user:pass@shop.example",
        "https://shop.example:port",
        "https://shop.example/\x1b[2J",
        "javascript:alert(1)",
        "https://shop..example",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(StoreError) as refused:
        read_address(typed)
    assert refused.value.kind == "bad-address"
    assert "https://www.example.com" in refused.value.mend
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    "typed", ["http://shop.example", "http://192.168.1.5", "http://localhost.example"]
)
def test_plain_http_over_the_net_is_refused_and_says_so(typed: str) -> None:
    with pytest.raises(StoreError) as refused:
        read_address(typed)
    assert refused.value.kind == "http-forbidden"
    assert "https://" in refused.value.mend

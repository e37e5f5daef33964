"""OAuth 1.0a signatures, by the examples of RFC 5849."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cartdesk.adapters.shop import oauth


def test_the_base_string_is_the_one_rfc_5849_signs() -> None:
    # RFC 5849, section 1.2: the photo of the vacation, signed with HMAC-SHA1 there.
    text = oauth.base_string(
        "get",
        "http://photos.example.net/photos",
        {
            "file": "vacation.jpg",
            "size": "original",
            "oauth_consumer_key": "dpf43f3p2l4k3l03",
            "oauth_token": "nnch734d00sl2jdk",
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": "137131202",
            "oauth_nonce": "chapoH",
        },
    )
    digest = hmac.new(b"kd94hf93k423kf44&pfkkdhi9sl3r4s00", text.encode(), hashlib.sha1).digest()
    assert base64.b64encode(digest).decode() == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


def test_names_and_values_are_encoded_as_in_rfc_5849() -> None:
    # Section 3.4.1.3.2
    assert oauth.encode("=%3D") == "%3D%253D"
    assert oauth.encode("c@") == "c%40"
    assert oauth.encode("r b") == "r%20b"
    assert oauth.encode("-._~aZ9") == "-._~aZ9"
    assert oauth.encode("ä,+/") == "%C3%A4%2C%2B%2F"


def test_a_signed_request_carries_all_but_the_secret() -> None:
    signed = oauth.sign(
        "GET",
        "http://shop.test/wp-json/wc/v3/orders",
        {"search": "a+b@example.org"},
        key="ck_1",
        secret="cs_CANARY",
        nonce="n",
        timestamp=1795288784,
    )
    query = oauth.query_string(signed)
    assert "cs_CANARY" not in query
    assert query.startswith("search=a%2Bb%40example.org&oauth_consumer_key=ck_1&")
    assert len(base64.b64decode(signed["oauth_signature"])) == 32
    assert signed["oauth_signature_method"] == "HMAC-SHA256"

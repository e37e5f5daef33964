"""JSON that is odd, hostile or stands behind a PHP warning."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.shop.shop_json import BadJson, parse, parse_list, parse_object
from tests.adapters.shop.shops import recorded_answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1, 2",
        b"[NaN]",
        b"[-Infinity]",
        b"[" + b"9" * 5000 + b"]",
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"<html></html>",
    ],
    ids=range(9),
)
def test_what_is_not_usable_json_is_refused_at_once(body: bytes) -> None:
    with pytest.raises(BadJson) as refused:
        parse(body)
    assert str(refused.value)


def test_odd_but_readable_json_is_read() -> None:
    assert parse(b"\xef\xbb\xbf[1]") == [1]
    assert parse(b'["\\ud800x", "\\ud83e\\udd84"]') == ["\ufffdx", "🦄"]
    assert parse(b'["\xff"]') == ["\ufffd"]
    assert parse(b'{"a": 1, "a": 2}') == {"a": 2}
    brackets = ["[" * 500, "}]" * 90, '"[{' * 70]
    assert parse(json.dumps(brackets).encode()) == brackets
    assert parse(b"[" * 60 + b"]" * 60)


@given(
    st.recursive(
        st.text() | st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_all_that_a_shop_writes_is_read_back(value: object) -> None:
    read = parse(json.dumps(value).encode())
    json.dumps(read, ensure_ascii=False).encode()  # no lone surrogate is left
    if "\\ud" not in json.dumps(value):
        assert read == value


def test_a_php_warning_before_an_object_is_cut_off_but_a_cut_object_is_refused() -> None:
    warning = b'<br />Warning: {"oops"} in /srv/x.php on line 3<br />'
    assert parse_object(warning + b'{"id": 7, "lines": [{}]}') == {"id": 7, "lines": [{}]}
    with pytest.raises(BadJson):
        parse_object(warning + b'{"id": 7, "lines": [{}')
    with pytest.raises(BadJson):
        parse_list(b'<br />\n[{"id": 7, "line_items": [{"id": 1}]')
    with pytest.raises(BadJson):
        parse_object(warning + b"[]")


def test_a_php_warning_before_the_list_is_cut_off_and_told() -> None:
    rows, warning = parse_list(recorded_answer("warning_before_json").body)
    assert [row["id"] for row in rows] == [127, 126]
    assert warning == "Warning: Undefined variable $x in /srv/www/plugin.php on line 12"


def test_a_warning_that_quotes_a_list_does_not_fool_the_reader() -> None:
    rows, warning = parse_list(b'<b>Notice</b>: Array [1, 2] to string [x]\n[{"id": 5}]')
    assert rows == [{"id": 5}]
    assert warning.startswith("Notice")


@pytest.mark.parametrize(
    "body", [b'<b>Warning</b> [{"id": 1}', b'{"code": "x"}', b"<b>Warning</b> [1, 2]", b"7"]
)
def test_half_a_list_or_something_else_is_never_taken_for_one(body: bytes) -> None:
    with pytest.raises(BadJson):
        parse_list(body)

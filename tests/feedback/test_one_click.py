"""A reason tapped in a letter comes back as it was tapped, whatever mail programs do to it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.domain.feedback import Reason
from cartdesk.domain.feedback.one_click import (
    OFFERED,
    asks_to_stop,
    links,
    read_stop,
    read_tap,
    token_of,
)

LETTER = "<5f0c8f0e@shop.example>"
TOKEN = token_of(LETTER)


def subject_of(url: str) -> str:
    """Give the subject a mail program fills in when the link is tapped (RFC 6068)."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.path) == ("mailto", "hello@shop.example")
    return parse_qs(parts.query, strict_parsing=True)["subject"][0]


def test_every_language_offers_the_same_known_reasons_in_words_of_its_own() -> None:
    codes = [tuple(labels) for labels in OFFERED.values()]
    assert set(OFFERED) == {"en", "fi", "hu"}
    assert set(codes) == {codes[0]}
    assert {Reason(code) for code in codes[0]}
    words = [label for labels in OFFERED.values() for label in labels.values()]
    assert len(set(words)) == len(words)


prefixes = st.sampled_from(["", "Re: ", "RE: ", "AW: ", "VS: ", "Vá: ", "Re: Re: ", "SV: AW: "])


@given(
    language=st.sampled_from(["en", "fi", "hu", "sv"]),
    prefix=prefixes,
    upper=st.booleans(),
    fold=st.booleans(),
)
def test_what_was_tapped_is_read_back(language: str, prefix: str, upper: bool, fold: bool) -> None:
    offered = OFFERED.get(language, OFFERED["en"])
    for (label, url), reason in zip(
        links("hello@shop.example", TOKEN, language), offered, strict=True
    ):
        subject = prefix + subject_of(url)
        subject = subject.replace(" ", "\r\n ") if fold else subject
        tap = read_tap(subject.upper() if upper else subject)
        assert tap is not None
        assert (tap.token, tap.reason) == (TOKEN, reason)
        assert tap.words == (label.upper() if upper else label)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Re: You left something",
        "[r:]",
        "[r:1f0c9ab2d4]",
        "[r:1f0c9ab2-price]",
        "[r:1f0c9ab2d4-]",
        "[r:zzzzzzzzzz-price]",
        "[r:1f0c9ab2d4-price",
        "x" * 2000 + "[r:1f0c9ab2d4-price]",
    ],
)
def test_a_subject_without_a_whole_token_names_no_reason(subject: str) -> None:
    assert read_tap(subject) is None


@given(st.text(max_size=1500))
def test_no_subject_breaks_the_reading(subject: str) -> None:
    read_tap(subject)
    read_stop(subject)
    asks_to_stop(subject)


def test_a_fold_within_the_token_does_not_hide_it() -> None:
    tap = read_tap(f"Drága a szállítás [r:{TOKEN[:4]}\r\n\t{TOKEN[4:]}-shipping_\r\n cost]")
    assert tap is not None
    assert (tap.token, tap.reason, tap.words) == (TOKEN, "shipping_cost", "Drága a szállítás")


def test_tokens_tell_letters_apart_and_say_nothing_of_them() -> None:
    tokens = {token_of(f"<{number}@shop.example>") for number in range(2000)}
    assert len(tokens) == 2000
    assert all(len(token) == 10 for token in tokens)


def test_without_an_address_or_a_letter_there_is_nothing_to_tap() -> None:
    assert links("", TOKEN) == ()
    assert links("hello@shop.example", "") == ()


@pytest.mark.parametrize(
    ("subject", "token"),
    [
        (f"unsub-{TOKEN}", TOKEN),
        (f"Re: UNSUB-{TOKEN.upper()}", TOKEN),
        (f"unsub-{TOKEN[:-1]}", ""),
        (f"please unsub-{TOKEN}", ""),
        ("STOP", ""),
    ],
)
def test_a_stop_request_names_its_letter(subject: str, token: str) -> None:
    assert read_stop(subject) == token


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("STOP", True),
        ("stop.\n\nSent from my phone", True),
        ("Lopeta!", True),
        ("Leiratkozás", True),
        ("“STOP”", True),
        ("Stop by next week, I will be there", False),
        ("Please do not stop", False),
        ("Hello\nSTOP", False),
        ("", False),
    ],
)
def test_only_a_first_line_that_says_nothing_else_asks_to_stop(text: str, stops: bool) -> None:
    assert asks_to_stop(text) is stops

"""HTML from strangers becomes text: every word of it, no markup, and never for long."""

from __future__ import annotations

import html
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.mail.reply_text import to_text
from cartdesk.adapters.markup import Tag, pieces
from cartdesk.adapters.shop.reading_shop import plain
from tests.growth import growth, square


def shown(markup: str) -> str:
    return "".join(piece for piece in pieces(markup) if isinstance(piece, str))


def tags(markup: str) -> list[Tag]:
    return [piece for piece in pieces(markup) if isinstance(piece, Tag)]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a<b>c</b >d<BR/>e", "acde"),
        ("3 < 4 and 5 > 4, I <3 it </3 &lt;p&gt;", "3 < 4 and 5 > 4, I <3 it </3 <p>"),
        ('<a title="x > y">go</a> <a title=\'"\'>on</a>', "go on"),
        ("<a title=Ana's>go</a> it's", "go it's"),
        ('<a href="https://shop.example/?a=b">go</a>', "go"),
        ("a<!-- <p>no</p> -->b<!-->c<!--->d<!--x--!>e", "abcde"),
        ("a<!doctype html>b<?php no ?>c<![endif]>d<![CDATA[no]]>e", "abcde"),
        ("a<script>if (a<b) '</p>'</SCRIPT >b<style>p > a {}</style>c", "abc"),
        ("a<scripts>b</scripts>c", "abc"),
        ("a<!-- never ends", "a"),
        ("a<script>never ends", "a"),
        ("the price <of it> was <b class='x", "the price  was <b class='x"),
        ('Too dear.<a href="https://shop.exa', 'Too dear.<a href="https://shop.exa'),
        ("a &euro;5 &#8364; &#x20ac; &nosuch; & b", "a €5 € € &nosuch; & b"),
        (f"a &#{'9' * 5000}; &#x{'f' * 5000};b", "a \ufffd \ufffdb"),
        ("&#65abcdefabcdef", "Aabcdefabcdef"),
    ],
    ids=range(16),
)
def test_every_word_is_kept_and_no_markup(markup: str, text: str) -> None:
    assert shown(markup) == text


def test_tags_tell_name_direction_class_and_id() -> None:
    assert tags('<DIV dir="ltr" class="gmail_quote x" ID=q></div><p class = \'a\'><br/>') == [
        Tag("div", named="gmail_quote x q"),
        Tag("div", closes=True),
        Tag("p", named="a"),
        Tag("br"),
    ]
    assert tags('<div data-id="x" title="my class">') == [Tag("div")]


@given(st.lists(st.sampled_from(["Too dear", "for <3 me", " 5 > 4 ", "é&'\"=", "\n"])))
def test_what_was_escaped_comes_back_word_for_word(words: list[str]) -> None:
    markup = "<br>".join(f"<p class='x>y'>{html.escape(word)}</p><!-- > -->" for word in words)
    assert shown(markup) == "".join(words)


@given(st.text(alphabet="<>/!-&;#x19 abp\n\"'=[]?", max_size=80))
def test_nothing_is_too_strange_to_be_read(markup: str) -> None:
    assert len(shown(markup)) <= len(html.unescape(markup))
    plain(markup)
    to_text(markup)


ENDLESS = [
    "<a ",
    "<a\t",
    "<a/",
    "<a b=",
    "<a b='",
    '<a b="',
    "<a b= ",
    '<a x=">" ',
    "<a x='\"' y=\"'\"",
    "</a ",
    "<a class=",
    'class="',
    "<!--",
    "<!--->-",
    "<!",
    "<![",
    "<![CDATA[",
    "<?",
    "</",
    "<",
    "<style>",
    "<script><style>",
    "<title>",
    "<div><blockquote>",
    "&",
    "&#",
    "&#9",
    "&#x",
    "9",
    "= ",
]


@pytest.mark.parametrize("read", [to_text, plain, lambda text: list(pieces(text))])
@pytest.mark.parametrize("end", ["", ">", "'\">"])
def test_the_work_grows_as_the_text_does(end: str, read: Callable[[str], object]) -> None:
    found = {unit: growth(read, unit, end) for unit in ENDLESS}
    assert {unit: times for unit, times in found.items() if times > 9} == {}


def test_the_measure_of_growth_can_tell() -> None:
    assert growth(square, "<a ") > 9
    assert growth(len, "<a ") < 9

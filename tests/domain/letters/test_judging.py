"""What a merchant is told of a letter while it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.letters.judging import LONG_SUBJECT, LONG_TEXT, differences, judge, whole
from cartdesk.domain.views import Verdict

SHOP = "https://shop.example"
GOOD = "Subject: Hello\n\n{{ greeting }}\n\n[Back]({{ link }})\n"
BOX = Letterbox(None)


def told(source: str, hosts: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [(one.verdict.value, one.sentence) for one in judge(source, SHOP, hosts)]


def test_no_letter_of_ours_gets_a_word_of_advice() -> None:
    for language in BOX.all_languages():
        for name in BOX.names(language):
            assert told(BOX.get(name, language).source) == [], f"{language}/{name}"


@pytest.mark.parametrize(
    ("source", "verdict", "words"),
    [
        (f"{GOOD}\n\nBye {{{{ frist_name }}}}\n", Verdict.STOP, "Line 8: There is no field frist"),
        ("Subject: Hello\n\nNo way back.\n", Verdict.STOP, "The way back is missing"),
        (
            GOOD.replace("[Back]", '{% if link_kind == "cart" %}[Back]').replace(
                "link }})", "link }}){% endif %}"
            ),
            Verdict.STOP,
            "missing where the link leads to the payment of an order",
        ),
        (GOOD.replace("Hello", ""), Verdict.STOP, "Line 1: The subject is empty"),
        (GOOD.replace("Subject: Hello\n", ""), Verdict.STOP, "Line 1: The first line must be"),
        (f"{GOOD}{'words ' * 2000}", Verdict.STOP, "longer than 8,000 characters"),
        (GOOD.replace("Hello", "Hello " * 20), Verdict.WARN, f"no more than {LONG_SUBJECT}"),
        (f"{GOOD}\n{'words ' * 500}", Verdict.WARN, f"more than {LONG_TEXT:,}"),
        (f"{GOOD}\n[x](https://evil.example/a)\n", Verdict.WARN, "Line 7: A link leads to evil."),
        (f"{GOOD}\n<https://shop.example.evil.example>\n", Verdict.WARN, "shop.example.evil"),
        (f"{GOOD}\n[x](&#104;ttps://evil.example)\n", Verdict.WARN, "leads to evil.example"),
        (f"{GOOD}\n[x]: https://user@shop.example\n\n[y][x]\n", Verdict.WARN, "otherwise than"),
        (f"{GOOD}\n[x](http://shop.example/a)\n", Verdict.WARN, "written otherwise than https:"),
        (f"{GOOD}\n[x](javascript:alert)\n", Verdict.STOP, "A link leads to “javascript:alert”"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words_with_its_line(
    source: str, verdict: Verdict, words: str
) -> None:
    (found,) = judge(source, SHOP)
    assert found.verdict is verdict
    assert words in found.sentence
    assert whole([found]) is (verdict is Verdict.WARN)


def test_links_to_the_shop_and_to_hosts_the_merchant_trusts_are_fine() -> None:
    source = f"{GOOD}\n[a](https://shop.example/a?b={{{{ item_count }}}}) <https://pay.example/b>\n"
    assert [word for word, _ in told(source)] == ["warn"]
    assert told(source, ("pay.example",)) == []


PIECES = st.sampled_from(
    [
        *("Subject: ", "\n", "\n\n", "{{ link }}", "{{ ", "}}", "{% if total %}", "{% endif %}"),
        *("[a](", ")", "https://x.example", "http://[", "&#x110000;", "{{ items }}", "\0", "# "),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES | st.text(max_size=9), max_size=14).map("".join)))
def test_whatever_is_typed_is_judged_and_never_fails(text: str) -> None:
    for source in (text, f"{GOOD}{text}"):
        for check in judge(source, SHOP):
            assert check.sentence
            assert check.sentence.isprintable()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abc\n")).map("".join), st.lists(st.sampled_from("abc\n")))
def test_differences_hold_every_changed_line_and_nothing_of_equal_texts(
    before: str, typed: list[str]
) -> None:
    after = "".join(typed)
    found = differences(before, after, around=10_000)
    if before == after:
        assert not found
    else:
        assert [text for mark, text in found if mark in " +"] == after.split("\n")
        assert [text for mark, text in found if mark in " -"] == before.split("\n")

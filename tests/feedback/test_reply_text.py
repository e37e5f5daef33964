"""Of a reply only the writer's own words are kept."""

from __future__ import annotations

import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.mail.reply_text import own_words, to_text, without_quotes

OURS = "> You left these in your basket:\n>\n> Oak board   €59.00\n>\n> Maija\n"
CASES = {
    "top": (
        "Too dear for me.\n\nOn Tue, 17 Nov 2026 at 10:12, Maija <m@s.example> wrote:\n" + OURS
    ),
    "top, broken over two lines": (
        "Too dear for me.\n\nOn Tue, 17 Nov 2026 at 10:12, Maija of the Oak & Tin shop\n"
        "<hello@shop.example> wrote:\n" + OURS
    ),
    "bottom": "On 17/11/2026 10:12, Maija wrote:\n" + OURS + "\nToo dear for me.\n",
    "bottom and signed": (
        "Maija <m@s.example> wrote on 17.11.2026:\n"
        + OURS
        + "\nToo dear for me.\n\n-- \nAna\nOy Ab"
    ),
    "finnish": (
        "Too dear for me.\n\nti 17. marrask. 2026 klo 10.12 Maija (m@s.example) kirjoitti:\n" + OURS
    ),
    "hungarian": (
        "Too dear for me.\n\nMaija <m@s.example> ezt írta (időpont: 2026. nov. 17., K, 10:12):\n"
        + OURS
    ),
    "outlook": (
        "Too dear for me.\n\n________________________________\nFrom: Maija <m@s.example>\n"
        "Sent: Tuesday, 17 November 2026 10:12\nTo: Ana\nSubject: You left something\n\nYou left"
    ),
    "outlook in finnish": (
        "Too dear for me.\n\nLähettäjä: Maija <m@s.example>\nLähetetty: tiistai 17. marraskuuta\n"
        "Vastaanottaja: Ana\nAihe: Jäikö jotain\n\nKoriisi jäi"
    ),
    "outlook in hungarian": (
        "Too dear for me.\n\nFeladó: Maija <m@s.example>\nElküldve: 2026. november 17.\n"
        "Címzett: Ana\nTárgy: A kosarad\n\nA kosaradban maradt"
    ),
    "original message": "Too dear for me.\n\n-----Original Message-----\nYou left something",
    "phone": "Too dear for me.\n\nSent from my iPhone\n",
    "finnish phone": "Too dear for me.\n\nLähetetty iPhonesta\n\n" + OURS,
    "signature above the quotation": (
        "Too dear for me.\n\n-- \nAna Virtanen\n+358 40 1234567\n\n"
        "On Tue, 17 Nov 2026, Maija wrote:\n" + OURS
    ),
    "between": "> Oak board   €59.00\n\nToo dear for me.\n\n> Maija\n",
    "windows lines": ("Too dear for me.\r\n\r\nOn Tue, Maija <m@s.example> wrote:\r\n> You left"),
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_quotations_and_signatures_are_left_out(text: str) -> None:
    assert without_quotes(text) == "Too dear for me."


def test_answers_between_quoted_lines_stay_in_their_order() -> None:
    text = "> Did the delivery stop you?\nYes, ten days.\n> Or the price?\nNo.\n"
    assert without_quotes(text) == "Yes, ten days.\nNo."


def test_own_words_that_look_a_little_like_a_quotation_stay() -> None:
    text = "From: what I saw, shipping is 20 euros.\nShe wrote: never again.\n5 > 3 anyway."
    assert without_quotes(text) == text


HTML = {
    "gmail": (
        '<div dir="ltr">Too dear for me.</div><br><div class="gmail_quote gmail_quote_container">'
        '<div class="gmail_attr">On Tue, Maija wrote:<br></div><blockquote>You left</blockquote>'
        "</div>"
    ),
    "outlook": (
        "<html><head><style>p {color: red}</style></head><body><p>Too dear&nbsp;for me.</p>"
        '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Maija</div>'
        "<div>You left something</div></body></html>"
    ),
    "apple": (
        "<body>Too dear for me.<br><br><div><blockquote type=cite><div>On Tue, Maija wrote:</div>"
        "<blockquote>deep</blockquote>You left</blockquote></div></body>"
    ),
    "thunderbird, below": (
        '<div class="moz-cite-prefix">On 17/11/2026, Maija wrote:<br></div>'
        "<blockquote>You left</blockquote><p>Too dear for me.</p>"
    ),
    "with a script": "<script>alert('x')</script><p>Too <b>dear</b> for me.</p><!-- <p>no</p> -->",
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_html_becomes_the_writers_own_text(html: str) -> None:
    message = EmailMessage()
    message.set_content(html, subtype="html")
    assert own_words(message_from_bytes(message.as_bytes())) == "Too dear for me."


def test_a_strange_declaration_or_number_costs_no_words() -> None:
    assert to_text("Too <![ odd ]>dear") == "Too dear"
    assert to_text(f"Too &#{'9' * 5000}; dear") == "Too \ufffd dear"


def test_plain_text_is_preferred_and_attachments_are_nobodys_words() -> None:
    message = EmailMessage()
    message.set_content("Too dear for me.")
    message.add_alternative("<p>Something else</p>", subtype="html")
    message.add_attachment("An invoice", filename="invoice.txt")
    assert own_words(message_from_bytes(message.as_bytes())) == "Too dear for me."


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "Liian kallis, ÄÖ".encode("latin-1")),
        ("iso-8859-1", "Liian kallis, ÄÖ".encode("latin-1")),
        ("no-such-charset", "Liian kallis, ÄÖ".encode()),
        ("", "Liian kallis, ÄÖ".encode()),
    ],
)
def test_a_wrong_character_set_costs_no_words(charset: str, body: bytes) -> None:
    kind = f"text/plain; charset={charset}" if charset else "text/plain"
    raw = b"Content-Type: " + kind.encode() + b"\nContent-Transfer-Encoding: 8bit\n\n" + body
    assert own_words(message_from_bytes(raw, policy=policy.compat32)) == "Liian kallis, ÄÖ"


def test_control_characters_and_directions_are_taken_out() -> None:
    message = EmailMessage()
    message.set_content("Nice \x1b]52;c;ZXZpbA==\x07 shop \u202egnorts")
    text = own_words(message_from_bytes(message.as_bytes()))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert text.startswith("Nice")


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote>" * 30_000,
        "<div><p>" * 10_000,
        "<!--" * 20_000,
        "<![CDATA[" * 10_000,
        "<a " + "x='" * 20_000,
        "&#x" * 20_000,
        "<" * 60_000,
        "</" * 30_000,
        "<a " * 20_000,
        "<a <a <a" * 7_500,
        "<a b='" * 10_000,
        "<![" * 20_000 + ">",
    ],
    ids=str.__len__,
)
def test_html_made_to_take_for_ever_is_read_in_a_moment(html: str) -> None:
    began = time.process_time()
    to_text(html)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [
        "> " * 30_000,
        ">\n" * 30_000,
        "On \n" * 15_000,
        "On x wrote:\n> y\n" * 4_000,
        "From: x\n" * 8_000,
        "-" * 60_000,
        "wrote:" * 10_000,
        "a <" * 20_000,
    ],
    ids=str.__len__,
)
def test_text_made_to_take_for_ever_is_read_in_a_moment(text: str) -> None:
    began = time.process_time()
    without_quotes(text)
    assert time.process_time() - began < 2


@given(st.text(max_size=400))
def test_what_quotes_nothing_is_kept_word_for_word(text: str) -> None:
    words = " ".join("".join(char for char in text if char.isalpha() or char == " ").split())
    quiet = "" if words.casefold().startswith(("sent", "get", "hanki", "az", "küld")) else words
    assert without_quotes(quiet) == quiet

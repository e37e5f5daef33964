"""What people said lands once, is found again, and is counted with the money it is about."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.adapters.ledger import Book
from cartdesk.domain.feedback import Correction, Mood, Reason
from cartdesk.domain.feedback.views import (
    FeedbackFilter,
    FeedbackPage,
    FeedbackSummary,
    PieceState,
    Source,
    Tab,
    Thread,
)
from cartdesk.domain.model import Note, Review
from cartdesk.domain.money import Money
from cartdesk.work.feedback_landing import read_piece
from tests.feedback.books import NOW, every, gathered, kept, order, reasons, said, save, synced
from tests.feedback.left import keep, left

DAY = timedelta(days=1)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    opened = Book(tmp_path / "ledger.sqlite3")
    yield opened
    opened.close()


def summary(book: Book, days: int = 30, **wanted: object) -> FeedbackSummary:
    chosen = FeedbackFilter(**wanted)  # type: ignore[arg-type]
    return book.read(lambda book: book.feedback.summary(chosen, NOW - days * DAY, NOW))


def test_reviews_notes_and_failed_payments_of_a_shop_land_once(book: Book) -> None:
    synced(book)
    for _ in range(3):
        gathered(book)
        synced(book)
    found = every(book)
    assert len(found) == 5
    note = found["Liian kalliit toimituskulut.\nKiitos!"]
    assert (note.source, note.cart_id, note.language) == (Source.NOTE, 500, "fi")
    assert note.email == "p500@example.org"
    assert reasons(note) == {Reason.SHIPPING_COST}
    assert note.state is PieceState.NEW
    coffee = found["Great coffee ☕"]
    assert (coffee.source, coffee.rating, coffee.mood) == (Source.REVIEW, 5, Mood.POSITIVE)
    assert (coffee.who, coffee.email) == ("Liisa", "liisa@example.org")
    assert coffee.product == "House coffee 500 g"
    late = next(piece for text, piece in found.items() if text.startswith("Arrived late."))
    assert late.mood is Mood.NEGATIVE
    gateway = next(piece for piece in found.values() if piece.source is Source.GATEWAY)
    assert gateway.text.startswith("Card declined by test gateway.")
    assert (reasons(gateway), gateway.state) == ({Reason.PAYMENT_FAILED}, PieceState.HANDLED)


def test_what_a_gateway_noted_is_nobodys_word(book: Book) -> None:
    synced(book)
    gathered(book)
    bars = {bar.reason: bar for bar in summary(book).bars}
    assert Reason.PAYMENT_FAILED not in bars
    alone = summary(book, source=Source.GATEWAY)
    assert [(bar.reason, bar.count) for bar in alone.bars] == [(Reason.PAYMENT_FAILED, 1)]
    assert every(book, reason=Reason.PAYMENT_FAILED) == {}
    assert len(every(book, reason=Reason.PAYMENT_FAILED, source=Source.GATEWAY)) == 1
    offered = book.read(lambda book: book.feedback.choices(FeedbackFilter(), NOW)).reasons
    assert Reason.PAYMENT_FAILED not in dict(offered)


def test_a_changed_note_or_review_is_read_anew_and_stays_one(book: Book) -> None:
    save(book, order(1, customer_note="Too dear"))
    gathered(book)
    changed = order(1, customer_note="The delivery takes too long", total="999.00")
    save(book, changed)
    gathered(book)
    found = every(book)
    assert list(found) == ["The delivery takes too long"]
    assert reasons(found["The delivery takes too long"]) == {Reason.DELIVERY}


@given(st.text(max_size=300).filter(lambda text: not text.isspace()))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_written_lands_as_it_is_kept_and_is_left_alone_then(
    book: Book, text: str
) -> None:
    save(book, order(1, customer_note=text))
    gathered(book)
    assert book.read(lambda book: book.feedback.new_notes(10)) == []


def test_many_notes_of_the_shop_hide_no_failure(book: Book) -> None:
    save(book, order(1, status="failed"))
    stock = [Note(n, 1, NOW, "WooCommerce", "Stock levels reduced: Mug") for n in range(1, 400)]
    failed = Note(900, 1, NOW, "WooCommerce", "A kártyát elutasították.")
    theirs = Note(901, 1, NOW, "Maija", "The card failed, I rang her up")
    book.write(lambda book: book.cache.keep_notes([*stock, failed, theirs]))
    gathered(book)
    assert list(every(book)) == ["A kártyát elutasították."]


def test_history_is_put_before_nobody(book: Book) -> None:
    old, new = (
        Review(number, NOW - ago, 7, "Stool", "Ana", "", 2, f"Wobbly {number}")
        for number, ago in ((1, 90 * DAY), (2, DAY))
    )
    book.write(lambda book: book.cache.keep_reviews([old, new]))
    gathered(book)
    states = {text: piece.state for text, piece in every(book).items()}
    assert states == {"Wobbly 1": PieceState.HANDLED, "Wobbly 2": PieceState.NEW}


def test_what_is_kept_apart_says_nothing(book: Book) -> None:
    save(book, order(1, customer_note="buy pills", email="x@mailinator.com"))
    gathered(book)
    assert every(book) == {}


def test_the_filter_narrows_by_each_of_its_parts(book: Book) -> None:
    save(book, order(1), order(2))
    kept(
        book,
        said(1, "Shipping is too expensive", cart_id=1, who="Ana Virtanen", product_id=7),
        said(2, "Toimituskulut ovat liian kalliit", source=Source.SURVEY, language="fi"),
        said(3, "Lovely shop, thank you!", ago=40 * DAY, product_id=7, product="Oak board"),
        said(4, "Tetszik", source=Source.REPLY, state=PieceState.WAITING, language="hu"),
    )
    shipping = {"Shipping is too expensive", "Toimituskulut ovat liian kalliit"}
    assert set(every(book, reason=Reason.SHIPPING_COST)) == shipping
    assert set(every(book, source=Source.SURVEY)) == {"Toimituskulut ovat liian kalliit"}
    assert set(every(book, language="fi")) == {"Toimituskulut ovat liian kalliit"}
    assert set(every(book, words=("ana", "shipping"))) == {"Shipping is too expensive"}
    assert set(every(book, words=("ana", "tetszik"))) == set()
    assert "Lovely shop, thank you!" not in every(book, days=30)
    assert set(every(book, product=7)) == {"Shipping is too expensive", "Lovely shop, thank you!"}
    assert set(every(book, mood=Mood.POSITIVE)) >= {"Lovely shop, thank you!"}
    assert set(every(book, tab=Tab.WAITING)) == {"Tetszik"}
    choices = book.read(lambda book: book.feedback.choices(FeedbackFilter(), NOW))
    assert dict(choices.sources) == {Source.CHAT: 2, Source.SURVEY: 1, Source.REPLY: 1}
    assert dict(choices.reasons)[Reason.SHIPPING_COST] == 2
    assert (7, "Oak board", 2) in choices.products
    assert {"fi", "hu"} <= {language for language, _ in choices.languages}


def test_who_waits_longest_stands_first_and_counts_are_of_every_tab(book: Book) -> None:
    kept(
        book,
        said(1, "one", source=Source.REPLY, state=PieceState.WAITING, ago=2 * DAY),
        said(2, "two", source=Source.REPLY, state=PieceState.WAITING, ago=5 * DAY),
        said(3, "three"),
    )
    page = book.read(lambda b: b.feedback.page(FeedbackFilter(tab=Tab.WAITING), NOW, 1, 0))
    assert [piece.text for piece in page.rows] == ["two"]
    assert page.rows[0].waiting_since == NOW - 5 * DAY
    assert page.oldest_waiting == NOW - 5 * DAY
    counts = (page.matching, page.new, page.waiting, page.answered, page.every)
    assert counts == (2, 1, 2, 0, 3)
    more = book.read(lambda b: b.feedback.page(FeedbackFilter(tab=Tab.WAITING), NOW, 1, 1))
    assert [piece.text for piece in more.rows] == ["one"]


def test_the_answered_tab_tells_answers_from_what_was_put_aside(book: Book) -> None:
    aside: dict[str, Any] = {"state": PieceState.HANDLED}
    waits: dict[str, Any] = {"state": PieceState.WAITING}
    kept(
        book,
        said(1, "one", source=Source.REPLY, state=PieceState.ANSWERED),
        said(2, "two", source=Source.REVIEW, **aside),
        said(3, "declined", source=Source.GATEWAY, **aside),
        said(4, "four", source=Source.REPLY, ago=5 * DAY, **waits),
        said(5, "five", source=Source.SURVEY, ago=2 * DAY, **waits),
    )

    def page(**wanted: object) -> FeedbackPage:
        chosen = FeedbackFilter(**wanted)  # type: ignore[arg-type]
        return book.read(lambda b: b.feedback.page(chosen, NOW, 9, 0))

    shown = page(tab=Tab.ANSWERED)
    assert {piece.text for piece in shown.rows} == {"one", "two"}
    assert (shown.answered, shown.put_aside, shown.matching, shown.every) == (1, 1, 2, 5)
    assert "declined" in {piece.text for piece in page().rows}
    assert page().oldest_waiting == NOW - 5 * DAY
    assert page(source=Source.SURVEY).oldest_waiting == NOW - 2 * DAY
    assert page(source=Source.REVIEW).oldest_waiting is None


def test_money_at_stake_is_that_of_each_cart_once_and_never_added_across_currencies(
    book: Book,
) -> None:
    keep(
        book,
        left(1, total="50.00", currency="EUR"),
        left(2, total="70.00", currency="EUR"),
        left(3, total="9000", currency="HUF"),
        order(4, total="30.00", status="processing", date_paid_gmt="2026-11-20T10:00:00"),
    )
    text = "Shipping is too expensive"
    kept(
        book,
        *(said(10 + n, f"{text}!" * n, cart_id=1) for n in (1, 2, 3)),
        said(2, text, cart_id=2),
        said(3, text, cart_id=3),
        said(4, text, cart_id=4),
        said(5, text),
        said(6, text, ago=40 * DAY, cart_id=2),
    )
    bar = next(bar for bar in summary(book).bars if bar.reason is Reason.SHIPPING_COST)
    assert (bar.count, bar.before) == (5, 1)
    assert bar.money == (Money(900000, "HUF"), Money(12000, "EUR"))
    assert bar.carts == 3
    assert len(bar.quotes) == 3
    assert bar.remedy


def test_everybody_counts_once_for_a_reason_however_often_they_name_it(book: Book) -> None:
    save(book, order(1, email="ana@example.org"))
    letter = Thread("<a@example.org>", (), "<letter@shop.example>", "Re: Your basket", "")
    tap: dict[str, Any] = {"given": (Reason.SHIPPING_COST,)}
    text = "Shipping is too expensive"
    kept(
        book,
        said(1, text, source=Source.REPLY, email="ana@example.org"),
        *(said(n, "", source=Source.ONE_CLICK, cart_id=1, **tap) for n in (2, 3, 4)),
        said(5, f"{text}!", email="ana@example.org", product="Mug"),
        said(6, text, email="bo@example.org"),
        said(7, "Shipping is so expensive", email="bo@example.org"),
        said(8, text, source=Source.REPLY, thread=letter),
        said(9, "", source=Source.ONE_CLICK, thread=letter, **tap),
        said(10, text),
        said(11, text),
    )
    bar = next(bar for bar in summary(book).bars if bar.reason is Reason.SHIPPING_COST)
    assert bar.count == 5  # Ana, Bo, who has the letter, and two nobody knows
    assert summary(book).pieces == 11


def at(hour: int) -> dict[str, str]:
    time = f"2026-11-20T{hour:02}:00:00"
    return {"date_created_gmt": time, "date_modified_gmt": time, "currency": "EUR"}


@pytest.mark.parametrize(("paid", "money", "carts"), [("", (Money(7000, "EUR"),), 1), ("x", (), 0)])
def test_a_merged_cart_counts_as_the_one_that_leads_and_one_bought_as_nothing(
    book: Book, paid: str, money: tuple[Money, ...], carts: int
) -> None:
    both = {"email": "ana@example.org"}
    bought = {"status": "processing", "date_paid_gmt": "2026-11-21T10:00:00"} if paid else {}
    keep(
        book,
        left(1, total="50.00", **both, **at(8)),
        left(2, total="70.00", **both, **at(11)),
    )
    keep(book, left(2, total="70.00", **both, **at(11), **bought))
    states = [row["state"] for row in book.db.query("SELECT state FROM orders ORDER BY id")]
    assert states == ["merged", "recovered" if paid else "abandoned"]
    kept(
        book,
        said(1, "Shipping is too expensive", cart_id=1),
        said(2, "Shipping is too expensive!", cart_id=2),
    )
    bar = next(bar for bar in summary(book).bars if bar.reason is Reason.SHIPPING_COST)
    assert (bar.money, bar.carts) == (money, carts)


def test_praise_and_what_nothing_is_known_of_are_counted_apart(book: Book) -> None:
    kept(book, said(1, "Thank you, wonderful shop!"), said(2, "Hmm"), said(3, "Too expensive"))
    found = summary(book)
    assert [piece.text for piece in found.praise] == ["Thank you, wonderful shop!"]
    assert (found.pieces, found.positive, found.before) == (3, 1, 0)
    assert found.unknown == 2


def test_a_correction_holds_for_the_same_words_now_and_later_until_it_is_taken_back(
    book: Book,
) -> None:
    kept(book, said(1, "It was the hedgehog."), said(2, "it was the HEDGEHOG"), said(3, "Too dear"))
    wanted = Correction(frozenset({Reason.TRUST, Reason.PRICE}), Mood.NEGATIVE)

    def correct(book: Book) -> int:
        return len(book.feedback.correct("It was the hedgehog.", wanted, read_piece, NOW))

    assert book.write(correct) == 2
    kept(book, said(4, "It was  the hedgehog!"))
    found = every(book)
    hedgehogs = [piece for text, piece in found.items() if "hedgehog" in text.casefold()]
    assert len(hedgehogs) == 3
    for piece in hedgehogs:
        assert reasons(piece) == {Reason.TRUST, Reason.PRICE}
        assert (piece.mood, piece.corrected) == (Mood.NEGATIVE, True)
    assert not found["Too dear"].corrected
    book.write(lambda b: b.feedback.correct("It was the hedgehog.", None, read_piece, NOW))
    assert all(
        not piece.corrected and not piece.reasons
        for text, piece in every(book).items()
        if "hedgehog" in text.casefold()
    )


def test_a_tapped_reason_stands_beside_what_the_words_say(book: Book) -> None:
    tapped = said(1, "and the delivery takes too long", given=(Reason.PRICE,))
    kept(book, replace(tapped, source=Source.ONE_CLICK))
    (piece,) = every(book).values()
    assert reasons(piece) == {Reason.PRICE, Reason.DELIVERY}


def test_twenty_thousand_pieces_stay_quick(book: Book) -> None:
    save(book, *(order(number, total=f"{number}.00") for number in range(1, 201)))
    words = ["Shipping is too expensive", "Too slow delivery", "Lovely, thank you", "Hmm"]
    pieces = [
        said(
            number,
            f"{words[number % 4]} {number}",
            ago=timedelta(minutes=5 * number),
            cart_id=number % 200 + 1,
            product_id=number % 9,
            state=PieceState.WAITING if number % 50 == 0 else PieceState.NEW,
        )
        for number in range(20_000)
    ]
    read = {one.text.split()[0]: read_piece(one, None) for one in pieces[:4]}
    book.write(lambda b: b.feedback.land(pieces, lambda new, _: read[new.text.split()[0]], NOW))
    asked = {
        "page": lambda b: b.feedback.page(FeedbackFilter(), NOW, 200, 0),
        "by words": lambda b: b.feedback.page(FeedbackFilter(words=("slow", "77")), NOW, 200, 0),
        "by reason": lambda b: b.feedback.page(
            FeedbackFilter(tab=Tab.WAITING, reason=Reason.SHIPPING_COST, days=30), NOW, 200, 0
        ),
        "bars": lambda b: b.feedback.summary(FeedbackFilter(), NOW - 30 * DAY, NOW),
        "choices": lambda b: b.feedback.choices(FeedbackFilter(days=30), NOW),
        "nothing new": lambda b: (b.feedback.new_notes(200), b.feedback.new_reviews(200)),
    }
    took = {}
    for name, question in asked.items():
        began = time.perf_counter()
        book.read(question)
        took[name] = time.perf_counter() - began
    print({name: f"{seconds * 1000:.0f} ms" for name, seconds in took.items()})
    assert max(took.values()) < 1, took

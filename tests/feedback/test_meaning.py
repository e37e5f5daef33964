"""What a piece of feedback says: reasons and mood, the words shown for them, corrections."""

from __future__ import annotations

import time
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cartdesk.domain.feedback import Correction, Mood, Reason, read_feedback, wording
from cartdesk.domain.feedback.vocabulary import LANGUAGES
from cartdesk.domain.feedback.wording import LIMIT, split
from tests.feedback.scores import DEVELOPMENT, measure, pieces

EXAMPLES = pieces(DEVELOPMENT)
R = Reason


def reasons(text: str, language: str = "") -> set[Reason]:
    return {found.reason for found in read_feedback(text, language).reasons}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The shipping was far too expensive.", {R.SHIPPING_COST}),
        ("Shipping was fine.", set()),
        ("The shipping was not expensive at all.", set()),
        ("I did not order because the shipping was too expensive.", {R.SHIPPING_COST}),
        ("It isn't overpriced, but the checkout is too complicated.", {R.CHECKOUT_LONG}),
        ("Not only too expensive, the page also crashed.", {R.PRICE, R.TECHNICAL}),
        ("I can't believe how expensive this is", {R.PRICE}),
        ("There were no hidden fees.", set()),
        ("No PayPal?", {R.PAYMENT_METHOD}),
        ("Postikulut ovat liian kalliit.", {R.SHIPPING_COST}),
        ("Ei ollut kallis.", set()),
        ("Eivät ne postikulut kovin korkeat olleet, ja tuote on ihana.", set()),
        ("En ostanut, koska se oli liian kallis.", {R.PRICE}),
        ("Maksu ei mennyt läpi", {R.PAYMENT_FAILED}),
        ("Túl drága volt.", {R.PRICE}),
        ("Nem volt drága.", set()),
        ("Nem rendeltem, mert túl drága volt.", {R.PRICE}),
        ("A szállítás nem volt drága.", set()),
        ("Nem sikerült a fizetés.", {R.PAYMENT_FAILED}),
        ("", set()),
        ("ok", set()),
        ("Versand war leider zu teuer", set()),
        ("👍👍👍", set()),
    ],
)
def test_what_is_denied_is_no_reason_and_what_no_rule_knows_stays_unknown(
    text: str, expected: set[Reason]
) -> None:
    assert reasons(text) == expected


@pytest.mark.parametrize(
    ("proper", "typed"),
    [
        ("Túl magas a szállítási költség!", "tul magas a szallitasi koltseg"),
        ("En päässyt kirjautumaan sisään.", "en paassyt kirjautumaan sisaan"),
        ("The shipping costs are too expensive.", "THE SHIPING COSTS ARE TOO EXPENSSIVE"),
        ("Toimituskulut ovat kalliit.", "Toimituskulutt ovat kalliit"),
        ("This is too expensive", "this is toooo expensiiiive"),
        ("I don’t trust this site", "I don't trust this site"),
    ],
)
def test_missing_accents_and_small_slips_are_forgiven(proper: str, typed: str) -> None:
    assert reasons(proper) == reasons(typed) != set()


def test_a_slip_never_turns_one_good_word_into_another() -> None:
    assert reasons("Shopping here is expensive fun, said nobody") != {R.SHIPPING_COST}
    assert R.SHIPPING_COST not in reasons("I love shopping with you")


def test_the_words_shown_stand_in_the_text_where_their_places_say() -> None:
    text = "Hello! Posting to Åland: the SHIPPING was way too expensive, and I can't log in."
    reading = read_feedback(text)
    assert {one.reason for one in reading.reasons} == {R.SHIPPING_COST, R.LOGIN}
    first = reading.reasons[0]
    assert first.words == ("SHIPPING", "expensive")
    for found in reading.reasons:
        assert found.words == tuple(text[start:end] for start, end in found.spans)


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("Lovely bowls, and so well packed!", Mood.POSITIVE),
        ("The quality is not good.", Mood.NEGATIVE),
        ("Lovely, but too expensive.", Mood.NEGATIVE),
        ("When will it arrive?", Mood.NEUTRAL),
        ("Why is it so expensive?", Mood.NEGATIVE),
        ("Is the quality good?", Mood.NEUTRAL),
        ("😍", Mood.POSITIVE),
        ("😡", Mood.NEGATIVE),
        ("Erittäin hyvä laatu, suosittelen.", Mood.POSITIVE),
        ("En ole tyytyväinen.", Mood.NEGATIVE),
        ("Nagyon elégedett vagyok!", Mood.POSITIVE),
        ("Nem vagyok elégedett.", Mood.NEGATIVE),
        ("Sehr schön", Mood.NEUTRAL),
    ],
)
def test_the_mood_is_heard(text: str, mood: Mood) -> None:
    reading = read_feedback(text)
    assert reading.mood is mood
    assert bool(reading.mood_words) == (mood is not Mood.NEUTRAL)


def test_the_language_is_guessed_and_a_hint_only_decides_what_the_text_leaves_open() -> None:
    assert read_feedback("Where is my parcel? I have been waiting for it.").language == "en"
    assert read_feedback("Missä minun pakettini on?").language == "fi"
    assert read_feedback("Hol van a csomagom?").language == "hu"
    assert read_feedback("Wo bleibt mein Paket", "fi").language == "fi"
    assert read_feedback("I could not pay with my card, it was declined.", "fi").language == "en"
    assert read_feedback("12345").language == ""
    guessed = [read_feedback(one["text"]).language == one["language"] for one in EXAMPLES]
    assert sum(guessed) >= 0.97 * len(guessed)


def test_the_examples_the_lists_were_written_with_are_still_understood() -> None:
    for language, scores in measure(EXAMPLES).items():
        assert scores.reasons.precision >= 0.95, language
        assert scores.reasons.recall >= 0.9, language
        assert scores.moods.precision >= 0.93, language


def test_a_correction_wins_and_is_remembered_for_the_same_wording_only() -> None:
    corrected = {wording("Too expensive!"): Correction(frozenset({R.DELIVERY}), Mood.POSITIVE)}
    reading = read_feedback("  too   EXPENSIVE… 😀", "en", corrected)
    assert [one.reason for one in reading.reasons] == [R.DELIVERY]
    assert (reading.mood, reading.corrected, reading.language) == (Mood.POSITIVE, True, "en")
    assert reading.reasons[0].words == ()
    other = read_feedback("Far too expensive!", "en", corrected)
    assert ([one.reason for one in other.reasons], other.corrected) == ([R.PRICE], False)
    nothing = {wording("Too expensive!"): Correction(frozenset(), Mood.NEUTRAL)}
    assert read_feedback("Too expensive!", "en", nothing).reasons == ()


def test_wordings_differ_by_words_and_accents_and_keep_no_text() -> None:
    assert wording("Hyvä, kiitos!") == wording("hyvä kiitos")
    assert wording("Don’t ship") == wording("don't  SHIP")
    assert wording("saari") != wording("sääri")
    assert wording("👍") != wording("👎") != wording("")
    assert len({len(wording(text)) for text in ("", "a", "long " * 500)}) == 1
    assert "expensive" not in wording("Too expensive!")


def test_every_reason_has_a_title_and_a_remedy_of_its_own() -> None:
    assert len({reason.title for reason in Reason}) == len(Reason) == 17
    assert len({reason.remedy for reason in Reason}) == len(Reason)
    assert all(len(reason.title) <= 42 for reason in Reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_lists_can_be_met(language: str) -> None:
    file = files("cartdesk.domain.feedback") / "words" / f"{language}.toml"
    lists = tomllib.loads(file.read_text("utf-8"))
    sets = lists["sets"]
    assert set(lists["reasons"]) == set(Reason)
    for phrase in _phrases(lists):
        for step in phrase.replace("&", " ").replace("~", " ").split():
            for name in step.split("|"):
                words = sets[name[1:]].split() if name.startswith("@") else [name]
                for word in words:
                    bare = word.strip("*")
                    assert word == "#" or len(split(bare)) == 1, (phrase, word)


def _phrases(lists: dict[str, Any]) -> list[str]:
    kinds = [lists[kind] for kind in ("positive", "negative", "exempt")]
    kinds += [phrases for reason in lists["reasons"].values() for phrases in reason.values()]
    return [phrase for phrases in kinds for phrase in phrases]


@given(st.text(max_size=300), st.sampled_from(["", "en", "fi", "hu", "de", "\x00"]))
@settings(max_examples=150, deadline=None)
@example("\x00" * 10, "")
@example("ı̇İßŉ" * 20, "hu")
@example("'" * 50 + "a'" * 50, "en")
@example("\ud800 shipping too expensive", "en")
def test_any_text_is_read_and_every_place_lies_in_it(text: str, language: str) -> None:
    reading = read_feedback(text, language)
    for found in reading.reasons:
        assert found.words == tuple(text[start:end] for start, end in found.spans) != ()
    assert wording(text) == wording(text)


@given(st.sampled_from(EXAMPLES), st.sampled_from(["📦", "🙃", "  ", "\n", " \t 🎈 "]), st.data())
@settings(max_examples=150, deadline=None)
def test_capitals_spaces_and_emoji_change_no_label(
    piece: dict[str, Any], added: str, data: st.DataObject
) -> None:
    text, language = piece["text"], piece["language"]
    words = text.split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    changed = " ".join([*words[:at], words[at] + " " + added.strip(" \t"), *words[at + 1 :]])
    wanted = read_feedback(text, language)
    for variant in (changed, f"{added}{text}{added}", text.upper(), text.lower()):
        reading = read_feedback(variant, language)
        assert [one.reason for one in reading.reasons] == [one.reason for one in wanted.reasons]
        assert reading.mood is wanted.mood


@pytest.mark.parametrize(
    "unit",
    [
        "shipping expensive not ",
        "a'",
        "x",
        "é\u0301\u0301",
        "? ",
        "\n \n",
        "kallis toimitus postikulut ei ",
        "szállítási költség drága nem ",
        "shiping expensve delivry payemnt ",
        "1,2.3",
    ],
)
def test_hostile_lengths_cost_no_more_than_the_part_that_is_read(unit: str) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        read_feedback(text)
        return time.process_time() - start

    read_feedback("warm")
    full = unit * (LIMIT // len(unit) + 1)
    half = min(seconds(full[: LIMIT // 2]) for _ in range(2))
    whole = min(seconds(full[:LIMIT]) for _ in range(2))
    huge = min(seconds(unit * (1_000_000 // len(unit))) for _ in range(2))
    assert whole < 3 * half + 0.05, "it grows faster than the text"
    assert huge < 2 * whole + 0.05, "what lies behind the limit was read"
    assert whole < 1

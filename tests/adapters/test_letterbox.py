"""The merchant's own letters stand before ours, and stay inside their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartdesk.adapters.letterbox import Letterbox
from cartdesk.domain.letters import LetterProblem

OURS = ("any-questions", "friendly-reminder", "payment-help", "small-gift")
GOOD = "Subject: Mine\n\n[Back]({{ link }})\n"


def put(folder: Path, name: str, text: str | bytes, language: str = "en") -> Path:
    path = folder / language / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def test_our_letters_are_there_and_sound() -> None:
    box = Letterbox(None)
    assert box.names() == OURS
    assert box.problems() == ()
    assert box.get("small-gift").language == "en"
    assert box.words().total == "Total"


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert Letterbox(tmp_path / "none").names() == OURS


def test_an_own_letter_takes_the_place_of_ours_and_is_read_afresh(tmp_path: Path) -> None:
    box = Letterbox(tmp_path)
    put(tmp_path, "small-gift.md", b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert box.get("small-gift").source == GOOD
    assert box.get("any-questions").source == Letterbox(None).get("any-questions").source
    put(tmp_path, "small-gift.md", GOOD.replace("Mine", "Yours"))
    assert "Yours" in box.get("small-gift").source


def test_a_language_is_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "small-gift.md", GOOD, "et")
    put(tmp_path, "words.toml", 'total = "Kokku"', "et")
    box = Letterbox(tmp_path)
    assert box.names("et") == ("small-gift",)
    assert box.get("small-gift", "et").language == "et"
    assert box.words("et").total == "Kokku"
    assert box.languages("small-gift") == ("en", "et", "fi", "hu")
    assert box.languages("any-questions") == ("en", "fi", "hu")
    assert box.problems() == ()
    with pytest.raises(LetterProblem, match=r"in the language “sv”\. There are: none"):
        box.get("small-gift", "sv")


def test_only_letters_are_listed(tmp_path: Path) -> None:
    for name in ("notes.txt", "Bad Name.md", ".hidden.md", "small-gift.md~", "vip.md"):
        put(tmp_path, name, GOOD)
    assert Letterbox(tmp_path).names() == tuple(sorted([*OURS, "vip"]))


@pytest.mark.parametrize("name", ["../secret", "a/b", "", ".", "A", "x" * 60, "a\0b"])
def test_a_name_never_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    put(tmp_path, "../../secret.md", GOOD)
    for question in ((name, "en"), ("small-gift", name)):
        with pytest.raises(LetterProblem):
            Letterbox(tmp_path / "own").get(*question)


def test_what_is_wrong_is_named_with_the_letter(tmp_path: Path) -> None:
    box = Letterbox(tmp_path)
    put(tmp_path, "small-gift.md", "Subject: x\n\n{{ frist_name }}")
    put(tmp_path, "vip.md", b"Subject: \xff\xfe")
    put(tmp_path, "huge.md", "Subject: x\n\n" + "a" * 200_000)
    problems = "\n".join(box.problems())
    assert "In the letter “en/small-gift”: Line 3: There is no field frist_name." in problems
    assert "vip.md is not UTF-8" in problems
    assert "huge.md is too large" in problems
    with pytest.raises(LetterProblem, match="no letter “gone”"):
        box.get("gone")

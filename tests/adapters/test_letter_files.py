"""The merchant's letters on disk: whole or not at all, with their former versions."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cartdesk.adapters.letter_files import MOST_VERSIONS, LetterFiles, tidy
from cartdesk.adapters.letterbox import Letterbox

NOW = datetime(2025, 6, 3, 11, 2, tzinfo=UTC)
NAME = "small-gift"


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=4))
def test_any_text_comes_back_as_it_was_and_so_does_every_former_one(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        files = LetterFiles(Path(place) / "letters")
        for number, text in enumerate(texts):
            files.save("en", NAME, text, NOW + timedelta(seconds=number))
            assert Letterbox(files.folder).get(NAME).source == tidy(text)
            assert tidy(tidy(text)) == tidy(text)
        former = [tidy(text) for text, after in pairwise(texts) if tidy(text) != tidy(after)]
        kept = [files.version("en", NAME, one.key) for one in files.versions("en", NAME)]
        assert kept == former[::-1]
        files.save_draft("en", NAME, texts[0])
        assert files.draft("en", NAME) == tidy(texts[0])


def test_the_newest_versions_are_kept_also_of_one_second_and_all_files_are_private(
    tmp_path: Path,
) -> None:
    files = LetterFiles(tmp_path / "letters")
    for number in range(MOST_VERSIONS + 15):
        files.save("en", NAME, f"text {number}", NOW)
    versions = files.versions("en", NAME)
    assert len(versions) == MOST_VERSIONS
    newest = [files.version("en", NAME, one.key) for one in versions]
    assert newest == [f"text {number}" for number in range(33, 13, -1)]
    for path in (tmp_path / "letters").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path

    files.save_draft("en", NAME, "half")
    files.remove("en", NAME, NOW + timedelta(hours=1))
    assert not files.has("en", NAME)
    last = [files.version("en", NAME, one.key) for one in files.versions("en", NAME)[:2]]
    assert set(last) == {"text 34", "half"}
    assert all(name.startswith("en/.versions/") for name in files_of(tmp_path / "letters"))


def test_no_name_leads_out_of_the_folder_of_versions(tmp_path: Path) -> None:
    files = LetterFiles(tmp_path)
    (tmp_path / "secret.md").write_text("secret")
    files.save("en", NAME, "one", NOW)
    files.save("en", NAME, "two", NOW)
    for key in ("../../../secret", "secret", "", "20250603T110200Z/.."):
        assert files.version("en", NAME, key) is None
    (tmp_path / "en" / ".versions" / NAME / "notes.md").write_text("of the merchant's own")
    assert len(files.versions("en", NAME)) == 1


def test_a_language_is_added_whole_or_not_at_all(tmp_path: Path) -> None:
    files = LetterFiles(tmp_path / "letters")
    files.add_language("et", {"a.md": "one", "words.toml": "two"})
    assert files_of(tmp_path) == {"letters/et/a.md", "letters/et/words.toml"}
    try:
        files.add_language("fi", {"a.md": "one", "no/such/../folder\0.md": "two"})
    except (OSError, ValueError):
        assert files_of(tmp_path) == {"letters/et/a.md", "letters/et/words.toml"}
    else:
        raise AssertionError("a name no disk takes was taken")

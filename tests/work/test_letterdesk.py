"""The letters' own desk: a broken letter stops no other, and nothing typed is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartdesk.adapters.letter_files import LetterFiles, tidy
from cartdesk.adapters.letterbox import Letterbox
from cartdesk.desk import NotPossible
from cartdesk.domain.letters.judging import whole
from cartdesk.domain.settings import SenderSettings
from cartdesk.work.letters import LetterDesk
from cartdesk.work.trying import NotDelivered
from tests.desks import Bench, open_bench
from tests.disks import mounted

NAME = "friendly-reminder"
GOOD = "Subject: Hello\n\n{{ greeting }}\n\n[Back]({{ link }})\n"
BAD = "Subject: Hello\n\n{{ nobody }}\n"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(tmp_path) as opened:
        yield opened


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 64 kB of its own."""
    with mounted(tmp_path / "letters", 64) as folder:
        yield folder


def files_of(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


async def test_any_text_is_kept_in_use_or_as_a_draft_and_opens_as_it_was(bench: Bench) -> None:
    desk = bench.desk.letterdesk
    example = await desk.example(NAME, "en")

    async def try_text(text: str) -> None:
        judged = await desk.judge(text, example, "en")
        saved = await desk.save(NAME, "en", text)
        assert saved.whole is whole(judged.checks)
        opened = await desk.open(NAME, "en")
        assert opened.text == tidy(text)
        assert opened.draft is not saved.whole
        if saved.whole:
            assert opened.in_use == tidy(text)
            assert judged.rendered is not None

    for text in (
        "",
        "\0",
        "\ud800",
        "\ufeffSubject: x\r\n\r[b]({{ link }})",
        GOOD,
        BAD,
        GOOD * 999,
    ):
        await try_text(text)

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.text(st.characters(), max_size=60), st.booleans())
    def texts(text: str, good: bool) -> None:
        wanted.append(f"{GOOD}{text}" if good else text)

    wanted: list[str] = []
    texts()
    for text in wanted:
        await try_text(text)


async def test_a_broken_letter_stops_no_other_and_never_the_one_in_use(bench: Bench) -> None:
    desk = bench.desk.letterdesk
    first = await desk.save(NAME, "en", GOOD)
    assert first.whole
    bad = await desk.save(NAME, "en", BAD)
    assert "The last whole version stays in use" in bad.sentence
    assert "Line 3: There is no field nobody" in bad.sentence
    own = bench.directory / "letters"
    (own / "en" / "small-gift.md").write_bytes(b"\xff\xfe not text")
    (own / "en" / "any-questions.md").write_text(BAD)
    (own / "en" / "Not A Name.md").write_text(GOOD)
    (own / "en" / "lost.draft").write_text(BAD)

    shelf = {one.key: one for one in await desk.shelf()}
    assert shelf[f"en/{NAME}"].source == GOOD
    assert shelf[f"en/{NAME}"].draft
    assert "not UTF-8" in shelf["en/small-gift"].trouble
    assert "nobody" in shelf["en/any-questions"].trouble
    assert shelf["en/lost"].origin == "draft only"
    assert not shelf["hu/small-gift"].trouble
    assert "en/Not A Name" not in shelf
    assert (await desk.open("lost", "en")).text == BAD
    with pytest.raises(NotPossible, match="only a draft"):
        await desk.test("lost", "en")
    # a reminder whose letter is whole is shown and may go as ever
    assert [item.stop for item in await bench.sendable()] == [None] * len(await bench.sendable())


async def test_what_another_program_wrote_meanwhile_is_kept_too(bench: Bench) -> None:
    desk = bench.desk.letterdesk
    await desk.save(NAME, "en", GOOD)
    opened = await desk.open(NAME, "en")
    file = bench.directory / "letters" / "en" / f"{NAME}.md"
    file.write_text(f"{GOOD}by git\n")
    saved = await desk.save(NAME, "en", f"{GOOD}by me\n", begun_from=opened.in_use)
    assert "Another program had changed the file" in saved.sentence
    (version,) = [
        one
        for one in await desk.versions(NAME, "en")
        if "by git" in await desk.version(NAME, "en", one.key)
    ]
    await desk.restore(NAME, "en", version.key)
    assert "by git" in file.read_text()
    done = await desk.back_to_default(NAME, "en")
    assert "cartdesk's own again" in done.sentence
    assert (await desk.open(NAME, "en")).in_use == Letterbox(None).get(NAME).source
    with pytest.raises(NotPossible, match="already"):
        await desk.back_to_default(NAME, "en")
    same = await desk.save(NAME, "en", Letterbox(None).get(NAME).source)
    assert same.whole
    assert not file.exists()


async def test_a_full_disk_and_one_that_is_read_only_lose_nothing(
    small_disk: Path, tmp_path: Path
) -> None:
    async with open_bench(tmp_path) as bench:
        desk = bench.desk.letterdesk
        await desk.save(NAME, "en", GOOD)
        await desk.save(NAME, "en", BAD)
        before = files_of(small_disk)
        filler = small_disk / "films"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"x" * 512)
        longer = f"{GOOD}{'words ' * 1100}"
        await refused_everything(desk, longer, "No space left on device")
        filler.unlink()
        assert files_of(small_disk) == before
        remount = ["mount", "-o", "remount,ro", str(small_disk)]
        subprocess.run(remount, check=True)
        await refused_everything(desk, longer, "Read-only file system")
        subprocess.run([*remount[:2], "remount,rw", str(small_disk)], check=True)
        assert files_of(small_disk) == before
        assert (await desk.save(NAME, "en", longer)).whole


async def refused_everything(desk: LetterDesk, text: str, why: str) -> None:
    for doing in (
        desk.save(NAME, "en", text),
        desk.save(NAME, "en", f"{text}{{{{ nobody }}}}"),
        desk.new_letter("spring sale", "en"),
        desk.new_language("et"),
    ):
        with pytest.raises(NotPossible, match=f"Not saved: {why}"):
            await doing


async def test_a_language_brings_its_letters_and_words_to_translate(bench: Bench) -> None:
    desk, own = bench.desk.letterdesk, bench.directory / "letters"
    await desk.save(NAME, "en", GOOD)
    done = await desk.new_language(" ET ")
    assert "eesti (et)" in done.sentence
    assert (own / "et" / f"{NAME}.md").read_text() == GOOD
    assert Letterbox(own).words("et") == Letterbox(None).words("en")
    assert await desk.troubles() == ()
    assert "et" in Letterbox(own).languages(NAME)
    words = own / "et" / "words.toml"
    good = words.read_text()
    for broken, told in (
        (good.replace("Hello {name},", "Tere {nimi},"), "hello_name"),
        (good.replace('"on Monday", ', ""), "weekdays must have 7"),
        (good.replace('total = "Total"', "total = 7"), "total must be text"),
        (f"{good}\n=", "cannot be read"),
    ):
        words.write_text(broken)
        (trouble,) = await desk.troubles()
        assert told in trouble
        if "cannot be read" not in told:  # the wrong word stays English, and letters go on
            assert Letterbox(own).words("et") == Letterbox(None).words("en")
            example = await desk.example(NAME, "et")
            assert (await desk.judge(GOOD, example, "et")).rendered is not None
            continue
        with pytest.raises(NotPossible, match="cannot be read"):
            await desk.example(NAME, "et")
        assert (await desk.example(NAME, "fi")).facts
    for code in ("fi", "zz", "../x", "", "english"):
        with pytest.raises(NotPossible):
            await desk.new_language(code)
    for name in ("../x", "CON", "", "a" * 41, NAME, "käännös"):
        with pytest.raises(NotPossible):
            await desk.new_letter(name, "en")


async def test_a_test_goes_to_nobody_else_and_is_refused_in_one_line(bench: Bench) -> None:
    world, reached = bench.world, list[str]()
    world.sink.arrived = lambda recipient, _: reached.append(recipient)
    other = replace(
        bench.settings,
        sender=replace(bench.settings.sender, reply_to="answers@oakandtin.example"),
    )
    desk = bench.another(settings=other)
    await desk.start()
    assert desk.letterdesk.test_address() == "answers@oakandtin.example"
    done = await desk.letterdesk.test(NAME, "fi")
    assert done.sentence == "Sent a test to answers@oakandtin.example"
    (mail,) = bench.mails()
    assert b"To: " in mail
    assert mail.count(b"\nTo: ") == 1
    assert b"answers@oakandtin.example" in mail.partition(b"\nTo: ")[2].partition(b"\n")[0]
    world.sink.refusals["answers@oakandtin.example"] = "550 5.1.1 no such user"
    with pytest.raises(NotDelivered, match=r"550 5\.1\.1 no such user"):
        await desk.letterdesk.test(NAME, "en")
    await desk.close()
    assert len(bench.mails()) == 1
    assert reached == ["answers@oakandtin.example"]

    for settings_, words in (
        (replace(other, sender=SenderSettings()), "address is not set"),
        (replace(other, mail=replace(other.mail, port=1)), "did not go out"),
    ):
        desk = bench.another(settings=settings_)
        await desk.start()
        with pytest.raises(NotPossible, match=words):
            await desk.letterdesk.test(NAME, "en")
        await desk.close()


async def test_read_only_changes_and_sends_nothing(bench: Bench) -> None:
    desk = bench.another(read_only=True)
    await desk.start()
    letters = desk.letterdesk
    for doing in (
        letters.save(NAME, "en", GOOD),
        letters.new_letter("x", "en"),
        letters.new_language("et"),
        letters.back_to_default(NAME, "en"),
        letters.test(NAME, "en"),
    ):
        with pytest.raises(NotPossible, match="--read-only"):
            await doing
    assert (await letters.shelf())[0].source
    await desk.close()
    assert not (bench.directory / "letters").exists()
    assert not bench.mails()


_DIES = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from cartdesk.adapters.letter_files import LetterFiles
files, good = LetterFiles(Path(sys.argv[1])), sys.argv[2]
files.save("en", "friendly-reminder", good, datetime.now(UTC))
Path.replace = lambda path, target: os._exit(9)
files.save("en", "friendly-reminder", good * 2, datetime.now(UTC))
"""


def test_a_crash_in_mid_save_leaves_the_old_text_whole(tmp_path: Path) -> None:
    """The program dies before the new file takes the old one's place."""
    done = subprocess.run(
        [sys.executable, "-c", _DIES, str(tmp_path), GOOD],
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 9
    assert Letterbox(tmp_path).get(NAME).source == GOOD
    assert Letterbox(tmp_path).names() == Letterbox(None).names()
    assert LetterFiles(tmp_path).drafts("en") == ()

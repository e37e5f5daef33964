"""The settings file: every key explained, every mistake named, nothing of the merchant's lost."""

from __future__ import annotations

import dataclasses
import os
import stat
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cartdesk.adapters.settings.file import SettingsError, SettingsFile, template
from cartdesk.adapters.settings.keys import KEYS, TABLES
from cartdesk.domain.settings import (
    Audience,
    ConsentSettings,
    Encryption,
    ImapSettings,
    MailSettings,
    PrivacySettings,
    ScreenSettings,
    SenderSettings,
    SequenceSettings,
    Settings,
    ShopSettings,
    SyncSettings,
)
from cartdesk.domain.text import clean, clean_lines


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "shop" / "settings.toml")


def write_text(file: SettingsFile, text: str | bytes) -> SettingsFile:
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def mistakes(file: SettingsFile) -> list[tuple[int, str]]:
    with pytest.raises(SettingsError) as caught:
        file.read()
    return [(problem.line, problem.sentence) for problem in caught.value.problems]


def defaults() -> dict[str, dict[str, Any]]:
    return {
        part.name: {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in dataclasses.asdict(getattr(Settings(), part.name)).items()
        }
        for part in dataclasses.fields(Settings)
    }


# The template.


def test_the_template_holds_every_key_with_its_default() -> None:
    assert tomllib.loads(template()) == defaults()


def test_every_key_and_table_of_the_template_is_explained_right_above_it() -> None:
    lines = template().splitlines()
    explained = [line for line in lines if line and not line.startswith("#")]
    assert len(explained) == len(KEYS) + len(TABLES)
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


def test_the_table_of_keys_is_exactly_the_settings() -> None:
    wanted = {f"{table}.{key}" for table, keys in defaults().items() for key in keys}
    assert set(KEYS) == wanted
    assert list(TABLES) == list(defaults())


def test_every_choice_is_named_in_the_words_of_its_key() -> None:
    for choice in (*Encryption, *Audience):
        key = "mail.encryption" if isinstance(choice, Encryption) else "consent.audience"
        assert f'"{choice.value}"' in KEYS[key].doc or not choice.value


def test_a_new_file_is_the_template_and_gives_the_defaults(file: SettingsFile) -> None:
    assert file.read() == Settings()
    assert not file.path.exists()
    file.write(Settings())
    assert file.path.read_text() == template()
    assert file.read() == Settings()


# Round trips.

WORDS = st.text(max_size=40).map(lambda text: clean(clean(text).replace("\ufffd", ""), 40))
LINES = st.text(max_size=80).map(lambda t: clean_lines(clean_lines(t).replace("\ufffd", ""), 400))
EMAILS = st.sampled_from(["", "hello@shop.example", "a.b+c@mail.shop.co.uk", "ä@ähtäri.fi"])
HOSTS = st.sampled_from(["smtp.gmail.com", "localhost", "10.0.0.1", "::1", "mail.ähtäri.fi"])


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


SETTINGS = st.builds(
    Settings,
    shop=st.builds(
        ShopSettings,
        address=st.sampled_from(["", "https://shop.example", "http://127.0.0.1:8080/wp"]),
        ca_file=WORDS,
        extra_hosts=st.lists(HOSTS, max_size=3).map(tuple),
    ),
    sync=st.builds(SyncSettings, every_minutes=whole(1, 1440), history_days=whole(0, 3650)),
    sequence=st.builds(
        SequenceSettings,
        step_hours=st.sets(st.floats(0, 720), min_size=1, max_size=3).map(
            lambda hours: tuple(sorted(hours))
        ),
        min_gap_hours=st.floats(1, 720),
        hold_seconds=whole(0, 3600),
    ),
    mail=st.builds(
        MailSettings,
        host=HOSTS,
        port=whole(1, 65535),
        encryption=st.sampled_from([Encryption.TLS, Encryption.STARTTLS]),
        login=WORDS,
        seconds_between=st.floats(0, 3600),
    ),
    imap=st.builds(
        ImapSettings,
        host=HOSTS,
        port=whole(1, 65535),
        encryption=st.sampled_from([Encryption.TLS, Encryption.STARTTLS]),
        login=WORDS,
        same_password=st.booleans(),
        inbox=WORDS,
        sent_folder=WORDS,
    ),
    sender=st.builds(
        SenderSettings,
        name=WORDS,
        email=EMAILS,
        reply_to=EMAILS,
        postal_address=LINES,
        phone=WORDS,
        free_shipping_from=WORDS,
    ),
    consent=st.builds(ConsentSettings, audience=st.sampled_from(Audience), meta_key=WORDS),
    privacy=st.builds(PrivacySettings, retention_days=whole(30, 3650)),
    screen=st.builds(ScreenSettings, quiet_from=whole(0, 23), theme=st.just("ansi-dark")),
)


@given(first=SETTINGS, second=SETTINGS)
@hypothesis_settings(max_examples=30)
def test_what_is_written_is_read_and_what_was_written_before_is_gone(
    tmp_path_factory: pytest.TempPathFactory, first: Settings, second: Settings
) -> None:
    file = SettingsFile(tmp_path_factory.mktemp("round") / "settings.toml")
    file.write(first)
    assert file.read() == first
    file.write(second)
    assert file.read() == second
    comments = [line for line in template().splitlines() if line.startswith("#")]
    assert [line for line in file.path.read_text().splitlines() if line.startswith("#")][
        : len(comments)
    ] == comments


MINE = """\
# my own words
[mail]     # the account
host = "smtp.gmail.com"      # since May
port = 587 # both ports work
# a thought below

[sender]
name = 'Oak & Tin'
"""


def test_writing_keeps_the_merchants_comments_and_order(file: SettingsFile) -> None:
    write_text(file, MINE)
    settings = file.read()
    changed = dataclasses.replace(settings, mail=dataclasses.replace(settings.mail, port=465))
    file.write(changed)
    assert file.read() == changed
    text = file.path.read_text()
    assert "port = 465 # both ports work\n# a thought below" in text
    for line in MINE.replace("587", "465").splitlines():
        assert line in text.splitlines()
    assert "# Seconds between two letters.\nseconds_between = 3" in text  # new keys are explained


def test_writing_the_same_changes_not_one_byte(file: SettingsFile) -> None:
    text = template().replace("[mail]", "# mine\n[mail]").replace("port = 465", "port =   465")
    write_text(file, text.replace("\n", "\r\n"))
    before = file.path.read_bytes()
    file.write(file.read())
    assert file.path.read_bytes() == before


@pytest.mark.parametrize("text", ["mail.port = 587\n", "mail = {port = 587, host = 'a.example'}\n"])
def test_other_ways_to_write_toml_are_kept(file: SettingsFile, text: str) -> None:
    write_text(file, text)
    settings = file.read()
    assert settings.mail.port == 587
    sender = dataclasses.replace(settings.sender, name="Ana")
    mail = dataclasses.replace(settings.mail, port=465)
    file.write(dataclasses.replace(settings, sender=sender, mail=mail))
    assert (file.read().sender.name, file.read().mail.port) == ("Ana", 465)


def test_the_file_is_private_and_nothing_else_is_left_beside_it(file: SettingsFile) -> None:
    file.write(Settings())
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["settings.toml"]


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text("[screen]\nquiet_from = 20\n")
    link = tmp_path / "settings.toml"
    link.symlink_to(real)
    SettingsFile(link).write(Settings())
    assert link.is_symlink()
    assert "quiet_from = 21" in real.read_text()


def test_a_crash_while_writing_leaves_the_old_file(
    file: SettingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(Settings())
    before = file.path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left on device"):
        file.write(Settings(screen=ScreenSettings(quiet_from=20)))
    assert file.path.read_bytes() == before
    assert [path.name for path in file.path.parent.iterdir()] == ["settings.toml"]


# Mistakes.


def test_all_mistakes_are_named_at_once_with_their_lines(file: SettingsFile) -> None:
    write_text(
        file,
        """\
# mine
[shop]
adress = "https://shop.example"
address = "http://shop.example"

[mail]
port = 99999 # too high
daily_cap = true
encryption = "ssl"

[sender]
postal_address = \"\"\"
[mail]
port = 1
\"\"\"
email = "nope"
name = "a\\u001b[2Jb"

[sequence]
step_hours = [
  24,
  1,
]
hold_seconds = "20"
min_gap_hours = nan

[senders]
name = "x"
""",
    )
    found = mistakes(file)
    assert [line for line, _ in found] == [3, 4, 7, 8, 9, 16, 17, 20, 24, 25, 27]
    said = [sentence for _, sentence in found]
    assert said[0] == "shop.adress is not a setting. Did you mean address?"
    assert said[1].startswith("shop.address must be an https address")
    assert said[2] == "mail.port must be a whole number from 1 to 65535, not 99999."
    assert said[3] == "mail.daily_cap must be a whole number from 1 to 10000, not true."
    assert said[4] == 'mail.encryption must be "tls", "starttls" or "none", not "ssl".'
    assert said[5].endswith('must be an e-mail address such as "hello@shop.example", not "nope".')
    assert "control characters" in said[6]
    assert "\x1b" not in said[6]
    assert said[7].startswith("sequence.step_hours must be one to three growing numbers")
    assert said[8] == 'sequence.hold_seconds must be a whole number from 0 to 3600, not "20".'
    assert said[9] == "sequence.min_gap_hours must be a number from 1 to 720, not nan."
    assert said[10] == "[senders] is not a setting. Did you mean sender?"


def test_a_problem_reads_as_one_line_with_file_and_line(file: SettingsFile) -> None:
    write_text(file, "[mail]\nport = 0\n")
    with pytest.raises(SettingsError) as caught:
        file.read()
    assert str(caught.value) == (
        f"{file.path}, line 2: mail.port must be a whole number from 1 to 65535, not 0."
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[mail]\nport = \n", 2),
        ("[mail]\nport = 1\nport = 2\n", 3),
        ("[mail\nport = 1\n", 1),
        ("[mail]\n[mail]\n", 2),
        ('\n\n[shop]\nca_file = "C:\\Users\\ca.pem"\n', 4),
        ('[mail]\nlogin = "ana\n', 2),
        ("[mail]\nlogin = ana\n", 2),
        ("port: 5\n", 1),
        ("x = " + "[" * 3000, 1),
        (b'[mail]\nlogin = "\xff"\n', 2),
        ("shop = 5\n", 1),
        ("a = 1\n\n[mail]\nport = 25\n", 1),
        ("[[mail]]\nport = 25\n", 1),
        ('[mail]\nhost = "my server"\n', 2),
        ('[shop]\nextra_hosts = ["a.example", 5]\n', 2),
        ("[screen]\nquiet_from = 24\n", 2),
        ('[mail]\nhost = "smtp.example.org"\nencryption = "none"\n', 3),
        ('[imap]\nhost = "imap.example.org"\nencryption = "none"\n', 3),
        ("[imap]\nsame_password = 1\n", 2),
        ("[sequence]\nstep_hours = []\n", 2),
        ("[sequence]\nstep_hours = [1, 2, 3, 4]\n", 2),
        ('[sender]\nname = "' + "x" * 101 + '"\n', 2),
        ("[mail]\nport = 465.0\n", 2),
        ("[mail]\nport = 2024-01-01\n", 2),
    ],
    ids=range(24),
)
def test_each_mistake_is_on_its_line(file: SettingsFile, text: str | bytes, line: int) -> None:
    write_text(file, text)
    assert [found for found, _ in mistakes(file)] == [line]


@given(junk=st.binary(max_size=200))
def test_any_bytes_are_settings_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("junk") / "settings.toml"
    path.write_bytes(junk)
    try:
        SettingsFile(path).read()
    except SettingsError as error:
        assert all(problem.sentence for problem in error.problems)


def test_a_file_with_a_mistake_is_never_overwritten(file: SettingsFile) -> None:
    for text in ("[mail]\nport = \n", "[mail]\nprot = 465\n"):
        write_text(file, text)
        with pytest.raises(SettingsError):
            file.write(Settings())
        assert file.path.read_text() == text


def test_a_value_that_is_not_allowed_is_never_written(file: SettingsFile) -> None:
    file.write(Settings())
    with pytest.raises(SettingsError, match=r"mail\.port must be"):
        file.write(Settings(mail=MailSettings(port=0)))
    assert file.read() == Settings()


def test_what_windows_editors_add_is_understood(file: SettingsFile) -> None:
    write_text(file, b"\xef\xbb\xbf[mail]\r\nport = 587\r\n")
    assert file.read().mail.port == 587


def test_text_is_tidied_as_it_enters(file: SettingsFile) -> None:
    write_text(
        file,
        "[shop]\naddress = ' shop.example/ '\n[sender]\nname = ' A\u0308na '\n"
        'postal_address = """\nOak & Tin\nStreet 1\n"""\n',
    )
    settings = file.read()
    assert settings.shop.address == "https://shop.example"
    assert settings.sender.name == "Äna"
    assert settings.sender.postal_address == "Oak & Tin\nStreet 1"


def test_a_folder_in_place_of_the_file_is_a_sentence(file: SettingsFile) -> None:
    file.path.mkdir(parents=True)
    assert mistakes(file)[0][1].startswith("could not be read")


def test_settings_types_are_kept(file: SettingsFile) -> None:
    write_text(file, "[mail]\nencryption = 'starttls'\n[consent]\naudience = 'customer'\n")
    settings = file.read()
    assert settings.mail.encryption is Encryption.STARTTLS
    assert isinstance(settings.consent.audience, StrEnum)

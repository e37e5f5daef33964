"""Nothing secret, and nothing of a shopper's control characters, gets into the log."""

from __future__ import annotations

import base64
import logging
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartdesk.adapters.redact import crash_sentence, install_crash_hook, redact, setup_log

PASSWORD = "hunter2 & ä'\"x"
KEY = "ck_" + "0123456789abcdef" * 2 + "01234567"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"key {KEY} used", "key ck_*** used"),
        (f"GET /orders?consumer_key={KEY}&page=2", "GET /orders?consumer_key=***&page=2"),
        ("consumer_secret=abc&x=1", "consumer_secret=***&x=1"),
        ("Authorization: Basic abcdefgh", "Authorization: Basic ***"),
        ("sent Basic Y2tfMTI6Y3NfMzQ=", "sent Basic ***"),
        ("send: 'AUTH PLAIN AGFuYQBodW50ZXIy'", "send: 'AUTH PLAIN ***'"),
        ('{"password": "abc", "page": 2}', '{"password": "***", "page": 2}'),
        ("the checkout at 14:02 is fine", "the checkout at 14:02 is fine"),
        ("basic authentication is disabled", "basic authentication is disabled"),
        ("AUTH mechanism unknown", "AUTH mechanism unknown"),
    ],
)
def test_keys_and_headers_are_blanked_and_other_words_stay(text: str, left: str) -> None:
    assert redact(text) == left


@given(st.text(min_size=4, max_size=30))
def test_a_known_secret_is_found_in_each_of_its_forms(secret: str) -> None:
    secret = secret.encode("utf-8", "ignore").decode()
    if len(secret) < 4:
        return
    encoded = base64.b64encode(secret.encode()).decode()
    forms = (secret, quote(secret, safe=""), repr(secret)[1:-1], encoded)
    for form in forms:
        assert redact(f"<<{form}>>", {secret}) == "<<***>>"


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "cartdesk.log"
    root, own = logging.getLogger(), logging.getLogger("cartdesk")
    level = own.level
    handler = setup_log(path, lambda: {PASSWORD})
    yield path
    root.removeHandler(handler)
    handler.close()
    own.setLevel(level)


def test_records_and_tracebacks_are_blanked_on_one_line_each(log: Path) -> None:
    logger = logging.getLogger("cartdesk.test")
    logger.info("login with %s and %s", PASSWORD, KEY)
    logger.info("a shopper called \x1b[2J\nERROR root forged line")
    try:
        raise ValueError(f"no login with {PASSWORD}")
    except ValueError:
        logger.exception("failed")
    logging.getLogger("other").warning("%d arguments do not fit", "these")
    lines = log.read_text().splitlines()
    assert len(lines) == 4
    assert lines[0].endswith("INFO cartdesk.test login with *** and ck_***")
    assert "\x1b" not in lines[1]
    assert "failed | ValueError: no login with *** at test_redact.py:" in lines[2]
    assert "test_records_and_tracebacks" in lines[2]
    assert lines[3].endswith("WARNING other %d arguments do not fit")


def test_the_log_and_its_successors_are_private(log: Path) -> None:
    logger = logging.getLogger("cartdesk.test")
    for number in range(700):
        logger.info("%d %s", number, "x" * 1900)
    files = sorted(log.parent.glob("cartdesk.log*"))
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_log_that_cannot_be_written_is_no_reason_not_to_start(tmp_path: Path) -> None:
    handler = setup_log(tmp_path, set)
    logging.getLogger("cartdesk.test").error("dropped")
    logging.getLogger().removeHandler(handler)
    assert isinstance(handler, logging.NullHandler)


def test_a_crash_is_told_by_place_and_never_by_values() -> None:
    def inner(order: str) -> None:
        raise KeyError(f"no field for {order}")

    try:
        inner(PASSWORD)
    except KeyError as error:
        said = crash_sentence(error, {PASSWORD})
    assert said.startswith("KeyError: ")
    assert "***" in said
    assert "test_redact.py:" in said
    assert "inner < test_a_crash" not in said.replace("\n", "")  # each place has its file
    assert " inner < test_redact.py:" in said
    assert PASSWORD not in said


def test_a_crash_writes_the_log_and_one_calm_sentence(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    install_crash_hook(log, lambda: {PASSWORD})
    error = RuntimeError(f"lost {PASSWORD}")
    sys.excepthook(RuntimeError, error, None)

    def fail() -> None:
        raise OSError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 2
    assert f"is written in {log}" in said.err
    assert "Traceback" not in said.err
    assert PASSWORD not in said.err + log.read_text()
    assert "RuntimeError: lost ***" in log.read_text()
    assert "OSError: in a thread at test_redact.py:" in log.read_text()


def test_ctrl_c_stays_ctrl_c(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    install_crash_hook(tmp_path / "log", set)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert "KeyboardInterrupt" in capsys.readouterr().err


@pytest.mark.parametrize("lead", ["", "\0", "\0me", "\0me@"])
@pytest.mark.parametrize("rest", ["", ":", "\0more"])
def test_a_known_secret_is_found_in_base64_of_a_longer_text(lead: str, rest: str) -> None:
    secret = "Imap-canary/8=+ä"
    code = base64.b64encode(f"{lead}{secret}{rest}".encode()).decode()
    told = redact(f"NO {code} is wrong", [secret])
    assert "***" in told
    assert not any(code[at : at + 8] in told for at in range(8, len(code) - 16))

"""Logs and crash notes that never show a key or a password."""

from __future__ import annotations

import base64
import contextlib
import logging
import logging.handlers
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote, quote_plus

from cartdesk.domain.text import clean

_HIDDEN = "***"
# WooCommerce keys are ck_/cs_ and 40 hex digits; shorter pieces of them are hidden as well.
_PATTERNS = (
    re.compile(r"\b(c[ks]_)[0-9a-zA-Z]{6,}"),
    re.compile(r"(\bauthorization\W{1,4}\w+\s+)[^\s,;\"']+", re.I),
    re.compile(  # a word without digits may be one: "basic authentication is disabled"
        r"(\b(?:Basic|Bearer|AUTH(?:\s+(?:PLAIN|LOGIN))?)\s+)(?=\S*[0-9=+/])[0-9a-zA-Z+/=_.-]{8,}",
        re.I,
    ),
    re.compile(r"(\bconsumer_(?:key|secret)\W{1,4})[^\s&\"']+", re.I),
    re.compile(r"(\b(?:password|passwd|secret)\b[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+", re.I),
)
_SHORTEST = 4  # a shorter "password" would blank ordinary words
_SHORTEST_CODE = 8  # of a piece of Base64


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Blank WooCommerce keys, authorization headers and every secret in ``known``.

    A known secret is found as it is, URL-encoded, escaped by ``repr`` and in Base64, also of a
    longer text.
    """
    forms = {form for secret in known if len(secret) >= _SHORTEST for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, _HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\g<1>{_HIDDEN}", text)
    return text


def _forms(secret: str) -> Iterator[str]:
    yield from (secret, repr(secret)[1:-1], quote(secret, safe=""), quote_plus(secret))
    raw = secret.encode("utf-8", "replace")
    yield base64.b64encode(raw).decode()
    for lead in range(3):  # in Base64 of a longer text it stands at one of three positions
        code = base64.b64encode(b" " * lead + raw).decode()
        part = code[(lead * 8 + 5) // 6 : (lead + len(raw)) * 8 // 6]
        if len(part) >= _SHORTEST_CODE:
            yield part


class RedactFilter(logging.Filter):
    """Blank secrets in a record's message, arguments and traceback; keep it on one line."""

    def __init__(self, known: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._known = known

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record passes."""
        known = tuple(self._known())
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the message
            message = f"{record.msg}"
        record.msg, record.args = clean(redact(message, known), 2000), ()
        if record.exc_info and record.exc_info[1] is not None:
            record.msg += f" | {crash_sentence(record.exc_info[1], known)}"
        record.exc_info = record.exc_text = record.stack_info = None
        return True


class _PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """A rotating log that only its owner can read."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        def private(path: str, flags: int) -> int:
            return os.open(path, flags, 0o600)

        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=private)

    def handleError(self, record: logging.LogRecord) -> None:
        """Drop a record that a full disk does not take, instead of a traceback on stderr."""

    def close(self) -> None:
        """Close the file, also when the disk does not take its last lines."""
        with contextlib.suppress(OSError):
            super().close()


def setup_log(path: Path, known: Callable[[], Iterable[str]]) -> logging.Handler:
    """Send all log records to a private file (1 MB, three older ones), none to the terminal.

    Args:
        path: the log file; its folder exists.
        known: gives the secrets to blank, normally ``Secrets.known``.

    Returns:
        The handler, for taking it off again. When the file cannot be written to, records
        are dropped: a log is no reason not to start.
    """
    handler: logging.Handler
    try:
        handler = _PrivateFileHandler(path, maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    except OSError:
        handler = logging.NullHandler()
    handler.addFilter(RedactFilter(known))
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    logging.getLogger("cartdesk").setLevel(logging.INFO)
    return handler


def crash_sentence(error: BaseException, known: Iterable[str] = ()) -> str:
    """Say in one line what failed and where: files, lines and functions, never local values."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    where = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    said = clean(redact(str(error), known), 300)
    kind = type(error).__name__
    return f"{kind}: {said} at {where}" if where else f"{kind}: {said}"


def install_crash_hook(log: Path, known: Callable[[], Iterable[str]]) -> None:
    """Write unexpected errors of all threads to the log, and one calm sentence to stderr."""

    def note(error: BaseException) -> None:
        logging.getLogger("cartdesk").error("%s", crash_sentence(error, tuple(known())))
        sys.stderr.write(
            f"cartdesk met a mistake of its own ({type(error).__name__}) and stopped. Your carts "
            f"and letters are safe in the ledger. What happened is written in {log}.\n"
        )

    def main_thread(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            note(error.with_traceback(trace))

    def other_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
            note(args.exc_value)

    sys.excepthook = main_thread
    threading.excepthook = other_thread

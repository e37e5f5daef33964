"""A mail server that remembers every letter it took, and plays tricks on whoever sends."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

_MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*(<[^>]+>)")
LAG = 0.003  # seconds before each answer, as of a server in the same town
_TO = re.compile(rb"(?im)^To:.*?([^\s<>]+@[^\s<>]+)>?\r$")
TRICKS = (
    "mail",  # the connection is reset there
    "rcpt",
    "data",
    "body-rst",  # in the middle of the letter
    "body-fin",
    "no-rst",  # after the dot, and the letter was not taken
    "no-hang",
    "yes-rst",  # after the dot, and the letter was taken: the answer is lost
    "yes-fin",
    "yes-hang",
)


def tricky(seed: int, often: float = 0.25) -> Callable[[], str]:
    """Give a source of tricks; "" (no trick) most of the time."""
    dice = random.Random(seed)
    lock = threading.Lock()

    def next_trick() -> str:
        with lock:
            return dice.choice(TRICKS) if dice.random() < often else ""

    return next_trick


class Postbox(socketserver.ThreadingTCPServer):
    """The server; a thread for each connection. ``taken`` holds (Message-ID, recipient)."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, trick: Callable[[], str] = str) -> None:
        super().__init__(("127.0.0.1", 0), _Dialog)
        self.trick = trick
        self.taken: list[tuple[str, str]] = []
        self.tricks: Counter[str] = Counter()
        self._connections = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,))

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._connections += 1
        super().process_request(request, client_address)

    def left(self) -> None:
        """A connection has ended."""
        with self._changed:
            self._connections -= 1
            self._changed.notify_all()

    def take(self, letter: bytes) -> None:
        """Answer for a letter from here on."""
        message_id, to = _MESSAGE_ID.search(letter), _TO.search(letter)
        assert message_id is not None
        assert to is not None
        with self._changed:
            self.taken.append((message_id[1].decode(), to[1].decode()))

    def quiet(self) -> None:
        """Wait until every dead program's last bytes were read."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._connections == 0, timeout=10)

    def message_ids(self) -> list[str]:
        """Give the Message-IDs of all letters taken, once each."""
        with self._changed:
            return sorted({message_id for message_id, _ in self.taken})

    def copies(self) -> Counter[str]:
        """Count the copies each recipient got."""
        with self._changed:
            return Counter(to for _, to in self.taken)


class _Left(Exception):
    pass


class _Dialog(socketserver.StreamRequestHandler):
    server: Postbox

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError, _Left):
            self.say(b"220 postbox.example\r\n")
            while line := self.rfile.readline():
                self.obey(line[:4].upper().strip())

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        self.server.left()

    def obey(self, verb: bytes) -> None:
        if verb == b"MAIL":
            self.trick = self.server.trick()
            self.server.tricks[self.trick] += 1
        if verb.lower().decode() == getattr(self, "trick", "") != "":
            self.reset()
        if verb == b"EHLO":
            self.say(b"250-postbox.example\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            self.say(b"354 go on\r\n")
            self.take_letter()
        elif verb == b"QUIT":
            self.say(b"221 bye\r\n")
            raise _Left
        else:
            self.say(b"250 ok\r\n")

    def take_letter(self) -> None:
        if self.trick.startswith("body"):
            self.rfile.read(700)
            self.leave(self.trick[5:])
        letter = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _Left
            letter += line
        taken, _, how = self.trick.partition("-")
        if taken in {"", "yes"}:
            self.server.take(bytes(letter))
        if how:
            self.leave(how)
        self.say(b"250 2.0.0 queued\r\n")

    def leave(self, how: str) -> None:
        if how == "rst":
            self.reset()
        if how == "hang":
            self.rfile.read()
        raise _Left

    def reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise _Left

    def say(self, words: bytes) -> None:
        time.sleep(LAG)
        self.wfile.write(words)

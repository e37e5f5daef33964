"""A server on loopback that says exactly what a test wants, and remembers what it was told."""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Callable

GREETING = b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n"


class FakeImap(socketserver.ThreadingTCPServer):
    """Answers each command with the bytes ``answers`` has for it, then with OK.

    ``{tag}`` in them becomes the command's tag, and then there is no other OK. EXAMINE is answered
    with what ``endless`` gives, again and again, if there is one.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self,
        answers: dict[str, bytes] | None = None,
        *,
        greeting: bytes = GREETING,
        context: ssl.SSLContext | None = None,
        endless: Callable[[], bytes] | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Dialog)
        self.answers, self.greeting, self.context = answers or {}, greeting, context
        self.endless = endless
        self.heard = bytearray()
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,))

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def __enter__(self) -> FakeImap:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Dialog(socketserver.StreamRequestHandler):
    server: FakeImap

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.server.context is not None:
                self.request = self.server.context.wrap_socket(self.request, server_side=True)
                self.rfile = self.request.makefile("rb")
                self.wfile = self.request.makefile("wb", 0)
            self.wfile.write(self.server.greeting)
            while line := self.rfile.readline():
                self.server.heard += line
                self.answer(line)

    def answer(self, line: bytes) -> None:
        tag, _, rest = line.strip().partition(b" ")
        words = rest.split()
        verb = (b" ".join(words[:2]) if words[:1] == [b"UID"] else words[0]).decode().upper()
        if verb == "AUTHENTICATE":
            self.wfile.write(b"+ \r\n")
            self.server.heard += self.rfile.readline()
        said = self.server.answers.get(verb, b"")
        self.wfile.write(said.replace(b"{tag}", tag))
        while self.server.endless is not None and verb == "EXAMINE":
            if self.server.stopping.is_set():
                return
            self.wfile.write(self.server.endless())
        if b"{tag}" not in said:
            self.wfile.write(tag + b" OK done\r\n")

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        with contextlib.suppress(OSError, ValueError):
            self.request.close()


def drop(seconds: float, data: bytes = b"* ") -> Callable[[], bytes]:
    """Give a few bytes now and then."""

    def one() -> bytes:
        time.sleep(seconds)
        return data

    return one

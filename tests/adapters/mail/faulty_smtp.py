"""An SMTP server on loopback that fails exactly as a test says, and remembers what it saw."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

GREETING = b"220 faulty.example ready\r\n"
EHLO = b"250-faulty.example\r\n250-SIZE 30000000\r\n250-8BITMIME\r\n250 AUTH LOGIN PLAIN\r\n"
EHLO_BARE = b"250-faulty.example\r\n250 8BITMIME\r\n"
_USUAL = {
    "greeting": GREETING,
    "ehlo": EHLO,
    "auth": b"235 2.7.0 welcome\r\n",
    "mail": b"250 2.1.0 ok\r\n",
    "rcpt": b"250 2.1.5 ok\r\n",
    "data": b"354 go on\r\n",
    "dot": b"250 2.0.0 queued as 1\r\n",
    "rset": b"250 2.0.0 ok\r\n",
    "noop": b"250 2.0.0 ok\r\n",
    "quit": b"221 2.0.0 bye\r\n",
}


@dataclass(frozen=True)
class Fault:
    """What happens at a stage: ``say`` these bytes (None: the usual), then perhaps go away.

    ``then`` is "" (go on), "fin", "rst" or "silence". At the stage "body" the server first
    reads ``after`` bytes of the letter.
    """

    say: bytes | None = b""
    then: str = ""
    after: int = 0


class _Gone(Exception):
    pass


class FaultySmtp(socketserver.ThreadingTCPServer):
    """The server; use it in a ``with`` block. ``faults`` maps a stage to what happens at it.

    Each time a stage is reached the next fault of its queue is taken; an empty queue or None
    in it means the usual answer.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, faults: dict[str, Iterable[Fault | None]] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Dialog)
        self.faults = {stage: deque(row) for stage, row in (faults or {}).items()}
        self.accepted: list[bytes] = []
        self.verbs: list[str] = []
        self.wire = bytearray()
        self.connections = 0
        self.dots = 0
        self.gone = threading.Event()
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

    def next_fault(self, stage: str) -> Fault | None:
        row = self.faults.get(stage)
        return row.popleft() if row else None


class _Dialog(socketserver.StreamRequestHandler):
    server: FaultySmtp

    def handle(self) -> None:
        self.server.connections += 1
        with contextlib.suppress(OSError, _Gone):
            self.answer("greeting")
            while (verb := self.line()) is not None:
                self.obey(verb)

    def line(self) -> bytes | None:
        line = self.rfile.readline()
        self.server.wire += line
        return line.rstrip(b"\r\n") if line.endswith(b"\n") else None

    def obey(self, line: bytes) -> None:
        verb, _, rest = line.decode("latin-1").partition(" ")
        verb = verb.lower()
        self.server.verbs.append(verb)
        if verb == "auth":
            self.log_in(rest.upper())
        elif verb not in _USUAL:
            self.say(b"500 5.5.1 what?\r\n")
        elif self.answer(verb).startswith(b"354"):
            self.take_letter()
        if verb == "quit":
            raise _Gone

    def log_in(self, method: str) -> None:
        for _ in range(1 if method == "PLAIN" else 2):
            self.say(b"334 \r\n")
            self.line()
        self.answer("auth")

    def take_letter(self) -> None:
        fault = self.server.next_fault("body")
        if fault is not None:
            self.server.wire += self.rfile.read(fault.after)
            self.suffer(fault, b"")
        letter = bytearray()
        while (line := self.rfile.readline()) != b".\r\n":
            self.server.wire += line
            if not line:
                raise _Gone
            letter += line[1:] if line.startswith(b".") else line
        self.server.dots += 1
        fault = self.server.next_fault("dot")
        usual = _USUAL["dot"]
        if fault is None or fault.say is None or fault.say.startswith(b"2"):
            self.server.accepted.append(bytes(letter))
        self.suffer(fault or Fault(None), usual)

    def answer(self, stage: str) -> bytes:
        return self.suffer(self.server.next_fault(stage) or Fault(None), _USUAL[stage])

    def suffer(self, fault: Fault, usual: bytes) -> bytes:
        said = usual if fault.say is None else fault.say
        self.say(said)
        if fault.then == "silence":
            self.rfile.read()
        if fault.then:
            if fault.then == "rst":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.rfile.close()
                self.wfile.close()
                self.connection.close()
            else:
                self.connection.shutdown(socket.SHUT_RDWR)
            self.server.gone.set()
            raise _Gone
        return said

    def say(self, data: bytes) -> None:
        if data:
            self.wfile.write(data)

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()
        self.server.gone.set()

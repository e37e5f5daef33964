"""An IMAP connection that a broken or hostile server cannot keep, fill or fool.

The standard library reads whatever length a server names and has a time limit for each read
only, so a server that sends a byte now and then holds it for ever. Its TLS does not verify
either unless it is told how.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import threading

_LONGEST_LINE = 1_000_000  # a search may name every message of a large mailbox
_LONGEST_PIECE = 150_000  # a little more than is ever asked for
_MOST_BYTES = 50_000_000


class LimitedImap(imaplib.IMAP4):
    """imaplib's connection with verified TLS and limits for time and size.

    Args:
        host: The server.
        port: Its port.
        context: TLS from the first byte; None: it begins in plain text.
        timeout: Seconds for one read.
        deadline: Seconds for everything; then the connection is cut.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, timeout: float, deadline: float
    ) -> None:
        self._context = context
        self._left = _MOST_BYTES
        self.late = False  # the deadline cut the connection
        self._timer = threading.Timer(deadline, self._cut)
        self._timer.daemon = True
        try:
            super().__init__(host, port, timeout)
        except BaseException:
            self._timer.cancel()
            raise

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect; from here on the deadline runs."""
        super().open(host, port, timeout)
        self._timer.start()

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]
        if self._context is None:
            return plain
        return self._context.wrap_socket(plain, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        """Read a piece whose length the server named."""
        if size > _LONGEST_PIECE:
            raise self.abort(f"the server wants to send {size} bytes at once")
        return self._counted(super().read(size))

    def readline(self) -> bytes:
        """Read a line."""
        line = super().readline()
        if len(line) > _LONGEST_LINE:
            raise self.abort("the server sent a line without an end")
        return self._counted(line)

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise self.abort("the server sends without an end")
        return data

    def _cut(self) -> None:
        self.late = True
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def shutdown(self) -> None:
        """Close the connection."""
        self._timer.cancel()
        with contextlib.suppress(OSError):
            super().shutdown()

"""A backend that a test plays by hand: it takes each connection, reads what comes and answers byte by byte."""

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Self

from tests.support.backends import Link, Reader, backend

LIMIT = 5.0
"""Seconds that a test waits for a connection or for bytes."""


class Upstream:
    """One connection of a plane to the backend. At the end of the block it is closed."""

    def __init__(self, link: Link) -> None:
        self.socket = link.connection
        self.socket.settimeout(LIMIT)
        self.reader = Reader(self.socket)
        self.over = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()

    def head(self) -> tuple[str, dict[str, str]]:
        """(request line, headers by lower-case name) of the next request."""
        first, headers = self.reader.line().decode("latin-1"), {}
        while line := self.reader.line():
            key, _, value = line.decode("latin-1").partition(":")
            headers[key.lower()] = value.strip()
        return first, headers

    def body(self, headers: dict[str, str]) -> bytes:
        return b"".join(self.pieces(headers))

    def pieces(self, headers: dict[str, str]) -> Iterator[bytes]:
        """Of the body, as they come."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.reader.line(), 16):
                yield self.reader.exactly(size)
                self.reader.line()
            self.reader.line()
            return
        left = int(headers.get("content-length", "0"))
        while left:
            piece = self.reader.exactly(1) + self.reader.kept[: left - 1]
            self.reader.kept = self.reader.kept[len(piece) - 1 :]
            left -= len(piece)
            yield piece

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, body: bytes = b"fine", *lines: str, status: str = "200 Fine") -> None:
        """An answer that ends the connection."""
        head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}", *lines, "", ""])
        self.send(head.encode("latin-1") + body)

    def abort(self) -> None:
        """A reset instead of an end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.over.set()

    def gone(self) -> bool:
        """Whether the plane closes or resets the connection in time. What else comes is kept."""
        try:
            while more := self.socket.recv(65536):
                self.reader.kept += more
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


class Manual:
    """``port``: where it listens."""

    def __init__(self) -> None:
        self.waiting: queue.Queue[Upstream] = queue.Queue()
        self.port = 0

    def __call__(self, link: Link) -> None:
        link.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)  # a test knows what the app has not read
        made = Upstream(link)
        self.waiting.put(made)
        made.over.wait(60)

    def next(self) -> Upstream:
        """The next connection on which something is said."""
        while True:
            made = self.waiting.get(timeout=LIMIT)
            if made.socket.recv(1, socket.MSG_PEEK):
                return made
            made.over.set()

    def forget(self) -> None:
        """Close what nobody took, such as tries of a test before."""
        while not self.idle():
            self.waiting.get().over.set()

    def idle(self) -> bool:
        """Nobody has connected since the last one that was taken."""
        return self.waiting.empty()


@contextlib.contextmanager
def manual() -> Iterator[Manual]:
    made = Manual()
    with backend(made, "manual") as running:
        made.port = running.port
        yield made

"""A backend that reads HTTP/1.1 as strictly as its grammar can be read, and keeps what it was sent.

Anything that two servers could frame in two ways is an `AmbiguousError`: RFC 9112 without any of its leniencies.
"""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.backends import Link

TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
LINE = re.compile(rb"(?P<method>" + TOKEN + rb") (?P<target>[!-~]+) (?P<protocol>HTTP/1\.[01])")
FIELD = re.compile(rb"(?P<name>" + TOKEN + rb"): ?(?P<value>[^\x00\r\n]*)")
SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})")


Headers = tuple[tuple[str, str], ...]


class AmbiguousError(Exception):
    """Bytes that another server could read as something else."""


@dataclass(frozen=True)
class Recorded:
    """A request that was whole. ``connection``: a number for the upstream connection it came on."""

    connection: int
    protocol: str
    method: str
    target: str
    headers: Headers
    body: bytes
    trailers: Headers = ()


@dataclass
class Recorder:
    """What all connections brought: whole requests, and what was wrong (with the bytes).

    Answers are a request's target and the length of its body; after the one to ``/more`` comes another that nobody asked for.
    """

    requests: list[Recorded] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unfinished: list[bytes] = field(default_factory=list)
    """bodies and heads that ended too early, which is how a client that went away looks"""
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, link: Link) -> None:
        with self.lock:
            self.connections += 1
            number = self.connections
        reader = Strict(link)
        try:
            while True:
                found = reader.request(number)
                with self.lock:
                    self.requests.append(found)
                body = f"{found.target} {len(found.body)}".encode()
                head = b"HTTP/1.1 200 Fine\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
                unasked = b"HTTP/1.1 200 Evil\r\nContent-Length: 4\r\n\r\nevil" if found.target.startswith("/more") else b""
                link.connection.sendall(head + (b"" if found.method == "HEAD" else body) + unasked)
        except AmbiguousError as wrong:
            with self.lock:
                self.wrong.append(f"{wrong}: {reader.seen!r}")
        except (EOFError, OSError):
            if reader.seen:
                with self.lock:
                    self.unfinished.append(reader.seen)

    def clear(self) -> None:
        with self.lock:
            self.requests, self.wrong, self.unfinished = [], [], []

    def take(self) -> list[Recorded]:
        """The requests since the last time."""
        with self.lock:
            found, self.requests = self.requests, []
        return found


class Strict:
    """``seen``: the bytes of the request that is being read."""

    def __init__(self, link: Link) -> None:
        self.link, self.kept, self.seen = link, b"", b""

    def request(self, connection: int) -> Recorded:
        self.seen = b""
        first = LINE.fullmatch(self.line())
        if not first:
            raise AmbiguousError("request line")
        headers = tuple(self.headers())
        body, trailers = self.body(first["protocol"], headers)
        self.seen = b""
        words = (first["protocol"].decode(), first["method"].decode(), first["target"].decode())
        return Recorded(connection, *words, headers, body, trailers)

    def headers(self) -> Iterator[tuple[str, str]]:
        while line := self.line():
            found = FIELD.fullmatch(line)
            if not found:
                raise AmbiguousError(f"header line {line!r}")
            yield found["name"].decode().lower(), found["value"].decode("latin-1")

    def body(self, protocol: bytes, headers: Headers) -> tuple[bytes, Headers]:
        """(content, trailers)"""
        lengths = [value for name, value in headers if name == "content-length"]
        codings = [value for name, value in headers if name == "transfer-encoding"]
        if len([value for name, value in headers if name == "host"]) != 1:
            raise AmbiguousError("not one Host")
        if len(lengths) + len(codings) > 1:
            raise AmbiguousError("two framings")
        if codings:
            if codings[0].lower() != "chunked" or protocol != b"HTTP/1.1":
                raise AmbiguousError("a coding other than chunked, or before HTTP/1.1")
            return b"".join(self.chunks()), tuple(self.headers())
        if lengths and not re.fullmatch("[0-9]{1,18}", lengths[0], re.ASCII):
            raise AmbiguousError("length")
        return (self.exactly(int(lengths[0])) if lengths else b""), ()

    def chunks(self) -> Iterator[bytes]:
        while True:
            line = self.line()
            if not SIZE.fullmatch(line):
                raise AmbiguousError(f"chunk size {line!r}")
            size = int(line, 16)
            if not size:
                return
            yield self.exactly(size)
            if self.line():
                raise AmbiguousError("a chunk is longer than its size")

    def line(self) -> bytes:
        while b"\n" not in self.kept:
            self.more()
        line, self.kept = self.kept.split(b"\n", 1)
        self.seen += line + b"\n"
        if not line.endswith(b"\r") or b"\r" in line[:-1]:
            raise AmbiguousError("line end")
        return line[:-1]

    def exactly(self, count: int) -> bytes:
        while len(self.kept) < count:
            self.more()
        data, self.kept = self.kept[:count], self.kept[count:]
        self.seen += data
        return data

    def more(self) -> None:
        more = self.link.connection.recv(65536)
        if not more:
            self.seen += self.kept
            raise EOFError
        self.kept += more

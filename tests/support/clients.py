"""HTTP/1.1 clients for tests that send exact bytes."""

import contextlib
import gzip
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

LIMIT = 8.0
"""Seconds that a test waits for bytes."""


@dataclass(frozen=True)
class Answer:
    """One HTTP/1.1 answer. ``headers``: lower-case names, in order. ``whole``: the body is as long as was said."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    whole: bool = True

    def header(self, name: str) -> str:
        return ", ".join(self.all(name))

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name.lower()]

    @property
    def seen(self) -> dict[str, Any]:
        """What the echo backend saw."""
        made = json.loads(self.body)
        assert isinstance(made, dict)
        return made

    def upstream(self, name: str) -> list[str]:
        """All values of a header that the backend saw."""
        return [value for key, value in self.seen["headers"] if key.lower() == name.lower()]


def tls_context(*alpn: str, **options: Any) -> ssl.SSLContext:
    """Verifies nothing. ``options``: attributes of the context, such as ``maximum_version``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    for name, value in options.items():
        setattr(context, name, value)
    return context


class Client:
    """One connection, kept as long as the block runs. ``first``: bytes before TLS and HTTP, such as a PROXY header. ``source``:
    the address that it comes from."""

    def __init__(
        self, port: int, tls: ssl.SSLContext | None = None, sni: str | None = None, first: bytes = b"", host: str = "127.0.0.1",
        source: str = "",
    ) -> None:  # fmt: skip
        self.socket: socket.socket = socket.create_connection((host, port), LIMIT, (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""
        try:
            self.socket.sendall(first)
            if tls:
                self.socket = tls.wrap_socket(self.socket, server_hostname=sni)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    @property
    def certificate(self) -> bytes:
        """The server's, in DER."""
        assert isinstance(self.socket, ssl.SSLSocket)
        return self.socket.getpeercert(True) or b""

    def send(self, data: bytes) -> None:
        """A peer that has heard enough may close while we speak: its answer counts."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            self.socket.sendall(data)

    def ask(self, request: bytes) -> Answer:
        """Send one request; its last answer (after any 100)."""
        self.send(request)
        method = request.split(b" ", 1)[0].decode("latin-1")
        while (answer := self.answer(method)).status == 100:
            pass
        return answer

    def answer(self, method: str = "GET") -> Answer:
        """The next answer; EOFError if the peer closes before its head."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        headers = tuple((key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in lines))
        status = int(first.split(" ")[1])
        body, whole = b"", True
        if method != "HEAD" and status >= 200 and status not in (204, 304):
            body, whole = self._body(dict(headers))
        if dict(headers).get("content-encoding") == "gzip" and whole:
            body = gzip.decompress(body)
        return Answer(status, headers, body, whole)

    def _body(self, known: dict[str, str]) -> tuple[bytes, bool]:
        body = b""
        try:
            if known.get("transfer-encoding") == "chunked":
                while size := int(self._until(b"\r\n").split(b";")[0], 16):
                    body += self.exactly(size)
                    self._until(b"\r\n")
                while self._until(b"\r\n"):
                    pass
                return body, True
            if "content-length" in known:
                return self.exactly(int(known["content-length"])), True
        except EOFError:
            return body + self.data, False
        return self.rest(), True

    def exactly(self, count: int) -> bytes:
        parts, size = [self.data], len(self.data)
        while size < count:
            more = self._receive()
            if not more:
                self.data = b"".join(parts)
                raise EOFError
            parts.append(more)
            size += len(more)
        whole = b"".join(parts)
        self.data = whole[count:]
        return whole[:count]

    def peek(self) -> None:
        """Until something has come."""
        self.data += self._receive()

    def rest(self) -> bytes:
        """Everything until the peer closes."""
        parts = [self.data]
        while more := self._receive():
            parts.append(more)
        self.data = b""
        return b"".join(parts)

    def _until(self, end: bytes) -> bytes:
        while end not in self.data:
            more = self._receive()
            if not more:
                raise EOFError(self.data)
            self.data += more
        found, _, self.data = self.data.partition(end)
        return found

    def _receive(self) -> bytes:
        try:
            return self.socket.recv(262144)
        except (ConnectionResetError, ssl.SSLEOFError):
            return b""


def request(
    host: str, path: str = "/", *headers: str, method: str = "GET", body: bytes | None = None, close: bool = True
) -> bytes:
    """A request in HTTP/1.1; with a body, its length."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *["Connection: close"] * close, *headers]
    lines += [f"Content-Length: {len(body)}"] if body is not None else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def answers(client: Client) -> Iterator[Answer]:
    """All that come until the peer closes."""
    with contextlib.suppress(EOFError):
        while True:
            yield client.answer()

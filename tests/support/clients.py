"""Clients for tests that send exact bytes."""

import gzip
import json
import socket
import zlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One HTTP/1.1 answer. ``headers``: lower-case names, in order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name.lower())

    @property
    def seen(self) -> dict[str, Any]:
        """What the echo backend saw."""
        made = json.loads(self.body)
        assert isinstance(made, dict)
        return made

    def upstream(self, name: str) -> list[str]:
        """All values of a header that the backend saw."""
        return [value for key, value in self.seen["headers"] if key.lower() == name.lower()]


def exchange(port: int, request: bytes, method: str = "GET", timeout: float = 8) -> list[Answer]:
    """Send bytes, read until the peer closes; the answers."""
    with socket.create_connection(("127.0.0.1", port), timeout) as s:
        s.sendall(request)
        data = b""
        try:
            while more := s.recv(65536):
                data += more
        except ConnectionResetError:
            pass
    return parse_answers(data, method)


def parse_answers(data: bytes, method: str = "GET") -> list[Answer]:
    answers = []
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = tuple((key.lower(), value.strip()) for key, _, value in (line.partition(":") for line in lines))
        known = dict(headers)
        status = int(first.split(" ")[1])
        if method == "HEAD" or status in (100, 101, 204, 304):
            body = b""
        elif known.get("transfer-encoding") == "chunked":
            body, data = _chunks(data)
        else:
            size = int(known.get("content-length", len(data)))
            body, data = data[:size], data[size:]
        if known.get("content-encoding") == "gzip":
            body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else zlib.decompress(body)
        answers.append(Answer(status=status, headers=headers, body=body))
    return answers


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        count = int(size.split(b";")[0], 16)
        body, data = body + data[:count], data[count + 2 :]
        if not count:
            return body, data

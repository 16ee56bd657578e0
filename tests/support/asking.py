"""A request of ``explain`` as bytes, sent to a plane, and what came of it."""

import contextlib
import hashlib
import json
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from h2.exceptions import ProtocolError

from router.table.explain import Request
from tests.support.clients import Answer, Client, tls_context
from tests.support.clients_h2 import H2Client
from tests.support.planes import Running


@dataclass(frozen=True)
class Asked:
    """A request and how it is sent. ``bare``: without any Host header. ``raw``: these bytes, whatever the request says."""

    request: Request
    body: bytes | None = None
    bare: bool = False
    raw: bytes = b""

    def wire(self) -> bytes:
        if self.raw:
            return self.raw
        r = self.request
        target = f"{r.scheme}://{r.authority}{r.path}" if r.authority else r.path
        lines = [f"{r.method} {target} {r.protocol}", *[f"Host: {r.host}"] * (not self.bare)]
        lines += [f"{name}: {value}" for name, value in r.headers]
        lines += [f"Content-Length: {len(self.body)}"] if self.body is not None else []
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (self.body or b"")

    def pairs(self) -> list[tuple[bytes, bytes]]:
        """The same for HTTP/2."""
        r = self.request
        head = [(":method", r.method), (":scheme", r.scheme), (":authority", r.host), (":path", r.path), *r.headers]
        head += [("content-length", str(len(self.body)))] if self.body is not None else []
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head]


@dataclass(frozen=True)
class Seen:
    """What a plane made of a request. ``status`` 0: it hung up. ``app``: what the echo backend saw, empty if it was not asked.
    ``line``: of the log, filled in later."""

    status: int
    answer: Answer | None = None
    app: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        return self.answer.header("x-request-id") if self.answer else ""


def _h2(client: H2Client, asked: Asked) -> Answer | None:
    """None if the stream was broken off."""
    came = client.get_raw(asked.pairs(), asked.body)
    if ":status" not in came.headers:
        return None
    return Answer(came.status, tuple((name, value) for name, value in came.headers.items() if name != ":status"), came.body)


def _context() -> ssl.SSLContext:
    return tls_context("http/1.1")


Key = tuple[str, str, str, str]
"""Scheme, version, client and server name."""
CLOSING = (400, 405, 413, 414, 431, 502, 504)


class Asker:
    """Asks one plane, on connections that live as long as the plane lets them: one for each client, scheme and server name."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._kept: dict[Key, Client] = {}
        self._tls = _context()
        self._seen: list[Seen] = []
        self._offset = running.log.stat().st_size

    def ask(self, asked: Asked) -> None:
        """What came of it is in ``results``, in the order of the asking."""
        r, answer = asked.request, None
        key = (r.scheme, r.protocol, r.client, r.sni)
        for _ in range(2):  # a kept connection may be closed meanwhile
            fresh = key not in self._kept
            with contextlib.suppress(EOFError, ProtocolError):
                client = self._client(key)
                answer = _h2(client, asked) if isinstance(client, H2Client) else client.ask(asked.wire())
            if answer or fresh:
                break
            self._drop(key)
        if (
            answer is None
            or answer.status in CLOSING
            or "close" in answer.header("connection")
            or r.protocol not in ("HTTP/1.1", "HTTP/2.0")
        ):
            self._drop(key)
        self._seen.append(_seen(answer))

    def _client(self, key: Key) -> Client:
        if key not in self._kept:
            scheme, protocol, client, sni = key
            port, tls = (self.running.https, self._tls) if scheme == "https" else (self.running.http, None)
            first, source = self.running.proxy_header(client), self.running.source(client)
            if protocol == "HTTP/2.0":
                self._kept[key] = H2Client(port, sni or None, first, source)
            else:
                self._kept[key] = Client(port, tls, sni or None, first, source=source)
        return self._kept[key]

    def _drop(self, key: Key) -> None:
        if client := self._kept.pop(key, None):
            client.__exit__()

    def close(self) -> None:
        for key in list(self._kept):
            self._drop(key)

    def results(self) -> list[Seen]:
        """Everything seen since the last time, with the lines of the log."""
        self.close()
        told = Counter(seen.identity for seen in self._seen)
        wanted = {identity for identity, count in told.items() if count == 1 and len(identity) > 1}
        lines = self.running.lines_of(wanted, self._offset)
        self._offset = self.running.log.stat().st_size
        made = [Seen(s.status, s.answer, s.app, lines.get(s.identity, {}) if s.identity in wanted else {}) for s in self._seen]
        self._seen = []
        return made


def _seen(answer: Answer | None) -> Seen:
    if answer is None:
        return Seen(0)
    with contextlib.suppress(ValueError):
        if answer.header("x-app"):
            return Seen(answer.status, answer, json.loads(answer.body) if answer.body else {"app": answer.header("x-app")})
    return Seen(answer.status, answer)


def page(seen: Seen) -> str:
    """A digest of our page, for comparison."""
    assert seen.answer
    return hashlib.sha256(seen.answer.body).hexdigest()[:8]


def in_turn(askers: list[Asker], requests: list[Asked]) -> Iterator[tuple[Asked, list[Seen]]]:
    """Every request to every plane; what each made of it, in the order of the planes."""
    for asker in askers:
        for asked in requests:
            asker.ask(asked)
    yield from zip(requests, zip(*(asker.results() for asker in askers), strict=True), strict=True)  # type: ignore[misc]

"""Constant load with exact accounts: every request is numbered, and its whole answer is compared with what it must be.

A request **met** trouble when it did not get its whole right answer at the first try: connection refused, reset or closed, a
5xx or any status but 200, a wrong or short body, no answer within ``LIMIT`` seconds. It is **lost** when a standard client
would show that to its user; it is not lost when a client that follows the standards sends it again by itself:

- HTTP/1.1: an idempotent request on a connection that had served others, closed before any byte of the answer (RFC 9112, 9.3.1);
- HTTP/2: a stream above the last one of a GOAWAY, or refused with REFUSED_STREAM (RFC 9113, 8.7).

The goal is that none meets trouble; the two numbers are counted apart.

Clients are ``DISTANCE`` away: what the gateway did within that time before a request reaches it, the client could not know.
On one machine nobody would ever send into a closing connection, and a gateway that closes them rudely would look well.
"""

import asyncio
import contextlib
import itertools
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

LIMIT = 20.0
"""Seconds for one request."""
DISTANCE = 0.02
"""Seconds of a round trip between a client and the gateway."""


class TroubleError(Exception):
    """``again``: a standard client sends it again by itself."""

    def __init__(self, why: str, *, again: bool = False) -> None:
        super().__init__(why)
        self.again = again


@dataclass
class Account:
    """What became of the requests of one kind of client."""

    sent: int = 0
    right: int = 0
    met: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    connections: int = 0

    def note(self, number: int, wrong: TroubleError) -> None:
        self.met.append(f"{number}: {wrong}")
        if not wrong.again:
            self.lost.append(f"{number}: {wrong}")

    def __str__(self) -> str:
        return f"{self.sent} requests on {self.connections} connections, {len(self.met)} met trouble, {len(self.lost)} lost"


@dataclass
class Load:
    """``accounts`` by kind of client. ``pause``: seconds that a client of the kind waits between two requests."""

    host: str
    port: int
    tls_port: int
    trust: ssl.SSLContext | None = None
    accounts: dict[str, Account] = field(default_factory=dict)
    stopping: bool = False
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def account(self, kind: str) -> Account:
        return self.accounts.setdefault(kind, Account())

    @property
    def met(self) -> dict[str, list[str]]:
        return {kind: a.met for kind, a in self.accounts.items() if a.met}

    @property
    def lost(self) -> dict[str, list[str]]:
        return {kind: a.lost for kind, a in self.accounts.items() if a.lost}

    @property
    def sent(self) -> int:
        return sum(a.sent for a in self.accounts.values())

    async def one(self, kind: str, number: int, work: Awaitable[bytes], wanted: bytes) -> bool:
        """Await one answer and book it; whether it was right."""
        account = self.account(kind)
        account.sent += 1
        try:
            async with asyncio.timeout(LIMIT):
                answer = await work
            if answer != wanted:
                raise TroubleError(f"{answer[:60]!r} instead of {wanted[:60]!r}")
        except TroubleError as wrong:
            account.note(number, wrong)
            return False
        except (OSError, TimeoutError, EOFError) as wrong:
            account.note(number, TroubleError(repr(wrong)))
            return False
        account.right += 1
        return True

    def question(self, number: int) -> tuple[bytes, bytes, bytes]:
        """(method, body, the right answer) of a request: one of three is a POST, some answers are long, some slow."""
        body = b"x" * (number % 7000) if number % 3 == 0 else b""
        method = b"POST" if number % 3 == 0 else b"GET"
        return method, body, answer_of(target_of(number), len(body))


def target_of(number: int) -> bytes:
    size = 40_000 if number % 17 == 0 else number % 900
    delay = 120 if number % 23 == 0 else 0
    return b"/n/%d/%d/%d" % (number, size, delay)


def answer_of(target: bytes, body: int) -> bytes:
    _, _, number, size, _ = target.split(b"/")
    return b"%s got %d " % (target, body) + number * (int(size) // len(number))


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close without waiting for the peer's goodbye, as clients do."""
    writer.close()
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class Http1:
    """One HTTP/1.1 connection at a time. ``keep``: it serves many requests; otherwise each brings its own."""

    def __init__(self, load: Load, kind: str, *, tls: bool, keep: bool) -> None:
        self.load, self.kind, self.tls, self.keep = load, kind, tls, keep
        self._link: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, pause: Callable[[int], float] = lambda number: 0) -> None:
        while not self.load.stopping:
            number = next(self.load.numbers)
            method, body, wanted = self.load.question(number)
            await self.load.one(self.kind, number, self._ask(method, target_of(number), body), wanted)
            await asyncio.sleep(pause(number))
        await self._drop()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self.load.account(self.kind).connections += 1
        if self.tls:
            options = {"ssl": self.load.trust, "server_hostname": self.load.host}
            return await asyncio.open_connection("127.0.0.1", self.load.tls_port, limit=2**20, **options)
        return await asyncio.open_connection("127.0.0.1", self.load.port, limit=2**20)

    async def _ask(self, method: bytes, target: bytes, body: bytes) -> bytes:
        """The answer's body. A connection that is known to be closed is not used, as every client does it."""
        if self._link and self._link[0].at_eof():
            await self._drop()
        used = self._link is not None
        self._link = self._link or await self._connect()
        if used:
            await asyncio.sleep(DISTANCE)
        reader, writer = self._link
        try:
            close = b"" if self.keep else b"Connection: close\r\n"
            head = b"%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n%s\r\n"
            writer.write(head % (method, target, self.load.host.encode(), len(body), close) + body)
            await writer.drain()
            first = await reader.read(1)
        except (OSError, EOFError) as wrong:
            await self._drop()
            raise TroubleError(f"{method.decode()} {wrong!r}", again=used and method == b"GET") from None
        if not first:
            await self._drop()
            raise TroubleError(f"{method.decode()} closed before the answer", again=used and method == b"GET")
        try:
            status, content, close = await self._answer(reader, first)
        except (OSError, EOFError, ValueError) as wrong:
            await self._drop()
            raise TroubleError(f"{method.decode()} cut off: {wrong!r}") from None
        if close or not self.keep:
            await self._drop()
        if status != b"200":
            raise TroubleError(f"{method.decode()} status {status.decode()}")
        return content

    async def _answer(self, reader: asyncio.StreamReader, first: bytes) -> tuple[bytes, bytes, bool]:
        """(status, body, whether the connection ends)"""
        head = first + await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        fields = dict(line.split(b": ", 1) for line in lines[1:] if line)
        if b"chunked" in fields.get(b"transfer-encoding", b""):
            content = b""
            while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
                content += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
        else:
            content = await reader.readexactly(int(fields[b"content-length"]))
        return lines[0].split(b" ")[1], content, fields.get(b"connection") == b"close"

    async def _drop(self) -> None:
        if self._link:
            await hang_up(self._link[1])
        self._link = None


class Websocket:
    """A websocket held open from the beginning to the end, with numbered echoes. Only a break before the end is trouble."""

    def __init__(self, load: Load, kind: str, pause: float = 0.05) -> None:
        self.load, self.kind, self.pause = load, kind, pause

    async def run(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.load.port)
        self.load.account(self.kind).connections += 1
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % self.load.host.encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        whole = True
        while whole and not self.load.stopping:
            number = next(self.load.numbers)
            said = b"%d." % number

            async def echo(said: bytes = said) -> bytes:
                writer.write(said)
                return await reader.readexactly(len(said))

            whole = await self.load.one(self.kind, number, echo(), said)
            await asyncio.sleep(self.pause)
        await hang_up(writer)


@dataclass
class Served:
    """What came to all backends: ``requests`` in all, and how often each POST."""

    requests: int = 0
    posts: "Counter[bytes]" = field(default_factory=Counter)

    def note(self, method: bytes, target: bytes) -> None:
        self.requests += 1
        if method == b"POST":
            self.posts[target] += 1

    @property
    def doubled(self) -> list[bytes]:
        return [target for target, times in self.posts.items() if times > 1]


class Backend(asyncio.Protocol):
    """Answers ``/n/NUMBER/SIZE/DELAY`` with ``answer_of``, and echoes websockets. HTTP/1.1 keep-alive, without limits."""

    def __init__(self, served: Served) -> None:
        self.served, self.kept, self.tunnel = served, b"", False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert self.transport
        if self.tunnel:
            self.transport.write(data)
            return
        self.kept += data
        while b"\r\n\r\n" in self.kept:
            head, rest = self.kept.split(b"\r\n\r\n", 1)
            lines = head.lower().split(b"\r\n")
            fields = dict(line.split(b": ", 1) for line in lines[1:])
            length = int(fields.get(b"content-length", b"0"))
            if len(rest) < length:
                return
            self.kept = rest[length:]
            method, target, _ = head.split(b"\r\n")[0].split(b" ")
            self.served.note(method, target)
            self._answer(target, length, upgrade=b"upgrade" in fields)

    def _answer(self, target: bytes, length: int, *, upgrade: bool) -> None:
        assert self.transport
        if upgrade:
            self.tunnel = True
            self.transport.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            )
            return
        delay = int(target.rpartition(b"/")[2]) / 1000
        content = answer_of(target, length)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % len(content)
        if delay:
            self.transport.write(head)
            asyncio.get_running_loop().call_later(delay, self.transport.write, content)
        else:
            self.transport.write(head + content)


@contextlib.asynccontextmanager
async def backends(count: int) -> AsyncIterator[tuple[list[int], Served]]:
    """(ports, what came) of backends that run while the block does."""
    served = Served()
    servers = [await asyncio.get_running_loop().create_server(lambda: Backend(served), "127.0.0.1", 0) for _ in range(count)]
    try:
        yield [server.sockets[0].getsockname()[1] for server in servers], served
    finally:
        for server in servers:
            server.close()

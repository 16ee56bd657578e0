"""Backends for tests: echo servers that tell what reached them, on threads of their own."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Backend:
    """``requests``: the target of every HTTP/1.1 request that came, in order."""

    name: str
    port: int
    delay: float = 0
    requests: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Link:
    """A connection that a backend serves. ``known``: what it said before HTTP (``sni``, ``alpn``, ``proxy``)."""

    backend: Backend
    connection: socket.socket
    known: dict[str, str]


Serve = Callable[[Link], None]


class Reader:
    """Reads lines and counted bytes from a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.kept = connection, b""

    def _more(self) -> None:
        more = self.connection.recv(65536)
        if not more:
            raise EOFError
        self.kept += more

    def line(self) -> bytes:
        while b"\n" not in self.kept:
            self._more()
        line, self.kept = self.kept.split(b"\n", 1)
        return line.rstrip(b"\r")

    def exactly(self, count: int) -> bytes:
        while len(self.kept) < count:
            self._more()
        data, self.kept = self.kept[:count], self.kept[count:]
        return data


def line_echo(link: Link) -> None:
    reader = Reader(link.connection)
    said = " ".join([link.backend.name, *link.known.values()]).encode()
    while True:
        link.connection.sendall(said + b" " + reader.line() + b"\n")


def closing(link: Link) -> None:
    """Reads a request and hangs up."""
    link.backend.requests.append(Reader(link.connection).line().decode("latin-1").split(" ")[1])


def proxied(inner: Serve) -> Serve:
    """Wants a PROXY header of version 1 or 2 first; known as ``v1 127.0.0.1``: its version and the source's address."""

    def serve(link: Link) -> None:
        connection = link.connection
        first = connection.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL)
        if first == b"\r\n\r\n\x00\r\nQUIT\n":
            header = connection.recv(16, socket.MSG_WAITALL)
            addresses = connection.recv(int.from_bytes(header[14:16], "big"), socket.MSG_WAITALL)
            link.known["proxy"] = f"v2 {socket.inet_ntoa(addresses[:4])}"
        elif first.startswith(b"PROXY "):
            line = b""
            while not line.endswith(b"\n"):
                line += connection.recv(1)
            link.known["proxy"] = f"v1 {line.decode().split(' ')[2]}"
        else:
            return
        inner(link)

    return serve


@contextlib.contextmanager
def backend(
    serve: Serve, name: str, tls: ssl.SSLContext | None = None, delay: float = 0, host: str = "127.0.0.1"
) -> Iterator[Backend]:
    """A backend that runs while the block does."""
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    made = Backend(name=name, port=listener.getsockname()[1], delay=delay)
    if tls:
        tls.sni_callback = _note_name  # type: ignore[assignment]

    def one(connection: socket.socket) -> None:
        known: dict[str, str] = {}
        with contextlib.suppress(OSError, EOFError, ValueError), connection, _secured(connection, tls, known) as link:
            serve(Link(made, link, known))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield made
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _secured(connection: socket.socket, tls: ssl.SSLContext | None, known: dict[str, str]) -> socket.socket:
    if not tls:
        return connection
    wrapped = tls.wrap_socket(connection, server_side=True)
    known |= {"sni": getattr(wrapped, "sni", ""), "alpn": wrapped.selected_alpn_protocol() or ""}
    return wrapped


def _note_name(wrapped: ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
    wrapped.sni = name or ""  # type: ignore[attr-defined]

"""Backends for tests: echo servers that tell what reached them, on threads of their own."""

import base64
import contextlib
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import h2.config
import h2.connection
import h2.events


class Reader:
    """Reads lines and counted bytes from a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection, self.kept = connection, b""

    def line(self) -> bytes:
        while b"\n" not in self.kept:
            more = self.connection.recv(65536)
            if not more:
                raise EOFError
            self.kept += more
        line, self.kept = self.kept.split(b"\n", 1)
        return line.rstrip(b"\r")

    def exactly(self, count: int) -> bytes:
        while len(self.kept) < count:
            more = self.connection.recv(65536)
            if not more:
                raise EOFError
            self.kept += more
        data, self.kept = self.kept[:count], self.kept[count:]
        return data


def _body(reader: Reader, headers: list[tuple[str, str]]) -> bytes:
    known = {name.lower(): value for name, value in headers}
    if known.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(reader.line().split(b";")[0], 16):
            body += reader.exactly(size)
            reader.line()
        reader.line()
        return body
    return reader.exactly(int(known.get("content-length", "0")))


def http1(connection: socket.socket, name: str, delay: float = 0) -> None:
    """HTTP/1.1 keep-alive; every answer is JSON of what came. ``/ws`` becomes a websocket that echoes raw bytes."""
    reader = Reader(connection)
    while True:
        request = reader.line().decode("latin-1")
        headers = []
        while line := reader.line():
            key, _, value = line.decode("latin-1").partition(":")
            headers.append((key, value.strip()))
        body = _body(reader, headers)
        method, target, _ = request.split(" ", 2)
        known = {key.lower(): value for key, value in headers}
        if known.get("upgrade", "").lower() == "websocket":
            accept = base64.b64encode(
                hashlib.sha1((known["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            )
            answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            connection.sendall(answer + accept + b"\r\n\r\n" + reader.kept)
            while data := connection.recv(65536):
                connection.sendall(data)
            return
        if delay:
            threading.Event().wait(delay)
        status = target.rpartition("status=")[2][:3] if "status=" in target else "200"
        port = connection.getpeername()[1]
        said = {"app": name, "method": method, "target": target, "headers": headers, "body": len(body), "port": port}
        content = json.dumps(said).encode().ljust(2000 if "big" in target else 0)
        head = (
            f"HTTP/1.1 {status} Fine\r\nContent-Type: application/json\r\nX-App: {name}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        connection.sendall(head.encode() + (b"" if method == "HEAD" else content))


def http2(connection: socket.socket, name: str, delay: float = 0) -> None:
    """HTTP/2 with prior knowledge; answers as gRPC does, with trailers."""
    state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    state.initiate_connection()
    connection.sendall(state.data_to_send())
    seen: dict[int, list[tuple[str, str]]] = {}
    while data := connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                seen[event.stream_id] = list(event.headers)  # type: ignore[arg-type]
            elif isinstance(event, h2.events.DataReceived):
                state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                content = json.dumps({"app": name, "headers": seen[event.stream_id]}).encode()
                state.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/grpc")])
                state.send_data(event.stream_id, content)
                state.send_headers(event.stream_id, [("grpc-status", "0")], end_stream=True)
        connection.sendall(state.data_to_send())


def line_echo(connection: socket.socket, name: str, delay: float = 0) -> None:
    reader = Reader(connection)
    while True:
        connection.sendall(name.encode() + b" " + reader.line() + b"\n")


def proxied(inner: Callable[[socket.socket, str], None]) -> Callable[[socket.socket, str, float], None]:
    """Wants a PROXY header of version 1 or 2 first; its kind becomes part of the name."""

    def serve(connection: socket.socket, name: str, delay: float = 0) -> None:
        first = connection.recv(12, socket.MSG_PEEK | socket.MSG_WAITALL)
        if first == b"\r\n\r\n\x00\r\nQUIT\n":
            header = connection.recv(16, socket.MSG_WAITALL)
            connection.recv(int.from_bytes(header[14:16], "big"), socket.MSG_WAITALL)
            inner(connection, f"{name} v2")
        elif first.startswith(b"PROXY "):
            while connection.recv(1) != b"\n":
                pass
            inner(connection, f"{name} v1")

    return serve


Serve = Callable[[socket.socket, str, float], None]


@contextlib.contextmanager
def backend(serve: Serve, name: str, tls: ssl.SSLContext | None = None, delay: float = 0) -> Iterator[int]:
    """The port of a backend that runs while the block does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError), connection:
            wrapped = tls.wrap_socket(connection, server_side=True) if tls else connection
            with wrapped:
                serve(wrapped, name, delay)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()

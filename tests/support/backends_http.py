"""Echo backends that speak HTTP: every answer is JSON of what came.

The query says what else the answer is like: ``status=404``, ``delay=0.1`` (seconds), ``size=5000`` (bytes, filled with blanks),
``chunked``, ``cut`` (hangs up before the end), ``close`` (no length, ends with the connection), ``header=Name:value`` (repeatable,
percent-encoded).
"""

import base64
import hashlib
import json
import threading
from urllib.parse import parse_qs

import h2.config
import h2.connection
import h2.events

from tests.support.backends import Link, Reader

Headers = list[tuple[str, str]]


def http1(link: Link) -> None:
    """HTTP/1.1 keep-alive. ``Upgrade: websocket`` makes it echo raw bytes, unless a status is asked for."""
    reader = Reader(link.connection)
    while True:
        method, target, protocol = reader.line().decode("latin-1").split(" ", 2)
        link.backend.requests.append(target)
        headers = _headers(reader)
        known = {key.lower(): value for key, value in headers}
        if known.get("expect", "").lower() == "100-continue":
            link.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = _body(reader, known)
        if known.get("upgrade", "").lower() == "websocket" and "status=" not in target:
            _websocket(link, known, reader.kept)
            return
        seen = {
            "app": link.backend.name, "method": method, "target": target, "protocol": protocol, "headers": headers,
            "body": len(body), "digest": hashlib.sha256(body).hexdigest(), "port": link.connection.getpeername()[1], **link.known,
        }  # fmt: skip
        if not _answer(link, method, target, seen):
            return


def _headers(reader: Reader) -> Headers:
    headers = []
    while line := reader.line():
        key, _, value = line.decode("latin-1").partition(":")
        headers.append((key, value.strip()))
    return headers


def _body(reader: Reader, known: dict[str, str]) -> bytes:
    if known.get("transfer-encoding", "").lower() != "chunked":
        return reader.exactly(int(known.get("content-length", "0")))
    body = b""
    while size := int(reader.line().split(b";")[0], 16):
        body += reader.exactly(size)
        reader.line()
    reader.line()
    return body


def _answer(link: Link, method: str, target: str, seen: dict[str, object]) -> bool:
    """Whether the connection lives on."""
    asked = parse_qs(target.partition("?")[2], keep_blank_values=True)
    threading.Event().wait(link.backend.delay + float(asked.get("delay", ["0"])[0]))
    content = json.dumps(seen).encode().ljust(int(asked.get("size", ["0"])[0]))
    extra = [line for line in asked.get("header", []) if ":" in line]
    length = {"chunked": "Transfer-Encoding: chunked", "close": "Connection: close"}
    framing = next((text for name, text in length.items() if name in asked), f"Content-Length: {len(content)}")
    lines = [f"HTTP/1.1 {asked.get('status', ['200'])[0]} Fine", "Content-Type: application/json", f"X-App: {link.backend.name}"]
    head = "\r\n".join([*lines, framing, *extra, "", ""]).encode("latin-1")
    if "chunked" in asked:
        half = len(content) // 2
        parts = [b"%x\r\n%s\r\n" % (len(part), part) for part in (content[:half], content[half:])]
        content = b"".join([*parts, b"0\r\n\r\n"])
    if "cut" in asked:
        content = content[: len(content) // 2]
    link.connection.sendall(head + (b"" if method == "HEAD" else content))
    return not ("cut" in asked or "close" in asked)


def _websocket(link: Link, known: dict[str, str], first: bytes) -> None:
    digest = hashlib.sha1((known["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    link.connection.sendall(answer + base64.b64encode(digest) + b"\r\n\r\n" + first)
    while data := link.connection.recv(65536):
        link.connection.sendall(data)


def http2(link: Link) -> None:
    """HTTP/2, as gRPC answers: with trailers. ``/Echo`` sends each piece of data back at once, as a bidirectional call does."""
    state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
    state.initiate_connection()
    link.connection.sendall(state.data_to_send())
    streams: dict[int, tuple[dict[str, str], Headers, bytearray]] = {}
    while data := link.connection.recv(65536):
        for event in state.receive_data(data):
            if isinstance(event, h2.events.RequestReceived) and event.headers and event.stream_id:
                headers: Headers = [(str(name), str(value)) for name, value in event.headers]
                streams[event.stream_id] = (dict(headers), headers, bytearray())
                if dict(headers)[":path"].endswith("/Echo"):
                    state.send_headers(event.stream_id, [(":status", "200"), ("content-type", "application/grpc")])
            elif isinstance(event, h2.events.DataReceived) and event.stream_id:
                known, _, body = streams[event.stream_id]
                body += event.data or b""
                state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
                if known[":path"].endswith("/Echo") and event.data:
                    state.send_data(event.stream_id, event.data)
            elif isinstance(event, h2.events.StreamEnded) and event.stream_id:
                _end(link, state, event.stream_id, *streams.pop(event.stream_id))
        link.connection.sendall(state.data_to_send())


def _end(
    link: Link, state: h2.connection.H2Connection, stream: int, known: dict[str, str], headers: Headers, body: bytearray
) -> None:
    if not known[":path"].endswith("/Echo"):
        seen = {"app": link.backend.name, "method": known[":method"], "target": known[":path"], "headers": headers, **link.known}
        state.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
        state.send_data(stream, json.dumps({**seen, "body": len(body)}).encode())
    state.send_headers(stream, [("grpc-status", "0"), ("grpc-message", "fine")], end_stream=True)

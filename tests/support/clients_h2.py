"""An HTTP/2 client for tests: one connection over TLS, any number of streams."""

import json
from dataclasses import dataclass, field
from typing import Any

import h2.config
import h2.connection
import h2.events

from tests.support.clients import Client, tls_context


@dataclass
class H2Answer:
    """What came on one stream. ``ended``: nothing more comes; ``reset``: the peer broke it off."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    trailers: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    reset: bool = False

    @property
    def status(self) -> int:
        return int(self.headers[":status"])

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def seen(self) -> dict[str, Any]:
        made = json.loads(self.body)
        assert isinstance(made, dict)
        return made

    def upstream(self, name: str) -> list[str]:
        return [value for key, value in self.seen["headers"] if key.lower() == name]


class H2Client(Client):
    """Header checks of the library are off: tests may send what is wrong."""

    def __init__(self, port: int, sni: str | None = None, first: bytes = b"", source: str = "") -> None:
        super().__init__(port, tls_context("h2"), sni, first, source=source)
        assert self.socket.selected_alpn_protocol() == "h2"  # type: ignore[attr-defined]
        plain = h2.config.H2Configuration(
            header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.state = h2.connection.H2Connection(plain)
        self.state.initiate_connection()
        self.streams: dict[int, H2Answer] = {}
        self._flush()

    def _flush(self) -> None:
        self.send(self.state.data_to_send())

    def start(self, host: str, path: str = "/", *headers: tuple[str, str], method: str = "GET", end: bool = True) -> int:
        stream = self.state.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", host), (":path", path)]
        self.state.send_headers(stream, [*head, *headers], end_stream=end)
        self.streams[stream] = H2Answer()
        self._flush()
        return stream

    def get_raw(self, head: list[tuple[bytes, bytes]], body: bytes | None) -> H2Answer:
        """One request of these pairs, pseudo headers among them, in one write with its body."""
        stream = self.state.get_next_available_stream_id()
        self.state.send_headers(stream, head, end_stream=body is None)
        if body is not None:
            self.state.send_data(stream, body, end_stream=True)
        self.streams[stream] = H2Answer()
        self._flush()
        return self.wait(stream)

    def begin(self, head: list[tuple[bytes, bytes]]) -> int:
        """The same without an end."""
        stream = self.state.get_next_available_stream_id()
        self.state.send_headers(stream, head)
        self.streams[stream] = H2Answer()
        self._flush()
        return stream

    def reset(self, stream: int) -> None:
        self.state.reset_stream(stream, 8)
        self._flush()

    def goodbye(self) -> None:
        """GOAWAY: no more streams will be started. (Not by the library: it would read no more.)"""
        self.send(b"\0\0\x08\x07\0\0\0\0\0" + bytes(8))

    def more(self, stream: int, data: bytes, end: bool = False) -> None:
        """As fast as the peer's windows allow. If it ends the stream before, the rest is not sent."""
        while data or end:
            if self.streams[stream].ended:
                return
            room = min(self.state.local_flow_control_window(stream), self.state.max_outbound_frame_size)
            if data and not room:
                self.read()
                continue
            piece, data = data[:room], data[room:]
            self.state.send_data(stream, piece, end_stream=end and not data)
            end = end and bool(data)
            self._flush()

    def get(
        self, host: str, path: str = "/", *headers: tuple[str, str], method: str = "GET", body: bytes | None = None
    ) -> H2Answer:
        """One request and its whole answer. A body is sent without a length."""
        stream = self.start(host, path, *headers, method=method, end=body is None)
        if body is not None:
            self.more(stream, body, end=True)
        return self.wait(stream)

    def wait(self, stream: int, size: int | None = None) -> H2Answer:
        """Until the stream ends, or so many bytes of its body came."""
        answer = self.streams[stream]
        while not answer.ended and (size is None or len(answer.body) < size):
            self.read()
        return answer

    def read(self) -> None:
        """What comes next, for whatever stream. EOFError if the peer has closed."""
        data = self._receive()
        if not data:
            raise EOFError
        for event in self.state.receive_data(data):
            self._note(event)
        self._flush()

    def _note(self, event: h2.events.Event) -> None:
        answer = self.streams.get(getattr(event, "stream_id", None) or 0)
        if answer is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            answer.headers |= dict(event.headers or ())  # type: ignore[arg-type]
        elif isinstance(event, h2.events.TrailersReceived):
            answer.trailers |= dict(event.headers or ())  # type: ignore[arg-type]
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data or b""
            self.state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
        elif isinstance(event, h2.events.StreamEnded | h2.events.StreamReset):
            answer.ended, answer.reset = True, answer.reset or isinstance(event, h2.events.StreamReset)

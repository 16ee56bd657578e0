"""An app that speaks HTTP/2 as gRPC servers do. The last element of a path says what it does:

``Unary`` answers when the request has ended; ``Many`` answers three messages at once; ``Echo`` answers each message as it comes;
``Fail`` answers trailers only; ``Late`` a message, then trailers with an error; ``Reset`` resets the stream; ``Silent`` never
answers; ``Large`` answers 300,000 bytes, as fast as windows allow; ``Leave`` says GOAWAY, answers and closes.
"""

import json
import socket
import time
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events

from tests.support.backends import Link

Headers = list[tuple[str, str]]
START: Headers = [(":status", "200"), ("content-type", "application/grpc")]
LARGE = 300_000
GOAWAY = b"\0\0\x08\x07\0\0\0\0\0" + (2**31 - 1).to_bytes(4) + bytes(4)
"""nothing new, but what is begun will be answered; the library would end the connection with it"""


def message(data: bytes) -> bytes:
    """With the prefix of gRPC: not compressed, length."""
    return b"\0" + len(data).to_bytes(4, "big") + data


@dataclass
class Call:
    headers: Headers
    got: int = 0
    owed: bytes = b""
    ended: bool = False

    @property
    def name(self) -> str:
        return dict(self.headers)[":path"].rsplit("/", 1)[1]


@dataclass
class Calls:
    """``seen``: the headers of every call. ``resets``: how many the peer broke off. ``closed``: connections that have ended."""

    seen: list[dict[str, str]] = field(default_factory=list)
    resets: int = 0
    connections: int = 0
    closed: int = 0

    def __call__(self, link: Link) -> None:
        self.connections += 1
        try:
            Connection(self, link).serve()
        finally:
            self.closed += 1


class Connection:
    def __init__(self, calls: Calls, link: Link) -> None:
        self.calls, self.link, self.open, self.left = calls, link, dict[int, Call](), False
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))

    def serve(self) -> None:
        self.state.initiate_connection()
        self.link.connection.sendall(self.state.data_to_send())
        while data := self.link.connection.recv(65536):
            for event in self.state.receive_data(data):
                self.note(event)
            for stream in [s for s, call in self.open.items() if call.owed]:
                self.pay(stream)
            self.link.connection.sendall(self.state.data_to_send())
            if self.left:  # what the peer still says is read, or its kernel would forget our answer
                time.sleep(0.05)  # nginx may lose trailers that come together with the end of the connection
                self.link.connection.shutdown(socket.SHUT_WR)
                while self.link.connection.recv(65536):
                    pass
                return

    def note(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self.begin(event.stream_id or 0, [(str(name), str(value)) for name, value in event.headers or ()])
        elif isinstance(event, h2.events.DataReceived):
            self.state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or 0)
            call = self.open.get(event.stream_id or 0)
            if call:
                call.got += len(event.data or b"")
                call.owed += (event.data or b"") if call.name == "Echo" else b""
        elif isinstance(event, h2.events.StreamReset):
            self.open.pop(event.stream_id or 0, None)
            self.calls.resets += 1
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self.open:
            self.end(event.stream_id, self.open[event.stream_id])

    def begin(self, stream: int, headers: Headers) -> None:
        call = self.open[stream] = Call(headers)
        self.calls.seen.append(dict(headers))
        if call.name == "Fail":
            self.state.send_headers(stream, [*START, ("grpc-status", "5"), ("grpc-message", "not found")], end_stream=True)
            del self.open[stream]
        elif call.name == "Reset":
            self.state.reset_stream(stream, 2)
            del self.open[stream]
        elif call.name == "Leave":
            self.link.connection.sendall(self.state.data_to_send() + GOAWAY)
            self.state.send_headers(stream, START)
        elif call.name not in ("Silent", "Unary"):
            self.state.send_headers(stream, START)

    def end(self, stream: int, call: Call) -> None:
        """The request has ended."""
        if call.name == "Silent":
            return
        if call.name == "Unary":
            self.state.send_headers(stream, START)
            call.owed = message(json.dumps({"got": call.got, "headers": dict(call.headers)}).encode())
        elif call.name != "Echo":
            call.owed = {"Large": b"x" * LARGE, "Many": message(b"one") + message(b"two") + message(b"three")}.get(
                call.name, message(b"fine")
            )
        call.ended = True
        self.pay(stream)

    def pay(self, stream: int) -> None:
        """Sends what windows allow, and trailers when all is sent and the request has ended."""
        call = self.open[stream]
        while call.owed and (room := min(self.state.local_flow_control_window(stream), self.state.max_outbound_frame_size)):
            self.state.send_data(stream, call.owed[:room])
            call.owed = call.owed[room:]
        if not call.owed and call.ended:
            status = "13" if call.name == "Late" else "0"
            self.state.send_headers(stream, [("grpc-status", status), ("grpc-message", "said")], end_stream=True)
            del self.open[stream]
            self.left = self.left or call.name == "Leave"

"""HTTP/2 clients for constant load: several streams at once on one connection, a new one after GOAWAY."""

import asyncio
import contextlib
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from tests.support.load import DISTANCE, Load, TroubleError, hang_up, target_of


class Link:
    """One connection. ``leaving``: no stream is begun any more, but by those who could not know. ``told``: GOAWAY came;
    ``last``: the last stream that it promises."""

    last = 2**31 - 1

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding=None))
        _let_streams_end(self.state)
        self.state.initiate_connection()
        self.streams: dict[int, tuple[asyncio.Future[bytes], bytearray, dict[bytes, bytes]]] = {}
        self.leaving = self.told = self.ended = False
        self.users = 0
        """those who chose this connection and have no answer yet"""
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.state.data_to_send())

    async def ask(self, host: bytes, method: bytes, target: bytes, body: bytes) -> bytes:
        if self.ended:
            raise TroubleError("closed before the stream was sent", again=self.told)
        stream = self.state.get_next_available_stream_id()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.streams[stream] = (future, bytearray(), {})
        head = [(b":method", method), (b":scheme", b"https"), (b":authority", host), (b":path", target)]
        self.state.send_headers(stream, [*head, (b"content-length", b"%d" % len(body))], end_stream=not body)
        if body:
            self.state.send_data(stream, body, end_stream=True)
        self.flush()
        return await future

    async def read(self) -> None:
        """Until the peer closes."""
        why = "closed"
        try:
            while data := await self.reader.read(65536):
                for event in self.state.receive_data(data):
                    self._event(event)
                self.flush()
                if self.leaving and not self.users:
                    break
        except (OSError, h2.exceptions.ProtocolError) as wrong:
            why = repr(wrong)
        self.leaving = self.ended = True
        for stream in list(self.streams):
            self._fail(stream, TroubleError(f"stream {stream}: {why}", again=stream > self.last))
        await hang_up(self.writer)

    def _event(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived) and event.stream_id in self.streams:
            self.streams[event.stream_id][2].update({bytes(k): bytes(v) for k, v in event.headers or []})
        elif isinstance(event, h2.events.DataReceived) and event.stream_id:
            if event.stream_id in self.streams:
                self.streams[event.stream_id][1].extend(event.data or b"")
            with contextlib.suppress(h2.exceptions.StreamClosedError):
                self.state.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded) and event.stream_id in self.streams:
            future, body, head = self.streams.pop(event.stream_id)
            if head.get(b":status") == b"200":
                future.set_result(bytes(body))
            else:
                future.set_exception(TroubleError(f"status {head.get(b':status', b'?').decode()}"))
        elif isinstance(event, h2.events.StreamReset) and event.stream_id in self.streams:
            refused = event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM
            self._fail(event.stream_id, TroubleError(f"stream reset: {event.error_code!r}", again=refused))
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.leaving = self.told = True
            self.last = event.last_stream_id or 0
            for stream in [s for s in self.streams if s > self.last]:
                self._fail(stream, TroubleError(f"GOAWAY {event.error_code!r} before stream {stream}", again=True))

    def _fail(self, stream: int, wrong: TroubleError) -> None:
        future, _, _ = self.streams.pop(stream)
        if not future.done():
            future.set_exception(wrong)


def _let_streams_end(state: h2.connection.H2Connection) -> None:
    """The library takes GOAWAY for the end of the connection; streams up to its last one are still answered (RFC 9113, 6.8)."""
    opened, goaway = h2.connection.ConnectionState.CLIENT_OPEN, h2.connection.ConnectionInputs.RECV_GOAWAY
    machine = state.state_machine
    machine._transitions = {**machine._transitions, (opened, goaway): (None, opened)}  # type: ignore[misc]


class Http2:
    """``width`` streams at once, all on the newest connection."""

    def __init__(self, load: Load, kind: str, width: int) -> None:
        self.load, self.kind, self.width = load, kind, width
        self._link: Link | None = None
        self._lock = asyncio.Lock()
        self._readers: set[asyncio.Task[None]] = set()

    async def run(self, pause: float = 0.0) -> None:
        await asyncio.gather(*(self._asks(pause) for _ in range(self.width)))
        if self._link:
            await hang_up(self._link.writer)
        await asyncio.gather(*self._readers, return_exceptions=True)

    async def _asks(self, pause: float) -> None:
        while not self.load.stopping:
            number = next(self.load.numbers)
            method, body, wanted = self.load.question(number)
            await self.load.one(self.kind, number, self._ask(method, target_of(number), body), wanted)
            await asyncio.sleep(pause)

    async def _ask(self, method: bytes, target: bytes, body: bytes) -> bytes:
        async with self._lock:
            if self._link is None or self._link.leaving:
                self._link = await self._connect()
            link = self._link
        link.users += 1
        try:
            await asyncio.sleep(DISTANCE)
            return await link.ask(self.load.host.encode(), method, target, body)
        finally:
            link.users -= 1
            if link.leaving and not link.users:
                await hang_up(link.writer)

    async def _connect(self) -> Link:
        trust = self.load.trust
        assert isinstance(trust, ssl.SSLContext)
        offered = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
        offered.load_verify_locations(cadata="".join(ssl.DER_cert_to_PEM_cert(c) for c in trust.get_ca_certs(binary_form=True)))
        offered.set_alpn_protocols(["h2"])
        self.load.account(self.kind).connections += 1
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.load.tls_port, ssl=offered, server_hostname=self.load.host
        )
        link = Link(reader, writer)
        task = asyncio.get_running_loop().create_task(link.read())
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)
        return link

"""Who is slow, and how long that is borne. All that must be waited for on one plane is waited for at once."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.support.clients import request
from tests.support.manual import Manual, manual
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane
KEPT, CLIENT, READ = 0.4, 0.5, 0.6
"""seconds: an idle connection, a client's silence, an app's silence"""
LONG = 4
"""seconds after which a wait has not ended in time; this machine may be busy"""


def asking(host: str, *lines: str, method: str = "GET") -> bytes:
    return request(host, "/", *lines, method=method, close=False)


def an_idle_connection_is_closed_after_its_time(plane: Running, _: Manual) -> None:
    with plane.connect() as client:
        client.ask(asking("unknown.test"))
        start = time.monotonic()
        assert client.rest() == b""
        assert KEPT * 0.8 < time.monotonic() - start < LONG


def _unfinished(plane: Running, sent: bytes) -> bytes:
    """What a client hears that never ends its head, however busily it drips."""
    start, said = time.monotonic(), b""
    with plane.connect() as client:
        client.send(sent)
        client.socket.settimeout(0.15)
        while time.monotonic() - start < LONG:
            try:
                more = client.socket.recv(65536)
            except TimeoutError:
                client.send(b"X-B: c\r\n" * bool(sent))
                continue
            except ConnectionResetError:
                break
            said += more
            if not more:
                break
    assert CLIENT * 0.8 < time.monotonic() - start < LONG
    return said


def a_client_that_says_nothing_is_told_nothing(plane: Running, _: Manual) -> None:
    assert _unfinished(plane, b"") == b""


def a_client_that_stops_in_its_head_is_cut(plane: Running, backend: Manual) -> None:
    """HAProxy says 408, nginx nothing."""
    for said in (_unfinished(plane, b"GET / HTTP/1.1\r\n"), _unfinished(plane, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n")):
        assert said[:12] == (b"" if plane.driver.name == "nginx" else b"HTTP/1.1 408")
    assert backend.idle()


def a_client_that_stops_in_its_body_is_cut(plane: Running, backend: Manual) -> None:
    """nginx says nothing, HAProxy 400; before 2.8 it waits for the app's time and says 504."""
    said = {"nginx": b"", "haproxy-wheel": b"HTTP/1.1 400", "haproxy-debian": b"HTTP/1.1 504"}
    with plane.connect() as client:
        client.send(asking("body.test", "Content-Length: 10", method="POST") + b"hello")
        with backend.next() as upstream:
            upstream.head()
            assert client.rest()[:12] == said.get(plane.name, said.get(plane.driver.name))
            assert upstream.gone()


def an_app_that_says_nothing_is_504(plane: Running, backend: Manual) -> None:
    _silent(plane, backend, "silent.test", b"")


def an_app_that_stops_in_its_head_is_504(plane: Running, backend: Manual) -> None:
    _silent(plane, backend, "half-head.test", b"HTTP/1.1 200 Fine\r\nContent-")


def _silent(plane: Running, backend: Manual, host: str, said: bytes) -> None:
    with plane.connect() as client:
        client.send(asking(host))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(said)
            answer = client.answer()
            assert (answer.status, b"<h1>Too slow</h1>" in answer.body) == (504, True)
            assert upstream.gone()


def an_app_that_stops_in_its_answer_cuts_it(plane: Running, backend: Manual) -> None:
    with plane.connect() as client:
        client.send(asking("stops.test"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: 10\r\n\r\nhello")
            answer = client.answer()
    assert (answer.status, answer.body, answer.whole) == (200, b"hello", False)


def an_app_that_drips_is_not_cut(plane: Running, backend: Manual) -> None:
    """The time counts between two reads, to a third of a second."""
    with plane.connect() as client:
        client.send(asking("drips.test"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: 4\r\n\r\n")
            for letter in (b"f", b"i", b"n", b"e"):
                time.sleep(READ * 0.6)
                upstream.send(letter)
            assert client.answer().body == b"fine"


def a_websocket_lives_while_somebody_speaks_and_ends_when_it_is_quiet(plane: Running, backend: Manual) -> None:
    with plane.connect() as client:
        client.send(
            asking("socket.test", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        )
        with backend.next() as upstream:
            upstream.head()
            upstream.send(
                b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
            )
            assert client.answer().status == 101
            start = time.monotonic()
            for _ in range(3):
                time.sleep(READ * 0.6)
                client.send(b"\x89\x00")
                upstream.reader.exactly(2)
                upstream.send(b"\x8a\x00")
                client.exactly(2)
            assert client.rest() == b""
            assert READ * 2.2 < time.monotonic() - start < LONG
            assert upstream.gone()


def a_client_that_does_not_read_is_cut(plane: Running, backend: Manual) -> None:
    """After the client's time the app is free again."""
    with plane.connect() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.send(asking("unread.test"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: 100000000\r\n\r\n")
            with pytest.raises(OSError):
                while True:
                    upstream.send(bytes(262144))


WAITS: dict[str, Callable[[Running, Manual], None]] = {
    made.__name__: made
    for made in (
        an_idle_connection_is_closed_after_its_time, a_client_that_says_nothing_is_told_nothing, a_client_that_stops_in_its_head_is_cut,
        a_client_that_stops_in_its_body_is_cut, an_app_that_says_nothing_is_504, an_app_that_stops_in_its_head_is_504,
        an_app_that_stops_in_its_answer_cuts_it, an_app_that_drips_is_not_cut,
        a_websocket_lives_while_somebody_speaks_and_ends_when_it_is_quiet, a_client_that_does_not_read_is_cut,
    )
}  # fmt: skip
HOSTS = {
    a_client_that_stops_in_its_body_is_cut: "body", an_app_that_says_nothing_is_504: "silent", an_app_that_stops_in_its_head_is_504: "half-head",
    an_app_that_stops_in_its_answer_cuts_it: "stops", an_app_that_drips_is_not_cut: "drips",
    a_websocket_lives_while_somebody_speaks_and_ends_when_it_is_quiet: "socket", a_client_that_does_not_read_is_cut: "unread",
}  # fmt: skip
"""each has an app of its own"""


@pytest.fixture(scope="module", params=list(BINARIES))
def waits(request: pytest.FixtureRequest, world: World) -> Iterator[dict[str, Future[None]]]:
    with ExitStack() as stack:
        backends = {name: stack.enter_context(manual()) for name in WAITS}
        apps = [
            app(host, f"127.0.0.1:{backends[f.__name__].port}", tcpTimeout=f"{READ * 1000:.0f}ms") for f, host in HOSTS.items()
        ]
        times = {"client_timeout": int(CLIENT * 1000), "keepalive_timeout": int(KEPT * 1000)}
        plane = stack.enter_context(running(request.param, world, "---\n".join(apps), **times))
        pool = stack.enter_context(ThreadPoolExecutor(len(WAITS)))
        yield {name: pool.submit(made, plane, backends[name]) for name, made in WAITS.items()}


@pytest.mark.parametrize("name", list(WAITS))
def test_waiting(waits: dict[str, Future[None]], name: str) -> None:
    waits[name].result()

"""Bodies on their way to the app: sizes, framings, limits, Expect, and who goes away in the middle."""

import contextlib
import hashlib
from collections.abc import Iterator

import pytest

from tests.support.clients import request
from tests.support.clients_h2 import H2Client
from tests.support.manual import Manual, manual
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane
LARGE = 64 * 1024 * 1024
STALLED = 0.25
"""seconds without progress after which nothing more goes"""
BLOCK = bytes(range(256)) * 1024
"""a quarter of a megabyte"""


@pytest.fixture(scope="module", params=list(BINARIES))
def serving(request: pytest.FixtureRequest, world: World) -> Iterator[tuple[Running, Manual]]:
    with manual() as made:
        at = f"127.0.0.1:{made.port}"
        apps = [
            app("manual", at, bodySize="0", tcpTimeout="1500ms"),
            app("limited", at, bodySize="100"),
            app("wide", at, bodySize="100k"),
            app("buffered", at, **{"proxyBuffers.enabled": "true"}),
        ]
        with running(request.param, world, "---\n".join(apps)) as plane:
            yield plane, made


@pytest.fixture
def served(serving: tuple[Running, Manual]) -> tuple[Running, Manual]:
    serving[1].forget()
    return serving


def head(host: str, *lines: str, method: str = "POST") -> bytes:
    return request(host, "/", *lines, method=method, close=False)


def echo(world_app: str, plane: Running, data: bytes) -> tuple[int, str]:
    seen = plane.get(f"{world_app}.test", method="POST", body=data).seen
    return seen["body"], seen["digest"]


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 300_000])
def test_a_body_of_any_size_arrives(plane: Running, size: int) -> None:
    data = (BLOCK * 2)[:size]
    assert echo("plain", plane, data) == (size, hashlib.sha256(data).hexdigest())
    with plane.h2() as client:
        for length in ([("content-length", str(size))], []):
            seen = client.get("plain.test", "/", *length, method="POST", body=data).seen
            assert (seen["body"], seen["digest"]) == (size, hashlib.sha256(data).hexdigest())


def test_chunks_arrive_as_one_body(plane: Running) -> None:
    chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in (b"hello", b" ", b"world" * 1000))
    answer = plane.raw(request("plain.test", "/", "Transfer-Encoding: chunked", method="POST") + chunks + b"0\r\n\r\n")
    assert (answer.seen["body"], answer.seen["digest"]) == (5006, hashlib.sha256(b"hello " + b"world" * 1000).hexdigest())


@pytest.mark.parametrize("framing", ["length", "chunks", "h2"])
def test_a_large_body_is_not_kept_on_its_way_to_the_app(served: tuple[Running, Manual], framing: str) -> None:
    """The app reads one byte and no more: the client can not go on long before the app does."""
    plane, backend = served
    with plane.h2() if framing == "h2" else plane.connect() as client:
        if isinstance(client, H2Client):
            stream = client.start("manual.test", "/", ("content-length", str(LARGE)), method="POST", end=False)
        else:
            client.send(head("manual.test", f"Content-Length: {LARGE}" if framing == "length" else "Transfer-Encoding: chunked"))
        client.socket.settimeout(STALLED)
        piece = BLOCK if framing != "chunks" else b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < LARGE:
                client.more(stream, BLOCK) if isinstance(client, H2Client) else client.socket.sendall(piece)
                sent += len(BLOCK)
        with backend.next() as upstream:
            upstream.head()
            assert upstream.reader.exactly(1)
    assert sent < LARGE // 4


@pytest.mark.parametrize("app", ["manual", "buffered"])
def test_a_large_answer_is_not_kept_on_its_way_to_the_client(served: tuple[Running, Manual], app: str) -> None:
    """The client reads one byte and no more: the app can not go on long before the client does. Nothing is written to a disk."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request(f"{app}.test"))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: %d\r\n\r\n" % LARGE)
            upstream.socket.settimeout(STALLED)
            sent = 0
            with contextlib.suppress(TimeoutError):
                while sent < LARGE:
                    upstream.send(BLOCK)
                    sent += len(BLOCK)
            assert client.exactly(1)
    assert sent < LARGE // 4


@pytest.mark.parametrize("lines", [["Content-Length: 10"], ["Transfer-Encoding: chunked"]], ids=["length", "chunks"])
def test_a_slow_body_arrives_piece_by_piece(served: tuple[Running, Manual], lines: list[str]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(head("manual.test", *lines))
        client.send(b"hello" if "Content" in lines[0] else b"5\r\nhello\r\n")
        with backend.next() as upstream:
            _, headers = upstream.head()
            pieces = upstream.pieces(headers)
            assert next(pieces) == b"hello"
            client.send(b"world" if "Content" in lines[0] else b"5\r\nworld\r\n0\r\n\r\n")
            assert list(pieces) == [b"world"]
            upstream.answer()
            assert client.answer().body == b"fine"


# The limit.


@pytest.mark.parametrize("app", ["limited", "wide"])
def test_a_body_over_the_limit_is_413_before_it_is_sent(served: tuple[Running, Manual], app: str) -> None:
    plane, backend = served
    with plane.connect() as client:
        answer = client.ask(head(f"{app}.test", "Content-Length: 200000", "Expect: 100-continue"))
    assert (answer.status, answer.header("connection")) == (413, "close")
    assert backend.idle()


def test_chunks_over_the_limit(served: tuple[Running, Manual]) -> None:
    """nginx counts them as they pass. HAProxy can not, so they pass: docs/planes.md."""
    plane, backend = served
    with plane.connect() as client:
        client.send(head("limited.test", "Transfer-Encoding: chunked") + b"65\r\n%s\r\n0\r\n\r\n" % BLOCK[:101])
        if plane.driver.name == "nginx":
            assert client.answer().status == 413
            return
        with backend.next() as upstream:
            assert len(upstream.body(upstream.head()[1])) == 101
            upstream.answer()
        assert client.answer().status == 200


def test_chunks_within_the_limit_pass(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(head("limited.test", "Transfer-Encoding: chunked") + b"64\r\n%s\r\n0\r\n\r\n" % BLOCK[:100])
        with backend.next() as upstream:
            assert upstream.body(upstream.head()[1]) == BLOCK[:100]
            upstream.answer()
        assert client.answer().status == 200


# Expect.


@pytest.mark.parametrize("app", ["manual", "limited"])
@pytest.mark.parametrize("lines", [["Content-Length: 3"], ["Transfer-Encoding: chunked"]], ids=["length", "chunks"])
def test_expect_100_continue_is_answered_by_us(served: tuple[Running, Manual], app: str, lines: list[str]) -> None:
    """Before the app has said anything; the app does not see the header."""
    plane, backend = served
    with plane.connect() as client:
        client.send(head(f"{app}.test", "Expect: 100-Continue", *lines))
        assert client.answer().status == 100
        client.send(b"abc" if "Content" in lines[0] else b"3\r\nabc\r\n0\r\n\r\n")
        with backend.next() as upstream:
            _, headers = upstream.head()
            assert "expect" not in headers
            assert upstream.body(headers) == b"abc"
            upstream.answer()
        assert client.answer().status == 200


def test_expect_of_something_else_is_ignored(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(head("manual.test", "Expect: 200-fine", "Content-Length: 3") + b"abc")
        with backend.next() as upstream:
            _, headers = upstream.head()
            assert "expect" not in headers
            upstream.body(headers)
            upstream.answer()
        assert client.answer().status == 200


def test_expect_over_http_2_is_answered_or_not_waited_for(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.h2() as client:
        stream = client.start("manual.test", "/", ("content-length", "3"), ("expect", "100-continue"), method="POST", end=False)
        client.more(stream, b"abc", end=True)
        with backend.next() as upstream:
            _, headers = upstream.head()
            assert "expect" not in headers
            assert upstream.body(headers) == b"abc"
            upstream.answer()
        assert client.wait(stream).status == 200


# Who goes away, or answers early.


def test_an_answer_before_the_body_is_read_reaches_the_client(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(head("manual.test", "Content-Length: 1000") + b"abc")
        with backend.next() as upstream:
            upstream.head()
            upstream.answer(status="403 No")
            assert client.answer().status == 403


@pytest.mark.parametrize("how", ["closes", "resets"])
def test_an_app_that_hangs_up_in_the_middle_of_the_body_is_502(served: tuple[Running, Manual], how: str) -> None:
    """The body that was sent can not be sent again. An older HAProxy has no answer to a reset."""
    plane, backend = served
    with plane.connect() as client:
        client.send(head("manual.test", "Content-Length: 1000") + b"abc")
        with backend.next() as upstream:
            upstream.head()
            upstream.reader.exactly(3)
            if how == "resets":
                upstream.abort()
        if (plane.name, how) == ("haproxy-debian", "resets"):
            assert client.rest() == b""
        else:
            answer = client.answer()
            assert (answer.status, b"Bad gateway" in answer.body) == (502, True)
    assert backend.idle()


@pytest.mark.parametrize("how", ["length", "chunks", "h2"])
def test_a_client_that_goes_away_takes_its_request_along(served: tuple[Running, Manual], how: str) -> None:
    plane, backend = served
    if how == "h2":
        with plane.h2() as many:
            stream = many.start("manual.test", "/", method="POST", end=False)
            many.more(stream, b"hello")
            with backend.next() as upstream:
                upstream.head()
                many.reset(stream)
                assert upstream.gone()
        return
    client = plane.connect()
    with client:
        client.send(head("manual.test", "Content-Length: 10" if how == "length" else "Transfer-Encoding: chunked"))
        client.send(b"hello" if how == "length" else b"5\r\nhello\r\n")
        upstream = backend.next()
        upstream.head()
    with upstream:
        assert upstream.gone()

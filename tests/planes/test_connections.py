"""Connections: who keeps them, who ends them, and what is tried again."""

import socket
import time
from collections.abc import Iterator

import pytest

from tests.support.clients import answers, request
from tests.support.manual import Manual, Upstream, manual
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane


@pytest.fixture(scope="module", params=list(BINARIES))
def serving(request: pytest.FixtureRequest, world: World) -> Iterator[tuple[Running, Manual]]:
    with manual() as made, running(request.param, world, app("manual", f"127.0.0.1:{made.port}")) as plane:
        yield plane, made


@pytest.fixture
def served(serving: tuple[Running, Manual]) -> tuple[Running, Manual]:
    serving[1].forget()
    return serving


def kept(upstream: Upstream, body: bytes) -> None:
    """An answer after which the connection lives on."""
    upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


# Of clients.


def test_requests_that_come_at_once_are_answered_in_order(plane: Running) -> None:
    with plane.connect() as client:
        paths = [f"/{n}?delay={0.1 if n == 0 else 0}" for n in range(6)]
        client.send(b"".join(request("plain.test", path, close=False) for path in paths))
        assert [client.answer().seen["target"] for _ in paths] == paths


def test_requests_with_bodies_that_come_at_once_are_told_apart(plane: Running) -> None:
    with plane.connect() as client:
        one = request("plain.test", "/one", method="POST", body=b"x" * 300, close=False)
        two = request("plain.test", "/two", "Transfer-Encoding: chunked", method="POST", close=False) + b"3\r\nabc\r\n0\r\n\r\n"
        client.send(one + two + request("plain.test", "/three"))
        assert [(a.seen["target"], a.seen["body"]) for a in answers(client)] == [("/one", 300), ("/two", 3), ("/three", 0)]


@pytest.mark.parametrize("host", ["plain.test", "unknown.test", "resting.test", "nobody.test"])
def test_a_connection_is_kept_after_any_answer(plane: Running, host: str) -> None:
    with plane.connect() as client:
        assert client.ask(request(host, close=False)).status in (200, 404, 503)
        assert client.ask(request("plain.test", close=False)).status == 200


def test_connection_close_closes(plane: Running) -> None:
    with plane.connect() as client:
        answer = client.ask(request("plain.test"))
        assert answer.header("connection") == "close"
        assert client.rest() == b""


def test_http_1_0_is_answered_and_closed_unless_it_asks(plane: Running) -> None:
    old = request("plain.test", close=False).replace(b"HTTP/1.1", b"HTTP/1.0")
    with plane.connect() as client:
        assert client.ask(old).status == 200
        assert client.rest() == b""
    with plane.connect() as client:
        asks = old.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
        assert client.ask(asks).header("connection") == "keep-alive"
        assert client.ask(asks).status == 200


def test_a_client_that_goes_away_ends_the_work_of_the_app(served: tuple[Running, Manual]) -> None:
    """It has said all and waits for the answer. So whoever closes only the half that it has said all on, gets no answer."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", close=False))
        upstream = backend.next()
        upstream.head()
    with upstream:
        assert upstream.gone()
    with plane.connect() as client:
        client.send(request("manual.test", close=False))
        client.socket.shutdown(socket.SHUT_WR)
        assert client.rest()[:12] == (b"" if plane.driver.name == "nginx" else b"HTTP/1.1 400")
        time.sleep(0.05)


def test_a_client_that_goes_away_ends_its_answer_at_the_app(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", close=False))
        upstream = backend.next()
        upstream.head()
        upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: 100000000\r\n\r\nsome")
        client.peek()
    with upstream, pytest.raises(OSError):
        while True:
            upstream.send(bytes(65536))


# To apps.


def test_a_connection_to_the_app_is_used_again(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/one", close=False))
        with backend.next() as upstream:
            upstream.head()
            kept(upstream, b"one")
            assert client.answer().body == b"one"
            client.send(request("manual.test", "/two"))
            assert upstream.head()[0] == "GET /two HTTP/1.1"
            upstream.answer(b"two")
        assert client.answer().body == b"two"
    assert backend.idle()


def test_connection_close_of_the_app_is_its_own(served: tuple[Running, Manual]) -> None:
    """The client's connection lives on, and the app gets a new one."""
    plane, backend = served
    with plane.connect() as client:
        for path in ("/one", "/two"):
            client.send(request("manual.test", path, close=False))
            with backend.next() as upstream:
                assert upstream.head()[0] == f"GET {path} HTTP/1.1"
                upstream.answer(path.encode())
            answer = client.answer()
            assert (answer.body, answer.header("connection")) == (
                path.encode(),
                {"nginx": "keep-alive", "haproxy": ""}[plane.driver.name],
            )


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_idle_connection_that_is_dead_costs_nobody(served: tuple[Running, Manual], method: str) -> None:
    """The app closes it, just as the next request comes: the request is sent again on another one."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/one", close=False))
        with backend.next() as upstream:
            upstream.head()
            kept(upstream, b"one")
            assert client.answer().body == b"one"
            client.send(request("manual.test", "/two", method=method, body=b"" if method == "PUT" else None))
            upstream.head()
        with backend.next() as again:
            assert again.head()[0] == f"{method} /two HTTP/1.1"
            again.answer(b"two")
        assert client.answer().body == b"two"


def test_a_post_is_not_sent_twice(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/one", close=False))
        with backend.next() as upstream:
            upstream.head()
            kept(upstream, b"one")
            assert client.answer().body == b"one"
            client.send(request("manual.test", "/two", method="POST", body=b"abc"))
            assert upstream.body(upstream.head()[1]) == b"abc"
        if plane.driver.name == "nginx":
            assert client.answer().status == 502
        else:  # the end of the connection, so that the client decides
            assert client.rest() == b""
    assert backend.idle()


def test_a_post_after_an_idle_connection_has_died_is_sent_once(served: tuple[Running, Manual]) -> None:
    """The plane has seen the end of the connection, so it takes another."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/one", close=False))
        with backend.next() as upstream:
            upstream.head()
            kept(upstream, b"one")
            assert client.answer().body == b"one"
        time.sleep(0.1)
        client.send(request("manual.test", "/two", method="POST", body=b"abc"))
        with backend.next() as again:
            assert again.body(again.head()[1]) == b"abc"
            again.answer(b"two")
        assert client.answer().body == b"two"

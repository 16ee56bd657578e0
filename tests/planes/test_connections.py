"""Connections: who keeps them, who ends them, who is slow, and what is tried again."""

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
    with manual() as made:
        at = f"127.0.0.1:{made.port}"
        apps = [app("manual", at), app("slow-app", at, tcpTimeout="600ms")]
        with running(request.param, world, "---\n".join(apps), client_timeout=500, keepalive_timeout=400) as plane:
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


def test_an_idle_connection_is_closed_after_its_time(served: tuple[Running, Manual]) -> None:
    plane, _ = served
    with plane.connect() as client:
        client.ask(request("unknown.test", close=False))
        start = time.monotonic()
        assert client.rest() == b""
        assert 0.3 < time.monotonic() - start < 3


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: manual.test\r\nX-A: b\r\n"],
    ids=["nothing", "a line", "headers"],
)
def test_a_client_that_does_not_end_its_head_is_cut(served: tuple[Running, Manual], sent: bytes) -> None:
    """However busily it drips. HAProxy says 408, nginx nothing."""
    plane, backend = served
    start, said = time.monotonic(), b""
    with plane.connect() as client:
        client.send(sent)
        client.socket.settimeout(0.15)
        while time.monotonic() - start < 5:
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
    assert 0.4 < time.monotonic() - start < 3
    assert said == b"" if plane.driver.name == "nginx" or not sent else said.startswith(b"HTTP/1.1 408")
    assert backend.idle()


def test_a_client_that_does_not_end_its_body_is_cut(served: tuple[Running, Manual]) -> None:
    """nginx says nothing, HAProxy 400; before 2.8 it waits for the app's time and says 504."""
    plane, backend = served
    said = {"nginx": b"", "haproxy-wheel": b"HTTP/1.1 400", "haproxy-debian": b"HTTP/1.1 504"}
    with plane.connect() as client:
        client.send(request("slow-app.test", "/", "Content-Length: 10", method="POST", close=False) + b"hello")
        with backend.next() as upstream:
            upstream.head()
            assert client.rest()[:12] == said.get(plane.name, said.get(plane.driver.name))
            assert upstream.gone()


def test_a_client_that_has_said_all_may_close_its_half_on_haproxy(served: tuple[Running, Manual]) -> None:
    """Some do (RFC 9112, 9.6). nginx takes it for going away."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", close=False))
        client.socket.shutdown(socket.SHUT_WR)
        if plane.driver.name == "nginx":
            assert client.rest() == b""
            time.sleep(0.05)
            return
        with backend.next() as upstream:
            upstream.head()
            upstream.answer()
        assert client.answer().status == 200


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


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 Fine\r\nContent-"], ids=["nothing", "half a head"])
def test_an_app_that_is_silent_is_504(served: tuple[Running, Manual], said: bytes) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("slow-app.test", close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(said)
            assert client.answer().status == 504
            assert upstream.gone()


def test_an_app_that_falls_silent_in_its_answer_cuts_it(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("slow-app.test", close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: 10\r\n\r\nhello")
            answer = client.answer()
    assert (answer.status, answer.body, answer.whole) == (200, b"hello", False)


def test_an_app_that_drips_is_not_cut(served: tuple[Running, Manual]) -> None:
    """The time counts between two reads, to a third of a second."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("slow-app.test", close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(b"HTTP/1.1 200 Fine\r\nContent-Length: 4\r\n\r\n")
            for letter in (b"f", b"i", b"n", b"e"):
                time.sleep(0.35)
                upstream.send(letter)
            assert client.answer().body == b"fine"

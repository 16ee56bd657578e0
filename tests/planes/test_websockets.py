"""Upgrades to websockets, and of nothing else: bytes both ways, who begins, who ends, how long it may be quiet."""

import base64
import contextlib
import hashlib
from collections.abc import Iterator

import h2.settings
import pytest

from tests.support.clients import Client, request, tls_context
from tests.support.manual import Manual, Upstream, manual
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
ASK = ("Upgrade: websocket", "Connection: Upgrade", KEY, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: chat")
ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"


@pytest.fixture(scope="module", params=list(BINARIES))
def serving(request: pytest.FixtureRequest, world: World) -> Iterator[tuple[Running, Manual]]:
    with manual() as made:
        at = f"127.0.0.1:{made.port}"
        apps = [app("manual", at), app("quiet", at, tcpTimeout="600ms"), app("closed-ws", at, whitelist="192.0.2.0/24")]
        with running(request.param, world, "---\n".join(apps)) as plane:
            yield plane, made


@pytest.fixture
def served(serving: tuple[Running, Manual]) -> tuple[Running, Manual]:
    serving[1].forget()
    return serving


def accept(key: str) -> bytes:
    """RFC 6455, 4.2.2."""
    return base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())


@contextlib.contextmanager
def upgraded(
    served: tuple[Running, Manual], host: str = "manual.test", first: bytes = b"", tls: bool = False
) -> Iterator[tuple[Client, Upstream]]:
    """A websocket between a client and the app. ``first``: what the app says with its 101."""
    plane, backend = served
    with plane.connect(plane.https, tls=tls_context("http/1.1")) if tls else plane.connect() as client:
        client.send(request(host, "/chat", *ASK, close=False))
        with backend.next() as upstream:
            line, headers = upstream.head()
            assert line == "GET /chat HTTP/1.1"
            assert (headers["upgrade"], headers["connection"].lower()) == ("websocket", "upgrade")
            assert headers["sec-websocket-key"] == KEY.split(": ")[1]
            assert headers["x-real-ip"] == "127.0.0.1"
            upstream.send(ACCEPT + first)
            answer = client.answer()
            assert (answer.status, answer.header("upgrade"), answer.header("connection").lower()) == (101, "websocket", "upgrade")
            assert answer.header("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
            yield client, upstream


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_frames_pass_both_ways(served: tuple[Running, Manual], tls: bool) -> None:
    frame = b"\x82\xff" + (200_000).to_bytes(8, "big") + bytes(range(250)) * 800
    with upgraded(served, tls=tls) as (client, upstream):
        for data in (b"\x81\x85masked", b"\x82\x00", frame):
            client.send(data)
            assert upstream.reader.exactly(len(data)) == data
            upstream.send(data[::-1])
            assert client.exactly(len(data)) == data[::-1]


def test_the_app_may_speak_first(served: tuple[Running, Manual]) -> None:
    with upgraded(served, first=b"\x81\x05hello") as (client, upstream):
        assert client.exactly(7) == b"\x81\x05hello"
        upstream.send(b"\x81\x05again")
        assert client.exactly(7) == b"\x81\x05again"


def test_what_the_client_says_with_its_request_is_not_lost(served: tuple[Running, Manual]) -> None:
    """A client that does not wait for the 101."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/chat", *ASK, close=False) + b"\x81\x05early")
        with backend.next() as upstream:
            upstream.head()
            upstream.send(ACCEPT)
            assert client.answer().status == 101
            client.send(b"\x81\x05later")
            assert upstream.reader.exactly(14) == b"\x81\x05early\x81\x05later"


def test_the_end_of_the_app_is_the_end_for_the_client(served: tuple[Running, Manual]) -> None:
    with upgraded(served) as (client, upstream):
        upstream.send(b"\x88\x02\x03\xe8")
        upstream.over.set()
        assert client.rest() == b"\x88\x02\x03\xe8"


def test_the_end_of_the_client_is_the_end_for_the_app(served: tuple[Running, Manual]) -> None:
    with upgraded(served) as (client, upstream):
        client.send(b"\x88\x82mask")
        client.socket.close()
        assert upstream.reader.exactly(6) == b"\x88\x82mask"
        assert upstream.gone()


def test_an_app_may_refuse(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/chat", *ASK, close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.answer(b"no", status="403 No")
        answer = client.answer()
        assert (answer.status, answer.body) == (403, b"no")


def test_our_own_refusal_comes_before_the_upgrade(served: tuple[Running, Manual]) -> None:
    plane, backend = served
    with plane.connect() as client:
        assert client.ask(request("closed-ws.test", "/chat", *ASK)).status == 403
    assert backend.idle()


@pytest.mark.parametrize(
    "lines",
    [
        ("Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
        ("Upgrade: foo/1", "Connection: Upgrade"), ("Upgrade: TLS/1.0", "Connection: Upgrade"),
    ],
    ids=["h2c", "foo", "tls"],
)  # fmt: skip
def test_no_other_upgrade_is_passed_on(served: tuple[Running, Manual], lines: tuple[str, ...]) -> None:
    plane, backend = served
    with plane.connect() as client:
        client.send(request("manual.test", "/", *lines, close=False))
        with backend.next() as upstream:
            _, headers = upstream.head()
            assert "upgrade" not in headers
            assert "http2-settings" not in headers.get("connection", "").lower()
            upstream.answer()
        assert client.answer().status == 200


def test_an_upgrade_that_nobody_asked_for_is_no_tunnel(served: tuple[Running, Manual]) -> None:
    """HAProxy does not take it. nginx passes it on as any answer, and nothing from the client to the app."""
    plane, backend = served
    with plane.connect() as client:
        client.send(request("quiet.test", "/", close=False))
        with backend.next() as upstream:
            upstream.head()
            upstream.send(ACCEPT)
            assert client.answer().status in ((101,) if plane.driver.name == "nginx" else (502, 504))
            client.send(b"\x81\x05hello")
            assert upstream.gone()
            assert not upstream.reader.kept


def test_websockets_over_http_2_are_offered_by_haproxy(served: tuple[Running, Manual]) -> None:
    """RFC 8441. nginx does not say that it could, so clients use HTTP/1.1."""
    plane, backend = served
    with plane.h2() as client:
        client.get("unknown.test")
        offered = client.state.remote_settings.get(h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL, 0)
        assert bool(offered) == (plane.driver.name == "haproxy")
        if not offered:
            return
        pairs = [
            (b":method", b"CONNECT"),
            (b":protocol", b"websocket"),
            (b":scheme", b"https"),
            (b":authority", b"manual.test"),
            (b":path", b"/chat"),
        ]
        stream = client.begin([*pairs, (b"sec-websocket-version", b"13")])
        with backend.next() as upstream:
            line, headers = upstream.head()
            assert (line, headers["upgrade"]) == ("GET /chat HTTP/1.1", "websocket")
            upstream.send(ACCEPT.replace(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", accept(headers["sec-websocket-key"])))
            client.more(stream, b"\x81\x85masked")
            assert upstream.reader.exactly(8) == b"\x81\x85masked"

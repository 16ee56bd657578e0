"""Which headers of a client reach the backend."""

import pytest

from router.table.passing import passed
from router.table.request import Request
from router.table.types import BackendProtocol


@pytest.mark.parametrize("name", ["cookie", "authorization", "x-forwarded-server", "via", "proxy-authorization", "1", "-"])
def test_a_header_passes_as_it_came(name: str) -> None:
    assert passed(Request(headers=((name, "a"), (name, "")))) == ((name, "a"), (name, ""))


@pytest.mark.parametrize(
    "name",
    [
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "x-forwarded-for", "x-real-ip",
        "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-request-id", "x-request-start", "proxy", "forwarded", "x-forwarded",
        "expect", "x_forwarded_for", "x_y", "x.y", "x~", "_",
    ],
)  # fmt: skip
def test_a_header_of_the_connection_or_of_ours_does_not(name: str) -> None:
    assert passed(Request(headers=((name, "a"), ("X-Kept", "b")))) == (("X-Kept", "b"),)


def test_naming_a_header_in_connection_does_not_stop_it() -> None:
    assert passed(Request(headers=(("connection", "close, cookie"), ("cookie", "a")))) == (("cookie", "a"),)


@pytest.mark.parametrize("said", ["websocket", "WebSocket"])
def test_a_websocket_is_asked_for_anew(said: str) -> None:
    made = passed(Request(headers=(("upgrade", said), ("connection", "x, Upgrade"))))
    assert made == (("Connection", "upgrade"), ("Upgrade", "websocket"))
    assert not passed(Request(headers=(("upgrade", "h2c"), ("connection", "Upgrade"))))


def test_grpc_asks_for_trailers() -> None:
    request = Request(headers=(("te", "trailers"),))
    assert passed(request, BackendProtocol.GRPC) == (("TE", "trailers"),)
    assert not passed(request)
    assert not passed(Request(headers=(("te", "gzip"),)), BackendProtocol.GRPC)


def test_cookies_of_http_2_are_one_header() -> None:
    headers = (("cookie", "a=1"), ("x", "y"), ("cookie", "b=2"))
    assert passed(Request(headers=headers, protocol="HTTP/2.0")) == (("x", "y"), ("cookie", "a=1; b=2"))
    assert passed(Request(headers=headers)) == headers

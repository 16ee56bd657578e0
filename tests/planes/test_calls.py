"""HTTP/2 to clients and to apps: many streams, windows, trailers, gRPC and its errors."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.backends import backend
from tests.support.calls import LARGE, Calls, message
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane
GRPC = (("content-type", "application/grpc"), ("te", "trailers"))


@pytest.fixture(scope="module", params=list(BINARIES))
def served(request: pytest.FixtureRequest, world: World) -> Iterator[tuple[Running, Calls]]:
    calls = Calls()
    with backend(calls, "calls") as made, backend(calls, "secured", tls=world._server_tls("h2")) as secured:
        at = f"127.0.0.1:{made.port}"
        apps = [
            app("calls", at, backend_protocol="grpc", tcpTimeout="700ms"), app("small-calls", at, backend_protocol="grpc", bodySize="10"),
            app("secure-calls", f"127.0.0.1:{secured.port}", backend_protocol="grpcs", backend_server_name="backend.example.com"),
            app("plain-h2", at, backend_protocol="h2c"), app("gone", f"127.0.0.1:{world.dead}", backend_protocol="grpc", connectTimeout="100ms"),
            app("nobody-calls", "other=127.0.0.1:1", backend_protocol="grpc"),
        ]  # fmt: skip
        with running(request.param, world, "---\n".join(apps)) as plane:
            yield plane, calls


# Clients.


def test_many_streams_share_a_connection(plane: Running) -> None:
    with plane.h2() as client:
        streams = [client.start("plain.test", f"/{n}?delay=0.05") for n in range(60)]
        assert [client.wait(stream).seen["target"] for stream in streams] == [f"/{n}?delay=0.05" for n in range(60)]


def test_a_reset_stream_does_not_disturb_its_neighbours(plane: Running) -> None:
    with plane.h2() as client:
        slow = [client.start("plain.test", "/?delay=0.2") for _ in range(6)]
        for stream in slow[::2]:
            client.reset(stream)
        assert [client.wait(stream).status for stream in slow[1::2]] == [200] * 3
        assert client.get("plain.test").status == 200


def test_a_client_that_says_goodbye_gets_its_answers(plane: Running) -> None:
    with plane.h2() as client:
        stream = client.start("plain.test", "/?delay=0.1")
        client.goodbye()
        assert client.wait(stream).status == 200


def test_a_client_reads_as_fast_as_it_likes(plane: Running) -> None:
    """A window that is opened byte by byte at first; the answer is whole."""
    with plane.h2() as client:
        stream = client.start("plain.test", "/?size=400000")
        assert len(client.wait(stream).body) == 400_000


def test_cookies_of_http_2_arrive_as_one_header(plane: Running) -> None:
    with plane.h2() as client:
        answer = client.get("plain.test", "/", ("cookie", "a=b"), ("cookie", "c=d"))
    assert answer.upstream("cookie") == ["a=b; c=d"]


# Apps that speak HTTP/2.


@pytest.mark.parametrize("app", ["calls", "secure-calls", "plain-h2"])
def test_a_call_with_its_trailers(served: tuple[Running, Calls], app: str) -> None:
    plane, _ = served
    with plane.h2() as client:
        answer = client.get(f"{app}.test", "/pkg.Service/Unary", *GRPC, method="POST", body=message(b"hello"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/grpc")
    assert (answer.trailers["grpc-status"], answer.trailers["grpc-message"]) == ("0", "said")
    seen = json.loads(answer.body[5:])
    assert seen["got"] == 10
    told = seen["headers"]
    assert (told[":method"], told[":path"], told.get(":authority", told.get("host"))) == (
        "POST",
        "/pkg.Service/Unary",
        f"{app}.test",
    )
    assert told["content-type"] == "application/grpc"
    assert told["x-real-ip"] == "127.0.0.1"
    if app != "plain-h2":
        assert told["te"] == "trailers"


def test_messages_of_a_server_come_one_by_one(served: tuple[Running, Calls]) -> None:
    plane, _ = served
    with plane.h2() as client:
        answer = client.get("calls.test", "/a.B/Many", *GRPC, method="POST", body=message(b""))
    assert answer.body == message(b"one") + message(b"two") + message(b"three")
    assert answer.trailers["grpc-status"] == "0"


@pytest.mark.parametrize("app", ["calls", "secure-calls", "plain-h2"])
def test_both_sides_may_talk_at_once(served: tuple[Running, Calls], app: str) -> None:
    """Each message is answered before the next is sent."""
    plane, _ = served
    with plane.h2() as client:
        stream = client.start(f"{app}.test", "/a.B/Echo", *GRPC, method="POST", end=False)
        size = 0
        for n in range(5):
            said = message(b"%d" % n * (n + 1))
            client.more(stream, said)
            size += len(said)
            assert client.wait(stream, size).body.endswith(said)
        client.more(stream, b"", end=True)
        assert client.wait(stream).trailers["grpc-status"] == "0"


def test_large_bodies_pass_the_windows_both_ways(served: tuple[Running, Calls]) -> None:
    plane, _ = served
    with plane.h2() as client:
        answer = client.get("calls.test", "/a.B/Unary", *GRPC, method="POST", body=b"x" * LARGE)
        assert json.loads(answer.body[5:])["got"] == LARGE
        assert len(client.get("calls.test", "/a.B/Large", *GRPC, method="POST", body=b"").body) == LARGE


def test_an_error_in_trailers_only_passes(served: tuple[Running, Calls]) -> None:
    plane, _ = served
    with plane.h2() as client:
        answer = client.get("calls.test", "/a.B/Fail", *GRPC, method="POST", body=message(b""))
    assert (answer.status, answer.body, (answer.headers | answer.trailers)["grpc-status"]) == (200, b"", "5")


def test_an_error_after_a_message_passes(served: tuple[Running, Calls]) -> None:
    plane, _ = served
    with plane.h2() as client:
        answer = client.get("calls.test", "/a.B/Late", *GRPC, method="POST", body=message(b""))
    assert (answer.body, answer.trailers["grpc-status"]) == (message(b"fine"), "13")


def test_a_stream_that_the_app_resets_is_502_or_reset(served: tuple[Running, Calls]) -> None:
    plane, _ = served
    with plane.h2() as client:
        answer = client.get("calls.test", "/a.B/Reset", *GRPC, method="POST", body=message(b""))
        assert answer.reset or answer.status == 502
        assert answer.reset <= (plane.driver.name == "haproxy")
        assert client.get("calls.test", "/a.B/Many", *GRPC, method="POST", body=message(b"")).status == 200


def test_an_app_that_says_goodbye_is_asked_on_another_connection(served: tuple[Running, Calls]) -> None:
    plane, _ = served
    with plane.h2() as client:
        for _ in range(4):
            answer = client.get("calls.test", "/a.B/Leave", *GRPC, method="POST", body=message(b""))
            assert (answer.status, answer.trailers["grpc-status"]) == (200, "0")


def test_a_call_that_the_client_gives_up_is_given_up_at_the_app(served: tuple[Running, Calls]) -> None:
    """So a deadline of the client ends the work of the app. The deadline itself passes as a header."""
    plane, calls = served
    before = calls.resets + calls.closed
    with plane.h2() as client:
        stream = client.start("calls.test", "/a.B/Silent", *GRPC, ("grpc-timeout", "100m"), method="POST", end=False)
        client.more(stream, message(b"hello"))
        end = time.monotonic() + 3
        while not calls.seen or calls.seen[-1][":path"] != "/a.B/Silent":
            assert time.monotonic() < end
            time.sleep(0.01)
        assert calls.seen[-1]["grpc-timeout"] == "100m"
        client.reset(stream)
        while calls.resets + calls.closed == before:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert client.get("calls.test", "/a.B/Many", *GRPC, method="POST", body=message(b"")).status == 200


def test_connections_to_the_app_are_shared_by_calls(served: tuple[Running, Calls]) -> None:
    plane, calls = served
    before = calls.connections
    with plane.h2() as client:
        for _ in range(10):
            client.get("calls.test", "/a.B/Many", *GRPC, method="POST", body=message(b""))
    assert calls.connections - before <= 4


# Our own errors.

ERRORS = [
    ("nobody-calls", "Unary", 503),
    ("gone", "Unary", 502),
    ("calls", "Silent", 504),
    ("small-calls", "Unary", 413),
    ("unknown", "Unary", 404),
]


@pytest.mark.parametrize(("app", "name", "status"), ERRORS)
def test_our_own_errors_are_http_errors_for_callers_too(served: tuple[Running, Calls], app: str, name: str, status: int) -> None:
    """gRPC clients make UNAVAILABLE of 502, 503, 504 and UNIMPLEMENTED of 404, as the gRPC protocol says; we send no grpc-status."""
    plane, _ = served
    with plane.h2() as client:
        answer = client.get(f"{app}.test", f"/a.B/{name}", *GRPC, ("content-length", "100"), method="POST", body=b"x" * 100)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (status, "text/html")
    assert "grpc-status" not in answer.headers | answer.trailers


def test_a_call_from_http_1_loses_its_trailers_or_not(served: tuple[Running, Calls]) -> None:
    """HTTP/1.1 clients get the messages; trailers of chunks pass on HAProxy only."""
    plane, _ = served
    answer = plane.get(
        "calls.test", "/a.B/Unary", "Content-Type: application/grpc", "TE: trailers", method="POST", body=message(b"hello")
    )
    assert (answer.status, json.loads(answer.body[5:])["got"]) == (200, 10)

"""What is no clear request ends at the front: the backend sees one request for each that the client sent, framed in one way.

The backend here takes nothing that two servers could read differently (tests/support/strict.py).
"""

import contextlib
import re
import socket
from collections.abc import Iterator

import h2.exceptions
import pytest

from tests.support import wire, wire_h2
from tests.support.backends import Backend, Link, backend
from tests.support.clients import answers
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app
from tests.support.strict import Recorder

pytestmark = pytest.mark.plane
SECOND = b"GET /two HTTP/1.1\r\nHost: recorded.test\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module", params=list(BINARIES))
def recorded(request: pytest.FixtureRequest, world: World) -> Iterator[tuple[Running, Recorder]]:
    recorder = Recorder()
    with (
        backend(recorder, "recorded") as made,
        running(request.param, world, app("recorded", f"127.0.0.1:{made.port}", tcpTimeout="2s")) as plane,
    ):
        yield plane, recorder


def what_happens(plane: Running, recorder: Recorder, data: bytes) -> str:
    """In the words of tests/support/wire.py. A second, harmless request follows on the same connection."""
    recorder.clear()
    with plane.connect() as client:
        client.send(data + SECOND)
        said = client.rest()
    seen = recorder.take()
    assert not recorder.wrong
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", said)]
    targets = [found.target for found in seen]
    if not seen and statuses in ([400], []):
        return "refused" if statuses else "refused without a head"
    if not seen and len(statuses) == 1:
        return f"refused with {statuses[0]}"
    assert statuses == [200] * len(seen)
    assert targets in (["/one"], ["/one", "/two"])
    return f"{len(seen[0].body)}{' closed' * (targets == ['/one'])}"


@pytest.mark.parametrize("name", list(wire.CASES))
def test_a_request_means_one_thing(recorded: tuple[Running, Recorder], name: str) -> None:
    plane, recorder = recorded
    assert what_happens(plane, recorder, wire.CASES[name][0]) == wire.expected(name, plane.name)


def test_the_recorder_takes_only_what_is_clear() -> None:
    """So a case that reached the backend as it is would be found."""
    clear = set()
    for name, (data, _) in wire.CASES.items():
        recorder, (ours, theirs) = Recorder(), socket.socketpair()
        with ours, theirs:
            ours.sendall(data)
            ours.shutdown(socket.SHUT_WR)
            recorder(Link(Backend("recorded", 0), theirs, {}))
        clear |= set() if recorder.wrong else {name}
    assert clear == wire.CLEAR


def test_trailers_of_a_request_pass_on_haproxy(recorded: tuple[Running, Recorder]) -> None:
    """Whatever they say: up to 2.8 it has no setting against it. They end here on nginx."""
    plane, recorder = recorded
    recorder.clear()
    with plane.connect() as client:
        client.ask(wire.chunks(b"5\r\nhello\r\n0\r\nX-T: y\r\nContent-Length: 7\r\n\r\n"))
    (seen,) = recorder.take()
    assert seen.trailers == ((("x-t", "y"), ("content-length", "7")) if plane.driver.name == "haproxy" else ())


def what_h2_makes(plane: Running, recorder: Recorder, head: wire_h2.Pairs, body: bytes | None) -> str:
    """The same for a stream of HTTP/2. If the connection lives, its next stream is a harmless request."""
    recorder.clear()
    with plane.h2() as client, contextlib.suppress(EOFError):
        answer = client.get_raw(head, body)
        assert answer.reset or answer.status in (200, 400)
        with contextlib.suppress(h2.exceptions.ProtocolError):  # an older HAProxy says goodbye after a wrong stream
            assert client.get_raw(wire_h2.head(path=b"/two"), None).status == 200
    seen = recorder.take()
    assert not recorder.wrong
    first = [found for found in seen if found.target != "/two"]
    if not first or answer.reset or answer.status == 400:
        assert all(not found.body for found in first)
        return "refused"
    assert [found.target for found in first] == ["/one"]
    assert ("host", "recorded.test") in first[0].headers
    assert not {"connection", "upgrade", "keep-alive"} & {name for name, _ in first[0].headers}
    return str(len(first[0].body))


@pytest.mark.parametrize("name", list(wire_h2.CASES))
def test_a_stream_means_one_thing(recorded: tuple[Running, Recorder], name: str) -> None:
    plane, recorder = recorded
    head, body, _ = wire_h2.CASES[name]
    assert what_h2_makes(plane, recorder, head, body) == wire_h2.expected(name, plane.name)


def test_half_a_request_is_nobodys_beginning(recorded: tuple[Running, Recorder]) -> None:
    """A client goes away in the middle of its body; the next one has a clean connection to the backend."""
    plane, recorder = recorded
    recorder.clear()
    for _ in range(3):
        with plane.connect() as client:
            client.send(wire.post(b"Content-Length: 100", body=b"GET /hidden HTTP/1.1\r\nHost: recorded.test\r\nX-A: "))
        with plane.h2() as many:
            stream = many.start("recorded.test", "/one", ("content-length", "100"), method="POST", end=False)
            many.more(stream, b"GET /hidden HTTP/1.1\r\n")
            many.reset(stream)
            assert many.get("recorded.test", "/two").status == 200
        with plane.connect() as client:
            assert client.ask(wire.get(first=b"GET /three HTTP/1.1")).body == b"/three 0"
    assert [found.target for found in recorder.take()] == ["/two", "/three"] * 3
    assert not recorder.wrong


def test_an_answer_that_nobody_asked_for_reaches_nobody(recorded: tuple[Running, Recorder]) -> None:
    """A backend says more than its answer; the next client that would get its connection does not get that."""
    plane, recorder = recorded
    recorder.clear()
    for n in range(6):
        with plane.connect() as client:
            client.send(
                wire.get(first=b"GET /more?%d HTTP/1.1" % n) + wire.get(b"Connection: close", first=b"GET /next?%d HTTP/1.1" % n)
            )
            assert [answer.body for answer in answers(client)] == [b"/more?%d 0" % n, b"/next?%d 0" % n]
        with plane.connect() as client:
            assert client.ask(wire.get(first=b"GET /after?%d HTTP/1.1" % n)).body == b"/after?%d 0" % n

"""Endpoints that die while they are still listed: tried elsewhere where that is safe, left out, used again when they recover.

docs/explanation/meaning.md, section 4; router/table/health.py. One worker, because nginx' workers count for themselves.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from router.table import health
from tests.support.backends import Backend, Link, Reader, backend
from tests.support.backends_http import http1
from tests.support.planes import BINARIES, Running, running
from tests.support.planes_world import World, app

pytestmark = pytest.mark.plane
OUT = 2
"""Seconds that an endpoint is out in these tests."""
CONNECT = 0.3


class Sick:
    """An endpoint that refuses connections, or lets them wait for ever, until ``recover``."""

    def __init__(self, stack: contextlib.ExitStack, *, deaf: bool) -> None:
        self.stack, self.socket = stack, stack.enter_context(socket.socket())
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.seen = Backend("sick", self.port)
        if deaf:
            self.socket.listen(0)
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(self.socket.getsockname())

    def recover(self) -> None:
        self.socket.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError), connection:
            http1(Link(self.seen, connection, {}))


def _request(link: Link) -> None:
    reader = Reader(link.connection)
    link.backend.requests.append(reader.line().decode("latin-1").split(" ")[1])
    while reader.line():
        pass


def closes(link: Link) -> None:
    """Reads a request and hangs up without a word."""
    _request(link)


def resets(link: Link) -> None:
    """Breaks off in the middle of its answer."""
    _request(link)
    link.connection.sendall(b"HTTP/1.1 200 Fine\r\nContent-Length: 1000\r\n\r\nhalf")
    time.sleep(0.05)
    link.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


class Ward:
    """A plane, and what is behind it. ``good``: what the healthy endpoint got."""

    def __init__(self, plane: Running, stack: contextlib.ExitStack, sick: dict[str, Sick], seen: dict[str, Backend]) -> None:
        self.plane, self.sick, self.seen = plane, sick, seen


@pytest.fixture(scope="module", params=list(BINARIES))
def ward(request: pytest.FixtureRequest) -> Iterator[Ward]:
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(health, "OUT", OUT)
        names = {"refused": False, "deaf": True, "first": False, "second": False, "alone": False}
        sick = {name: Sick(stack, deaf=deaf) for name, deaf in names.items()}
        seen = {
            "good": stack.enter_context(backend(http1, "good")),
            "closes": stack.enter_context(backend(closes, "closes")),
            "resets": stack.enter_context(backend(resets, "resets")),
        }
        good = f"127.0.0.1:{seen['good'].port}"
        apps = [
            app("ill-refused", f"127.0.0.1:{sick['refused'].port},{good}", connectTimeout="300ms"),
            app("ill-deaf", f"127.0.0.1:{sick['deaf'].port},{good}", connectTimeout="300ms"),
            app("ill-all", f"127.0.0.1:{sick['first'].port},127.0.0.1:{sick['second'].port}", connectTimeout="300ms"),
            app("ill-alone", f"127.0.0.1:{sick['alone'].port}", connectTimeout="300ms"),
            app("ill-closes", f"127.0.0.1:{seen['closes'].port},{good}"),
            app("ill-resets", f"127.0.0.1:{seen['resets'].port},{good}"),
        ]
        world = World(stack)
        plane = stack.enter_context(running(request.param, world, "---\n".join(apps), workers=1))
        yield Ward(plane, stack, sick, seen)


def ask(ward: Ward, host: str, count: int, method: str = "GET") -> list[tuple[int, str, float]]:
    """(status, who answered, seconds) of requests one after the other."""
    made = []
    for number in range(count):
        began = time.monotonic()
        answer = ward.plane.get(f"{host}.test", f"/{number}", method=method, body=b"x" if method == "POST" else None)
        made.append((answer.status, answer.seen["app"] if answer.status == 200 else "", time.monotonic() - began))
    return made


@pytest.mark.parametrize("kind", ["refused", "deaf"])
def test_an_endpoint_that_can_not_be_connected_to_is_left_out_and_used_again_when_it_recovers(ward: Ward, kind: str) -> None:
    host, sick = f"ill-{kind}", ward.sick[kind]
    assert {answer[:2] for answer in ask(ward, host, 10)} == {(200, "good")}
    assert {answer[:2] for answer in ask(ward, host, 4, "POST")} == {(200, "good")}, "nothing was sent, so it is safe"
    out = time.monotonic()
    assert max(seconds for *_, seconds in ask(ward, host, 10)) < CONNECT, "it is out: nobody waits for it"
    sick.recover()
    if time.monotonic() - out < OUT / 2:
        assert {who for _, who, _ in ask(ward, host, 4)} == {"good"}, "it is out although it recovered"
    end = time.monotonic() + 3 * OUT
    while not sick.seen.requests and time.monotonic() < end:
        assert {status for status, *_ in ask(ward, host, 2)} == {200}
        time.sleep(0.1)
    assert time.monotonic() - out > OUT / 2
    assert sum(who == "sick" for _, who, _ in ask(ward, host, 10)) == 5, "it has its share again"


def test_when_all_are_out_all_are_used(ward: Ward) -> None:
    assert {status for status, *_ in ask(ward, "ill-all", 6)} == {502}
    ward.sick["second"].recover()
    assert {answer[:2] for answer in ask(ward, "ill-all", 6)} == {(200, "sick")}, "at once, although it is out"


def test_an_only_endpoint_that_refuses_is_told_and_used_as_soon_as_it_recovers(ward: Ward) -> None:
    """On HAProxy after pauses, each as long as a try to connect: docs/planes.md."""
    answers = [*ask(ward, "ill-alone", 2), *ask(ward, "ill-alone", 2, "POST")]
    assert {status for status, *_ in answers} == {502}
    assert (min(seconds for *_, seconds in answers) >= CONNECT) == ("haproxy" in ward.plane.name)
    ward.sick["alone"].recover()
    assert {answer[:2] for answer in ask(ward, "ill-alone", 6)} == {(200, "sick")}


def test_an_endpoint_that_hangs_up_costs_no_request_that_can_be_sent_twice(ward: Ward) -> None:
    assert {answer[:2] for answer in ask(ward, "ill-closes", 8)} == {(200, "good")}


def test_a_post_is_never_sent_twice(ward: Ward) -> None:
    got, closed = ward.seen["good"].requests, ward.seen["closes"].requests
    time.sleep(OUT + 1.5)  # nginx had left it out, and counts whole seconds
    before = len(got), len(closed)
    answers = ask(ward, "ill-closes", 6, "POST")
    assert {status for status, *_ in answers} == {200, 502}
    assert (len(got) + len(closed)) - sum(before) == 6
    assert sorted(got[before[0] :] + closed[before[1] :]) == [f"/{n}" for n in range(6)]


def test_an_answer_that_breaks_off_is_not_begun_anew(ward: Ward) -> None:
    first = len(ward.seen["good"].requests), len(ward.seen["resets"].requests)
    whole = []
    for number in range(6):
        answer = ward.plane.get("ill-resets.test", f"/{number}")
        whole.append(answer.whole and answer.status == 200)
    assert whole.count(True) == 3
    assert (len(ward.seen["good"].requests) - first[0], len(ward.seen["resets"].requests) - first[1]) == (3, 3)


@pytest.mark.parametrize("name", [name for name in BINARIES if name.startswith("haproxy")])
def test_many_endpoints_are_not_all_looked_at_when_haproxy_starts_or_reloads(name: str) -> None:
    """Each that was looked at is said to be down: all of them refuse. One in 42 %, if HAProxy's 32 bits do not suffice."""
    many = [[f"127.1.{number}.{i}:1" for i in range(1, 21)] for number in range(100)]
    apps = "---\n".join(app(f"many-{number}", ",".join(ends)) for number, ends in enumerate(many))
    with contextlib.ExitStack() as stack, running(name, World(stack), apps) as plane:
        time.sleep(2)
        assert plane.log.read_text().count(" is DOWN, reason: Layer4") < 200
        plane.load(plane.manifests.replace("127.1.7.7:1", "127.1.200.7:1"))
        time.sleep(2)
        said = plane.log.read_text()
    assert 0 < said.count(" is DOWN, reason: Layer4") < 400

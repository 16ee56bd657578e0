"""Generations of a plane that live side by side: the old one serves its last clients, for a time."""

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest
import trustme

from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from tests.support.backends import backend
from tests.support.backends_http import http1
from tests.support.churn import Churn
from tests.support.clients import Client, request
from tests.support.gateway import Gateway, gateway
from tests.support.planes import BINARIES

pytestmark = pytest.mark.plane
UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@contextlib.contextmanager
def started(name: str, *flags: str, program: tuple[str, ...] = Gateway.program) -> Iterator[Gateway]:
    """A gateway with an app at ``load.example.com`` that echoes websockets."""
    driver, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")
    with gateway(driver().name, path) as made, backend(http1, "load") as behind:
        Churn(made, [behind.port], trustme.CA()).begin()
        made.program = program
        made.start(*flags)
        yield made


@pytest.mark.parametrize("name", BINARIES)
def test_websockets_live_on_through_reloads_until_the_drain_time_is_over(name: str) -> None:
    with started(name, "--drain-timeout", "4") as made, Client(made.http) as client:
        assert client.ask(request("load.example.com", "/", *UPGRADE, close=False)).status == 101
        began = time.monotonic()
        made.says("blog")
        made.until(lambda: made.get("blog.example.com")[0] == 200)
        while time.monotonic() - began < 3:
            client.send(b"ping")
            assert client.exactly(4) == b"ping"
            time.sleep(0.1)
        with pytest.raises((EOFError, OSError)):
            while time.monotonic() - began < 20:
                client.send(b"ping")
                client.exactly(4)
                time.sleep(0.1)
        assert time.monotonic() - began < 12


@pytest.mark.parametrize("plane", ["nginx-debian", "haproxy-debian"])
def test_a_request_in_flight_to_an_endpoint_that_is_removed_ends(plane: str) -> None:
    with started(plane) as made:
        answers: list[tuple[int, bytes]] = []
        slow = threading.Thread(target=lambda: answers.append(made.get("shop.example.com", "/slow")))
        slow.start()
        time.sleep(0.3)
        (made.manifests / "shop.yaml").unlink()
        made.until(lambda: made.get("shop.example.com")[0] == 404)
        assert slow.is_alive()
        slow.join(10)
        assert answers == [(200, b"app /slow")]


@pytest.mark.parametrize("plane", ["nginx-debian", "haproxy-debian"])
def test_changes_wait_while_many_old_generations_still_end(plane: str) -> None:
    """Each generation keeps a websocket, so none of them ends before its client goes. Two are many here: no machine is so slow that
    the drain time is over before they are made. One worker a generation: nginx' others end at once, and count for nothing."""
    few = "import router.planes.live as live; live.MOST_LEAVING = 2; from router.__main__ import main; main()"
    with (
        started(plane, "--drain-timeout", "120", "--quiet", "10", "--workers", "1", program=("-c", few)) as made,
        contextlib.ExitStack() as stack,
    ):
        driver = NginxDriver() if "nginx" in plane else HaproxyDriver()
        for number in range(2):
            client = stack.enter_context(Client(made.http))
            assert client.ask(request("load.example.com", "/", *UPGRADE, close=False)).status == 101
            made.says(f"app{number}")
            made.until(lambda n=number: made.get(f"app{n}.example.com")[0] == 200, 30)
            made.until(lambda n=number: driver.leaving(made.plane_pid()) == n + 1, 30)
        made.says("late")
        made.until(lambda: "changes wait until old generations have ended" in made.log.read_text(), 30)
        assert driver.leaving(made.plane_pid()) == 2
        assert made.get("late.example.com")[0] == 404
        stack.close()
        made.until(lambda: made.get("late.example.com")[0] == 200, 30)

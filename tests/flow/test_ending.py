"""How a gateway ends: asked to, or killed in the middle of a change."""

import random
import signal
import socket
import subprocess
import time

import pytest

from tests.support.clients import Client, request
from tests.support.gateway import gateway
from tests.support.planes import BINARIES

pytestmark = pytest.mark.plane
PLANES = ["nginx", "haproxy"]


@pytest.mark.parametrize("name", BINARIES)
def test_asked_to_end_it_is_unready_first_and_tells_its_clients_to_go(name: str) -> None:
    driver, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")
    with gateway(driver().name, path) as made:
        made.start("--drain-delay", "2", "--drain-timeout", "10")
        assert made.process is not None
        with Client(made.http) as client:
            ask = request("shop.example.com", close=False)
            assert client.ask(ask).header("connection") != "close"
            made.process.send_signal(signal.SIGTERM)
            made.until(lambda: made.ask_admin_page("/readyz")[0] == 503)
            assert b"[-] running: ending" in made.ask_admin_page("/readyz")[1]
            assert made.get("shop.example.com")[0] == 200
            if driver().name == "haproxy":
                time.sleep(2.5)  # HAProxy says it once it takes no new connections
            answer = client.ask(ask)
            assert (answer.status, answer.header("connection")) == (200, "close")
        assert made.process.wait(20) == 0
        with pytest.raises(OSError):
            made.get("shop.example.com")


@pytest.mark.parametrize("plane", PLANES)
def test_a_client_that_never_ends_is_cut_off_at_the_limit(plane: str) -> None:
    with gateway(plane) as made:
        made.start("--drain-delay", "0", "--drain-timeout", "2")
        assert made.process is not None
        with Client(made.http) as client:
            client.send(b"POST / HTTP/1.1\r\nHost: shop.example.com\r\nContent-Length: 1000000\r\n\r\nx")
            made.until(lambda: made.get("shop.example.com")[0] == 200)
            began = time.monotonic()
            made.process.send_signal(signal.SIGTERM)
            assert made.process.wait(20) == 0
            assert 1 < time.monotonic() - began < 12


@pytest.mark.parametrize("plane", PLANES)
def test_a_second_interrupt_ends_it_at_once_and_a_second_term_does_not(plane: str) -> None:
    """A kubelet that was restarted sends TERM again."""
    with gateway(plane) as made:
        made.start("--drain-delay", "60", "--drain-timeout", "60")
        assert made.process is not None
        made.process.send_signal(signal.SIGTERM)
        made.until(lambda: made.ask_admin_page("/readyz")[0] == 503)
        made.process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            made.process.wait(1)
        assert made.get("shop.example.com")[0] == 200
        made.process.send_signal(signal.SIGINT)
        assert made.process.wait(20) == 0


@pytest.mark.parametrize("plane", PLANES)
def test_out_of_service_it_serves_on_until_it_is_told_to_end_and_then_waits_only_for_the_rest(plane: str) -> None:
    with gateway(plane) as made:
        made.start("--drain-delay", "2", "--drain-timeout", "5")
        assert made.process is not None
        made.process.send_signal(signal.SIGUSR1)
        made.until(lambda: made.ask_admin_page("/readyz")[0] == 503)
        made.says("blog")
        made.until(lambda: made.get("blog.example.com")[0] == 200)
        time.sleep(2.5)
        assert made.get("shop.example.com")[0] == 200
        made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(20) == 0
        assert "asked to end: unready, still serving  delay=0.0" in made.log.read_text()


@pytest.mark.parametrize("plane", PLANES)
def test_an_annotation_of_its_pod_takes_it_out_of_service_and_it_says_when_nobody_should_come_any_more(plane: str) -> None:
    with gateway(plane) as made:
        file = made.work / "annotations"
        file.write_text('a="b"\n')
        made.start("--drain-delay", "2", "--drain-file", str(file))
        time.sleep(1.5)
        assert made.ask_admin_page("/drained") == (503, b"serving\n")
        file.write_text('a="b"\ntidegate.dev/drain-since="2026-01-01T00:00:00Z"\n')
        made.until(lambda: made.ask_admin_page("/readyz")[0] == 503)
        assert made.ask_admin_page("/drained")[0] == 503
        made.until(lambda: made.ask_admin_page("/drained") == (200, b"drained\n"))
        assert made.get("shop.example.com")[0] == 200


@pytest.mark.parametrize("plane", PLANES)
def test_killed_in_the_middle_of_changes_the_next_start_takes_over_and_serves_the_newest(plane: str) -> None:
    moments = random.Random(4)
    with gateway(plane) as made:
        made.start()
        pid = made.plane_pid()
        for number in range(6):
            assert made.process is not None
            made.says(f"app{number}")
            time.sleep(moments.uniform(0.1, 0.6))
            made.process.send_signal(signal.SIGKILL)
            made.process.wait(10)
            assert made.get("shop.example.com")[0] == 200
            made.start()
            made.until(lambda n=number: made.get(f"app{n}.example.com")[0] == 200)
        assert made.plane_pid() == pid


@pytest.mark.parametrize("plane", PLANES)
def test_a_swap_without_its_reload_is_made_good_by_the_next_start(plane: str) -> None:
    """As if it had been killed between the two."""
    with gateway(plane) as made:
        made.start()
        first = (made.state / plane / "live").readlink()
        made.says("blog")
        made.until(lambda: made.get("blog.example.com")[0] == 200)
        second = (made.state / plane / "live").readlink()
        (made.manifests / "blog.yaml").unlink()
        made.until(lambda: made.get("blog.example.com")[0] == 404)
        assert made.process is not None
        made.process.kill()
        made.process.wait(10)
        assert (made.state / plane / "live").readlink() == first != second
        (made.state / plane / "live").unlink()
        (made.state / plane / "live").symlink_to(second)
        made.says("blog")
        made.start()
        made.until(lambda: made.get("blog.example.com")[0] == 200)


def test_ports_are_free_after_the_end() -> None:
    with gateway("nginx") as made:
        made.start()
        assert made.stop() == 0
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", made.http))

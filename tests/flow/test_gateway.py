"""The whole gateway as a program, on real nginx and HAProxy: start, change, crash, take-over, end."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.planes.process import children
from tests.support.fake_api import FakeApi, serving
from tests.support.gateway import ROOT, Gateway, gateway, need

pytestmark = pytest.mark.plane


@pytest.fixture(params=["nginx", "haproxy"])
def running(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    with gateway(request.param) as made:
        made.start()
        yield made


class Hammer:
    """New connections one after the other, until told to stop. ``failures``: what was refused or wrong."""

    def __init__(self, target: Gateway) -> None:
        self.target, self.failures, self.count = target, [], 0  # type: ignore[var-annotated]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                status, _ = self.target.get("shop.example.com")
                if status != 200:
                    self.failures.append(str(status))
            except OSError as failure:
                self.failures.append(repr(failure))
            self.count += 1

    def __enter__(self) -> "Hammer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)


def test_it_serves_and_follows_a_change_without_losing_a_request(running: Gateway) -> None:
    assert running.get("shop.example.com", "/a") == (200, b"app /a")
    assert running.get("blog.example.com")[0] == 404
    with Hammer(running) as hammer:
        running.says("blog")
        running.until(lambda: running.get("blog.example.com")[0] == 200)
        (running.manifests / "blog.yaml").unlink()
        running.until(lambda: running.get("blog.example.com")[0] == 404)
    assert hammer.failures == []
    assert hammer.count > 10


def test_a_broken_manifest_harms_nobody(running: Gateway) -> None:
    (running.manifests / "broken.yaml").write_text("kind: [\n")
    running.until(
        lambda: b'severity="error"' in running.ask_admin("/metrics") or b'severity="error"' in running.ask_admin("/metrics")
    )
    assert running.get("shop.example.com")[0] == 200
    assert "broken.yaml" in running.log.read_text()


def test_when_the_plane_is_killed_it_serves_again_and_says_so(running: Gateway) -> None:
    os.kill(running.plane_pid(), signal.SIGKILL)
    running.until(lambda: b"tidegate_plane_restarts_total 1.0" in running.ask_admin("/metrics"))
    running.until(lambda: running.get("shop.example.com")[0] == 200)


def test_when_tidegate_is_killed_the_plane_serves_on_and_the_next_start_takes_it_over(running: Gateway) -> None:
    assert running.process is not None
    pid = running.plane_pid()
    with Hammer(running) as hammer:
        running.process.kill()
        running.process.wait(10)
        assert running.get("shop.example.com")[0] == 200
        running.says("blog")
        running.start()
        running.until(lambda: running.get("blog.example.com")[0] == 200)
    assert running.plane_pid() == pid
    assert hammer.failures == []


def test_what_haproxy_says_is_in_our_log_also_to_the_next_tidegate_and_no_reload_fills_it() -> None:
    with gateway("haproxy") as made:
        made.start("--log-format", "json")
        assert made.process is not None
        for name in ("blog", "docs"):
            made.says(name)
            made.until(lambda name=name: made.get(f"{name}.example.com")[0] == 200)  # type: ignore[misc]
        made.process.kill()
        made.process.wait(10)
        made.start("--log-format", "json")
        (worker,) = (pid for pid, _ in children(made.plane_pid()))
        os.kill(worker, signal.SIGKILL)
        made.until(lambda: "exited with code 137" in made.log.read_text())
        made.until(lambda: made.get("blog.example.com")[0] == 200)
        made.stop()
        lines = made.log.read_text().splitlines()
    of_stdout = [line for line in lines if not line.startswith("{")]
    assert all(line.startswith(("Proxy f_", "Proxy tidegate_", "Proxy <")) for line in of_stdout), of_stdout
    said = [record for line in lines if "router.planes.voice" in (record := json.loads(line) if line[0] == "{" else {}).values()]
    assert ("error", "haproxy") in {(record["level"], record["plane"]) for record in said if "code 137" in record["msg"]}
    assert not [record for record in said if "stopped (cumulated" in record["msg"]]


def test_on_sigterm_requests_in_flight_end_and_the_exit_code_is_0(running: Gateway) -> None:
    answers: list[tuple[int, bytes]] = []
    slow = threading.Thread(target=lambda: answers.append(running.get("shop.example.com", "/slow")))
    slow.start()
    running.until(lambda: running.get("shop.example.com")[0] == 200)
    assert running.stop() == 0
    slow.join(10)
    assert answers == [(200, b"app /slow")]
    with pytest.raises(OSError):
        running.get("shop.example.com")


def test_it_starts_with_the_last_good_bundle_after_an_end(running: Gateway) -> None:
    assert running.stop() == 0
    running.start()
    assert running.get("shop.example.com")[0] == 200
    assert "started the last good bundle" in running.log.read_text()


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
def test_a_port_in_use_ends_it_at_once_with_one_sentence(plane: str) -> None:
    with gateway(plane) as made, socket.socket() as taken:
        taken.bind(("127.0.0.1", made.http))
        taken.listen()
        done = subprocess.run(made.command(), capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 1
        assert f"tidegate: port {made.http} on 127.0.0.1 (http) is in use" in done.stderr


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
def test_a_reload_hook_serves_somebody_elses_plane(plane: str) -> None:
    with gateway(plane) as made:
        work = made.work
        hook = work / "hook.sh"
        hook.write_text(f'#!/bin/sh\necho "$TIDEGATE_PLANE $TIDEGATE_REASON" >> {work}/said\nls "$TIDEGATE_DIR"\n')
        hook.chmod(0o755)
        made.start("--reload-hook", str(hook))
        assert (work / "said").read_text() == f"{plane} change\n"
        made.says("blog")
        made.until(lambda: (work / "said").read_text().count("change") == 2)


@pytest.mark.parametrize("source", [["--kubeconfig", "/no/such/file"], ["--in-cluster"]])
def test_a_cluster_that_is_not_configured_is_one_sentence(source: list[str], tmp_path: Path) -> None:
    need("haproxy")
    command = [sys.executable, "-m", "router", "run", "--plane", "haproxy", *source, "--state", str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 1
    assert "tidegate: no cluster configuration can be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("plane", ["nginx", "haproxy"])
async def test_a_cluster_is_followed(plane: str, tmp_path: Path) -> None:
    api = FakeApi()
    base = "/apis/networking.k8s.io/v1/ingresses"
    with gateway(plane) as made:
        meta = {"name": "web", "namespace": "shop"}
        api.seed("/api/v1/services", {"metadata": dict(meta), "spec": {"ports": [{"name": "http", "port": 80}]}})
        labels = {"kubernetes.io/service-name": "web"}
        ends = {
            "endpoints": [{"addresses": ["127.0.0.1"]}],
            "ports": [{"name": "http", "port": made.app_port}],
            "addressType": "IPv4",
        }
        api.seed("/apis/discovery.k8s.io/v1/endpointslices", {"metadata": {**meta, "labels": labels}, **ends})
        async with serving(api, tmp_path) as kubeconfig:
            made.source = ["--kubeconfig", str(kubeconfig)]
            await asyncio.to_thread(made.start)
            assert (await asyncio.to_thread(made.get, "web.example.com"))[0] == 404
            path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"name": "http"}}}}
            await api.put(
                base, {"metadata": dict(meta), "spec": {"rules": [{"host": "web.example.com", "http": {"paths": [path]}}]}}
            )
            await asyncio.to_thread(made.until, lambda: made.get("web.example.com")[0] == 200)
            await api.delete(base, "shop/web")
            await asyncio.to_thread(made.until, lambda: made.get("web.example.com")[0] == 404)
            assert await asyncio.to_thread(made.stop) == 0

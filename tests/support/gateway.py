"""The gateway as a program, for tests: ``tidegate run`` on free ports, with a small app behind it."""

import contextlib
import http.server
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def need(plane: str) -> None:
    if not shutil.which(plane, path=SEARCH):
        pytest.skip(f"{plane} is missing: deploy/install-planes.sh installs it")


def free_ports(count: int) -> list[int]:
    """Below those that the kernel gives to clients: none of them becomes somebody's before it is used."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(10_000, 32_000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            found += [port] * (port not in found)
    return found


class App(http.server.BaseHTTPRequestHandler):
    """Answers its name; ``/slow`` after a second and a half."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(1.5)
        body = b"app " + self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@contextlib.contextmanager
def app() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), App)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


MANIFEST = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: shop
  labels: {{tidegate.dev/routable: "true"}}
  annotations: {{tidegate.dev/domains: "{name}.example.com", tidegate.dev/endpoints: "127.0.0.1:{port}"}}
spec: {{ports: [{{port: 80}}]}}
"""


class Gateway:
    """``work`` holds manifests, state and log. Runs until ``stop`` or the end of the block."""

    program: tuple[str, ...] = ("-m", "router")
    """What Python is told to run; a test may put other bounds in front of it."""
    patience = 20.0
    """seconds that it may take to start"""

    def __init__(self, plane: str, work: Path, app_port: int) -> None:
        self.plane, self.work, self.app_port = plane, work, app_port
        self.http, self.https, self.admin, self.status = free_ports(4)
        self.manifests, self.state, self.log = work / "m", work / "s", work / "log"
        self.manifests.mkdir()
        self.source = ["-f", str(self.manifests)]
        work.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None
        self.inside: list[str] = []
        """words before the command: another world for it to run in"""
        self.plane_record = self.state / plane / "run" / "plane.json"

    def says(self, name: str) -> None:
        (self.manifests / f"{name}.yaml").write_text(MANIFEST.format(name=name, port=self.app_port))

    def command(self, *more: str) -> list[str]:
        ports = {"http": self.http, "https": self.https, "admin": self.admin, "status": self.status}
        flags = [word for name, port in ports.items() for word in (f"--{name}", f"127.0.0.1:{port}")]
        base = [
            sys.executable,
            *self.program,
            "run",
            "--plane",
            self.plane,
            *self.source,
            "--state",
            str(self.state),
        ]
        return [*base, *flags, "--drain-delay", "0", *more]

    def start(self, *more: str) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen([*self.inside, *self.command(*more)], stdout=out, stderr=out, env=env)
        self.until(self.ready, self.patience)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        return b"ready\n" in self.ask_admin("/readyz")

    def ask_admin_page(self, path: str) -> tuple[int, bytes]:
        """(status, text); status 0 if nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=2) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as failure:
            return failure.code, failure.read()
        except OSError:
            return 0, b""

    def ask_admin(self, path: str) -> bytes:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=2) as answer:
            return answer.read()
        return b""

    def get(self, host: str, path: str = "/", timeout: float = 5) -> tuple[int, bytes]:
        """(status, body) on a new connection. Raises OSError if there is none."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as failure:
            return failure.code, failure.read()

    def until(self, test: Callable[[], object], limit: float = 20) -> None:
        end = time.monotonic() + limit
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                if test():
                    return
            time.sleep(0.02)
        raise AssertionError(f"not within {limit} s: {self.log.read_text()[-3000:]}")

    def plane_pid(self) -> int:
        import json

        return int(json.loads(self.plane_record.read_text())["pid"])

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.stop()
        with contextlib.suppress(OSError, ValueError, KeyError):
            os.killpg(self.plane_pid(), signal.SIGKILL)


@contextlib.contextmanager
def gateway(plane: str, binary: str = "") -> Iterator[Gateway]:
    """In a folder that others may pass: as root, nginx's workers are somebody else, and pytest's folders are closed to them.
    ``binary``: the plane's program, if not the one on PATH."""
    if not binary:
        need(plane)
    with tempfile.TemporaryDirectory(prefix="tidegate-test-") as folder, app() as port:
        made = Gateway(plane, Path(folder), port)
        made.source += ["--plane-binary", binary] if binary else []
        made.says("shop")
        try:
            yield made
        finally:
            made.close()

